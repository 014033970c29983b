//! What the first documents say, in the shapes administrators know.

use keybound_authority::model::tenant::LocalhostConsent;
use serde_json::{Value, json};

use crate::config::TenantSettings;

pub(super) fn tenant(settings: &TenantSettings) -> Value {
    json!({
        "friendly_name": "Keybound",
        "enabled_locales": ["en"],
        "default_directory": CONNECTION,
        "allowed_logout_urls": settings.logout_urls,
        "flags": { "skip_consent_on_localhost": settings.localhost_consent == LocalhostConsent::Skip },
    })
}

pub(super) fn connection(id: &str) -> Value {
    json!({
        "id": id,
        "name": CONNECTION,
        "strategy": "auth0",
        "options": { "passwordPolicy": "good", "brute_force_protection": true, "disable_signup": false },
        "enabled_clients": [],
        "is_domain_connection": true,
        "realms": [CONNECTION],
    })
}

pub(super) fn management_api(id: &str, identifier: &str) -> Value {
    let scope = |(value, description): &(&str, &str)| json!({ "value": value, "description": description });
    let scopes: Value = SCOPES.iter().map(scope).collect();
    json!({
        "id": id,
        "name": "Keybound Management API",
        "identifier": identifier,
        "is_system": true,
        "scopes": scopes,
        "signing_alg": "RS256",
        "token_lifetime": 86400,
        "token_lifetime_for_web": 7200,
        "allow_offline_access": false,
        "skip_consent_for_verifiable_first_party_clients": false,
        // Bound tokens where the administrator's tool can, bearer tokens for those that cannot.
        "proof_of_possession": { "mechanism": "dpop", "required": false },
    })
}

pub(super) fn global_client(id: &str, secret: &str) -> Value {
    json!({
        "client_id": id,
        "client_secret": secret,
        "name": "All Applications",
        "global": true,
        "is_first_party": true,
        "oidc_conformant": false,
        "callbacks": [],
        "grant_types": [],
        "token_endpoint_auth_method": "client_secret_post",
    })
}

pub(super) fn bootstrap_client(id: &str, secret: &str) -> Value {
    json!({
        "client_id": id,
        "client_secret": secret,
        "name": "Bootstrap",
        "description": "Made at the start of the server, to set the tenant up.",
        "app_type": "non_interactive",
        "is_first_party": true,
        "oidc_conformant": true,
        "callbacks": [],
        "grant_types": ["client_credentials"],
    })
}

pub(super) fn client_grant(id: &str, client: &str, audience: &str) -> Value {
    json!({
        "id": id,
        "client_id": client,
        "audience": audience,
        "scope": scope_names(),
        "subject_type": "client",
    })
}

/// Every scope of the Management API.
pub(super) fn scope_names() -> Value {
    SCOPES.iter().map(|(name, _)| Value::from(*name)).collect()
}

const CONNECTION: &str = "Username-Password-Authentication";

/// What the Management API lets a client do, as far as it is there.
const SCOPES: [(&str, &str); 36] = [
    ("read:clients", "Read Clients"),
    ("create:clients", "Create Clients"),
    ("update:clients", "Update Clients"),
    ("delete:clients", "Delete Clients"),
    ("read:client_keys", "Read Client Keys"),
    ("create:client_keys", "Create Client Keys"),
    ("update:client_keys", "Update Client Keys"),
    ("delete:client_keys", "Delete Client Keys"),
    ("read:client_grants", "Read Client Grants"),
    ("create:client_grants", "Create Client Grants"),
    ("update:client_grants", "Update Client Grants"),
    ("delete:client_grants", "Delete Client Grants"),
    ("read:resource_servers", "Read Resource Servers"),
    ("create:resource_servers", "Create Resource Servers"),
    ("update:resource_servers", "Update Resource Servers"),
    ("delete:resource_servers", "Delete Resource Servers"),
    ("read:connections", "Read Connections"),
    ("create:connections", "Create Connections"),
    ("update:connections", "Update Connections"),
    ("delete:connections", "Delete Connections"),
    ("read:users", "Read Users"),
    ("create:users", "Create Users"),
    ("update:users", "Update Users"),
    ("delete:users", "Delete Users"),
    ("read:user_idp_tokens", "Read User Identity Provider Tokens"),
    ("read:users_app_metadata", "Read Users App Metadata"),
    ("create:users_app_metadata", "Create Users App Metadata"),
    ("update:users_app_metadata", "Update Users App Metadata"),
    ("delete:users_app_metadata", "Delete Users App Metadata"),
    ("read:grants", "Read Grants"),
    ("delete:grants", "Delete Grants"),
    ("read:logs", "Read Logs"),
    ("read:logs_users", "Read Logs of Users"),
    ("read:signing_keys", "Read Signing Keys"),
    ("create:signing_keys", "Create Signing Keys"),
    ("update:signing_keys", "Update Signing Keys"),
];
