//! Risk assessments: whether logins are weighed, and how long a device is known. They are kept, and nothing is weighed.

use crate::Verb;
use crate::field::{Field, Scalar, Shape, Write};
use crate::kind::{Kind, Name};
use crate::operation::{Body, Dialect, Guard, Method, Operation, Told};

/// Whether logins are weighed.
pub const SETTINGS: Kind = Kind::new(
    Name { one: "risk assessment", many: "risk_assessments", path: "risk-assessments/settings" },
    "There are no such settings.",
    &[Field { nullable: false, ..Field::inert("enabled", Shape::Flag, &[]) }.when(Write::Within)],
    &[Field::told("enabled", Shape::Flag)],
);

/// How many days a device is known.
pub const NEW_DEVICE: Kind = Kind::new(
    Name { one: "risk of a new device", many: "new_devices", path: "risk-assessments/settings/new-device" },
    "There are no such settings.",
    &[Field {
        nullable: false,
        ..Field::inert("remember_for", Shape::Number { least: 0, most: 365 }, &[Scalar::Number(0)])
    }
    .when(Write::Within)],
    &[Field::told("remember_for", Shape::Number { least: 0, most: 365 })],
);

/// Where both stand.
pub const SHELF: &str = "risk_assessments";

pub(super) const TABLE: &[Operation] = &[
    row(Method::Get, "/api/v2/risk-assessments/settings", "Whether logins are weighed", READ)
        .tells(Told::Whole(&SETTINGS)),
    row(Method::Patch, "/api/v2/risk-assessments/settings", "Say whether logins are weighed", CHANGE)
        .takes(Body::Kind(&SETTINGS, Verb::Update))
        .tells(Told::Whole(&SETTINGS)),
    row(Method::Get, "/api/v2/risk-assessments/settings/new-device", "How long a device is known", READ)
        .tells(Told::Whole(&NEW_DEVICE)),
    row(
        Method::Patch,
        "/api/v2/risk-assessments/settings/new-device",
        "Say how long a device is known",
        CHANGE,
    )
    .takes(Body::Kind(&NEW_DEVICE, Verb::Update))
    .tells(Told::Whole(&NEW_DEVICE)),
];

const READ: &[&str] = &["read:attack_protection"];
const CHANGE: &[&str] = &["update:attack_protection"];

const fn row(
    method: Method,
    path: &'static str,
    summary: &'static str,
    scopes: &'static [&'static str],
) -> Operation {
    Operation::new((method, path), summary, "Risk assessments", (Dialect::Management, Guard::Any(scopes)))
}
