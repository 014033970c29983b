//! Users, where they come from, and what keeps them out.

use super::{
    Body, Field,
    Guard::{All, Any},
    Method::*,
    Operation, Shape, Told, Verb, changed, new,
    parameters::{CHECKPOINTS, FLAG, PAGING, SELECTION, SORT, TEXT},
    row,
};
use crate::{connection, format::Format, identity, organization, ticket, user};

const USERS: &str = "Users";
const CONNECTIONS: &str = "Connections";
const BLOCKS: &str = "Blocks";
const TICKETS: &str = "Tickets";
const JOBS: &str = "Jobs";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/users"), "List or search users", USERS, Any(&["read:users"]))
        .query(&[PAGING, SORT, SELECTION, USER_FILTERS])
        .tells(Told::Paged(&user::KIND)),
    row((Post, "/api/v2/users"), "Make a user", USERS, Any(&["create:users"]))
        .takes(new(&user::KIND))
        .with(201, Told::Whole(&user::KIND)),
    row((Get, "/api/v2/users/{id}"), "Read a user", USERS, Any(&["read:users"]))
        .own(&["read:current_user"])
        .query(&[SELECTION])
        .tells(Told::Part(&user::KIND)),
    row(
        (Patch, "/api/v2/users/{id}"),
        "Change a user",
        USERS,
        Any(&["update:users", "update:users_app_metadata"]),
    )
    .own(&["update:current_user_metadata"])
    .takes(changed(&user::KIND))
    .tells(Told::Whole(&user::KIND)),
    row((Delete, "/api/v2/users/{id}"), "Delete a user", USERS, Any(&["delete:users"]))
        .own(&["delete:current_user"]),
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
    row((Post, "/api/v2/users/{id}/identities"), "Link an account to a user", USERS, Any(&["update:users"]))
        .own(&["update:current_user_identities"])
        .takes(new(&identity::KIND))
        .with(201, Told::List(&identity::KIND)),
    row(
        (Delete, "/api/v2/users/{id}/identities/{provider}/{user_id}"),
        "Let a linked account go",
        USERS,
        Any(&["update:users"]),
    )
    .own(&["update:current_user_identities"])
    .tells(Told::List(&identity::KIND)),
    row(
        (Delete, "/api/v2/users/{id}/authenticators"),
        "Forget a user's second factors",
        USERS,
        Any(&["delete:guardian_enrollments"]),
    ),
    row(
        (Post, "/api/v2/tickets/password-change"),
        "Let a user choose another password",
        TICKETS,
        Any(&["create:user_tickets"]),
    )
    .takes(new(&ticket::PASSWORD))
    .with(201, Told::Whole(&ticket::PASSWORD))
    .also(&[404]),
    row(
        (Post, "/api/v2/tickets/email-verification"),
        "Let a user show that their address is theirs",
        TICKETS,
        Any(&["create:user_tickets"]),
    )
    .takes(new(&ticket::EMAIL))
    .with(201, Told::Whole(&ticket::EMAIL))
    .also(&[404]),
    row(
        (Post, "/api/v2/jobs/verification-email"),
        "Send a user a letter to verify their address",
        JOBS,
        Any(&["update:users"]),
    )
    .takes(new(&ticket::VERIFICATION))
    .with(201, Told::Whole(&ticket::VERIFICATION))
    .also(&[404]),
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
    row(
        (Get, "/api/v2/connections/{id}/clients"),
        "List the clients of a connection",
        CONNECTIONS,
        Any(&["read:connections"]),
    )
    .query(&[CHECKPOINTS])
    .tells(Told::Shape(OF_CONNECTION)),
    row(
        (Patch, "/api/v2/connections/{id}/clients"),
        "Say which clients people come to by a connection",
        CONNECTIONS,
        Any(&["update:connections"]),
    )
    .takes(Body::Shape(connection::ENABLING)),
    row(
        (Get, "/api/v2/connections/{id}/keys"),
        "List the keys of a connection",
        CONNECTIONS,
        Any(&["read:connections_keys"]),
    )
    .tells(Told::List(&connection::KEYS)),
    row(
        (Post, "/api/v2/connections/{id}/keys"),
        "Make the first key of a connection",
        CONNECTIONS,
        Any(&["create:connections_keys"]),
    )
    .takes(Body::Maybe(&connection::KEYS, Verb::Update))
    .with(201, Told::List(&connection::KEYS)),
    row(
        (Post, "/api/v2/connections/{id}/keys/rotate"),
        "Give a connection another key",
        CONNECTIONS,
        All(&["create:connections_keys", "update:connections_keys"]),
    )
    .takes(Body::Maybe(&connection::KEYS, Verb::Update))
    .with(201, Told::Whole(&connection::KEYS)),
    row(
        (Get, "/api/v2/connections/{id}/status"),
        "Whether the directory behind a connection can be reached",
        CONNECTIONS,
        Any(&["read:connections"]),
    )
    .tells(Told::Nothing),
    row(
        (Delete, "/api/v2/connections/{id}/users"),
        "Delete the user of an address",
        CONNECTIONS,
        Any(&["delete:users"]),
    )
    .query(&[&[Field::told("email", Shape::some_text(usize::MAX))]]),
    row(
        (Get, "/api/v2/clients/{id}/connections"),
        "List the connections of a client",
        CONNECTIONS,
        Any(&["read:connections"]),
    )
    .query(&[CHECKPOINTS, SELECTION, STRATEGIES])
    .tells(Told::Shape(OF_CLIENT)),
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

const USER_FILTERS: &[Field] = &[
    Field::maybe("q", TEXT),
    Field::maybe("search_engine", TEXT),
    Field::maybe("connection", TEXT),
    // Results always come in an order that is the same the next time.
    Field::maybe("primary_order", FLAG),
];

const STRATEGIES: &[Field] = &[Field::maybe("strategy", Shape::List { of: &TEXT, most: usize::MAX })];

const CONNECTION_FILTERS: &[Field] =
    &[Field::maybe("strategy", Shape::List { of: &TEXT, most: usize::MAX }), Field::maybe("name", TEXT)];

const NEXT: Field = Field::maybe("next", TEXT);
const OF_CONNECTION: Shape = Shape::Object(&[
    Field::told("clients", Shape::List { of: &Shape::Object(connection::ENABLED.told), most: usize::MAX }),
    NEXT,
]);
const OF_CLIENT: Shape = Shape::Object(&[
    Field::told("connections", Shape::List { of: &Shape::Free { most: usize::MAX }, most: usize::MAX }),
    NEXT,
]);

const NAMED: &[Field] = &[Field::told("identifier", Shape::some_text(usize::MAX))];

const CONSIDERED: &[Field] = &[Field::maybe("consider_brute_force_enablement", FLAG)];

const BLOCK: Shape = Shape::Object(&[
    Field::maybe("identifier", TEXT).or_null(),
    Field::maybe("connection", TEXT).or_null(),
    Field::maybe("ip", TEXT),
]);

const BLOCKED: Shape =
    Shape::Object(&[Field::told("blocked_for", Shape::List { of: &BLOCK, most: usize::MAX })]);
