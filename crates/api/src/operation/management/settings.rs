//! What a tenant has one of: its settings, what its pages look like and say, what it does against attacks, its letters.

use super::{
    Body, Field,
    Guard::{self, Any},
    Method::{self, *},
    Operation, Shape, Told, changed, new,
    parameters::{PAGES, SELECTION},
    row,
};
use crate::kind::Kind;
use crate::settings::{
    attack_protection as attack, branding, email,
    prompts::{self, BY_SCREEN, PROMPTS, SCREENS},
    tenant,
};

const TENANT: &str = "Tenant settings";
const BRANDING: &str = "Branding";
const PROMPT: &str = "Prompts";
const ATTACKS: &str = "Attack protection";
const LETTERS: &str = "Letters";

/// An operation that tells all of a setting.
const fn told(
    what: (Method, &'static str),
    (summary, tag): (&'static str, &'static str),
    guard: Guard,
    kind: &'static Kind,
) -> Operation {
    row(what, summary, tag, guard).tells(Told::Part(kind))
}

const READ_TENANT: Guard = Any(&["read:tenant_settings"]);
const READ_BRANDING: Guard = Any(&["read:branding"]);
const UPDATE_BRANDING: Guard = Any(&["update:branding"]);
const READ_PROMPTS: Guard = Any(&["read:prompts"]);
const UPDATE_PROMPTS: Guard = Any(&["update:prompts"]);
const READ_ATTACKS: Guard = Any(&["read:attack_protection"]);
const UPDATE_ATTACKS: Guard = Any(&["update:attack_protection"]);

pub(super) const TABLE: &[Operation] = &[
    told((Get, "/api/v2/tenants/settings"), ("Read a tenant's settings", TENANT), READ_TENANT, &tenant::KIND)
        .query(&[SELECTION]),
    told(
        (Patch, "/api/v2/tenants/settings"),
        ("Change a tenant's settings", TENANT),
        Any(&["update:tenant_settings"]),
        &tenant::KIND,
    )
    .takes(changed(&tenant::KIND)),
    told((Get, "/api/v2/branding"), ("Read what pages look like", BRANDING), READ_BRANDING, &branding::KIND),
    told(
        (Patch, "/api/v2/branding"),
        ("Say what pages look like", BRANDING),
        UPDATE_BRANDING,
        &branding::KIND,
    )
    .takes(changed(&branding::KIND)),
    told(
        (Get, "/api/v2/branding/templates/universal-login"),
        ("Read the page around a sign-in", BRANDING),
        READ_BRANDING,
        &branding::TEMPLATE,
    )
    .also(&[404]),
    row(
        (Put, "/api/v2/branding/templates/universal-login"),
        "Write the page around a sign-in",
        BRANDING,
        UPDATE_BRANDING,
    )
    .takes(Body::Shape(branding::BODY))
    .with(201, Told::Shape(Shape::Object(&[])))
    .also(&[204]),
    row(
        (Delete, "/api/v2/branding/templates/universal-login"),
        "Delete the page around a sign-in",
        BRANDING,
        Any(&["delete:branding"]),
    ),
    told((Get, "/api/v2/prompts"), ("Read how people are asked", PROMPT), READ_PROMPTS, &prompts::KIND),
    told((Patch, "/api/v2/prompts"), ("Say how people are asked", PROMPT), UPDATE_PROMPTS, &prompts::KIND)
        .takes(changed(&prompts::KIND)),
    row(
        (Get, "/api/v2/prompts/{prompt}/custom-text/{language}"),
        "Read the words of a prompt",
        PROMPT,
        READ_PROMPTS,
    )
    .tells(Told::Shape(BY_SCREEN)),
    row(
        (Put, "/api/v2/prompts/{prompt}/custom-text/{language}"),
        "Say a prompt in other words",
        PROMPT,
        UPDATE_PROMPTS,
    )
    .takes(Body::Shape(BY_SCREEN))
    .tells(Told::Shape(BY_SCREEN)),
    row(
        (Get, "/api/v2/prompts/{prompt}/partials"),
        "Read what is put on the screens of a prompt",
        PROMPT,
        READ_PROMPTS,
    )
    .tells(Told::Shape(BY_SCREEN)),
    row(
        (Put, "/api/v2/prompts/{prompt}/partials"),
        "Put something on the screens of a prompt",
        PROMPT,
        UPDATE_PROMPTS,
    )
    .takes(Body::Shape(BY_SCREEN))
    .tells(Told::Shape(BY_SCREEN)),
    row((Get, "/api/v2/prompts/rendering"), "List how screens are drawn", PROMPT, READ_PROMPTS)
        .query(&[PAGES, SELECTION, SCREEN_FILTERS])
        .tells(Told::Paged(&prompts::RENDERING)),
    row((Patch, "/api/v2/prompts/rendering"), "Say how many screens are drawn", PROMPT, UPDATE_PROMPTS)
        .takes(changed(&prompts::RENDERINGS))
        .tells(Told::Shape(Shape::Object(&[Field::told(
            "configs",
            Shape::List { of: &Shape::Open(&[]), most: 100 },
        )]))),
    told(
        (Get, "/api/v2/prompts/{prompt}/screen/{screen}/rendering"),
        ("Read how a screen is drawn", PROMPT),
        READ_PROMPTS,
        &prompts::RENDERING,
    ),
    told(
        (Patch, "/api/v2/prompts/{prompt}/screen/{screen}/rendering"),
        ("Say how a screen is drawn", PROMPT),
        UPDATE_PROMPTS,
        &prompts::RENDERING,
    )
    .takes(changed(&prompts::RENDERING)),
    attacks(Get, "/api/v2/attack-protection/bot-detection", &attack::BOT_DETECTION),
    attacks(Patch, "/api/v2/attack-protection/bot-detection", &attack::BOT_DETECTION),
    attacks(Get, "/api/v2/attack-protection/breached-password-detection", &attack::BREACHED_PASSWORDS),
    attacks(Patch, "/api/v2/attack-protection/breached-password-detection", &attack::BREACHED_PASSWORDS),
    attacks(Get, "/api/v2/attack-protection/brute-force-protection", &attack::BRUTE_FORCE),
    attacks(Patch, "/api/v2/attack-protection/brute-force-protection", &attack::BRUTE_FORCE),
    attacks(Get, "/api/v2/attack-protection/captcha", &attack::CAPTCHA),
    attacks(Patch, "/api/v2/attack-protection/captcha", &attack::CAPTCHA),
    attacks(Get, "/api/v2/attack-protection/phone-provider-protection", &attack::PHONE_PROVIDER),
    attacks(Patch, "/api/v2/attack-protection/phone-provider-protection", &attack::PHONE_PROVIDER),
    attacks(Get, "/api/v2/attack-protection/suspicious-ip-throttling", &attack::SUSPICIOUS_ADDRESSES),
    attacks(Patch, "/api/v2/attack-protection/suspicious-ip-throttling", &attack::SUSPICIOUS_ADDRESSES),
    told(
        (Get, "/api/v2/emails/provider"),
        ("Read who carries letters", LETTERS),
        Any(&["read:email_provider"]),
        &email::PROVIDER,
    )
    .query(&[SELECTION])
    .also(&[404]),
    row(
        (Post, "/api/v2/emails/provider"),
        "Say who carries letters",
        LETTERS,
        Any(&["create:email_provider"]),
    )
    .takes(new(&email::PROVIDER))
    .with(201, Told::Part(&email::PROVIDER)),
    told(
        (Patch, "/api/v2/emails/provider"),
        ("Change who carries letters", LETTERS),
        Any(&["update:email_provider"]),
        &email::PROVIDER,
    )
    .takes(changed(&email::PROVIDER))
    .also(&[404]),
    row(
        (Delete, "/api/v2/emails/provider"),
        "Say that nobody else carries letters",
        LETTERS,
        Any(&["delete:email_provider"]),
    ),
    told(
        (Post, "/api/v2/email-templates"),
        ("Write a letter", LETTERS),
        Any(&["create:email_templates"]),
        &email::TEMPLATE,
    )
    .takes(new(&email::TEMPLATE)),
    told(
        (Get, "/api/v2/email-templates/{templateName}"),
        ("Read a letter", LETTERS),
        Any(&["read:email_templates"]),
        &email::TEMPLATE,
    ),
    told(
        (Patch, "/api/v2/email-templates/{templateName}"),
        ("Change a letter", LETTERS),
        Any(&["update:email_templates"]),
        &email::TEMPLATE,
    )
    .takes(changed(&email::TEMPLATE)),
    told(
        (Put, "/api/v2/email-templates/{templateName}"),
        ("Write a letter anew", LETTERS),
        Any(&["update:email_templates"]),
        &email::TEMPLATE,
    )
    .takes(new(&email::TEMPLATE)),
];

/// What is done against an attack, read or said.
const fn attacks(method: Method, path: &'static str, kind: &'static Kind) -> Operation {
    match method {
        Get => told((Get, path), ("Read what is done against an attack", ATTACKS), READ_ATTACKS, kind),
        _ => told((method, path), ("Say what is done against an attack", ATTACKS), UPDATE_ATTACKS, kind)
            .takes(changed(kind)),
    }
}

const SCREEN_FILTERS: &[Field] = &[
    Field::maybe("prompt", Shape::OneOf(PROMPTS)),
    Field::maybe("screen", Shape::OneOf(SCREENS)),
    Field::maybe("rendering_mode", Shape::OneOf(&["advanced", "standard"])),
];
