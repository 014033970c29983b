//! Clients that sign who they are, what they ask for, and read signed answers.

use std::sync::Arc;

use keybound_client::{
    Authentication, Client, Signer,
    crypto::{AwsLc, SigningKey},
    drive,
    flow::Answer,
    session::{MemoryStore, Session, Want},
};
use keybound_proto::{
    jose::{Alg, Sign as _},
    request::{
        about_token::{AboutToken, TokenTypeHint},
        authorization::Prompts,
        token::{MachineRequest, RefreshRequest},
    },
};
use keybound_store::documents::{ClientGrants, Clients};
use serde_json::{Value, json};

use crate::{
    keys_at::KeysAt,
    world::{AUDIENCE, CALLBACK, EMAIL, World, ask, begin, put, query, want},
};

/// A client of that name with a key of its own, registered for whatever `more` enables.
async fn signing(world: &World, id: &str, key: &SigningKey, more: Value) {
    let mut app = json!({
        "name": "Signing", "app_type": "regular_web", "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "refresh_token": { "rotation_type": "rotating", "expiration_type": "non-expiring", "leeway": 0 },
        "credentials": [{
            "id": "cred_1", "kid": key.kid().unwrap().as_str(), "alg": key.alg().name(),
            "credential_type": "public_key", "jwk": key.public().to_json(),
        }],
    });
    app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    put::<Clients>(&world.app, id, app).await;
    let grant = json!({ "client_id": id, "audience": AUDIENCE, "scope": ["read:orders"] });
    put::<ClientGrants>(&world.app, &format!("cgr_{id}"), grant).await;
}

fn enabled() -> Value {
    json!({ "client_authentication_methods": { "private_key_jwt": { "credentials": [{ "id": "cred_1" }] } } })
}

fn key(alg: Alg) -> SigningKey {
    SigningKey::generate(alg).unwrap().named_by_thumbprint()
}

async fn authenticated(world: &World, key: SigningKey) -> Client {
    let client = world.client("signing").await;
    client.authenticated(Authentication::PrivateKeyJwt(Signer::here(key)))
}

/// RFC 7523 §2.2, with every algorithm the server advertises.
#[tokio::test]
async fn a_machine_signs_who_it_is_and_gets_a_token_bound_to_its_other_key() {
    for alg in [Alg::Es256, Alg::EdDsa, Alg::Ps256, Alg::Rs256] {
        let (world, key) = (World::new().await, key(alg));
        signing(&world, "signing", &key, enabled()).await;
        let client = authenticated(&world, key).await;
        let advertised = &client.metadata().token_endpoint_auth_signing_alg_values_supported;
        assert!(advertised.iter().any(|name| name == alg.name()), "{alg}: {advertised:?}");
        let store = Arc::new(MemoryStore::default());
        let session = Session::of_machine(client, world.web.clone(), store).by_clock(world.time.clone());
        for _ in 0..2 {
            let tokens = session.token(&Want::default().audience(AUDIENCE)).await.unwrap();
            assert_eq!(tokens.bound_to.as_ref(), Some(session.client().key().unwrap().thumbprint()));
            world.time.later(3_600);
        }
        assert_eq!(world.events("seccft").await, 2);
    }
}

/// The whole life of a session: pushed, redeemed, renewed and revoked, each with an assertion of its own.
#[tokio::test]
async fn a_web_app_signs_every_request_it_makes_of_the_server() {
    let (world, key) = (World::new().await, key(Alg::Es256));
    signing(&world, "signing", &key, enabled()).await;
    let client = authenticated(&world, key).await.pushing_requests();
    let flow = begin(&client, &ask().login_hint(EMAIL));
    let url = flow.depart(&client, (&world.web, &world.time)).await.unwrap();
    let back = world.browser().signs_in(&url).await;
    let tokens =
        drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
    let store = Arc::new(MemoryStore::default());
    let session = Session::of_user(client.clone(), world.web.clone(), store).by_clock(world.time.clone());
    session.keep(&want(), tokens).await.unwrap();
    world.time.later(3_600);
    session.token(&want()).await.unwrap();
    let token = session.refresh_token(None).await.unwrap().unwrap();
    let revoking = AboutToken { token: token.clone(), hint: Some(TokenTypeHint::RefreshToken) };
    drive(client.revoke(&revoking).unwrap(), &world.web, &world.time).await.unwrap();
    let request = RefreshRequest { token, scopes: None, audience: None, resources: Vec::new() };
    let error = drive(client.refresh(request), &world.web, &world.time).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
}

