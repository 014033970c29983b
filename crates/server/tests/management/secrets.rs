//! A client's secret is rotated while it is in use: two are live for a while, where somebody says so.

use http::Method;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_server::{Config, config::Registration};
use keybound_store::documents::{self, Clients};
use serde_json::{Value, json};

use crate::world::{ISSUER, World, text};

const HOUR: u32 = 3_600;
const UNTIL: &str = "previous_client_secret_expires_at";

struct Machine {
    world: World,
    id: String,
    path: String,
    first: String,
}

impl Machine {
    async fn new() -> Self {
        let world = World::new().await;
        let made =
            world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
        let (id, first) = (text(&made, "client_id"), text(&made, "client_secret"));
        Self { world, path: format!("clients/{id}"), id, first }
    }

    async fn rotate(&self, body: Value) -> Value {
        let answer = self.world.post(&format!("{}/rotate-secret", self.path), body).await.ok();
        assert!(answer.get("previous_client_secret").is_none(), "{answer}");
        answer
    }

    async fn knows(&self, secret: &str) -> bool {
        self.world.knows(&self.id, secret).await
    }
}

/// RFC 6749 §2.3.1: nobody who holds either is turned away before the time is over, and nobody with the old one after.
#[tokio::test]
async fn two_secrets_are_live_until_the_second_that_was_said() {
    let machine = Machine::new().await;
    let rotated = machine.rotate(json!({ "previous_secret_lifetime": HOUR })).await;
    let (second, end) =
        (text(&rotated, "client_secret"), machine.world.clock.now().plus(Lifetime::seconds(HOUR)));
    assert_eq!(Timestamp::parse_rfc3339(&text(&rotated, UNTIL)), Some(end));
    assert!(machine.knows(&machine.first).await && machine.knows(&second).await);

    machine.world.clock.turn(Lifetime::seconds(HOUR - 1));
    assert!(machine.knows(&machine.first).await && machine.knows(&second).await);
    assert_eq!(machine.world.get(&machine.path).await.ok()[UNTIL], rotated[UNTIL]);
    machine.world.clock.turn(Lifetime::seconds(1));
    assert!(!machine.knows(&machine.first).await, "its last second is over");
    machine.world.clock.turn(Lifetime::seconds(1));
    assert!(!machine.knows(&machine.first).await && machine.knows(&second).await);
    assert!(machine.world.get(&machine.path).await.ok().get(UNTIL).is_none(), "it is not live any more");
}

/// As at Auth0; its SDKs send nothing, `null`, `{}` or the client's id.
#[tokio::test]
async fn whoever_says_nothing_ends_the_old_secret_at_once() {
    let machine = Machine::new().await;
    let mut last = machine.first.clone();
    let bodies = [None, Some(json!(null)), Some(json!({})), Some(json!({ "id": machine.id }))];
    for body in bodies.into_iter().chain([Some(json!({ "previous_secret_lifetime": 0 }))]) {
        let path = format!("{}/rotate-secret", machine.path);
        let rotated = machine.world.root(Method::POST, &path, body).await.ok();
        assert!(rotated.get(UNTIL).is_none(), "{rotated}");
        assert!(!machine.knows(&last).await);
        last = text(&rotated, "client_secret");
        assert!(machine.knows(&last).await);
    }
}

#[tokio::test]
async fn a_second_rotation_ends_the_old_secret_early_and_never_leaves_three() {
    let machine = Machine::new().await;
    let grace = json!({ "previous_secret_lifetime": HOUR });
    let second = text(&machine.rotate(grace.clone()).await, "client_secret");
    let third = text(&machine.rotate(grace).await, "client_secret");
    assert!(!machine.knows(&machine.first).await, "two are live, not three");
    assert!(machine.knows(&second).await && machine.knows(&third).await);
    let fourth = text(&machine.rotate(json!({})).await, "client_secret");
    assert!(!machine.knows(&second).await && !machine.knows(&third).await, "both are gone");
    assert!(machine.knows(&fourth).await);
}

