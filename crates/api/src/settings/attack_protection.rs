//! What is done against those who guess.

use serde_json::{Map, Value, json};

use super::setting::withhold;
use super::{ALLOWLIST, Setting, kind, members};
use crate::field::{Field, Scalar, Shape, Write};
use crate::kind::Kind;

/// Whether those are asked for proof who look like machines.
pub const BOT_DETECTION: Kind = kind("bot detection", "attack-protection/bot-detection", BOT_FIELDS);

/// What is done about passwords that others know.
pub const BREACHED_PASSWORDS: Kind =
    kind("breached password detection", "attack-protection/breached-password-detection", BREACH_FIELDS);

/// How many wrong passwords lock an account.
pub const BRUTE_FORCE: Kind =
    kind("brute force protection", "attack-protection/brute-force-protection", FORCE);

/// By what people prove that they are.
pub const CAPTCHA: Kind =
    Kind { told: CAPTCHA_TOLD, ..kind("captcha", "attack-protection/captcha", CAPTCHA_FIELDS) };

/// What is done against those who have telephones called.
pub const PHONE_PROVIDER: Kind = kind(
    "phone provider protection",
    "attack-protection/phone-provider-protection",
    &[Field::inert("type", Shape::OneOf(&["exponential", "none"]), &[Scalar::Text("none")])
        .when(Write::Within)],
);

/// How often an address may fail.
pub const SUSPICIOUS_ADDRESSES: Kind =
    kind("suspicious IP throttling", "attack-protection/suspicious-ip-throttling", ADDRESS_FIELDS);

/// [`BOT_DETECTION`], of every tenant.
pub const BOTS: Setting = Setting::always(
    (&BOT_DETECTION, "bot_detection"),
    &["/api/v2/attack-protection/bot-detection"],
    bot_detection,
);

/// [`BREACHED_PASSWORDS`], of every tenant.
pub const BREACHES: Setting = Setting::always(
    (&BREACHED_PASSWORDS, "breached_passwords"),
    &["/api/v2/attack-protection/breached-password-detection"],
    breached_passwords,
);

/// [`BRUTE_FORCE`], of every tenant.
pub const GUESSES: Setting = Setting::always(
    (&BRUTE_FORCE, "brute_force"),
    &["/api/v2/attack-protection/brute-force-protection"],
    brute_force,
);

/// [`CAPTCHA`], of every tenant.
pub const CAPTCHAS: Setting = Setting {
    secrets: &["arkose", "friendly_captcha", "hcaptcha", "recaptcha_enterprise", "recaptcha_v2"],
    tell: |told, _| {
        withhold(
            told,
            &[
                "/arkose/secret",
                "/friendly_captcha/secret",
                "/hcaptcha/secret",
                "/recaptcha_enterprise/api_key",
                "/recaptcha_v2/secret",
            ],
        );
    },
    ..Setting::always((&CAPTCHA, "captcha"), &["/api/v2/attack-protection/captcha"], captcha)
};

/// [`PHONE_PROVIDER`], of every tenant.
pub const CALLS: Setting = Setting::always(
    (&PHONE_PROVIDER, "phone_provider_protection"),
    &["/api/v2/attack-protection/phone-provider-protection"],
    phone_provider,
);

/// [`SUSPICIOUS_ADDRESSES`], of every tenant.
pub const ADDRESSES: Setting = Setting::always(
    (&SUSPICIOUS_ADDRESSES, "suspicious_addresses"),
    &["/api/v2/attack-protection/suspicious-ip-throttling"],
    suspicious_addresses,
);

/// What bot detection says by itself.
pub fn bot_detection() -> Map<String, Value> {
    members(json!({
        "allowlist": [],
        "bot_detection_level": "medium",
        "challenge_password_policy": "never",
        "challenge_password_reset_policy": "never",
        "challenge_passwordless_policy": "never",
        "monitoring_mode_enabled": false,
    }))
}

