//! A collection, as a table.

use serde_json::{Map, Value};

use super::drawn::Form;
use crate::field::{Field, Shape, Verb};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::Kind;
use crate::operation::{Body, Dialect, Guard, Method, Operation, Told};
use crate::search::Scope;

/// A collection of things that are kept, and told as they were written.
#[derive(Debug)]
pub struct Resource {
    /// What they look like.
    pub kind: &'static Kind,
    /// The name by which the store knows them: it never changes.
    pub shelf: &'static str,
    /// Which of many its operations belong to.
    pub tag: &'static str,
    /// The path of all of them.
    pub many: &'static str,
    /// The path of one of them.
    pub one: &'static str,
    /// What they belong to.
    pub family: Family,
    /// The member that holds the id.
    pub id: &'static str,
    /// What ids look like.
    pub form: Form,
    /// The member whose text no two share; empty for none.
    pub unique: &'static str,
    /// What is said when there is one already.
    pub taken: &'static str,
    /// Members whose values are sealed at rest.
    pub secrets: &'static [&'static str],
    /// How many of them are told.
    pub listing: Listing,
    /// What is answered when there was none to delete.
    pub absence: Absence,
    /// What becomes of a document that is deleted and told on; what is not, is gone.
    pub end: Option<End>,
    /// What becomes of a checked body when one is made: the document holds what was written already.
    pub make: fn(&mut Map<String, Value>, &New<'_>) -> Result<(), Invalid>,
    /// What is made along with one, if anything is.
    pub beside: Option<Along>,
    /// What becomes of a document beside what was written, when one is changed: it holds what was written already, and
    /// comes with what it was before.
    pub change: Change,
    /// What of all that a document says now is without effect, whoever wrote it.
    pub unheeded: fn(&Map<String, Value>) -> &'static [&'static str],
    /// What is told of a document.
    pub tell: fn(&mut Map<String, Value>),
    /// What is told beside that of each of many.
    pub listed: fn(&mut Map<String, Value>),
    /// The member whose text tells the order of many; empty where ids do.
    pub order: &'static str,
    /// What `q` may ask for, where many can be searched.
    pub searched: Option<&'static Scope>,
    /// Whether a document has what a parameter of a list asks for.
    pub passes: fn(&Map<String, Value>, &str, &str) -> bool,
}

/// What is made along with a thing and belongs to it: the shelf it stands on, and what it says, its `id` too.
pub type Along = fn(&mut Map<String, Value>, &New<'_>) -> Option<(&'static str, Value)>;

/// What becomes of a document that holds what was written, by what it was before.
pub type Change = fn(&mut Map<String, Value>, &Map<String, Value>, &New<'_>) -> Result<(), Invalid>;

/// What a deleted document says on.
pub type End = fn(&mut Map<String, Value>, &New<'_>);

/// What the things of a collection belong to, and what belongs to them.
#[derive(Clone, Copy, Debug)]
pub enum Family {
    /// They stand by themselves.
    Alone,
    /// They stand by themselves; on these shelves stands what belongs to each.
    Owners(&'static [&'static str]),
    /// Each belongs to the organization that its path names first.
    OfOrganization,
    /// Each belongs to one of this collection, which its path names first.
    Of(&'static Resource),
}

/// How many of them are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All, as a list.
    Plain,
    /// All, as a list with a name.
    Named,
    /// A page at a time: a list, an object with a total, or one that says where the next begins.
    Paged,
    /// A page at a time, always with a name; it says where the next begins.
    Checkpoints,
    /// A page at a time, always with a name, the total and the size of a page.
    Counted,
}

/// What is answered when there was none to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// That it is gone, as it was wished.
    Fine,
    /// That there is none.
    Told,
    /// The same, in other words than a reading has for it.
    Says(&'static str),
}

/// What a thing is made or changed with, beside what was written.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it belongs to.
    pub owner: &'a str,
    /// When.
    pub at: &'a str,
    /// The tenant, as people name it: the host of the issuer.
    pub tenant: &'a str,
    /// Thirty-two digits that nobody can guess.
    pub chance: &'a str,
    /// The id of what is made along with it.
    pub second: &'a str,
    /// How many there are already, where one is made.
    pub already: i64,
}

