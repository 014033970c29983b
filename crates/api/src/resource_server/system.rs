//! APIs of Auth0's own that a tenant has once somebody asks for them by their identifier.
//!
//! Source: answers of real tenants to `POST /api/v2/resource-servers`. They are kept, as a place for grants and policies;
//! nothing answers at them here.

use serde_json::{Map, Value, json};

/// What an API of Auth0's own says of itself, if that identifier is one's. `issuer` ends in a slash.
pub fn named(identifier: &str, issuer: &str) -> Option<Map<String, Value>> {
    let own = match identifier.strip_prefix(issuer) {
        Some("me/") => account(),
        None if identifier == "urn:auth0:express-configure" => express(),
        _ => return None,
    };
    own.as_object().cloned()
}

/// What is Auth0's to say of it, whoever asks; the rest is only what it begins with.
pub(super) const SETTLED: &[&str] = &["name", "scopes", "is_system", "signing_alg", "enforce_policies"];

/// What people do to their own account.
fn account() -> Value {
    json!({
        "name": "Auth0 My Account API",
        "is_system": true,
        "scopes": [
            scope("create:me:connected_accounts", "Create Connected Accounts"),
            scope("read:me:connected_accounts", "Read Connected Accounts"),
            scope("delete:me:connected_accounts", "Delete Connected Accounts"),
            scope("read:me:authentication_methods", "Read Authentication Methods"),
            scope("delete:me:authentication_methods", "Delete Authentication Methods"),
            scope("update:me:authentication_methods", "Update Authentication Methods"),
            scope("read:me:factors", "Read Factors"),
            scope("create:me:authentication_methods", "Create Authentication Methods"),
        ],
        "signing_alg": "RS256",
        "enforce_policies": false,
        "allow_offline_access": true,
        "token_lifetime": 600,
        "token_lifetime_for_web": 600,
        "skip_consent_for_verifiable_first_party_clients": true,
        "proof_of_possession": { "mechanism": "dpop", "required": false },
        "subject_type_authorization": {
            "user": { "policy": "require_client_grant" },
            "client": { "policy": "deny_all" },
        },
    })
}

/// Where Okta's catalogue of applications configures single sign-on.
fn express() -> Value {
    json!({
        "name": "Okta OIN Express Configuration API",
        "is_system": true,
        "scopes": [
            scope("express_configure:sso", "Ability to create SSO configurations"),
            scope("express_configure:scim", "Ability to create scim configurations"),
        ],
        "signing_alg": "RS256",
        "enforce_policies": true,
        "allow_offline_access": false,
        "token_lifetime": 300,
        "token_lifetime_for_web": 300,
        "skip_consent_for_verifiable_first_party_clients": false,
        "subject_type_authorization": {
            "user": { "policy": "allow_all" },
            "client": { "policy": "deny_all" },
        },
    })
}

fn scope(value: &str, description: &str) -> Value {
    json!({ "value": value, "description": description })
}
