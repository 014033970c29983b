//! Encryption keys of the tenant, as somebody names them. They are kept by their names, and seal nothing: what the
//! server keeps is sealed by the master key of its operator.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Absence, CREATED_AT, Listing, New, Resource, UPDATED_AT, dated, defaults};
use crate::field::{Field, Shape, Write};
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Guard, Method, Operation, PAGES};

const KIND: Kind = Kind::new(
    Name { one: "encryption key", many: "keys", path: "keys/encryption" },
    "Encryption key not found.",
    &[Field::kept("type", Shape::OneOf(&["customer-provided-root-key", "tenant-encryption-key"]))
        .when(Write::Demanded)],
    &[
        Field::told("kid", Shape::some_text(250)),
        Field::told("type", Shape::OneOf(&["customer-provided-root-key", "tenant-encryption-key", MASTER])),
        Field::told("state", Shape::OneOf(&["pre-activation", "active", "deactivated", "destroyed"])),
        CREATED_AT,
        UPDATED_AT,
        Field::told("parent_kid", Shape::some_text(250)).or_null(),
    ],
);

/// Encryption keys.
pub const KEYS: Resource = Resource {
    id: "kid",
    listing: Listing::Paged,
    absence: Absence::Told,
    end: Some(destroyed),
    make: complete,
    ..Resource::new(
        (&KIND, "encryption_keys", "Encryption keys"),
        ("/api/v2/keys/encryption", "/api/v2/keys/encryption/{id}"),
        Form::Uuid,
    )
};

pub(super) const TABLE: &[Operation] = &[
    KEYS.lists("List encryption keys", &["read:encryption_keys"]).query(&[PAGES]),
    KEYS.makes("Make an encryption key", &["create:encryption_keys"]),
    KEYS.reads("Read an encryption key", &["read:encryption_keys"]),
    KEYS.deletes("Destroy an encryption key", &["delete:encryption_keys"]),
    Operation {
        guard: Guard::All(&["create:encryption_keys", "update:encryption_keys"]),
        ..KEYS.row(
            (Method::Post, "/api/v2/keys/encryption/rekey"),
            "Let another key be the tenant's: kept, and without effect",
            &[],
        )
    },
];

fn complete(key: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(key, [("state", json!("pre-activation")), ("parent_kid", Value::Null)]);
    dated(key, new)
}

/// The tenant's key from now on.
pub fn of_the_tenant(kid: &str, at: &str) -> Value {
    json!({
        "kid": kid,
        "type": MASTER,
        "state": "active",
        "created_at": at,
        "updated_at": at,
        "parent_kid": null,
    })
}

/// Lets the key of a tenant rest that was in use till now; whether it was one.
pub fn rested(key: &mut Value, at: &str) -> bool {
    let was = key["type"] == MASTER && key["state"] == "active";
    if was {
        key["state"] = "deactivated".into();
        key["updated_at"] = at.into();
    }
    was
}

const MASTER: &str = "tenant-master-key";

/// A key that is destroyed is told as such.
fn destroyed(key: &mut Map<String, Value>, new: &New<'_>) {
    key.insert("state".to_owned(), "destroyed".into());
    key.insert("updated_at".to_owned(), new.at.into());
}
