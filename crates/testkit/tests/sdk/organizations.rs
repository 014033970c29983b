//! Organizations: signing in to one, what the ID token must say, and a session that keeps each apart.

use std::sync::Arc;

use keybound_authority::model::{
    connection::Signup,
    name::{ConnectionName, OrganizationId},
    organization::{Entrance, Joining},
    tenant::OrganizationNames,
};
use keybound_client::{
    Ambient as _, Client, ClientError, Tokens,
    crypto::{AwsLc, entropy},
    discovery, drive,
    flow::Ask,
    session::{MemoryStore, Renew, Session},
};
use keybound_proto::{
    form::Form,
    id::Subject,
    jose::{Digest as _, decode_base64url, encode_base64url},
    request::token::MachineRequest,
    time::Lifetime,
};
use keybound_store::{
    Batch,
    documents::{ClientGrants, Clients, Invitations, Organizations, connection_named},
    ledger::organizations::{self, Enabled},
};
use serde_json::{Value, json};

use crate::world::{AUDIENCE, CALLBACK, EMAIL, SECRET, USER, World, ask, begin, put, query, want};

const TICKET: &str = "ticket-of-an-invitation-nobody-guesses";

/// Two organizations that Ada belongs to, a third that she does not, and an app of theirs.
async fn world() -> World {
    let world = World::set_up(|config| config.tenant.organization_names = OrganizationNames::Told).await;
    let (app, rotating) = (
        &world.app,
        json!({
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
            "token_lifetime": 864_000, "idle_token_lifetime": 432_000,
        }),
    );
    let client = json!({
        "name": "Shop", "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "refresh_token": rotating,
        "organization_usage": "allow",
    });
    put::<Clients>(app, "b2b", client).await;
    let name = ConnectionName::parse("Username-Password-Authentication").unwrap();
    let found = connection_named(&app.store, &app.tenant.id, &name).await.unwrap().unwrap();
    for organization in ["acme", "bell", "cern"] {
        let id = format!("org_{organization}");
        put::<Organizations>(
            app,
            &id,
            json!({ "id": id, "name": organization, "display_name": organization }),
        )
        .await;
        let entrance = Entrance { joining: Joining::ByName, signup: Signup::Closed };
        let enabled = Enabled { connection: found.id.clone(), name: name.clone(), entrance, button: true };
        let mut batch = Batch::new();
        organizations::connect(&mut batch, &app.tenant.id, &id, &enabled);
        app.store.apply(batch).await.unwrap();
    }
    for organization in ["org_acme", "org_bell"] {
        let mut batch = Batch::new();
        let pair = (&OrganizationId::parse(organization).unwrap(), &Subject::parse(USER).unwrap());
        organizations::join(&mut batch, &app.tenant.id, pair, world.time.there());
        app.store.apply(batch).await.unwrap();
    }
    world
}

/// What an app gets once Ada signed in to what it asks for.
async fn signs_in(world: &World, client: &Client, ask: &Ask) -> Result<Tokens, ClientError> {
    let flow = begin(client, ask);
    let back = world.browser().signs_in(flow.url()).await;
    let tokens = drive(flow.come_back(client, query(&back))?, &world.web, &world.time).await?;
    let keys = discovery::keys(client.metadata(), &world.web).await?;
    flow.check(client, &tokens, (&keys, &AwsLc), world.time.now())?;
    Ok(tokens)
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode_base64url(payload).unwrap()).unwrap()
}

fn organization(tokens: &Tokens) -> Value {
    claims(tokens.access_token.reveal())["org_id"].clone()
}

#[tokio::test]
async fn an_organization_is_signed_in_to_by_its_id_or_its_name() {
    let world = world().await;
    let client = world.client("b2b").await;
    for named in ["org_acme", "acme", "Acme"] {
        let tokens = signs_in(&world, &client, &ask().organization(named)).await.unwrap();
        assert_eq!(organization(&tokens), "org_acme");
        let id_token = claims(tokens.id_token.as_ref().unwrap().reveal());
        assert_eq!((&id_token["org_id"], &id_token["org_name"]), (&json!("org_acme"), &json!("acme")));
        assert!(tokens.is_bound());
    }
}

