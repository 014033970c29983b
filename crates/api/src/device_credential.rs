//! What devices hold.

use crate::field::{Field, Shape, Write};
use crate::kind::{Kind, Name};

/// A key that is left for a device; what devices hold.
pub const KIND: Kind = Kind {
    name: Name { one: "device credential", many: "device_credentials", path: "device-credentials" },
    fields: &[
        Field::shown("device_name", Shape::some_text(250)).when(Write::Demanded),
        Field::shown("type", Shape::OneOf(&[PUBLIC_KEY])).when(Write::Demanded),
        Field::shown("value", Shape::some_text(8_192)).when(Write::Demanded),
        Field::shown("device_id", Shape::some_text(36)).when(Write::Demanded),
        Field::shown("client_id", Shape::some_text(2_048)).when(Write::Create),
    ],
    told: &[
        Field::told("id", Shape::some_text(50)),
        Field::told("type", Shape::OneOf(TYPES)),
        Field::maybe("device_name", Shape::text(250)),
        Field::maybe("device_id", Shape::text(36)),
        Field::maybe("user_id", Shape::text(300)),
        Field::maybe("client_id", Shape::text(2_048)),
    ],
    untold: &["value"],
    merged: &[],
    absent: "The device credential does not exist.",
    absent_code: "",
};

/// The kind that is left for a device.
pub const PUBLIC_KEY: &str = "public_key";

/// Every kind.
pub const TYPES: &[&str] = &[PUBLIC_KEY, "refresh_token", "rotating_refresh_token"];
