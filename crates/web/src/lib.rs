//! Sessions of a web app that renders on the server, or keeps tokens from the browser (BFF), over axum.
//!
//! The nouns. A [`WebAuth`] adds the routes `/auth/login`, `/auth/callback`, `/auth/logout`, `/auth/profile` and
//! `/auth/backchannel-logout` to an app, and sessions to all of its own routes. Handlers ask for a [`User`], or
//! for a [`WebSession`] where they call APIs; both also as `Option<…>` for pages that are for everybody, and in
//! [`OrLogin`] for pages that send others to the login. [`Options`] say where the app is, what seals its cookies,
//! how long sessions last, and whether they live in the cookie or in a [`SessionStore`].

mod auth;
mod cookie;
mod error;
mod extract;
mod keys;
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
