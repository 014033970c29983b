//! What is asked on behalf of somebody: who they are, their second factors, and how they become known.

use super::{
    Body,
    Dialect::{Authentication, OAuth, Resource},
    Guard::{Anybody, Client, Token},
    Method::*,
    Operation, Told, answers, forms,
};

const USERS: &str = "People";
const FACTORS: &str = "Second factors of a user";

pub(super) const TABLE: &[Operation] = &[
    Operation::new((Get, "/userinfo"), "Who the user of a token is", USERS, (Resource, Token))
        .tells(Told::Shape(answers::USERINFO)),
    Operation::new((Post, "/userinfo"), "Who the user of a token is", USERS, (Resource, Token))
        .tells(Told::Shape(answers::USERINFO)),
    Operation::new(
        (Post, "/dbconnections/signup"),
        "Make an account by an application's own form",
        USERS,
        (Authentication, Anybody),
    )
    .takes(Body::Form(&[&[forms::SIGNUP]]))
    .tells(Told::Shape(answers::SIGNED_UP))
    .also(&[401, 403]),
    Operation::new((Post, "/passwordless/start"), "Have a code sent to sign in with", USERS, (OAuth, Client))
        .takes(Body::Form(&[&[forms::START, forms::CLIENT]]))
        .tells(Told::Shape(answers::STARTED)),
    Operation::new(
        (Post, "/mfa/challenge"),
        "Say which second factor will be shown",
        FACTORS,
        (OAuth, Client),
    )
    .takes(Body::Form(&[&[forms::CHALLENGE, forms::CLIENT]]))
    .tells(Told::Shape(answers::CHALLENGED)),
    Operation::new((Post, "/mfa/associate"), "Enrol a second factor", FACTORS, (Resource, Token))
        .takes(Body::Form(&[&[forms::ASSOCIATE]]))
        .tells(Told::Shape(answers::ASSOCIATED)),
    Operation::new((Get, "/mfa/authenticators"), "List second factors", FACTORS, (Resource, Token))
        .tells(Told::Shape(answers::AUTHENTICATORS)),
    Operation::new(
        (Delete, "/mfa/authenticators/{id}"),
        "Remove a second factor",
        FACTORS,
        (Resource, Token),
    ),
];
