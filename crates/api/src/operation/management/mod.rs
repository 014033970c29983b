//! The Management API.

mod applications;
mod factors;
mod jobs;
mod logs;
mod organizations;
pub(super) mod parameters;
mod people;
mod providers;
mod roles;
mod sessions;
mod settings;
mod tenant;
mod within;

use super::{Body, Dialect, Guard, Method, Operation, Told};
use crate::field::{Field, Shape, Verb};
use crate::kind::Kind;

/// Every row of it.
pub(super) const TABLES: &[&[Operation]] = &[
    applications::TABLE,
    logs::TABLE,
    people::TABLE,
    organizations::TABLE,
    roles::TABLE,
    sessions::TABLE,
    factors::TABLE,
    settings::TABLE,
    providers::TABLE,
    tenant::TABLE,
    within::TABLE,
    jobs::TABLE,
];

/// What is written of a kind of thing to make one.
const fn new(kind: &'static Kind) -> Body {
    Body::Kind(kind, Verb::Create)
}

/// What is written of a kind of thing to change one.
const fn changed(kind: &'static Kind) -> Body {
    Body::Kind(kind, Verb::Update)
}

const fn row(
    what: (Method, &'static str),
    summary: &'static str,
    tag: &'static str,
    guard: Guard,
) -> Operation {
    Operation::new(what, summary, tag, (Dialect::Management, guard))
}
