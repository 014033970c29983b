//! Clients, their credentials and grants, and the APIs they call.

use super::{
    Body, Field,
    Guard::Any,
    Method::*,
    Operation, Shape, Told, Verb, changed, new,
    parameters::{FLAG, PAGES, PAGING, SELECTION, TEXT},
    row,
};
use crate::{client, client_grant, credential, organization, resource_server};

const CLIENTS: &str = "Clients";
const GRANTS: &str = "Client grants";
const APIS: &str = "Resource servers";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/clients"), "List clients", CLIENTS, Any(&["read:clients", "read:client_keys"]))
        .query(&[PAGING, SELECTION, CLIENT_FILTERS])
        .tells(Told::Paged(&client::KIND)),
    row((Post, "/api/v2/clients"), "Make a client", CLIENTS, Any(&["create:clients"]))
        .takes(new(&client::KIND))
        .with(201, Told::Whole(&client::KIND)),
    row((Get, "/api/v2/clients/{id}"), "Read a client", CLIENTS, Any(&["read:clients", "read:client_keys"]))
        .query(&[SELECTION])
        .tells(Told::Part(&client::KIND)),
    row(
        (Patch, "/api/v2/clients/{id}"),
        "Change a client",
        CLIENTS,
        Any(&["update:clients", "update:client_keys", "update:client_credentials"]),
    )
    .takes(changed(&client::KIND))
    .tells(Told::Whole(&client::KIND)),
    row((Delete, "/api/v2/clients/{id}"), "Delete a client", CLIENTS, Any(&["delete:clients"])),
    row(
        (Post, "/api/v2/clients/{id}/rotate-secret"),
        "Give a client another secret",
        CLIENTS,
        Any(&["update:client_keys"]),
    )
    .takes(Body::Maybe(&client::secret::ROTATION, Verb::Update))
    .tells(Told::Whole(&client::KIND)),
    row(
        (Get, "/api/v2/clients/{id}/credentials"),
        "List a client's credentials",
        CLIENTS,
        Any(&["read:client_credentials"]),
    )
    // Some of Auth0's own clients ask for a page; as there, they are given all.
    .query(&[PAGES])
    .tells(Told::List(&credential::KIND)),
    row(
        (Post, "/api/v2/clients/{id}/credentials"),
        "Make a credential",
        CLIENTS,
        Any(&["create:client_credentials"]),
    )
    .takes(new(&credential::KIND))
    .with(201, Told::Whole(&credential::KIND)),
    row(
        (Get, "/api/v2/clients/{id}/credentials/{credential}"),
        "Read a credential",
        CLIENTS,
        Any(&["read:client_credentials"]),
    )
    .tells(Told::Whole(&credential::KIND)),
    row(
        (Patch, "/api/v2/clients/{id}/credentials/{credential}"),
        "Change when a credential ends",
        CLIENTS,
        Any(&["update:client_credentials"]),
    )
    .takes(changed(&credential::KIND))
    .tells(Told::Whole(&credential::KIND)),
    row(
        (Delete, "/api/v2/clients/{id}/credentials/{credential}"),
        "Delete a credential",
        CLIENTS,
        Any(&["delete:client_credentials"]),
    ),
    row((Get, "/api/v2/client-grants"), "List client grants", GRANTS, Any(&["read:client_grants"]))
        .query(&[PAGING, SELECTION, GRANT_FILTERS])
        .tells(Told::Paged(&client_grant::KIND)),
    row((Post, "/api/v2/client-grants"), "Make a client grant", GRANTS, Any(&["create:client_grants"]))
        .takes(new(&client_grant::KIND))
        .with(201, Told::Whole(&client_grant::KIND))
        .also(&[404]),
    row((Get, "/api/v2/client-grants/{id}"), "Read a client grant", GRANTS, Any(&["read:client_grants"]))
        .query(&[SELECTION])
        .tells(Told::Part(&client_grant::KIND)),
    row(
        (Patch, "/api/v2/client-grants/{id}"),
        "Change a client grant",
        GRANTS,
        Any(&["update:client_grants"]),
    )
    .takes(changed(&client_grant::KIND))
    .tells(Told::Whole(&client_grant::KIND)),
    row(
        (Delete, "/api/v2/client-grants/{id}"),
        "Delete a client grant",
        GRANTS,
        Any(&["delete:client_grants"]),
    ),
    row(
        (Get, "/api/v2/client-grants/{id}/organizations"),
        "List the organizations a client grant holds in",
        GRANTS,
        Any(&["read:organization_client_grants"]),
    )
    .query(&[PAGING])
    .tells(Told::Paged(&organization::KIND)),
    row((Get, "/api/v2/resource-servers"), "List APIs", APIS, Any(&["read:resource_servers"]))
        .query(&[PAGING, SELECTION, API_FILTERS])
        .tells(Told::Paged(&resource_server::KIND)),
    row((Post, "/api/v2/resource-servers"), "Make an API", APIS, Any(&["create:resource_servers"]))
        .takes(new(&resource_server::KIND))
        .with(201, Told::Whole(&resource_server::KIND)),
    row(
        (Get, "/api/v2/resource-servers/{id}"),
        "Read an API, by its id or identifier",
        APIS,
        Any(&["read:resource_servers"]),
    )
    .query(&[SELECTION])
    .tells(Told::Part(&resource_server::KIND)),
    row(
        (Patch, "/api/v2/resource-servers/{id}"),
        "Change an API, by its id or identifier",
        APIS,
        Any(&["update:resource_servers"]),
    )
    .takes(changed(&resource_server::KIND))
    .tells(Told::Whole(&resource_server::KIND)),
    row(
        (Delete, "/api/v2/resource-servers/{id}"),
        "Delete an API, by its id or identifier",
        APIS,
        Any(&["delete:resource_servers"]),
    ),
];

const CLIENT_FILTERS: &[Field] =
    &[Field::maybe("is_global", FLAG), Field::maybe("is_first_party", FLAG), Field::maybe("app_type", TEXT)];

const GRANT_FILTERS: &[Field] = &[
    Field::maybe("audience", TEXT),
    Field::maybe("client_id", TEXT),
    Field::maybe("subject_type", TEXT),
    Field::maybe("allow_any_organization", FLAG),
];

const API_FILTERS: &[Field] = &[Field::maybe("identifiers", Shape::List { of: &TEXT, most: usize::MAX })];
