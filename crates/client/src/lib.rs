//! How to ask: OAuth with tokens that are bound to a key (RFC 9449), as pure steps and a thin HTTP shell.
//!
//! The nouns: a [`Client`] knows its authorization server and its [`DpopKey`]; an [`Exchange`] is one token
//! request that knows when to try again; a [`CodeFlow`](flow::CodeFlow) sends a user away and takes them back;
//! a [`Resource`] calls a protected resource. [`Origins`] remembers each server's nonce and clock.
//!
//! None of them waits, looks at a clock or opens a socket. They are driven, by [`drive`] or by anybody else:
//!
//! ```
//! use keybound_client::{Client, DpopKey, Step, Steps, http::Body, proto::{id::{ClientId, Jti}, time::Timestamp}};
//! # use keybound_client::{crypto::AwsLc, proto::{metadata::ServerMetadata, uri::Issuer}};
//! # fn describe(issuer: &Issuer) -> ServerMetadata {
//! #     let mut metadata = ServerMetadata::of(issuer);
//! #     metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
//! #     metadata
//! # }
//! # fn send(request: http::Request<Body>) -> http::Response<Body> {
//! #     assert!(request.headers().contains_key("dpop"));
//! #     http::Response::new(r#"{"access_token":"a1","token_type":"DPoP","expires_in":60}"#.into())
//! # }
//! let issuer = Issuer::parse("https://tenant.example/")?;
//! let key = DpopKey::generate()?;
//! let client = Client::new(issuer.clone(), describe(&issuer), ClientId::parse("orders")?).bound_to(key);
//!
//! let mut exchange = client.client_credentials(Default::default());
//! let tokens = loop {
//!     let request = exchange.request(Timestamp::from_unix(1_800_000_000), &Jti::parse("0f8fad5bd9cb469f")?)?;
//!     let request = request.sign_here()?;         // or `.sign().await`, for a key that is elsewhere
//!     match exchange.receive(&send(request))? {
//!         Step::Again => continue,                // the server asked for a nonce; asked twice is an error
//!         Step::Done(tokens) => break tokens,
//!     }
//! };
//! assert!(tokens.is_bound());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ambient;
mod attempt;
mod authentication;
mod both;
mod call;
mod client;
#[cfg(all(feature = "crypto", feature = "web"))]
mod config;
pub mod discovery;
mod dpop;
mod drive;
mod error;
mod exchange;
#[cfg(all(feature = "crypto", feature = "web"))]
pub mod fetch;
#[cfg(all(feature = "crypto", feature = "web"))]
mod file;
pub mod flow;
pub mod grant;
pub mod http;
pub mod id_token;
pub mod introspection;
pub mod key;
pub mod logout;
#[cfg(feature = "management")]
pub mod management;
mod message;
pub mod mfa;
mod origins;
mod outgoing;
pub mod passwordless;
pub mod protected;
pub mod registration;
mod retry;
#[cfg(all(feature = "crypto", feature = "web"))]
pub mod session;
mod tokens;
pub mod userinfo;
mod watch;

pub use ambient::Ambient;
#[cfg(feature = "crypto")]
pub use ambient::System;
pub use attempt::{Step, Steps};
pub use authentication::Authentication;
pub use both::{Both, Boxed, Movable};
pub use call::{Call, Resource};
pub use client::Client;
#[cfg(all(feature = "crypto", feature = "web"))]
pub use config::{Config, ConfigError, Dpop, Requests};
pub use dpop::{Prover, Proving, Support};
pub use drive::drive;
pub use error::{Again, ClientError};
pub use exchange::Exchange;
#[cfg(all(feature = "crypto", feature = "web"))]
pub use fetch::Fetcher;
pub use key::{DpopKey, SignElsewhere, Signer};
pub use keybound_proto as proto;
pub use origins::{Learnt, Origins, Role};
pub use outgoing::Outgoing;
pub use retry::{Clocks, Jitter, Retry};
pub use tokens::Tokens;

/// The cipher backend that comes along.
#[cfg(feature = "crypto")]
pub use keybound_crypto as crypto;

/// The guide, whose programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/calling-auth0.md")]
struct CallingAuth0;

/// The guide, whose programs compile.
#[cfg(all(doctest, feature = "management"))]
#[doc = include_str!("../../../docs/guides/managing-a-tenant.md")]
struct ManagingATenant;
