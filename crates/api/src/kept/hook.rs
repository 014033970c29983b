//! Hooks: code for certain moments, as it was before actions. It is kept, and runs nowhere.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Absence, Family, ID, Listing, New, Resource, defaults};
use crate::field::{Field, Shape, Write};
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};
use crate::operation::{Body, Method, Operation, PAGES, SELECTION, Told};

const KIND: Kind = Kind {
    absent_code: "HookDoesNotExist",
    ..Kind::new(
        Name { one: "hook", many: "hooks", path: "hooks" },
        "Error: Hook does not exist",
        FIELDS,
        &[ID, Field::told("enabled", Shape::Flag), Field::told("dependencies", DEPENDENCIES)],
    )
};

/// Hooks.
pub const HOOKS: Resource = Resource {
    unique: "name",
    taken: "A hook with this name already exists.",
    listing: Listing::Paged,
    absence: Absence::Told,
    family: Family::Owners(&[SECRETS]),
    make: complete,
    ..Resource::new((&KIND, "hooks", TAG), ("/api/v2/hooks", ONE), Form::Letters("", 26))
};

/// Where the secrets of a hook stand: one document whose id is this.
pub const SECRETS: &str = "hook_secrets";

/// What a secret reads as.
pub const HIDDEN: &str = "_VALUE_NOT_SHOWN_";

/// Secrets of a hook as they are written: texts by their names.
pub const SECRET_TEXTS: Shape = Shape::Map { of: &Shape::text(4_096), most: 20 };

/// Reads secrets of a hook: at least one.
///
/// # Errors
/// What is wrong with them, in Auth0's words.
pub fn secrets(body: &[u8]) -> Result<Map<String, Value>, Invalid> {
    let written = match crate::read(SECRET_TEXTS, body)? {
        Value::Object(written) => written,
        _ => Map::new(),
    };
    if written.is_empty() {
        return Err(Invalid::body(
            "",
            Fault::Other("'Too few properties defined (0), minimum 1'.".to_owned()),
        ));
    }
    Ok(written)
}

/// Which secrets of a hook are taken from it.
pub const SECRET_NAMES: Shape = Shape::List { of: &Shape::some_text(250), most: 20 };

pub(super) const TABLE: &[Operation] = &[
    HOOKS.lists("List hooks", &["read:hooks"]).query(&[PAGES, SELECTION, FILTERS]),
    HOOKS.makes("Make a hook", &["create:hooks"]),
    HOOKS.reads("Read a hook", &["read:hooks"]).query(&[FIELDS_ONLY]),
    HOOKS.changes("Change a hook", &["update:hooks"]),
    HOOKS.deletes("Delete a hook", &["delete:hooks"]),
    HOOKS
        .row((Method::Get, "/api/v2/hooks/{id}/secrets"), "List a hook's secrets by name", &["read:hooks"])
        .tells(Told::Shape(SECRET_TEXTS)),
    HOOKS
        .row((Method::Post, "/api/v2/hooks/{id}/secrets"), "Give a hook secrets", &["update:hooks"])
        .takes(Body::Shape(SECRET_TEXTS))
        .with(201, Told::Shape(Shape::Object(&[]))),
    HOOKS
        .row((Method::Patch, "/api/v2/hooks/{id}/secrets"), "Change a hook's secrets", &["update:hooks"])
        .takes(Body::Shape(SECRET_TEXTS))
        .with(201, Told::Shape(Shape::Object(&[]))),
    HOOKS
        .row((Method::Delete, "/api/v2/hooks/{id}/secrets"), "Take secrets from a hook", &["delete:hooks"])
        .takes(Body::Shape(SECRET_NAMES)),
];

const TAG: &str = "Hooks";
const ONE: &str = "/api/v2/hooks/{id}";
const DEPENDENCIES: Shape = Shape::Map { of: &Shape::text(250), most: 100 };
const CODE: Shape = Shape::some_text(100_000);
const TRIGGERS: Shape = Shape::OneOf(&[
    "credentials-exchange",
    "pre-user-registration",
    "post-user-registration",
    "post-change-password",
    "send-phone-message",
]);

const FIELDS: &[Field] = &[
    Field::shown("name", Shape::some_text(250)).when(Write::Demanded),
    Field::shown("name", Shape::some_text(250)).when(Write::Update),
    Field::kept("script", CODE).when(Write::Demanded),
    Field::kept("script", CODE).when(Write::Update),
    Field::kept("enabled", Shape::Flag),
    Field::shown("dependencies", DEPENDENCIES),
    Field::shown("triggerId", TRIGGERS).when(Write::Demanded),
];

const FIELDS_ONLY: &[Field] = &[Field::maybe("fields", Shape::text(usize::MAX))];

const FILTERS: &[Field] = &[Field::maybe("enabled", Shape::Flag), Field::maybe("triggerId", TRIGGERS)];

fn complete(hook: &mut Map<String, Value>, _: &New<'_>) -> Result<(), Invalid> {
    defaults(hook, [("dependencies", json!({})), ("enabled", json!(false))]);
    Ok(())
}
