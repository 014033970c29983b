//! What Auth0 makes of the options a connection was not given, strategy by strategy.
//!
//! Source of every row: answers of real tenants to `POST` and `PATCH /api/v2/connections`, and Auth0's OpenAPI document.
//! Nobody comes by most of these connections here: what stands here is what tools read back, and no more.

use serde_json::{Map, Value, json};

/// Puts in what Auth0 would have, beside what was written.
pub(super) fn complete(connection: &mut Map<String, Value>) {
    let text = |name: &str| connection.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (strategy, name) = (text("strategy"), text("name"));
    for (member, value) in [("authentication", true), ("connected_accounts", false)] {
        connection.entry(member).or_insert_with(|| json!({ "active": value }));
    }
    if ["okta", "oidc", "waad", "google-apps"].contains(&strategy.as_str()) {
        connection.entry("display_name").or_insert_with(|| name.into());
    }
    let Some(Value::Object(options)) = connection.get_mut("options") else { return };
    for (names, usual) in USUAL {
        if names.contains(&strategy.as_str()) {
            for (name, value) in usual() {
                let slot = options.entry(name).or_insert(Value::Null);
                if slot.is_null() {
                    *slot = value;
                }
            }
        }
    }
    match strategy.as_str() {
        "auth0" => of_passwords(options),
        "okta" => of_okta(options),
        "oidc" => of_oidc(options),
        "adfs" => of_adfs(options),
        "apple" => of_apple(options),
        "pingfederate" => of_ping(options),
        _ => {}
    }
    if ["samlp", "pingfederate"].contains(&strategy.as_str()) {
        within(options, "idpinitiated", &json!({ "enabled": true }));
    }
    if let Some((_, always, scopes)) = SCOPES.iter().find(|(name, ..)| *name == strategy) {
        scoped(options, always, scopes);
    }
}

