//! A statement that only a question knows: put together from texts of ours, with every value given beside it.

use super::{Bind, Value};

/// Which of the two it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A statement that is put together for one question. What a stranger said never becomes part of its text.
#[derive(Debug)]
pub struct Composed {
    dialect: Dialect,
    place: &'static str,
    text: String,
    values: Vec<Value>,
}

impl Composed {
    /// Nothing yet; `place` is what a reader of an error message can find it by.
    pub(crate) const fn new(dialect: Dialect, place: &'static str) -> Self {
        Self { dialect, place, text: String::new(), values: Vec::new() }
    }

    /// Which database it is for.
    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Goes on with a text of ours.
    pub(crate) fn say(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub(crate) fn give(&mut self, value: impl Bind) -> &mut Self {
        self.values.push(value.bind());
        let sign = if self.dialect == Dialect::Sqlite { '?' } else { '$' };
        self.text.push(sign);
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Goes on with what is compared byte by byte. SQLite compares everything so; PostgreSQL must be told.
    pub(crate) fn bytewise(&mut self, expression: &str) -> &mut Self {
        let told = if self.dialect == Dialect::Postgres { BYTEWISE } else { "" };
        self.say("(").say(expression).say(")").say(told)
    }

    /// Goes on with an expression by which no index is to be chosen: SQLite keeps no count of what there is, and would
    /// rather walk along everything in order than find the few that are meant.
    pub(crate) fn aside(&mut self, expression: &str) -> &mut Self {
        let sign = if self.dialect == Dialect::Sqlite { "+" } else { "" };
        self.say(sign).say(expression)
    }

    /// What the database reads.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is given to it.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub(super) const fn place(&self) -> &'static str {
        self.place
    }
}

/// How PostgreSQL is told to compare by bytes, in statements and in migrations.
pub(super) const BYTEWISE: &str = " COLLATE \"C\"";

/// How long a question may take: Auth0 too gives up then, and asks for a narrower one.
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
