//! Users.

use serde_json::{Map, Value, json};

use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::identity;
use crate::kind::{Kind, Name};

/// What may be said of a user.
pub const KIND: Kind = Kind {
    name: Name { one: "user", many: "users", path: "users" },
    fields: FIELDS,
    told: TOLD,
    untold: NOT_KEPT,
    merged: &["user_metadata", "app_metadata"],
    absent: "The user does not exist.",
    absent_code: "inexistent_user",
};

/// Members of a body that are not kept in the document.
pub const NOT_KEPT: &[&str] =
    &["password", "connection", "verify_email", "verify_phone_number", "client_id", "user_id"];

/// What a new user is made from, beside what was written.
#[derive(Clone, Copy, Debug)]
pub struct Birth<'a> {
    /// Their id without its prefix.
    pub id: &'a str,
    /// Where they come from.
    pub connection: &'a str,
    /// A picture for who has none.
    pub picture: &'a str,
    /// When, as documents write it.
    pub at: &'a str,
}

/// What a user is when they are made: what was written, over Auth0's defaults.
pub fn create(mut input: Map<String, Value>, birth: &Birth<'_>) -> Map<String, Value> {
    input.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
    let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
    let known_by =
        text("email").or_else(|| text("username")).or_else(|| text("phone_number")).unwrap_or_default();
    let nickname = known_by.split('@').next().unwrap_or_default().to_owned();
    let mut user = Map::new();
    for (name, value) in [
        ("user_id", format!("auth0|{}", birth.id).into()),
        ("name", known_by.into()),
        ("nickname", nickname.into()),
        ("picture", birth.picture.into()),
        ("email_verified", false.into()),
        ("created_at", birth.at.into()),
        ("updated_at", birth.at.into()),
        (
            "identities",
            json!([{
                "connection": birth.connection,
                "user_id": birth.id,
                "provider": "auth0",
                "isSocial": false,
            }]),
        ),
    ] {
        user.insert(name.to_owned(), value);
    }
    KIND.merge(&mut user, input);
    user
}

const PERSON: Shape = Shape::some_text(300);

const FIELDS: &[Field] = &[
    Field::obeyed("connection", Shape::some_text(128)).when(Write::Demanded),
    Field::obeyed("connection", Shape::some_text(128)).when(Write::Update),
    Field::obeyed("user_id", Shape::text(240)).when(Write::Create),
    Field::obeyed("email", Shape::formatted(Format::Email)).or_null(),
    Field::obeyed("username", Shape::some_text(128)).or_null(),
    Field::obeyed("password", Shape::some_text(1_024)),
    Field::obeyed("blocked", Shape::Flag),
    Field::obeyed("email_verified", Shape::Flag),
    Field::obeyed("phone_number", Shape::formatted(Format::Phone)).or_null(),
    Field::obeyed("phone_verified", Shape::Flag),
    Field::obeyed("name", PERSON).or_null(),
    Field::obeyed("nickname", PERSON).or_null(),
    Field::obeyed("given_name", Shape::some_text(150)).or_null(),
    Field::obeyed("family_name", Shape::some_text(150)).or_null(),
    Field::obeyed("picture", Shape::formatted(Format::Url)).or_null(),
    Field::shown("user_metadata", Shape::Free { most: 1_000 }),
    Field::shown("app_metadata", Shape::Free { most: 1_000 }),
    // Letters are not sent yet, so nothing may ask for one.
    Field::refused("verify_email", Shape::Flag, &[]),
    Field::refused("verify_phone_number", Shape::Flag, &[]).when(Write::Update),
    // At Auth0 the client whose letters are sent.
    Field::refused("client_id", Shape::text(247), &[]).when(Write::Update),
];

const IDENTITY: Shape = Shape::Object(identity::TOLD);

const TOLD: &[Field] = &[
    Field::told("user_id", Shape::some_text(250)),
    Field::told("identities", Shape::List { of: &IDENTITY, most: 10 }),
    Field::told("created_at", Shape::formatted(Format::DateTime)),
    Field::told("updated_at", Shape::formatted(Format::DateTime)),
    Field::maybe("last_password_reset", Shape::formatted(Format::DateTime)),
    // Of who ever signed in.
    Field::maybe("last_login", Shape::formatted(Format::DateTime)),
    Field::maybe("last_ip", Shape::text(64)),
    Field::maybe("logins_count", Shape::Number { least: 1, most: i64::MAX }),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verb;

    const BIRTH: Birth<'static> = Birth {
        id: "0123",
        connection: "db",
        picture: "https://s.gravatar.com/x",
        at: "2026-01-01T00:00:00.000Z",
    };

    #[test]
    fn a_user_is_called_as_auth0_would_call_them() {
        let body = br#"{"connection":"db","email":"ann@example.com","password":"secret"}"#;
        let user = Value::Object(create(KIND.read(Verb::Create, body).unwrap(), &BIRTH));
        assert_eq!(
            user,
            json!({
                "user_id": "auth0|0123",
                "email": "ann@example.com",
                "email_verified": false,
                "name": "ann@example.com",
                "nickname": "ann",
                "picture": "https://s.gravatar.com/x",
                "created_at": "2026-01-01T00:00:00.000Z",
                "updated_at": "2026-01-01T00:00:00.000Z",
                "identities": [
                    { "connection": "db", "user_id": "0123", "provider": "auth0", "isSocial": false }
                ],
            })
        );
    }

    #[test]
    fn metadata_is_merged_one_by_one() {
        let mut user = Map::new();
        let metadata = |value| Map::from_iter([("user_metadata".to_owned(), value)]);
        KIND.merge(&mut user, metadata(json!({"a": 1, "b": {"c": 2}})));
        KIND.merge(&mut user, metadata(json!({"a": null, "b": {"d": 3}, "e": 4})));
        assert_eq!(user["user_metadata"], json!({"b": {"d": 3}, "e": 4}));
    }

    #[test]
    fn a_password_is_no_part_of_a_user() {
        let body = br#"{"connection":"db","username":"ann","password":"secret"}"#;
        let user = create(KIND.read(Verb::Create, body).unwrap(), &BIRTH);
        assert!(!user.contains_key("password") && !user.contains_key("connection"));
        assert_eq!(user["name"], "ann");
    }

    #[test]
    fn no_letter_is_promised() {
        let body = br#"{"connection":"db","email":"a@b.c","verify_email":true}"#;
        assert!(KIND.read(Verb::Create, body).unwrap_err().is_not_offered());
    }
}
