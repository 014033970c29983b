//! Sessions, refresh tokens and agreements of people.

use super::{
    Body, Field,
    Guard::{All, Any},
    Method::*,
    Operation, Shape, Told, changed, new,
    parameters::{COUNTED_CHECKPOINTS, PAGES, SELECTION, TEXT},
    row,
};
use crate::field::Verb;
use crate::session::{ACCESS, GRANT, KIND, REFRESH_TOKEN, REVOCATION, TOKENS};

const SESSIONS: &str = "Sessions";
const REFRESH_TOKENS: &str = "Refresh tokens";
const GRANTS: &str = "Grants";

pub(super) const TABLE: &[Operation] = &[
    row(
        (Get, "/api/v2/users/{user_id}/sessions"),
        "List a user's sessions",
        SESSIONS,
        Any(&["read:sessions"]),
    )
    .query(&[COUNTED_CHECKPOINTS])
    .tells(Told::Checkpoints(&KIND)),
    row(
        (Delete, "/api/v2/users/{user_id}/sessions"),
        "End a user's sessions",
        SESSIONS,
        Any(&["delete:sessions"]),
    )
    .with(202, NOTHING_MORE),
    row((Get, "/api/v2/sessions/{id}"), "Read a session", SESSIONS, Any(&["read:sessions"]))
        .tells(Told::Whole(&KIND)),
    row(
        (Patch, "/api/v2/sessions/{id}"),
        "Note something about a session",
        SESSIONS,
        Any(&["update:sessions"]),
    )
    .takes(changed(&KIND))
    .tells(Told::Whole(&KIND)),
    row((Delete, "/api/v2/sessions/{id}"), "End a session", SESSIONS, Any(&["delete:sessions"]))
        .with(202, NOTHING_MORE),
    row(
        (Post, "/api/v2/sessions/{id}/revoke"),
        "End a session, and the refresh tokens granted in it",
        SESSIONS,
        All(&["delete:sessions", "delete:refresh_tokens"]),
    )
    .with(202, NOTHING_MORE),
    row(
        (Post, "/api/v2/users/{id}/revoke-access"),
        "End what a user is signed in to",
        SESSIONS,
        All(&["delete:sessions", "delete:refresh_tokens"]),
    )
    .takes(Body::Maybe(&ACCESS, Verb::Create))
    .with(202, NOTHING_MORE),
    row(
        (Get, "/api/v2/users/{user_id}/refresh-tokens"),
        "List a user's refresh tokens",
        REFRESH_TOKENS,
        Any(&["read:refresh_tokens"]),
    )
    .query(&[COUNTED_CHECKPOINTS])
    .tells(Told::Checkpoints(&TOKENS)),
    row(
        (Delete, "/api/v2/users/{user_id}/refresh-tokens"),
        "Revoke a user's refresh tokens",
        REFRESH_TOKENS,
        Any(&["delete:refresh_tokens"]),
    )
    .with(202, NOTHING_MORE),
    row(
        (Get, "/api/v2/refresh-tokens"),
        "List refresh tokens",
        REFRESH_TOKENS,
        Any(&["read:refresh_tokens"]),
    )
    .query(&[COUNTED_CHECKPOINTS, SELECTION, OF_WHOM])
    .tells(Told::Checkpoints(&REFRESH_TOKEN)),
    row(
        (Post, "/api/v2/refresh-tokens/revoke"),
        "Revoke refresh tokens",
        REFRESH_TOKENS,
        Any(&["delete:refresh_tokens"]),
    )
    .takes(new(&REVOCATION))
    .with(202, NOTHING_MORE),
    row(
        (Get, "/api/v2/refresh-tokens/{id}"),
        "Read a refresh token",
        REFRESH_TOKENS,
        Any(&["read:refresh_tokens"]),
    )
    .tells(Told::Whole(&REFRESH_TOKEN)),
    row(
        (Patch, "/api/v2/refresh-tokens/{id}"),
        "Note something about a refresh token",
        REFRESH_TOKENS,
        Any(&["update:refresh_tokens"]),
    )
    .takes(changed(&REFRESH_TOKEN))
    .tells(Told::Whole(&REFRESH_TOKEN)),
    row(
        (Delete, "/api/v2/refresh-tokens/{id}"),
        "Revoke a refresh token",
        REFRESH_TOKENS,
        Any(&["delete:refresh_tokens"]),
    ),
    row((Get, "/api/v2/grants"), "List what people let clients have", GRANTS, Any(&["read:grants"]))
        .query(&[PAGES, AMONG])
        .tells(Told::Paged(&GRANT)),
    row((Delete, "/api/v2/grants"), "Take back all a user let clients have", GRANTS, Any(&["delete:grants"]))
        .query(&[&[Field::told("user_id", TEXT)]]),
    row(
        (Delete, "/api/v2/grants/{id}"),
        "Take back what a user let a client have",
        GRANTS,
        Any(&["delete:grants"]),
    ),
];

const OF_WHOM: &[Field] = &[Field::told("user_id", TEXT), Field::maybe("client_id", TEXT)];
const AMONG: &[Field] =
    &[Field::maybe("user_id", TEXT), Field::maybe("client_id", TEXT), Field::maybe("audience", TEXT)];

/// `{}`
const NOTHING_MORE: Told = Told::Shape(Shape::Object(&[]));
