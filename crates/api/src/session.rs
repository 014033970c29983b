//! Browser sessions, refresh tokens and agreements, as administrators see and end them.

use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::kind::{Kind, Name};

/// What is told of a browser session, and noted about it.
pub const KIND: Kind = Kind {
    name: Name { one: "session", many: "sessions", path: "sessions" },
    fields: &[Field::shown(SESSION_METADATA, METADATA).or_null()],
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The session does not exist.",
    absent_code: "inexistent_session",
};

/// What is told of a refresh token, and noted about it.
pub const REFRESH_TOKEN: Kind = Kind {
    name: Name { one: "refresh token", many: "refresh_tokens", path: "refresh-tokens" },
    fields: &[Field::shown(REFRESH_TOKEN_METADATA, METADATA).or_null()],
    told: REFRESH_TOKEN_TOLD,
    untold: &[],
    merged: &[],
    absent: "The refresh token does not exist.",
    absent_code: "inexistent_refresh_token",
};

/// The refresh tokens of a user, which go by another name in their list.
pub const TOKENS: Kind = Kind {
    name: Name { one: "refresh token of a user", many: "tokens", path: "refresh-tokens" },
    ..REFRESH_TOKEN
};

/// Which refresh tokens are revoked at once.
pub const REVOCATION: Kind = Kind {
    name: Name { one: "revocation of refresh tokens", many: "revocations", path: "refresh-tokens/revoke" },
    fields: &[
        Field::obeyed("ids", Shape::List { of: &Shape::some_text(30), most: 100 }).when(Write::Create),
        Field::obeyed("user_id", Shape::some_text(300)).when(Write::Create),
        Field::obeyed("client_id", Shape::some_text(CLIENT)).when(Write::Create),
        Field::obeyed("audience", Shape::some_text(600)).when(Write::Create),
    ],
    told: &[],
    untold: &["ids", "user_id", "client_id", "audience"],
    merged: &[],
    absent: "",
    absent_code: "",
};

/// How much of what a user has is ended at once.
pub const ACCESS: Kind = Kind {
    name: Name { one: "revocation of access", many: "revocations", path: "users/revoke-access" },
    fields: &[
        Field::obeyed("session_id", Shape::some_text(50)).when(Write::Create),
        Field::obeyed("preserve_refresh_tokens", Shape::Flag).when(Write::Create),
    ],
    told: &[],
    untold: &["session_id", "preserve_refresh_tokens"],
    merged: &[],
    absent: "",
    absent_code: "",
};

/// That a user lets a client have something.
pub const GRANT: Kind = Kind {
    name: Name { one: "grant", many: "grants", path: "grants" },
    fields: &[],
    told: &[
        Field::told("id", Shape::some_text(50)),
        Field::told("clientID", Shape::some_text(CLIENT)),
        Field::told("user_id", Shape::some_text(300)),
        Field::told("audience", Shape::some_text(600)),
        Field::told("scope", Shape::List { of: &Shape::some_text(280), most: usize::MAX }),
    ],
    untold: &[],
    merged: &[],
    absent: "The grant does not exist.",
    absent_code: "",
};

/// The member in which something is noted about a session.
pub const SESSION_METADATA: &str = "session_metadata";

/// The member in which something is noted about a refresh token.
pub const REFRESH_TOKEN_METADATA: &str = "refresh_token_metadata";

/// Names of clients may be addresses.
const CLIENT: usize = 2_048;

const METADATA: Shape = Shape::Free { most: 25 };
const AT: Shape = Shape::formatted(Format::DateTime);
const TEXT: Shape = Shape::text(usize::MAX);

const DEVICE: Shape = Shape::Object(&[
    Field::maybe("initial_user_agent", TEXT),
    Field::maybe("initial_ip", TEXT),
    Field::maybe("last_user_agent", TEXT),
    Field::maybe("last_ip", TEXT),
]);

const METHOD: Shape =
    Shape::Object(&[Field::told("name", TEXT), Field::told("timestamp", AT), Field::maybe("type", TEXT)]);

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(50)),
    Field::told("user_id", Shape::some_text(300)),
    Field::told("created_at", AT),
    Field::told("updated_at", AT),
    Field::told("authenticated_at", AT),
    Field::told("idle_expires_at", AT),
    Field::told("expires_at", AT),
    Field::told("last_interacted_at", AT),
    Field::told("device", DEVICE),
    Field::told(
        "clients",
        Shape::List {
            of: &Shape::Object(&[Field::told("client_id", Shape::some_text(CLIENT))]),
            most: usize::MAX,
        },
    ),
    Field::told(
        "authentication",
        Shape::Object(&[Field::told("methods", Shape::List { of: &METHOD, most: usize::MAX })]),
    ),
    Field::told(
        "cookie",
        Shape::Object(&[Field::told("mode", Shape::OneOf(&["persistent", "non-persistent"]))]),
    ),
    Field::told(SESSION_METADATA, METADATA).or_null(),
];

const REFRESH_TOKEN_TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(50)),
    Field::told("user_id", Shape::some_text(300)),
    Field::told("created_at", AT),
    Field::told("idle_expires_at", AT).or_null(),
    Field::told("expires_at", AT).or_null(),
    Field::told("last_exchanged_at", AT).or_null(),
    Field::told("client_id", Shape::some_text(CLIENT)),
    Field::told("session_id", Shape::some_text(50)).or_null(),
    Field::told("rotating", Shape::Flag),
    Field::told(
        "resource_servers",
        Shape::List {
            of: &Shape::Object(&[Field::told("audience", TEXT), Field::told("scopes", TEXT)]),
            most: usize::MAX,
        },
    ),
    Field::told(REFRESH_TOKEN_METADATA, METADATA).or_null(),
];
