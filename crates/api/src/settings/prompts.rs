//! What is asked of people on pages, and in which words.

mod names;

use serde_json::{Map, Value, json};

pub use self::names::{PARTIALS, PROMPTS, SCREENS};
use super::{Audience, LANGUAGES, Reading, Setting, kind, members};
use crate::check;
use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};

/// In which order people are asked.
pub const KIND: Kind = kind("prompt setting", "prompts", FIELDS);

/// In other words than ours: for each screen, texts by their keys.
pub const TEXTS: Kind = kind("custom text", "prompts/custom-text", &[]);

/// What is put on a screen beside what is there: for each screen, pieces by their places.
pub const PIECES: Kind = kind("prompt partial", "prompts/partials", &[]);

/// How a screen is drawn.
pub const RENDERING: Kind = Kind {
    name: Name { one: "screen rendering", many: "configs", path: "prompts/rendering" },
    told: DRAWN_TOLD,
    ..kind("", "", DRAWN)
};

/// How many screens are drawn.
pub const RENDERINGS: Kind = kind(
    "screen renderings",
    "prompts/rendering/bulk",
    &[Field::obeyed("configs", Shape::List { of: &Shape::Object(NAMED), most: 100 }).when(Write::Within)],
);

/// [`KIND`], of every tenant.
pub const PROMPTS_SETTING: Setting = Setting::always((&KIND, "prompts"), &["/api/v2/prompts"], at_first);

/// [`TEXTS`] of each prompt, in each language.
pub const WORDS: Setting = Setting {
    names: &[PROMPTS, LANGUAGES],
    read: Reading::Own(by_screen),
    ..Setting::always(
        (&TEXTS, "custom_texts"),
        &["/api/v2/prompts/{prompt}/custom-text/{language}"],
        Map::new,
    )
};

/// [`PIECES`] of each prompt that takes them.
pub const PARTIALS_SETTING: Setting = Setting {
    names: &[PARTIALS],
    read: Reading::Own(by_screen),
    ..Setting::always((&PIECES, "prompt_partials"), &["/api/v2/prompts/{prompt}/partials"], Map::new)
};

/// [`RENDERING`] of each screen.
pub const SCREEN: Setting = Setting {
    names: &[PROMPTS, SCREENS],
    tell: |told, telling| {
        if let (Audience::Reader, [prompt, screen]) = (telling.to, telling.names) {
            for (name, value) in [("tenant", telling.tenant), ("prompt", prompt), ("screen", screen)] {
                told.insert(name.to_owned(), value.into());
            }
        }
    },
    ..Setting::always(
        (&RENDERING, "renderings"),
        &["/api/v2/prompts/{prompt}/screen/{screen}/rendering"],
        rendering,
    )
};

/// In which order people are asked by themselves.
pub fn at_first() -> Map<String, Value> {
    members(json!({
        "identifier_first": false,
        "universal_login_experience": "new",
        "webauthn_platform_first_factor": false,
    }))
}

/// How a screen is drawn by itself.
pub fn rendering() -> Map<String, Value> {
    members(json!({
        "context_configuration": [],
        "default_head_tags_disabled": false,
        "head_tags": [],
        "rendering_mode": "standard",
    }))
}

/// Reads what is written of each screen. A screen of which nothing is said says what it always says.
///
/// # Errors
/// What is wrong with it, in Auth0's words.
pub fn by_screen(body: &[u8]) -> Result<Map<String, Value>, Invalid> {
    let mut screens = members(check::read(BY_SCREEN, body)?);
    screens.retain(|_, texts| texts.as_object().is_some_and(|texts| !texts.is_empty()));
    Ok(screens)
}

/// Texts by their keys, of each screen.
pub(crate) const BY_SCREEN: Shape =
    Shape::Map { of: &Shape::Map { of: &TEXT, most: 500 }, most: SCREENS.len() };

const TEXT: Shape = Shape::text(20_000);

const FIELDS: &[Field] = &[
    Field::inert("universal_login_experience", Shape::OneOf(&["new", "classic"]), &[Scalar::Text("new")]),
    Field::inert("identifier_first", Shape::Flag, &[]),
    Field::inert("webauthn_platform_first_factor", Shape::Flag, &[]),
];

const MODE: Shape = Shape::OneOf(&["advanced", "standard"]);

const TAG: Shape = Shape::Open(&[
    Field::inert("tag", Shape::text(100), &[]),
    Field::inert("attributes", Shape::Free { most: 10 }, &[]),
    Field::inert("content", TEXT, &[]),
]);

const CHOSEN: Shape = Shape::List {
    of: &Shape::Object(&[
        Field::inert("id", Shape::some_text(250), &[]),
        Field::inert("metadata", Shape::Free { most: 1 }, &[]),
    ]),
    most: 50,
};

const FILTERS: Shape = Shape::Object(&[
    Field::inert("match_type", Shape::OneOf(&["includes_any", "excludes_any"]), &[]),
    Field::inert("clients", CHOSEN, &[]),
    Field::inert("organizations", CHOSEN, &[]),
    Field::inert("domains", CHOSEN, &[]),
]);

const CONTEXT: Shape =
    Shape::List { of: &Shape::Text { least: 1, most: 500, format: Format::Any }, most: 100 };
const TAGS: Shape = Shape::List { of: &TAG, most: 100 };

const DRAWING: [Field; 6] = [
    Field { nullable: false, ..Field::inert("rendering_mode", MODE, &[Scalar::Text("standard")]) },
    Field::inert("context_configuration", CONTEXT, &[]),
    Field::inert("default_head_tags_disabled", Shape::Flag, &[]),
    Field::inert("use_page_template", Shape::Flag, &[]),
    Field::inert("head_tags", TAGS, &[]),
    Field::inert("filters", FILTERS, &[]),
];

const DRAWN: &[Field] = &DRAWING;

const NAMED: &[Field] = &[
    Field::obeyed("prompt", Shape::OneOf(PROMPTS)).when(Write::Within),
    Field::obeyed("screen", Shape::OneOf(SCREENS)).when(Write::Within),
    DRAWING[0],
    DRAWING[1],
    DRAWING[2],
    DRAWING[3],
    DRAWING[4],
    DRAWING[5],
];

const DRAWN_TOLD: &[Field] = &[
    Field::maybe("tenant", Shape::text(500)),
    Field::maybe("prompt", Shape::OneOf(PROMPTS)),
    Field::maybe("screen", Shape::OneOf(SCREENS)),
];
