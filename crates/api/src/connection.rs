//! Connections: where users come from.

use serde_json::{Map, Value, json};

use crate::check::{self, asks_for_nothing};
use crate::field::{Field, Scalar, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

mod usual;

/// What a connection may say of itself. Its strategy is Auth0's own database of users, or `email`; of any other it is
/// only kept.
pub const KIND: Kind = Kind {
    name: Name { one: "connection", many: "connections", path: "connections" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The connection does not exist",
    absent_code: "inexistent_connection",
};

/// Clients that people come to by a connection.
pub const ENABLED: Kind = Kind {
    name: Name { one: "client of a connection", many: "clients", path: "clients" },
    fields: &[],
    told: &[Field::told("client_id", Shape::some_text(255))],
    untold: &[],
    merged: &[],
    absent: "The client does not exist",
    absent_code: "inexistent_client",
};

/// What may be said of a connection's keys. They are for RS256: of the others none is made.
pub const KEYS: Kind = Kind {
    name: Name { one: "key of a connection", many: "keys", path: "connections/keys" },
    fields: &[Field::obeyed(
        "signing_alg",
        Shape::OneOffered {
            offered: &["RS256"],
            inert: &[],
            others: &["RS384", "RS512", "PS256", "PS384", "ES256", "ES384"],
        },
    )],
    told: KEY,
    untold: &["signing_alg"],
    merged: &[],
    absent: "The key does not exist",
    absent_code: "",
};

/// Which clients a connection is to be enabled for, and which not any more.
pub const ENABLING: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::obeyed("client_id", Shape::some_text(255)).when(Write::Within),
        Field::obeyed("status", Shape::Flag).when(Write::Within),
    ]),
    most: 50,
};

/// Reads such a list.
///
/// # Errors
/// What is wrong with it, in Auth0's words.
pub fn enabling(body: &[u8]) -> Result<Vec<(String, bool)>, Invalid> {
    let list = check::array(&Field::obeyed("clients", ENABLING).when(Write::Demanded), body)?;
    let pair = |item: &Value| Some((item["client_id"].as_str()?.to_owned(), item["status"].as_bool()?));
    Ok(list.iter().filter_map(pair).collect())
}

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
    usual::complete(connection);
    if strategy(connection) == Strategy::Email
        && let Some(Value::Object(options)) = connection.get_mut("options")
    {
        options.entry("disable_signup").or_insert_with(|| false.into());
        options.entry("totp").or_insert_with(|| json!({ "length": DIGITS, "time_step": 180 }));
    }
}

/// Refuses what its strategy has no use for. Of strategies that are only kept, anything is kept.
///
/// # Errors
/// What does not fit.
pub fn fits(connection: &Map<String, Value>) -> Result<(), Invalid> {
    let others = match strategy(connection) {
        Strategy::Email => OF_PASSWORDS,
        Strategy::Passwords => OF_CODES,
        Strategy::Inert => return Ok(()),
    };
    let Some(Value::Object(options)) = connection.get("options") else { return Ok(()) };
    if let Some(name) = others.iter().find(|name| options.contains_key(**name)) {
        return Err(Invalid::body(format!("options.{name}"), Fault::NotOffered));
    }
    let known = |name: &str| OPTIONS.iter().any(|field| field.name == name);
    let unknown: Vec<String> = options.keys().filter(|name| !known(name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Invalid::body("options", Fault::Additional(unknown)));
    }
    if options.contains_key("attributes") && options.get("requires_username") == Some(&Value::Bool(true)) {
        let text = "Cannot set both options.attributes and options.requires_username".to_owned();
        return Err(Invalid::body("options", Fault::Other(text)));
    }
    Ok(())
}

/// The paths of what a checked body asks of this connection, and the server keeps without doing anything of the kind:
/// of a strategy that is not obeyed, all options.
pub fn inert(verb: Verb, connection: &Map<String, Value>, written: &Map<String, Value>) -> Vec<String> {
    let mut found = KIND.inert(verb, written);
    let asks = |name: &str| written.get(name).is_some_and(|value| !asks_for_nothing(value, &[]));
    match strategy(connection) {
        Strategy::Inert => {
            found.retain(|path| !path.starts_with("options."));
            found.extend(asks("options").then(|| "options".to_owned()));
        }
        Strategy::Email => {
            // There is one such connection, and it has the name by which Auth0's clients ask for it.
            let named = written.get("name").is_some_and(|name| name != BY_EMAIL);
            found.extend(named.then(|| "name".to_owned()));
            let digits = written.get("options").and_then(|options| options.pointer("/totp/length"));
            let short = digits.and_then(Value::as_u64).is_some_and(|digits| digits < DIGITS);
            found.extend(short.then(|| "options.totp.length".to_owned()));
        }
        Strategy::Passwords => {}
    }
    found
}

