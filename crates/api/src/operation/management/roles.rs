//! Roles, and what people may do by them and for themselves alone.

use super::{
    Field,
    Guard::Any,
    Method::*,
    Operation, Shape, Told, changed, new,
    parameters::{PAGES, PAGING, TEXT},
    row,
};
use crate::role::{KIND, OF_USER, PERMISSIONS, ROLES, USERS};

const TAG: &str = "Roles";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/roles"), "List roles", TAG, Any(&["read:roles"]))
        .query(&[PAGING, FILTERS])
        .tells(Told::Paged(&KIND)),
    row((Post, "/api/v2/roles"), "Make a role", TAG, Any(&["create:roles"]))
        .takes(new(&KIND))
        .tells(Told::Whole(&KIND))
        .also(&[404]),
    row((Get, "/api/v2/roles/{id}"), "Read a role", TAG, Any(&["read:roles"])).tells(Told::Whole(&KIND)),
    row((Patch, "/api/v2/roles/{id}"), "Change a role", TAG, Any(&["update:roles"]))
        .takes(changed(&KIND))
        .tells(Told::Whole(&KIND)),
    row((Delete, "/api/v2/roles/{id}"), "Delete a role", TAG, Any(&["delete:roles"])).tells(NOTHING_MORE),
    row(
        (Get, "/api/v2/roles/{id}/permissions"),
        "List what a role lets its users do",
        TAG,
        Any(&["read:roles"]),
    )
    .query(&[PAGES])
    .tells(Told::Paged(&PERMISSIONS)),
    row((Post, "/api/v2/roles/{id}/permissions"), "Let a role's users do more", TAG, Any(&["update:roles"]))
        .takes(new(&PERMISSIONS))
        .with(201, NOTHING_MORE),
    row(
        (Delete, "/api/v2/roles/{id}/permissions"),
        "Let a role's users do less",
        TAG,
        Any(&["update:roles"]),
    )
    .takes(new(&PERMISSIONS)),
    row(
        (Get, "/api/v2/roles/{id}/users"),
        "List who has a role",
        TAG,
        Any(&["read:users", "read:roles", "read:role_members"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&USERS)),
    row(
        (Post, "/api/v2/roles/{id}/users"),
        "Give a role to users",
        TAG,
        Any(&["update:roles", "create:role_members"]),
    )
    .takes(new(&USERS))
    .tells(NOTHING_MORE),
    row(
        (Get, "/api/v2/users/{id}/roles"),
        "List a user's roles",
        TAG,
        Any(&["read:users", "read:roles", "read:role_members"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&KIND)),
    row(
        (Post, "/api/v2/users/{id}/roles"),
        "Give a user roles",
        TAG,
        Any(&["update:users", "create:role_members"]),
    )
    .takes(new(&ROLES)),
    row(
        (Delete, "/api/v2/users/{id}/roles"),
        "Take roles from a user",
        TAG,
        Any(&["update:users", "delete:role_members"]),
    )
    .takes(new(&ROLES)),
    row(
        (Get, "/api/v2/users/{id}/permissions"),
        "List what a user may do, and why",
        TAG,
        Any(&["read:users"]),
    )
    .query(&[PAGES])
    .tells(Told::Paged(&OF_USER)),
    row((Post, "/api/v2/users/{id}/permissions"), "Let a user do more", TAG, Any(&["update:users"]))
        .takes(new(&PERMISSIONS))
        .with(201, NOTHING_MORE),
    row((Delete, "/api/v2/users/{id}/permissions"), "Let a user do less", TAG, Any(&["update:users"]))
        .takes(new(&PERMISSIONS)),
];

const FILTERS: &[Field] =
    &[Field::maybe("name_filter", TEXT), Field::maybe("type", Shape::OneOf(&["tenant", "organization"]))];

/// `{}`
const NOTHING_MORE: Told = Told::Shape(Shape::Object(&[]));
