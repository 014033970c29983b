//! What a client is when it is made: what was written, over Auth0's defaults.

use serde_json::{Map, Value, json};

use super::{KIND, has_keys, is_public, secret};

/// What a client is when it is made: what was written, over Auth0's defaults.
///
/// A client in a browser or on a device is public unless it says otherwise. As at Auth0 every client has a secret; that
/// of one which is public or authenticates with keys opens nothing. Which grants it may redeem follows from where it
/// runs.
pub fn create(input: Map<String, Value>, id: &str, drawn: &str) -> Map<String, Value> {
    let mut client = object(json!({
        "client_id": id,
        "is_first_party": true,
        "oidc_conformant": true,
        "sso_disabled": false,
        "cross_origin_authentication": false,
        "custom_login_page_on": true,
        "is_token_endpoint_ip_header_trusted": false,
        "require_proof_of_possession": false,
        "require_pushed_authorization_requests": false,
        "callbacks": [],
        "allowed_logout_urls": [],
        "web_origins": [],
        "global": false,
        "jwt_configuration": { "alg": "RS256", "lifetime_in_seconds": 36000, "secret_encoded": false },
    }));
    KIND.merge(&mut client, input);
    let app_type = client.get("app_type").and_then(Value::as_str).map(str::to_owned);
    let at_home = matches!(app_type.as_deref(), Some("spa" | "native"));
    if at_home && !has_keys(&client) {
        client.entry("token_endpoint_auth_method").or_insert_with(|| "none".into());
    }
    let public = is_public(&client);
    client.insert(secret::MEMBER.to_owned(), drawn.into());
    if is_express(&client) {
        for (name, value) in express() {
            client.entry(name).or_insert(value);
        }
    }
    client.entry("grant_types").or_insert_with(|| match (app_type.as_deref(), public) {
        (Some("non_interactive"), false) => json!(["client_credentials"]),
        (Some("resource_server"), false) => json!(["urn:ietf:params:oauth:grant-type:token-exchange"]),
        (_, true) => json!(["authorization_code", "refresh_token"]),
        (_, false) => json!(["authorization_code", "refresh_token", "client_credentials"]),
    });
    if !client.contains_key("refresh_token") {
        client.insert("refresh_token".to_owned(), if public { rotating() } else { keeping() });
    }
    if client.get("is_first_party") == Some(&Value::Bool(false)) {
        client.entry("third_party_security_mode").or_insert_with(|| "permissive".into());
    }
    complete(&mut client);
    client
}

/// Whether it is a third party's that Auth0 holds to its stricter rules; its id says so.
pub fn is_strict(input: &Map<String, Value>) -> bool {
    input.get("third_party_security_mode").and_then(Value::as_str) == Some("strict")
}

/// Whether Okta's catalogue of applications is configured by it.
pub fn is_express(client: &Map<String, Value>) -> bool {
    client.get("app_type").and_then(Value::as_str) == Some("express_configuration")
}

/// What was written, in the words of today: Auth0's older tools write `cross_origin_auth`.
pub fn in_new_words(mut input: Map<String, Value>) -> Map<String, Value> {
    if let Some(said) = input.remove("cross_origin_auth") {
        input.entry("cross_origin_authentication").or_insert(said);
    }
    input
}

/// Says what follows from what was written.
pub fn complete(client: &mut Map<String, Value>) {
    agree_on_logout(client);
    if let Some(Value::Object(said)) = client.get_mut("refresh_token") {
        let ends = said.get("expiration_type").and_then(Value::as_str) == Some("expiring");
        fill(said, if ends { rotating() } else { keeping() });
    }
    if let Some(Value::Object(said)) = client.get_mut("session_transfer") {
        fill(said, alone());
    }
}

fn fill(said: &mut Map<String, Value>, usual: Value) {
    for (name, value) in object(usual) {
        said.entry(name).or_insert(value);
    }
}

/// Auth0's older name for `oidc_logout` says the same.
fn agree_on_logout(client: &mut Map<String, Value>) {
    if let Some(Value::Object(said)) = client.get_mut("oidc_logout")
        && said.is_empty()
    {
        fill(said, either_end());
    }
    const NAMES: [&str; 2] = ["oidc_logout", "oidc_backchannel_logout"];
    for (from, to) in [(NAMES[1], NAMES[0]), (NAMES[0], NAMES[1])] {
        if let (Some(said), None) = (client.get(from).cloned(), client.get(to)) {
            client.insert(to.to_owned(), said);
        }
    }
}

/// Who asks for logouts to be told and does not say whose hears of those that were begun at either end.
fn either_end() -> Value {
    let initiators = json!({ "mode": "custom", "selected_initiators": ["rp-logout", "idp-logout"] });
    json!({ "backchannel_logout_initiators": initiators })
}

/// A public client's refresh tokens rotate and end (RFC 9700 §2.2.2).
fn rotating() -> Value {
    json!({
        "rotation_type": "rotating",
        "expiration_type": "expiring",
        "leeway": 0,
        "token_lifetime": 2_592_000,
        "idle_token_lifetime": 1_296_000,
        "infinite_token_lifetime": false,
        "infinite_idle_token_lifetime": false,
    })
}

/// As Auth0 has it.
fn keeping() -> Value {
    json!({
        "rotation_type": "non-rotating",
        "expiration_type": "non-expiring",
        "leeway": 0,
        "token_lifetime": 31_557_600,
        "idle_token_lifetime": 2_592_000,
        "infinite_token_lifetime": true,
        "infinite_idle_token_lifetime": true,
    })
}

/// A session that goes nowhere else.
fn alone() -> Value {
    json!({
        "can_create_session_transfer_token": false,
        "allowed_authentication_methods": [],
        "enforce_device_binding": "ip",
        "allow_refresh_token": false,
        "enforce_online_refresh_tokens": true,
        "enforce_cascade_revocation": true,
    })
}

/// What Auth0 makes of the client by which one of its own products is configured.
fn express() -> Map<String, Value> {
    object(json!({
        "organization_usage": "require",
        "organization_require_behavior": "pre_login_prompt",
        "client_authentication_methods": { "private_key_jwt": { "credentials": [] } },
        "async_approval_notification_channels": ["guardian-push"],
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
