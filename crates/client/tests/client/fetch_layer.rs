//! The layer: any tower service, with token and proof.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use keybound_client::{Client, ClientError, Fetcher, Tokens, fetch::TokenLayer, proto::secret::Secret};
use tower::{BoxError, ServiceBuilder, ServiceExt as _, service_fn};

use crate::{
    fetch_busy::Patient,
    wire::{Standing, TOKEN, Wire, client},
};

type Asked = Arc<Mutex<Vec<http::Request<String>>>>;

fn fetcher(client: &Client) -> Fetcher {
    let tokens = Tokens {
        access_token: Secret::new(TOKEN.into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    };
    let fetcher =
        Fetcher::new("https://api.example/v1/", client, Arc::new(Wire::default()), Arc::new(tokens));
    fetcher.unwrap().by_clock(Standing)
}

/// Asks a service that wants a nonce.
async fn ask(layer: &TokenLayer<String>, asked: &Asked, url: &str) -> Result<http::Response<()>, BoxError> {
    let keep = Arc::clone(asked);
    let inner = service_fn(move |request: http::Request<String>| {
        let first = keep.lock().unwrap().is_empty();
        keep.lock().unwrap().push(request);
        let response = http::Response::builder().header("dpop-nonce", "n1");
        let response = if first {
            response.status(401).header("www-authenticate", r#"DPoP error="use_dpop_nonce""#)
        } else {
            response
        };
        std::future::ready(Ok::<_, Infallible>(response.body(()).unwrap()))
    });
    let service = ServiceBuilder::new().layer(layer.clone()).service(inner);
    service.oneshot(http::Request::post(url).header("dpop", "mine").body("{}".into()).unwrap()).await
}

/// RFC 9449 §7.1, §7.3, §9.
#[tokio::test]
async fn a_layer_proves_each_attempt_and_replays_what_can_be_replayed() {
    let (client, asked) = (client(), Asked::default());
    let layer = TokenLayer::new(fetcher(&client)).replaying(|body: &String| Some(body.clone()));
    assert_eq!(ask(&layer, &asked, "https://api.example/v1/orders?a=1").await.unwrap().status(), 200);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    for request in &*asked {
        assert_eq!(request.uri(), "https://api.example/v1/orders?a=1");
        assert_eq!(request.headers()["authorization"], format!("DPoP {TOKEN}"));
        assert_eq!(request.headers().get_all("dpop").iter().count(), 1);
        assert_eq!(request.body(), "{}");
    }
    assert_ne!(asked[0].headers()["dpop"], asked[1].headers()["dpop"]);
}

/// CL09: what cannot be had again is an error, and the next request succeeds.
#[tokio::test]
async fn a_layer_that_cannot_replay_says_so_and_has_learnt() {
    let (client, asked) = (client(), Asked::default());
    let layer = TokenLayer::new(fetcher(&client));
    let error = ask(&layer, &asked, "https://api.example/v1/").await.unwrap_err();
    assert_eq!(error.downcast_ref::<ClientError>().unwrap().code(), "client.body_spent");
    assert_eq!(ask(&layer, &asked, "https://api.example/v1/").await.unwrap().status(), 200);
}

/// CL11.
#[tokio::test]
async fn a_layer_sends_no_token_elsewhere() {
    let (client, asked) = (client(), Asked::default());
    let layer = TokenLayer::new(fetcher(&client));
    let error = ask(&layer, &asked, "https://evil.example/").await.unwrap_err();
    assert_eq!(error.downcast_ref::<ClientError>().unwrap().code(), "client.origin_not_allowed");
    assert!(asked.lock().unwrap().is_empty());
}

/// Asks a service that is busy at first, over a fetcher whose waits are kept.
async fn ask_busy(
    method: http::Method,
    (status, headers): (u16, &'static [(&'static str, &'static str)]),
) -> (http::Response<()>, Asked, Vec<Duration>) {
    let (asked, patient) = (Asked::default(), Patient::default());
    let fetcher = fetcher(&client()).by_clock(patient.clone());
    let layer = TokenLayer::new(fetcher).replaying(|body: &String| Some(body.clone()));
    let keep = Arc::clone(&asked);
    let inner = service_fn(move |request: http::Request<String>| {
        keep.lock().unwrap().push(request);
        let busy = keep.lock().unwrap().len() == 1;
        let response = http::Response::builder().status(if busy { status } else { 200 });
        let headers = headers.iter().filter(|_| busy);
        let response = headers.fold(response, |response, (name, value)| response.header(*name, *value));
        std::future::ready(Ok::<_, Infallible>(response.body(()).unwrap()))
    });
    let service = ServiceBuilder::new().layer(layer).service(inner);
    let request = http::Request::builder().method(method).uri("https://api.example/v1/").body("x".into());
    let response = service.oneshot(request.unwrap()).await.unwrap();
    let waited = patient.waited();
    (response, asked, waited)
}

/// RFC 9110 §10.2.3, RFC 6585 §4; Auth0's `X-RateLimit-Reset`: the rule of the fetcher.
#[tokio::test]
async fn a_layer_waits_for_a_busy_api_as_the_fetcher_does() {
    let (get, post) = (http::Method::GET, http::Method::POST);
    for (method, status, header, seconds) in [
        (post.clone(), 429, &[("retry-after", "2")], 2),
        (get.clone(), 503, &[("retry-after", "Sun, 06 Nov 1994 08:49:41 GMT")], 4),
        (get.clone(), 429, &[("x-ratelimit-reset", "784111780")], 3),
    ] {
        let (response, asked, waited) = ask_busy(method, (status, header)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(waited.len(), 1);
        assert_eq!(waited[0].as_secs(), seconds);
        let asked = asked.lock().unwrap();
        assert_ne!(asked[0].headers()["dpop"], asked[1].headers()["dpop"]);
    }
    for (method, status, headers) in [
        (post, 503, &[("retry-after", "1")][..]), // may have begun
        (get.clone(), 429, &[("retry-after", "3600")]),
        (get.clone(), 429, &[]),
        (get, 500, &[("retry-after", "1")]),
    ] {
        let (response, _, waited) = ask_busy(method, (status, headers)).await;
        assert_eq!((response.status().as_u16(), waited.len()), (status, 0));
    }
}
