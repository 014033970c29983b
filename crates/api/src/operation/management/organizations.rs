//! Organizations, and what hangs on them.

use super::{
    Guard::Any,
    Method::*,
    Operation, Told, changed, new,
    parameters::{PAGING, SELECTION},
    row,
};
use crate::organization::{CONNECTION, GRANT, INVITATION, KIND, MEMBERS};

const TAG: &str = "Organizations";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/organizations"), "List organizations", TAG, Any(&["read:organizations"]))
        .query(&[PAGING, SELECTION])
        .tells(Told::Paged(&KIND)),
    row((Post, "/api/v2/organizations"), "Make an organization", TAG, Any(&["create:organizations"]))
        .takes(new(&KIND))
        .with(201, Told::Whole(&KIND))
        .also(&[404]),
    row(
        (Get, "/api/v2/organizations/name/{name}"),
        "Read an organization by its name",
        TAG,
        Any(&["read:organizations"]),
    )
    .tells(Told::Whole(&KIND)),
    row((Get, "/api/v2/organizations/{id}"), "Read an organization", TAG, Any(&["read:organizations"]))
        .query(&[SELECTION])
        .tells(Told::Part(&KIND)),
    row((Patch, "/api/v2/organizations/{id}"), "Change an organization", TAG, Any(&["update:organizations"]))
        .takes(changed(&KIND))
        .tells(Told::Whole(&KIND)),
    row(
        (Delete, "/api/v2/organizations/{id}"),
        "Delete an organization",
        TAG,
        Any(&["delete:organizations"]),
    ),
    row(
        (Get, "/api/v2/organizations/{id}/enabled_connections"),
        "List an organization's connections",
        TAG,
        Any(&["read:organization_connections"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&CONNECTION)),
    row(
        (Post, "/api/v2/organizations/{id}/enabled_connections"),
        "Let people come in by a connection",
        TAG,
        Any(&["create:organization_connections"]),
    )
    .takes(new(&CONNECTION))
    .with(201, Told::Whole(&CONNECTION)),
    row(
        (Get, "/api/v2/organizations/{id}/enabled_connections/{connection}"),
        "Read how people come in by a connection",
        TAG,
        Any(&["read:organization_connections"]),
    )
    .tells(Told::Whole(&CONNECTION)),
    row(
        (Patch, "/api/v2/organizations/{id}/enabled_connections/{connection}"),
        "Change how people come in by a connection",
        TAG,
        Any(&["update:organization_connections"]),
    )
    .takes(changed(&CONNECTION))
    .tells(Told::Whole(&CONNECTION)),
    row(
        (Delete, "/api/v2/organizations/{id}/enabled_connections/{connection}"),
        "Let nobody come in by a connection",
        TAG,
        Any(&["delete:organization_connections"]),
    ),
    row(
        (Get, "/api/v2/organizations/{id}/members"),
        "List members",
        TAG,
        Any(&["read:organization_members"]),
    )
    .query(&[PAGING, SELECTION])
    .tells(Told::Paged(&MEMBERS)),
    row(
        (Post, "/api/v2/organizations/{id}/members"),
        "Add members",
        TAG,
        Any(&["create:organization_members"]),
    )
    .takes(new(&MEMBERS)),
    row(
        (Delete, "/api/v2/organizations/{id}/members"),
        "Take members away",
        TAG,
        Any(&["delete:organization_members"]),
    )
    .takes(new(&MEMBERS)),
    row(
        (Get, "/api/v2/organizations/{id}/invitations"),
        "List invitations",
        TAG,
        Any(&["read:organization_invitations"]),
    )
    .query(&[PAGING, SELECTION])
    .tells(Told::Paged(&INVITATION)),
    row(
        (Post, "/api/v2/organizations/{id}/invitations"),
        "Invite somebody",
        TAG,
        Any(&["create:organization_invitations"]),
    )
    .takes(new(&INVITATION))
    .with(201, Told::Whole(&INVITATION)),
    row(
        (Get, "/api/v2/organizations/{id}/invitations/{invitation}"),
        "Read an invitation",
        TAG,
        Any(&["read:organization_invitations"]),
    )
    .query(&[SELECTION])
    .tells(Told::Part(&INVITATION)),
    row(
        (Delete, "/api/v2/organizations/{id}/invitations/{invitation}"),
        "Withdraw an invitation",
        TAG,
        Any(&["delete:organization_invitations"]),
    ),
    row(
        (Get, "/api/v2/organizations/{id}/client-grants"),
        "List the client grants that hold in an organization",
        TAG,
        Any(&["read:organization_client_grants"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&GRANT)),
    row(
        (Post, "/api/v2/organizations/{id}/client-grants"),
        "Let a client grant hold in an organization",
        TAG,
        Any(&["create:organization_client_grants"]),
    )
    .takes(new(&GRANT))
    .with(201, Told::Whole(&GRANT)),
    row(
        (Delete, "/api/v2/organizations/{id}/client-grants/{grant}"),
        "Let a client grant hold no more in an organization",
        TAG,
        Any(&["delete:organization_client_grants"]),
    ),
];
