//! Connections: where users come from.

use serde_json::{Map, Value, json};

use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

/// What a connection may say of itself. Its strategy is Auth0's own database of users, or `email`.
pub const KIND: Kind = Kind {
    name: Name { one: "connection", many: "connections", path: "connections" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The connection does not exist",
    absent_code: "inexistent_connection",
};

/// What a connection is when it is made: what was written, over Auth0's defaults.
pub fn create(input: Map<String, Value>, id: &str) -> Map<String, Value> {
    let mut connection = Map::new();
    let realm = input.get("name").cloned().unwrap_or_default();
    for (name, value) in [
        ("id", id.into()),
        ("options", json!({})),
        ("enabled_clients", json!([])),
        ("is_domain_connection", false.into()),
        ("show_as_button", false.into()),
        ("realms", Value::Array(vec![realm])),
    ] {
        connection.insert(name.to_owned(), value);
    }
    KIND.merge(&mut connection, input);
    complete(&mut connection);
    connection
}

/// Puts in the options that were left out, at its making and whenever options are replaced.
pub fn complete(connection: &mut Map<String, Value>) {
    let by_email = is_by_email(connection);
    let Some(Value::Object(options)) = connection.get_mut("options") else { return };
    let mut usual = vec![("brute_force_protection", Value::from(true)), ("disable_signup", false.into())];
    if by_email {
        usual.push(("totp", json!({ "length": 6, "time_step": 180 })));
    } else {
        usual.push(("passwordPolicy", "good".into()));
        usual.push(("requires_username", false.into()));
        usual.push(("strategy_version", 2.into()));
    }
    for (name, value) in usual {
        options.entry(name).or_insert(value);
    }
}

/// Refuses what its strategy has no use for, and any name for a connection that sends codes but the one by which
/// Auth0's clients ask for it.
///
/// # Errors
/// What does not fit.
pub fn fits(connection: &Map<String, Value>) -> Result<(), Invalid> {
    let by_email = is_by_email(connection);
    if by_email && connection.get("name").and_then(Value::as_str) != Some(BY_EMAIL) {
        let fault = Fault::Other("must be email for a connection of the strategy email".to_owned());
        return Err(Invalid::body("name", fault));
    }
    let others = if by_email { OF_PASSWORDS } else { OF_CODES };
    let options = connection.get("options").and_then(Value::as_object);
    match others.iter().find(|name| options.is_some_and(|options| options.contains_key(**name))) {
        Some(name) => Err(Invalid::body(format!("options.{name}"), Fault::NotOffered)),
        None => Ok(()),
    }
}

fn is_by_email(connection: &Map<String, Value>) -> bool {
    connection.get("strategy").and_then(Value::as_str) == Some(BY_EMAIL)
}

const BY_EMAIL: &str = "email";
const OF_PASSWORDS: &[&str] = &["passwordPolicy", "requires_username", "strategy_version", "mfa"];
const OF_CODES: &[&str] = &["totp"];

const ENABLE: Shape = Shape::Free { most: 10 };
const POLICIES: &[&str] = &["none", "low", "fair", "good", "excellent"];

const METHODS: &[Field] = &[
    Field::refused(
        "password",
        Shape::Object(&[
            Field::refused("enabled", Shape::Flag, &[Scalar::Flag(true)]),
            Field::refused("api_behavior", Shape::text(20), &[Scalar::Text("required")]),
            Field::refused("signup_behavior", Shape::text(20), &[Scalar::Text("allow")]),
        ]),
        &[],
    ),
    Field::refused("passkey", ENABLE, &[]),
    Field::refused("email_otp", ENABLE, &[]),
    Field::refused("phone_otp", ENABLE, &[]),
];

const OPTIONS: &[Field] = &[
    Field::obeyed("passwordPolicy", Shape::OneOf(POLICIES)).or_null(),
    Field::obeyed("disable_signup", Shape::Flag),
    Field::obeyed("requires_username", Shape::Flag),
    Field::obeyed("brute_force_protection", Shape::Flag),
    Field::obeyed(
        "totp",
        Shape::Object(&[
            Field::obeyed("length", Shape::Number { least: 6, most: 10 }),
            Field::obeyed("time_step", Shape::Number { least: 60, most: 900 }),
        ]),
    ),
    // A letter's words are the server's own so far, and a link needs none of these.
    Field::refused("name", Shape::text(128), &[Scalar::Text("email")]),
    Field::refused("email", Shape::Free { most: 10 }, &[]),
    Field::refused("authParams", Shape::Free { most: 20 }, &[]),
    Field::shown("strategy_version", Shape::Number { least: 2, most: 2 }),
    // Second factors come later: the flag says only that they may be asked for.
    Field::shown("mfa", Shape::Free { most: 10 }),
    Field::refused("import_mode", Shape::Flag, &[]),
    Field::refused("enabledDatabaseCustomization", Shape::Flag, &[]),
    Field::refused("enable_script_context", Shape::Flag, &[]),
    Field::refused("disable_self_service_change_password", Shape::Flag, &[]),
    Field::refused("configuration", Shape::Free { most: 100 }, &[]),
    Field::refused("customScripts", Shape::Free { most: 20 }, &[]),
    Field::refused("attributes", Shape::Free { most: 10 }, &[]),
    Field::refused("precedence", Shape::List { of: &Shape::text(20), most: 5 }, &[]),
    Field::refused("validation", Shape::Free { most: 10 }, &[]),
    Field::refused("non_persistent_attrs", Shape::List { of: &Shape::text(100), most: 100 }, &[]),
    Field::refused("password_complexity_options", Shape::Free { most: 10 }, &[]),
    Field::refused(
        "password_history",
        Shape::Object(&[
            Field::refused("enable", Shape::Flag, &[]),
            Field::shown("size", Shape::Number { least: 0, most: 24 }),
        ]),
        &[],
    ),
    Field::refused("password_no_personal_info", ENABLE, &[]),
    Field::refused("password_dictionary", ENABLE, &[]),
    Field::refused("password_options", Shape::Free { most: 10 }, &[]),
    Field::refused("authentication_methods", Shape::Object(METHODS), &[]),
    Field::refused("passkey_options", Shape::Free { most: 10 }, &[]),
];

const STRATEGY: Shape = Shape::OneOffered {
    offered: &["auth0", "email"],
    others: &[
        "ad",
        "adfs",
        "amazon",
        "apple",
        "auth0-oidc",
        "bitbucket",
        "custom",
        "facebook",
        "github",
        "google-apps",
        "google-oauth2",
        "linkedin",
        "oauth2",
        "office365",
        "oidc",
        "okta",
        "ping",
        "pingfederate",
        "samlp",
        "sharepoint",
        "sms",
        "twitter",
        "waad",
        "windowslive",
    ],
};

const FIELDS: &[Field] = &[
    Field::obeyed("name", Shape::Text { least: 1, most: 128, format: Format::ConnectionName })
        .when(Write::Demanded),
    Field::obeyed("strategy", STRATEGY).when(Write::Demanded),
    Field::obeyed("options", Shape::Object(OPTIONS)),
    Field::obeyed("enabled_clients", Shape::List { of: &Shape::some_text(247), most: 10_000 }).or_null(),
    Field::obeyed("is_domain_connection", Shape::Flag),
    Field::shown("display_name", Shape::text(128)),
    Field::shown("show_as_button", Shape::Flag),
    Field::shown("realms", Shape::List { of: &Shape::some_text(128), most: 10 }),
    Field::shown("metadata", Shape::Free { most: 10 }),
    Field::refused(
        "authentication",
        Shape::Object(&[Field::refused("active", Shape::Flag, &[Scalar::Flag(true)])]),
        &[],
    ),
    Field::refused("connected_accounts", Shape::Free { most: 10 }, &[]),
    Field::refused("cross_app_access_requesting_app", Shape::Free { most: 10 }, &[]),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("name", Shape::some_text(128)),
    Field::told("strategy", Shape::OneOf(&["auth0", "email"])),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verb;

    #[test]
    fn a_connection_has_auth0s_defaults() {
        let input = KIND.read(Verb::Create, br#"{"name":"Staff","strategy":"auth0"}"#).unwrap();
        let connection = create(input, "con_1");
        assert_eq!(connection["options"]["passwordPolicy"], "good");
        assert_eq!(connection["options"]["brute_force_protection"], true);
        assert_eq!(connection["realms"], json!(["Staff"]));
    }

    #[test]
    fn other_strategies_are_not_offered() {
        let refused = KIND.read(Verb::Create, br#"{"name":"g","strategy":"google-oauth2"}"#).unwrap_err();
        assert!(refused.is_not_offered());
        let unknown = KIND.read(Verb::Create, br#"{"name":"g","strategy":"myspace"}"#).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "Payload validation error: 'No enum match for: myspace' on property strategy."
        );
    }

    #[test]
    fn what_the_password_rules_cannot_do_is_not_promised() {
        let body = |option: &str| format!(r#"{{"options":{{{option}}}}}"#);
        let read = |option: &str| KIND.read(Verb::Update, body(option).as_bytes());
        assert!(read(r#""password_history":{"enable":false,"size":5}"#).is_ok(), "a size alone does nothing");
        assert!(read(r#""password_history":{"enable":true}"#).unwrap_err().is_not_offered());
        assert!(read(r#""password_history":{"enable":false}"#).is_ok());
        assert!(
            read(r#""authentication_methods":{"password":{"enabled":true},"passkey":{"enabled":false}}"#)
                .is_ok()
        );
        assert!(read(r#""authentication_methods":{"passkey":{"enabled":true}}"#).is_err());
        assert!(read(r#""import_mode":true"#).unwrap_err().is_not_offered());
    }
}
