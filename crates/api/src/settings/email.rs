//! Who carries letters, and what stands in them.

use serde_json::{Map, Value, json};

use super::setting::withhold;
use super::{Setting, There, kind, members};
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::Kind;

/// Who carries letters.
pub const PROVIDER: Kind = Kind {
    told: PROVIDER_TOLD,
    absent: "There is not a configured email provider",
    absent_code: "inexistent_email_provider",
    ..kind("email provider", "emails/provider", PROVIDER_FIELDS)
};

/// What stands in letters of one sort.
pub const TEMPLATE: Kind = Kind {
    told: TEMPLATE_TOLD,
    absent: "The template does not exist.",
    absent_code: "inexistent_email_template",
    ..kind("email template", "email-templates", TEMPLATE_FIELDS)
};

/// The sorts of letters.
pub const TEMPLATES: &[&str] = &[
    "verify_email",
    "verify_email_by_code",
    "auth_email_by_code",
    "reset_email",
    "reset_email_by_code",
    "welcome_email",
    "blocked_account",
    "stolen_credentials",
    "enrollment_email",
    "mfa_oob_code",
    "user_invitation",
    "change_password",
    "password_reset",
    "async_approval",
];

/// [`PROVIDER`], where somebody named one.
pub const CARRIER: Setting = Setting {
    there: There::OnceMade,
    secrets: &["credentials"],
    replaced: &["credentials"],
    taken: |_| "There is already a configured email provider".to_owned(),
    check,
    unheeded: |provider| match provider.get("name").and_then(Value::as_str) {
        Some("smtp") => &[],
        _ => &["name"],
    },
    tell: |told, _| withhold(told, SECRETS),
    ..Setting::always((&PROVIDER, "email_provider"), &["/api/v2/emails/provider"], provider)
};

/// [`TEMPLATE`], one for each sort that somebody wrote.
pub const LETTER: Setting = Setting {
    there: There::OnceMade,
    names: &[TEMPLATES],
    taken: |names| format!("Template {} already exists.", names.join("/")),
    tell: |told, telling| {
        let sort = telling.names.first().copied().unwrap_or_default();
        told.insert("template".to_owned(), sort.into());
    },
    ..Setting::always((&TEMPLATE, "email_templates"), &["/api/v2/email-templates/{templateName}"], template)
};

/// What a provider says by itself.
pub fn provider() -> Map<String, Value> {
    members(json!({ "enabled": true }))
}

/// What a template says of what nobody said.
pub fn template() -> Map<String, Value> {
    members(json!({ "body": null, "enabled": null, "from": null, "subject": null, "syntax": null }))
}

/// Says whether a provider has what it needs, and nothing that belongs to another.
///
/// # Errors
/// What is missing from its credentials, or too much.
pub fn check(provider: &Map<String, Value>) -> Result<(), Invalid> {
    let name = provider.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some((_, needed, known)) = CREDENTIALS.iter().find(|(of, ..)| *of == name) else { return Ok(()) };
    let empty = Map::new();
    let said = provider.get("credentials").and_then(Value::as_object).unwrap_or(&empty);
    if let Some(missing) = needed.iter().find(|member| !said.contains_key(**member)) {
        return Err(Invalid::body("credentials", Fault::Missing(missing)));
    }
    let more =
        said.keys().filter(|member| !needed.contains(&member.as_str()) && !known.contains(&member.as_str()));
    let more: Vec<String> = more.cloned().collect();
    if !more.is_empty() {
        return Err(Invalid::body("credentials", Fault::Additional(more)));
    }
    match provider.get("default_from_address").and_then(Value::as_str) {
        // Nothing is no address of anybody's: letters come from where they came from before.
        None | Some("") => Ok(()),
        Some(from) => sender(from).map(|_| ()),
    }
}

/// Of each provider: what it needs, and what it may have besides.
const CREDENTIALS: &[(&str, &[&str], &[&str])] = &[
    ("mailgun", &["api_key"], &["domain", "region"]),
    ("mandrill", &["api_key"], &[]),
    ("sendgrid", &["api_key"], &[]),
    ("resend", &["api_key"], &[]),
    ("ses", &["accessKeyId", "secretAccessKey", "region"], &[]),
    ("sparkpost", &["api_key"], &["region"]),
    ("smtp", &["smtp_host", "smtp_port"], &["smtp_user", "smtp_pass"]),
    ("azure_cs", &["connectionString"], &[]),
    ("ms365", &["tenantId", "clientId", "clientSecret"], &[]),
    ("custom", &[], &[]),
];

/// Members of credentials that are told to nobody.
const SECRETS: &[&str] = &[
    "/credentials/api_key",
    "/credentials/accessKeyId",
    "/credentials/secretAccessKey",
    "/credentials/smtp_pass",
    "/credentials/connectionString",
    "/credentials/tenantId",
    "/credentials/clientId",
    "/credentials/clientSecret",
];

