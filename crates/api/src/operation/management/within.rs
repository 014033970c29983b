//! What hangs on an organization by newer names.

use super::{
    Body, Field,
    Guard::Any,
    Method::*,
    Operation, Told, changed, new,
    parameters::{CHECKPOINTS, FLAG, PAGES, PAGING},
    row,
};
use crate::within::{CLIENT, CONNECTION, GIVEN_CLIENTS, ROLES, TAKEN_CLIENTS, WITH_ROLE};

const TAG: &str = "Organizations";
const MANY: &str = "/api/v2/organizations/{id}/connections";
const ONE: &str = "/api/v2/organizations/{id}/connections/{connection}";
const MEMBER: &str = "/api/v2/organizations/{id}/members/{user}/roles";
const CLIENTS: &str = "/api/v2/organizations/{id}/clients";
const ITS_CLIENT: &str = "/api/v2/organizations/{id}/clients/{client}";
const READ: &[&str] = &["read:organization_connections"];

pub(super) const TABLE: &[Operation] = &[
    row((Get, MANY), "List an organization's connections and what is said of each", TAG, Any(READ))
        .query(&[PAGES, &[Field::maybe("is_enabled", FLAG)]])
        .tells(Told::Paged(&CONNECTION)),
    row(
        (Post, MANY),
        "Let people come in by a connection, and say more of it",
        TAG,
        Any(&["create:organization_connections"]),
    )
    .takes(new(&CONNECTION))
    .with(201, Told::Whole(&CONNECTION)),
    row((Get, ONE), "Read what is said of an organization's connection", TAG, Any(READ))
        .tells(Told::Whole(&CONNECTION)),
    row(
        (Patch, ONE),
        "Change what is said of an organization's connection",
        TAG,
        Any(&["update:organization_connections"]),
    )
    .takes(changed(&CONNECTION))
    .tells(Told::Whole(&CONNECTION)),
    row(
        (Delete, ONE),
        "Take a connection from an organization",
        TAG,
        Any(&["delete:organization_connections"]),
    ),
    row((Get, MEMBER), "List a member's roles", TAG, Any(&["read:organization_member_roles"]))
        .query(&[PAGES])
        .tells(Told::Paged(&ROLES)),
    row((Post, MEMBER), "Give a member roles", TAG, Any(&["create:organization_member_roles"]))
        .takes(new(&ROLES)),
    row((Delete, MEMBER), "Take roles from a member", TAG, Any(&["delete:organization_member_roles"]))
        .takes(new(&ROLES)),
    row(
        (Get, "/api/v2/organizations/{id}/roles/{role}/members"),
        "List the members that have a role",
        TAG,
        Any(&["read:roles", "read:organization_members"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&WITH_ROLE)),
    row(
        (Get, CLIENTS),
        "List the clients an organization was given",
        TAG,
        Any(&["read:organization_clients"]),
    )
    .query(&[CHECKPOINTS])
    .tells(Told::Checkpoints(&CLIENT)),
    row((Post, CLIENTS), "Give an organization clients", TAG, Any(&["create:organization_clients"]))
        .takes(Body::Shape(GIVEN_CLIENTS))
        .with(201, Told::List(&CLIENT))
        .also(&[404]),
    row((Delete, CLIENTS), "Take clients from an organization", TAG, Any(&["delete:organization_clients"]))
        .takes(Body::Shape(TAKEN_CLIENTS)),
    row((Get, ITS_CLIENT), "Read a client of an organization", TAG, Any(&["read:organization_clients"]))
        .tells(Told::Whole(&CLIENT)),
    row(
        (Patch, ITS_CLIENT),
        "Change a client of an organization",
        TAG,
        Any(&["update:organization_clients"]),
    )
    .takes(changed(&CLIENT))
    .tells(Told::Whole(&CLIENT)),
];
