//! Where an answer may go (RFC 6749 §3.1.2.4, RFC 9700 §2.1, RFC 8252 §7.3; conformance A3 row 3).

use crate::world::{CALLBACK, World, ask, but};

#[tokio::test]
async fn an_address_that_differs_in_anything_from_the_registered_one_is_a_page() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for address in [
        "https://app.example/cb/",
        "https://app.example/cb/more",
        "https://app.example/CB",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example/cb?x=1",
        "https://app.example/cb?",
        "https://app.example/cb#x",
        "https://app.example/cb#",
        "https://app.example/%63b",
        "https://app.example/./cb",
        "https://app.example/x/../cb",
        "https://app.example%2fcb",
        "https://user@app.example/cb",
        "https://app.example@evil.example/cb",
        "https://app.example\\@evil.example/cb",
        "https:\\\\app.example\\cb",
        "https://app.example.evil.example/cb",
        "https://*.example/cb",
        "https://\u{430}pp.example/cb",
        "http://app.example/cb",
        "//app.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        " https://app.example/cb",
        "https://app.example/cb\r\nSet-Cookie: x=1",
    ] {
        let page = browser.asks(&but(&ask("spa"), "redirect_uri", address)).await;
        page.is_an_error_page("Callback URL mismatch");
    }
}

#[tokio::test]
async fn an_address_left_out_is_the_only_one_the_client_has() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    browser.asks(&but(&ask("spa"), "redirect_uri", "")).await.brings_a_code();
    browser.asks(&but(&ask("two"), "redirect_uri", "")).await.is_an_error_page("redirect");
}

/// RFC 8252 §7.3: the port is whichever was free; nothing else may differ; conformance A24 and A28.
#[tokio::test]
async fn a_native_app_may_listen_on_any_port_of_a_loopback_address() {
    let world = World::new().await;
    let mut browser = world.browser();
    let native = |address: &str| but(&ask("native"), "redirect_uri", address);
    for address in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "com.example.app:/cb"] {
        browser.asks(&native(address)).await.goes_to("/u/login?state=");
    }
    for address in ["http://127.0.0.1:51004/other", "http://localhost:51004/cb", "http://127.0.0.2:1/cb"] {
        browser.asks(&native(address)).await.is_an_error_page("Callback URL mismatch");
    }
    // An app's own scheme comes back, too, when something is refused.
    let page = browser.asks(&but(&native("com.example.app:/cb"), "response_type", "none")).await;
    page.goes_to("com.example.app:/cb?error=unsupported_response_type");
}

/// Chromium holds every redirect after a form to `form-action`: it must name where the sign-in ends.
#[tokio::test]
async fn the_sign_in_page_lets_its_form_end_at_the_client_and_nowhere_else() {
    let world = World::new().await;
    for (client, address, source) in [
        ("spa", CALLBACK, "form-action 'self' https://app.example;"),
        ("native", "http://127.0.0.1:51004/cb", "form-action 'self' http://127.0.0.1:51004 "),
    ] {
        let mut browser = world.browser();
        let page = browser.asks(&but(&ask(client), "redirect_uri", address)).await;
        let page = browser.get(&page.location()).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(source), "{policy}");
    }
}