#[tokio::test]
async fn a_secret_that_is_chosen_or_given_up_leaves_none_behind() {
    for change in [
        json!({ "client_secret": "a-secret-of-ones-own" }),
        json!({ "token_endpoint_auth_method": "none" }),
        json!({ "jwks_uri": "https://m2m.example/keys" }),
    ] {
        let machine = Machine::new().await;
        machine.rotate(json!({ "previous_secret_lifetime": HOUR })).await;
        let changed = machine.world.patch(&machine.path, change).await.ok();
        assert!(changed.get(UNTIL).is_none(), "{changed}");
        assert!(!machine.knows(&machine.first).await, "{changed}");
        let (store, tenant) = (&machine.world.app.store, &machine.world.app.tenant.id);
        let kept = documents::find::<Clients>(store, tenant, &machine.id).await.unwrap().unwrap();
        assert!(kept.doc.get("previous_client_secret").is_none());
    }
    let machine = Machine::new().await;
    machine.rotate(json!({ "previous_secret_lifetime": HOUR })).await;
    let renamed = machine.world.patch(&machine.path, json!({ "name": "renamed" })).await.ok();
    assert!(renamed.get(UNTIL).is_some() && machine.knows(&machine.first).await);
}

#[tokio::test]
async fn how_long_two_are_live_is_bounded_and_nobody_is_shown_the_old_one() {
    let machine = Machine::new().await;
    let path = format!("{}/rotate-secret", machine.path);
    for wrong in [
        json!({ "previous_secret_lifetime": 2_592_001 }),
        json!({ "previous_secret_lifetime": -1 }),
        json!({ "previous_secret_lifetime": "3600" }),
        json!({ "client_secret": "a-secret-of-ones-own" }),
        json!({ "id": "another" }),
        json!([]),
    ] {
        let answer = machine.world.post(&path, wrong.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errorCode"]), (400, &json!("invalid_body")));
    }
    let form = machine
        .world
        .said_to_be("application/x-www-form-urlencoded", Method::POST, &path, "previous_secret_lifetime=60")
        .await;
    assert_eq!(form.status, 415);
    assert!(machine.knows(&machine.first).await, "what was refused rotated nothing");

    machine.rotate(json!({ "previous_secret_lifetime": 2_592_000 })).await;
    for path in [machine.path.as_str(), "clients"] {
        let shown = machine.world.get(path).await.ok().to_string();
        assert!(shown.contains(UNTIL) && !shown.contains(&machine.first), "{shown}");
    }
    for made in ["previous_client_secret", UNTIL] {
        let answer = machine.world.patch(&machine.path, json!({ made: "2099-01-01T00:00:00.000Z" })).await;
        assert_eq!(answer.status, 400, "nobody writes it: {made}");
    }
}

/// RFC 7592 §2.1, §2.2: a registration hears of the new secret where it is read, and names that one alone.
#[tokio::test]
async fn a_client_that_registered_itself_reads_its_new_secret_while_the_old_one_is_live() {
    let mut config = Config::default();
    config.registration = Registration::Open;
    let world = World::under(config).await;
    let said = json!({
        "client_name": "Notes", "redirect_uris": ["https://notes.example/cb"],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let client = world.call(Method::POST, "/oidc/register", &[], Some(said.clone())).await.made();
    let (id, first) = (text(&client, "client_id"), text(&client, "client_secret"));
    let body = json!({ "previous_secret_lifetime": HOUR });
    let rotated = world.post(&format!("clients/{id}/rotate-secret"), body).await.ok();
    let second = text(&rotated, "client_secret");
    assert!(world.knows(&id, &first).await && world.knows(&id, &second).await);

    let uri = text(&client, "registration_client_uri");
    let path = uri.strip_prefix(ISSUER.trim_end_matches('/')).unwrap();
    let bearer = format!("Bearer {}", text(&client, "registration_access_token"));
    let headers = [("authorization", bearer.as_str())];
    let read = world.call(Method::GET, path, &headers, None).await.ok();
    assert_eq!(text(&read, "client_secret"), second);
    assert!(!read.to_string().contains(&first), "{read}");

    let again = |secret: &str, method: &str| {
        let mut said = said.clone();
        said["client_id"] = json!(id);
        said["client_secret"] = json!(secret);
        said["token_endpoint_auth_method"] = json!(method);
        said
    };
    let old = world.call(Method::PUT, path, &headers, Some(again(&first, "client_secret_post"))).await;
    assert_eq!((old.status.as_u16(), &old.body["error"]), (400, &json!("invalid_client_metadata")));
    world.call(Method::PUT, path, &headers, Some(again(&second, "client_secret_post"))).await.ok();
    assert!(world.knows(&id, &first).await && world.knows(&id, &second).await);
    world.call(Method::PUT, path, &headers, Some(again(&second, "none"))).await.ok();
    assert!(!world.knows(&id, &first).await && !world.knows(&id, &second).await);
}
