//! Second factors of people, and what their devices hold.

use super::{
    Body, Field,
    Guard::Any,
    Method::*,
    Operation, Shape, Told, changed, new,
    parameters::{PAGES, SELECTION, TEXT},
    row,
};
use crate::authentication_method::{ENROLLMENTS, KIND, LIST};
use crate::device_credential::{KIND as DEVICE, TYPES};

const FACTORS: &str = "Second factors";
const DEVICES: &str = "Devices";

pub(super) const TABLE: &[Operation] = &[
    row(
        (Get, "/api/v2/users/{id}/authentication-methods"),
        "List a user's second factors",
        FACTORS,
        Any(&["read:authentication_methods"]),
    )
    .query(&[PAGES])
    .tells(Told::Paged(&KIND)),
    row(
        (Post, "/api/v2/users/{id}/authentication-methods"),
        "Enrol a second factor for a user",
        FACTORS,
        Any(&["create:authentication_methods"]),
    )
    .takes(new(&KIND))
    .with(201, Told::Whole(&KIND)),
    row(
        (Put, "/api/v2/users/{id}/authentication-methods"),
        "Put others in the place of all a user's second factors",
        FACTORS,
        Any(&["update:authentication_methods"]),
    )
    .takes(Body::Shape(LIST))
    .tells(Told::List(&KIND)),
    row(
        (Delete, "/api/v2/users/{id}/authentication-methods"),
        "Remove all a user's second factors",
        FACTORS,
        Any(&["delete:authentication_methods"]),
    ),
    row(
        (Get, "/api/v2/users/{id}/authentication-methods/{authentication_method_id}"),
        "Read a second factor",
        FACTORS,
        Any(&["read:authentication_methods"]),
    )
    .tells(Told::Whole(&KIND)),
    row(
        (Patch, "/api/v2/users/{id}/authentication-methods/{authentication_method_id}"),
        "Call a second factor something else",
        FACTORS,
        Any(&["update:authentication_methods"]),
    )
    .takes(changed(&KIND))
    .tells(Told::Whole(&KIND)),
    row(
        (Delete, "/api/v2/users/{id}/authentication-methods/{authentication_method_id}"),
        "Remove a second factor",
        FACTORS,
        Any(&["delete:authentication_methods"]),
    ),
    row((Get, "/api/v2/users/{id}/enrollments"), "List a user's enrolments", FACTORS, Any(&["read:users"]))
        .own(&["read:current_user"])
        .tells(Told::Shape(ENROLLMENTS)),
    row(
        (Delete, "/api/v2/users/{id}/multifactor/{provider}"),
        "Remove what a user enrolled with a provider",
        FACTORS,
        Any(&["update:users"]),
    ),
    row(
        (Post, "/api/v2/users/{id}/multifactor/actions/invalidate-remember-browser"),
        "Ask for the second factor in every browser again",
        FACTORS,
        Any(&["update:users"]),
    ),
    row(
        (Post, "/api/v2/users/{id}/recovery-code-regeneration"),
        "Give a user another recovery code",
        FACTORS,
        Any(&["update:users"]),
    )
    .tells(Told::Shape(Shape::Object(&[Field::told("recovery_code", TEXT)]))),
    row(
        (Get, "/api/v2/device-credentials"),
        "List what devices hold",
        DEVICES,
        Any(&["read:device_credentials"]),
    )
    .query(&[PAGES, SELECTION, AMONG])
    .tells(Told::Paged(&DEVICE)),
    row(
        (Post, "/api/v2/device-credentials"),
        "Leave a key for a device",
        DEVICES,
        Any(&["create:current_user_device_credentials"]),
    )
    .own(&["create:current_user_device_credentials"])
    .takes(new(&DEVICE))
    .with(201, Told::Shape(Shape::Object(&[Field::told("id", TEXT)]))),
    row(
        (Delete, "/api/v2/device-credentials/{id}"),
        "Take away what a device holds",
        DEVICES,
        Any(&["delete:device_credentials", "delete:current_user_device_credentials"]),
    )
    .own(&["delete:current_user_device_credentials"]),
];

const AMONG: &[Field] = &[
    Field::maybe("user_id", TEXT),
    Field::maybe("client_id", TEXT),
    Field::maybe("type", Shape::OneOf(TYPES)),
];
