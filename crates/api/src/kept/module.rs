//! Modules: code that several actions share, and its versions. It is kept, and runs nowhere.

use serde_json::{Map, Value, json};

use super::action::{CODE, MAKE, READ, SECRET_TOLD, TAG, sealed_at, without_secrets};
use super::drawn::Form;
use super::resource::{Absence, CREATED_AT, Family, ID, Listing, New, Resource, UPDATED_AT, dated, defaults};
use crate::field::{Field, Shape, Write};
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Body, Method, Operation, SIZED, Told};

const KIND: Kind = Kind {
    untold: &["publish", "api_version"],
    ..Kind::new(
        Name { one: "module", many: "modules", path: "actions/modules" },
        "That module does not exist.",
        FIELDS,
        TOLD,
    )
};

const VERSION_KIND: Kind = Kind::new(
    Name { one: "version of a module", many: "versions", path: "actions/modules/versions" },
    "That module version does not exist.",
    &[],
    &[
        ID,
        Field::told("module_id", Shape::some_text(250)),
        Field::told("version_number", NUMBER),
        Field::told("code", CODE),
        Field::told("dependencies", DEPENDENCIES),
        Field::told("secrets", SECRETS_TOLD),
        CREATED_AT,
    ],
);

/// Modules.
pub const MODULES: Resource = Resource {
    family: Family::Owners(&[VERSIONS]),
    unique: "name",
    taken: "A module with this name already exists.",
    secrets: &["secrets"],
    listing: Listing::Counted,
    absence: Absence::Told,
    make: complete,
    change: redrafted,
    beside: Some(first_version),
    tell: without_secrets,
    ..Resource::new(
        (&KIND, "modules", TAG),
        ("/api/v2/actions/modules", "/api/v2/actions/modules/{id}"),
        Form::Uuid,
    )
};

/// Versions of a module.
pub const MODULE_VERSIONS: Resource = Resource {
    family: Family::Of(&MODULES),
    listing: Listing::Counted,
    ..Resource::new(
        (&VERSION_KIND, VERSIONS, TAG),
        ("/api/v2/actions/modules/{id}/versions", "/api/v2/actions/modules/{id}/versions/{version}"),
        Form::Uuid,
    )
};

/// To which version a module goes back.
pub const BACK: Shape =
    Shape::Object(&[Field::kept("module_version_id", Shape::some_text(250)).when(Write::Within)]);

/// An action that has a module in it.
pub const USER: Kind = Kind::new(
    Name { one: "action with a module", many: "actions", path: "actions/modules/actions" },
    "That action does not exist.",
    &[],
    &[
        Field::told("action_id", Shape::some_text(250)),
        Field::told("action_name", Shape::some_text(255)),
        Field::told("supported_triggers", Shape::List { of: &Shape::Any, most: usize::MAX }),
        Field::maybe("module_version_id", Shape::text(2_000)),
        Field::maybe("module_version_number", NUMBER),
    ],
);

pub(super) const TABLE: &[Operation] = &[
    MODULES.lists("List modules", READ).query(&[SIZED]),
    MODULES.makes("Make a module", MAKE),
    MODULES.reads("Read a module", READ),
    MODULES.changes("Change a module", UPDATE),
    MODULES.deletes("Delete a module", &["delete:actions"]),
    MODULES
        .row(
            (Method::Get, "/api/v2/actions/modules/{id}/actions"),
            "List the actions that have a module",
            READ,
        )
        .query(&[SIZED])
        .tells(Told::Counted(&USER)),
    MODULE_VERSIONS.lists("List a module's versions", READ).query(&[SIZED]),
    MODULE_VERSIONS.reads("Read a version of a module", READ),
    MODULES
        .row((Method::Post, "/api/v2/actions/modules/{id}/versions"), "Make a version of a module", UPDATE)
        .tells(Told::Whole(&VERSION_KIND)),
    MODULES
        .row(
            (Method::Post, "/api/v2/actions/modules/{id}/rollback"),
            "Go back to a version of a module",
            UPDATE,
        )
        .takes(Body::Shape(BACK))
        .tells(Told::Whole(&KIND)),
];

