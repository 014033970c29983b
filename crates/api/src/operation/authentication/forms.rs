//! Parameters that clients send, but for those of one grant.

use super::{Field, SOME, Shape, TEXT, text};

/// How a client shows who it is, unless it does so in the `Authorization` header.
pub(super) const CLIENT: &[Field] =
    &[text("client_id"), text("client_secret"), text("client_assertion"), text("client_assertion_type")];

/// What is asked for, and where it is to be good.
pub(super) const WISH: &[Field] = &[text("scope"), text("audience"), text("resource")];

/// A request for authorization, as a browser brings it or a client pushes it.
pub(super) const AUTHORIZATION: &[Field] = &[
    text("response_type"),
    text("response_mode"),
    text("redirect_uri"),
    text("state"),
    text("nonce"),
    text("code_challenge"),
    text("code_challenge_method"),
    text("dpop_jkt"),
    text("prompt"),
    text("max_age"),
    text("login_hint"),
    text("screen_hint"),
    text("id_token_hint"),
    text("ui_locales"),
    text("acr_values"),
    text("claims"),
    text("connection"),
    text("organization"),
    text("invitation"),
    text("request"),
];

/// Who asks, and the name of what was pushed.
pub(super) const NAMED: &[Field] = &[text("client_id"), text("request_uri")];

/// What a device wants.
pub(super) const DEVICE: &[Field] = &[text("dpop_jkt"), text("nonce"), text("max_age")];

/// Whom to call, and what to show them.
pub(super) const CALL: &[Field] = &[
    Field::told("login_hint", SOME),
    Field::told("binding_message", Shape::some_text(64)),
    text("requested_expiry"),
    text("dpop_jkt"),
];

/// A token, and what it may be.
pub(super) const TOKEN: &[Field] = &[Field::told("token", SOME), text("token_type_hint")];

/// A sign-in that waits for its second factor, and what will be shown.
pub(super) const CHALLENGE: &[Field] =
    &[Field::told("mfa_token", SOME), text("challenge_type"), text("oob_channel"), text("authenticator_id")];

const WORDS: Shape = Shape::Either(&[TEXT, Shape::List { of: &TEXT, most: 100 }]);

/// What is enrolled.
pub(super) const ASSOCIATE: &[Field] =
    &[Field::told("authenticator_types", WORDS), Field::maybe("oob_channels", WORDS), text("email")];

/// Where a code goes.
pub(super) const START: &[Field] = &[
    Field::told("connection", Shape::OneOf(&["email"])),
    Field::told("email", SOME),
    Field::maybe("send", Shape::OneOf(&["code"])),
    Field::maybe("authParams", Shape::Any),
];

/// Who wants to be known.
pub(super) const SIGNUP: &[Field] = &[
    Field::told("client_id", SOME),
    Field::told("connection", SOME),
    Field::told("email", SOME),
    Field::told("password", SOME),
    text("username"),
    Field::maybe("user_metadata", Shape::Free { most: 10 }),
];

/// Where to go when all is over.
pub(super) const LOGOUT: &[Field] = &[
    text("id_token_hint"),
    text("logout_hint"),
    text("client_id"),
    text("post_logout_redirect_uri"),
    text("state"),
    text("ui_locales"),
    text("federated"),
];

/// What a client says of itself (RFC 7591 §2).
pub(super) const REGISTRATION: &[Field] = &[
    Field::told("redirect_uris", Shape::List { of: &SOME, most: 100 }),
    text("client_name"),
    Field::maybe("application_type", Shape::OneOf(&["native", "web"])),
    Field::maybe(
        "grant_types",
        Shape::List { of: &Shape::OneOf(&["authorization_code", "refresh_token"]), most: 20 },
    ),
    Field::maybe("response_types", Shape::List { of: &Shape::OneOf(&["code"]), most: 1 }),
    Field::maybe(
        "token_endpoint_auth_method",
        Shape::OneOf(&["client_secret_basic", "client_secret_post", "none"]),
    ),
    Field::maybe("dpop_bound_access_tokens", Shape::Flag),
    Field::maybe("require_pushed_authorization_requests", Shape::Flag),
    Field::maybe("post_logout_redirect_uris", Shape::List { of: &SOME, most: 100 }),
    text("scope"),
];
