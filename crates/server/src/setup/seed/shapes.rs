//! What the first documents say, in the shapes administrators know.

use keybound_authority::model::tenant::{LocalhostConsent, OrganizationNames};
use serde_json::{Value, json};

use super::scopes;
use crate::config::TenantSettings;

pub(super) fn tenant(settings: &TenantSettings) -> Value {
    json!({
        "enabled_locales": ["en"],
        "default_directory": CONNECTION,
        "allowed_logout_urls": settings.logout_urls,
        "allow_organization_name_in_authentication_api":
            settings.organization_names == OrganizationNames::Told,
        "flags": { "skip_consent_on_localhost": settings.localhost_consent == LocalhostConsent::Skip },
    })
}

pub(super) fn connection(id: &str) -> Value {
    json!({
        "id": id,
        "name": CONNECTION,
        "strategy": "auth0",
        // As a fresh Auth0 tenant has it.
        "options": {
            "passwordPolicy": "good",
            "brute_force_protection": true,
            "disable_signup": false,
            "configuration": {},
            "customScripts": {},
            "enabledDatabaseCustomization": false,
            "import_mode": false,
            "mfa": { "active": true, "return_enroll_settings": true },
            "password_complexity_options": { "min_length": 8 },
            "password_dictionary": { "enable": false, "dictionary": [] },
            "password_history": { "enable": false, "size": 5 },
            "password_no_personal_info": { "enable": false },
            "requires_username": false,
            "strategy_version": 2,
            "validation": { "username": { "min": 1, "max": 15 } },
        },
        "enabled_clients": [],
        "is_domain_connection": true,
        "realms": [CONNECTION],
    })
}

pub(super) fn management_api(id: &str, identifier: &str) -> Value {
    let scope =
        |(value, description): (String, String)| json!({ "value": value, "description": description });
    let scopes: Value = scopes::every().map(scope).collect();
    json!({
        "id": id,
        // Auth0's deploy tools know by its name which API is not theirs to delete.
        "name": "Auth0 Management API",
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
        // Administrators are machines. What a user's token opens is theirs alone, where a grant lets an application ask.
        "subject_type_authorization": {
            "user": { "policy": "require_client_grant" },
            "client": { "policy": "require_client_grant" },
        },
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
    scopes::every().map(|(name, _)| Value::from(name)).collect()
}

const CONNECTION: &str = "Username-Password-Authentication";
