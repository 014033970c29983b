//! Actions: code for the moments of a login. Code, versions and bindings are kept; nothing runs.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Absence, CREATED_AT, Family, ID, Listing, New, Resource, UPDATED_AT, dated, defaults};
use super::version::{VERSION_KIND, deployed};
use crate::field::{Field, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Body, Method, Operation, SIZED, Told};

const KIND: Kind = Kind {
    untold: &["deploy"],
    ..Kind::new(
        Name { one: "action", many: "actions", path: "actions/actions" },
        "That action does not exist.",
        FIELDS,
        TOLD,
    )
};

/// Actions.
pub const ACTIONS: Resource = Resource {
    family: Family::Owners(&[VERSIONS]),
    unique: "name",
    taken: "An action with this name already exists.",
    secrets: &["secrets"],
    listing: Listing::Counted,
    absence: Absence::Told,
    make: complete,
    change: redrafted,
    beside: Some(first_version),
    tell: without_secrets,
    passes: wanted,
    ..Resource::new(
        (&KIND, "actions", TAG),
        ("/api/v2/actions/actions", "/api/v2/actions/actions/{id}"),
        Form::Uuid,
    )
};

/// Where the versions of an action stand.
pub const VERSIONS: &str = "action_versions";

/// Where it stands which actions a trigger has: one document each.
pub const BINDINGS: &str = "action_bindings";

/// Which actions a trigger is to have.
pub const BOUND: Kind = Kind {
    untold: &["bindings"],
    ..Kind::new(
        Name { one: "binding", many: "bindings", path: "actions/triggers/bindings" },
        "That trigger does not exist.",
        &[Field::kept("bindings", Shape::List { of: &Shape::Object(BINDING), most: 50 })],
        &[
            ID,
            Field::told("trigger_id", TRIGGER),
            Field::told("display_name", TEXT),
            Field::told("action", Shape::Free { most: usize::MAX }),
            CREATED_AT,
            UPDATED_AT,
        ],
    )
};

pub(super) const TABLE: &[Operation] = &[
    ACTIONS.lists("List actions", READ).query(&[SIZED, FILTERS]),
    ACTIONS.makes("Make an action", MAKE),
    ACTIONS.reads("Read an action", READ),
    ACTIONS.changes("Change an action", &["update:actions"]),
    ACTIONS.deletes("Delete an action", &["delete:actions"]).query(&[FORCE]),
    ACTIONS
        .row((Method::Post, "/api/v2/actions/actions/{id}/deploy"), "Make a version of an action", MAKE)
        .tells(Told::Whole(&VERSION_KIND)),
    ACTIONS
        .row((Method::Post, "/api/v2/actions/actions/{id}/test"), "Try an action: not done here", MAKE)
        .takes(Body::Shape(Shape::Object(&[
            Field::kept("payload", Shape::Free { most: 1_000 }).when(Write::Within)
        ]))),
    ACTIONS
        .row((Method::Get, "/api/v2/actions/executions/{id}"), "Read what an action did: none runs", READ)
        .tells(Told::Shape(Shape::Object(&[]))),
    ACTIONS.row((Method::Get, "/api/v2/actions/triggers"), "List what actions can be bound to", READ).tells(
        Told::Shape(Shape::Object(&[Field::told(
            "triggers",
            Shape::List { of: &Shape::Object(SUPPORTED), most: usize::MAX },
        )])),
    ),
    ACTIONS
        .row((Method::Get, "/api/v2/actions/triggers/{id}/bindings"), "List a trigger's actions", READ)
        .query(&[SIZED])
        .tells(Told::Counted(&BOUND)),
    ACTIONS
        .row(
            (Method::Patch, "/api/v2/actions/triggers/{id}/bindings"),
            "Say which actions a trigger has",
            &["update:actions"],
        )
        .takes(Body::Kind(&BOUND, Verb::Update))
        .tells(Told::Named(&BOUND)),
];

