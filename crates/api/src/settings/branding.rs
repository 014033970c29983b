//! What pages look like.

use serde_json::{Map, Value, json};

use crate::check;
use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::Kind;

use super::{Reading, Setting, There, kind, members};

/// Colors, and where pictures are.
pub const KIND: Kind = Kind {
    told: &[
        Field::told("colors", Shape::Object(COLORS)),
        Field::told("favicon_url", Shape::text(2_000)),
        Field::told("logo_url", Shape::text(2_000)),
    ],
    ..kind("branding", "branding", FIELDS)
};

/// The page around a sign-in, as an administrator wrote it.
pub const TEMPLATE: Kind = Kind {
    told: &[Field::told("body", HTML)],
    untold: &["template"],
    absent: "Template does not exist.",
    absent_code: "inexistent_templates_universal_login",
    ..kind(
        "universal login template",
        "branding/templates/universal-login",
        &[Field::inert("template", HTML, &[]).when(Write::Within)],
    )
};

/// Colors and pictures, of every tenant.
pub const BRANDING: Setting = Setting::always((&KIND, "branding"), &["/api/v2/branding"], at_first);

/// The page around a sign-in, where somebody wrote one.
pub const PAGE: Setting = Setting {
    there: There::OnceMade,
    read: Reading::Own(page),
    tell: |told, _| {
        let body = told.remove("template").unwrap_or_default();
        told.insert("body".to_owned(), body);
    },
    ..Setting::always(
        (&TEMPLATE, "universal_login"),
        &["/api/v2/branding/templates/universal-login"],
        Map::new,
    )
};

/// What pages look like by themselves.
fn at_first() -> Map<String, Value> {
    members(json!({
        "colors": { "primary": PRIMARY, "page_background": PAGE_BACKGROUND },
        "favicon_url": "",
        "logo_url": "",
    }))
}

/// The color of what can be pressed.
pub const PRIMARY: &str = "#14584b";

/// The color around what is asked.
pub const PAGE_BACKGROUND: &str = "#f4f3ef";

/// Reads a page: a text, or an object with one.
fn page(body: &[u8]) -> Result<Map<String, Value>, Invalid> {
    match check::read(BODY, body)? {
        Value::Object(members) => Ok(members),
        text => Ok(members(json!({ "template": text }))),
    }
}

/// A page as it is sent.
pub(crate) const BODY: Shape = Shape::Either(&[HTML, Shape::Object(TEMPLATE.fields)]);

const HTML: Shape = Shape::text(102_400);

const COLOR: Shape = Shape::formatted(Format::Color);
const PICTURE: Shape = Shape::formatted(Format::HttpsOrNothing);

/// A color, or how one becomes another.
const BACKGROUND: Shape = Shape::Either(&[COLOR, Shape::Object(GRADIENT)]);

const GRADIENT: &[Field] = &[
    Field::obeyed("type", Shape::OneOf(&["linear-gradient"])).when(Write::Within),
    Field::obeyed("start", COLOR).when(Write::Within),
    Field::obeyed("end", COLOR).when(Write::Within),
    Field::obeyed("angle_deg", Shape::Number { least: 0, most: 360 }),
];

const COLORS: &[Field] =
    &[Field::obeyed("primary", COLOR).or_null(), Field::obeyed("page_background", BACKGROUND).or_null()];

const FIELDS: &[Field] = &[
    Field::obeyed("colors", Shape::Object(COLORS)).or_null(),
    Field::obeyed("favicon_url", PICTURE).or_null(),
    Field::obeyed("logo_url", PICTURE).or_null(),
    Field::inert("font", Shape::Object(&[Field::inert("url", PICTURE, &[])]), &[]),
];
