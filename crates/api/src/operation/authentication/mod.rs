//! The Authentication API: what clients and resource servers ask, and where browsers are sent.

mod answers;
mod clients;
mod forms;
mod grants;
mod leaving;
mod people;
mod published;

use super::{Body, Dialect, Guard, Method, Operation, Told};
use crate::field::{Field, Shape};

/// Every row of it.
pub(super) const TABLES: &[&[Operation]] = &[published::TABLE, clients::TABLE, people::TABLE, leaving::TABLE];

/// Text without a limit of its own.
const TEXT: Shape = Shape::text(usize::MAX);

/// The same, and not empty.
const SOME: Shape = Shape::some_text(usize::MAX);

const WORDS: Shape = Shape::List { of: &TEXT, most: usize::MAX };

/// Seconds, or a moment in them.
const SECONDS: Shape = Shape::Number { least: 0, most: i64::MAX };

const fn text(name: &'static str) -> Field {
    Field::maybe(name, TEXT)
}
