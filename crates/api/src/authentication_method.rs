//! Second factors of people, as administrators enrol them.

use keybound_proto::jose::json;
use serde_json::{Map, Value};

use crate::check;
use crate::field::{Field, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

/// One of them.
pub const KIND: Kind = Kind {
    name: Name { one: "authentication method", many: "authenticators", path: "authentication-methods" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The authentication method does not exist.",
    absent_code: "inexistent_authentication_method",
};

/// Reads what all of somebody's are to be: an array, unlike most other bodies.
///
/// # Errors
/// What is wrong with it, in Auth0's words.
pub fn all(body: &[u8]) -> Result<Vec<Map<String, Value>>, Invalid> {
    let whole = [br#"{"methods":"#, body, b"}"].concat();
    let object = json::object(&whole).map_err(|reason| Invalid::body("", Fault::Json(reason.to_string())))?;
    let members: Map<String, Value> = object.to_serde();
    check::object(ALL, &members, Verb::Create, "")?;
    let list = members.get("methods").and_then(Value::as_array).into_iter().flatten();
    Ok(list.filter_map(Value::as_object).cloned().collect())
}

/// What all of somebody's are to be.
pub(crate) const LIST: Shape = Shape::List { of: &Shape::Object(REPLACED), most: 20 };

const ALL: &[Field] = &[Field::obeyed("methods", LIST).when(Write::Demanded)];

/// Those a user is signed in by; the others are kept.
pub const OBEYED: &[&str] = &["email", "totp"];

const TYPES: &[&str] = &["phone", "email", "totp", "webauthn-roaming", "passkey"];
const NAME: Shape = Shape::some_text(20);
const PHONE: Shape = Shape::Text { least: 2, most: 30, format: Format::Any };
const CHANNEL: Shape = Shape::OneOf(&["voice", "sms"]);
const TEXT: Shape = Shape::text(2_048);

const FIELDS: &[Field] = &[
    Field::obeyed("type", Shape::OneOf(TYPES)).when(Write::Demanded),
    Field::shown("name", NAME),
    Field::obeyed("totp_secret", Shape::some_text(512)).when(Write::Create),
    Field::obeyed("email", Shape::formatted(Format::Email)).when(Write::Create),
    Field::kept("phone_number", PHONE).when(Write::Create),
    Field::kept("preferred_authentication_method", CHANNEL),
    Field::kept("key_id", TEXT).when(Write::Create),
    Field::kept("public_key", Shape::text(8_192)).when(Write::Create),
    Field::kept("aaguid", Shape::text(36)).when(Write::Create),
    Field::kept("relying_party_identifier", Shape::text(255)).when(Write::Create),
    Field::kept("credential_device_type", Shape::OneOf(&["single_device", "multi_device"]))
        .when(Write::Create),
    Field::kept("credential_backed_up", Shape::Flag).when(Write::Create),
    Field::kept("identity_user_id", TEXT).when(Write::Create),
    Field::kept("user_agent", TEXT).when(Write::Create),
    Field::kept("user_handle", TEXT).when(Write::Create),
    Field::kept("transports", Shape::List { of: &Shape::text(64), most: 10 }).when(Write::Create),
];

const REPLACED: &[Field] = &[
    Field::obeyed("type", Shape::OneOf(&["phone", "email", "totp"])).when(Write::Within),
    Field::shown("name", NAME),
    Field::obeyed("totp_secret", Shape::some_text(512)),
    Field::obeyed("email", Shape::formatted(Format::Email)),
    Field::kept("phone_number", PHONE),
    Field::kept("preferred_authentication_method", CHANNEL),
];

const PART: Shape =
    Shape::Object(&[Field::told("id", Shape::some_text(250)), Field::told("type", Shape::some_text(50))]);

const AT: Shape = Shape::formatted(Format::DateTime);

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(250)),
    Field::told("type", Shape::some_text(50)),
    Field::told("created_at", AT),
    Field::maybe("confirmed", Shape::Flag),
    Field::maybe("enrolled_at", AT),
    Field::maybe("last_auth_at", AT),
    Field::maybe("email", TEXT),
    Field::maybe("authentication_methods", Shape::List { of: &PART, most: 10 }),
];

/// What is told of somebody's enrolments.
pub(crate) const ENROLLMENTS: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::told("id", Shape::some_text(250)),
        Field::told("status", Shape::OneOf(&["pending", "confirmed"])),
        Field::told("type", Shape::some_text(50)),
        Field::maybe("name", NAME),
        Field::maybe("phone_number", TEXT),
        Field::maybe(
            "auth_method",
            Shape::OneOf(&["authenticator", "guardian", "sms", "webauthn-platform", "webauthn-roaming"]),
        ),
        Field::told("enrolled_at", AT),
        Field::maybe("last_auth", AT),
    ]),
    most: usize::MAX,
};

/// As much of an address or a number as may be shown to who has it already.
pub fn masked_email(address: &str) -> String {
    let masked = |part: &str| {
        let shown = if part.chars().count() > SHOWN { SHOWN } else { 0 };
        let kept: String = part.chars().take(shown).collect();
        let hidden = part.chars().count().saturating_sub(shown);
        kept + &"*".repeat(if shown == 0 { SHOWN } else { hidden })
    };
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", masked(local), masked(domain)),
        None => masked(address),
    }
}

/// The last digits of a number.
pub fn masked_phone(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(SHOWN);
    "X".repeat(hidden) + &number.chars().skip(hidden).collect::<String>()
}

const SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// As recorded of Auth0.
    #[test]
    fn addresses_and_numbers_are_masked_as_auth0_masks_them() {
        assert_eq!(masked_email("chuck334@example.com"), "chuc****@exam*******");
        assert_eq!(masked_email("foo@example.com"), "****@exam*******");
        assert_eq!(masked_phone("+44207183875044"), "XXXXXXXXXXX5044");
        assert_eq!(masked_phone("12"), "12");
    }

    #[test]
    fn all_come_as_an_array_and_as_nothing_else() {
        assert_eq!(all(b"[]"), Ok(vec![]));
        assert_eq!(all(br#"[{"type":"email","email":"a@b.c"}]"#).unwrap().len(), 1);
        for wrong in ["", "{}", r#"[{"email":"a@b.c"}]"#, r#"[{"type":"passkey"}]"#, "[1]", r#"[],"more":[]"#]
        {
            assert!(all(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
