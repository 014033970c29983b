//! Users, where they come from, and what keeps them out.

use super::{
    Field,
    Guard::Any,
    Method::*,
    Operation, Shape, Told, changed, new,
    parameters::{FLAG, PAGING, SELECTION, TEXT},
    row,
};
use crate::{connection, format::Format, organization, user};

const USERS: &str = "Users";
const CONNECTIONS: &str = "Connections";
const BLOCKS: &str = "Blocks";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/users"), "List or search users", USERS, Any(&["read:users"]))
        .query(&[PAGING, SELECTION, USER_FILTERS])
        .tells(Told::Paged(&user::KIND)),
    row((Post, "/api/v2/users"), "Make a user", USERS, Any(&["create:users"]))
        .takes(new(&user::KIND))
        .with(201, Told::Whole(&user::KIND)),
    row((Get, "/api/v2/users/{id}"), "Read a user", USERS, Any(&["read:users"]))
        .query(&[SELECTION])
        .tells(Told::Part(&user::KIND)),
    row(
        (Patch, "/api/v2/users/{id}"),
        "Change a user",
        USERS,
        Any(&["update:users", "update:users_app_metadata"]),
    )
    .takes(changed(&user::KIND))
    .tells(Told::Whole(&user::KIND)),
    row((Delete, "/api/v2/users/{id}"), "Delete a user", USERS, Any(&["delete:users"])),
    row((Get, "/api/v2/users-by-email"), "Find users by their address", USERS, Any(&["read:users"]))
        .query(&[SELECTION, &[Field::told("email", Shape::some_text(usize::MAX))]])
        .tells(Told::List(&user::KIND)),
    row(
        (Get, "/api/v2/users/{id}/organizations"),
        "List a user's organizations",
        USERS,
        Any(&["read:organizations"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&organization::KIND)),
    row(
        (Delete, "/api/v2/users/{id}/authenticators"),
        "Forget a user's second factors",
        USERS,
        Any(&["delete:guardian_enrollments"]),
    ),
    row((Get, "/api/v2/connections"), "List connections", CONNECTIONS, Any(&["read:connections"]))
        .query(&[PAGING, SELECTION, CONNECTION_FILTERS])
        .tells(Told::Paged(&connection::KIND)),
    row((Post, "/api/v2/connections"), "Make a connection", CONNECTIONS, Any(&["create:connections"]))
        .takes(new(&connection::KIND))
        .with(201, Told::Whole(&connection::KIND)),
    row((Get, "/api/v2/connections/{id}"), "Read a connection", CONNECTIONS, Any(&["read:connections"]))
        .query(&[SELECTION])
        .tells(Told::Part(&connection::KIND)),
    row(
        (Patch, "/api/v2/connections/{id}"),
        "Change a connection",
        CONNECTIONS,
        Any(&["update:connections"]),
    )
    .takes(changed(&connection::KIND))
    .tells(Told::Whole(&connection::KIND)),
    row(
        (Delete, "/api/v2/connections/{id}"),
        "Delete a connection, and its users",
        CONNECTIONS,
        Any(&["delete:connections"]),
    )
    .with(202, Told::Shape(Shape::Object(&[Field::told("deleted_at", Shape::formatted(Format::DateTime))])))
    .also(&[204]),
    row((Get, "/api/v2/user-blocks"), "What keeps a name out", BLOCKS, Any(&["read:users"]))
        .query(&[NAMED, CONSIDERED])
        .tells(Told::Shape(BLOCKED)),
    row((Delete, "/api/v2/user-blocks"), "Let a name in again", BLOCKS, Any(&["update:users"]))
        .query(&[NAMED]),
    row((Get, "/api/v2/user-blocks/{id}"), "What keeps a user out", BLOCKS, Any(&["read:users"]))
        .query(&[CONSIDERED])
        .tells(Told::Shape(BLOCKED)),
    row((Delete, "/api/v2/user-blocks/{id}"), "Let a user in again", BLOCKS, Any(&["update:users"])),
    row(
        (Get, "/api/v2/anomaly/blocks/ips/{id}"),
        "Whether an address is kept out",
        BLOCKS,
        Any(&["read:anomaly_blocks"]),
    )
    .tells(Told::Nothing),
    row(
        (Delete, "/api/v2/anomaly/blocks/ips/{id}"),
        "Let an address in again",
        BLOCKS,
        Any(&["delete:anomaly_blocks"]),
    ),
];

const USER_FILTERS: &[Field] =
    &[Field::maybe("q", TEXT), Field::maybe("search_engine", TEXT), Field::maybe("connection", TEXT)];

const CONNECTION_FILTERS: &[Field] = &[Field::maybe("strategy", TEXT), Field::maybe("name", TEXT)];

const NAMED: &[Field] = &[Field::told("identifier", Shape::some_text(usize::MAX))];

const CONSIDERED: &[Field] = &[Field::maybe("consider_brute_force_enablement", FLAG)];

const BLOCK: Shape = Shape::Object(&[
    Field::maybe("identifier", TEXT).or_null(),
    Field::maybe("connection", TEXT).or_null(),
    Field::maybe("ip", TEXT),
]);

const BLOCKED: Shape =
    Shape::Object(&[Field::told("blocked_for", Shape::List { of: &BLOCK, most: usize::MAX })]);
