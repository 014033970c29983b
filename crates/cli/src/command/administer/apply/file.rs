//! The file: YAML or JSON, an object with a member for each section.

use std::{collections::BTreeSet, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use serde_json::{Map, Value};

use super::{
    once::Once,
    people,
    section::{Beside, SECTIONS, Section, TENANT},
};
use crate::{command::call::body, error::Failure, exit::Exit};

/// What a file says of each section; of those it does not name, nothing.
#[derive(Debug)]
pub(super) struct File {
    /// Settings of the tenant.
    pub(super) tenant: Option<Value>,
    sections: Map<String, Value>,
}

impl File {
    /// Reads it; `-` is standard input.
    pub(super) fn read(name: &str) -> Result<Self, Failure> {
        let bytes = body(&if name == "-" { name.to_owned() } else { format!("@{name}") })?;
        if bytes.len() > MOST {
            let much = format!("it is larger than {} MiB", MOST >> 20);
            return Err(unreadable(name, &much).hint("sections may stand in files of their own"));
        }
        let text = String::from_utf8(bytes).map_err(|_| unreadable(name, "it is not UTF-8"))?;
        Self::new(name, if name.ends_with(".json") { json(name, &text) } else { yaml(name, &text) }?)
    }

    fn new(name: &str, said: Value) -> Result<Self, Failure> {
        let Value::Object(mut sections) = said else {
            return Err(unreadable(name, "it is no object with a member for each section"));
        };
        let tenant = sections.remove(TENANT);
        if tenant.as_ref().is_some_and(|tenant| !tenant.is_object()) {
            return Err(unreadable(name, "`tenant` is no object"));
        }
        for (section, list) in &sections {
            let Some(section) = SECTIONS.iter().find(|known| known.name == section) else {
                let known: Vec<_> =
                    std::iter::once(TENANT).chain(SECTIONS.iter().map(|section| section.name)).collect();
                return Err(unreadable(name, &format!("there is no section {section:?}"))
                    .hint(format!("the sections are {}", known.join(", "))));
            };
            let list = list.as_array().filter(|list| list.iter().all(Value::is_object));
            let list =
                list.ok_or_else(|| unreadable(name, &format!("`{}` is no list of objects", section.name)))?;
            let mut keys = BTreeSet::new();
            for one in list {
                let key = key(section, one).ok_or_else(|| {
                    let members: Vec<_> = section.key.iter().map(|(member, _)| *member).collect();
                    unreadable(name, &format!("one of `{}` has no {}", section.name, members.join(" or no ")))
                })?;
                if let Some(sealed) = section.sealed.filter(|sealed| !one[*sealed].is_string()) {
                    return Err(unreadable(name, &format!("{key} of `{}` has no {sealed}", section.name)));
                }
                let fault = match section.beside {
                    Some(Beside::Members) => one.get(Beside::Members.name()).and_then(people::fault),
                    _ => None,
                };
                if let Some(fault) = fault {
                    return Err(unreadable(name, &format!("{fault}, in {key} of `{}`", section.name)));
                }
                if !keys.insert(key.clone()) {
                    return Err(unreadable(name, &format!("`{}` has {key} twice", section.name)));
                }
            }
        }
        Ok(Self { tenant, sections })
    }

    /// What it says of a section.
    pub(super) fn section(&self, section: &Section) -> Option<&Vec<Value>> {
        self.sections.get(section.name)?.as_array()
    }
}

/// What one is known by: its key, for people to read too.
pub(super) fn key(section: &Section, one: &Value) -> Option<String> {
    let part = |(member, default): &(&str, &str)| match one.get(member).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Some(text.to_owned()),
        _ => Some((*default).to_owned()).filter(|default| !default.is_empty()),
    };
    let parts: Vec<String> = section.key.iter().map(part).collect::<Option<_>>()?;
    // The usual is not worth a word.
    let usual = |(part, (_, default)): &(String, &(&str, &str))| part != default;
    let parts = parts.into_iter().zip(section.key).filter(usual).map(|(part, _)| part);
    Some(parts.collect::<Vec<_>>().join(" at "))
}

