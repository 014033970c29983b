//! Everything one decision changes, applied whole or not at all.

use std::fmt;

use super::{Sql, Value};

/// The name of a precondition, by which a caller learns what had changed under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guard(&'static str);

impl Guard {
    /// A precondition, named for what it demands: `codes.unspent`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Statements that stand or fall together.
///
/// Each is written as if it were alone: it must not depend on what another of the same batch changes, for
/// on PostgreSQL all of them are one statement and see the database as it was before.
#[derive(Debug, Default)]
#[must_use = "a batch changes nothing until it is applied"]
pub struct Batch {
    pub(super) steps: Vec<Step>,
    pub(super) values: Vec<Value>,
}

/// One statement of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) sql: &'static Sql,
    /// How many of the batch's values are its own.
    pub(super) values: usize,
    /// The precondition that one row, and only one, is changed by it.
    pub(super) guard: Option<Guard>,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { steps: Vec::with_capacity(4), values: Vec::with_capacity(32) }
    }

    /// Adds a statement that must change exactly one row; otherwise the batch fails by `guard`.
    pub fn one<const N: usize>(&mut self, guard: Guard, sql: &'static Sql, values: [Value; N]) {
        self.push(sql, values, Some(guard));
    }

    /// Adds a statement that may change any number of rows, or none.
    pub fn any<const N: usize>(&mut self, sql: &'static Sql, values: [Value; N]) {
        self.push(sql, values, None);
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn push<const N: usize>(&mut self, sql: &'static Sql, values: [Value; N], guard: Option<Guard>) {
        self.values.extend(values);
        self.steps.push(Step { sql, values: N, guard });
    }
}