/// What breached password detection says by itself.
pub fn breached_passwords() -> Map<String, Value> {
    members(json!({
        "admin_notification_frequency": [],
        "enabled": false,
        "method": "standard",
        "shields": [],
        "stage": { "pre-change-password": { "shields": [] }, "pre-user-registration": { "shields": [] } },
    }))
}

/// What brute force protection says by itself.
pub fn brute_force() -> Map<String, Value> {
    members(json!({
        "allowlist": [],
        "enabled": true,
        "max_attempts": 10,
        "mode": "count_per_identifier_and_ip",
        "shields": ["block", "user_notification"],
    }))
}

/// What is said of captchas at first.
pub fn captcha() -> Map<String, Value> {
    members(json!({ "active_provider_id": "auth_challenge", "auth_challenge": { "fail_open": false } }))
}

/// What the protection of telephones says by itself.
pub fn phone_provider() -> Map<String, Value> {
    members(json!({ "type": "none" }))
}

/// What the throttling of addresses says by itself.
pub fn suspicious_addresses() -> Map<String, Value> {
    members(json!({
        "allowlist": [],
        "enabled": true,
        "shields": ["admin_notification", "block"],
        "stage": {
            "pre-custom-token-exchange": { "max_attempts": 10, "rate": 600_000 },
            "pre-login": { "max_attempts": 100, "rate": 864_000 },
            "pre-user-registration": { "max_attempts": 50, "rate": 1_200 },
        },
    }))
}

const ON: &[Scalar] = &[Scalar::Flag(true)];

const NEVER: &[Scalar] = &[Scalar::Text("never")];
const WHEN: Shape = Shape::OneOf(&["never", "when_risky", "always"]);

const BOT_FIELDS: &[Field] = &[
    plain(Field::inert(
        "bot_detection_level",
        Shape::OneOf(&["low", "medium", "high"]),
        &[Scalar::Text("medium")],
    )),
    plain(Field::inert("challenge_password_policy", WHEN, NEVER)),
    plain(Field::inert("challenge_passwordless_policy", WHEN, NEVER)),
    plain(Field::inert("challenge_password_reset_policy", WHEN, NEVER)),
    plain(Field::inert("allowlist", ALLOWLIST, &[])),
    plain(Field::inert("monitoring_mode_enabled", Shape::Flag, &[])),
];

const ANY_SHIELD: Shape =
    Shape::List { of: &Shape::OneOf(&["block", "user_notification", "admin_notification"]), most: 3 };
const STAGE_SHIELD: Shape = Shape::List { of: &Shape::OneOf(&["block", "admin_notification"]), most: 2 };
const SHIELDED: Shape = Shape::Object(&[plain(Field::inert("shields", STAGE_SHIELD, &[]))]);

const BREACH_FIELDS: &[Field] = &[
    plain(Field::inert("enabled", Shape::Flag, &[])),
    plain(Field::inert("shields", ANY_SHIELD, &[])),
    plain(Field::inert(
        "admin_notification_frequency",
        Shape::List { of: &Shape::OneOf(&["immediately", "daily", "weekly", "monthly"]), most: 4 },
        &[],
    )),
    plain(Field::inert("method", Shape::OneOf(&["standard", "enhanced"]), &[Scalar::Text("standard")])),
    plain(Field::inert(
        "stage",
        Shape::Object(&[
            plain(Field::inert("pre-user-registration", SHIELDED, &[])),
            plain(Field::inert("pre-change-password", SHIELDED, &[])),
        ]),
        &[],
    )),
];

const FORCE: &[Field] = &[
    plain(Field::inert("enabled", Shape::Flag, ON)),
    plain(Field::inert(
        "shields",
        Shape::List { of: &Shape::OneOf(&["block", "user_notification"]), most: 2 },
        &[],
    )),
    plain(Field::inert("allowlist", ALLOWLIST, &[])),
    plain(Field::inert(
        "mode",
        Shape::OneOf(&["count_per_identifier_and_ip", "count_per_identifier"]),
        &[Scalar::Text("count_per_identifier_and_ip")],
    )),
    plain(Field::inert("max_attempts", Shape::Number { least: 1, most: 100 }, &[Scalar::Number(10)])),
];

