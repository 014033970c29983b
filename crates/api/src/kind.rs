//! A kind of thing the Management API manages.

use keybound_proto::jose::json;
use serde_json::{Map, Value};

use crate::check;
use crate::field::{Field, Heed, Shape, Verb, Write};
use crate::inert::{self, Open};
use crate::invalid::{Fault, Invalid};

/// How a kind of thing is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// One of them, as messages say.
    pub one: &'static str,
    /// Many of them, as scopes and lists say: `client_grants`.
    pub many: &'static str,
    /// The same in a path: `client-grants`.
    pub path: &'static str,
}

/// A kind of thing, as a table.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// How it is called.
    pub name: Name,
    /// Every member that may be written.
    pub fields: &'static [Field],
    /// What is told of it beside what was written, or otherwise than it was written.
    pub told: &'static [Field],
    /// What may be written and is not told.
    pub untold: &'static [&'static str],
    /// Members that hold objects whose members are merged one by one when they are updated.
    pub merged: &'static [&'static str],
    /// What is said when there is no such thing.
    pub absent: &'static str,
    /// Auth0's code for that; empty where it has none.
    pub absent_code: &'static str,
}

impl Kind {
    /// A kind of thing of which nobody says otherwise than that there is none.
    pub(crate) const fn new(
        name: Name,
        absent: &'static str,
        fields: &'static [Field],
        told: &'static [Field],
    ) -> Self {
        Self { name, fields, told, untold: &[], merged: &[], absent, absent_code: "" }
    }

    /// Reads and checks a body.
    ///
    /// # Errors
    /// What is wrong with it, in Auth0's words; duplicate members are wrong too.
    pub fn read(&self, verb: Verb, body: &[u8]) -> Result<Map<String, Value>, Invalid> {
        let object = json::object_within(body, LIMITS)
            .map_err(|reason| Invalid::body("", Fault::Json(reason.to_string())))?;
        let members = object.to_serde();
        self.check(verb, &members)?;
        Ok(members)
    }

    /// Checks members that were read already.
    ///
    /// # Errors
    /// What is wrong with them, in Auth0's words.
    pub fn check(&self, verb: Verb, members: &Map<String, Value>) -> Result<(), Invalid> {
        check::object(self.fields, members, verb, "")
    }

    /// The paths of what a checked body asks for, and the server keeps without doing anything of the kind.
    pub fn inert(&self, verb: Verb, members: &Map<String, Value>) -> Vec<String> {
        let mut found = Vec::new();
        inert::members(self.fields, members, (verb, Open::No), "", &mut found);
        found.sort_unstable();
        found
    }

    /// Puts what was written in its place: `null` removes, [`Kind::merged`] members are merged, others replaced.
    pub fn merge(&self, into: &mut Map<String, Value>, patch: Map<String, Value>) {
        for (name, value) in patch {
            match value {
                Value::Null => {
                    into.remove(&name);
                }
                Value::Object(members) if self.merged.contains(&name.as_str()) => {
                    let slot = into.entry(name).or_insert_with(|| Value::Object(Map::new()));
                    let Value::Object(present) = slot else {
                        *slot = Value::Object(members);
                        continue;
                    };
                    for (name, value) in members {
                        if value.is_null() {
                            present.remove(&name);
                        } else {
                            present.insert(name, value);
                        }
                    }
                }
                value => {
                    into.insert(name, value);
                }
            }
        }
    }

    /// Every member of what is told of it. What is written in one way when a thing is made and in another when it is
    /// changed is told in the latter.
    pub fn answer(&self) -> Vec<Field> {
        let mut members: Vec<Field> = Vec::new();
        let written = self.fields.iter().filter(|field| !self.untold.contains(&field.name));
        // `null` removes a member, so none is told; whether one is there depends on who wrote it.
        let written = written.map(|field| Field { nullable: false, write: Write::Always, ..*field });
        for field in written.chain(self.told.iter().copied()) {
            match members.iter_mut().find(|known| known.name == field.name) {
                Some(known) => *known = field,
                None => members.push(field),
            }
        }
        members
    }

    /// Every member, nested ones by their path, with what becomes of it: for documentation.
    pub fn table(&self) -> Vec<(String, Heed)> {
        let mut rows = Vec::new();
        list(self.fields, "", &mut rows);
        rows
    }
}

/// Auth0 takes a megabyte.
pub(crate) const LIMITS: json::Limits = json::Limits { bytes: 1 << 20, values: 1 << 16, depth: 32 };

fn list(fields: &[Field], path: &str, rows: &mut Vec<(String, Heed)>) {
    for field in fields {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        rows.push((path.clone(), field.heed));
        match field.shape {
            Shape::Object(fields) | Shape::Open(fields) => list(fields, &path, rows),
            Shape::List { of: Shape::Object(fields), .. } => list(fields, &format!("{path}[]"), rows),
            _ => {}
        }
    }
}
