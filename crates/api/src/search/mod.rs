//! Auth0's `q`: the part of Lucene's query syntax that can be answered exactly.
//!
//! * `field:value`, `field:"a phrase"`, `field:(a OR b)`; a value without a field is looked for in the names of things.
//! * `AND`, `OR`, `NOT`, `+`, `-` and parentheses; terms side by side are joined by `OR`, as in Lucene.
//! * `jo*`, `*smith` and `j*n` for any characters; `[a TO b]`, `{a TO b}` and mixtures, `*` for an open end; `>`, `>=`,
//!   `<`, `<=`.
//! * `_exists_:field` and `_missing_:field`.
//! * A backslash takes its meaning from the next character.
//!
//! What is not understood is refused and never guessed: no words within texts, no `~`, no `^`, no `?`, no `/regex/`.

mod judge;
mod read;
mod scope;

pub use self::read::Misread;
pub use self::scope::{Scope, USERS};
use serde_json::{Map, Value};

/// What is searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search(Expression);

/// A query, understood.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
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
struct Member {
    path: Vec<String>,
    /// Whether upper and lower case are one.
    folded: bool,
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// There is one.
    Exists,
    /// It is this.
    Is(String),
    /// It begins with the first, ends with the last, and has the others between, in this order.
    Like(Vec<String>),
    /// It lies between two bounds.
    Within(Option<Bound>, Option<Bound>),
}

/// An end of a range.
#[derive(Clone, Debug, PartialEq)]
struct Bound {
    value: String,
    /// Whether the bound itself is in the range.
    inclusive: bool,
}

impl Search {
    /// Reads a query over what is known of a kind of thing.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(query: &str, scope: &Scope) -> Result<Self, Misread> {
        read::query(query, scope).map(Self)
    }

    /// Whether a document is meant.
    pub fn holds(&self, document: &Map<String, Value>) -> bool {
        self.0.holds(document)
    }
}

#[cfg(test)]
mod tests;
