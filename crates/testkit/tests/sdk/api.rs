//! An API of ours behind the real guard.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::Query,
    response::{IntoResponse, Redirect, Response},
    routing::{get, put},
};
use http_body_util::BodyExt as _;
use keybound_proto::{
    jose::{Digest as _, encode_base64url},
    uri::{Issuer, Origin},
};
use keybound_resource::{
    Granted, Guard, GuardConfig, GuardLayer, HttpFetch, IssuerKeys, Principal, Scoped, crypto::AwsLc,
};
use serde_json::{Value, json};

use crate::{
    place::{Bodies, Place},
    relay::Relay,
    world::{AUDIENCE, World},
};

impl World {
    /// An API that takes this server's tokens.
    pub(crate) async fn api(&self) -> Place {
        self.api_where(|_| {}).await
    }

    /// One whose guard is told something else.
    pub(crate) async fn api_where(&self, change: impl FnOnce(&mut GuardConfig)) -> Place {
        let relay = Relay::open().await;
        let issuer = Issuer::parse(&self.server.url).unwrap();
        let origin = Origin::of_url(&relay.url()).unwrap();
        let mut config = GuardConfig::new(issuer.clone(), AUDIENCE, vec![origin]);
        config.clock = self.time.clock.resource();
        change(&mut config);
        let keys = IssuerKeys::discovered(issuer, Arc::new(HttpFetch::new(&[]).unwrap()));
        let router = Router::new()
            .route("/orders", get(orders).post(add))
            .route("/written", get(written))
            .route("/upload", put(upload).post(upload))
            .route("/moved", get(|| async { Redirect::temporary("/orders") }))
            .route("/away", get(away))
            .layer(GuardLayer::new(Guard::new(config, keys)));
        // From before its beginning it remembers nothing: proofs of that time would need a nonce.
        self.time.later(91);
        Place::open(relay, router, &self.time, Bodies::Passed).await
    }

    /// Somebody else's server, to whom nobody may give a token.
    pub(crate) async fn stranger(&self) -> Place {
        let router = Router::new().fallback(|| async { "whatever you say" });
        Place::open(Relay::open().await, router, &self.time, Bodies::Heard).await
    }
}

struct Write;

impl Scoped for Write {
    const SCOPES: &'static str = "write:orders";
}

/// Whom a request speaks for.
async fn orders(who: Principal) -> Json<Value> {
    Json(json!({ "sub": who.subject().as_str(), "bound": who.possession().is_some() }))
}

async fn add(_: Principal, body: String) -> String {
    format!("added {body}")
}

async fn written(_: Granted<Write>) -> &'static str {
    "written"
}

/// The hash of what was sent, read as it arrives.
async fn upload(_: Principal, mut body: Body) -> Response {
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => all.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => return http::StatusCode::BAD_REQUEST.into_response(),
        }
    }
    hash(&all).into_response()
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    encode_base64url(AwsLc.sha256(&[bytes]))
}

/// Sends the caller wherever it says.
async fn away(Query(to): Query<Vec<(String, String)>>) -> Redirect {
    Redirect::temporary(&to[0].1)
}
