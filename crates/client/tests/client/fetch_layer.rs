//! The layer: any tower service, with token and proof.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use keybound_client::{Client, ClientError, Fetcher, Tokens, fetch::TokenLayer, proto::secret::Secret};
use tower::{BoxError, ServiceBuilder, ServiceExt as _, service_fn};

use crate::wire::{Standing, TOKEN, Wire, client};

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