// What stands there is not repeated: it may be a secret.
fn yaml(name: &str, text: &str) -> Result<Value, Failure> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: MOST_VALUES, max_events: 4 * MOST_VALUES },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().map(|at| format!(" at line {} column {}", at.line(), at.column()));
        let fault = match error.without_snippet() {
            serde_saphyr::Error::DuplicateMappingKey { .. } => "a member is there a second time",
            serde_saphyr::Error::Budget { .. } => "it says more than is read at once",
            _ => "it is not YAML",
        };
        unreadable(name, &format!("{fault}{}", place.unwrap_or_default()))
    })
}

fn json(name: &str, text: &str) -> Result<Value, Failure> {
    let once: Result<Once, _> = serde_json::from_str(text);
    once.map(|Once(said)| said).map_err(|error| {
        let fault = if error.is_data() { "a member is there a second time" } else { "it is not JSON" };
        unreadable(name, &format!("{fault} at line {} column {}", error.line(), error.column()))
    })
}

/// Writes a tenant out: to standard output, or to a file for its owner's eyes only, since connections hold secrets.
pub(super) fn write(name: Option<&Path>, said: &Value, as_json: bool) -> Result<(), Failure> {
    let failed = |why: String| Failure::new(Exit::Failed, format!("write the tenant: {why}"));
    let is_json = as_json || name.is_some_and(|name| name.extension().is_some_and(|end| end == "json"));
    let text = match is_json {
        true => format!("{said:#}\n"),
        false => serde_saphyr::to_string(said).map_err(|error| failed(error.to_string()))?,
    };
    let Some(name) = name else {
        crate::output::result(&text);
        return Ok(());
    };
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(name);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| failed(format!("{}: {error}", name.display())))
}

fn unreadable(name: &str, why: &str) -> Failure {
    Failure::new(Exit::Configuration, format!("read {name}: {why}"))
}

/// As many bytes as a file may have.
const MOST: usize = 16 << 20;

/// As many values as YAML may say, those that it repeats by a name among them.
const MOST_VALUES: usize = 2_000_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(said: Value) -> Result<File, String> {
        File::new("t.yaml", said).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused_before_anything_is_asked() {
        assert!(read(json!({ "clients": [{ "name": "a" }, { "name": "b" }], "tenant": {} })).is_ok());
        for (said, why) in [
            (json!([]), "no object"),
            (json!({ "apps": [] }), "no section \"apps\""),
            (json!({ "clients": {} }), "no list"),
            (json!({ "clients": [{ "app_type": "spa" }] }), "has no name"),
            (json!({ "roles": [{ "name": "a" }, { "name": "a" }] }), "has a twice"),
            (json!({ "tenant": [] }), "`tenant` is no object"),
            (json!({ "rulesConfigs": [{ "key": "a" }] }), "a of `rulesConfigs` has no value"),
            (json!({ "organizations": [{ "name": "o", "members": [{ "user": "" }] }] }), "no user, in o"),
            (
                json!({ "organizations": [{ "name": "o", "members": [{ "user": "a", "role": [] }] }] }),
                "more than",
            ),
        ] {
            assert!(read(said.clone()).unwrap_err().contains(why), "{said}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_told_by_its_place_and_not_repeated() {
        let error = yaml("t.yaml", "clients:\n  - name: [hush\n").unwrap_err().to_string();
        assert!(error.contains("line") && !error.contains("hush"), "{error}");
        for (read, text) in [
            (yaml as fn(&str, &str) -> _, "tenant:\n  a: hush\n  a: hush\n"),
            (super::json, "{\"tenant\": {\"a\": \"hush\",\n \"a\": 1}}"),
        ] {
            let error = read("t", text).unwrap_err().to_string();
            assert!(error.contains("a second time at line") && !error.contains("hush"), "{error}");
        }
        assert_eq!(yaml("t.yaml", "{\"a\": [1, true, \"yes\"]}").unwrap(), json!({ "a": [1, true, "yes"] }));
    }
}
