//! Answers that are signed (JARM).

use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    jose::{AlgSet, Claims, Unverified},
    time::Lifetime,
};

use crate::world::{CALLBACK, ISSUER, World, ask, but};

/// What the tenant's key signed, for this client and for now.
#[track_caller]
fn believed(world: &World, response: &str) -> Claims {
    let token = Unverified::parse(response.as_bytes()).unwrap();
    let keys = world.app.keys.now();
    let claims = token.verify_with(&AwsLc, keys.published(), AlgSet::ALL).unwrap().into_claims();
    claims.check_issuer(ISSUER).unwrap();
    claims.check_audience("spa").unwrap();
    claims.check_time(world.clock.now(), Lifetime::ZERO).unwrap();
    assert!(claims.expires().unwrap() <= world.clock.now().plus(Lifetime::seconds(600)), "JARM §2.1");
    assert_eq!(claims.text("state"), Some("s-1="));
    claims
}

/// JARM §2.1, §2.3; conformance A8.
#[tokio::test]
async fn a_code_comes_signed_in_whatever_way_was_asked_for() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for (mode, start) in [("jwt", "?response="), ("query.jwt", "?response="), ("fragment.jwt", "#response=")]
    {
        let page = browser.asks(&but(&ask("spa"), "response_mode", mode)).await;
        page.goes_to(&format!("{CALLBACK}{start}"));
        let location = page.location();
        let (_, query) = location.split_once(['?', '#']).unwrap();
        let names: Vec<_> =
            Form::parse(query.as_bytes()).unwrap().pairs().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(names, ["response"], "{mode}: nothing is told beside it");
        assert!(believed(&world, &page.param("response")).text("code").is_some(), "{mode}");
    }
    let page = browser.asks(&but(&ask("spa"), "response_mode", "form_post.jwt")).await;
    assert!(page.body.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")), "{}", page.body);
    let (_, rest) = page.body.split_once("name=\"response\" value=\"").unwrap();
    let (response, _) = rest.split_once('"').unwrap();
    assert!(believed(&world, response).text("code").is_some());
    assert!(!page.body.contains("name=\"code\"") && !page.body.contains("name=\"state\""), "{}", page.body);
}

/// JARM §2.2: errors too; conformance A8.
#[tokio::test]
async fn a_refusal_comes_signed_too() {
    let world = World::new().await;
    let silent = but(&but(&ask("spa"), "response_mode", "query.jwt"), "prompt", "none");
    let page = world.browser().asks(&silent).await;
    let claims = believed(&world, &page.param("response"));
    assert_eq!(claims.text("error"), Some("login_required"));
    assert!(claims.text("code").is_none());
    let page = world.browser().asks(&but(&ask("spa"), "response_mode", "jwe")).await;
    page.refuses("invalid_request");
}
