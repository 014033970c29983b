//! The four ways an answer travels.

use http::{StatusCode, header};

use crate::world::{CALLBACK, ISSUER, Page, World, ask, but};

fn policy(page: &Page) -> &str {
    page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap()
}

#[tokio::test]
async fn the_fragment_is_used_when_it_is_asked_for() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let ask = but(&ask("spa"), "response_mode", "fragment");
    let page = browser.asks(&ask).await;
    page.goes_to(&format!("{CALLBACK}#code="));
    page.brings_a_code();
    let page = browser.asks(&but(&ask, "response_type", "none")).await;
    page.goes_to(&format!("{CALLBACK}#error="));
    page.refuses("unsupported_response_type");
}

/// OAuth 2.0 Form Post Response Mode §2; RFC 9207 §2.
#[tokio::test]
async fn a_form_sends_itself_and_has_a_button_for_those_without_scripts() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let ask = but(&but(&ask("spa"), "response_mode", "form_post"), "state", "\"><b>&'\u{e9}");
    let page = browser.asks(&ask).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")), "{}", page.body);
    assert!(page.body.contains("name=\"code\" value=\""));
    assert!(
        page.body.contains("name=\"state\" value=\"&#34;&#62;&#60;b&#62;&#38;&#39;\u{e9}\""),
        "{}",
        page.body
    );
    assert!(page.body.contains(&format!("name=\"iss\" value=\"{ISSUER}\"")));
    assert!(page.body.contains("<noscript>"));
    assert!(policy(&page).contains("form-action 'self' https://app.example;"), "{}", policy(&page));
    assert!(policy(&page).contains("script-src 'sha256-"));
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");

    let page = browser.asks(&but(&ask, "prompt", "none login")).await;
    assert!(page.body.contains("name=\"error\" value=\"invalid_request\""), "{}", page.body);
}

/// What auth0-spa-js listens for: the type, the response, and our origin as the sender's.
#[tokio::test]
async fn a_message_goes_to_the_clients_own_origin_and_only_its_pages_may_frame_it() {
    let world = World::new().await;
    let silent = but(&but(&ask("spa"), "response_mode", "web_message"), "prompt", "none");
    let silent = but(&silent, "state", "</script><script>alert(1)</script>");
    let page = world.browser().asks(&silent).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("data-origin=\"https://app.example\""), "{}", page.body);
    assert!(page.body.contains("\"type\":\"authorization_response\""), "{}", page.body);
    assert!(page.body.contains("\"error\":\"login_required\""), "{}", page.body);
    assert!(page.body.contains("\"error_description\":\"Login required\""), "{}", page.body);
    assert!(!page.body.contains("alert(1)</script>"), "{}", page.body);
    assert!(policy(&page).ends_with("frame-ancestors https://app.example"), "{}", policy(&page));
    assert!(page.headers.get(header::X_FRAME_OPTIONS).is_none());
    assert!(page.headers.get("cross-origin-opener-policy").is_none(), "a popup must keep its opener");

    let page = world.signed_in().await.asks(&silent).await;
    assert!(page.body.contains("\"code\":\""), "{}", page.body);
}

/// Conformance A23.
#[tokio::test]
async fn a_message_is_not_sent_to_a_page_the_client_did_not_register() {
    let world = World::new().await;
    let message = but(&ask("native"), "response_mode", "web_message");
    let mut browser = world.signed_in().await;
    for address in ["http://127.0.0.1:5000/cb", "com.example.app:/cb"] {
        let page = browser.asks(&but(&message, "redirect_uri", address)).await;
        page.is_an_error_page("origin");
        assert_eq!(page.headers[header::X_FRAME_OPTIONS], "DENY");
    }
}
