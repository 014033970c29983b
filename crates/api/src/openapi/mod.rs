//! The OpenAPI document (3.1) of the server, written from the rows of its operations.

mod components;
mod links;
mod responses;

use serde_json::{Map, Value, json};

use crate::field::{Field, Shape, Verb};
use crate::kind::Kind;
use crate::operation::{self, Body, Dialect, Guard, Operation};
use crate::schema::{self, Use};

/// The document of a server: `issuer` is its address, with or without a slash at its end.
pub fn document(issuer: &str) -> Value {
    let base = issuer.trim_end_matches('/');
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<&str> = Vec::new();
    for row in operation::all() {
        if !tags.contains(&row.tag) {
            tags.push(row.tag);
        }
        let path = paths.entry(row.path).or_insert_with(|| at(row));
        if let Value::Object(methods) = path {
            methods.insert(row.method.as_str().to_ascii_lowercase(), operation(row));
        }
    }
    let tags: Vec<Value> = tags.into_iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keybound",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The Authentication API and the Management API of a tenant.",
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": base }],
        "tags": tags,
        "paths": paths,
        "components": components::all(base),
    })
}

/// What all methods of a path have in common.
fn at(row: &Operation) -> Value {
    let name = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } });
    let names: Vec<Value> = row.names().map(name).collect();
    if names.is_empty() { json!({}) } else { json!({ "parameters": names }) }
}

fn operation(row: &Operation) -> Value {
    let mut told = json!({
        "operationId": id(row),
        "summary": row.summary,
        "tags": [row.tag],
        "responses": responses::of(row),
    });
    let Value::Object(members) = &mut told else { return told };
    let mut say = |name: &str, value: Value| members.insert(name.to_owned(), value);
    say("security", security(row));
    let mut parameters: Vec<Value> = row.query.iter().copied().flatten().map(parameter).collect();
    if !matches!(row.guard, Guard::Anybody) {
        parameters.push(json!({ "$ref": "#/components/parameters/DPoP" }));
    }
    if !parameters.is_empty() {
        say("parameters", parameters.into());
    }
    if let Some(body) = body(row) {
        say("requestBody", body);
    }
    let needs = match row.guard {
        Guard::Any([scope]) => format!("Needs the scope `{scope}`."),
        Guard::Any(scopes) => format!("Needs any of the scopes {}.", list(scopes)),
        Guard::All(scopes) => format!("Needs all of the scopes {}.", list(scopes)),
        Guard::Client | Guard::Anybody | Guard::Token => return told,
    };
    let own = match row.own {
        [] => String::new(),
        scopes => format!(" A person needs {} for what is theirs.", list(scopes)),
    };
    say("description", (needs + &own).into());
    told
}

fn list(scopes: &[&str]) -> String {
    scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ")
}

/// The method and what stands in the path: `get_clients_by_id`.
fn id(row: &Operation) -> String {
    let mut id = row.method.as_str().to_ascii_lowercase();
    for step in row.path.split('/').filter(|step| !step.is_empty() && !matches!(*step, "api" | "v2")) {
        let named = step.strip_prefix('{').and_then(|step| step.strip_suffix('}'));
        id.push_str(if named.is_some() { "_by_" } else { "_" });
        id.extend(named.unwrap_or(step).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
    }
    if row.path.starts_with("/v2/") {
        id.push_str("_v2");
    }
    id
}

fn security(row: &Operation) -> Value {
    match row.guard {
        Guard::Anybody => json!([]),
        Guard::Client => json!([{ "basic": [] }, {}]),
        Guard::Token => json!([{ "bearer": [] }, { "dpop": [] }]),
        Guard::Any(scopes) => {
            scopes.iter().chain(row.own).map(|scope| json!({ "management": [scope] })).collect()
        }
        Guard::All(scopes) => json!([{ "management": scopes }]),
    }
}

fn parameter(field: &Field) -> Value {
    let mut told = json!({
        "name": field.name,
        "in": "query",
        "schema": schema::member(field, Use::Written(Verb::Create)),
    });
    if let (Value::Object(members), true) = (&mut told, field.demanded(Verb::Create)) {
        members.insert("required".to_owned(), true.into());
    }
    told
}

fn body(row: &Operation) -> Option<Value> {
    let schema = match row.body {
        Body::None => return None,
        Body::Multipart(shape) => {
            let schema = schema::shape(shape, Use::Written(Verb::Create));
            return Some(
                json!({ "required": true, "content": { "multipart/form-data": { "schema": schema } } }),
            );
        }
        Body::Form(_) => components::reference(&components::form_name(row)),
        Body::Kind(kind, verb) => components::reference(&components::written_name(kind, verb)),
        // A `null` says as much as no body.
        Body::Maybe(kind, verb) => {
            let kind = components::reference(&components::written_name(kind, verb));
            json!({ "anyOf": [kind, { "type": "null" }] })
        }
        Body::Shape(shape) => schema::shape(shape, Use::Written(Verb::Create)),
    };
    let mut content = json!({ "application/json": { "schema": schema } });
    if let (Value::Object(content), Body::Form(_)) = (&mut content, row.body) {
        content.insert("application/x-www-form-urlencoded".to_owned(), json!({ "schema": schema }));
    }
    let demands =
        |tables: &&[&[Field]]| tables.iter().copied().flatten().any(|field| field.demanded(Verb::Create));
    let required = match row.body {
        Body::Form(alternatives) => alternatives.iter().all(demands),
        Body::Maybe(..) | Body::None => false,
        Body::Kind(..) | Body::Multipart(_) | Body::Shape(_) => true,
    };
    Some(json!({ "required": required, "content": content }))
}

/// The kinds that rows take or tell.
fn kinds() -> Vec<&'static Kind> {
    let mut kinds: Vec<&Kind> = Vec::new();
    let mut add = |kind: &'static Kind| {
        if !kinds.iter().any(|known| known.name == kind.name) {
            kinds.push(kind);
        }
    };
    for row in operation::all() {
        if let Body::Kind(kind, _) | Body::Maybe(kind, _) = row.body {
            add(kind);
        }
        if let Some(kind) = responses::kind(&row.told) {
            add(kind);
        }
    }
    kinds
}

const ABOUT: &str = "Written from the tables by which the server itself reads requests and writes answers. Error texts \
    and shapes are Auth0's where Auth0 has them. Every answer may carry `x-ratelimit-limit`, `x-ratelimit-remaining` \
    and `x-ratelimit-reset`.";
