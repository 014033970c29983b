//! What clients ask of the server.

use super::{
    Body,
    Dialect::{OAuth, Resource},
    Field,
    Guard::{Anybody, Client, Token},
    Method::{self, *},
    Operation, Shape, Told, answers, forms,
    forms::{AUTHORIZATION, CLIENT, WISH},
    grants::GRANTS,
};

const TOKENS: &str = "Tokens";
const AUTHORIZING: &str = "Authorization";
const REGISTRATION: &str = "Registration";

pub(super) const TABLE: &[Operation] = &[
    asked((Post, "/oauth/token"), "Redeem a grant for tokens", TOKENS)
        .takes(Body::Form(GRANTS))
        .tells(Told::Shape(answers::TOKENS)),
    asked((Post, "/oauth/revoke"), "Revoke a refresh token", TOKENS)
        .takes(Body::Form(&[&[forms::TOKEN, CLIENT]]))
        .tells(Told::Nothing),
    asked((Post, "/oauth/introspect"), "What a token is worth", TOKENS)
        .takes(Body::Form(&[&[forms::TOKEN, CLIENT]]))
        .tells(Told::Shape(answers::INTROSPECTION)),
    asked((Post, "/oauth/par"), "Push a request for authorization", AUTHORIZING)
        .takes(Body::Form(&[&[AUTHORIZATION, WISH, CLIENT]]))
        .with(201, Told::Shape(answers::PUSHED)),
    asked((Post, "/oauth/device/code"), "Begin a sign-in on another device", AUTHORIZING)
        .takes(Body::Form(&[&[forms::DEVICE, WISH, CLIENT]]))
        .tells(Told::Shape(answers::DEVICE)),
    asked((Post, "/bc-authorize"), "Have somebody called who is not in front of the client", AUTHORIZING)
        .takes(Body::Form(&[&[forms::CALL, WISH, CLIENT]]))
        .tells(Told::Shape(answers::CALLED)),
    Operation::new((Post, "/oidc/register"), "Register a client", REGISTRATION, (Resource, Anybody))
        .takes(Body::Shape(Shape::Open(forms::REGISTRATION)))
        .with(201, Told::Shape(answers::REGISTERED))
        .also(&[404]),
    registered(Get, "Read a registration").tells(Told::Shape(answers::REGISTERED)),
    registered(Put, "Say anew what a client is")
        .takes(Body::Shape(Shape::Open(CHANGED)))
        .tells(Told::Shape(answers::REGISTERED)),
    registered(Delete, "Forget a client"),
];

/// Who changes a registration says which client it is.
const CHANGED: &[Field] = &[
    Field::told("client_id", super::SOME),
    Field::told("redirect_uris", Shape::List { of: &super::SOME, most: 100 }),
    super::text("client_name"),
    super::text("client_secret"),
];

const fn asked(what: (Method, &'static str), summary: &'static str, tag: &'static str) -> Operation {
    Operation::new(what, summary, tag, (OAuth, Client))
}

const fn registered(method: Method, summary: &'static str) -> Operation {
    Operation::new((method, "/oidc/register/{id}"), summary, REGISTRATION, (Resource, Token))
}
