//! What is redeemed at the token endpoint, grant by grant.

use keybound_proto::request::token::grant;

use super::{
    Field, SOME, Shape,
    forms::{CLIENT, WISH},
    text,
};

/// The parameters of every grant.
pub(super) const GRANTS: &[&[&[Field]]] = &[
    &[&[one(&[grant::CLIENT_CREDENTIALS]), text("organization")], WISH, CLIENT],
    &[
        &[one(&[grant::AUTHORIZATION_CODE]), some("code"), text("redirect_uri"), text("code_verifier")],
        CLIENT,
    ],
    &[&[one(&[grant::REFRESH_TOKEN]), some("refresh_token")], WISH, CLIENT],
    &[&[one(&[grant::DEVICE_CODE]), some("device_code")], CLIENT],
    &[&[one(&[grant::CIBA]), some("auth_req_id")], CLIENT],
    &[
        &[
            one(&[grant::TOKEN_EXCHANGE]),
            some("subject_token"),
            some("subject_token_type"),
            text("actor_token"),
            text("actor_token_type"),
            text("requested_token_type"),
            text("organization"),
        ],
        WISH,
        CLIENT,
    ],
    &[&[one(&[grant::PASSWORD]), some("username"), some("password")], WISH, CLIENT],
    &[&[one(&[grant::PASSWORD_REALM]), some("username"), some("password"), some("realm")], WISH, CLIENT],
    &[
        &[
            one(&[grant::PASSWORDLESS_OTP]),
            some("username"),
            some("otp"),
            Field::told("realm", Shape::OneOf(&["email"])),
        ],
        WISH,
        CLIENT,
    ],
    &[&[one(&[grant::MFA_OTP]), some("mfa_token"), some("otp")], CLIENT],
    &[&[one(&[grant::MFA_OOB]), some("mfa_token"), some("oob_code"), text("binding_code")], CLIENT],
    &[&[one(&[grant::MFA_RECOVERY_CODE]), some("mfa_token"), some("recovery_code")], CLIENT],
];

const fn one(name: &'static [&'static str]) -> Field {
    Field::told("grant_type", Shape::OneOf(name))
}

const fn some(name: &'static str) -> Field {
    Field::told(name, SOME)
}
