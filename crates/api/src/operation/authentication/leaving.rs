//! Where browsers are sent to sign in and out; what they are shown there is not for machines.

use super::{
    Body,
    Dialect::Page,
    Field,
    Guard::Anybody,
    Method::{self, *},
    Operation, Told,
    forms::{AUTHORIZATION, LOGOUT, NAMED, WISH},
    text,
};

const TAG: &str = "Pages";

pub(super) const TABLE: &[Operation] = &[
    page((Get, "/authorize"), "Sign in, and be sent back with an answer").query(&[
        NAMED,
        AUTHORIZATION,
        WISH,
    ]),
    page((Post, "/authorize"), "Sign in, and be sent back with an answer").takes(Body::Form(&[&[
        NAMED,
        AUTHORIZATION,
        WISH,
    ]])),
    page((Get, "/oidc/logout"), "Sign out, and be sent on").query(&[LOGOUT]),
    page((Post, "/oidc/logout"), "Sign out, and be sent on").takes(Body::Form(&[&[LOGOUT]])),
    page((Get, "/v2/logout"), "Sign out, and be sent on").query(&[&[
        text("client_id"),
        text("returnTo"),
        Field::maybe("federated", super::TEXT),
    ]]),
];

const fn page(what: (Method, &'static str), summary: &'static str) -> Operation {
    Operation::new(what, summary, TAG, (Page, Anybody)).tells(Told::Page).also(&[302, 303, 401, 403])
}