/// Another key is worth nothing, whatever it is called.
/// RFC 7591 §2: the keys are where the client says, and change there.
#[tokio::test]
async fn a_machine_publishes_the_key_it_signs_with_and_changes_it() {
    let (world, at) = (World::new().await, KeysAt::open().await);
    let (first, second) = (key(Alg::Es256), key(Alg::EdDsa));
    at.publish(&[&first]);
    let app = json!({
        "name": "Signing", "app_type": "non_interactive", "grant_types": ["client_credentials"], "jwks_uri": at.url,
    });
    put::<Clients>(&world.app, "signing", app).await;
    let grant = json!({ "client_id": "signing", "audience": AUDIENCE, "scope": ["read:orders"] });
    put::<ClientGrants>(&world.app, "cgr_signing", grant).await;
    let tokens = async |client: &Client| {
        let request = MachineRequest { audience: Some(AUDIENCE.into()), ..MachineRequest::default() };
        drive(client.client_credentials(request), &world.web, &world.time).await
    };
    let before = authenticated(&world, first).await;
    assert!(tokens(&before).await.unwrap().is_bound());
    at.publish(&[&second]);
    world.time.later(31);
    let after = authenticated(&world, second).await;
    assert!(tokens(&after).await.unwrap().is_bound());
    assert_eq!(tokens(&before).await.unwrap_err().oauth_code(), Some("invalid_client"));
    assert_eq!(at.asked(), 2);
}

#[tokio::test]
async fn a_stranger_with_a_key_of_its_own_is_refused() {
    let (world, own) = (World::new().await, key(Alg::Es256));
    signing(&world, "signing", &own, enabled()).await;
    let name = own.kid().unwrap().clone();
    for stranger in [key(Alg::Es256), SigningKey::generate(Alg::Es256).unwrap().with_kid(name)] {
        let client = authenticated(&world, stranger).await;
        let store = Arc::new(MemoryStore::default());
        let session = Session::of_machine(client, world.web.clone(), store).by_clock(world.time.clone());
        let error = session.token(&Want::default().audience(AUDIENCE)).await.unwrap_err();
        assert_eq!(error.oauth_code(), Some("invalid_client"));
    }
}

/// RFC 9101 §5, RFC 9126 §3: by the browser and sent ahead; where the server wants nothing else.
#[tokio::test]
async fn a_web_app_signs_what_it_asks_for() {
    for pushes in [false, true] {
        let (world, key) = (World::new().await, key(Alg::Ps256));
        let mut more = enabled();
        more["signed_request_object"] = json!({ "required": true, "credentials": [{ "id": "cred_1" }] });
        signing(&world, "signing", &key, more).await;
        let pkcs8 = key.to_pkcs8().unwrap();
        let name = key.kid().unwrap().clone();
        let again = SigningKey::from_pkcs8(Alg::Ps256, pkcs8.reveal()).unwrap().with_kid(name);
        let plain = authenticated(&world, key).await;
        let flow = begin(&plain, &ask().login_hint(EMAIL));
        let page = world.browser().get(flow.url()).await;
        let refused = flow.come_back(&plain, query(&page.location().unwrap())).unwrap_err();
        assert_eq!(refused.oauth_code(), Some("invalid_request"), "it must sign");

        let client = plain.signing_requests(Signer::here(again));
        let client = if pushes { client.pushing_requests() } else { client };
        let flow = begin(&client, &ask().login_hint(EMAIL));
        let url = flow.depart(&client, (&world.web, &world.time)).await.unwrap();
        assert_eq!(url.contains("request_uri="), pushes);
        assert!(!url.contains("code_challenge") && !url.contains("login_hint"), "{url}");
        let back = world.browser().signs_in(&url).await;
        let tokens =
            drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    }
}

/// JARM §2.3, §2.4: whoever is between the two can neither read who asked nor change what was answered.
#[tokio::test]
async fn an_answer_comes_signed_and_only_for_the_client_that_asked() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let published = world.app.keys.now().published().clone();
    let with = (&published, &AwsLc);
    for answer in [Answer::Signed, Answer::SignedInFragment] {
        let flow = begin(&client, &ask().login_hint(EMAIL).answer(answer));
        let back = world.browser().signs_in(flow.url()).await;
        let (_, sent) = back.split_once(['?', '#']).unwrap();
        assert!(sent.starts_with("response=") && !sent.contains("code="), "{sent}");
        let now = world.time.there();
        let other = world.client("native").await;
        assert!(flow.come_back_signed(&other, sent, with, now).is_err(), "it is for the client that asked");
        assert!(flow.come_back(&client, sent).is_err(), "what is signed is opened, not read");
        let exchange = flow.come_back_signed(&client, sent, with, now).unwrap();
        let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    }
    let silent = ask().answer(Answer::Signed).prompt(Prompts::parse("none").unwrap());
    let flow = begin(&client, &silent);
    let back = world.browser().get(flow.url()).await.location().unwrap();
    let refused = flow.come_back_signed(&client, query(&back), with, world.time.there()).unwrap_err();
    assert_eq!(refused.oauth_code(), Some("login_required"));
}
