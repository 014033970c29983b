//! What anybody may read: metadata, keys, and how the process is.

use super::{
    Dialect::OAuth,
    Field,
    Guard::Anybody,
    Method::{self, Get},
    Operation, SOME, Told, WORDS,
    answers::{KEYS, LIVE, METADATA, READY, WEBFINGER},
};

const DISCOVERY: &str = "Discovery";
const HEALTH: &str = "Health";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/.well-known/openid-configuration"), "What the server does, and where", DISCOVERY)
        .tells(Told::Shape(METADATA)),
    row((Get, "/.well-known/oauth-authorization-server"), "What the server does, and where", DISCOVERY)
        .tells(Told::Shape(METADATA)),
    row((Get, "/.well-known/jwks.json"), "The keys that tokens are checked with", DISCOVERY)
        .tells(Told::Shape(KEYS)),
    row((Get, "/.well-known/webfinger"), "Who answers for an account", DISCOVERY)
        .query(&[&[Field::told("resource", SOME), Field::maybe("rel", WORDS)]])
        .tells(Told::Media("application/jrd+json", WEBFINGER))
        .also(&[404]),
    row((Get, "/health/live"), "Whether the process lives", HEALTH).tells(Told::Shape(LIVE)),
    row((Get, "/health/ready"), "Whether the process can work", HEALTH).tells(Told::Shape(READY)),
];

const fn row(what: (Method, &'static str), summary: &'static str, tag: &'static str) -> Operation {
    Operation::new(what, summary, tag, (OAuth, Anybody))
}