/// What becomes of people who come by a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// They show a code that was sent to them.
    Email,
    /// Nobody comes by it: it is only kept.
    Inert,
    /// They have a password here.
    Passwords,
}

/// Its strategy.
pub fn strategy(connection: &Map<String, Value>) -> Strategy {
    match connection.get("strategy").and_then(Value::as_str) {
        Some("auth0") => Strategy::Passwords,
        Some(BY_EMAIL) => Strategy::Email,
        _ => Strategy::Inert,
    }
}

const BY_EMAIL: &str = "email";
const OF_PASSWORDS: &[&str] = &["passwordPolicy", "requires_username", "strategy_version", "mfa"];
const OF_CODES: &[&str] = &["totp"];

/// No code that is sent is shorter, whatever is written: as Auth0's are unless somebody says otherwise.
const DIGITS: u64 = 6;

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
            Field::obeyed("length", Shape::Number { least: 4, most: 10 }),
            Field::obeyed("time_step", Shape::Number { least: 60, most: 900 }),
        ]),
    ),
    // A letter's words are the server's own so far, and a link needs none of these.
    Field::inert("name", Shape::text(128), &[Scalar::Text("email")]),
    // A letter at `email`, and whether an address is asked for at `line`.
    Field::inert("email", Shape::Any, &[]),
    Field::inert("authParams", Shape::Free { most: 20 }, &[]),
    Field::inert("upstream_params", Shape::Free { most: 100 }, &[]),
    // Users who are kept elsewhere: nobody is looked up there, so none of them gets in.
    Field::shown("strategy_version", Shape::Number { least: 0, most: 100 }),
    // Second factors come later: the flag says only that they may be asked for.
    Field::shown("mfa", Shape::Free { most: 10 }),
    Field::inert("import_mode", Shape::Flag, &[]),
    Field::inert("enabledDatabaseCustomization", Shape::Flag, &[]),
    Field::inert("enable_script_context", Shape::Flag, &[]),
    Field::refused("disable_self_service_change_password", Shape::Flag, &[]),
    Field::inert("configuration", Shape::Free { most: 100 }, &[]),
    Field::inert("customScripts", Shape::Free { most: 20 }, &[]),
    Field::inert("attributes", Shape::Free { most: 10 }, &[]),
    Field::inert("precedence", Shape::List { of: &Shape::text(20), most: 5 }, &[]),
    Field::inert("validation", Shape::Free { most: 10 }, &[]),
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
    // What passwords must be is said by `passwordPolicy` alone.
    Field::inert("password_options", Shape::Free { most: 10 }, &[]),
    Field::inert("custom_password_hash", Shape::Free { most: 10 }, &[]),
    Field::refused("authentication_methods", Shape::Object(METHODS), &[]),
    Field::inert("passkey_options", Shape::Free { most: 10 }, &[]),
];

/// The others lead elsewhere, or send texts: they are kept, and nobody comes by them.
const STRATEGY: Shape = Shape::OneOffered {
    offered: &["auth0", BY_EMAIL],
    inert: &[
        "ad",
        "adfs",
        "amazon",
        "apple",
        "auth0-adldap",
        "auth0-oidc",
        "baidu",
        "bitbucket",
        "bitly",
        "box",
        "custom",
        "daccount",
        "dropbox",
        "dwolla",
        "evernote",
        "evernote-sandbox",
        "exact",
        "facebook",
        "fitbit",
        "github",
        "google-apps",
        "google-oauth2",
        "instagram",
        "ip",
        "line",
        "linkedin",
        "oauth1",
        "oauth2",
        "office365",
        "oidc",
        "okta",
        "paypal",
        "paypal-sandbox",
        "ping",
        "pingfederate",
        "planningcenter",
        "salesforce",
        "salesforce-community",
        "salesforce-sandbox",
        "samlp",
        "sharepoint",
        "shop",
        "shopify",
        "sms",
        "soundcloud",
        "thirtysevensignals",
        "twitter",
        "untappd",
        "vkontakte",
        "waad",
        "weibo",
        "windowslive",
        "wordpress",
        "yahoo",
        "yandex",
    ],
    others: &[],
};

