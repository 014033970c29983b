//! How messages to phones are sent and what they read: kept, and no such message is sent.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{
    Absence, CREATED_AT, ID, Listing, New, Resource, UPDATED_AT, dated, defaults, redated,
};
use crate::field::{Field, Shape, Write};
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};
use crate::operation::{Method, Operation, Told};

const PROVIDER: Kind = Kind {
    untold: &["credentials"],
    ..Kind::new(
        Name { one: "phone provider", many: "providers", path: "branding/phone/providers" },
        ABSENT,
        PROVIDER_FIELDS,
        TOLD,
    )
};

const TEMPLATE: Kind = Kind {
    merged: &["content"],
    ..Kind::new(
        Name { one: "phone template", many: "templates", path: "branding/phone/templates" },
        ABSENT,
        TEMPLATE_FIELDS,
        TEMPLATE_TOLD,
    )
};

pub(super) const PROVIDERS: Resource = Resource {
    // There is one at most: two have the same channel.
    unique: "channel",
    taken: "Provider already exists",
    secrets: &["credentials"],
    listing: Listing::Named,
    absence: Absence::Told,
    make: reachable,
    change: |provider, _, new| reachable(provider, new),
    tell: |provider| {
        provider.remove("credentials");
    },
    listed: |provider| {
        provider.insert("credentials".to_owned(), Value::Null);
    },
    ..Resource::new(
        (&PROVIDER, "phone_providers", TAG),
        ("/api/v2/branding/phone/providers", "/api/v2/branding/phone/providers/{id}"),
        Form::Letters("pro_", 22),
    )
};

/// Templates of messages to phones.
pub const TEMPLATES: Resource = Resource {
    unique: "type",
    taken: "Template already exists",
    listing: Listing::Named,
    absence: Absence::Told,
    make: worded,
    change: redated,
    ..Resource::new(
        (&TEMPLATE, "phone_templates", TAG),
        ("/api/v2/branding/phone/templates", "/api/v2/branding/phone/templates/{id}"),
        Form::Letters("tem_", 22),
    )
};

pub(super) const TABLE: &[Operation] = &[
    PROVIDERS.lists("List phone providers", &["read:phone_providers"]).query(&[DISABLED]),
    PROVIDERS.makes("Make a phone provider", &["create:phone_providers"]),
    PROVIDERS.reads("Read a phone provider", &["read:phone_providers"]),
    PROVIDERS.changes("Change a phone provider", &["update:phone_providers"]),
    PROVIDERS.deletes("Delete a phone provider", &["delete:phone_providers"]),
    TEMPLATES.lists("List phone templates", &["read:phone_templates"]).query(&[DISABLED]),
    TEMPLATES.makes("Make a phone template", &["create:phone_templates"]),
    TEMPLATES.reads("Read a phone template", &["read:phone_templates"]),
    TEMPLATES.changes("Change a phone template", &["update:phone_templates"]),
    TEMPLATES.deletes("Delete a phone template", &["delete:phone_templates"]),
    TEMPLATES
        .row(
            (Method::Patch, "/api/v2/branding/phone/templates/{id}/reset"),
            "Let a phone template read as it first did",
            &["update:phone_templates"],
        )
        .tells(Told::Whole(&TEMPLATE)),
];

/// Lets a template read as it first did.
pub fn reset(template: &mut Map<String, Value>, at: &str) {
    let kind = template.get("type").and_then(Value::as_str).unwrap_or_default();
    let body = wording(kind);
    if let Some(Value::Object(content)) = template.get_mut("content") {
        content.insert("body".to_owned(), body);
    }
    template.insert("updated_at".to_owned(), at.into());
}

const TAG: &str = "Messages to phones";
const NOBODY_SENDS: &str = "Bad Operation on Notification Resource";
const ABSENT: &str = "Notification Resource not found";
const DISABLED: &[Field] = &[Field::maybe("disabled", Shape::Flag)];
const TEXT: Shape = Shape::text(2_000);
const METHODS: Shape = Shape::List { of: &Shape::OneOf(&["text", "voice"]), most: 2 };

const TOLD: &[Field] = &[
    ID,
    Field::told("tenant", Shape::some_text(255)),
    Field::told("channel", Shape::OneOf(&["phone"])),
    Field::told("disabled", Shape::Flag),
    // Of many, and never more than that.
    Field::maybe("credentials", Shape::Nothing),
    CREATED_AT,
    UPDATED_AT,
];