impl Resource {
    /// A collection of plain things with drawn ids, listed whole.
    pub(crate) const fn new(
        (kind, shelf, tag): (&'static Kind, &'static str, &'static str),
        (many, one): (&'static str, &'static str),
        form: Form,
    ) -> Self {
        Self {
            kind,
            shelf,
            tag,
            many,
            one,
            family: Family::Alone,
            id: "id",
            form,
            unique: "",
            taken: "",
            secrets: &[],
            listing: Listing::Plain,
            absence: Absence::Fine,
            end: None,
            make: nothing_more,
            beside: None,
            change: |_, _, _| Ok(()),
            unheeded: |_| &[],
            tell: everything,
            listed: everything,
            order: "",
            searched: None,
            passes: equals,
        }
    }

    /// What of a body, and of the document it was written into, is without effect.
    pub fn inert(
        &self,
        verb: Verb,
        input: &Map<String, Value>,
        document: &Map<String, Value>,
    ) -> Vec<String> {
        let mut found = self.kind.inert(verb, input);
        found.extend((self.unheeded)(document).iter().map(|name| (*name).to_owned()));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// `GET` of many.
    pub(crate) const fn lists(&self, summary: &'static str, scopes: &'static [&'static str]) -> Operation {
        let told = match self.listing {
            Listing::Plain => Told::List(self.kind),
            Listing::Named => Told::Named(self.kind),
            Listing::Paged => Told::Paged(self.kind),
            Listing::Checkpoints => Told::Checkpoints(self.kind),
            Listing::Counted => Told::Counted(self.kind),
        };
        self.row((Method::Get, self.many), summary, scopes).tells(told)
    }

    /// `POST` of one.
    pub(crate) const fn makes(&self, summary: &'static str, scopes: &'static [&'static str]) -> Operation {
        self.row((Method::Post, self.many), summary, scopes)
            .takes(Body::Kind(self.kind, Verb::Create))
            .with(201, Told::Whole(self.kind))
    }

    /// `GET` of one.
    pub(crate) const fn reads(&self, summary: &'static str, scopes: &'static [&'static str]) -> Operation {
        self.row((Method::Get, self.one), summary, scopes).tells(Told::Part(self.kind))
    }

    /// `PATCH` of one.
    pub(crate) const fn changes(&self, summary: &'static str, scopes: &'static [&'static str]) -> Operation {
        self.row((Method::Patch, self.one), summary, scopes)
            .takes(Body::Kind(self.kind, Verb::Update))
            .tells(Told::Whole(self.kind))
    }

    /// `DELETE` of one.
    pub(crate) const fn deletes(&self, summary: &'static str, scopes: &'static [&'static str]) -> Operation {
        self.row((Method::Delete, self.one), summary, scopes)
    }

    /// Anything else that is done with them.
    pub(crate) const fn row(
        &self,
        what: (Method, &'static str),
        summary: &'static str,
        scopes: &'static [&'static str],
    ) -> Operation {
        Operation::new(what, summary, self.tag, (Dialect::Management, Guard::Any(scopes)))
    }
}

/// Says when it was made and changed.
pub(crate) fn dated(document: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    document.entry("created_at").or_insert_with(|| new.at.into());
    document.insert("updated_at".to_owned(), new.at.into());
    Ok(())
}

/// Says when it was changed.
pub(crate) fn redated(
    document: &mut Map<String, Value>,
    _: &Map<String, Value>,
    new: &New<'_>,
) -> Result<(), Invalid> {
    dated(document, new)
}

/// Puts these values where nothing was written.
pub(crate) fn defaults<const N: usize>(document: &mut Map<String, Value>, values: [(&str, Value); N]) {
    for (name, value) in values {
        document.entry(name).or_insert(value);
    }
}

/// What was written is all there is.
pub(crate) fn nothing_more(_: &mut Map<String, Value>, _: &New<'_>) -> Result<(), Invalid> {
    Ok(())
}

/// All of it is told.
pub(crate) fn everything(_: &mut Map<String, Value>) {}

/// The member of the parameter's name is what it says.
pub(crate) fn equals(document: &Map<String, Value>, name: &str, wanted: &str) -> bool {
    match document.get(name) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Bool(flag)) => wanted.parse() == Ok(*flag),
        Some(Value::Number(number)) => number.to_string() == wanted,
        None => wanted == "false",
        Some(_) => false,
    }
}

/// An id, told of every one.
pub(crate) const ID: Field = Field::told("id", Shape::some_text(250));
/// When it was made.
pub(crate) const CREATED_AT: Field = Field::told("created_at", Shape::formatted(Format::DateTime));
/// When it was changed last.
pub(crate) const UPDATED_AT: Field = Field::told("updated_at", Shape::formatted(Format::DateTime));
