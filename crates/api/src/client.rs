//! Clients; what Auth0 calls applications.

use serde_json::{Map, Value};

use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::{adoption, credential};

mod made;
pub mod secret;

pub use made::{complete, create, in_new_words, is_express, is_strict};

/// What a client may say of itself.
pub const KIND: Kind = Kind {
    name: Name { one: "client", many: "clients", path: "clients" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[
        "client_metadata",
        "jwt_configuration",
        "mobile",
        "native_social_login",
        "session_transfer",
        "signed_request_object",
    ],
    absent: "The client does not exist",
    absent_code: "inexistent_client",
};

/// Members only who holds `read:client_keys` may see.
pub const KEYS: &[&str] = &["client_secret", "signing_keys", "encryption_key"];

/// Those of them that nobody else may know: what signs for the tenant is shown as its certificate.
pub const SECRETS: &[&str] = &["client_secret", "encryption_key"];

/// Where a client runs.
pub const APP_TYPES: &[&str] = &["native", "spa", "regular_web", "non_interactive", "resource_server"];

/// Where credentials are enabled: the way to the list that names them.
pub const ENABLING: &[&[&str]] = &[
    &["client_authentication_methods", "private_key_jwt"],
    &["client_authentication_methods", "tls_client_auth"],
    &["client_authentication_methods", "self_signed_tls_client_auth"],
    &["signed_request_object"],
    &["token_vault_privileged_access"],
];

/// Whether it shows nothing.
pub fn is_public(client: &Map<String, Value>) -> bool {
    client.get("token_endpoint_auth_method").and_then(Value::as_str) == Some("none")
}

/// Whether it authenticates with keys, and so has no secret either.
pub fn has_keys(client: &Map<String, Value>) -> bool {
    has_registered_keys(client)
        || publishes_keys(client) && client.get("token_endpoint_auth_method").is_none_or(Value::is_null)
}

/// Whether its keys are credentials of its own. Certificates are such keys too, and nobody gets in by them here.
pub fn has_registered_keys(client: &Map<String, Value>) -> bool {
    let Some(methods) = client.get("client_authentication_methods") else { return false };
    ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]
        .iter()
        .any(|method| !methods[method].is_null())
}

/// What every client's answer carries at Auth0, and nobody writes.
pub fn view(client: &mut Map<String, Value>) {
    let cross_origin = client.get("cross_origin_authentication").cloned().unwrap_or(Value::Bool(false));
    client.insert("cross_origin_auth".to_owned(), cross_origin);
    client.insert("callback_url_template".to_owned(), false.into());
    client.insert("encrypted".to_owned(), true.into());
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
    inert: &[
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:okta:params:oauth:grant-type:webauthn",
        "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token",
        "http://auth0.com/oauth/legacy/grant-type/access_token",
        "http://auth0.com/oauth/legacy/grant-type/delegation",
        "http://auth0.com/oauth/legacy/grant-type/delegation/id_token",
        "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token",
        "http://auth0.com/oauth/legacy/grant-type/ro",
        "http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer",
    ],
    others: &[],
};
const CHANNEL: Shape = Shape::OneOffered { offered: &["email"], inert: &["guardian-push"], others: &[] };
const APP_TYPE: Shape = Shape::OneOffered {
    offered: APP_TYPES,
    inert: &[
        "express_configuration",
        "sso_integration",
        "oag",
        "rms",
        "box",
        "cloudbees",
        "concur",
        "dropbox",
        "mscrm",
        "echosign",
        "egnyte",
        "newrelic",
        "office365",
        "salesforce",
        "sentry",
        "sharepoint",
        "slack",
        "springcm",
        "zendesk",
        "zoom",
    ],
    others: &[],
};
const LONGEST: i64 = 157_788_000;

