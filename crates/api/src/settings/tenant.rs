//! The settings of the tenant itself.

mod flags;

use serde_json::{Map, Value, json};

use self::flags::FLAGS;
use super::{LANGUAGES, kind, lay, members, over};
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::kind::Kind;

/// What may be said of a tenant.
pub const KIND: Kind = Kind {
    told: TOLD,
    untold: &[
        "session_lifetime_in_minutes",
        "idle_session_lifetime_in_minutes",
        "ephemeral_session_lifetime_in_minutes",
        "idle_ephemeral_session_lifetime_in_minutes",
    ],
    ..kind("tenant setting", "tenants/settings", FIELDS)
};

/// What the operator decides, and tenants tell.
#[derive(Clone, Copy, Debug)]
pub struct Operated {
    /// Whether clients register themselves, as long as the tenant does not say.
    pub registration: bool,
    /// Whether clients describe themselves.
    pub client_documents: bool,
}

/// What a tenant says by itself.
pub fn at_first(operated: Operated) -> Map<String, Value> {
    members(json!({
        "allowed_logout_urls": [],
        "client_id_metadata_document_supported": operated.client_documents,
        "enabled_locales": ["en"],
        "flags": {
            "allow_changing_enable_sso": false,
            "disable_clickjack_protection_headers": false,
            "disable_impersonation": true,
            "enable_dynamic_client_registration": operated.registration,
            "enable_sso": true,
            "revoke_refresh_token_grant": false,
            "universal_login": true,
        },
        "idle_session_lifetime": 72,
        "oidc_logout": { "rp_logout_end_session_endpoint_discovery": true },
        "resource_parameter_profile": "audience",
        "sandbox_version": SANDBOXES[0],
        "sandbox_versions_available": SANDBOXES,
        "session_lifetime": 168,
    }))
}

/// What a tenant tells who wrote that of it.
pub fn view(operated: Operated, wrote: Map<String, Value>) -> Map<String, Value> {
    let lives = LIVES.map(|(hours, minutes)| (hours, hours_of(&wrote, minutes)));
    let mut told = lay(at_first(operated), wrote);
    told.retain(|name, _| KIND.answer().iter().any(|field| field.name == name));
    for (name, hours) in lives {
        told.extend(hours.map(|hours| (name.to_owned(), hours)));
    }
    if let Some(Value::Object(flags)) = told.get_mut("flags") {
        // Ours: whoever has no use for it does not see it.
        flags.retain(|name, value| name != flags::LOCALHOST || *value == Value::Bool(true));
    }
    told
}

/// Puts what is written in its place. Of hours and minutes the later word counts.
pub fn write(wrote: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (hours, minutes) in LIVES {
        for (said, other) in [(hours, minutes), (minutes, hours)] {
            if patch.contains_key(said) && !patch.contains_key(other) {
                wrote.remove(other);
            }
        }
    }
    for name in REPLACED {
        if patch.contains_key(name) {
            wrote.remove(name);
        }
    }
    *wrote = over(std::mem::take(wrote), patch);
}

/// Minutes as Auth0 tells them.
fn hours_of(wrote: &Map<String, Value>, minutes: &str) -> Option<Value> {
    let minutes =
        wrote.get(minutes).and_then(Value::as_u64).and_then(|minutes| u32::try_from(minutes).ok())?;
    Some(match minutes % 60 {
        0 => Value::from(minutes / 60),
        _ => Value::from(f64::from(minutes) / 60.0),
    })
}

const LIVES: [(&str, &str); 4] = [
    ("session_lifetime", "session_lifetime_in_minutes"),
    ("idle_session_lifetime", "idle_session_lifetime_in_minutes"),
    ("ephemeral_session_lifetime", "ephemeral_session_lifetime_in_minutes"),
    ("idle_ephemeral_session_lifetime", "idle_ephemeral_session_lifetime_in_minutes"),
];

/// Objects that mean something as a whole.
const REPLACED: [&str; 3] = ["country_codes", "default_token_quota", "security_headers"];

/// What rules could be run by, the newest first.
const SANDBOXES: [&str; 3] = ["22", "18", "12"];

