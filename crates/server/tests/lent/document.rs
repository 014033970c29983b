//! The OpenAPI document that the server publishes, held against every answer that a world gives.

use std::sync::LazyLock;

use http::{Method, StatusCode};
use keybound_api::{
    openapi,
    operation::{self, Operation},
};
use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document("https://id.example/"));

/// Panics where an operation answers what the document does not say of it.
pub(crate) fn hold(method: &Method, path: &str, status: StatusCode, body: &[u8]) {
    let Some(row) = row(method, path) else { return };
    let said = format!("{method} {path}: {status} {}", String::from_utf8_lossy(body));
    let methods = &DOCUMENT["paths"][row.path];
    let answers = &methods[row.method.as_str().to_ascii_lowercase()]["responses"];
    let answer = match resolved(&answers[status.as_str()]) {
        // What fails is not promised.
        Value::Null if status == StatusCode::INTERNAL_SERVER_ERROR => return,
        Value::Null => panic!("the document knows no such status: {said}"),
        answer => answer,
    };
    let media = answer["content"].as_object().and_then(|content| content.iter().next());
    match media {
        // What was asked with HEAD.
        _ if *method == Method::HEAD => {}
        None => assert!(body.is_empty() || status.is_redirection(), "the document knows no body: {said}"),
        Some((media, _)) if media == "text/html" => {}
        Some((_, content)) => {
            let value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {said}"));
            if let Err(wrong) = fits(&content["schema"], &value, "") {
                panic!("{wrong}: {said}");
            }
        }
    }
}

/// The row of a request: literal steps of a path win over names, as they do in a router.
fn row(method: &Method, path: &str) -> Option<&'static Operation> {
    let fits = |row: &&Operation| {
        let (mut ours, mut theirs) = (row.path.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(ours), Some(theirs)) if ours == theirs => {}
                (Some(ours), Some(theirs)) if ours.starts_with('{') && !theirs.is_empty() => {}
                _ => return false,
            }
        }
    };
    let path = operation::all().filter(fits).min_by_key(|row| row.names().count())?.path;
    operation::find(method.as_str(), path)
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(name) => DOCUMENT.pointer(name.trim_start_matches('#')).expect("what is named is there"),
        None => value,
    }
}

/// As much of JSON Schema as the document uses; formats and patterns are for those who write.
fn fits(schema: &'static Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let holds = match keyword.as_str() {
            "$ref" => {
                fits(resolved(schema), value, at)?;
                true
            }
            "anyOf" => {
                let any: Vec<_> = rule.as_array().unwrap().iter().map(|one| fits(one, value, at)).collect();
                match any.iter().any(Result::is_ok) {
                    true => true,
                    false => return Err(format!("{any:?}")),
                }
            }
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
                kind => is(kind, value),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
            "minLength" => length(value).is_none_or(|length| length >= rule.as_u64().unwrap()),
            "maxLength" => length(value).is_none_or(|length| length <= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "maxProperties" => {
                value.as_object().is_none_or(|members| members.len() as u64 <= rule.as_u64().unwrap())
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(rule, item, &format!("{at}[]"))?;
                }
                true
            }
            "required" => {
                let named = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                value
                    .as_object()
                    .is_none_or(|members| named.into_iter().all(|name| members.contains_key(name)))
            }
            "properties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(name) {
                        fits(rule, member, &format!("{at}.{name}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    match rule {
                        _ if schema["properties"].get(name).is_some() => {}
                        Value::Object(_) => fits(rule, member, &format!("{at}.{name}"))?,
                        _ => return Err(format!("{at}: nobody knows {name}")),
                    }
                }
                true
            }
            "not" => false,
            "description" | "format" | "pattern" => true,
            other => panic!("a keyword that nobody holds answers against: {other}"),
        };
        if !holds {
            return Err(format!("{at}: {keyword} {rule} does not hold of {value}"));
        }
    }
    Ok(())
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("a type that nobody holds answers against: {other}"),
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}
