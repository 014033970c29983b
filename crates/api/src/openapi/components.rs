//! What operations share.

use serde_json::{Map, Value, json};

use super::{Body, Dialect, Field, Operation, Shape, Use, Verb, kinds, operation, responses, schema};
use crate::kind::Kind;

/// All of it.
pub(super) fn all(base: &str) -> Value {
    json!({
        "schemas": schemas(),
        "responses": responses::refusals(),
        "headers": headers(),
        "parameters": { "DPoP": {
            "name": "DPoP",
            "in": "header",
            "description": "A proof of possession (RFC 9449), where the token is bound or is to be bound.",
            "schema": { "type": "string" },
        } },
        "securitySchemes": {
            "basic": { "type": "http", "scheme": "basic", "description": "The client's id and secret." },
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            "dpop": { "type": "http", "scheme": "DPoP", "description": "RFC 9449 §7.1: with a proof." },
            "management": {
                "type": "oauth2",
                "description": "A token for the audience of the Management API, as Bearer or as DPoP with a proof.",
                "flows": { "clientCredentials": {
                    "tokenUrl": format!("{base}/oauth/token"),
                    "scopes": scopes(),
                } },
            },
        },
    })
}

/// A schema, by its name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What a kind is called where it is told.
pub(super) fn told_name(kind: &Kind) -> String {
    kind.name.one.replace(' ', "_")
}

/// What a kind is called where it is written.
pub(super) fn written_name(kind: &Kind, verb: Verb) -> String {
    let verb = match verb {
        Verb::Create => "new",
        Verb::Update => "changed",
    };
    format!("{verb}_{}", told_name(kind))
}

/// What the parameters are called that an operation takes as a form.
pub(super) fn form_name(row: &Operation) -> String {
    format!("{}_form", super::id(row))
}

/// Members that are told of every one of a kind.
pub(super) fn always(kind: &Kind) -> Vec<&'static str> {
    let mut names: Vec<&str> =
        kind.answer().iter().filter(|field| field.demanded(Verb::Update)).map(|field| field.name).collect();
    names.sort_unstable();
    names
}

fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    for kind in kinds() {
        for verb in [Verb::Create, Verb::Update] {
            let schema = schema::object(kind.fields, Use::Written(verb));
            if operation::all().any(|row| takes(row, kind, verb)) {
                schemas.insert(written_name(kind, verb), schema);
            }
        }
        if !operation::all().any(|row| responses::kind(&row.told).is_some_and(|told| told.name == kind.name))
        {
            continue;
        }
        // Which members are there depends on who asks for which: those that always are, operations name themselves.
        let mut told = schema::object(&kind.answer(), Use::Told);
        if let Value::Object(members) = &mut told {
            members.remove("required");
        }
        schemas.insert(told_name(kind), told);
    }
    for row in operation::all() {
        if let Body::Form(alternatives) = row.body {
            schemas.insert(form_name(row), form(alternatives));
        }
    }
    for dialect in [Dialect::Authentication, Dialect::Management, Dialect::OAuth] {
        let schema = schema::shape(refusal(dialect), Use::Told);
        schemas.insert(responses::schema_name(dialect).to_owned(), schema);
    }
    schemas
}

fn form(alternatives: &[&[&[Field]]]) -> Value {
    let mut schemas: Vec<Value> = alternatives.iter().map(|tables| schema::parameters(tables)).collect();
    match schemas.pop() {
        Some(only) if schemas.is_empty() => only,
        last => {
            schemas.extend(last);
            json!({ "anyOf": schemas })
        }
    }
}

fn takes(row: &Operation, kind: &Kind, verb: Verb) -> bool {
    matches!(row.body, Body::Kind(taken, at) | Body::Maybe(taken, at) if taken.name == kind.name && at == verb)
}

/// How a dialect says no; OAuth's is that of resources too.
const fn refusal(dialect: Dialect) -> Shape {
    match dialect {
        Dialect::Authentication => Shape::Open(AUTHENTICATION),
        Dialect::Management => Shape::Object(MANAGEMENT),
        Dialect::OAuth | Dialect::Page | Dialect::Resource => Shape::Object(OAUTH),
    }
}

const TEXT: Shape = Shape::text(usize::MAX);
const STATUS: Shape = Shape::Number { least: 400, most: 599 };

const MANAGEMENT: &[Field] = &[
    Field::told("statusCode", STATUS),
    Field::told("error", TEXT),
    Field::told("message", TEXT),
    Field::maybe("errorCode", TEXT),
    Field::maybe("attributes", Shape::Object(&[Field::told("error", TEXT)])),
];

const OAUTH: &[Field] = &[
    Field::told("error", TEXT),
    Field::told("error_description", TEXT),
    Field::maybe("error_uri", TEXT),
    Field::maybe("mfa_token", TEXT),
    Field::maybe("mfa_requirements", Shape::Free { most: usize::MAX }),
    Field::maybe("refresh_token", TEXT),
];

const AUTHENTICATION: &[Field] =
    &[Field::told("name", TEXT), Field::told("code", TEXT), Field::told("statusCode", STATUS)];

fn headers() -> Value {
    let number = json!({ "type": "integer", "minimum": 0 });
    json!({
        "Retry-After": { "description": "In how many seconds to ask again.", "schema": number },
        "X-RateLimit-Limit": { "description": "How many at once.", "schema": number },
        "X-RateLimit-Remaining": { "description": "How many are left.", "schema": number },
        "X-RateLimit-Reset": {
            "description": "When there is one more, in seconds since 1970.",
            "schema": number,
        },
        "DPoP-Nonce": { "description": "For the next proof (RFC 9449 §8.2).", "schema": { "type": "string" } },
        "WWW-Authenticate": {
            "description": "In which schemes to ask, and what was wrong (RFC 9110 §11.6.1).",
            "schema": { "type": "string" },
        },
        "Keybound-Inert": {
            "description": "Settings in the body that were kept and are without effect here.",
            "schema": { "type": "string" },
        },
        "Location": { "description": "Where to go.", "schema": { "type": "string" } },
    })
}

fn scopes() -> Map<String, Value> {
    let mut names: Vec<&str> =
        operation::all().flat_map(|row| row.guard.scopes().iter().chain(row.own)).copied().collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (name.to_owned(), name.replace([':', '_'], " ").into())).collect()
}