const NAMES: Shape = Shape::OneOffered {
    offered: &["smtp"],
    inert: &["mailgun", "mandrill", "sendgrid", "resend", "ses", "sparkpost", "azure_cs", "ms365", "custom"],
    others: &[],
};

const SECRET: Shape = Shape::some_text(5_000);
const HOST: Shape = Shape::some_text(253);
const PORT: Shape = Shape::Number { least: 1, most: u16::MAX as i64 };
const TEXT: Shape = Shape::text(2_000);

const CREDENTIAL: &[Field] = &[
    Field::obeyed("smtp_host", HOST),
    Field::obeyed("smtp_port", PORT),
    Field::obeyed("smtp_user", SECRET),
    Field::obeyed("smtp_pass", SECRET),
    Field::kept("api_key", SECRET),
    Field::kept("accessKeyId", SECRET),
    Field::kept("secretAccessKey", SECRET),
    Field::kept("region", Shape::text(100)).or_null(),
    Field::kept("domain", Shape::text(253)),
    Field::kept("connectionString", SECRET),
    Field::kept("tenantId", SECRET),
    Field::kept("clientId", SECRET),
    Field::kept("clientSecret", SECRET),
];

const FROM: Shape = Shape::text(998);

const PROVIDER_FIELDS: &[Field] = &[
    Field::obeyed("name", NAMES).when(Write::Demanded),
    Field::obeyed("name", NAMES).when(Write::Update),
    Field::obeyed("enabled", Shape::Flag),
    Field::obeyed("default_from_address", FROM),
    Field::obeyed("credentials", Shape::Object(CREDENTIAL)).when(Write::Demanded),
    Field::obeyed("credentials", Shape::Object(CREDENTIAL)).when(Write::Update),
    Field::inert("settings", Shape::Free { most: 50 }, &[]),
];

const PROVIDER_TOLD: &[Field] = &[
    Field::told("name", Shape::some_text(20)),
    Field::told("enabled", Shape::Flag),
    Field::maybe(
        "credentials",
        Shape::Object(&[
            Field::maybe("api_user", TEXT),
            Field::maybe("region", TEXT),
            Field::maybe("domain", TEXT),
            Field::maybe("smtp_host", TEXT),
            Field::maybe("smtp_port", PORT),
            Field::maybe("smtp_user", SECRET),
        ]),
    ),
];

const HTML: Shape = Shape::text(512_000);
const SORT: Shape = Shape::OneOf(TEMPLATES);

const SYNTAX: &[Scalar] = &[Scalar::Text("liquid")];

const TEMPLATE_FIELDS: &[Field] = &[
    Field::shown("template", SORT).when(Write::Demanded),
    Field::shown("template", SORT).when(Write::Update),
    Field::inert("body", HTML, &[]).when(Write::Demanded),
    Field::inert("body", HTML, &[]).when(Write::Update),
    Field::inert("from", FROM, &[]).when(Write::Demanded),
    Field::inert("from", FROM, &[]).when(Write::Update),
    Field::inert("resultUrl", TEXT, &[]),
    Field::inert("subject", FROM, &[]).when(Write::Demanded),
    Field::inert("subject", FROM, &[]).when(Write::Update),
    Field::inert("syntax", Shape::text(50), SYNTAX).when(Write::Demanded),
    Field::inert("syntax", Shape::text(50), SYNTAX).when(Write::Update),
    Field::inert("urlLifetimeInSeconds", Shape::Number { least: 0, most: 10 * 365 * 86_400 }, &[]),
    Field { nullable: false, ..Field::inert("includeEmailInRedirect", Shape::Flag, &[]) },
    Field::inert("enabled", Shape::Flag, &[]).when(Write::Demanded),
    Field::inert("enabled", Shape::Flag, &[]).when(Write::Update),
];

const TEMPLATE_TOLD: &[Field] = &[
    Field::told("template", SORT),
    Field::told("body", HTML).or_null(),
    Field::told("from", FROM).or_null(),
    Field::told("subject", FROM).or_null(),
    Field::told("syntax", Shape::text(50)).or_null(),
    Field::told("enabled", Shape::Flag).or_null(),
];

/// Where letters say they come from: `Name <address>` or an address.
///
/// # Errors
/// It is neither.
pub fn sender(text: &str) -> Result<(&str, &str), Invalid> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
        None => ("", text.trim()),
    };
    let fit = Format::Email.holds(address) && !text.chars().any(char::is_control);
    let fault = || Fault::Format { format: "email", found: text.to_owned() };
    if fit { Ok((name, address)) } else { Err(Invalid::body("default_from_address", fault())) }
}
