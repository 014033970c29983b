//! Leaving, in Auth0's older way and in the standard one.

use http::{Request, StatusCode, header};
use keybound_proto::form::Form;

use crate::{
    organizations::{redeems, tokens},
    world::{Browser, Page, World, ask, but},
};

const BYE: &str = "https://app.example/bye";

async fn leaves(browser: &mut Browser, form: &Form) -> Page {
    browser.get(&format!("/v2/logout?{}", form.encode())).await
}

async fn is_out(browser: &mut Browser) -> bool {
    let page = browser.asks(&but(&ask("spa"), "prompt", "none")).await;
    page.location().contains("error=login_required")
}

fn to(address: &str) -> Form {
    Form::new().with("client_id", "spa").with("returnTo", address)
}

#[tokio::test]
async fn auth0s_logout_ends_the_session_and_goes_where_the_client_may_send_people() {
    let world = World::new().await;
    for address in [BYE, "https://app.example/bye?x=1"] {
        let mut browser = world.signed_in().await;
        let mut copy = browser.clone();
        // The way auth0-spa-js writes it: `federated` without a value.
        let page =
            browser.get(&format!("/v2/logout?{}&auth0Client=e30&federated", to(address).encode())).await;
        assert_eq!((page.status, page.location().as_str()), (StatusCode::FOUND, address));
        assert!(is_out(&mut browser).await);
        assert!(is_out(&mut copy).await, "the session has ended, not only its cookie");
    }
    assert!(world.events().await.contains(&"slo".to_owned()));
}

#[tokio::test]
async fn auth0s_logout_sends_nobody_to_an_address_that_is_not_listed() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for address in [
        "https://evil.example/",
        "https://app.example/",
        "https://app.example/bye/..",
        "https://app.example/bye@evil.example",
        "https://tenant.example/",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        leaves(&mut browser, &to(address)).await.is_an_error_page("not registered");
        assert_eq!(world.newest_event().await.kind.as_ref(), "flo");
    }
    leaves(&mut browser, &but(&to(BYE), "client_id", "nobody")).await.is_an_error_page("invalid_client");
    leaves(&mut browser, &but(&to(BYE), "client_id", "")).await.is_an_error_page("not registered");
    assert!(!is_out(&mut browser).await);
    let page = leaves(&mut browser, &Form::new().with("returnTo", "https://tenant.example/")).await;
    assert_eq!(page.location(), "https://tenant.example/");
    assert!(is_out(&mut browser).await);
}

#[tokio::test]
async fn auth0s_logout_without_an_address_goes_to_the_first_one_listed() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert_eq!(leaves(&mut browser, &Form::new().with("client_id", "spa")).await.location(), BYE);
    assert_eq!(leaves(&mut browser, &Form::new()).await.location(), "https://tenant.example/");
}

async fn sid(world: &World) -> String {
    world.newest_event().await.session.unwrap().into()
}

async fn oidc(browser: &mut Browser, form: &Form) -> Page {
    browser.get(&format!("/oidc/logout?{}", form.encode())).await
}

/// RP-Initiated Logout §2 and §3; conformance A21.
#[tokio::test]
async fn an_id_token_of_this_session_ends_it_without_a_question_even_when_it_has_expired() {
    let world = World::new().await;
    for named in [true, false] {
        let mut browser = world.signed_in().await;
        let sid = sid(&world).await;
        let hint = world.id_token("auth0|ada", "spa", named.then_some(sid.as_str()), 2).await;
        let form = Form::new().with("id_token_hint", &hint).with("post_logout_redirect_uri", BYE);
        let form = form.with("state", "s &=").with("ui_locales", "de");
        let page = oidc(&mut browser, &form).await;
        assert_eq!(page.location(), format!("{BYE}?state=s+%26%3D"));
        assert!(is_out(&mut browser).await);
    }
}

/// nextjs-auth0 sends the `sid` of its ID token.
#[tokio::test]
async fn who_names_the_session_is_believed() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let form = Form::new().with("client_id", "spa").with("post_logout_redirect_uri", BYE);
    let wrong = form.clone().with("logout_hint", "another");
    assert_eq!(oidc(&mut browser, &wrong).await.status, StatusCode::OK);
    assert!(!is_out(&mut browser).await);
    let mut browser = world.signed_in().await;
    let right = form.with("logout_hint", &sid(&world).await);
    assert_eq!(oidc(&mut browser, &right).await.location(), BYE);
    assert!(is_out(&mut browser).await);
}

