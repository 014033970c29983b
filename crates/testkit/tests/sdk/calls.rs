//! Calling an API: where tokens go, what is sent again, and what is not.

use keybound_client::{Again, session::Want};
use keybound_proto::uri::Origin;
use keybound_resource::Nonces;
use serde_json::Value;

use crate::world::{OTHER_AUDIENCE, TOKEN, World, scopes, want};

/// RFC 9449 §7.1; RFC 3986 §5.2.
#[tokio::test]
async fn a_call_carries_the_bound_token_and_a_proof_for_its_own_address() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let api = world.api().await;
    let fetcher = session.fetcher(&format!("{}v1/", api.url)).unwrap().wanting(want());
    let answer = fetcher.get("../orders").query(&[("page", "2")]).send().await.unwrap();
    let who: Value = answer.error_for_status().await.unwrap().json().await.unwrap();
    assert_eq!((&who["sub"], &who["bound"]), (&"auth0|ada".into(), &true.into()));
    let heard = api.heard();
    let proof = heard[0].proof().unwrap();
    assert!(heard[0].header("authorization").unwrap().starts_with("DPoP "));
    assert_eq!(
        (proof["htm"].as_str(), proof["htu"].as_str()),
        (Some("GET"), Some(&*format!("{}orders", api.url)))
    );
    assert!(proof["ath"].is_string());
}

/// A token never leaves for a foreign host: not by its address, and not by a redirect to one.
#[tokio::test]
async fn a_foreign_host_gets_neither_token_nor_proof() {
    let world = World::new().await;
    let session = world.machine().await;
    let (api, stranger) = (world.api().await, world.stranger().await);
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want()).following_redirects();
    for target in [stranger.url.as_str(), &stranger.url.replace("http:", ""), "http://127.0.0.1:1/"] {
        let error = fetcher.get(target).send().await.unwrap_err();
        assert_eq!((error.code(), error.again()), ("client.origin_not_allowed", Again::Never), "{target}");
    }
    let away = fetcher.get("away").query(&[("to", stranger.url.as_str())]);
    assert_eq!(away.send().await.unwrap_err().code(), "client.origin_not_allowed");
    assert_eq!(stranger.heard().len(), 0);

    // Whoever does not follow gets the redirect, and nobody gets a token.
    let handed = session.fetcher(&api.url).unwrap().wanting(want());
    let answer = handed.get("away").query(&[("to", stranger.url.as_str())]).send().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(stranger.heard().len(), 0);

    // Named, it may.
    let named = fetcher.allowing(Origin::of_url(&stranger.url).unwrap());
    assert_eq!(named.get(&stranger.url).send().await.unwrap().status(), 200);
    assert!(stranger.heard()[0].header("authorization").is_some());
}

#[tokio::test]
async fn a_redirect_within_the_api_is_followed_with_a_proof_for_where_it_leads() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api().await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let answer = fetcher.get("moved").following_redirects().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 2));
    assert_eq!(answer.url(), format!("{}orders", api.url));
    let proved: Vec<_> = api.heard().iter().map(|asked| asked.proof().unwrap()["htu"].clone()).collect();
    assert_eq!(proved, [format!("{}moved", api.url), format!("{}orders", api.url)]);
}

/// RFC 9110 §9.2.2: what does no harm is sent again when its answer was lost, with another proof.
#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again_where_that_does_no_harm() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api().await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    fetcher.get("orders").send().await.unwrap();
    api.relay.cut(2);
    let answer = fetcher.get("orders").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 3));
    assert_eq!(api.heard().len(), 4, "the guard saw each, and no proof twice");
    api.relay.cut(1);
    let error = fetcher.post("orders").body("one").send().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.transport", Again::Later));
    assert_eq!(api.heard_at("/orders").iter().filter(|asked| asked.method == "POST").count(), 1);
}

/// RFC 6750 §3.1, RFC 9449 §7.1: `invalid_token`.
#[tokio::test]
async fn a_token_the_api_calls_over_is_renewed_once() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let api = world.api().await;
    // By the client's clock no time passes.
    let late = i64::from(TOKEN) + 10;
    let session = session.by_clock(world.time.ahead_by(-late));
    session.token(&want()).await.unwrap();
    world.time.later(TOKEN + 10);
    let refreshed = world.refreshes().await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let answer = fetcher.get("orders").send().await.unwrap();
    assert_eq!(answer.status(), 200, "{} attempts", answer.attempts());
    assert_eq!(world.refreshes().await, refreshed + 1);
}

