//! Accounts that are one person's.

use serde_json::{Map, Value};

use crate::field::{Field, Shape, Write};
use crate::kind::{Kind, Name};

/// An account that is linked to another; one of those a user may sign in by.
pub const KIND: Kind = Kind {
    name: Name { one: "identity", many: "identities", path: "identities" },
    fields: &[
        Field::obeyed("provider", Shape::some_text(128)).when(Write::Create),
        Field::obeyed("connection_id", Shape::some_text(50)).when(Write::Create),
        Field::obeyed("user_id", Shape::Any).when(Write::Create),
        Field::obeyed("link_with", Shape::some_text(16_384)).when(Write::Create),
    ],
    told: TOLD,
    untold: &["provider", "connection_id", "user_id", "link_with"],
    merged: &[],
    absent: "The identity does not exist.",
    absent_code: "",
};

/// What a user is told of each.
pub(crate) const TOLD: &[Field] = &[
    Field::told("connection", Shape::some_text(128)),
    Field::told("user_id", Shape::some_text(240)),
    Field::told("provider", Shape::some_text(128)),
    Field::told("isSocial", Shape::Flag),
    Field::maybe("profileData", Shape::Free { most: usize::MAX }),
];

/// The first identity of a user, as it is told once it is linked to another: with what was known of them.
pub fn linked(user: &Map<String, Value>) -> Option<Value> {
    let mut identity = user.get("identities")?.get(0)?.as_object()?.clone();
    let known = PROFILE.iter().filter_map(|name| Some(((*name).to_owned(), user.get(*name)?.clone())));
    identity.insert("profileData".to_owned(), Value::Object(known.collect()));
    Some(Value::Object(identity))
}

const PROFILE: &[&str] = &[
    "email",
    "email_verified",
    "name",
    "nickname",
    "picture",
    "username",
    "given_name",
    "family_name",
    "phone_number",
    "phone_verified",
];