type Usual = fn() -> Vec<(&'static str, Value)>;

const USUAL: &[(&[&str], Usual)] = &[
    (&["auth0", "email", "sms", "ad"], || vec![("brute_force_protection", true.into())]),
    (&["google-oauth2", "google-apps"], || vec![("email", true.into()), ("profile", true.into())]),
    (&["google-apps"], || {
        vec![
            ("api_enable_users", true.into()),
            ("handle_login_from_social", true.into()),
            ("map_user_id_to_id", false.into()),
        ]
    }),
    (&["samlp"], || {
        let safe = json!({ "algorithm_profile": "v2026-1", "algorithm_exceptions": [] });
        vec![("assertion_decryption_settings", safe)]
    }),
    (&["line", "linkedin", "wordpress"], || vec![("profile", true.into())]),
    (&["windowslive"], || vec![("signin", true.into())]),
    (&["facebook"], || vec![("scope", "".into())]),
    (&["github", "salesforce", "salesforce-community", "salesforce-sandbox"], || vec![("scope", json!([]))]),
    (&["okta", "oidc"], || {
        vec![
            ("schema_version", "oidc-V4".into()),
            ("type", "back_channel".into()),
            ("connection_settings", json!({ "pkce": "auto" })),
        ]
    }),
    (&["okta"], || vec![("attribute_map", json!({ "mapping_mode": "basic_profile" }))]),
    (&["oidc"], || vec![("attribute_map", json!({ "mapping_mode": "bind_all" }))]),
    (&["adfs", "waad"], || vec![("thumbprints", json!([]))]),
    (&["adfs"], || vec![("should_trust_email_verified_connection", "always_set_emails_as_verified".into())]),
    (&["waad"], || {
        vec![
            ("identity_api", "microsoft-identity-platform-v2.0".into()),
            ("should_trust_email_verified_connection", "never_set_emails_as_verified".into()),
            ("useCommonEndpoint", false.into()),
            ("use_wsfed", false.into()),
            ("userid_attribute", "oid".into()),
            ("waad_common_endpoint", false.into()),
            ("waad_protocol", "openid-connect".into()),
        ]
    }),
];

/// Strategies whose scopes follow from flags: the scopes asked for always, and the flag each other stands for.
type Scopes = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const SCOPES: &[Scopes] = &[
    (
        "google-oauth2",
        &[],
        &[
            ("email", "email"),
            ("profile", "profile"),
            ("calendar", "https://www.googleapis.com/auth/calendar"),
            ("calendar_events", "https://www.googleapis.com/auth/calendar.events"),
            ("calendar_events_readonly", "https://www.googleapis.com/auth/calendar.events.readonly"),
            ("contacts", "https://www.google.com/m8/feeds"),
            ("contacts_readonly", "https://www.googleapis.com/auth/contacts.readonly"),
            ("drive", "https://www.googleapis.com/auth/drive"),
            ("drive_file", "https://www.googleapis.com/auth/drive.file"),
            ("drive_readonly", "https://www.googleapis.com/auth/drive.readonly"),
            ("gmail", "https://mail.google.com/"),
            ("gmail_readonly", "https://www.googleapis.com/auth/gmail.readonly"),
            ("spreadsheets", "https://www.googleapis.com/auth/spreadsheets"),
            ("tasks", "https://www.googleapis.com/auth/tasks"),
            ("youtube", "https://www.googleapis.com/auth/youtube"),
            ("youtube_readonly", "https://www.googleapis.com/auth/youtube.readonly"),
        ],
    ),
    ("google-apps", &[], &[("email", "email"), ("profile", "profile")]),
    ("line", &["openid"], &[("email", "email"), ("profile", "profile")]),
    ("linkedin", &[], &[("profile", "r_liteprofile"), ("email", "r_emailaddress")]),
    ("windowslive", &[], &[("signin", "wl.signin"), ("emails", "wl.emails"), ("basic", "wl.basic")]),
    ("wordpress", &[], &[("profile", "profile"), ("email", "email")]),
];

/// Windows Live's second version asks for none of the first one's scopes.
fn scoped(options: &mut Map<String, Value>, always: &[&str], scopes: &[(&str, &str)]) {
    let second = options.get("strategy_version").and_then(Value::as_u64) == Some(2);
    let asked = scopes.iter().filter(|(flag, scope)| {
        options.get(*flag) == Some(&Value::Bool(true)) && !(second && scope.starts_with("wl."))
    });
    let list: Vec<Value> =
        always.iter().copied().chain(asked.map(|(_, scope)| *scope)).map(Value::from).collect();
    options.insert("scope".to_owned(), Value::Array(list));
}

fn of_passwords(options: &mut Map<String, Value>) {
    let mut usual = vec![
        ("mfa", json!({ "active": true, "return_enroll_settings": true })),
        ("disable_signup", false.into()),
        ("strategy_version", 2.into()),
        ("authentication_methods", json!({})),
        ("passkey_options", json!({})),
    ];
    if !options.contains_key("password_options") {
        usual.push(("passwordPolicy", "good".into()));
        if !JUDGES.iter().any(|name| options.contains_key(*name)) {
            usual.push(("password_options", good()));
        }
    }
    if !options.contains_key("attributes") {
        usual.push(("requires_username", false.into()));
    }
    for (name, value) in usual {
        options.entry(name).or_insert(value);
    }
    within(
        options,
        "authentication_methods",
        &json!({
            "password": { "enabled": true, "api_behavior": "required", "signup_behavior": "allow" },
            "passkey": { "enabled": false },
            "email_otp": { "enabled": false },
            "phone_otp": { "enabled": false },
        }),
    );
    within(
        options,
        "passkey_options",
        &json!({
            "challenge_ui": "both",
            "progressive_enrollment_enabled": true,
            "local_enrollment_enabled": true,
        }),
    );
    within(
        options,
        "password_options",
        &json!({
            "complexity": {
                "character_type_rule": "all",
                "character_types": [],
                "identical_characters": "allow",
                "max_length_exceeded": "error",
                "min_length": 15,
                "sequential_characters": "allow",
            },
            "dictionary": { "active": false, "custom": [], "default": "en_100k" },
            "history": { "active": false, "size": 3 },
            "profile_data": { "active": false, "blocked_fields": BLOCKED },
        }),
    );
    let email = options.get_mut("attributes").and_then(|all| all.get_mut("email"));
    if let Some(email) = email.filter(|email| email.is_object()) {
        fill(email, &json!({ "verification_method": "link", "unique": true }));
    }
}

/// What said how passwords are judged before `password_options` did.
const JUDGES: [&str; 5] = [
    "passwordPolicy",
    "password_complexity_options",
    "password_dictionary",
    "password_history",
    "password_no_personal_info",
];

/// The policy `good`, in the words of `password_options`.
fn good() -> Value {
    json!({
        "complexity": {
            "min_length": 8,
            "character_types": ["lowercase", "uppercase", "number", "special"],
            "character_type_rule": "three_of_four",
        },
    })
}

/// What of a person their password must not hold, unless somebody says otherwise.
const BLOCKED: [&str; 8] = [
    "name",
    "username",
    "nickname",
    "email",
    "phone_number",
    "user_metadata.name",
    "user_metadata.first",
    "user_metadata.last",
];

/// Fills what is there, and makes nothing.
fn within(options: &mut Map<String, Value>, name: &str, usual: &Value) {
    if let Some(present) = options.get_mut(name) {
        fill(present, usual);
    }
}

fn fill(present: &mut Value, usual: &Value) {
    if let (Value::Object(present), Value::Object(usual)) = (present, usual) {
        for (name, value) in usual {
            match present.get_mut(name) {
                Some(there) => fill(there, value),
                None => _ = present.insert(name.clone(), value.clone()),
            }
        }
    }
}

/// Okta says the same at every domain.
fn of_okta(options: &mut Map<String, Value>) {
    let Some(domain) = options.get("domain").and_then(Value::as_str).map(str::to_owned) else { return };
    let at = |path: &str| Value::from(format!("https://{domain}/oauth2/v1/{path}"));
    for (name, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("userinfo_endpoint", "userinfo"),
    ] {
        if options.get(name).is_none_or(Value::is_null) {
            options.insert(name.to_owned(), at(path));
        }
    }
    options.entry("oidc_metadata").or_insert_with(|| {
        let ways =
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
        let algs = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
        json!({
            "issuer": format!("https://{domain}"),
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "registration_endpoint": at("clients"),
            "jwks_uri": at("keys"),
            "introspection_endpoint": at("introspect"),
            "revocation_endpoint": at("revoke"),
            "end_session_endpoint": at("logout"),
            "device_authorization_endpoint": at("device/authorize"),
            "pushed_authorization_request_endpoint": at("par"),
            "response_types_supported":
                ["code", "id_token", "code id_token", "code token", "id_token token", "code id_token token"],
            "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
            "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "id_token_encryption_alg_values_supported": ["RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"],
            "id_token_encryption_enc_values_supported": ["A256GCM"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone", "offline_access", "groups"],
            "claims_supported": ["iss", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "nonce", "name",
                "nickname", "preferred_username", "given_name", "family_name", "email", "email_verified"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ways,
            "introspection_endpoint_auth_methods_supported": ways,
            "revocation_endpoint_auth_methods_supported": ways,
            "request_parameter_supported": true,
            "request_object_signing_alg_values_supported": algs,
            "backchannel_token_delivery_modes_supported": ["poll"],
            "backchannel_authentication_request_signing_alg_values_supported": algs,
            "dpop_signing_alg_values_supported": ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
            "claims_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "require_request_uri_registration": false,
        })
    });
}

/// What stands in the metadata that was written stands in the options too.
fn of_oidc(options: &mut Map<String, Value>) {
    const NAMES: [&str; 5] =
        ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "issuer"];
    // Nothing is fetched: of metadata that lies elsewhere stands here what was written beside its address.
    let elsewhere = !options.contains_key("oidc_metadata") && options.contains_key("discovery_url");
    if elsewhere {
        let written = |name: &&str| options.get(*name).filter(|value| !value.is_null()).cloned();
        let known: Map<String, Value> =
            NAMES.iter().filter_map(|name| Some(((*name).to_owned(), written(name)?))).collect();
        options.insert("oidc_metadata".to_owned(), known.into());
    }
    let rules = [
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
    ];
    for rule in rules {
        within(options, "oidc_metadata", &json!({ rule: false }));
    }
    let Some(Value::Object(metadata)) = options.get("oidc_metadata").cloned() else { return };
    for name in NAMES {
        if let (Some(said), true) = (metadata.get(name), options.get(name).is_none_or(Value::is_null)) {
            options.insert(name.to_owned(), said.clone());
        }
    }
}

/// Where people would be sent: the address that the metadata has for browsers.
fn of_adfs(options: &mut Map<String, Value>) {
    let Some(xml) = options.get("fedMetadataXml").and_then(Value::as_str) else { return };
    let browsers = xml.split_once("PassiveRequestorEndpoint>").map(|(_, rest)| rest);
    let address =
        browsers.and_then(|rest| rest.split_once("Address>")).and_then(|(_, rest)| rest.split_once('<'));
    if let Some((address, _)) = address {
        let address = address.trim().to_owned();
        options.entry("signInEndpoint").or_insert_with(|| address.into());
    }
}

fn of_apple(options: &mut Map<String, Value>) {
    let asked = |name: &&str| options.get(*name) == Some(&Value::Bool(true));
    let scope: Vec<&str> = ["name", "email"].into_iter().filter(asked).collect();
    if !scope.is_empty() {
        let scope = scope.join(" ");
        options.entry("scope").or_insert_with(|| scope.into());
    }
}

/// What stays of options that are replaced: whether another's ids become ours, and what another's metadata said for as
/// long as it is told by its address alone, for nothing is fetched. Whoever leaves PKCE out of a change has none.
pub(super) fn carry(before: &Map<String, Value>, after: &mut Map<String, Value>) {
    let strategy = after.get("strategy").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(Value::Object(old)) = before.get("options") else { return };
    let Some(Value::Object(options)) = after.get_mut("options") else { return };
    let names: &[&str] = match strategy.as_str() {
        "google-apps" => &["map_user_id_to_id"],
        "samlp" if options.contains_key("metadataUrl") && !options.contains_key("metadataXml") => SAID,
        _ => &[],
    };
    if ["okta", "oidc"].contains(&strategy.as_str()) {
        options.entry("connection_settings").or_insert_with(|| json!({ "pkce": "disabled" }));
    }
    for name in names {
        if let (Some(value), false) = (old.get(*name), options.contains_key(*name)) {
            options.insert((*name).to_owned(), value.clone());
        }
    }
}

const SAID: &[&str] = &["bindingMethod", "signInEndpoint", "signOutEndpoint", "signingCert"];

fn of_ping(options: &mut Map<String, Value>) {
    if let Some(address) = options.get("pingFederateBaseUrl").cloned() {
        options.entry("signInEndpoint").or_insert(address);
    }
}
