//! A fetcher's own cost: what a call takes besides the network.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use keybound_client::{
    Client, DpopKey,
    crypto::SigningKey,
    http::{Body, Http, Request, Response, TransportError},
    proto::{
        id::ClientId,
        jose::{Alg, encode_base64url},
        metadata::ServerMetadata,
        uri::Issuer,
    },
    session::{MemoryStore, Session, Want},
};

use crate::{
    prover::Prover,
    raw::Es256,
    ready::ready,
    table::{Bar, Table, Unit},
    timer::{self, Turns},
};

/// A network that answers at once.
struct Network {
    token: String,
}

impl Http for Network {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let body = if request.uri().path() == "/oauth/token" {
            let token = &self.token;
            format!(r#"{{"access_token":"{token}","token_type":"DPoP","expires_in":36000}}"#).into()
        } else {
            Body::default()
        };
        let response = Response::builder().header("dpop-nonce", "eyJ7S_zG.eyJH0-Z.HX4w-7v");
        response.body(body).map_err(TransportError::new)
    }
}

/// Measures calls over a session whose token is cached.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let prover =
        Prover::new("GET", "https://api.example/orders", keybound_client::proto::time::Timestamp::default())?;
    let raw = Es256::of(prover.builder().key(), &prover.prove_many(Turns::LONG.total())?)?;
    let session = session()?;
    let want = Want::default();
    let fetcher = session.fetcher("https://api.example/v1/")?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let first = runtime.block_on(fetcher.get("orders").send())?;
    (first.status() == 200).then_some(()).context("the first call is answered")?;
    let call = || {
        let request = fetcher.get("orders").query(&[("page", "2")]).header("accept", "application/json");
        assert!(ready(request.send()).is_ok_and(|response| response.attempts() == 1), "it is answered");
    };
    let [sign, call] = timer::compare(Turns::LONG, [Box::new(|| raw.sign()), Box::new(call)]);
    table.row(
        "a call by a fetcher, its token cached: proof, headers, cache",
        call.over(&sign),
        Bar::AtMost(1.5, Unit::Times),
        format!("{:.1} µs; one raw ES256 sign: {:.1} µs", call.micros(), sign.micros()),
    );
    let read = || assert!(ready(session.token(&want)).is_ok(), "it is cached");
    let [read] = timer::compare(Turns::SHORT, [Box::new(read)]);
    table.row("a cached token read", read.micros(), Bar::AtMost(1.0, Unit::Micros), String::new());
    Ok(())
}

fn session() -> Result<Session<Network>> {
    let issuer = Issuer::parse("https://tenant.example/")?;
    let mut metadata = ServerMetadata::of(&issuer);
    metadata.token_endpoint = Some("https://tenant.example/oauth/token".to_owned());
    let key = SigningKey::generate(Alg::Es256)?;
    let key = DpopKey::new(key, keybound_client::crypto::AwsLc);
    let token = format!(
        r#"{{"iss":"https://tenant.example/","sub":"app@clients","aud":"https://api.example/","cnf":{{"jkt":"{}"}},"scope":"{}"}}"#,
        key.thumbprint(),
        "read:orders ".repeat(30)
    );
    let token =
        format!("{}.{}.{}", encode_base64url(r#"{"alg":"RS256"}"#), encode_base64url(token), "x".repeat(342));
    let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(key);
    Ok(Session::of_machine(client, Network { token }, Arc::new(MemoryStore::default())))
}
