//! Single claims that are asked for by name (OIDC Core §5.5).

use keybound_authority::grant::code::Found;
use keybound_authority::model::{digest::CodeDigest, factor::MULTI_FACTOR};
use keybound_crypto::AwsLc;
use keybound_proto::{form::Form, jose::Digest as _};
use keybound_store::ledger::codes;
use serde_json::{Value, json};

use crate::{
    factors::{BOTH, wanted},
    world::{World, ask, but},
};

/// The request of a client that asks for claims and for no more scopes than it must.
fn asks(client: &str, claims: &Value) -> Form {
    but(&ask(client), "scope", "openid").with("claims", &claims.to_string())
}

/// OIDC Core §5.5: what is known is granted by its own name, what is not is passed over.
#[tokio::test]
async fn a_claim_that_is_known_is_granted_by_its_name_and_no_other() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let claims = json!({
        "userinfo": { "email": { "essential": true }, "birthdate": null },
        "id_token": { "given_name": null, "auth_time": { "essential": true } },
    });
    let code = browser.asks(&asks("spa", &claims)).await.brings_a_code();
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()]));
    let found = codes::find(&world.app.store, &world.app.tenant.id, &digest).await.unwrap();
    let Found::Fresh(kept) = found else { panic!("{found:?}") };
    // The answer at the token endpoint says what was granted: it is more than the scopes that were asked for.
    assert_eq!(
        (kept.asked.to_string().as_str(), kept.scopes.to_string().as_str()),
        ("openid", "openid given_name email")
    );
    // Who asks for no OpenID Connect has no claims to ask for.
    let plain = but(&asks("spa", &claims), "scope", "profile");
    browser.asks(&plain).await.brings_a_code();
}

/// Nobody gets past consent by calling a scope a claim.
#[tokio::test]
async fn a_third_party_asks_a_person_for_claims_as_for_scopes() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let claims = json!({ "userinfo": { "email": null, "phone_number": null } });
    let page = browser.asks(&asks("third", &claims)).await;
    page.goes_to("/u/consent?state=");
    let page = browser.get(&page.location()).await;
    for line in ["<li>See your email address</li>", "<li>See your phone number</li>"] {
        assert!(page.body.contains(line), "{line}: {}", page.body);
    }
}

/// Conformance A20.
#[tokio::test]
async fn claims_in_another_form_are_refused_wherever_they_come_from() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for bad in [
        "x",
        "[]",
        r#"{"userinfo":[]}"#,
        r#"{"id_token":{"acr":{"essential":1}}}"#,
        r#"{"id_token":{"sub":7}}"#,
    ] {
        browser.asks(&ask("spa").with("claims", bad)).await.refuses("invalid_request");
        let pushed = http::Request::post("/oauth/par")
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let page = world.browser().send(pushed, ask("spa").with("claims", bad).encode()).await;
        assert_eq!(page.status, 400, "{bad}: {}", page.body);
    }
}

/// OIDC Core §5.5.1.1: essential is met or the request fails; what is wished for may come to nothing.
/// Conformance A17 and A20.
#[tokio::test]
async fn an_essential_way_of_signing_in_is_shown_or_nothing_is_granted() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let acr = |acr: Value| asks("spa", &json!({ "id_token": { "acr": acr } }));
    let essential = acr(json!({ "essential": true, "values": [MULTI_FACTOR] }));
    // The tenant has no second factor.
    browser.asks(&essential).await.refuses("unmet_authentication_requirements");
    browser.asks(&acr(json!({ "value": MULTI_FACTOR }))).await.brings_a_code();
    let gold = acr(json!({ "essential": true, "value": "urn:gold" }));
    browser.asks(&gold).await.refuses("unmet_authentication_requirements");
    browser.asks(&acr(json!({ "essential": true }))).await.brings_a_code();
    wanted(&world.app, &[], BOTH).await;
    browser.asks(&essential).await.goes_to("/u/mfa?state=");
    browser.asks(&but(&essential, "prompt", "none")).await.refuses("interaction_required");
    // `acr_values` beside it open no way round it.
    browser.asks(&gold.with("acr_values", MULTI_FACTOR)).await.refuses("unmet_authentication_requirements");
}

/// OIDC Core §5.5.1, §3.1.2.2: an answer about another person than the one who was asked for is none.
#[tokio::test]
async fn the_person_who_is_asked_for_answers_or_nobody_does() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let sub =
        |sub: &str| but(&asks("spa", &json!({ "id_token": { "sub": { "value": sub } } })), "prompt", "none");
    browser.asks(&sub("auth0|ada")).await.brings_a_code();
    browser.asks(&sub("auth0|eve")).await.refuses("login_required");
    let several = json!({ "id_token": { "sub": { "values": ["auth0|ada", "auth0|eve"] } } });
    browser.asks(&asks("spa", &several)).await.refuses("login_required");
}
