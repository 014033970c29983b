//! What is told to clients.

use super::{Field, SECONDS, Shape, TEXT, WORDS, text};

/// Tokens (RFC 6749 §5.1).
pub(super) const TOKENS: Shape = Shape::Object(&[
    Field::told("access_token", TEXT),
    Field::told("token_type", Shape::OneOf(&["Bearer", "DPoP", "N_A"])),
    Field::maybe("expires_in", SECONDS),
    text("refresh_token"),
    text("id_token"),
    text("scope"),
    text("sub"),
    text("issued_token_type"),
    text("recovery_code"),
]);

/// What was pushed, by name (RFC 9126 §2.2).
pub(super) const PUSHED: Shape =
    Shape::Object(&[Field::told("request_uri", TEXT), Field::told("expires_in", SECONDS)]);

/// Codes for a device and its user (RFC 8628 §3.2).
pub(super) const DEVICE: Shape = Shape::Object(&[
    Field::told("device_code", TEXT),
    Field::told("user_code", TEXT),
    Field::told("verification_uri", TEXT),
    text("verification_uri_complete"),
    Field::told("expires_in", SECONDS),
    Field::told("interval", SECONDS),
]);

/// A call that was placed (OpenID Connect CIBA Core §7.3).
pub(super) const CALLED: Shape = Shape::Object(&[
    Field::told("auth_req_id", TEXT),
    Field::told("expires_in", SECONDS),
    Field::told("interval", SECONDS),
]);

/// What a token is worth (RFC 7662 §2.2).
pub(super) const INTROSPECTION: Shape = Shape::Object(&[
    Field::told("active", Shape::Flag),
    Field::maybe("token_type", Shape::OneOf(&["Bearer", "DPoP"])),
    text("client_id"),
    text("sub"),
    Field::maybe("aud", Shape::Either(&[TEXT, WORDS])),
    text("scope"),
    Field::maybe("iat", SECONDS),
    Field::maybe("exp", SECONDS),
    Field::maybe("cnf", Shape::Object(&[Field::told("jkt", TEXT)])),
    text("iss"),
    text("jti"),
    Field::maybe("act", Shape::Open(&[text("sub")])),
    text("acr"),
    Field::maybe("auth_time", SECONDS),
    text("org_id"),
    text("org_name"),
    Field::maybe("permissions", WORDS),
]);

/// Who somebody is, as far as the token's scopes go (OpenID Connect Core §5.3.2).
pub(super) const USERINFO: Shape = Shape::Open(&[
    Field::told("sub", TEXT),
    text("name"),
    text("nickname"),
    text("given_name"),
    text("family_name"),
    text("picture"),
    text("email"),
    Field::maybe("email_verified", Shape::Flag),
]);

/// A client as it is registered (RFC 7591 §3.2.1, RFC 7592 §3).
pub(super) const REGISTERED: Shape = Shape::Object(&[
    Field::told("client_id", TEXT),
    Field::told("client_name", TEXT),
    Field::told("redirect_uris", WORDS),
    Field::told("response_types", WORDS),
    Field::told("grant_types", WORDS),
    Field::told("token_endpoint_auth_method", TEXT).or_null(),
    Field::told("application_type", TEXT),
    Field::told("dpop_bound_access_tokens", Shape::Flag).or_null(),
    Field::told("registration_access_token", TEXT),
    Field::told("registration_client_uri", TEXT),
    text("client_secret"),
    Field::maybe("client_secret_expires_at", SECONDS),
    Field::maybe("client_id_issued_at", SECONDS),
    Field::maybe("post_logout_redirect_uris", WORDS),
    Field::maybe("require_pushed_authorization_requests", Shape::Flag),
]);

/// Which factor will be shown.
pub(super) const CHALLENGED: Shape = Shape::Object(&[
    Field::told("challenge_type", Shape::OneOf(&["otp", "oob"])),
    text("oob_code"),
    text("oob_channel"),
    text("binding_method"),
]);

/// What was enrolled, and counts once it was shown.
pub(super) const ASSOCIATED: Shape = Shape::Object(&[
    Field::told("authenticator_type", Shape::OneOf(&["otp", "oob"])),
    text("id"),
    text("secret"),
    text("barcode_uri"),
    Field::maybe("recovery_codes", WORDS),
    text("oob_code"),
    text("oob_channel"),
    text("binding_method"),
]);

const AUTHENTICATOR: Shape = Shape::Object(&[
    Field::told("id", TEXT),
    Field::told("authenticator_type", Shape::OneOf(&["otp", "oob", "recovery-code"])),
    Field::told("active", Shape::Flag),
    text("oob_channel"),
    text("name"),
]);

/// What somebody has.
pub(super) const AUTHENTICATORS: Shape = Shape::List { of: &AUTHENTICATOR, most: usize::MAX };

/// Where a code went.
pub(super) const STARTED: Shape = Shape::Object(&[
    Field::told("_id", TEXT),
    Field::told("email", TEXT),
    Field::told("email_verified", Shape::Flag),
]);

/// Who is known now.
pub(super) const SIGNED_UP: Shape = Shape::Object(&[
    Field::told("_id", TEXT),
    Field::told("email", TEXT).or_null(),
    Field::told("email_verified", Shape::Flag),
    text("username"),
]);

/// The keys that tokens are checked with (RFC 7517 §5).
pub(super) const KEYS: Shape =
    Shape::Open(&[Field::told("keys", Shape::List { of: &KEY, most: usize::MAX })]);

const KEY: Shape = Shape::Open(&[Field::told("kty", TEXT), text("alg"), text("kid"), text("use")]);

/// What the server does, and where (RFC 8414 §2).
pub(super) const METADATA: Shape = Shape::Open(&[
    Field::told("issuer", TEXT),
    Field::told("authorization_endpoint", TEXT),
    Field::told("token_endpoint", TEXT),
    Field::told("jwks_uri", TEXT),
    Field::told("response_types_supported", WORDS),
    Field::told("grant_types_supported", WORDS),
    Field::told("dpop_signing_alg_values_supported", WORDS),
]);

/// Who answers for an account (RFC 7033 §4.4).
pub(super) const WEBFINGER: Shape = Shape::Object(&[
    Field::told("subject", TEXT),
    Field::told(
        "links",
        Shape::List {
            of: &Shape::Object(&[Field::told("rel", TEXT), Field::told("href", TEXT)]),
            most: usize::MAX,
        },
    ),
]);

/// How the process is.
pub(super) const LIVE: Shape = Shape::Object(&[Field::told("status", Shape::OneOf(&["live"]))]);

/// Whether it can work.
pub(super) const READY: Shape = Shape::Object(&[Field::told("status", Shape::OneOf(&["ready"]))]);
