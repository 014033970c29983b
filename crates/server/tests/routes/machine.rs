//! `/oauth/token`, client credentials.

use base64::{Engine, engine::general_purpose::STANDARD};
use keybound_proto::form::Form;

use crate::{
    wallet::Wallet,
    world::{API, M2M, SECRET, SPA, World, claims, machine},
};

fn bare() -> Form {
    Form::new().with("grant_type", "client_credentials").with("audience", API)
}

fn basic(secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{M2M}:{secret}")))
}

/// RFC 6749 §4.4; auth0.md §3: the subject of a machine; conformance AS02.
#[tokio::test]
async fn a_machine_gets_a_token_of_its_own_bound_when_it_proves_a_key() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let bearer = world.post("/oauth/token", machine(), &[]).await.ok();
    assert_eq!(bearer["token_type"], "Bearer");
    assert_eq!(bearer["scope"], "read:orders");
    assert!(bearer.get("refresh_token").is_none() && bearer.get("id_token").is_none());
    let bound = wallet.token(&world, machine()).await.ok();
    assert_eq!(bound["token_type"], "DPoP");
    let access = claims(bound["access_token"].as_str().unwrap());
    assert_eq!(access["sub"], format!("{M2M}@clients"));
    assert_eq!(access["gty"], "client-credentials");
    assert_eq!(access["aud"], API);
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
}

/// RFC 6749 §2.3.1, §5.2; conformance A3 rows 8 to 10; auth0.md §5.
#[tokio::test]
async fn a_secret_is_taken_from_the_header_or_the_body_and_from_one_of_them() {
    let world = World::new().await;
    let good = basic(SECRET);
    world.post("/oauth/token", bare(), &[("authorization", &good)]).await.ok();
    let both = bare().with("client_id", M2M).with("client_secret", SECRET);
    world.post("/oauth/token", both, &[("authorization", &good)]).await.refused(400, "invalid_request");

    let wrong = basic("wrong");
    let answer = world.post("/oauth/token", bare(), &[("authorization", &wrong)]).await;
    assert_eq!(answer.refused(401, "access_denied"), "Unauthorized");
    assert_eq!(answer.challenges(), [r#"Basic realm="oauth""#]);
    let answer =
        world.post("/oauth/token", bare().with("client_id", M2M).with("client_secret", "x"), &[]).await;
    answer.refused(401, "access_denied");
    assert!(answer.challenges().is_empty());
    world.post("/oauth/token", bare().with("client_id", M2M), &[]).await.refused(401, "invalid_client");
    let nobody = bare().with("client_id", "nobody").with("client_secret", "x");
    world.post("/oauth/token", nobody, &[]).await.refused(401, "invalid_client");
    world.post("/oauth/token", bare(), &[]).await.refused(400, "invalid_request");
    let junk = world.post("/oauth/token", bare(), &[("authorization", "Bearer x")]).await;
    junk.refused(401, "invalid_client");
}

/// Conformance A3 row 17.
#[tokio::test]
async fn who_guesses_secrets_is_soon_not_heard_at_all() {
    let world = World::new().await;
    let guess = || bare().with("client_id", M2M).with("client_secret", "guess");
    for _ in 0..20 {
        world.post("/oauth/token", guess(), &[]).await.refused(401, "access_denied");
    }
    let answer = world.post("/oauth/token", machine(), &[]).await;
    answer.refused(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some("60"));
    world.clock.turn(keybound_proto::time::Lifetime::seconds(61));
    world.post("/oauth/token", machine(), &[]).await.ok();
}

/// auth0.md §5; conformance A3 row 11.
#[tokio::test]
async fn what_was_not_granted_is_refused_in_auth0s_words() {
    let world = World::new().await;
    let ask = |form: Form| async { world.post("/oauth/token", form, &[]).await };
    let other = Form::new().with("client_id", M2M).with("client_secret", SECRET);
    let other = other.with("grant_type", "client_credentials");
    let text = ask(other.with("audience", "urn:nowhere")).await.refused(403, "access_denied");
    assert_eq!(text, "Service not enabled within domain: urn:nowhere");
    let text = ask(machine().with("scope", "read:orders write:orders")).await.refused(403, "access_denied");
    assert_eq!(text, "Client has not been granted scopes: write:orders");
    let spa =
        Form::new().with("grant_type", "client_credentials").with("client_id", SPA).with("audience", API);
    let answer = ask(spa).await;
    let text = answer.refused(403, "unauthorized_client");
    assert_eq!(text, "Grant type 'client_credentials' not allowed for the client.");
    assert_eq!(answer.text("error_uri"), "https://auth0.com/docs/clients/client-grant-types");
    let implicit =
        Form::new().with("grant_type", "implicit").with("client_id", M2M).with("client_secret", SECRET);
    ask(implicit).await.refused(400, "unsupported_grant_type");
}