const KEY: Shape = Shape::text(100);

const fn key(name: &'static str) -> Field {
    plain(Field::inert(name, KEY, &[]))
}

const fn needed(name: &'static str) -> Field {
    key(name).when(Write::Within)
}

const SITE: &[Field] = &[needed("site_key"), needed("secret")];

const ARKOSE: &[Field] = &[
    needed("site_key"),
    needed("secret"),
    key("client_subdomain"),
    key("verify_subdomain"),
    plain(Field::inert("fail_open", Shape::Flag, &[])),
];

const ENTERPRISE: &[Field] = &[needed("site_key"), needed("api_key"), needed("project_id")];

const CHALLENGE: &[Field] = &[plain(Field::inert("fail_open", Shape::Flag, &[])).when(Write::Within)];

const PROVIDERS: Shape = Shape::OneOf(&[
    "arkose",
    "auth_challenge",
    "friendly_captcha",
    "hcaptcha",
    "recaptcha_v2",
    "recaptcha_enterprise",
    "simple_captcha",
]);

const CAPTCHA_FIELDS: &[Field] = &[
    plain(Field::inert("active_provider_id", PROVIDERS, &[])),
    plain(Field::inert("arkose", Shape::Object(ARKOSE), &[])),
    plain(Field::inert("auth_challenge", Shape::Object(CHALLENGE), &[])),
    plain(Field::inert("hcaptcha", Shape::Object(SITE), &[])),
    plain(Field::inert("friendly_captcha", Shape::Object(SITE), &[])),
    plain(Field::inert("recaptcha_enterprise", Shape::Object(ENTERPRISE), &[])),
    plain(Field::inert("recaptcha_v2", Shape::Object(SITE), &[])),
    plain(Field::inert("simple_captcha", Shape::Free { most: 10 }, &[])),
];

const SITE_TOLD: Shape = Shape::Object(&[Field::maybe("site_key", KEY)]);

const CAPTCHA_TOLD: &[Field] = &[
    Field::maybe(
        "arkose",
        Shape::Object(&[
            Field::maybe("site_key", KEY),
            Field::maybe("client_subdomain", KEY),
            Field::maybe("verify_subdomain", KEY),
            Field::maybe("fail_open", Shape::Flag),
        ]),
    ),
    Field::maybe("hcaptcha", SITE_TOLD),
    Field::maybe("friendly_captcha", SITE_TOLD),
    Field::maybe("recaptcha_v2", SITE_TOLD),
    Field::maybe(
        "recaptcha_enterprise",
        Shape::Object(&[Field::maybe("site_key", KEY), Field::maybe("project_id", KEY)]),
    ),
];

const fn pace(most: i64, slowest: i64) -> [Field; 2] {
    [
        plain(Field::inert("max_attempts", Shape::Number { least: 1, most }, &[])),
        plain(Field::inert("rate", Shape::Number { least: slowest, most: 86_400_000 }, &[])),
    ]
}

const BEFORE_LOGIN: &[Field] = &pace(2_500, 34_560);
const BEFORE_SIGNUP: &[Field] = &pace(72_000, 1_200);
const BEFORE_EXCHANGE: &[Field] = &pace(72_000, 1_200);

const ADDRESS_FIELDS: &[Field] = &[
    plain(Field::inert("enabled", Shape::Flag, ON)),
    plain(Field::inert("shields", STAGE_SHIELD, &[])),
    plain(Field::inert("allowlist", ALLOWLIST, &[])),
    plain(Field::inert(
        "stage",
        Shape::Object(&[
            plain(Field::inert("pre-login", Shape::Object(BEFORE_LOGIN), &[])),
            plain(Field::inert("pre-user-registration", Shape::Object(BEFORE_SIGNUP), &[])),
            plain(Field::inert("pre-custom-token-exchange", Shape::Object(BEFORE_EXCHANGE), &[])),
        ]),
        &[],
    )),
];

/// Never written as `null`.
const fn plain(field: Field) -> Field {
    Field { nullable: false, ..field }
}
