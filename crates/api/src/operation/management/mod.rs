//! The Management API.

mod applications;
mod organizations;
mod parameters;
mod people;
mod roles;
mod tenant;

use super::{Body, Dialect, Guard, Method, Operation, Told};
use crate::field::{Field, Shape, Verb};
use crate::kind::Kind;

/// Every row of it.
pub(super) const TABLES: &[&[Operation]] =
    &[applications::TABLE, people::TABLE, organizations::TABLE, roles::TABLE, tenant::TABLE];

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
