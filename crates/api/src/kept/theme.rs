//! Themes: how the pages of the tenant look. They are kept; ours look as they do.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Absence, New, Resource, defaults};
use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::Invalid;
use crate::kind::{Kind, Name};
use crate::operation::{Method, Operation, Told};

const KIND: Kind = Kind {
    absent_code: "theme_not_found",
    ..Kind::new(
        Name { one: "theme", many: "themes", path: "branding/themes" },
        "There was an error retrieving branding settings: invalid theme ID",
        FIELDS,
        &[Field::told("themeId", Shape::some_text(32)), Field::told("displayName", Shape::text(2_048))],
    )
};

/// Themes.
pub const THEMES: Resource = Resource {
    id: "themeId",
    absence: Absence::Says("There was an error deleting branding settings: invalid theme ID"),
    make: complete,
    ..Resource::new(
        (&KIND, "themes", "Branding"),
        ("/api/v2/branding/themes", "/api/v2/branding/themes/{id}"),
        Form::Letters("", 32),
    )
};

pub(super) const TABLE: &[Operation] = &[
    THEMES.makes("Make a theme", &["update:branding"]).with(200, Told::Whole(&KIND)),
    THEMES
        .row(
            (Method::Get, "/api/v2/branding/themes/default"),
            "Read the theme that is in use",
            &["read:branding"],
        )
        .tells(Told::Whole(&KIND))
        .also(&[404]),
    THEMES.reads("Read a theme", &["read:branding"]),
    THEMES.changes("Change a theme", &["update:branding"]),
    THEMES.deletes("Delete a theme", &["delete:branding"]),
];

const fn number(name: &'static str, least: i64, most: i64) -> Field {
    Field::kept(name, Shape::Decimal { least, most }).when(Write::Within)
}

const fn color(name: &'static str) -> Field {
    Field::kept(name, Shape::formatted(Format::Color)).when(Write::Within)
}

const fn word(name: &'static str, words: &'static [&'static str]) -> Field {
    Field::kept(name, Shape::OneOf(words)).when(Write::Within)
}

const fn address(name: &'static str) -> Field {
    Field::kept(name, Shape::formatted(Format::Url)).when(Write::Within)
}

const fn part(name: &'static str, fields: &'static [Field]) -> Field {
    Field::kept(name, Shape::Object(fields)).when(Write::Within)
}

const BOLD: Field = Field::kept("bold", Shape::Flag).when(Write::Within);
const FONT: &[Field] = &[BOLD, number("size", 0, 150)];
const TITLE: &[Field] = &[BOLD, number("size", 75, 150)];
const CORNERS: &[&str] = &["pill", "rounded", "sharp"];
const SIDES: &[&str] = &["center", "left", "right"];

const FIELDS: &[Field] = &[
    part("borders", BORDERS),
    part("colors", COLORS),
    Field::shown("displayName", Shape::text(2_048)),
    part("fonts", FONTS),
    Field::kept("identifiers", Shape::Object(IDENTIFIERS)),
    part(
        "page_background",
        &[color("background_color"), address("background_image_url"), word("page_layout", SIDES)],
    ),
    part(
        "widget",
        &[
            word("header_text_alignment", SIDES),
            number("logo_height", 1, 100),
            word("logo_position", &["center", "left", "none", "right"]),
            address("logo_url"),
            word("social_buttons_layout", &["bottom", "top"]),
        ],
    ),
];

/// How people are asked who they are.
const IDENTIFIERS: &[Field] = &[
    word("login_display", &["separate", "unified"]),
    Field::kept("otp_autocomplete", Shape::Flag).when(Write::Within),
    part(
        "phone_display",
        &[
            word("formatting", &["international", "regional"]),
            word("masking", &["hide_country_code", "mask_digits", "show_all"]),
        ],
    ),
];

const BORDERS: &[Field] = &[
    number("button_border_radius", 1, 10),
    number("button_border_weight", 0, 10),
    word("buttons_style", CORNERS),
    number("input_border_radius", 0, 10),
    number("input_border_weight", 0, 3),
    word("inputs_style", CORNERS),
    Field::kept("show_widget_shadow", Shape::Flag).when(Write::Within),
    number("widget_border_weight", 0, 10),
    number("widget_corner_radius", 0, 50),
];

const COLORS: &[Field] = &[
    Field::kept("base_focus_color", Shape::formatted(Format::Color)),
    Field::kept("base_hover_color", Shape::formatted(Format::Color)),
    color("body_text"),
    Field::kept("captcha_widget_theme", Shape::OneOf(&["auto", "dark", "light"])),
    color("error"),
    color("header"),
    color("icons"),
    color("input_background"),
    color("input_border"),
    color("input_filled_text"),
    color("input_labels_placeholders"),
    color("links_focused_components"),
    color("primary_button"),
    color("primary_button_label"),
    Field::kept("read_only_background", Shape::formatted(Format::Color)),
    color("secondary_button_border"),
    color("secondary_button_label"),
    color("success"),
    color("widget_background"),
    color("widget_border"),
];

const FONTS: &[Field] = &[
    part("body_text", FONT),
    part("buttons_text", FONT),
    address("font_url"),
    part("input_labels", FONT),
    part("links", FONT),
    word("links_style", &["normal", "underlined"]),
    number("reference_text_size", 12, 24),
    part("subtitle", FONT),
    part("title", TITLE),
];

fn complete(theme: &mut Map<String, Value>, _: &New<'_>) -> Result<(), Invalid> {
    defaults(theme, [("displayName", json!("Unnamed Theme"))]);
    Ok(())
}
