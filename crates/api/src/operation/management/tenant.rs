//! What holds for the whole tenant: second factors, and the keys that sign.

use super::{
    Body, Dialect, Field,
    Guard::{All, Any, Anybody},
    Method::*,
    Operation, Shape, Told, row,
};
use crate::{format::Format, guardian};

const GUARDIAN: &str = "Second factors";
const KEYS: &str = "Signing keys";

pub(super) const TABLE: &[Operation] = &[
    row(
        (Get, "/api/v2/guardian/factors"),
        "Which second factors there are",
        GUARDIAN,
        Any(&["read:guardian_factors"]),
    )
    .tells(Told::Shape(Shape::List { of: &FACTOR, most: 20 })),
    row(
        (Put, "/api/v2/guardian/factors/{name}"),
        "Switch a second factor on or off",
        GUARDIAN,
        Any(&["update:guardian_factors"]),
    )
    .takes(Body::Shape(Shape::Object(guardian::FIELDS)))
    .tells(Told::Shape(Shape::Object(guardian::FIELDS))),
    row(
        (Get, "/api/v2/guardian/policies"),
        "When second factors are asked for",
        GUARDIAN,
        Any(&["read:mfa_policies"]),
    )
    .tells(Told::Shape(guardian::POLICY_LIST)),
    row(
        (Put, "/api/v2/guardian/policies"),
        "Say when second factors are asked for",
        GUARDIAN,
        Any(&["update:mfa_policies"]),
    )
    .takes(Body::Shape(guardian::POLICY_LIST))
    .tells(Told::Shape(guardian::POLICY_LIST)),
    row((Get, "/api/v2/keys/signing"), "List the keys that sign", KEYS, Any(&["read:signing_keys"]))
        .tells(Told::Shape(Shape::List { of: &KEY, most: usize::MAX })),
    row((Get, "/api/v2/keys/signing/{kid}"), "Read a key that signs", KEYS, Any(&["read:signing_keys"]))
        .tells(Told::Shape(KEY)),
    row(
        (Post, "/api/v2/keys/signing/rotate"),
        "Let the next keys sign",
        KEYS,
        All(&["create:signing_keys", "update:signing_keys"]),
    )
    .with(201, Told::Shape(KEY)),
    row((Put, "/api/v2/keys/signing/{kid}/revoke"), "Revoke a key", KEYS, Any(&["update:signing_keys"]))
        .tells(Told::Shape(KEY)),
    Operation::new(
        (Get, "/api/v2/openapi.json"),
        "This document",
        "This document",
        (Dialect::OAuth, Anybody),
    )
    .tells(Told::Shape(Shape::Open(&[Field::told("openapi", TEXT), Field::told("paths", Shape::Any)]))),
];

const TEXT: Shape = Shape::text(usize::MAX);
const AT: Shape = Shape::formatted(Format::DateTime);

const FACTOR: Shape = Shape::Object(&[
    Field::told("name", Shape::OneOf(guardian::FACTORS)),
    Field::told("enabled", Shape::Flag),
    Field::told("trial_expired", Shape::Flag),
]);

const KEY: Shape = Shape::Object(&[
    Field::told("kid", TEXT),
    Field::told("cert", TEXT),
    Field::told("pkcs7", TEXT),
    Field::told("fingerprint", TEXT),
    Field::told("thumbprint", TEXT),
    Field::told("current", Shape::Flag),
    Field::told("next", Shape::Flag),
    Field::told("previous", Shape::Flag),
    Field::told("revoked", Shape::Flag),
    Field::maybe("current_since", AT),
    Field::maybe("current_until", AT),
    Field::maybe("revoked_at", AT),
]);
