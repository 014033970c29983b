//! `POST /auth/backchannel-logout` (Back-Channel Logout §2).

use keybound_crypto::SigningKey;
use keybound_proto::{
    form::Form,
    jose::{Alg, mint},
};
use serde_json::{Value, json};

use crate::world::{ISSUER, Kept, Page, World};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims(world: &World) -> Value {
    let now = world.clock.now().as_unix();
    json!({
        "iss": ISSUER, "aud": "web", "iat": now, "exp": now + 120, "jti": "j1", "sub": "auth0|ada",
        "events": { EVENT: {} },
    })
}

/// Signed as our server signs ID tokens.
async fn signed(world: &World, claims: &Value) -> String {
    let key = world.server.keys.signer(&world.server.store, Alg::Rs256, world.clock.now()).await.unwrap();
    mint("logout+jwt", claims, &*key).unwrap()
}

async fn sends(world: &World, app: &axum::Router, token: &str) -> Page {
    world.browser(app).post("/auth/backchannel-logout", &Form::new().with("logout_token", token)).await
}

/// Back-Channel Logout §2.5, §2.7, §2.8.
#[tokio::test]
async fn the_authorization_server_ends_every_session_of_a_user_and_no_other() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let (mut one, mut two) = (world.signed_in(&app, "ada").await, world.signed_in(&app, "ada").await);
    let mut eve = world.signed_in(&app, "eve").await;
    let answer = sends(&world, &app, &signed(&world, &claims(&world)).await).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
    assert_eq!(answer.headers["cache-control"], "no-store");
    one.get("/me").await.refuses(401, "web.not_signed_in");
    two.get("/call").await.refuses(401, "web.not_signed_in");
    assert_eq!(eve.get("/me").await.body, "auth0|eve");
}

/// Back-Channel Logout §2.6 has a token be used once, and §4 that it may be sent again: sent again, it ends nothing new.
/// Conformance A21.
#[tokio::test]
async fn a_logout_token_sent_again_ends_nothing_that_began_since() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let mut before = world.signed_in(&app, "ada").await;
    let token = signed(&world, &claims(&world)).await;
    assert_eq!(sends(&world, &app, &token).await.status.as_u16(), 204);
    before.get("/me").await.refuses(401, "web.not_signed_in");
    world.later(60);
    let mut since = world.signed_in(&app, "ada").await;
    assert_eq!(sends(&world, &app, &token).await.status.as_u16(), 204);
    assert_eq!(since.get("/me").await.body, "auth0|ada");
    let newer = signed(&world, &claims(&world)).await;
    assert_eq!(sends(&world, &app, &newer).await.status.as_u16(), 204);
    since.get("/me").await.refuses(401, "web.not_signed_in");
}

/// Back-Channel Logout §2.4: `sid` names one of them.
#[tokio::test]
async fn a_sid_ends_the_session_that_began_with_it() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let (mut one, mut two) = (world.signed_in(&app, "ada").await, world.signed_in(&app, "ada").await);
    let hint = one.clone().get("/auth/logout").await;
    let Some(sid) = hint.query().text("logout_hint").map(str::to_owned) else {
        panic!("{}", hint.location())
    };
    one.signs_in("/auth/login", "ada").await;
    let mut claims = claims(&world);
    claims["sid"] = sid.into();
    claims.as_object_mut().unwrap().remove("sub");
    assert_eq!(sends(&world, &app, &signed(&world, &claims).await).await.status.as_u16(), 204);
    one.get("/me").await.refuses(401, "web.not_signed_in");
    assert_eq!(two.get("/me").await.body, "auth0|ada");
}

/// Back-Channel Logout §2.6, each of its tests; and what is no logout token ends nothing; conformance A21.
#[tokio::test]
async fn a_logout_token_that_is_not_right_in_every_point_ends_nothing() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let mut ada = world.signed_in(&app, "ada").await;
    let now = world.clock.now().as_unix();
    for (name, value) in [
        ("iss", json!("https://evil.example/")),
        ("aud", json!("another")),
        ("iat", json!(now - 1_000)),
        ("iat", json!(now + 1_000)),
        ("iat", Value::Null),
        ("exp", json!(now - 1_000)),
        ("sub", Value::Null),
        ("nonce", json!("n")),
        ("events", json!({})),
        ("events", json!({ EVENT: true })),
        ("events", json!(EVENT)),
        ("events", Value::Null),
    ] {
        let mut claims = claims(&world);
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        let answer = sends(&world, &app, &signed(&world, &claims).await).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &"invalid_request".into()),
            "{name}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let forged = mint("logout+jwt", &claims(&world), &SigningKey::generate(Alg::Es256).unwrap()).unwrap();
    for token in [forged.as_str(), "x", "", "a.b.c"] {
        assert_eq!(sends(&world, &app, token).await.status.as_u16(), 400, "{token}");
    }
    let key = world.server.keys.signer(&world.server.store, Alg::Rs256, world.clock.now()).await.unwrap();
    let other = mint("at+jwt", &claims(&world), &*key).unwrap();
    assert_eq!(sends(&world, &app, &other).await.status.as_u16(), 400);
    assert_eq!(ada.get("/me").await.body, "auth0|ada");
}

/// Cookies cannot be ended from afar: the route is not there, and the server learns it at once.
#[tokio::test]
async fn without_a_store_there_is_no_such_route() {
    let world = World::new().await;
    let app = world.app(Kept::InCookies);
    let answer = sends(&world, &app, &signed(&world, &claims(&world)).await).await;
    assert_eq!(answer.status.as_u16(), 404);
}
