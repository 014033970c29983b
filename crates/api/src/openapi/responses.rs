//! What operations answer.

use serde_json::{Map, Value, json};

use super::{Dialect, Operation, Use, components, links, schema};
use crate::kind::Kind;
use crate::operation::{Body, Guard, Told};

/// Every answer of a row, by its status.
pub(super) fn of(row: &Operation) -> Map<String, Value> {
    let mut answers = Map::new();
    answers.insert(row.status.to_string(), success(row));
    for status in row.also.iter().filter(|status| **status < 400) {
        let mut told = json!({ "description": description(*status) });
        if let (Value::Object(members), 300..) = (&mut told, *status) {
            members.insert("headers".to_owned(), json!({ "Location": header("Location") }));
        }
        answers.insert(status.to_string(), told);
    }
    for status in row.refusals() {
        let name = refusal_name(row.dialect, status);
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    answers
}

/// The kind of which something is told.
pub(super) const fn kind(told: &Told) -> Option<&'static Kind> {
    match *told {
        Told::Checkpoints(kind)
        | Told::Counted(kind)
        | Told::List(kind)
        | Told::Named(kind)
        | Told::Paged(kind)
        | Told::Part(kind)
        | Told::Whole(kind) => Some(kind),
        Told::Media(..) | Told::Nothing | Told::Page | Told::Shape(_) => None,
    }
}

fn success(row: &Operation) -> Value {
    let mut told = json!({ "description": description(row.status) });
    let Value::Object(members) = &mut told else { return told };
    if let Some((media, schema)) = content(&row.told) {
        members.insert("content".to_owned(), json!({ (media): { "schema": schema } }));
    }
    let mut headers = Map::new();
    if !matches!(row.guard, Guard::Anybody) {
        headers.insert("DPoP-Nonce".to_owned(), header("DPoP-Nonce"));
    }
    if matches!((row.dialect, row.body), (Dialect::Management, Body::Kind(..))) {
        headers.insert("Keybound-Inert".to_owned(), header("Keybound-Inert"));
    }
    if !headers.is_empty() {
        members.insert("headers".to_owned(), Value::Object(headers));
    }
    let links = if row.status == 201 { links::of(row) } else { Map::new() };
    if !links.is_empty() {
        members.insert("links".to_owned(), Value::Object(links));
    }
    told
}

fn content(told: &Told) -> Option<(&'static str, Value)> {
    let one = |kind: &Kind| components::reference(&components::told_name(kind));
    let schema = match *told {
        Told::Nothing => return None,
        Told::Page => return Some(("text/html", json!({ "type": "string" }))),
        Told::Media(media, shape) => return Some((media, schema::shape(shape, Use::Told))),
        Told::Shape(shape) => schema::shape(shape, Use::Told),
        Told::List(kind) => json!({ "type": "array", "items": one(kind) }),
        Told::Named(kind) => named(kind, one(kind), &[]),
        Told::Checkpoints(kind) => {
            let total = json!({ "type": "integer", "minimum": 0 });
            named(kind, one(kind), &[("next", json!({ "type": "string" })), ("total", total)])
        }
        Told::Counted(kind) => {
            let number = json!({ "type": "integer", "minimum": 0 });
            let numbers = ["total", "page", "per_page"].map(|name| (name, number.clone()));
            named(kind, one(kind), &numbers)
        }
        Told::Paged(kind) => paged(kind, one(kind)),
        Told::Part(kind) => one(kind),
        Told::Whole(kind) => {
            let mut whole = one(kind);
            if let Value::Object(members) = &mut whole {
                members.insert("required".to_owned(), components::always(kind).into());
            }
            whole
        }
    };
    Some(("application/json", schema))
}

/// An object with a list in it, and perhaps these.
fn named(kind: &Kind, one: Value, others: &[(&str, Value)]) -> Value {
    let many = kind.name.many;
    let mut properties = Map::new();
    properties.insert(many.to_owned(), json!({ "type": "array", "items": one }));
    properties.extend(others.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    json!({ "type": "object", "properties": properties, "required": [many], "additionalProperties": false })
}

/// A plain list; an object that says how many there are; one that says where the next page begins.
fn paged(kind: &Kind, one: Value) -> Value {
    let many = kind.name.many;
    let items = json!({ "type": "array", "items": one });
    let number = json!({ "type": "integer", "minimum": 0 });
    let mut counted = json!({
        "type": "object",
        "properties": { "start": number, "limit": number, "total": number, (many): items },
        "required": ["limit", "start", "total", many],
        "additionalProperties": false,
    });
    if let Some(Value::Object(properties)) = counted.get_mut("properties") {
        if matches!(kind.name.one, "user" | "log" | "client") {
            properties.insert("length".to_owned(), number);
        }
        if kind.name.one == "client" {
            properties.insert("next".to_owned(), json!({ "type": "string" }));
        }
    }
    json!({ "anyOf": [
        items,
        counted,
        {
            "type": "object",
            "properties": { (many): items, "next": { "type": "string" } },
            "required": [many],
            "additionalProperties": false,
        },
    ] })
}

/// The refusals of every dialect.
pub(super) fn refusals() -> Map<String, Value> {
    let mut refusals = Map::new();
    for row in super::operation::all() {
        for status in row.refusals() {
            let name = refusal_name(row.dialect, status);
            refusals.entry(name).or_insert_with(|| refusal(row.dialect, status));
        }
    }
    refusals
}

fn refusal(dialect: Dialect, status: u16) -> Value {
    let content = match dialect {
        Dialect::Page => json!({ "text/html": { "schema": { "type": "string" } } }),
        _ => json!({ "application/json": { "schema": components::reference(schema_name(dialect)) } }),
    };
    let mut headers = Map::new();
    let mut say = |name: &str| headers.insert(name.to_owned(), header(name));
    if status == 429 {
        for name in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
            say(name);
        }
    }
    if matches!(status, 429 | 503) {
        say("Retry-After");
    }
    if matches!((dialect, status), (Dialect::Management | Dialect::Resource | Dialect::OAuth, 401)) {
        say("WWW-Authenticate");
    }
    if matches!((dialect, status), (Dialect::Management | Dialect::Resource, 401) | (Dialect::OAuth, 400)) {
        say("DPoP-Nonce");
    }
    let mut told = json!({ "description": description(status), "content": content });
    if let (Value::Object(members), false) = (&mut told, headers.is_empty()) {
        members.insert("headers".to_owned(), Value::Object(headers));
    }
    told
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn refusal_name(dialect: Dialect, status: u16) -> String {
    format!("{}_{status}", schema_name(dialect))
}

/// What a dialect's refusals are called; those of resources look like OAuth's.
pub(super) const fn schema_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Authentication => "authentication_error",
        Dialect::Management => "management_error",
        Dialect::OAuth | Dialect::Resource => "oauth_error",
        Dialect::Page => "page",
    }
}

const fn description(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "Made.",
        202 => "Begun.",
        204 => "Done; there is nothing to tell.",
        302 | 303 => "Go on elsewhere.",
        400 => "The request makes no sense.",
        401 => "Anybody knows who asks.",
        403 => "Whoever asks may not, or asks for what is not done here.",
        404 => "There is no such thing.",
        408 => "The body did not come.",
        409 => "There is one already, or somebody else changed it meanwhile.",
        413 => "The body is too long.",
        415 => "The body is said to be something else than what is taken.",
        429 => "Too many requests.",
        503 => "Not now; try again later.",
        _ => "Something else.",
    }
}
