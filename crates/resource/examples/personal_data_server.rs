//! An API that speaks AT Protocol with its own users, as far as OAuth goes: it says whose tokens it takes (RFC 9728), and
//! takes them bound to a key alone, with a nonce in each proof.
//!
//! ```sh
//! cargo run -p keybound-resource --example personal_data_server -- https://login.example.com 3000
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::{error::Error, sync::Arc};

use axum::{Json, Router, routing::get};
use keybound_resource::{
    Guard, GuardConfig, GuardLayer, HttpFetch, IssuerKeys, Nonces, Principal,
    proto::uri::{Issuer, Origin},
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut told = std::env::args().skip(1);
    let (Some(issuer), Some(port)) = (told.next(), told.next()) else {
        return Err("which issuer, and which port?".into());
    };
    let issuer = Issuer::parse(&issuer)?;
    let here = format!("http://localhost:{port}");
    let keys = IssuerKeys::discovered(issuer.clone(), Arc::new(HttpFetch::new(&[])?));
    let mut config = GuardConfig::new(issuer, &here, vec![Origin::parse(&here)?]);
    config.nonces = Nonces::Required;
    config.metadata_url = Some(format!("{here}/.well-known/oauth-protected-resource").into());
    let guard = Arc::new(Guard::new(config, keys));
    let metadata: Value = serde_json::from_str(&guard.metadata().ok_or("it is no resource")?.to_json())?;

    let app = Router::new()
        .route("/xrpc/com.atproto.server.getSession", get(session))
        .layer(GuardLayer::new(guard))
        .route("/.well-known/oauth-protected-resource", get(|| async { Json(metadata) }));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {here}");
    axum::serve(listener, app).await?;
    Ok(())
}

/// Whose token it was.
async fn session(who: Principal) -> Json<Value> {
    Json(json!({
        "did": who.subject().as_str(),
        "scope": who.scopes().to_string(),
        "key": who.possession().map(|held| held.thumbprint().to_string()),
    }))
}
