//! A setting, as a table.

use serde_json::{Map, Value};

use crate::field::Verb;
use crate::invalid::Invalid;
use crate::kind::Kind;

/// What a tenant has one of, or one of for each of a few names.
#[derive(Debug)]
pub struct Setting {
    /// What it looks like.
    pub kind: &'static Kind,
    /// The name by which the store knows it: it never changes.
    pub shelf: &'static str,
    /// Where it is: it may be called by more than one path.
    pub paths: &'static [&'static str],
    /// The names that may stand in its path, each in turn: there is one for each of them.
    pub names: &'static [&'static [&'static str]],
    /// Members whose values are sealed at rest.
    pub secrets: &'static [&'static str],
    /// Members that are written anew whole: nothing of what they said before is kept, secrets least of all.
    pub replaced: &'static [&'static str],
    /// What of all that it says now is without effect, whoever wrote it.
    pub unheeded: fn(&Map<String, Value>) -> &'static [&'static str],
    /// What it says by itself.
    pub at_first: fn() -> Map<String, Value>,
    /// Whether it is there from the first day on.
    pub there: There,
    /// What is said when there is one already.
    pub taken: fn(&[&str]) -> String,
    /// How a body is read.
    pub read: Reading,
    /// Whether what it says now goes together.
    pub check: fn(&Map<String, Value>) -> Result<(), Invalid>,
    /// What is told of it.
    pub tell: fn(&mut Map<String, Value>, &Telling<'_>),
}

/// Whether something is there before anybody said anything of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// It is, and says what it says by itself.
    Always,
    /// Not until it was made.
    OnceMade,
}

/// How a body is read.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// By the kind's table.
    ByTable,
    /// In a way of its own, which its table does not describe.
    #[expect(clippy::type_complexity, reason = "a function is what it is")]
    Own(fn(&[u8]) -> Result<Map<String, Value>, Invalid>),
}

/// To whom something is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The names that stood in the path.
    pub names: &'a [&'a str],
    /// The tenant, as people name it: the host of the issuer.
    pub tenant: &'a str,
    /// On which occasion.
    pub to: Audience,
}

/// On which occasion something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Somebody asked what it says.
    Reader,
    /// Somebody just wrote it.
    Writer,
}

impl Setting {
    /// A setting that is there from the first day on.
    pub(crate) const fn always(
        (kind, shelf): (&'static Kind, &'static str),
        paths: &'static [&'static str],
        at_first: fn() -> Map<String, Value>,
    ) -> Self {
        Self {
            kind,
            shelf,
            paths,
            names: &[],
            secrets: &[],
            replaced: &[],
            unheeded: |_| &[],
            at_first,
            there: There::Always,
            taken: |_| String::new(),
            read: Reading::ByTable,
            check: |_| Ok(()),
            tell: |told, _| withhold(told, &[]),
        }
    }

    /// Reads and checks a body.
    ///
    /// # Errors
    /// What is wrong with it, in Auth0's words.
    pub fn read(&self, verb: Verb, body: &[u8]) -> Result<Map<String, Value>, Invalid> {
        match self.read {
            Reading::Own(read) => read(body),
            Reading::ByTable => self.kind.read(verb, body),
        }
    }

    /// What it says once that is written over what it said before.
    pub fn over(&self, mut wrote: Map<String, Value>, input: Map<String, Value>) -> Map<String, Value> {
        wrote.retain(|name, _| !(self.replaced.contains(&name.as_str()) && input.contains_key(name)));
        super::over(wrote, input)
    }

    /// What of a body, and of what it makes of the whole, is without effect.
    pub fn inert(&self, verb: Verb, input: &Map<String, Value>, now: &Map<String, Value>) -> Vec<String> {
        let mut found = self.kind.inert(verb, input);
        found.extend((self.unheeded)(now).iter().map(|name| (*name).to_owned()));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What is told of it.
    pub fn told(&self, wrote: Map<String, Value>, telling: &Telling<'_>) -> Map<String, Value> {
        let mut told = super::lay((self.at_first)(), wrote);
        (self.tell)(&mut told, telling);
        told.retain(|name, _| !self.kind.untold.contains(&name.as_str()));
        told
    }
}

/// Takes away what is told to nobody, by its pointer.
pub(crate) fn withhold(told: &mut Map<String, Value>, pointers: &[&str]) {
    for pointer in pointers {
        let mut steps = pointer.trim_start_matches('/').split('/');
        let last = steps.next_back().unwrap_or_default();
        let mut at = Some(&mut *told);
        for step in steps {
            at = at.and_then(|members| members.get_mut(step)).and_then(Value::as_object_mut);
        }
        if let Some(members) = at {
            members.remove(last);
        }
    }
}
