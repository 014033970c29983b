//! Auth0's `q`: the part of Lucene's query syntax that can be answered exactly.
//!
//! * `field:value`, `field:"a phrase"`, `field:(a OR b)`; a value without a field is looked for in the names of things.
//! * `AND`, `OR`, `NOT`, `+`, `-` and parentheses; terms side by side are joined by `OR`, as in Lucene.
//! * `jo*`, `*smith` and `j*n` for any characters; `[a TO b]`, `{a TO b}` and mixtures, `*` for an open end; `>`, `>=`,
//!   `<`, `<=`.
//! * `_exists_:field` and `_missing_:field`.
//! * A backslash takes its meaning from the next character.
//!
//! Numbers are compared with numbers alone, everything else by its text. The items of a list are all looked at; those of a
//! list within a list are not.
//!
//! What is not understood is refused and never guessed: no words within texts, no `~`, no `^`, no `?`, no `/regex/`.

mod judge;
mod moment;
mod read;
mod scope;

pub use self::moment::span;
pub use self::read::Misread;
pub use self::scope::{LOGS, Scope, USERS};
use serde_json::{Map, Value};

/// What is searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search(Expression);

/// A query, understood: what a database is asked instead of [`Search::holds`], and must answer alike.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Everything there is.
    Anything,
    /// All of these.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// Something about one of these members.
    Term(Vec<Member>, Test),
}

/// A member of a document, by the names that lead to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub(crate) path: Vec<String>,
    /// Whether upper and lower case are one.
    pub(crate) folded: bool,
}

impl Member {
    /// The member that dots lead to, compared as it is.
    pub fn named(path: &str) -> Self {
        Self { path: path.split('.').map(str::to_owned).collect(), folded: false }
    }

    /// The names that lead to it: letters, digits and `_.-/$`, without a dot in one.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether upper and lower case are one in it; then what is looked for is in lower case already.
    pub const fn is_folded(&self) -> bool {
        self.folded
    }
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// There is one.
    Exists,
    /// It is this.
    Is(String),
    /// It begins with the first, ends with the last, and has the others between, in this order.
    Like(Vec<String>),
    /// It lies between two bounds.
    Within(Option<Bound>, Option<Bound>),
}

/// An end of a range. What begins with the bound is equal to it: a day is all of that day.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// What it is.
    pub value: String,
    /// Whether the bound itself is in the range.
    pub inclusive: bool,
}

impl Search {
    /// Reads a query over what is known of a kind of thing.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(query: &str, scope: &Scope) -> Result<Self, Misread> {
        read::query(query, scope).map(Self)
    }

    /// What is that in that member.
    pub fn equal(member: &str, value: &str) -> Self {
        Self(Expression::Term(vec![Member::named(member)], Test::Is(value.to_owned())))
    }

    /// What it says, for who asks a database instead.
    pub const fn expression(&self) -> &Expression {
        &self.0
    }

    /// Whether a document is meant.
    pub fn holds(&self, document: &Map<String, Value>) -> bool {
        self.0.holds(document)
    }
}

/// What a number is looked for by; everything else is looked for as text.
pub fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests;
