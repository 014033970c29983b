//! Connections: where users come from.

use serde_json::{Map, Value, json};

use crate::check::{self, asks_for_nothing};
use crate::field::{Field, Scalar, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

mod attributes;
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
    attributes::fit(options)
}

/// Refuses what a connection cannot become: of its own accord Auth0 makes no address ambiguous that was not.
///
/// # Errors
/// What does not fit.
pub fn becomes(before: &Map<String, Value>, after: &Map<String, Value>) -> Result<(), Invalid> {
    if strategy(after) == Strategy::Passwords { attributes::change(before, after) } else { Ok(()) }
}

/// Whether its strategy lets an application ask another for what is a person's there (Auth0's Cross App Access).
pub fn crosses(connection: &Map<String, Value>) -> bool {
    let asks = connection.get("cross_app_access_requesting_app").and_then(|app| app.get("active"));
    let kept_here = ["auth0", BY_EMAIL, "sms"];
    let strategy = connection.get("strategy").and_then(Value::as_str).unwrap_or_default();
    asks != Some(&Value::Bool(true)) || !kept_here.contains(&strategy)
}

/// What stays of options that are replaced: what was learnt of them when the connection was made.
pub fn carry(before: &Map<String, Value>, after: &mut Map<String, Value>) {
    usual::carry(before, after);
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
    Field::obeyed(
        "password",
        Shape::Object(&[
            // Passwords are all there is: without them nobody gets in.
            Field::obeyed("enabled", Shape::Flag),
            Field::inert(
                "api_behavior",
                Shape::OneOf(&["required", "optional"]),
                &[Scalar::Text("required")],
            ),
            Field::inert("signup_behavior", Shape::OneOf(&["allow", "block"]), &[Scalar::Text("allow")]),
        ]),
    )
    .or_null(),
    Field::inert("passkey", ENABLE, &[]),
    Field::inert("email_otp", ENABLE, &[]),
    Field::inert("phone_otp", ENABLE, &[]),
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
    // Elsewhere both say whether a name and an address are asked for.
    Field::inert("name", Shape::Any, &[Scalar::Text("email")]),
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
    Field::inert(
        "set_user_root_attributes",
        Shape::OneOf(&["on_each_login", "on_first_login", "never_on_login"]),
        &[Scalar::Text("on_each_login")],
    ),
    Field::inert("disable_self_service_change_password", Shape::Flag, &[]),
    Field::inert("configuration", Shape::Free { most: 100 }, &[]),
    Field::inert("customScripts", Shape::Free { most: 20 }, &[]),
    Field::inert("attributes", Shape::Free { most: 10 }, &[]),
    Field::inert("precedence", Shape::List { of: &Shape::text(20), most: 5 }, &[]),
    Field::inert("validation", Shape::Free { most: 10 }, &[]),
    Field::inert("non_persistent_attrs", Shape::List { of: &Shape::text(100), most: 100 }, &[]),
    Field::inert("password_complexity_options", Shape::Free { most: 10 }, &[]),
    // How passwords are judged and changed is said by `passwordPolicy` alone so far.
    Field::inert(
        "password_history",
        Shape::Object(&[
            Field::inert("enable", Shape::Flag, &[]),
            Field::shown("size", Shape::Number { least: 0, most: 24 }),
        ]),
        &[],
    ),
    Field::inert("password_no_personal_info", ENABLE, &[]),
    Field::inert("password_dictionary", ENABLE, &[]),
    Field::inert("password_options", Shape::Free { most: 10 }, &[]),
    Field::inert("custom_password_hash", Shape::Free { most: 10 }, &[]),
    Field::obeyed("authentication_methods", Shape::Object(METHODS)).or_null(),
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
    Field::obeyed("authentication", Shape::Object(&[Field::obeyed("active", Shape::Flag)])).or_null(),
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
    fn what_others_leave_out_is_as_auth0_has_it() {
        let made = |strategy: &str, options: Value| {
            create(read(&json!({ "name": "c", "strategy": strategy, "options": options })), "con_1")
        };
        assert_eq!(made("waad", json!({}))["options"]["userid_attribute"], "oid");
        assert_eq!(made("waad", json!({ "userid_attribute": "sub" }))["options"]["userid_attribute"], "sub");
        for strategy in ["samlp", "pingfederate"] {
            let begun = made(strategy, json!({ "idpinitiated": { "client_id": "c" } }));
            assert_eq!(begun["options"]["idpinitiated"]["enabled"], true, "{strategy}");
            assert!(made(strategy, json!({}))["options"].get("idpinitiated").is_none());
        }
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
    fn what_the_password_rules_cannot_do_is_kept_and_said_to_be_without_effect() {
        let named = |options: Value| {
            let body = json!({ "options": options }).to_string();
            let written = KIND.read(Verb::Update, body.as_bytes()).unwrap();
            inert(Verb::Update, &read(&json!({ "name": "db", "strategy": "auth0" })), &written)
        };
        let nothing: [&str; 0] = [];
        assert_eq!(named(json!({ "password_history": { "enable": false, "size": 5 } })), nothing);
        let usual = json!({ "password": { "enabled": true, "api_behavior": "required" }, "passkey": { "enabled": false } });
        assert_eq!(named(json!({ "authentication_methods": usual })), nothing);
        let history = named(json!({ "password_history": { "enable": true } }));
        assert_eq!(history, ["options.password_history.enable"]);
        let passkeys = named(json!({ "authentication_methods": { "passkey": { "enabled": true } } }));
        assert_eq!(passkeys, ["options.authentication_methods.passkey"]);
        let off = json!({ "authentication_methods": { "password": { "enabled": false } } });
        assert_eq!(named(off), nothing, "that is obeyed");
    }

    #[test]
    fn attributes_go_with_none_of_what_they_replace_and_one_of_them_identifies() {
        let refused = |options: Value| {
            let input = read(&json!({ "name": "db", "strategy": "auth0", "options": options }));
            fits(&create(input, "con_1")).err().map(|wrong| wrong.to_string())
        };
        let email = json!({ "identifier": { "active": true }, "profile_required": true, "signup": { "status": "required" } });
        assert_eq!(refused(json!({ "attributes": { "email": email } })), None);
        let rules = json!({ "username": { "min": 1, "max": 5 } });
        let both = refused(json!({ "attributes": { "email": email }, "validation": rules }));
        assert!(both.unwrap().contains("Cannot set both options.attributes and options.validation"));
        let off = json!({ "identifier": { "active": false } });
        let none = refused(json!({ "attributes": { "email": off, "username": off } }));
        assert!(none.unwrap().contains("one active identifier"));
        let late = json!({ "identifier": { "active": true }, "profile_required": true, "signup": { "status": "inactive" } });
        let unasked = refused(json!({ "attributes": { "phone_number": late } }));
        assert!(unasked.unwrap().contains("attribute phone_number must also be required on signup"));
    }

    #[test]
    fn an_address_does_not_become_more_than_one_persons() {
        let database = |unique: bool| {
            let email = json!({ "identifier": { "active": true }, "unique": unique });
            let options = json!({ "attributes": { "email": email } });
            create(read(&json!({ "name": "db", "strategy": "auth0", "options": options })), "con_1")
        };
        assert!(becomes(&database(true), &database(false)).is_err());
        assert_eq!(becomes(&database(false), &database(false)), Ok(()));
        assert_eq!(becomes(&database(false), &database(true)), Ok(()));
    }

    #[test]
    fn a_database_that_says_nothing_of_passwords_tells_the_rules_that_are_kept() {
        let plain = create(read(&json!({ "name": "db", "strategy": "auth0" })), "con_1");
        assert_eq!(plain["options"]["passwordPolicy"], "good");
        assert_eq!(plain["options"]["password_options"]["complexity"]["min_length"], 8);
        let options = json!({ "passwordPolicy": "low" });
        let low = create(read(&json!({ "name": "db", "strategy": "auth0", "options": options })), "con_1");
        assert_eq!(low["options"].get("password_options"), None);
    }

    #[test]
    fn of_metadata_that_lies_elsewhere_only_what_was_written_is_told() {
        let options = json!({
            "discovery_url": "https://idp.test/.well-known/openid-configuration",
            "issuer": "https://idp.test",
            "token_endpoint": null,
        });
        let made = create(read(&json!({ "name": "o", "strategy": "oidc", "options": options })), "con_1");
        assert_eq!(made["options"]["oidc_metadata"]["issuer"], "https://idp.test");
        assert_eq!(made["options"]["oidc_metadata"].get("token_endpoint"), None);
        assert_eq!(made["options"]["token_endpoint"], Value::Null);
    }

    #[test]
    fn what_was_learnt_stays_while_the_metadata_is_told_by_its_address() {
        let saml = |options: Value| {
            create(read(&json!({ "name": "s", "strategy": "samlp", "options": options })), "con_1")
        };
        let before = saml(json!({ "signInEndpoint": "https://idp.test/in" }));
        let mut after = saml(json!({ "metadataUrl": "https://idp.test/metadata" }));
        carry(&before, &mut after);
        assert_eq!(after["options"]["signInEndpoint"], "https://idp.test/in");
        let mut other = saml(json!({ "entityId": "e" }));
        carry(&before, &mut other);
        assert_eq!(other["options"].get("signInEndpoint"), None);
    }
}
