//! What hangs on an organization by newer names: its connections with more to say of each, the roles of its members, and clients
//! that it was given.

use serde_json::{Map, Value};

use crate::field::{Field, Shape, Write};
use crate::kind::{Kind, Name};
use crate::organization::{BUTTON, BY, ITS_ID, ITSELF, JOINS, MEMBER_TOLD, MEMBERS, SIGNUP};

/// By which connection people come in, and what is said of it beside that.
pub const CONNECTION: Kind = Kind::new(
    Name { one: "connection within an organization", many: "connections", path: "organizations/connections" },
    "No connection found by that id",
    CONNECTION_FIELDS,
    CONNECTION_SHOWN,
);

const CONNECTION_FIELDS: &[Field] = &[
    BY,
    JOINS,
    SIGNUP,
    BUTTON,
    Field::kept("organization_connection_name", Shape::some_text(50)).or_null(),
    Field::kept("organization_access_level", ACCESS).or_null(),
    Field::obeyed("is_enabled", Shape::Flag).or_null(),
];

const CONNECTION_SHOWN: &[Field] = &[
    ITS_ID,
    Field::told("assign_membership_on_login", Shape::Flag),
    Field::told("is_signup_enabled", Shape::Flag),
    Field::told("show_as_button", Shape::Flag),
    ITSELF,
    Field::told("is_enabled", Shape::Flag),
];

const ACCESS: Shape = Shape::OneOf(&["none", "readonly", "limited", "full"]);

/// Which roles a member has within an organization: tokens for it know these alone.
pub const ROLES: Kind = Kind {
    untold: &["roles"],
    ..Kind::new(
        Name { one: "role of a member", many: "roles", path: "organizations/members/roles" },
        "The role does not exist.",
        &[Field::obeyed("roles", Shape::List { of: &Shape::some_text(250), most: 50 }).when(Write::Demanded)],
        &[
            Field::told("id", Shape::some_text(250)),
            Field::told("name", Shape::some_text(250)),
            Field::told("description", Shape::text(200)),
        ],
    )
};

/// Who has a role within an organization.
pub const WITH_ROLE: Kind = Kind {
    name: Name { one: "member with a role", path: "organizations/roles/members", ..MEMBERS.name },
    fields: &[],
    told: MEMBER_TOLD,
    untold: &[],
    ..MEMBERS
};

/// A client that an organization was given.
pub const CLIENT: Kind = Kind::new(
    Name { one: "client of an organization", many: "clients", path: "organizations/clients" },
    "The client does not exist.",
    &[Field::kept("use_for_member_access", Shape::Flag).when(Write::Update)],
    &[
        Field::told("client_id", Shape::some_text(64)),
        Field::told("use_for_member_access", Shape::Flag),
        Field::told("client", Shape::Object(CLIENT_TOLD)),
    ],
);

/// Clients that an organization is to be given.
pub const GIVEN_CLIENTS: Shape = Shape::Object(&[Field::kept(
    "clients",
    Shape::List {
        of: &Shape::Object(&[
            Field::kept("client_id", Shape::some_text(64)).when(Write::Demanded),
            Field::kept("use_for_member_access", Shape::Flag),
        ]),
        most: MOST_CLIENTS,
    },
)
.when(Write::Demanded)]);

/// Clients that are to be taken from it.
pub const TAKEN_CLIENTS: Shape =
    Shape::Object(&[Field::obeyed("clients", Shape::List { of: &Shape::some_text(64), most: MOST_CLIENTS })
        .when(Write::Demanded)]);

/// What is told of such a client.
pub fn client_of(client: &Map<String, Value>) -> Map<String, Value> {
    let told = CLIENT_TOLD.iter().map(|field| field.name);
    told.filter_map(|name| Some((name.to_owned(), client.get(name)?.clone()))).collect()
}

const MOST_CLIENTS: usize = 50;

const CLIENT_TOLD: &[Field] = &[
    Field::maybe("name", Shape::some_text(128)),
    Field::maybe("is_first_party", Shape::Flag),
    Field::maybe("grant_types", Shape::List { of: &Shape::some_text(128), most: usize::MAX }),
    Field::maybe("organization_usage", Shape::OneOf(&["allow", "deny", "require"])),
];
