//! Rules: pieces of program that are kept for whoever moves here with them, and are run by nobody yet.

use serde_json::{Map, Value};

use super::drawn::Form;
use super::resource::{Listing, New, Resource, defaults};
use crate::check;
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Body, Method, Operation, PAGES, SELECTION, Told};

/// What a rule may say.
pub const KIND: Kind = Kind {
    name: Name { one: "rule", many: "rules", path: "rules" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The rule does not exist",
    absent_code: "inexistent_rule",
};

/// A value that rules know by a key, and that is told to nobody.
pub const CONFIG: Kind = Kind {
    name: Name { one: "rules config", many: "rules_configs", path: "rules-configs" },
    fields: &[Field::kept("value", Shape::text(8_192)).when(Write::Within)],
    told: &[Field::told("key", KEY)],
    untold: &["value"],
    merged: &[],
    absent: "The rules config does not exist",
    absent_code: "inexistent_rules_config",
};

/// By what such a value is known.
pub const KEY: Shape = Shape::Text { least: 1, most: 127, format: Format::ConfigKey };

/// Says whether that can be a key.
///
/// # Errors
/// It cannot, in Auth0's words.
pub fn check_key(key: &str) -> Result<(), Invalid> {
    check::text(key, (1, 127), Format::ConfigKey).map_err(|fault| Invalid::path("key", fault))
}

/// Rules.
pub const RULES: Resource = Resource {
    unique: "name",
    taken: "A rule with the same name already exists",
    listing: Listing::Paged,
    make: complete,
    ..Resource::new((&KIND, "rules", TAG), ("/api/v2/rules", "/api/v2/rules/{id}"), Form::Letters("rul_", 16))
};

/// Those of all of them, and of what they know by keys.
pub(crate) const TABLE: &[Operation] = &[
    RULES.lists("List rules", &["read:rules"]).query(&[PAGES, SELECTION, FILTERS]),
    RULES.makes("Make a rule", &["create:rules"]),
    RULES.reads("Read a rule", &["read:rules"]).query(&[SELECTION]),
    RULES.changes("Change a rule", &["update:rules"]),
    RULES.deletes("Delete a rule", &["delete:rules"]),
    RULES
        .row((Method::Get, "/api/v2/rules-configs"), "List what rules know by keys", &["read:rules_configs"])
        .query(&[PAGES])
        .tells(Told::List(&CONFIG)),
    RULES
        .row(
            (Method::Put, "/api/v2/rules-configs/{key}"),
            "Let rules know a value by a key",
            &["update:rules_configs"],
        )
        .takes(Body::Shape(Shape::Object(CONFIG.fields)))
        .tells(Told::Shape(Shape::Object(SET))),
    RULES.row(
        (Method::Delete, "/api/v2/rules-configs/{key}"),
        "Let rules forget a value",
        &["delete:rules_configs"],
    ),
];

const TAG: &str = "Rules";

/// A rule that does not say where stands behind all others.
fn complete(rule: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    defaults(
        rule,
        [
            ("enabled", true.into()),
            ("order", new.already.saturating_add(1).into()),
            ("stage", "login_success".into()),
        ],
    );
    Ok(())
}

const FILTERS: &[Field] = &[Field::maybe("enabled", Shape::Flag)];

const SET: &[Field] = &[Field::told("key", KEY), Field::told("value", Shape::text(usize::MAX))];

const NAME: Shape = Shape::Text { least: 1, most: 200, format: Format::RuleName };
const SCRIPT: Shape = Shape::some_text(200_000);
const ORDER: Shape = Shape::Number { least: 0, most: 1_000_000 };

const FIELDS: &[Field] = &[
    Field::shown("name", NAME).when(Write::Demanded),
    Field::shown("name", NAME).when(Write::Update),
    Field::kept("script", SCRIPT).when(Write::Demanded),
    Field::kept("script", SCRIPT).when(Write::Update),
    Field::shown("order", ORDER),
    Field { nullable: false, ..Field::inert("enabled", Shape::Flag, &[Scalar::Flag(true)]) },
    // In no document of Auth0's, and written by its deploy tool.
    Field::kept("stage", Shape::OneOf(&["login_success", "login_failure", "pre_authorize"]))
        .when(Write::Create),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(250)),
    Field::told("name", NAME),
    Field::told("script", SCRIPT),
    Field::told("order", ORDER),
    Field::told("enabled", Shape::Flag),
    Field::told("stage", Shape::some_text(50)),
];
