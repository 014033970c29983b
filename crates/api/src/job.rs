//! Jobs over many users: files of them that come in, and files that go out.

use serde_json::{Map, Value, json};

use crate::field::{Field, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

/// A job, as it is told.
pub const KIND: Kind = Kind {
    name: Name { one: "job", many: "jobs", path: "jobs" },
    fields: &[],
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: ABSENT,
    absent_code: ABSENT_CODE,
};

/// What may be asked of an export.
pub const EXPORT: Kind = Kind {
    name: Name { one: "users export", many: "jobs", path: "jobs/users-exports" },
    fields: &[
        Field::obeyed("connection_id", CONNECTION),
        Field::obeyed("format", Shape::OneOf(&["json", "csv"])),
        Field::obeyed("limit", Shape::Number { least: 1, most: i32::MAX as i64 }),
        Field::obeyed("fields", Shape::List { of: &Shape::Object(COLUMN), most: 100 }),
    ],
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: ABSENT,
    absent_code: ABSENT_CODE,
};

/// The parts of an import's form, beside the file.
pub const IMPORT: Kind = Kind {
    name: Name { one: "users import", many: "jobs", path: "jobs/users-imports" },
    fields: &[PARTS.0, PARTS.1, PARTS.2, PARTS.3],
    told: TOLD,
    untold: &["upsert", "send_completion_email"],
    merged: &[],
    absent: ABSENT,
    absent_code: ABSENT_CODE,
};

/// One user of a file: Auth0's schema of bulk imports.
pub const ROW: Kind = Kind {
    name: Name { one: "user of a file", many: "users", path: "jobs/users-imports/users" },
    fields: ROW_FIELDS,
    told: &[],
    untold: &[],
    merged: &["user_metadata", "app_metadata"],
    absent: "The user does not exist.",
    absent_code: "inexistent_user",
};

/// The whole form.
pub const FORM: &[Field] =
    &[PARTS.0, PARTS.1, PARTS.2, PARTS.3, Field::obeyed(FILE, Shape::text(usize::MAX)).when(Write::Demanded)];

const PARTS: (Field, Field, Field, Field) = (
    Field::obeyed("connection_id", CONNECTION).when(Write::Demanded),
    Field::obeyed("upsert", Shape::Flag),
    Field::shown("external_id", Shape::text(255)),
    // To whom? Administrators have no address here.
    Field::inert("send_completion_email", Shape::Flag, &[]),
);

/// Members of a row that are no part of the user.
pub const NOT_KEPT: &[&str] = &["user_id", "password_hash", "custom_password_hash", "mfa_factors"];

/// The part of the form in which the file comes.
pub const FILE: &str = "users";

/// Reads the parts of a form: each is a text, whatever it means.
///
/// # Errors
/// What is wrong with them, in Auth0's words.
pub fn read<'f>(
    parts: impl Iterator<Item = (&'f str, Option<&'f str>)>,
) -> Result<Map<String, Value>, Invalid> {
    let mut members = Map::new();
    for (name, text) in parts.filter(|(name, _)| *name != FILE) {
        let wrong = || Invalid::body(name, Fault::Json("it is not text".to_owned()));
        let text = text.ok_or_else(wrong)?;
        let flag = IMPORT.fields.iter().any(|field| field.name == name && matches!(field.shape, Shape::Flag));
        let value = match text {
            "true" if flag => true.into(),
            "false" if flag => false.into(),
            text => text.into(),
        };
        members.insert(name.to_owned(), value);
    }
    IMPORT.check(Verb::Create, &members)?;
    Ok(members)
}

/// A fault of one row, as lists of them tell it.
pub fn fault(wrong: &Invalid) -> Value {
    let code = match &wrong.fault {
        Fault::Additional(_) => "OBJECT_ADDITIONAL_PROPERTIES",
        Fault::Enum(_) => "ENUM_MISMATCH",
        Fault::Format { .. } => "INVALID_FORMAT",
        Fault::Missing(_) => "OBJECT_MISSING_REQUIRED_PROPERTY",
        _ => "INVALID_TYPE",
    };
    json!({ "code": code, "message": wrong.to_string(), "path": wrong.property })
}

const CONNECTION: Shape = Shape::some_text(50);

const COLUMN: &[Field] = &[
    Field::obeyed("name", Shape::some_text(100)).when(Write::Within),
    Field::obeyed("export_as", Shape::some_text(100)),
];

