//! Clients; what Auth0 calls applications.

use serde_json::{Map, Value, json};

use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::{adoption, credential};

pub mod secret;

/// What a client may say of itself.
pub const KIND: Kind = Kind {
    name: Name { one: "client", many: "clients", path: "clients" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &["client_metadata", "jwt_configuration", "signed_request_object"],
    absent: "The client does not exist",
    absent_code: "inexistent_client",
};

/// Members only who holds `read:client_keys` may see.
pub const KEYS: &[&str] = &["client_secret", "signing_keys", "encryption_key"];

/// Where a client runs.
pub const APP_TYPES: &[&str] = &["native", "spa", "regular_web", "non_interactive", "resource_server"];

/// Where credentials are enabled: the way to the list that names them.
pub const ENABLING: &[&[&str]] =
    &[&["client_authentication_methods", "private_key_jwt"], &["signed_request_object"]];

/// What a client is when it is made: what was written, over Auth0's defaults.
///
/// A client in a browser or on a device is public unless it says otherwise, and gets no secret. Which grants it may
/// redeem follows from where it runs.
pub fn create(input: Map<String, Value>, id: &str, secret: &str) -> Map<String, Value> {
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
    if !public && !has_keys(&client) {
        client.insert("client_secret".to_owned(), secret.into());
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
    client
}

/// Whether it shows nothing.
pub fn is_public(client: &Map<String, Value>) -> bool {
    client.get("token_endpoint_auth_method").and_then(Value::as_str) == Some("none")
}

/// Whether it authenticates with keys, and so has no secret either.
pub fn has_keys(client: &Map<String, Value>) -> bool {
    has_registered_keys(client)
        || publishes_keys(client) && client.get("token_endpoint_auth_method").is_none_or(Value::is_null)
}

/// Whether its keys are credentials of its own.
pub fn has_registered_keys(client: &Map<String, Value>) -> bool {
    client.get("client_authentication_methods").is_some_and(|methods| !methods["private_key_jwt"].is_null())
}

/// Checks what no table can say: how far the client has come with bound tokens is said once, and whoever requires them
/// makes no exception for refresh tokens.
///
/// # Errors
/// What contradicts what.
pub fn check(client: &Map<String, Value>) -> Result<(), Invalid> {
    adoption::check(client, &["require_proof_of_possession"])?;
    adoption::check_refresh_tokens(client)
}

/// Whether its keys are at an address of its own.
pub fn publishes_keys(client: &Map<String, Value>) -> bool {
    client.get("jwks_uri").is_some_and(|address| !address.is_null())
}

/// A public client's refresh tokens rotate and end (RFC 9700 §2.2.2), and a lost answer is no loss.
fn rotating() -> Value {
    json!({
        "rotation_type": "rotating",
        "expiration_type": "expiring",
        "leeway": 30,
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

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

const NAME: Shape = Shape::Text { least: 1, most: 200, format: Format::Name };
const CALLBACK: Shape = Shape::formatted(Format::Callback);
const ORIGIN: Shape = Shape::formatted(Format::Origin);
const LOGOUT_URL: Shape = Shape::formatted(Format::Callback);
const WORD: Shape = Shape::some_text(255);
const GRANT: Shape = Shape::OneOffered {
    offered: &[
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "implicit",
        "password",
        "http://auth0.com/oauth/grant-type/password-realm",
        "http://auth0.com/oauth/grant-type/passwordless/otp",
        "http://auth0.com/oauth/grant-type/mfa-oob",
        "http://auth0.com/oauth/grant-type/mfa-otp",
        "http://auth0.com/oauth/grant-type/mfa-recovery-code",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
    ],
    inert: &[],
    others: &[
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:okta:params:oauth:grant-type:webauthn",
        "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token",
    ],
};
const CHANNEL: Shape = Shape::OneOffered { offered: &["email"], inert: &[], others: &["guardian-push"] };
const APP_TYPE: Shape = Shape::OneOffered {
    offered: APP_TYPES,
    inert: &["express_configuration"],
    others: &["sso_integration", "oag"],
};
const LONGEST: i64 = 157_788_000;

const JWT: &[Field] = &[
    Field::obeyed("lifetime_in_seconds", Shape::Number { least: 1, most: 2_592_000 }),
    // Whoever asks for another gets RS256, which a client that holds to its own demand does not take.
    Field::obeyed(
        "alg",
        Shape::OneOffered { offered: &["RS256"], inert: &["HS256", "RS512", "PS256"], others: &[] },
    ),
    Field::refused("secret_encoded", Shape::Flag, &[]),
    Field::refused("scopes", Shape::Free { most: 100 }, &[]),
];

/// Auth0's multi-resource refresh tokens.
const POLICY: &[Field] = &[
    Field::obeyed("audience", Shape::some_text(600)).when(Write::Within),
    Field::obeyed("scope", Shape::List { of: &Shape::some_text(280), most: 100 }).when(Write::Within),
];

const REFRESH: &[Field] = &[
    Field::obeyed("rotation_type", Shape::OneOf(&["rotating", "non-rotating"])).when(Write::Within),
    Field::obeyed("expiration_type", Shape::OneOf(&["expiring", "non-expiring"])).when(Write::Within),
    Field::obeyed("leeway", Shape::Number { least: 0, most: 600 }),
    Field::obeyed("token_lifetime", Shape::Number { least: 1, most: LONGEST }),
    Field::obeyed("infinite_token_lifetime", Shape::Flag),
    Field::obeyed("idle_token_lifetime", Shape::Number { least: 1, most: LONGEST }),
    Field::obeyed("infinite_idle_token_lifetime", Shape::Flag),
    Field::obeyed("policies", Shape::List { of: &Shape::Object(POLICY), most: 100 }).or_null(),
];

/// Who ended the session: here always an application, or the person at our own pages.
const INITIATORS: &[Field] = &[
    Field::obeyed("mode", Shape::OneOffered { offered: &["custom"], inert: &[], others: &["all"] }),
    Field::obeyed("selected_initiators", Shape::List { of: &INITIATOR, most: 10 }),
];
const INITIATOR: Shape = Shape::OneOffered {
    offered: &["rp-logout", "idp-logout"],
    inert: &[],
    others: &[
        "account-deactivated",
        "account-deleted",
        "email-identifier-changed",
        "mfa-phone-unenrolled",
        "password-changed",
        "session-expired",
        "session-revoked",
    ],
};

/// OpenID Connect Back-Channel Logout 1.0; Auth0 takes one address.
const LOGOUT: &[Field] = &[
    Field::obeyed(
        "backchannel_logout_urls",
        Shape::List { of: &Shape::formatted(Format::Endpoint), most: 1 },
    ),
    Field::obeyed("backchannel_logout_initiators", Shape::Object(INITIATORS)).or_null(),
    Field::inert("backchannel_logout_session_metadata", Shape::Free { most: 10 }, &[]),
];

/// A credential that is there.
const NAMED: &[Field] = &[Field::obeyed("id", WORD).when(Write::Within)];

const fn enabled(shape: &'static Shape) -> Field {
    Field::obeyed("credentials", Shape::List { of: shape, most: credential::MOST }).when(Write::Within)
}

const NEW_KEYS: &[Field] = &[enabled(&Shape::Object(credential::FIELDS))];
const KEYS_THERE: &[Field] = &[enabled(&Shape::Object(NAMED))];

const SIGNED: Field = Field::obeyed("required", Shape::Flag);
const NEW_SIGNING: &[Field] = &[SIGNED, enabled(&Shape::Object(credential::FIELDS)).when(Write::Always)];
const SIGNING: &[Field] = &[SIGNED, enabled(&Shape::Object(NAMED)).when(Write::Always)];

const MUTUAL_TLS: Shape = Shape::Free { most: 10 };
const NEW_METHODS: &[Field] = &[
    Field::obeyed("private_key_jwt", Shape::Object(NEW_KEYS)),
    Field::refused("tls_client_auth", MUTUAL_TLS, &[]),
    Field::refused("self_signed_tls_client_auth", MUTUAL_TLS, &[]),
];
const METHODS: &[Field] = &[
    Field::obeyed("private_key_jwt", Shape::Object(KEYS_THERE)),
    Field::refused("tls_client_auth", MUTUAL_TLS, &[]),
    Field::refused("self_signed_tls_client_auth", MUTUAL_TLS, &[]),
];

const FIELDS: &[Field] = &[
    Field::obeyed("name", NAME).when(Write::Demanded),
    Field::obeyed("name", NAME).when(Write::Update),
    Field::obeyed("app_type", APP_TYPE),
    Field::obeyed("callbacks", Shape::List { of: &CALLBACK, most: 100 }),
    Field::obeyed("web_origins", Shape::List { of: &ORIGIN, most: 100 }),
    Field::obeyed("allowed_origins", Shape::List { of: &ORIGIN, most: 100 }),
    Field::obeyed("allowed_logout_urls", Shape::List { of: &LOGOUT_URL, most: 100 }),
    Field::obeyed("grant_types", Shape::List { of: &GRANT, most: 20 }),
    Field::obeyed(
        "token_endpoint_auth_method",
        Shape::OneOf(&["none", "client_secret_post", "client_secret_basic"]),
    )
    .or_null(),
    // Where the client publishes its keys. Auth0 shows it, and sets it itself.
    Field::obeyed("jwks_uri", Shape::formatted(Format::Endpoint)).or_null(),
    Field::obeyed("client_authentication_methods", Shape::Object(NEW_METHODS)).when(Write::Create),
    Field::obeyed("client_authentication_methods", Shape::Object(METHODS)).when(Write::Update).or_null(),
    Field::obeyed("signed_request_object", Shape::Object(NEW_SIGNING)).when(Write::Create).or_null(),
    Field::obeyed("signed_request_object", Shape::Object(SIGNING)).when(Write::Update).or_null(),
    // Our own: by whose rules, where Auth0 and the documents of the IETF differ.
    Field::obeyed("profile", Shape::OneOf(&["auth0", "rfc"])),
    adoption::FIELD,
    Field::obeyed("dpop_nonce", Shape::OneOf(&["off", "optional", "required"])).or_null(),
    adoption::REFRESH_TOKENS,
    Field::obeyed("is_first_party", Shape::Flag),
    Field::obeyed("jwt_configuration", Shape::Object(JWT)),
    Field::obeyed("refresh_token", Shape::Object(REFRESH)).or_null(),
    Field::obeyed("require_proof_of_possession", Shape::Flag),
    // An API that exchanges tokens which were meant for it.
    Field::obeyed("resource_server_identifier", Shape::some_text(600)),
    Field::obeyed("require_pushed_authorization_requests", Shape::Flag),
    Field::obeyed("par_request_expiry", Shape::Number { least: 10, most: 600 }).or_null(),
    // Where invitations to an organization lead; nothing else begins a login from outside.
    Field::obeyed("initiate_login_uri", Shape::formatted(Format::Url)).or_null(),
    Field::obeyed("client_secret", Shape::some_text(512)).when(Write::Update),
    Field::shown("description", Shape::text(140)),
    Field::shown("logo_uri", Shape::formatted(Format::Url)),
    Field::shown("client_metadata", Shape::Free { most: 10 }),
    // Every flow here is what Auth0 calls conformant.
    Field::shown("oidc_conformant", Shape::Flag),
    // There is one login page and it is not a custom one.
    Field::shown("custom_login_page_on", Shape::Flag),
    // Deprecated at Auth0, and without effect there on its universal login.
    Field::shown("sso", Shape::Flag),
    Field::obeyed("oidc_logout", Shape::Object(LOGOUT)).or_null(),
    Field::refused("oidc_backchannel_logout", Shape::Free { most: 10 }, &[]),
    Field::refused("session_transfer", Shape::Free { most: 20 }, &[]),
    Field::inert("client_aliases", Shape::List { of: &WORD, most: 100 }, &[]),
    Field::inert("allowed_clients", Shape::List { of: &WORD, most: 100 }, &[]),
    Field::refused("is_token_endpoint_ip_header_trusted", Shape::Flag, &[]),
    Field::refused("encryption_key", Shape::Free { most: 10 }, &[]),
    Field::inert("cross_origin_authentication", Shape::Flag, &[]),
    Field::inert("cross_origin_loc", Shape::text(2_000), &[]),
    Field::refused("sso_disabled", Shape::Flag, &[]),
    Field::inert("custom_login_page", Shape::text(500_000), &[]),
    Field::inert("custom_login_page_preview", Shape::text(500_000), &[]),
    Field::inert("form_template", Shape::text(500_000), &[]),
    Field::inert("addons", Shape::Free { most: 100 }, &[]),
    Field::inert("mobile", Shape::Free { most: 10 }, &[]),
    Field::inert("native_social_login", Shape::Free { most: 10 }, &[]),
    Field::inert("fedcm_login", Shape::Free { most: 10 }, &[]),
    Field::refused("default_organization", Shape::Free { most: 10 }, &[]),
    Field::obeyed("organization_usage", Shape::OneOf(&["deny", "allow", "require"])).or_null(),
    Field::refused(
        "organization_require_behavior",
        Shape::OneOf(&["no_prompt", "pre_login_prompt", "post_login_prompt"]),
        &[Scalar::Text("no_prompt")],
    ),
    Field::inert("organization_discovery_methods", Shape::List { of: &WORD, most: 10 }, &[]),
    Field::refused("token_vault_privileged_access", Shape::Free { most: 10 }, &[]),
    // Whoever asks for FAPI is told that it must be asked for setting by setting.
    Field::inert("compliance_level", WORD, &[Scalar::Text("none")]),
    Field::refused("skip_non_verifiable_callback_uri_confirmation_prompt", Shape::Flag, &[]),
    Field::inert("token_exchange", Shape::Free { most: 10 }, &[]),
    Field::refused("token_quota", Shape::Free { most: 10 }, &[]),
    Field::refused("third_party_security_mode", Shape::OneOf(&["strict", "permissive"]), &[]),
    Field::refused(
        "redirection_policy",
        Shape::OneOf(&["allow_always", "open_redirect_protection"]),
        &[Scalar::Text("allow_always")],
    ),
    Field::inert("express_configuration", Shape::Free { most: 20 }, &[]),
    Field::inert("my_organization_configuration", Shape::Free { most: 20 }, &[]),
    Field::obeyed("async_approval_notification_channels", Shape::List { of: &CHANNEL, most: 10 }),
];

const TOLD: &[Field] = &[
    Field::told("client_id", WORD),
    Field::told("tenant", WORD),
    Field::told("name", NAME),
    Field::maybe("global", Shape::Flag),
    Field::maybe(secret::PREVIOUS_UNTIL, Shape::formatted(Format::DateTime)),
];

#[cfg(test)]
mod tests;
