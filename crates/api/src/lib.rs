//! The JSON administrators and SDKs exchange with the Management API, in Auth0's shapes.
//!
//! A kind of thing is declared by a table: [`Kind`] says how it is called, and each [`Field`] says what shape a member
//! has, when it may be written, and what becomes of it. There are three answers to the last question, and nothing is
//! kept in silence:
//!
//! * [`Heed::Obeyed`]: the server does what it says;
//! * [`Heed::Shown`]: it is for people and tools to read back, and changes nothing anywhere;
//! * [`Heed::Inert`]: it is kept and given back, and the server does nothing of the kind, which it says;
//! * [`Heed::Refused`]: the server does not do that, so it takes only values that ask for nothing.
//!
//! ```
//! use keybound_api::{Verb, client};
//!
//! let body = br#"{"name": "shop", "app_type": "spa", "sso_disabled": false}"#;
//! let input = client::KIND.read(Verb::Create, body)?;
//! assert_eq!(input["name"], "shop");
//!
//! let refused = client::KIND.read(Verb::Create, br#"{"name": "shop", "color": "red"}"#).unwrap_err();
//! assert_eq!(refused.to_string(), "Payload validation error: 'Additional properties not allowed: color'.");
//! # Ok::<(), keybound_api::Invalid>(())
//! ```

mod adoption;
pub mod authentication_method;
mod check;
pub mod client;
pub mod client_grant;
pub mod connection;
pub mod credential;
pub mod device_credential;
mod field;
pub mod format;
pub mod guardian;
pub mod identity;
mod inert;
mod invalid;
pub mod job;
pub mod kept;
mod kind;
pub mod later;
pub mod log;
pub mod openapi;
pub mod operation;
pub mod organization;
pub mod page;
pub mod resource_server;
pub mod role;
mod schema;
pub mod search;
pub mod session;
pub mod settings;
pub mod ticket;
pub mod user;
pub mod within;

pub use check::{parameter, read};
pub use field::{Field, Heed, Scalar, Shape, Verb, Write};
pub use invalid::{Fault, Invalid, Where};
pub use kind::{Kind, Name};