/// Who asked for one organization and got another, or none, has the wrong tokens: it is noticed by the ID token.
#[tokio::test]
async fn tokens_of_another_organization_are_noticed() {
    let world = world().await;
    let client = world.client("b2b").await;
    let keys = discovery::keys(client.metadata(), &world.web).await.unwrap();
    for (got, wanted) in [("org_bell", "org_acme"), ("bell", "acme"), ("", "org_acme"), ("", "acme")] {
        let asked = begin(&client, &ask().organization(wanted));
        // Somebody between app and server asks for something else.
        let form = Form::parse(query(asked.url()).as_bytes()).unwrap();
        let kept = form.pairs().filter(|(name, _)| *name != "organization");
        let mut twisted = kept.fold(Form::new(), |form, (name, value)| form.with(name, value));
        if !got.is_empty() {
            twisted = twisted.with("organization", got);
        }
        let url = format!("{}?{}", asked.url().split_once('?').unwrap().0, twisted.encode());
        let back = world.browser().signs_in(&url).await;
        let tokens =
            drive(asked.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
        let error = asked.check(&client, &tokens, (&keys, &AwsLc), world.time.now()).unwrap_err();
        assert_eq!(error.code(), "client.id_token", "{got} for {wanted}");
        assert!(error.to_string().contains("organization"), "{error}");
    }
}

#[tokio::test]
async fn who_may_not_come_in_is_refused_with_a_code_the_app_can_read() {
    let world = world().await;
    let b2b = world.client("b2b").await;
    let refused = async |client: &Client, organization: &str| {
        let error = signs_in(&world, client, &ask().organization(organization)).await.unwrap_err();
        (error.code(), error.oauth_code().map(str::to_owned))
    };
    let says = |code: &str| ("client.refused", Some(code.to_owned()));
    assert_eq!(refused(&b2b, "org_cern").await, says("access_denied"));
    assert_eq!(refused(&b2b, "org_none").await, says("invalid_request"));
    assert_eq!(refused(&world.client("spa").await, "org_acme").await, says("invalid_request"));
}

/// Tokens are cached and refreshed by organization: what is for one is never handed out for another.
#[tokio::test]
async fn a_session_keeps_its_organizations_apart() {
    let world = world().await;
    let client = world.client("b2b").await;
    let session = Session::of_user(client.clone(), world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    for organization in ["org_acme", "org_bell"] {
        let tokens = signs_in(&world, &client, &ask().organization(organization)).await.unwrap();
        session.keep(&want().organization(organization), tokens).await.unwrap();
    }
    for _ in 0..2 {
        for id in ["org_acme", "org_bell"] {
            let tokens = session.token(&want().organization(id)).await.unwrap();
            assert_eq!(organization(&tokens), id);
        }
    }
    assert_eq!(world.refreshes().await, 0, "cached");
    for id in ["org_acme", "org_bell"] {
        let tokens = session.token_when(&want().organization(id), Renew::Now).await.unwrap();
        assert_eq!(organization(&tokens), id);
    }
    assert_eq!(world.refreshes().await, 2);
    let error = session.token(&want()).await.unwrap_err();
    assert_eq!(error.code(), "client.login_required", "an organization's login is none without it");

    // Who is removed there is out there, and nowhere else.
    let mut batch = Batch::new();
    let pair = (&OrganizationId::parse("org_acme").unwrap(), &Subject::parse(USER).unwrap());
    organizations::leave(&mut batch, &world.app.tenant.id, pair);
    world.app.store.apply(batch).await.unwrap();
    let error = session.token_when(&want().organization("org_acme"), Renew::Now).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_grant"), "{error}");
    let tokens = session.token_when(&want().organization("org_bell"), Renew::Now).await.unwrap();
    assert_eq!(organization(&tokens), "org_bell");
}

#[tokio::test]
async fn an_invitation_makes_a_member_once() {
    let world = world().await;
    let now = world.time.there();
    let invitation = json!({
        "id": "uinv_1", "organization_id": "org_cern", "client_id": "b2b", "ticket_id": TICKET,
        "ticket_digest": encode_base64url(AwsLc.sha256(&[TICKET.as_bytes()])),
        "inviter": { "name": "Tim" }, "invitee": { "email": EMAIL }, "created_at": now.to_rfc3339(),
        "expires_at": now.plus(Lifetime::seconds(600)).to_rfc3339(),
    });
    put::<Invitations>(&world.app, "uinv_1", invitation).await;
    let client = world.client("b2b").await;
    let invited = ask().organization("org_cern").invitation(TICKET);
    let tokens = signs_in(&world, &client, &invited).await.unwrap();
    assert_eq!(organization(&tokens), "org_cern");
    let again = signs_in(&world, &client, &invited).await.unwrap_err();
    assert_eq!(again.oauth_code(), Some("invalid_request"), "{again}");
    let member = signs_in(&world, &client, &ask().organization("org_cern")).await.unwrap();
    assert_eq!(organization(&member), "org_cern");
    assert_eq!((world.events("si").await, world.events("fi").await), (1, 1));
}

#[tokio::test]
async fn a_machine_asks_within_an_organization() {
    let world = world().await;
    let id = format!("b2b-machine-{}", entropy::alphanumeric(4));
    let machine = json!({
        "name": "Machine", "app_type": "non_interactive", "client_secret": SECRET,
        "grant_types": ["client_credentials"],
    });
    put::<Clients>(&world.app, &id, machine).await;
    let grant = json!({
        "client_id": id, "audience": AUDIENCE, "scope": ["read:orders"], "organization_usage": "require",
    });
    put::<ClientGrants>(&world.app, "cgr_b2b", grant).await;
    let mut batch = Batch::new();
    organizations::give(&mut batch, &world.app.tenant.id, ("org_acme", "cgr_b2b"));
    world.app.store.apply(batch).await.unwrap();
    let client =
        world.config(&id).secret(SECRET).scopes(Default::default()).connect(&world.web).await.unwrap();
    let asks = async |organization: Option<&str>| {
        let request = MachineRequest {
            audience: Some(AUDIENCE.into()),
            organization: organization.map(str::to_owned),
            ..MachineRequest::default()
        };
        drive(client.client_credentials(request), &world.web, &world.time).await
    };
    assert_eq!(organization(&asks(Some("org_acme")).await.unwrap()), "org_acme");
    assert_eq!(organization(&asks(Some("acme")).await.unwrap()), "org_acme");
    assert_eq!(asks(Some("org_bell")).await.unwrap_err().oauth_code(), Some("access_denied"));
    assert_eq!(asks(None).await.unwrap_err().oauth_code(), Some("invalid_request"));
}
