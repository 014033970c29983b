//! How to guard a protected resource: a token, a proof and a request become a [`Principal`] or a [`Rejection`].
//!
//! * [`Guard`] decides. It is told the issuer, our audience and our public origins, and finds the rest itself.
//! * [`GuardLayer`] puts it before any tower service; [`Granted`] asks for scopes in an axum handler.
//! * [`IssuerKeys`] fetches the issuer's keys, and keeps them through an outage.
//! * [`ReplayMemory`] remembers used proofs, each in at most 32 bytes, and never forgets one too early.
//! * [`Rejection`] carries status, challenges and nonce together.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use axum::{Router, routing::get};
//! use keybound_resource::{
//!     Guard, GuardConfig, GuardLayer, HttpFetch, IssuerKeys, Principal,
//!     proto::uri::{Issuer, Origin},
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::parse("https://login.example.com/")?;
//! let keys = IssuerKeys::discovered(issuer.clone(), Arc::new(HttpFetch::new(&[])?));
//! let origin = Origin::parse("https://api.example.com")?;
//! let guard = Guard::new(GuardConfig::new(issuer, "https://api.example.com/", vec![origin]), keys);
//!
//! let me = |who: Principal| async move { who.subject().to_string() };
//! let app: Router = Router::new().route("/me", get(me)).layer(GuardLayer::new(guard));
//! # Ok(())
//! # }
//! ```

mod access;
mod authentication;
#[cfg(feature = "axum")]
mod axum;
mod backend;
mod clock;
mod config;
mod cors;
mod fetch;
mod guard;
mod jwks;
mod layer;
mod principal;
mod refused;
mod rejection;
mod replay;

#[cfg(feature = "axum")]
pub use self::axum::{Granted, NotGranted, Scoped, Unguarded};
pub use self::{
    authentication::Authentication,
    backend::Backend,
    clock::{Clock, SetClock, SystemClock},
    config::{GuardConfig, Mode, Nonces, Replay, WhenFull},
    cors::Cors,
    fetch::{Fetch, FetchError, Fetched, HttpFetch},
    guard::{Admission, Guard},
    jwks::{IssuerKeys, KeysError},
    layer::{GuardLayer, Guarded},
    principal::Principal,
    refused::Refused,
    rejection::Rejection,
    replay::{ReplayLost, ReplayMemory, SharedReplay},
};
#[cfg(feature = "crypto")]
pub use keybound_crypto as crypto;
pub use keybound_proto as proto;
