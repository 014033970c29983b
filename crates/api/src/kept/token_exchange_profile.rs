//! Token exchange profiles: which foreign tokens an action may turn into ours. No action runs, so none is turned.

use super::drawn::Form;
use super::resource::{CREATED_AT, ID, Listing, Resource, UPDATED_AT, dated, redated};
use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::kind::{Kind, Name};
use crate::operation::{CHECKPOINTS, Operation};

const KIND: Kind = Kind::new(
    Name { one: "token exchange profile", many: "token_exchange_profiles", path: "token-exchange-profiles" },
    "Token exchange profile not found.",
    FIELDS,
    &[ID, CREATED_AT, UPDATED_AT],
);

pub(super) const PROFILES: Resource = Resource {
    unique: "subject_token_type",
    taken: "A token exchange profile with the same subject_token_type already exists.",
    listing: Listing::Checkpoints,
    make: dated,
    change: redated,
    ..Resource::new(
        (&KIND, "token_exchange_profiles", "Token exchange profiles"),
        ("/api/v2/token-exchange-profiles", "/api/v2/token-exchange-profiles/{id}"),
        Form::Letters("tep_", 16),
    )
};

pub(super) const TABLE: &[Operation] = &[
    PROFILES.lists("List token exchange profiles", &["read:token_exchange_profiles"]).query(&[CHECKPOINTS]),
    PROFILES.makes("Make a token exchange profile", &["create:token_exchange_profiles"]),
    PROFILES.reads("Read a token exchange profile", &["read:token_exchange_profiles"]),
    PROFILES.changes("Change a token exchange profile", &["update:token_exchange_profiles"]),
    PROFILES.deletes("Delete a token exchange profile", &["delete:token_exchange_profiles"]),
];

const NAME: Shape = Shape::Text { least: 3, most: 50, format: Format::Any };
const TOKEN_TYPE: Shape = Shape::Text { least: 8, most: 100, format: Format::Uri };

const FIELDS: &[Field] = &[
    Field::shown("name", NAME).when(Write::Demanded),
    Field::shown("name", NAME).when(Write::Update),
    Field::kept("subject_token_type", TOKEN_TYPE).when(Write::Demanded),
    Field::kept("subject_token_type", TOKEN_TYPE).when(Write::Update),
    Field::kept("action_id", Shape::some_text(36)).when(Write::Demanded),
    Field::kept("type", Shape::OneOf(&["custom_authentication"])).when(Write::Demanded),
];