/// Makes a version of what a module says now, of that id.
pub fn published(module: &mut Map<String, Value>, id: &str, at: &str) -> Value {
    let number = module.get("latest_version_number").and_then(Value::as_u64).unwrap_or_default() + 1;
    let mut secrets = module.clone();
    without_secrets(&mut secrets);
    let version = json!({
        "id": id,
        "module_id": module.get("id"),
        "version_number": number,
        "code": module.get("code"),
        "dependencies": module.get("dependencies"),
        "secrets": secrets.get("secrets"),
        "created_at": at,
    });
    let mut latest = version.clone();
    if let Value::Object(latest) = &mut latest {
        latest.remove("module_id");
    }
    for (name, value) in [
        ("latest_version_number", number.into()),
        ("all_changes_published", json!(true)),
        ("latest_version", latest),
    ] {
        module.insert(name.to_owned(), value);
    }
    version
}

/// Lets a module say again what one of its versions does.
pub fn restore(module: &mut Map<String, Value>, version: &Value, at: &str) {
    for name in ["code", "dependencies"] {
        module.insert(name.to_owned(), version[name].clone());
    }
    module.insert("all_changes_published".to_owned(), json!(false));
    module.insert("updated_at".to_owned(), at.into());
}

const VERSIONS: &str = "module_versions";
const UPDATE: &[&str] = &["update:actions"];
const NUMBER: Shape = Shape::Number { least: 0, most: i64::MAX };
const DEPENDENCIES: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::kept("name", Shape::some_text(255)).when(Write::Within),
        Field::kept("version", Shape::some_text(50)).when(Write::Within),
    ]),
    most: 100,
};
const SECRETS: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::kept("name", Shape::some_text(255)).when(Write::Within),
        Field::kept("value", Shape::text(4_096)),
    ]),
    most: 100,
};
const SECRETS_TOLD: Shape = Shape::List { of: &SECRET_TOLD, most: usize::MAX };

const FIELDS: &[Field] = &[
    Field::shown("name", Shape::some_text(255)).when(Write::Demanded),
    Field::kept("code", CODE).when(Write::Demanded),
    Field::kept("code", CODE).when(Write::Update),
    Field::kept("secrets", SECRETS),
    Field::shown("dependencies", DEPENDENCIES),
    Field::shown("api_version", Shape::text(20)).when(Write::Create),
    Field::kept("publish", Shape::Flag).when(Write::Create),
];

const TOLD: &[Field] = &[
    ID,
    Field::told("name", Shape::some_text(255)),
    Field::told("code", CODE),
    Field::told("dependencies", DEPENDENCIES),
    Field::told("secrets", SECRETS_TOLD),
    Field::told("actions_using_module_total", NUMBER),
    Field::told("all_changes_published", Shape::Flag),
    Field::told("latest_version_number", NUMBER),
    Field::maybe("latest_version", Shape::Free { most: usize::MAX }),
    CREATED_AT,
    UPDATED_AT,
];

fn complete(module: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(
        module,
        [
            ("dependencies", json!([])),
            ("secrets", json!([])),
            ("actions_using_module_total", json!(0)),
            ("all_changes_published", json!(false)),
            ("latest_version_number", json!(0)),
        ],
    );
    module.remove("api_version");
    sealed_at(module, None, new.at);
    dated(module, new)
}

fn redrafted(
    module: &mut Map<String, Value>,
    before: &Map<String, Value>,
    new: &New<'_>,
) -> Result<(), Invalid> {
    module.insert("all_changes_published".to_owned(), json!(false));
    sealed_at(module, before.get("secrets"), new.at);
    dated(module, new)
}

/// A module that is made to be published has a version from the first.
fn first_version(module: &mut Map<String, Value>, new: &New<'_>) -> Option<(&'static str, Value)> {
    let wanted = module.remove("publish") == Some(json!(true));
    wanted.then(|| (VERSIONS, published(module, new.second, new.at)))
}
