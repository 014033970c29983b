//! Sessions of a web app that renders on the server, or keeps tokens from the browser (BFF), over axum.
//!
//! The nouns. A [`WebAuth`] adds the routes `/auth/login`, `/auth/callback`, `/auth/logout`, `/auth/profile` and
//! `/auth/backchannel-logout` to an app, and sessions to all of its own routes. Handlers ask for a [`User`], or
//! for a [`WebSession`] where they call APIs; both also as `Option<…>` for pages that are for everybody, and in
//! [`OrLogin`] for pages that send others to the login. [`Options`] say where the app is, what seals its cookies,
//! how long sessions last, and whether they live in the cookie or in a [`SessionStore`].
//!
//! ```
//! use axum::{Router, routing::get};
//! use keybound_web::{
//!     OrLogin, Options, User, WebAuth, WebSession,
//!     client::{ClientError, Config, http::{Limits, Web}},
//! };
//!
//! /// For everybody.
//! async fn home(user: Option<User>) -> String {
//!     let name = user.as_ref().and_then(|user| user.text("name"));
//!     format!("hello, {}", name.unwrap_or("stranger"))
//! }
//!
//! /// Whoever is not signed in goes to the login first, and comes back here.
//! async fn orders(OrLogin(session): OrLogin<WebSession>) -> Result<String, String> {
//!     let orders = async {
//!         let api = session.fetcher("https://api.shop.example/v1/").await?;
//!         api.get("orders").send().await?.text().await
//!     };
//!     orders.await.map_err(|error: ClientError| error.code().to_owned())
//! }
//!
//! fn app() -> Result<Router, Box<dyn std::error::Error>> {
//!     let config = Config::new("tenant.eu.auth0.com", "shop")?.secret("…").audience("https://api.shop.example");
//!     let options = Options::new("https://shop.example", "at least 32 bytes that nobody can guess")?;
//!     let auth = WebAuth::new(config, Web::new(Limits::default())?, options)?;
//!     Ok(auth.protect(Router::new().route("/", get(home)).route("/orders", get(orders))))
//! }
//! # app().unwrap();
//! ```
//!
//! # What it takes care of
//!
//! *The key stays here.* Tokens are bound to the key of `Config` (RFC 9449), and neither reaches the browser,
//! except sealed in a cookie that only this app opens. *Cookies* are `HttpOnly`, `SameSite=Lax`, over TLS `Secure`
//! and `__Host-`, sealed with AES-256-GCM under keys that [rotate](Options::older_secret); one that was changed is
//! as if it were not there. *Logins* are bound to the browser that began them, by `state`, `nonce`, PKCE and
//! `dpop_jkt`; several may be on their way, each for an hour. *Sessions* get a new name with every login, roll with
//! their use, and end in any case. *Refreshing* is done once for all parallel requests of a session, and a rotated
//! refresh token that a lost answer did not bring to the browser comes with the next one. *Addresses to come back
//! to* are paths of the app.
//!
//! # What it cannot do
//!
//! A session in a cookie cannot be ended from afar, and a copy of it lives until it is over. Two processes that
//! keep sessions in cookies cannot see one another: where both refresh the same session in the same moment, the
//! server's leeway for refresh tokens decides. A [`SessionStore`] has neither limit.

mod auth;
mod cookie;
mod error;
mod extract;
mod options;
mod routes;
mod seal;
mod session;
mod transaction;
mod transport;
mod user;
mod visit;

pub use auth::WebAuth;
pub use error::WebError;
pub use extract::{OrLogin, Rejection, WebSession};
pub use keybound_client as client;
pub use options::{Leave, Nobody, Options, OptionsError, Routes};
pub use session::{Change, Changed, Ended, Entry, Lifetimes, MemorySessions, SessionStore};
pub use transport::{Surroundings, Transport};
pub use user::User;

/// The guide, whose programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/from-javascript.md")]
struct FromJavascript;
