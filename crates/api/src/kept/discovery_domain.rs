//! Discovery domains: by whose addresses an organization is found. They are kept, and nobody is led by them.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Family, ID, Listing, New, Resource, defaults};
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{CHECKPOINTS, Method, Operation, Told};

const KIND: Kind = Kind::new(
    Name { one: "discovery domain", many: "domains", path: "organizations/discovery-domains" },
    "No organization domain found by that id",
    FIELDS,
    &[
        ID,
        Field::told("domain", DOMAIN),
        Field::told("status", STATUS),
        Field::told("use_for_organization_discovery", Shape::Flag),
        Field::told("verification_txt", Shape::some_text(250)),
        Field::told("verification_host", Shape::some_text(600)),
    ],
);

/// Discovery domains of an organization.
pub const DOMAINS: Resource = Resource {
    family: Family::OfOrganization,
    unique: "domain",
    taken: "The organization has this discovery domain already.",
    listing: Listing::Checkpoints,
    make: complete,
    ..Resource::new(
        (&KIND, "discovery_domains", "Organizations"),
        (
            "/api/v2/organizations/{id}/discovery-domains",
            "/api/v2/organizations/{id}/discovery-domains/{discovery_domain}",
        ),
        Form::Ordered("ord_", 22),
    )
};

pub(super) const TABLE: &[Operation] = &[
    DOMAINS.lists("List an organization's discovery domains", READ).query(&[CHECKPOINTS]),
    DOMAINS.makes("Give an organization a discovery domain", &["create:organization_discovery_domains"]),
    DOMAINS.reads("Read an organization's discovery domain", READ),
    DOMAINS.changes("Change an organization's discovery domain", &["update:organization_discovery_domains"]),
    DOMAINS
        .deletes("Take a discovery domain from an organization", &["delete:organization_discovery_domains"]),
    DOMAINS
        .row(
            (Method::Get, "/api/v2/organizations/{id}/discovery-domains/name/{name}"),
            "Find an organization's discovery domain by its name",
            READ,
        )
        .tells(Told::Whole(&KIND)),
];

const READ: &[&str] = &["read:organization_discovery_domains"];
const DOMAIN: Shape = Shape::Text { least: 3, most: 255, format: Format::Hostname };
const STATUS: Shape = Shape::OneOf(&["pending", "verified"]);

const FIELDS: &[Field] = &[
    Field::kept("domain", DOMAIN).when(Write::Demanded),
    Field { nullable: false, ..Field::inert("status", STATUS, &[Scalar::Text("pending")]) },
    Field::kept("use_for_organization_discovery", Shape::Flag),
];

fn complete(domain: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    let name = domain.get("domain").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let host = format!("_ss-verification.{}.{name}", new.owner);
    domain.insert("domain".to_owned(), name.into());
    defaults(
        domain,
        [
            ("status", json!("pending")),
            ("use_for_organization_discovery", json!(true)),
            ("verification_host", host.into()),
            ("verification_txt", new.chance.into()),
        ],
    );
    Ok(())
}