/// What actions can be bound to, as tools are told.
pub fn triggers() -> Value {
    let one = |(id, version): &(&str, &str)| {
        json!({
            "id": id, "version": version, "status": "CURRENT", "runtimes": ["node18", "node22"],
            "default_runtime": "node22", "compatible_triggers": [],
            "binding_policy": if *id == "event-stream" { "entity-bound" } else { "trigger-bound" },
        })
    };
    json!({ "triggers": CURRENT.iter().map(one).collect::<Vec<_>>() })
}

/// Whether there is such a trigger.
pub fn is_trigger(id: &str) -> bool {
    TRIGGER_NAMES.contains(&id)
}

pub(super) const TAG: &str = "Actions";
pub(super) const READ: &[&str] = &["read:actions"];
pub(super) const MAKE: &[&str] = &["create:actions"];
const TEXT: Shape = Shape::text(2_000);
pub(super) const CODE: Shape = Shape::text(100_000);

const TRIGGER_NAMES: &[&str] = &[
    "post-login",
    "credentials-exchange",
    "pre-user-registration",
    "post-user-registration",
    "post-change-password",
    "send-phone-message",
    "custom-phone-provider",
    "custom-email-provider",
    "password-reset-post-challenge",
    "custom-token-exchange",
    "event-stream",
    "password-hash-migration",
    "login-post-identifier",
    "signup-post-identifier",
];

const CURRENT: &[(&str, &str)] = &[
    ("post-login", "v3"),
    ("credentials-exchange", "v2"),
    ("pre-user-registration", "v2"),
    ("post-user-registration", "v2"),
    ("post-change-password", "v2"),
    ("send-phone-message", "v2"),
    ("custom-phone-provider", "v1"),
    ("custom-email-provider", "v1"),
    ("password-reset-post-challenge", "v1"),
    ("custom-token-exchange", "v1"),
    ("event-stream", "v1"),
    ("password-hash-migration", "v1"),
    ("login-post-identifier", "v1"),
    ("signup-post-identifier", "v1"),
];

const TRIGGER: Shape = Shape::OneOf(TRIGGER_NAMES);

const SUPPORTED: &[Field] = &[
    Field::kept("id", TRIGGER).when(Write::Within),
    Field::kept("version", TEXT),
    Field::kept("status", TEXT),
    Field::kept("runtimes", Shape::List { of: &TEXT, most: 50 }),
    Field::kept("default_runtime", TEXT),
    Field::kept("compatible_triggers", Shape::List { of: &Shape::Object(COMPATIBLE), most: 50 }),
    Field::kept("binding_policy", Shape::OneOf(&["trigger-bound", "entity-bound"])),
];
const COMPATIBLE: &[Field] =
    &[Field::kept("id", TRIGGER).when(Write::Within), Field::kept("version", TEXT).when(Write::Within)];
const TRIGGERS: Shape = Shape::List { of: &Shape::Object(SUPPORTED), most: 50 };

pub(super) const DEPENDENCY: &[Field] = &[
    Field::kept("name", Shape::text(255)),
    Field::kept("version", Shape::text(255)),
    Field::kept("registry_url", TEXT),
];

/// A secret as it is written.
pub(super) const SECRET: &[Field] =
    &[Field::kept("name", Shape::text(255)).when(Write::Within), Field::kept("value", Shape::text(4_096))];

/// A secret as it is told.
pub(super) const SECRET_TOLD: Shape = Shape::Object(&[
    Field::told("name", Shape::text(255)),
    Field::told("updated_at", Shape::formatted(Format::DateTime)),
]);

const MODULE: &[Field] = &[
    Field::kept("module_id", TEXT),
    Field::kept("module_name", TEXT),
    Field::kept("module_version_id", TEXT),
    Field::kept("module_version_number", Shape::Number { least: 0, most: i64::MAX }),
];

const FIELDS: &[Field] = &[
    Field::shown("name", Shape::some_text(255)).when(Write::Demanded),
    Field::shown("name", Shape::some_text(255)).when(Write::Update),
    Field::shown("supported_triggers", TRIGGERS).when(Write::Demanded),
    Field::shown("supported_triggers", TRIGGERS).when(Write::Update),
    Field::kept("code", CODE),
    Field::shown("dependencies", Shape::List { of: &Shape::Object(DEPENDENCY), most: 100 }),
    Field::shown("runtime", TEXT),
    Field::kept("secrets", Shape::List { of: &Shape::Open(SECRET), most: 100 }),
    Field::kept("modules", Shape::List { of: &Shape::Object(MODULE), most: 100 }),
    Field::kept("deploy", Shape::Flag).when(Write::Create),
];

