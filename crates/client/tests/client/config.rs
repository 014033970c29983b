//! What a configuration comes to: warnings that are heard, and DPoP that every fetcher inherits.

use std::sync::Arc;

use keybound_client::{
    Client, Config, Dpop, DpopKey,
    http::{Body, Response},
    proto::time::Lifetime,
    session::{MemoryStore, Session},
};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{
    heard::Log,
    wire::{ISSUER, Wire, answer},
};

const API: &str = "https://api.example/v1/";

fn described() -> Response<Body> {
    let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}oauth/token"}}"#);
    answer(200, &[("content-type", "application/json")], &document)
}

fn granted(token: &str, kind: &str) -> Response<Body> {
    let body = format!(r#"{{"access_token":"{token}","token_type":"{kind}","expires_in":600}}"#);
    answer(200, &[], &body)
}

async fn connected(config: &Config) -> Client {
    config.connect(&Wire::answering([described()])).await.unwrap()
}

/// A tolerance above 30 s, and DPoP that is off, are said aloud when a client is made: once each, and nothing else.
#[tokio::test]
async fn what_an_operator_should_know_is_in_the_log() {
    let heard = |config: Config| async move {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
        let guard = subscriber.set_default();
        connected(&config).await;
        drop(guard);
        log.text()
    };
    let tolerant = |seconds| {
        let mut config = Config::new(ISSUER, "app").unwrap();
        config.clocks.tolerance = Lifetime::seconds(seconds);
        config
    };
    assert_eq!(heard(tolerant(30)).await, "");
    let said = heard(tolerant(31)).await;
    assert_eq!(said.matches("WARN").count(), 1, "{said}");
    assert!(said.contains("a clock tolerance of") && said.contains("correct the clock instead"), "{said}");
    let said = heard(tolerant(0).dpop(Dpop::OffAndTokensCanBeStolen)).await;
    assert!(
        said.contains("WARN") && said.contains("DPoP is off: whoever steals a token can use it"),
        "{said}"
    );
}

/// RFC 8414 §3.3: what Auth0's SDKs take for their issuer works, and is the issuer's own name from then on.
#[tokio::test]
async fn a_missing_slash_is_found_out_and_nothing_else_is_guessed() {
    let described = |issuer: &str| {
        let document = format!(r#"{{"issuer":"{issuer}","token_endpoint":"{ISSUER}oauth/token"}}"#);
        answer(200, &[("content-type", "application/json")], &document)
    };
    let connect = async |domain: &str, found: [&str; 2]| {
        let wire = Wire::answering(found.map(described));
        let client = Config::new(domain, "app").unwrap().connect(&wire).await;
        (client.map(|client| client.issuer().as_str().to_owned()).map_err(|error| error.code()), wire.sent())
    };
    let (bare, slash) = ("https://tenant.example", "https://tenant.example/");
    assert_eq!(connect(bare, [slash, slash]).await, (Ok(slash.to_owned()), 2));
    assert_eq!(connect(slash, [bare, bare]).await, (Ok(bare.to_owned()), 2));
    assert_eq!(connect(slash, [slash, slash]).await, (Ok(slash.to_owned()), 1));
    // It must not waver.
    assert_eq!(connect(bare, [slash, bare]).await, (Err("client.metadata"), 2));
    for other in ["https://other.example/", "http://tenant.example/", "https://tenant.example//"] {
        assert_eq!(connect(bare, [other, other]).await, (Err("client.metadata"), 1), "{other}");
    }
    // With a path, the slash is part of a name that somebody chose.
    let (shop, shop_slash) = ("https://tenant.example/shop", "https://tenant.example/shop/");
    assert_eq!(connect(shop, [shop_slash, shop_slash]).await, (Err("client.metadata"), 1));
}

/// On or off for all, inherited by every fetcher, overridden by one.
#[tokio::test]
async fn dpop_is_inherited_by_every_fetcher_and_overridden_by_one() {
    let key = DpopKey::generate().unwrap();
    let on = Config::new(ISSUER, "app").unwrap().dpop(Dpop::On(key.clone()));
    let off = Config::new(ISSUER, "app").unwrap().dpop(Dpop::OffAndTokensCanBeStolen);
    for (config, other, kinds) in
        [(on, Dpop::OffAndTokensCanBeStolen, ["DPoP", "Bearer"]), (off, Dpop::On(key), ["Bearer", "DPoP"])]
    {
        let ok = || answer(200, &[], "[]");
        let [inherited, own] = kinds;
        let answers = [granted("a", inherited), ok(), ok(), granted("b", own), ok(), ok()];
        let wire = Arc::new(Wire::answering(answers));
        let client = connected(&config).await;
        let session = Session::of_machine(client, Arc::clone(&wire), Arc::new(MemoryStore::default()));
        let fetchers = [session.fetcher(API).unwrap(), session.fetcher("https://stock.example/").unwrap()];
        let overridden = fetchers[0].clone().dpop(other);
        for fetcher in [&fetchers[0], &fetchers[1], &overridden, &fetchers[0]] {
            assert_eq!(fetcher.get("x").send().await.unwrap().status(), 200);
        }
        let sent = |at| {
            let scheme = |seen: &crate::wire::Seen| {
                seen.header("authorization").map(|value| value.split(' ').next().unwrap().to_owned())
            };
            wire.with(at, |seen| (scheme(seen), seen.header("dpop").is_some()))
        };
        for (at, kind) in [(1, inherited), (2, inherited), (4, own), (5, inherited)] {
            assert_eq!(sent(at), (Some(kind.to_owned()), kind == "DPoP"), "request {at}");
        }
    }
}
