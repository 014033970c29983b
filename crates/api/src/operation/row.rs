//! One row: an operation.

use crate::field::{Field, Shape, Verb};
use crate::kind::Kind;

/// An operation: a method on a path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path of its route, with `{names}` for what stands in the place of names.
    pub path: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Which of many it belongs to.
    pub tag: &'static str,
    /// How it says no.
    pub dialect: Dialect,
    /// Who may ask.
    pub guard: Guard,
    /// The scopes any of which lets a person ask it about themselves.
    pub own: &'static [&'static str],
    /// Its parameters in the query.
    pub query: &'static [&'static [Field]],
    /// Its body.
    pub body: Body,
    /// The status of its success.
    pub status: u16,
    /// What it tells then.
    pub told: Told,
    /// Other statuses it may have, beside those that follow from the rest of the row.
    pub also: &'static [u16],
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `DELETE`
    Delete,
    /// `GET`
    Get,
    /// `PATCH`
    Patch,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

/// How an operation says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `code` and `description`.
    Authentication,
    /// `statusCode`, `error`, `message`, `errorCode`.
    Management,
    /// `error` and `error_description`.
    OAuth,
    /// A page for a person.
    Page,
    /// `error` and `error_description`, with challenges.
    Resource,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Whoever has a token for the Management API with all of these scopes.
    All(&'static [&'static str]),
    /// Whoever has a token for the Management API with any of these scopes.
    Any(&'static [&'static str]),
    /// A client that shows who it is, each in its own way.
    Client,
    /// Anybody.
    Anybody,
    /// Whoever has a token for just this.
    Token,
}

/// A body that is taken.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Parameters as a form, or as a JSON object of texts: those of any of these lists of tables.
    Form(&'static [&'static [&'static [Field]]]),
    /// A kind of thing, as it is made or changed.
    Kind(&'static Kind, Verb),
    /// The same, or none.
    Maybe(&'static Kind, Verb),
    /// A form with a file in it, of that shape.
    Multipart(Shape),
    /// None.
    None,
    /// JSON of that shape.
    Shape(Shape),
}

/// What is told when all is well.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// JSON of that media type and shape.
    Media(&'static str, Shape),
    /// Many of a kind, with a name and where the next page begins.
    Checkpoints(&'static Kind),
    /// Many of a kind, with a name, their total and the size of a page.
    Counted(&'static Kind),
    /// Many of a kind, all at once.
    List(&'static Kind),
    /// Many of a kind, all at once, with a name.
    Named(&'static Kind),
    /// Nothing.
    Nothing,
    /// A page for a person.
    Page,
    /// Many of a kind, in any of the ways they are paged; of each, those members that were asked for.
    Paged(&'static Kind),
    /// One of a kind, of it those members that were asked for.
    Part(&'static Kind),
    /// JSON of that shape.
    Shape(Shape),
    /// One of a kind.
    Whole(&'static Kind),
}

impl Method {
    /// As requests spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl Guard {
    /// The scopes of the Management API that it speaks of.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::All(scopes) | Self::Any(scopes) => scopes,
            Self::Client | Self::Anybody | Self::Token => &[],
        }
    }
}

impl Operation {
    /// An operation that takes nothing and tells nothing.
    pub(crate) const fn new(
        (method, path): (Method, &'static str),
        summary: &'static str,
        tag: &'static str,
        (dialect, guard): (Dialect, Guard),
    ) -> Self {
        Self {
            method,
            path,
            summary,
            tag,
            dialect,
            guard,
            own: &[],
            query: &[],
            body: Body::None,
            status: 204,
            told: Told::Nothing,
            also: &[],
        }
    }

    /// Open to people too, about themselves: by any of these scopes.
    pub(super) const fn own(self, own: &'static [&'static str]) -> Self {
        Self { own, ..self }
    }

    /// With these parameters in its query.
    pub(crate) const fn query(self, query: &'static [&'static [Field]]) -> Self {
        Self { query, ..self }
    }

    /// With a body.
    pub(crate) const fn takes(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// Telling something, with 200.
    pub(crate) const fn tells(self, told: Told) -> Self {
        self.with(200, told)
    }

    /// Telling something, with that status.
    pub(crate) const fn with(self, status: u16, told: Told) -> Self {
        Self { status, told, ..self }
    }

    /// With other statuses too.
    pub(crate) const fn also(self, also: &'static [u16]) -> Self {
        Self { also, ..self }
    }

    /// The names that stand in its path.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The parameter of its query that is called so.
    pub fn parameter(&self, name: &str) -> Option<&'static Field> {
        self.query.iter().copied().flatten().find(|field| field.name == name)
    }

    /// The refusals that follow from the row, and those it names.
    pub(crate) fn refusals(&self) -> Vec<u16> {
        let mut statuses = vec![400, 429, 503];
        match self.guard {
            Guard::Anybody => {}
            Guard::All(_) | Guard::Any(_) | Guard::Client | Guard::Token => statuses.extend([401, 403]),
        }
        if self.names().next().is_some() {
            statuses.push(404);
        }
        if !matches!(self.body, Body::None) {
            statuses.extend([408, 413, 415]);
        }
        if self.dialect == Dialect::Management && self.method != Method::Get {
            statuses.push(409);
        }
        statuses.extend(self.also.iter().filter(|status| **status >= 400));
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}
