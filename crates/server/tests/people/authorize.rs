//! What may be asked at `/authorize`, and how it is refused.

use keybound_authority::{grant::code::Found, model::digest::CodeDigest};
use keybound_crypto::AwsLc;
use keybound_proto::jose::Digest;
use keybound_store::ledger::codes;

use crate::world::{API, CALLBACK, CHALLENGE, World, ask, but};

/// RFC 6749 §4.1.2.1; conformance A3 row 1.
#[tokio::test]
async fn an_unknown_client_is_told_nothing_and_the_person_sees_a_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.asks(&ask("nobody")).await.is_an_error_page("invalid_client");
    browser.asks(&but(&ask("spa"), "client_id", "")).await.is_an_error_page("client_id");
    assert_eq!(world.events().await, ["f", "f"]);
}

/// RFC 6749 §4.1.2.1, RFC 9207 §2; conformance A3 rows 2 and 11, A4; conformance A7, A9 and A14.
#[tokio::test]
async fn what_is_wrong_with_a_request_goes_back_to_the_client_with_state_and_issuer() {
    let world = World::new().await;
    let mut browser = world.browser();
    let spa = ask("spa");
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "telepathy", "invalid_request"),
        ("scope", "openid \"quoted\"", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "S512", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("dpop_jkt", "not-a-thumbprint", "invalid_request"),
        ("request_uri", "urn:x", "request_uri_not_supported"),
        ("id_token_hint", "a.b.c", "invalid_request"),
        ("resource", "relative", "invalid_target"),
        ("audience", "https://unknown.example/", "access_denied"),
    ] {
        let page = browser.asks(&but(&spa, name, value)).await;
        page.refuses(error);
    }
    browser.asks(&but(&spa, "client_id", "machine")).await.refuses("unauthorized_client");
    let two = but(&but(&spa, "audience", API), "resource", "https://other.example/");
    browser.asks(&two).await.refuses("invalid_target");
    assert!(world.events().await.iter().all(|code| code == "f"));
}

/// Whoever can sign in would else be an administrator.
#[tokio::test]
async fn no_user_gets_a_token_for_the_management_api() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for client in ["spa", "third", "web"] {
        let ask = but(&ask(client), "audience", "https://id.example/api/v2/");
        browser.asks(&but(&ask, "scope", "openid read:clients create:users")).await.refuses("access_denied");
        browser.asks(&ask).await.refuses("access_denied");
    }
}

/// RFC 6749 §3.1: a parameter must not come twice. Which of two clients or addresses to believe would be a guess.
/// Conformance A4.
#[tokio::test]
async fn a_repeated_parameter_is_a_page() {
    let world = World::new().await;
    let query = format!("/authorize?{}&state=again", ask("spa").encode());
    world.browser().get(&query).await.is_an_error_page("state");
    let event = world.newest_event().await;
    assert_eq!((&*event.kind, event.reason.as_deref()), ("f", Some("request.repeated")));
    assert_eq!(world.events().await.len(), 1);
}

/// RFC 6749 §4.1.2: the exact value received; conformance A3 row 7.
#[tokio::test]
async fn state_comes_back_byte_for_byte() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let long = "a+b &=#%/?\u{e9}\u{1f511}\"'<>\\".repeat(250);
    for state in ["=", "a b", "%41", "\u{1f511}", "<script>", "a\r\nb", &long] {
        let page = browser.asks(&but(&ask("spa"), "state", state)).await;
        assert_eq!(page.param("state"), state);
        let page = browser.asks(&but(&but(&ask("spa"), "state", state), "response_type", "none")).await;
        assert_eq!(page.param("state"), state);
    }
    let page = browser.asks(&but(&ask("spa"), "state", "")).await;
    assert!(!page.location().contains("state"), "{}", page.location());
}

/// OIDC Core §3.1.2.1; RFC 6749 §3.1.
#[tokio::test]
async fn a_request_may_be_posted_and_may_hold_what_nobody_knows() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let ask = ask("spa").with("ui_locales", "de en").with("ext-device", "1").with("acr_values", "x");
    browser.post_from_elsewhere("/authorize", &ask).await.brings_a_code();
    browser.asks(&ask).await.brings_a_code();
}

/// RFC 7636 §4.4, RFC 9449 §10: what the code is bound to is kept with it; the code itself is not.
/// Conformance A22.
#[tokio::test]
async fn a_code_is_kept_by_its_digest_with_everything_that_was_agreed() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let ask = ask("spa").with("audience", API).with("dpop_jkt", jkt);
    let ask = but(&ask, "scope", "openid read:orders delete:everything offline_access");
    let code = browser.asks(&ask).await.brings_a_code();
    assert_eq!(code.len(), 43, "256 bits");
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()]));
    let found = codes::find(&world.app.store, &world.app.tenant.id, &digest).await.unwrap();
    let Found::Fresh(kept) = found else { panic!("{found:?}") };
    assert_eq!(kept.client.as_str(), "spa");
    assert_eq!(kept.subject.as_str(), "auth0|ada");
    assert_eq!(kept.redirect_uri.unwrap().as_str(), CALLBACK);
    assert_eq!(kept.audience.unwrap().as_str(), API);
    assert_eq!(kept.jkt.unwrap().to_string(), jkt);
    assert_eq!(kept.challenge.unwrap().to_text(), CHALLENGE);
    assert_eq!(kept.id_token_nonce.unwrap().as_str(), "n-1");
    // What nobody knows is dropped without a word.
    assert_eq!(kept.scopes.to_string(), "openid read:orders offline_access");
    assert_eq!(kept.expires_at.since(kept.issued_at), 60);
}

/// A confidential client has its secret where a public one has PKCE.
#[tokio::test]
async fn a_confidential_client_may_leave_the_challenge_out() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let ask = but(&but(&ask("web"), "code_challenge", ""), "code_challenge_method", "");
    browser.asks(&ask).await.brings_a_code();
}