const JWT: &[Field] = &[
    Field::obeyed("lifetime_in_seconds", Shape::Number { least: 1, most: 2_592_000 }),
    // Whoever asks for another gets RS256, which a client that holds to its own demand does not take.
    Field::obeyed(
        "alg",
        Shape::OneOffered { offered: &["RS256"], inert: &["HS256", "RS512", "PS256"], others: &[] },
    ),
    Field::inert("secret_encoded", Shape::Flag, &[]),
    Field::inert("scopes", Shape::Free { most: 100 }, &[]),
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
    Field::obeyed("mode", Shape::OneOffered { offered: &["custom"], inert: &["all"], others: &[] }),
    Field::obeyed("selected_initiators", Shape::List { of: &INITIATOR, most: 10 }),
];
const INITIATOR: Shape = Shape::OneOffered {
    offered: &["rp-logout", "idp-logout"],
    inert: &[
        "account-deactivated",
        "account-deleted",
        "email-identifier-changed",
        "mfa-phone-unenrolled",
        "password-changed",
        "session-expired",
        "session-revoked",
    ],
    others: &[],
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

/// Certificates are kept, and no connection is asked for one here: a client that has nothing else gets no token.
const fn certificates(name: &'static str, fields: &'static [Field]) -> Field {
    Field::inert(name, Shape::Object(fields), &[])
}

const NEW_SELF_SIGNED: &[Field] = &[kept(&Shape::Object(credential::CERTIFICATE))];
const NEW_SUBJECTS: &[Field] = &[kept(&Shape::Object(credential::SUBJECT))];
const CERTIFICATES_THERE: &[Field] = &[kept(&Shape::Object(NAMED))];

const fn kept(shape: &'static Shape) -> Field {
    Field::inert("credentials", Shape::List { of: shape, most: credential::MOST }, &[]).when(Write::Within)
}

const NEW_METHODS: &[Field] = &[
    Field::obeyed("private_key_jwt", Shape::Object(NEW_KEYS)),
    certificates("tls_client_auth", NEW_SUBJECTS),
    certificates("self_signed_tls_client_auth", NEW_SELF_SIGNED),
];
const METHODS: &[Field] = &[
    Field::obeyed("private_key_jwt", Shape::Object(KEYS_THERE)),
    certificates("tls_client_auth", CERTIFICATES_THERE),
    certificates("self_signed_tls_client_auth", CERTIFICATES_THERE),
];

const ALLOWLIST: Field = Field::inert("ip_allowlist", Shape::List { of: &WORD, most: 100 }, &[]);
const VAULT_GRANTS: Field = Field::inert("grants", Shape::List { of: &Shape::Any, most: 100 }, &[]);
const NEW_VAULT: &[Field] = &[
    Field::inert(
        "credentials",
        Shape::List { of: &Shape::Object(credential::FIELDS), most: credential::MOST },
        &[],
    ),
    ALLOWLIST,
    VAULT_GRANTS,
];
const VAULT: &[Field] = &[
    Field::inert("credentials", Shape::List { of: &Shape::Object(NAMED), most: credential::MOST }, &[]),
    ALLOWLIST,
    VAULT_GRANTS,
];

/// Which organization a machine is in that names none.
const BY_DEFAULT: &[Field] = &[
    Field::kept("organization_id", Shape::some_text(50)).when(Write::Within),
    Field::kept("flows", Shape::List { of: &Shape::OneOf(&["client_credentials"]), most: 1 })
        .when(Write::Within),
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
    // Told by Auth0, and sent back by its deploy tool.
    Field::shown("encrypted", Shape::Flag).when(Write::Create),
    // Deprecated at Auth0, and without effect there on its universal login.
    Field::shown("sso", Shape::Flag),
    Field::obeyed("oidc_logout", Shape::Object(LOGOUT)).or_null(),
    Field::obeyed("oidc_backchannel_logout", Shape::Object(LOGOUT)).or_null(),
    Field::inert("session_transfer", Shape::Free { most: 20 }, &[]),
    Field::inert("client_aliases", Shape::List { of: &WORD, most: 100 }, &[]),
    Field::inert("allowed_clients", Shape::List { of: &WORD, most: 100 }, &[]),
    Field::inert("is_token_endpoint_ip_header_trusted", Shape::Flag, &[]),
    Field::inert("encryption_key", Shape::Free { most: 10 }, &[]),
    Field::inert("cross_origin_authentication", Shape::Flag, &[]),
    Field::inert("cross_origin_auth", Shape::Flag, &[]).when(Write::Update),
    Field::inert("cross_origin_loc", Shape::text(2_000), &[]),
    Field::inert("sso_disabled", Shape::Flag, &[Scalar::Flag(false)]),
    Field::inert("custom_login_page", Shape::text(500_000), &[]),
    Field::inert("custom_login_page_preview", Shape::text(500_000), &[]),
    Field::inert("form_template", Shape::text(500_000), &[]),
    Field::inert("addons", Shape::Free { most: 100 }, &[]),
    Field::inert("mobile", Shape::Free { most: 10 }, &[]),
    Field::inert("native_social_login", Shape::Free { most: 10 }, &[]),
    Field::inert("fedcm_login", Shape::Free { most: 10 }, &[]),
    Field::inert("default_organization", Shape::Object(BY_DEFAULT), &[]),
    Field::obeyed("organization_usage", Shape::OneOf(&["deny", "allow", "require"])).or_null(),
    // Who must name an organization and does not is sent away, not asked.
    Field::inert(
        "organization_require_behavior",
        Shape::OneOf(&["no_prompt", "pre_login_prompt", "post_login_prompt"]),
        &[Scalar::Text("no_prompt")],
    ),
    Field::inert("organization_discovery_methods", Shape::List { of: &WORD, most: 10 }, &[]),
    Field::inert("token_vault_privileged_access", Shape::Object(NEW_VAULT), &[]).when(Write::Create),
    Field::inert("token_vault_privileged_access", Shape::Object(VAULT), &[]).when(Write::Update),
    // Whoever asks for FAPI is told that it must be asked for setting by setting.
    Field::inert("compliance_level", WORD, &[Scalar::Text("none")]),
    Field::inert("skip_non_verifiable_callback_uri_confirmation_prompt", Shape::Flag, &[]),
    Field::inert("token_exchange", Shape::Free { most: 10 }, &[]),
    Field::inert("token_quota", Shape::Free { most: 10 }, &[]),
    Field::inert("identity_assertion_authorization_grant", Shape::Free { most: 10 }, &[]),
    Field::inert("third_party_security_mode", Shape::OneOf(&["strict", "permissive"]), &[]),
    Field::inert(
        "redirection_policy",
        Shape::OneOf(&["allow_always", "open_redirect_protection"]),
        &[Scalar::Text("allow_always")],
    ),
    Field::inert("express_configuration", Shape::Free { most: 20 }, &[]),
    Field::inert("my_organization_configuration", Shape::Free { most: 20 }, &[]),
    Field::obeyed("async_approval_notification_channels", Shape::List { of: &CHANNEL, most: 10 }).or_null(),
];

const TOLD: &[Field] = &[
    Field::told("client_id", WORD),
    Field::told("tenant", WORD),
    Field::told("name", NAME),
    Field::maybe("global", Shape::Flag),
    Field::maybe(secret::PREVIOUS_UNTIL, Shape::formatted(Format::DateTime)),
    Field::maybe("client_secret", Shape::some_text(512)),
    Field::maybe("client_authentication_methods", Shape::Object(METHODS_TOLD)),
    Field::maybe("signed_request_object", Shape::Object(&[SIGNED, CREDENTIALS_TOLD])),
    Field::maybe(
        "token_vault_privileged_access",
        Shape::Object(&[CREDENTIALS_TOLD, ALLOWLIST, VAULT_GRANTS]),
    ),
    Field::maybe("signing_keys", Shape::List { of: &Shape::Object(SIGNING_KEY), most: 1 }),
    Field::maybe("cross_origin_auth", Shape::Flag),
    Field::maybe("callback_url_template", Shape::Flag),
    Field::maybe("encrypted", Shape::Flag),
];

const CREDENTIALS_TOLD: Field = Field::maybe(
    "credentials",
    Shape::List { of: &Shape::Object(credential::NAMED), most: credential::MOST },
);
const ENABLED_TOLD: Shape = Shape::Object(&[CREDENTIALS_TOLD]);
const METHODS_TOLD: &[Field] = &[
    Field::maybe("private_key_jwt", ENABLED_TOLD),
    Field::maybe("tls_client_auth", ENABLED_TOLD),
    Field::maybe("self_signed_tls_client_auth", ENABLED_TOLD),
];

/// The certificate of the key that signs for the tenant.
const SIGNING_KEY: &[Field] = &[
    Field::told("cert", Shape::text(usize::MAX)),
    Field::told("pkcs7", Shape::text(usize::MAX)),
    Field::told("subject", Shape::text(usize::MAX)),
];

#[cfg(test)]
mod tests;