const TOLD: &[Field] = &[
    ID,
    Field::told("secrets", Shape::List { of: &SECRET_TOLD, most: usize::MAX }),
    Field::told("status", Shape::OneOf(&["built"])),
    Field::told("all_changes_deployed", Shape::Flag),
    Field::maybe("deployed_version", Shape::Free { most: usize::MAX }),
    Field::maybe("current_version", Shape::Free { most: usize::MAX }),
    CREATED_AT,
    UPDATED_AT,
];

const BINDING: &[Field] = &[
    Field::kept("ref", Shape::Object(REFERENCE)).when(Write::Within),
    Field::kept("display_name", TEXT),
    Field::kept("secrets", Shape::List { of: &Shape::Open(SECRET), most: 100 }),
];
const REFERENCE: &[Field] = &[
    Field::kept("type", Shape::OneOf(&["binding_id", "action_id", "action_name"])),
    Field::kept("value", TEXT).when(Write::Within),
];

const FILTERS: &[Field] = &[
    Field::maybe("triggerId", TRIGGER),
    Field::maybe("actionName", Shape::text(usize::MAX)),
    Field::maybe("deployed", Shape::Flag),
    Field::maybe("installed", Shape::Flag),
];
const FORCE: &[Field] = &[Field::maybe("force", Shape::Flag)];

fn complete(action: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(
        action,
        [
            ("code", json!("")),
            ("dependencies", json!([])),
            ("runtime", json!("node22")),
            ("secrets", json!([])),
            ("status", json!("built")),
            ("all_changes_deployed", json!(false)),
        ],
    );
    sealed_at(action, None, new.at);
    dated(action, new)
}

fn redrafted(
    action: &mut Map<String, Value>,
    before: &Map<String, Value>,
    new: &New<'_>,
) -> Result<(), Invalid> {
    action.insert("all_changes_deployed".to_owned(), json!(false));
    sealed_at(action, before.get("secrets"), new.at);
    dated(action, new)
}

/// Says of each secret when it was written; one that comes without its value keeps what it had.
pub(super) fn sealed_at(document: &mut Map<String, Value>, before: Option<&Value>, at: &str) {
    let before = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let Some(Value::Array(secrets)) = document.get_mut("secrets") else { return };
    for secret in secrets.iter_mut() {
        let known = before.iter().find(|known| known["name"] == secret["name"]);
        match known {
            Some(known) if secret.get("value").is_none() || secret == known => *secret = known.clone(),
            _ => {
                let (name, value) = (secret["name"].clone(), secret["value"].clone());
                *secret = json!({ "name": name, "value": value, "updated_at": at });
            }
        }
    }
}

/// Secrets are told by name.
pub(super) fn without_secrets(document: &mut Map<String, Value>) {
    if let Some(Value::Array(secrets)) = document.get_mut("secrets") {
        for secret in secrets {
            *secret = json!({ "name": secret["name"], "updated_at": secret["updated_at"] });
        }
    }
}

/// An action that is made to be deployed has a version from the first.
fn first_version(action: &mut Map<String, Value>, new: &New<'_>) -> Option<(&'static str, Value)> {
    let wanted = action.remove("deploy") == Some(json!(true));
    wanted.then(|| (VERSIONS, deployed(action, (new.second, 1), new.at)))
}

fn wanted(action: &Map<String, Value>, name: &str, wanted: &str) -> bool {
    match name {
        "actionName" => action.get("name").and_then(Value::as_str) == Some(wanted),
        "deployed" => action.contains_key("deployed_version") == (wanted == "true"),
        "installed" => wanted == "false",
        "triggerId" => {
            let supported = action.get("supported_triggers").and_then(Value::as_array);
            supported.is_some_and(|all| all.iter().any(|one| one["id"].as_str() == Some(wanted)))
        }
        _ => true,
    }
}
