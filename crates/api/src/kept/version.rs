//! Versions of an action: what it was when it was deployed.

use serde_json::{Map, Value, json};

use super::action::{ACTIONS, MAKE, READ, TAG, VERSIONS, without_secrets};
use super::drawn::Form;
use super::resource::{CREATED_AT, Family, ID, Listing, Resource, UPDATED_AT};
use crate::field::{Field, Shape};
use crate::format::Format;
use crate::kind::{Kind, Name};
use crate::operation::{Method, Operation, SIZED, Told};

/// Versions of an action.
pub const ACTION_VERSIONS: Resource = Resource {
    family: Family::Of(&ACTIONS),
    listing: Listing::Counted,
    ..Resource::new(
        (&VERSION_KIND, VERSIONS, TAG),
        ("/api/v2/actions/actions/{id}/versions", "/api/v2/actions/actions/{id}/versions/{version}"),
        Form::Uuid,
    )
};

pub(super) const TABLE: &[Operation] = &[
    ACTION_VERSIONS.lists("List an action's versions", READ).query(&[SIZED]),
    ACTION_VERSIONS.reads("Read a version of an action", READ),
    ACTION_VERSIONS
        .row(
            (Method::Post, "/api/v2/actions/actions/{id}/versions/{version}/deploy"),
            "Make a new version of an old one",
            MAKE,
        )
        .tells(Told::Whole(&VERSION_KIND)),
];

/// A version of an action.
pub(super) const VERSION_KIND: Kind = Kind::new(
    Name { one: "version of an action", many: "versions", path: "actions/actions/versions" },
    "That action version does not exist.",
    &[],
    &[
        ID,
        Field::told("action_id", TEXT),
        Field::told("code", TEXT),
        Field::told("dependencies", ANY_LIST),
        Field::told("deployed", Shape::Flag),
        Field::told("runtime", TEXT),
        Field::told("secrets", ANY_LIST),
        Field::told("status", Shape::OneOf(&["built"])),
        Field::told("number", Shape::Number { least: 1, most: i64::MAX }),
        Field::told("supported_triggers", ANY_LIST),
        Field::maybe("modules", ANY_LIST),
        Field::told("action", Shape::Free { most: usize::MAX }),
        Field::told("built_at", Shape::formatted(Format::DateTime)),
        CREATED_AT,
        UPDATED_AT,
    ],
);

/// Makes a version of what an action says now, of that id and number; the action tells it as the deployed one.
pub fn deployed(action: &mut Map<String, Value>, (id, number): (&str, u64), at: &str) -> Value {
    let version = version(action, (id, number), at);
    action.insert("all_changes_deployed".to_owned(), json!(true));
    let mut told = version.clone();
    if let Value::Object(members) = &mut told {
        members.remove("action");
    }
    action.insert("deployed_version".to_owned(), told);
    action.insert("current_version".to_owned(), current(&version));
    version
}

/// The same version as Auth0's older clients know it.
fn current(version: &Value) -> Value {
    let names = ["id", "code", "runtime", "number", "created_at", "updated_at"];
    let copied = names.into_iter().filter_map(|name| Some((name.to_owned(), version.get(name)?.clone())));
    let mut current: Map<String, Value> = copied.collect();
    current.insert("status".to_owned(), json!("BUILT"));
    current.insert("build_time".to_owned(), version.get("built_at").cloned().unwrap_or_default());
    Value::Object(current)
}

fn version(action: &Map<String, Value>, (id, number): (&str, u64), at: &str) -> Value {
    let mut version = Map::new();
    for name in COPIED {
        if let Some(value) = action.get(*name) {
            version.insert((*name).to_owned(), value.clone());
        }
    }
    without_secrets(&mut version);
    let mut whose = Map::new();
    for name in ["id", "name", "supported_triggers", "created_at", "updated_at"] {
        whose.insert(name.to_owned(), action.get(name).cloned().unwrap_or_default());
    }
    whose.insert("all_changes_deployed".to_owned(), json!(false));
    for (name, value) in [
        ("id", json!(id)),
        ("action_id", action.get("id").cloned().unwrap_or_default()),
        ("number", number.into()),
        ("deployed", json!(true)),
        ("status", json!("built")),
        ("built_at", json!(at)),
        ("created_at", json!(at)),
        ("updated_at", json!(at)),
        ("action", Value::Object(whose)),
    ] {
        version.insert(name.to_owned(), value);
    }
    Value::Object(version)
}

/// Lets an action say again what one of its versions does.
pub fn restore(action: &mut Map<String, Value>, version: &Map<String, Value>) {
    for name in COPIED.iter().filter(|name| **name != "secrets") {
        if let Some(value) = version.get(*name) {
            action.insert((*name).to_owned(), value.clone());
        }
    }
}

const TEXT: Shape = Shape::text(usize::MAX);
const ANY_LIST: Shape = Shape::List { of: &Shape::Any, most: usize::MAX };
const COPIED: &[&str] = &["code", "dependencies", "runtime", "secrets", "supported_triggers", "modules"];