const TEMPLATE_TOLD: &[Field] = &[
    ID,
    Field::told("tenant", Shape::some_text(255)),
    Field::told("channel", Shape::OneOf(&["phone"])),
    Field::told("type", TYPES),
    Field::told("disabled", Shape::Flag),
    Field::told("content", CONTENT),
    CREATED_AT,
    UPDATED_AT,
];

const PROVIDER_FIELDS: &[Field] = &[
    Field::kept("name", NAMES).when(Write::Demanded),
    Field::kept("name", NAMES).when(Write::Update),
    Field::shown("disabled", Shape::Flag),
    Field::kept("configuration", CONFIGURATION),
    Field::kept("credentials", CREDENTIALS).when(Write::Demanded),
    Field::kept("credentials", CREDENTIALS).when(Write::Update),
];

const NAMES: Shape = Shape::OneOf(&["twilio", "custom"]);
const CREDENTIALS: Shape = Shape::Object(&[Field::kept("auth_token", Shape::some_text(255))]);
const CONFIGURATION: Shape = Shape::Object(&[
    Field::kept("default_from", TEXT),
    Field::kept("mssid", TEXT),
    Field::kept("sid", TEXT),
    Field::kept("delivery_methods", METHODS).when(Write::Within),
]);

const TEMPLATE_FIELDS: &[Field] = &[
    Field::shown("type", TYPES).when(Write::Create),
    Field::shown("disabled", Shape::Flag),
    Field::kept("content", CONTENT).when(Write::Create),
    Field::kept("content", Shape::Object(&[FROM, BODY])).when(Write::Update),
];

const CONTENT: Shape = Shape::Object(&[Field::shown("syntax", TEXT), FROM, BODY]);
const TYPES: Shape =
    Shape::OneOf(&["otp_verify", "otp_enroll", "change_password", "blocked_account", "password_breach"]);
const FROM: Field = Field::kept("from", Shape::some_text(16));
const WORDS: Shape = Shape::some_text(20_000);
const BODY: Field =
    Field::kept("body", Shape::Object(&[Field::kept("text", WORDS), Field::kept("voice", WORDS)]));

/// Somebody sends what Twilio carries: a number, or one of theirs.
fn reachable(provider: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    let said = |name: &str| provider.get("configuration").is_some_and(|all| all.get(name).is_some());
    if provider.get("name") == Some(&json!("twilio")) && !said("default_from") && !said("mssid") {
        return Err(Invalid::body("", Fault::Whole(NOBODY_SENDS)));
    }
    of_the_tenant(provider, new)
}

fn of_the_tenant(document: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(
        document,
        [("tenant", new.tenant.into()), ("channel", json!("phone")), ("disabled", json!(false))],
    );
    dated(document, new)
}

fn worded(template: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(template, [("type", json!("otp_verify")), ("content", json!({}))]);
    let kind = template.get("type").and_then(Value::as_str).unwrap_or_default();
    let body = wording(kind);
    if let Some(Value::Object(content)) = template.get_mut("content") {
        defaults(content, [("syntax", json!("liquid")), ("body", body)]);
    }
    of_the_tenant(template, new)
}

/// What a message reads unless somebody wrote another.
fn wording(kind: &str) -> Value {
    let (text, voice) = match kind {
        "otp_verify" | "otp_enroll" => (
            "{{ code | escape }} is your verification code for {{ friendly_name | escape }}",
            "Hello. Your verification code for {{ friendly_name | escape }} is {{ pause }} {{ code | escape }}.",
        ),
        "change_password" => (
            "Your password for {{ friendly_name | escape }} was changed",
            "Hello. Your password for {{ friendly_name | escape }} was changed.",
        ),
        "blocked_account" => (
            "Your account at {{ friendly_name | escape }} was blocked",
            "Hello. Your account at {{ friendly_name | escape }} was blocked.",
        ),
        _ => (
            "Your password for {{ friendly_name | escape }} is known to others: change it",
            "Hello. Your password for {{ friendly_name | escape }} is known to others. Please change it.",
        ),
    };
    json!({ "text": text, "voice": voice })
}
