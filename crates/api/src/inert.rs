//! What a body asks for and the server only keeps: found, so that it can be said.

use serde_json::{Map, Value};

use crate::check::asks_for_nothing;
use crate::field::{Field, Heed, Shape, Verb};

/// Finds every member of an object that asks for what the server does not do, by its path.
pub(crate) fn members(
    fields: &[Field],
    object: &Map<String, Value>,
    (verb, open): (Verb, Open),
    path: &str,
    found: &mut Vec<String>,
) {
    for (name, value) in object {
        let path = below(path, name);
        match fields.iter().find(|field| field.name == name && field.writable(verb)) {
            Some(field) => member(field, value, verb, &path, found),
            None if open == Open::Yes && !asks_for_nothing(value, &[]) => say(path, found),
            None => {}
        }
    }
}

/// Whether members that no table knows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// They are.
    Yes,
    /// They were refused before.
    No,
}

fn member(field: &Field, value: &Value, verb: Verb, path: &str, found: &mut Vec<String>) {
    match field.heed {
        // Where the members are known, each is judged by itself.
        Heed::Inert(except) if !matches!(field.shape, Shape::Object(_)) => {
            if !asks_for_nothing(value, except) {
                say(path.to_owned(), found);
            }
        }
        _ => shape(field.shape, value, verb, path, found),
    }
}

fn shape(shape: Shape, value: &Value, verb: Verb, path: &str, found: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Object(fields), Value::Object(object)) => {
            members(fields, object, (verb, Open::No), path, found);
        }
        (Shape::Open(fields), Value::Object(object)) => {
            members(fields, object, (verb, Open::Yes), path, found);
        }
        (Shape::List { of, .. }, Value::Array(items)) => {
            for item in items {
                self::shape(*of, item, verb, path, found);
            }
        }
        (Shape::OneOffered { inert, .. }, Value::String(word)) if inert.contains(&word.as_str()) => {
            say(path.to_owned(), found);
        }
        _ => {}
    }
}

/// A name that would not stand in a line of its own is told by what it is part of.
fn below(path: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'$');
    match (path, name.bytes().all(plain) && name.len() <= LONGEST) {
        ("", _) => name.to_owned(),
        (path, true) => format!("{path}.{name}"),
        (path, false) => path.to_owned(),
    }
}

/// Once each, and no more than anybody reads.
fn say(path: String, found: &mut Vec<String>) {
    if found.len() < MOST && !found.contains(&path) {
        found.push(path);
    }
}

const LONGEST: usize = 64;
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::field::Scalar;

    const FIELDS: &[Field] = &[
        Field::obeyed("done", Shape::Flag),
        Field::inert("kept", Shape::text(9), &[Scalar::Text("off")]),
        Field::obeyed("word", Shape::OneOffered { offered: &["a"], inert: &["b"], others: &["c"] }),
        Field::obeyed("list", Shape::List { of: &Shape::Open(&[Field::obeyed("x", Shape::Flag)]), most: 9 }),
    ];

    fn found(value: Value) -> Vec<String> {
        let mut found = Vec::new();
        let Value::Object(object) = value else { panic!("an object") };
        members(FIELDS, &object, (Verb::Create, Open::No), "", &mut found);
        found.sort_unstable();
        found
    }

    #[test]
    fn what_asks_for_nothing_is_not_named() {
        let nothing = json!({"done": true, "kept": "off", "word": "a", "list": [{"x": true, "y": false}]});
        assert_eq!(found(nothing), [""; 0]);
        assert_eq!(found(json!({"kept": null})), [""; 0]);
    }

    #[test]
    fn what_is_only_kept_is_named_once_by_its_path() {
        let asked = json!({"kept": "on", "word": "b", "list": [{"y": 1}, {"y": 2}, {"z": {"deep": true}}]});
        assert_eq!(found(asked), ["kept", "list.y", "list.z", "word"]);
    }

    #[test]
    fn a_strangers_name_never_breaks_the_line_it_is_told_in() {
        assert_eq!(found(json!({"list": [{"a\r\nb, c": 1, "\u{e9}": 1}]})), ["list"]);
        let many: Map<String, Value> = (0..99).map(|n| (format!("m{n}"), json!(1))).collect();
        assert_eq!(found(json!({"list": [many]})).len(), MOST);
    }
}