const ON: &[Scalar] = &[Scalar::Flag(true)];
const HOURS: Shape = Shape::Number { least: 1, most: 87_600 };
const MINUTES: Shape = Shape::Number { least: 1, most: 87_600 * 60 };
const HTML: Shape = Shape::text(200_000);
const URL: Shape = Shape::formatted(Format::Url);
const TEXT: Shape = Shape::text(2_000);

const PAGE: Shape =
    Shape::Object(&[Field::inert("enabled", Shape::Flag, &[]), Field::inert("html", HTML, &[])]);

const ERROR_PAGE: Shape = Shape::Object(&[
    Field::inert("html", HTML, &[]),
    Field::inert("show_log_link", Shape::Flag, &[]),
    Field::inert("url", URL, &[]),
]);

const DEVICE_FLOW: Shape = Shape::Object(&[
    Field::inert("charset", Shape::OneOf(&["base20", "digits"]), &[Scalar::Text("base20")]),
    Field::inert("mask", Shape::text(20), &[Scalar::Text("****-****")]),
]);

const QUOTA: Shape =
    Shape::Object(&[Field::kept("client_credentials", Shape::Object(PER)).when(Write::Within)]);
const MOST: Shape = Shape::Number { least: 1, most: i32::MAX as i64 };
const PER: &[Field] =
    &[Field::kept("enforce", Shape::Flag), Field::kept("per_day", MOST), Field::kept("per_hour", MOST)];

const QUOTAS: Shape = Shape::Object(&[Field::kept("clients", QUOTA), Field::kept("organizations", QUOTA)]);

const HEADERS: Shape = Shape::Object(&[
    Field::inert("content_security_policy", CONTENT_POLICY, &[]),
    Field::inert(
        "x_xss_protection",
        Shape::Object(&[
            Field::inert("enabled", Shape::Flag, &[]),
            Field::inert("mode", Shape::OneOf(&["block"]), &[]),
            Field::inert("report_uri", TEXT, &[]),
        ]),
        &[],
    ),
]);

const CONTENT_POLICY: Shape = Shape::Object(&[
    Field::inert("enabled", Shape::Flag, &[]),
    Field::inert("policies", Shape::List { of: &POLICY, most: 10 }, &[]),
    Field::inert("reporting_infrastructure", Shape::Free { most: 10 }, &[]),
]);

const POLICY: Shape = Shape::Object(&[
    Field::inert("mode", Shape::OneOf(&["enforcing", "reporting"]), &[]),
    Field::inert("directives", Shape::Free { most: 30 }, &[]),
    Field::inert(
        "flags",
        Shape::List { of: &Shape::OneOf(&["upgrade-insecure-requests", "block-all-mixed-content"]), most: 2 },
        &[],
    ),
    Field::inert("reporting", Shape::Free { most: 2 }, &[]),
]);

const COOKIE: Shape =
    Shape::Object(&[
        Field::obeyed("mode", Shape::OneOf(&["persistent", "non-persistent"])).when(Write::Within)
    ]);

const COUNTRIES: Shape = Shape::Object(&[
    Field::inert("list", Shape::List { of: &Shape::formatted(Format::Country), most: 300 }, &[]),
    Field::inert("mode", Shape::OneOf(&["allow", "deny"]), &[Scalar::Text("allow"), Scalar::Text("deny")]),
]);

const LOGOUT_URLS: Shape = Shape::List { of: &Shape::formatted(Format::Callback), most: 100 };
const LOCALES: Shape = Shape::List { of: &Shape::OneOf(LANGUAGES), most: LANGUAGES.len() };
const ACRS: Shape = Shape::List { of: &TEXT, most: 100 };

