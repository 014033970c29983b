//! What would have to be done so that a tenant is as a file says.

use serde_json::{Map, Value, json};

use super::{
    file::{File, key},
    found::{Names, There},
    section::{APPLICATIONS, Section, TENANT},
};
use crate::{error::Failure, exit::Exit, output};

/// One thing that would have to be done.
#[derive(Debug)]
pub(super) struct Change {
    /// The section; `None` for the tenant itself.
    pub(super) section: Option<&'static Section>,
    /// What it is about.
    pub(super) key: String,
    /// What is done.
    pub(super) act: Act,
}

/// What is done.
#[derive(Debug)]
pub(super) enum Act {
    /// One is made, so.
    Make(Value),
    /// One is changed: those members, and what they were.
    Alter { id: String, members: Map<String, Value>, before: Value },
    /// One is written again, so: nobody is told what it is.
    Rewrite(Value),
    /// One is deleted.
    Remove(String),
    /// One is there that the file does not name: it stays.
    Leave,
}

impl Change {
    /// Whether anything is done.
    pub(super) const fn is_done(&self) -> bool {
        !matches!(self.act, Act::Leave)
    }

    /// Whether the tenant is known not to be as the file says.
    pub(super) const fn is_difference(&self) -> bool {
        self.is_done() && !matches!(self.act, Act::Rewrite(_))
    }

    /// For programs.
    pub(super) fn as_json(&self) -> Value {
        let section = self.section.map_or(TENANT, |section| section.name);
        let (act, members) = match &self.act {
            Act::Make(_) => ("make", None),
            Act::Alter { members, .. } => ("change", Some(members.keys().collect::<Vec<_>>())),
            Act::Rewrite(_) => ("rewrite", None),
            Act::Remove(_) => ("delete", None),
            Act::Leave => ("leave", None),
        };
        json!({ "section": section, "key": self.key, "act": act, "members": members })
    }
}

/// What the settings of a tenant lack.
pub(super) fn settings(file: &File, there: &Value) -> Option<Change> {
    let members = differing(file.tenant.as_ref()?, there, &[]);
    (!members.is_empty()).then(|| {
        let act = Act::Alter { id: String::new(), members, before: there.clone() };
        Change { section: None, key: "settings".to_owned(), act }
    })
}

/// What a section lacks, and what it has beyond.
pub(super) fn section(
    of: &'static Section,
    (wanted, there): (&[Value], &[There]),
    prune: bool,
) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    let is = |there: &There, one: &Value| key(of, &there.said) == key(of, one);
    for one in wanted {
        let change = |act| Change { section: Some(of), key: key(of, one).unwrap_or_default(), act };
        match there.iter().find(|there| is(there, one)) {
            None => changes.push(change(Act::Make(without(one, of.owned)))),
            Some(_) if of.sealed.is_some() => changes.push(change(Act::Rewrite(one.clone()))),
            Some(found) => {
                let members = differing(one, &found.said, of.owned);
                if let Some(fixed) = of.fixed.iter().find(|fixed| members.contains_key(**fixed)) {
                    let what = format!("{} {}", of.name, change(Act::Leave).key);
                    let why = match found.said.get(*fixed) {
                        Some(_) => format!("its {fixed} cannot be changed"),
                        None => format!("it has no {fixed}, which is set only when one is made"),
                    };
                    return Err(Failure::new(Exit::Configuration, format!("change {what}: {why}")).hint(
                        format!("another name makes another one; without its {fixed} this one stays"),
                    ));
                }
                if !members.is_empty() {
                    let (id, before) = (found.id.clone(), found.said.clone());
                    changes.push(change(Act::Alter { id, members, before }));
                }
            }
        }
    }
    let beyond = there.iter().filter(|_| of.sealed.is_none());
    for found in beyond.filter(|there| !wanted.iter().any(|one| is(there, one))) {
        let act = if prune { Act::Remove(found.id.clone()) } else { Act::Leave };
        changes.push(Change { section: Some(of), key: key(of, &found.said).unwrap_or_default(), act });
    }
    Ok(changes)
}

