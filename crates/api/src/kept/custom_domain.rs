//! Custom domains: names of the tenant beside its issuer. They are kept, and nothing is served under them.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Listing, New, Resource, defaults};
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Body, CHECKPOINTS, Method, Operation, SELECTION, Told};
use crate::search::Scope;

const KIND: Kind = Kind {
    absent_code: "inexistent_custom_domain",
    merged: &["domain_metadata"],
    ..Kind::new(
        Name { one: "custom domain", many: "custom_domains", path: "custom-domains" },
        "The custom domain does not exist",
        FIELDS,
        TOLD,
    )
};

/// Custom domains.
pub const DOMAINS: Resource = Resource {
    id: "custom_domain_id",
    unique: "domain",
    taken: "There is an existing custom domain with the same name.",
    listing: Listing::Paged,
    order: "domain",
    searched: Some(&SEARCHED),
    make: complete,
    ..Resource::new(
        (&KIND, "custom_domains", "Custom domains"),
        ("/api/v2/custom-domains", "/api/v2/custom-domains/{id}"),
        Form::Letters("cd_", 16),
    )
};

/// What `q` may ask for.
const SEARCHED: Scope = Scope {
    folded: &["domain"],
    exact: &["custom_domain_id", "is_default", "primary", "status", "type"],
    bare: &["domain"],
    moments: &["created_at"],
    open: &["domain_metadata"],
    whole: &[],
};

/// The name that links are written with.
pub const DEFAULT: Shape = Shape::Object(&[Field::kept("domain", DOMAIN).when(Write::Within)]);

pub(super) const TABLE: &[Operation] = &[
    DOMAINS.lists("List custom domains", READ).query(&[CHECKPOINTS, SELECTION, FILTERS]),
    DOMAINS.makes("Make a custom domain", &["create:custom_domains"]),
    DOMAINS.reads("Read a custom domain", READ),
    DOMAINS.changes("Change a custom domain", &["update:custom_domains"]),
    DOMAINS.deletes("Delete a custom domain", &["delete:custom_domains"]),
    DOMAINS
        .row((Method::Get, "/api/v2/custom-domains/default"), "Read which name links have", READ)
        .tells(Told::Shape(CHOSEN)),
    DOMAINS
        .row(
            (Method::Patch, "/api/v2/custom-domains/default"),
            "Say which name links have",
            &["update:custom_domains"],
        )
        .takes(Body::Shape(DEFAULT))
        .tells(Told::Shape(CHOSEN)),
    DOMAINS
        .row(
            (Method::Post, "/api/v2/custom-domains/{id}/verify"),
            "Ask for a custom domain to be looked at",
            &["create:custom_domains"],
        )
        .with(201, Told::Whole(&KIND)),
    DOMAINS.row((Method::Post, "/api/v2/custom-domains/{id}/test"), "Try a custom domain", READ).tells(
        Told::Shape(Shape::Object(&[
            Field::told("success", Shape::Flag),
            Field::maybe("message", Shape::text(usize::MAX)),
        ])),
    ),
];

/// Of a custom domain everything, of the tenant's own its name.
const CHOSEN: Shape = Shape::Open(&[Field::told("domain", DOMAIN)]);

const READ: &[&str] = &["read:custom_domains"];
const DOMAIN: Shape = Shape::Text { least: 3, most: 255, format: Format::Any };
const CERTIFICATES: Shape = Shape::OneOf(&["auth0_managed_certs", "self_managed_certs"]);
const IP_HEADER: Shape =
    Shape::OneOf(&["true-client-ip", "cf-connecting-ip", "x-forwarded-for", "x-azure-clientip", ""]);
const METADATA: Shape = Shape::Map { of: &Shape::Either(&[Shape::text(255), Shape::Nothing]), most: 10 };
const TEXT: Shape = Shape::text(usize::MAX);

const FIELDS: &[Field] = &[
    Field::kept("domain", DOMAIN).when(Write::Demanded),
    Field::kept("type", CERTIFICATES).when(Write::Demanded),
    Field::kept("verification_method", Shape::OneOf(&["txt"])).when(Write::Create),
    Field::inert("tls_policy", Shape::OneOf(&["recommended"]), &[Scalar::Text("recommended")]),
    Field::kept("custom_client_ip_header", IP_HEADER).or_null(),
    Field::shown("domain_metadata", METADATA),
    Field::kept("relying_party_identifier", Shape::text(255)).or_null(),
];

const METHOD: Shape = Shape::Object(&[
    Field::told("name", Shape::OneOf(&["CNAME", "TXT"])),
    Field::told("record", TEXT),
    Field::told("domain", TEXT),
]);

const TOLD: &[Field] = &[
    Field::told("custom_domain_id", Shape::some_text(250)),
    Field::told("domain", DOMAIN),
    Field::told("primary", Shape::Flag),
    Field::told("is_default", Shape::Flag),
    Field::told("status", Shape::OneOf(&["pending_verification"])),
    Field::told("type", CERTIFICATES),
    Field::told(
        "verification",
        Shape::Object(&[Field::told("methods", Shape::List { of: &METHOD, most: usize::MAX })]),
    ),
    Field::told("created_at", Shape::formatted(Format::DateTime)),
];

const FILTERS: &[Field] =
    &[Field::maybe("q", Shape::text(1_000)), Field::maybe("sort", Shape::OneOf(&["domain:1"]))];

fn complete(domain: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    let name = domain.get("domain").cloned().unwrap_or_default();
    let edge = format!("{}.edge.{}", new.id.replace('_', "-").to_ascii_lowercase(), new.tenant);
    let owned = domain.get("type").and_then(Value::as_str) == Some("self_managed_certs");
    let method = match owned {
        true => {
            json!({ "name": "TXT", "record": format!("auth0-domain-verification={}", new.chance), "domain": name })
        }
        false => json!({ "name": "CNAME", "record": edge, "domain": name }),
    };
    defaults(
        domain,
        [
            ("primary", json!(true)),
            ("is_default", json!(false)),
            ("status", json!("pending_verification")),
            ("verification", json!({ "methods": [method] })),
            ("tls_policy", json!("recommended")),
            ("created_at", new.at.into()),
        ],
    );
    domain.remove("verification_method");
    Ok(())
}