#[tokio::test]
async fn a_request_may_want_other_scopes_another_audience_or_a_new_token() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api().await;
    let reading = want().scopes(&scopes("read:orders"));
    let fetcher = session.fetcher(&api.url).unwrap().wanting(reading);
    let refused = fetcher.get("written").send().await.unwrap().error_for_status().await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("client.refused", Some(403)));
    assert_eq!(refused.oauth_code(), Some("insufficient_scope"));
    let written = fetcher.get("written").scopes(&scopes("write:orders")).send().await.unwrap();
    assert_eq!(written.status(), 200);

    let asked = world.server.heard_at("/oauth/token").len();
    fetcher.get("orders").refresh().send().await.unwrap();
    assert_eq!(world.server.heard_at("/oauth/token").len(), asked + 1);
    let answer = fetcher.get("orders").audience(OTHER_AUDIENCE).send().await.unwrap();
    assert_eq!(answer.status(), 401, "the API is not who that token is for");
}

/// A token for one API is not sent to another, and the error says who meets whom.
#[tokio::test]
async fn a_token_for_another_api_is_caught_before_it_is_sent() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api().await;
    let bills = session.token(&want().audience(OTHER_AUDIENCE)).await.unwrap();
    let client = session.client();
    let fetcher = keybound_client::Fetcher::new(&api.url, client, world.web.clone(), bills).unwrap();
    let error = fetcher.by_clock(world.time.clone()).wanting(want()).get("orders").send().await.unwrap_err();
    assert_eq!(error.code(), "client.audience");
    let said = error.to_string();
    assert!(said.contains(OTHER_AUDIENCE) && said.contains(&api.url), "{said}");
    assert_eq!(api.heard().len(), 0);
}

/// The server's own protected resource, by the same means (OpenID Connect Core §5.3).
#[tokio::test]
async fn userinfo_speaks_of_the_user_of_the_id_token() {
    use keybound_client::{drive, userinfo::Question};
    use keybound_proto::id::Subject;

    let world = World::new().await;
    let session = world.signed_in().await;
    let tokens = session.token(&want()).await.unwrap();
    let ada = Subject::parse("auth0|ada").unwrap();
    let question = Question::new(session.client(), &tokens, &ada).unwrap();
    let told = drive(question, &world.web, &world.time).await.unwrap();
    assert_eq!(told.subject, ada);
    let eve = Subject::parse("auth0|eve").unwrap();
    let question = Question::new(session.client(), &tokens, &eve).unwrap();
    let error = drive(question, &world.web, &world.time).await.unwrap_err();
    assert_eq!(error.code(), "client.subject");
    assert!(session.token(&Want::default()).await.is_ok());
}

/// The same as a layer of tower, over any transport.
#[tokio::test]
async fn a_layer_puts_token_and_proof_on_the_requests_of_another_client() {
    use http::Request;
    use keybound_client::{
        fetch::TokenLayer,
        http::{Body, Http as _},
    };
    use tower::{Layer as _, ServiceExt as _, service_fn};

    let world = World::new().await;
    let session = world.signed_in().await;
    let api = world.api_where(|guard| guard.nonces = Nonces::Required).await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let web = world.web.clone();
    let transport = service_fn(move |request: Request<Body>| {
        let web = web.clone();
        async move { web.send(request).await }
    });
    let request = || Request::post(format!("{}orders", api.url)).body(Body::from("one".to_owned())).unwrap();
    let once = TokenLayer::new(fetcher.clone()).layer(transport.clone());
    let error = once.clone().oneshot(request()).await.unwrap_err();
    assert!(error.to_string().contains("the next one succeeds"), "{error}");
    assert_eq!(once.oneshot(request()).await.unwrap().status(), 200);
    world.time.later(4_000);
    let again = TokenLayer::new(fetcher).replaying(|body: &Body| Some(body.clone())).layer(transport);
    assert_eq!(again.clone().oneshot(request()).await.unwrap().status(), 200);
    let stranger = Request::get("http://127.0.0.1:1/").body(Body::default()).unwrap();
    let error = again.oneshot(stranger).await.unwrap_err();
    assert!(error.to_string().contains("must not be sent"), "{error}");
}