const FIELDS: &[Field] = &[
    Field::inert("change_password", PAGE, &[]),
    Field::inert("guardian_mfa_page", PAGE, &[]),
    Field::obeyed("default_audience", Shape::text(600)),
    Field::obeyed("default_directory", Shape::text(128)),
    Field::inert("error_page", ERROR_PAGE, &[]),
    Field::inert("device_flow", DEVICE_FLOW, &[]),
    Field::inert("default_token_quota", QUOTAS, &[]),
    Field::obeyed("flags", Shape::Object(FLAGS)),
    Field::obeyed("friendly_name", TEXT),
    Field::obeyed("picture_url", URL),
    Field::obeyed("support_email", Shape::formatted(Format::EmailOrNothing)),
    Field::obeyed("support_url", URL),
    Field::obeyed("allowed_logout_urls", LOGOUT_URLS),
    Field::obeyed("session_lifetime", HOURS),
    Field::obeyed("session_lifetime_in_minutes", MINUTES),
    Field::obeyed("idle_session_lifetime", HOURS),
    Field::obeyed("idle_session_lifetime_in_minutes", MINUTES),
    Field::inert("ephemeral_session_lifetime", HOURS, &[Scalar::Number(72)]),
    Field::inert("ephemeral_session_lifetime_in_minutes", MINUTES, &[]),
    Field::inert("idle_ephemeral_session_lifetime", HOURS, &[Scalar::Number(24)]),
    Field::inert("idle_ephemeral_session_lifetime_in_minutes", MINUTES, &[]),
    Field::inert("sandbox_version", Shape::text(8), &[Scalar::Text(SANDBOXES[0])]),
    Field::inert("legacy_sandbox_version", Shape::text(8), &[]),
    Field::obeyed("default_redirection_uri", URL).or_null(),
    Field::inert("enabled_locales", LOCALES, &[]),
    Field::inert("security_headers", HEADERS, &[]),
    Field::obeyed("session_cookie", COOKIE).or_null(),
    Field::obeyed("sessions", Shape::Object(&[Field::obeyed("oidc_logout_prompt_enabled", Shape::Flag)]))
        .or_null(),
    Field::obeyed(
        "oidc_logout",
        Shape::Object(&[Field::obeyed("rp_logout_end_session_endpoint_discovery", Shape::Flag)]),
    ),
    Field::inert("customize_mfa_in_postlogin_action", Shape::Flag, &[]),
    Field::obeyed("allow_organization_name_in_authentication_api", Shape::Flag).or_null(),
    Field::inert("acr_values_supported", ACRS, &[]),
    Field::inert("mtls", Shape::Object(&[Field::inert("enable_endpoint_aliases", Shape::Flag, &[])]), &[]),
    // What these two switch on is always on.
    Field::inert("pushed_authorization_requests_supported", Shape::Flag, ON),
    Field::inert("authorization_response_iss_parameter_supported", Shape::Flag, ON),
    Field::inert("skip_non_verifiable_callback_uri_confirmation_prompt", Shape::Flag, &[]),
    // `resource` is read beside `audience` whatever it says (RFC 8707).
    Field::shown("resource_parameter_profile", Shape::OneOf(&["audience", "compatibility"])),
    Field::inert("client_id_metadata_document_supported", Shape::Flag, &[]),
    Field::shown("enable_ai_guide", Shape::Flag),
    Field::shown("phone_consolidated_experience", Shape::Flag),
    Field::inert("include_session_metadata_in_tenant_logs", Shape::Flag, &[]),
    Field::inert("dynamic_client_registration_security_mode", Shape::OneOf(&["strict", "permissive"]), &[]),
    Field::inert("country_codes", COUNTRIES, &[]),
    Field::inert("universal_login", Shape::Free { most: 50 }, &[]),
];

const TOLD_HOURS: Shape = Shape::Decimal { least: 0, most: 87_600 };

const TOLD: &[Field] = &[
    Field::told("session_lifetime", TOLD_HOURS),
    Field::told("idle_session_lifetime", TOLD_HOURS),
    Field::maybe("ephemeral_session_lifetime", TOLD_HOURS),
    Field::maybe("idle_ephemeral_session_lifetime", TOLD_HOURS),
    Field::told("flags", Shape::Object(FLAGS)),
    Field::told("sandbox_version", Shape::text(8)),
    Field::told("sandbox_versions_available", Shape::List { of: &Shape::text(8), most: 9 }),
    // As it was first written, before anything was checked.
    Field::told("allowed_logout_urls", Shape::List { of: &TEXT, most: usize::MAX }),
];