const PERSON: Shape = Shape::some_text(300);

const ROW_FIELDS: &[Field] = &[
    Field::obeyed("email", Shape::formatted(Format::Email)),
    Field::obeyed("username", Shape::some_text(128)),
    Field::obeyed("user_id", Shape::some_text(240)),
    Field::obeyed("email_verified", Shape::Flag),
    Field::obeyed("phone_number", Shape::formatted(Format::Phone)),
    Field::obeyed("phone_verified", Shape::Flag),
    Field::obeyed("name", PERSON),
    Field::obeyed("nickname", PERSON),
    Field::obeyed("given_name", Shape::some_text(150)),
    Field::obeyed("family_name", Shape::some_text(150)),
    Field::obeyed("picture", Shape::formatted(Format::Url)),
    Field::obeyed("blocked", Shape::Flag),
    Field::obeyed("password_hash", Shape::some_text(100)),
    Field::obeyed("custom_password_hash", Shape::Free { most: 10 }),
    Field::shown("user_metadata", Shape::Free { most: 1_000 }),
    Field::shown("app_metadata", Shape::Free { most: 1_000 }),
    // Who asks for a second factor at every login must not come to have none.
    Field::refused("mfa_factors", Shape::List { of: &Shape::Any, most: 10 }, &[]),
];

const ABSENT: &str = "The job does not exist.";
const ABSENT_CODE: &str = "inexistent_job";

/// What is told of a job.
pub const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("type", Shape::some_text(64)),
    Field::told("status", Shape::OneOf(&["pending", "processing", "completed", "failed"])),
    Field::maybe("created_at", Shape::formatted(Format::DateTime)),
    Field::maybe("connection_id", CONNECTION),
    Field::maybe("connection", Shape::text(128)),
    Field::maybe("external_id", Shape::text(255)),
    Field::maybe("format", Shape::OneOf(&["json", "csv"])),
    Field::maybe("limit", Shape::Number { least: 1, most: i32::MAX as i64 }),
    Field::maybe("fields", Shape::List { of: &Shape::Object(COLUMN), most: 100 }),
    Field::maybe("location", Shape::text(usize::MAX)),
    Field::maybe("percentage_done", Shape::Number { least: 0, most: 100 }),
    Field::maybe("status_details", Shape::text(usize::MAX)),
    Field::maybe("summary", Shape::Object(SUMMARY)),
];

const COUNT: Shape = Shape::Number { least: 0, most: i64::MAX };
const SUMMARY: &[Field] = &[
    Field::told("failed", COUNT),
    Field::told("inserted", COUNT),
    Field::told("total", COUNT),
    Field::told("updated", COUNT),
];

/// What went wrong with a user of a file.
pub const ERRORS: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::told("user", Shape::Free { most: usize::MAX }),
        Field::told(
            "errors",
            Shape::List {
                of: &Shape::Object(&[
                    Field::told("code", Shape::some_text(100)),
                    Field::told("message", Shape::text(usize::MAX)),
                    Field::told("path", Shape::text(usize::MAX)),
                ]),
                most: usize::MAX,
            },
        ),
    ]),
    most: usize::MAX,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_it_means_in_texts() {
        let parts = [("connection_id", Some("con_1")), ("upsert", Some("true")), ("users", None)];
        let members = read(parts.into_iter()).unwrap();
        assert_eq!(Value::Object(members), json!({ "connection_id": "con_1", "upsert": true }));
        for wrong in [
            vec![("upsert", Some("true"))],
            vec![("connection_id", Some("con_1")), ("upsert", Some("yes"))],
            vec![("connection_id", Some("con_1")), ("colour", Some("red"))],
            vec![("connection_id", None)],
        ] {
            assert!(read(wrong.clone().into_iter()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_row_with_a_second_factor_is_refused_and_one_without_is_not() {
        let row = |text: &str| ROW.read(Verb::Create, text.as_bytes());
        assert!(row(r#"{"email":"a@b.c","mfa_factors":[]}"#).is_ok());
        let wrong = row(r#"{"email":"a@b.c","mfa_factors":[{"totp":{"secret":"X"}}]}"#).unwrap_err();
        assert!(wrong.is_not_offered());
        let wrong = row(r#"{"email":"a@b.c","colour":"red"}"#).unwrap_err();
        assert_eq!(fault(&wrong)["code"], "OBJECT_ADDITIONAL_PROPERTIES");
    }
}