/// Every application that is named must be there, or be made.
pub(super) fn check_names(file: &File, section: &Section, names: &Names) -> Result<(), Failure> {
    let made = |name: &str| {
        let apps = super::section::SECTIONS.iter().find(|section| section.name == APPLICATIONS);
        let apps = apps.and_then(|apps| file.section(apps)).into_iter().flatten();
        apps.filter_map(|app| app.get("name")).any(|made| made == name)
    };
    for one in file.section(section).into_iter().flatten() {
        for member in section.applications {
            let named = match one.get(*member) {
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(text)) => vec![text.as_str()],
                _ => Vec::new(),
            };
            if let Some(name) = named.iter().find(|name| names.id(name).is_none() && !made(name)) {
                let what = format!("read {}: there is no application {name:?}", section.name);
                return Err(
                    Failure::new(Exit::Configuration, what).hint("applications are named by their names")
                );
            }
        }
    }
    Ok(())
}

/// Says which members of a file are written nowhere: ids of this tenant, or of another.
pub(super) fn note_owned(section: &Section, wanted: &[Value]) {
    let is_there =
        |name: &&&str| wanted.iter().any(|one| one.get(**name).is_some_and(|value| !value.is_null()));
    let owned: Vec<&str> = section.owned.iter().filter(is_there).copied().collect();
    if !owned.is_empty() {
        let (section, owned) = (section.name, owned.join(", "));
        output::note(&format!(
            "note: of {section} the tenant alone says {owned}: the file's is not written\n"
        ));
    }
}

/// The members that are not as they are wanted, as they are to be written.
fn differing(wanted: &Value, there: &Value, owned: &[&str]) -> Map<String, Value> {
    let members = wanted.as_object().into_iter().flatten();
    let differing = members.filter(|(name, value)| {
        !owned.contains(&name.as_str()) && !is_same(value, there.get(name.as_str()).unwrap_or(&Value::Null))
    });
    differing
        .map(|(name, value)| {
            let before = there.get(name.as_str()).unwrap_or(&Value::Null);
            (name.clone(), merged(before, value))
        })
        .collect()
}

/// Whether a member is as it is wanted. An object may have more members than are wanted, a list is one whatever its
/// order, and nothing is as good as null.
fn is_same(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => {
            wanted.iter().all(|(name, value)| is_same(value, there.get(name).unwrap_or(&Value::Null)))
        }
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len()
                && wanted.iter().all(|value| there.iter().any(|there| is_same(value, there)))
                && there.iter().all(|there| wanted.iter().any(|value| is_same(value, there)))
        }
        (Value::Number(wanted), Value::Number(there)) => wanted.as_f64() == there.as_f64(),
        _ => wanted == there,
    }
}

/// What is written of a member: an API replaces an object as a whole, so what is not spoken of goes along.
fn merged(before: &Value, wanted: &Value) -> Value {
    match (before, wanted) {
        (Value::Object(before), Value::Object(wanted)) => {
            let mut whole = before.clone();
            for (name, value) in wanted {
                let merged = merged(before.get(name).unwrap_or(&Value::Null), value);
                whole.insert(name.clone(), merged);
            }
            whole.into()
        }
        _ => wanted.clone(),
    }
}

fn without(one: &Value, owned: &[&str]) -> Value {
    let members = one.as_object().into_iter().flatten();
    let kept = members.filter(|(name, value)| !owned.contains(&name.as_str()) && !value.is_null());
    kept.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written_and_the_rest_of_an_object_goes_along() {
        let there = json!({
            "name": "a", "callbacks": ["x", "y"], "jwt_configuration": { "alg": "RS256", "lifetime_in_seconds": 1 },
            "scopes": [{ "value": "b", "description": "B" }, { "value": "a" }], "leeway": 3.0,
        });
        let wanted = json!({
            "name": "a", "callbacks": ["y", "x"], "jwt_configuration": { "lifetime_in_seconds": 2 },
            "scopes": [{ "value": "a" }, { "value": "b", "description": "B" }], "leeway": 3, "id": "mine", "gone": null,
        });
        let members = differing(&wanted, &there, &["id"]);
        assert_eq!(
            Value::from(members),
            json!({ "jwt_configuration": { "alg": "RS256", "lifetime_in_seconds": 2 } })
        );
    }
}