/// Conformance A21.
#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let form = Form::new().with("client_id", "spa").with("post_logout_redirect_uri", BYE).with("state", "x");
    let page = oidc(&mut browser, &form).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Sign out?"), "{}", page.body);
    assert!(!is_out(&mut browser).await);
    let question = page.body.split("name=\"state\" value=\"").nth(1).unwrap().split('"').next().unwrap();

    let yes = Form::new().with("state", question).with("action", "accept");
    let no = but(&yes, "action", "deny");
    browser.post_from_elsewhere("/oidc/logout/confirm", &yes).await;
    browser.post("/oidc/logout/confirm", &but(&yes, "state", "AAAA")).await;
    browser.post("/oidc/logout/confirm", &no).await;
    assert!(!is_out(&mut browser).await, "nobody has said yes");
    // A question put to somebody else does not end this session.
    let mut other = world.signed_in().await;
    other.post("/oidc/logout/confirm", &yes).await;
    assert!(!is_out(&mut other).await);

    let page = browser.post("/oidc/logout/confirm", &yes).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, format!("{BYE}?state=x")));
    assert!(is_out(&mut browser).await);
}

/// What an ID token of ours would claim, signed by a key of the sender: an ID token of another server, or a proof.
fn somebody_elses(typ: &str) -> String {
    let key = keybound_crypto::SigningKey::generate(keybound_proto::jose::Alg::Rs256).unwrap();
    let claims = serde_json::json!({
        "iss": crate::world::ISSUER, "sub": "auth0|ada", "aud": "spa", "iat": 0, "exp": 4_000_000_000_u32,
        "jti": "j", "htm": "GET", "htu": format!("{}oidc/logout", crate::world::ISSUER),
    });
    keybound_proto::jose::mint(typ, &claims, &key).unwrap()
}

/// Conformance P48: a proof is no ID token either; conformance A21.
#[tokio::test]
async fn a_logout_nobody_may_ask_for_is_a_page_and_changes_nothing() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let hint = world.id_token("auth0|ada", "spa", None, 2).await;
    let forged = format!("{}AAAA", hint.strip_suffix(hint.split_at(hint.len() - 4).1).unwrap());
    let form = Form::new().with("client_id", "spa").with("post_logout_redirect_uri", BYE);
    for form in [
        but(&form, "post_logout_redirect_uri", "https://evil.example/"),
        but(&form, "post_logout_redirect_uri", "https://app.example/bye?x=1"),
        but(&form, "client_id", "nobody"),
        but(&form, "client_id", ""),
        form.clone().with("id_token_hint", &forged),
        form.clone().with("id_token_hint", "x"),
        form.clone().with("id_token_hint", &somebody_elses("JWT")),
        form.clone().with("id_token_hint", &somebody_elses("dpop+jwt")),
        but(&form, "client_id", "third").with("id_token_hint", &hint),
    ] {
        let page = oidc(&mut browser, &form).await;
        page.is_an_error_page("<!doctype html>");
        assert_eq!(world.newest_event().await.kind.as_ref(), "flo");
    }
    assert!(!is_out(&mut browser).await);
}

#[tokio::test]
async fn leaving_may_be_posted_and_may_happen_twice() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let hint = world.id_token("auth0|ada", "spa", None, 2).await;
    let form = Form::new().with("id_token_hint", &hint).with("post_logout_redirect_uri", BYE);
    let page = browser.post_from_elsewhere("/oidc/logout", &form).await;
    assert_eq!((page.status, page.location().as_str()), (StatusCode::SEE_OTHER, BYE));
    let page = browser.post_from_elsewhere("/oidc/logout", &form).await;
    assert_eq!(page.location(), BYE);
    let page = oidc(&mut browser, &Form::new()).await;
    assert!(page.body.contains("You are signed out"), "{}", page.body);
}

/// A token for `/userinfo` alone is over when its user leaves, in whichever of the two ways.
#[tokio::test]
async fn whoever_leaves_takes_their_userinfo_token_along() {
    let world = World::new().await;
    for bye in ["/v2/logout?client_id=spa", "/oidc/logout"] {
        let mut browser = world.signed_in().await;
        let sid = sid(&world).await;
        let code = browser.asks(&but(&ask("spa"), "prompt", "none")).await.brings_a_code();
        let told = tokens(&redeems(&mut browser, "spa", &code).await);
        let bearer = format!("Bearer {}", told["access_token"].as_str().unwrap());
        let asks = || Request::get("/userinfo").header(header::AUTHORIZATION, &bearer);
        assert_eq!(world.browser().send(asks(), String::new()).await.status, StatusCode::OK);
        let bye = match bye {
            "/oidc/logout" => format!("{bye}?client_id=spa&logout_hint={sid}"),
            auth0s => auth0s.to_owned(),
        };
        browser.get(&bye).await;
        assert!(is_out(&mut browser).await);
        assert_eq!(
            world.browser().send(asks(), String::new()).await.status,
            StatusCode::UNAUTHORIZED,
            "{bye}"
        );
    }
}
