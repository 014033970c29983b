//! Roles, and what people may do by them.

use serde_json::{Map, Value, json};

use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};
use crate::organization::MEMBER_TOLD;

/// What a role may say of itself.
pub const KIND: Kind = Kind {
    name: Name { one: "role", many: "roles", path: "roles" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The role does not exist.",
    absent_code: "",
};

/// Whom a role is given to; those who have it.
pub const USERS: Kind = Kind {
    name: Name { one: "user of a role", many: "users", path: "users" },
    fields: &[Field::obeyed("users", NAMES).when(Write::Demanded)],
    told: MEMBER_TOLD,
    untold: &["users"],
    merged: &[],
    absent: "The user does not exist.",
    absent_code: "inexistent_user",
};

/// Which roles are given to somebody, or taken from them.
pub const ROLES: Kind = Kind {
    name: Name { one: "role of a user", many: "roles", path: "roles" },
    fields: &[Field::obeyed("roles", NAMES).when(Write::Demanded)],
    told: TOLD,
    untold: &["roles"],
    merged: &[],
    absent: KIND.absent,
    absent_code: KIND.absent_code,
};

/// What a role lets its users do.
pub const PERMISSIONS: Kind = Kind {
    name: Name { one: "permission", many: "permissions", path: "permissions" },
    fields: &[Field::obeyed(
        "permissions",
        Shape::List { of: &Shape::Object(PERMISSION), most: MOST_AT_ONCE },
    )
    .when(Write::Demanded)],
    told: PERMISSION_TOLD,
    untold: &["permissions"],
    merged: &[],
    absent: "The permission does not exist.",
    absent_code: "",
};

/// What somebody may do, and why.
pub const OF_USER: Kind = Kind {
    name: Name { one: "permission of a user", ..PERMISSIONS.name },
    told: OF_USER_TOLD,
    ..PERMISSIONS
};

/// What a role is when it is made.
pub fn create(input: Map<String, Value>, id: &str) -> Map<String, Value> {
    let mut role = Map::new();
    role.insert("id".to_owned(), id.into());
    // Auth0 calls a role by its name until somebody says more.
    let name = input.get("name").cloned().unwrap_or_default();
    role.insert("description".to_owned(), name);
    role.insert("type".to_owned(), "tenant".into());
    KIND.merge(&mut role, input);
    role
}

/// The organization whose role it is; nothing where it is the tenant's.
///
/// # Errors
/// The tenant's roles have no other owner, an organization's have one.
pub fn owner(role: &Map<String, Value>) -> Result<Option<&str>, Invalid> {
    let text = |name: &str| role.get(name).and_then(Value::as_str);
    match (text("type"), text("owner_id")) {
        (Some("organization"), None) => Err(Invalid::body("", Fault::Missing("owner_id"))),
        (Some("organization"), owner) => Ok(owner),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Invalid::body("", Fault::Additional(vec!["owner_id".to_owned()]))),
    }
}

/// A permission as lists show it. An API that is gone has no name.
pub fn permission(api: Option<&Map<String, Value>>, (identifier, name): (&str, &str)) -> Map<String, Value> {
    let text = |name: &str| api.and_then(|api| api.get(name)).and_then(Value::as_str);
    let scopes = api.and_then(|api| api.get("scopes")).and_then(Value::as_array);
    let scope = scopes.and_then(|scopes| scopes.iter().find(|scope| scope["value"].as_str() == Some(name)));
    let description = scope.and_then(|scope| scope["description"].as_str());
    let shown = json!({
        "permission_name": name,
        "description": description,
        "resource_server_name": text("name").unwrap_or(identifier),
        "resource_server_identifier": identifier,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

/// Why somebody may do something: by the role of that id and name, or given to them alone.
pub fn source(role: Option<(&str, &str)>) -> Value {
    match role {
        Some((id, name)) => json!({ "source_id": id, "source_name": name, "source_type": "ROLE" }),
        None => json!({ "source_id": "", "source_name": "", "source_type": "DIRECT" }),
    }
}

/// As many as are given or taken at once.
pub const MOST_AT_ONCE: usize = 1_000;

const NAMES: Shape = Shape::List { of: &Shape::some_text(250), most: MOST_AT_ONCE };
const NAME: Shape = Shape::Text { least: 1, most: 255, format: Format::Name };

const FIELDS: &[Field] = &[
    Field::obeyed("name", NAME).when(Write::Demanded),
    Field::obeyed("name", NAME).when(Write::Update),
    Field::shown("description", Shape::text(200)),
    Field::obeyed("type", TYPE).when(Write::Create),
    Field::obeyed("owner_id", Shape::some_text(50)).when(Write::Create),
];

/// Whose a role is.
const TYPE: Shape = Shape::OneOf(&["tenant", "organization"]);

const ID: Shape = Shape::some_text(250);
const API: Shape = Shape::some_text(600);
const SCOPE: Shape = Shape::some_text(280);

const TOLD: &[Field] = &[
    Field::told("id", ID),
    Field::told("name", NAME),
    Field::told("description", Shape::text(200)),
    // Those that were made before it was told are the tenant's too.
    Field::maybe("type", TYPE),
    Field::maybe("owner_id", Shape::some_text(50)),
];

const PERMISSION: &[Field] = &[
    Field::obeyed("resource_server_identifier", API).when(Write::Within),
    Field::obeyed("permission_name", SCOPE).when(Write::Within),
];

const NAMED: Field = Field::told("permission_name", SCOPE);
const DESCRIBED: Field = Field::told("description", Shape::text(usize::MAX)).or_null();
const API_NAMED: Field = Field::told("resource_server_name", Shape::text(usize::MAX));
const API_IDENTIFIED: Field = Field::told("resource_server_identifier", API);

const PERMISSION_TOLD: &[Field] = &[NAMED, DESCRIBED, API_NAMED, API_IDENTIFIED];

const SOURCE: Shape = Shape::Object(&[
    Field::told("source_id", Shape::text(250)),
    Field::told("source_name", Shape::text(250)),
    Field::told("source_type", Shape::OneOf(&["DIRECT", "ROLE"])),
]);

const OF_USER_TOLD: &[Field] = &[
    NAMED,
    DESCRIBED,
    API_NAMED,
    API_IDENTIFIED,
    Field::told("sources", Shape::List { of: &SOURCE, most: usize::MAX }),
];