const FIELDS: &[Field] = &[
    Field::obeyed("name", Shape::Text { least: 1, most: 128, format: Format::ConnectionName })
        .when(Write::Demanded),
    Field::obeyed("strategy", STRATEGY).when(Write::Demanded),
    Field::obeyed("options", Shape::Open(OPTIONS)),
    Field::obeyed("enabled_clients", Shape::List { of: &Shape::some_text(247), most: 10_000 }).or_null(),
    Field::obeyed("is_domain_connection", Shape::Flag),
    Field::shown("display_name", Shape::text(128)),
    Field::shown("show_as_button", Shape::Flag),
    Field::shown("realms", Shape::List { of: &Shape::some_text(128), most: 10 }),
    Field::shown("metadata", Shape::Free { most: 10 }),
    // Who switches a connection off must not find people signing in by it.
    Field::refused(
        "authentication",
        Shape::Object(&[Field::refused("active", Shape::Flag, &[Scalar::Flag(true)])]),
        &[],
    ),
    Field::inert("connected_accounts", Shape::Free { most: 10 }, &[]),
    Field::inert("cross_app_access_requesting_app", Shape::Free { most: 10 }, &[]),
    Field::inert("cross_app_access_resource_app", Shape::Free { most: 10 }, &[]),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("name", Shape::some_text(128)),
    Field::told("strategy", Shape::some_text(64)),
    Field::maybe("provisioning_ticket_url", Shape::formatted(Format::Url)),
];

const KEY: &[Field] = &[
    Field::told("kid", Shape::some_text(255)),
    Field::told("cert", Shape::text(usize::MAX)),
    Field::told("fingerprint", Shape::some_text(64)),
    Field::told("thumbprint", Shape::some_text(64)),
    Field::maybe("pkcs", Shape::text(usize::MAX)),
    Field::maybe("current", Shape::Flag),
    Field::maybe("previous", Shape::Flag),
    Field::maybe("next", Shape::Flag),
    Field::maybe("current_since", Shape::formatted(Format::DateTime)),
    Field::maybe("algorithm", Shape::OneOf(&["RS256"])),
    Field::maybe("key_use", Shape::OneOf(&["signing"])),
    Field::maybe("subject_dn", Shape::text(usize::MAX)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_auth0s_defaults() {
        let input = KIND.read(Verb::Create, br#"{"name":"Staff","strategy":"auth0"}"#).unwrap();
        let connection = create(input, "con_1");
        assert_eq!(connection["options"]["passwordPolicy"], "good");
        assert_eq!(connection["options"]["brute_force_protection"], true);
        assert_eq!(connection["realms"], json!(["Staff"]));
    }

    fn read(body: &Value) -> Map<String, Value> {
        KIND.read(Verb::Create, body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn other_strategies_are_kept_whole_and_said_to_be_without_effect() {
        let options = json!({ "client_id": "c", "disable_signup": true, "userinfo_endpoint": null });
        let input = read(&json!({ "name": "g", "strategy": "google-oauth2", "options": options }));
        assert_eq!(inert(Verb::Create, &input, &input), ["strategy", "options"]);
        let connection = create(input, "con_1");
        assert_eq!(connection["options"]["client_id"], "c");
        assert_eq!(connection["options"]["scope"], json!(["email", "profile"]), "as Auth0 has it");
        assert_eq!(fits(&connection), Ok(()));
        let changed = Map::from_iter([("options".to_owned(), json!({ "import_mode": true }))]);
        assert_eq!(inert(Verb::Update, &connection, &changed), ["options"]);
        let unknown = KIND.read(Verb::Create, br#"{"name":"g","strategy":"myspace"}"#).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "Payload validation error: 'No enum match for: myspace' on property strategy."
        );
    }

    #[test]
    fn of_our_own_strategies_each_option_without_effect_is_named() {
        let options = json!({ "import_mode": true, "customScripts": {}, "passwordPolicy": "low" });
        let input = read(&json!({ "name": "db", "strategy": "auth0", "options": options }));
        assert_eq!(inert(Verb::Create, &input, &input), ["options.import_mode"]);
        let options = json!({ "totp": { "length": 4 }, "email": { "body": "hello" } });
        let input = read(&json!({ "name": "letters", "strategy": "email", "options": options }));
        let named = ["options.email", "name", "options.totp.length"];
        assert_eq!(inert(Verb::Create, &input, &input), named);
    }

    #[test]
    fn a_misspelt_option_of_our_own_strategies_is_refused() {
        let input =
            read(&json!({ "name": "db", "strategy": "auth0", "options": { "passwordPolcy": "low" } }));
        let refused = fits(&create(input, "con_1")).unwrap_err().to_string();
        let message = "Payload validation error: 'Additional properties not allowed: passwordPolcy' on property options.";
        assert_eq!(refused, message);
        let both = json!({ "requires_username": true, "attributes": { "email": {} } });
        let input = read(&json!({ "name": "db", "strategy": "auth0", "options": both }));
        assert!(fits(&create(input, "con_1")).unwrap_err().to_string().contains("Cannot set both"));
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
        assert!(read(r#""non_persistent_attrs":["ssn"]"#).unwrap_err().is_not_offered());
    }
}
