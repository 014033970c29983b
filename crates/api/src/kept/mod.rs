//! What administrators describe and the server only keeps: collections, one file each.
//!
//! A [`Resource`] says where it stands, how its things are called, and what is told of them. The server has one set of
//! handlers for all of them; each operation is a row beside the table of fields, as everywhere.

pub mod action;
pub mod custom_domain;
pub mod discovery_domain;
mod drawn;
pub mod encryption_key;
pub mod hook;
mod log_category;
pub mod log_stream;
pub mod module;
pub mod phone;
mod resource;
pub mod risk;
pub mod rule;
pub mod theme;
mod token_exchange_profile;
pub mod version;

use crate::operation::Operation;

pub use self::drawn::Form;
pub use self::log_category::category;
pub use self::resource::{Absence, Along, Change, End, Family, Listing, New, Resource};

/// Every collection, in the order of the document.
pub const ALL: &[&Resource] = &[
    &token_exchange_profile::PROFILES,
    &hook::HOOKS,
    &custom_domain::DOMAINS,
    &phone::PROVIDERS,
    &phone::TEMPLATES,
    &theme::THEMES,
    &log_stream::STREAMS,
    &encryption_key::KEYS,
    &discovery_domain::DOMAINS,
    &action::ACTIONS,
    &version::ACTION_VERSIONS,
    &module::MODULES,
    &module::MODULE_VERSIONS,
    &rule::RULES,
];

/// Their operations.
pub(crate) const TABLES: &[&[Operation]] = &[
    rule::TABLE,
    token_exchange_profile::TABLE,
    hook::TABLE,
    custom_domain::TABLE,
    phone::TABLE,
    theme::TABLE,
    log_stream::TABLE,
    encryption_key::TABLE,
    discovery_domain::TABLE,
    action::TABLE,
    version::TABLE,
    module::TABLE,
    risk::TABLE,
];
