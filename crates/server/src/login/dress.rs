//! What an administrator's look makes of a page: a second stylesheet, a picture or a name at its head, whom to ask.
//!
//! Colors come as numbers and leave as numbers, so no text of anybody's is part of a stylesheet; its hash stands in the
//! content security policy, and so do the origins of the two pictures and no others.

use std::{fmt::Write as _, sync::Arc};

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, header};
use keybound_authority::model::look::{Color, Ground, Help, Look, Picture};

use super::{content_policy, content_policy::ContentPolicy};
use crate::{app::App, registered};

/// A page as it was rendered, which is still to be dressed: it stands in its response's extensions, and the layer around
/// every route knows the look of the day.
#[derive(Clone, Debug)]
pub(crate) struct Leaf(Arc<Rendered>);

#[derive(Debug)]
struct Rendered {
    page: String,
    policy: ContentPolicy,
}

/// What is put into pages, ready.
#[derive(Debug, Default)]
pub(crate) struct Dress {
    head: String,
    mark: Option<String>,
    help: String,
    /// The second stylesheet, as a source.
    pub(super) style: Option<String>,
    /// Origins of pictures.
    pub(super) pictures: Vec<String>,
}

impl Leaf {
    pub(super) fn new(page: String, policy: ContentPolicy) -> Self {
        Self(Arc::new(Rendered { page, policy }))
    }

    /// The page as it looks by itself.
    pub(super) fn plain(&self) -> (String, String) {
        self.dressed(&Dress::default())
    }

    /// The page, and its policy.
    fn dressed(&self, dress: &Dress) -> (String, String) {
        let Rendered { page, policy } = &*self.0;
        (dress.put_on(page), policy.header(dress))
    }
}

/// Dresses a page, if the response is one. Without the look of the day it looks as it does by itself.
pub(crate) async fn dressed(app: &App, mut response: Response) -> Response {
    let Some(leaf) = response.extensions_mut().remove::<Leaf>() else { return response };
    let dress = match Box::pin(registered::dress(app, leaf.0.policy.organization())).await {
        Ok(dress) => dress,
        Err(error) => {
            tracing::warn!(%error, "failed to read what pages look like");
            return response;
        }
    };
    let (body, policy) = leaf.dressed(&dress);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    *response.body_mut() = body.into();
    response
}

impl Dress {
    pub(crate) fn of(look: &Look) -> Self {
        let style = style(look);
        let pictures = [&look.icon, &look.logo].into_iter().flatten();
        let mut origins: Vec<String> = pictures.map(|picture| picture.origin().as_str().to_owned()).collect();
        origins.dedup();
        let head = Head { style: &style, icon: look.icon.as_ref().map(Picture::address) };
        let (name, logo) = (look.name.as_deref(), look.logo.as_ref().map(Picture::address));
        let mark =
            (name.is_some() || logo.is_some()).then(|| text(&Mark { name: name.unwrap_or_default(), logo }));
        Self {
            head: text(&head),
            mark,
            help: help(&look.help),
            style: (!style.is_empty()).then(|| content_policy::source(&style)),
            pictures: origins,
        }
    }

    /// Puts everything in its place. Whatever people write is escaped, so only a template can hold a place.
    fn put_on(&self, page: &str) -> String {
        let mut worn = String::with_capacity(page.len() + self.head.len() + 1_024);
        let (before, rest) = page.split_once(HEAD).unwrap_or((page, ""));
        worn.push_str(before);
        worn.push_str(&self.head);
        let (before, rest) = rest.split_once(MARK).unwrap_or((rest, ""));
        let (own, rest) = rest.split_once(MARK).unwrap_or((rest, ""));
        worn.push_str(before);
        worn.push_str(self.mark.as_deref().unwrap_or(own));
        match rest.split_once(HELP) {
            Some((before, after)) => [before, &self.help, after].map(|part| worn.push_str(part)),
            None => [rest, "", ""].map(|part| worn.push_str(part)),
        };
        worn
    }
}

/// The second stylesheet: it is read after the first, and so has the last word.
fn style(look: &Look) -> String {
    let (mut always, mut dark) = (String::new(), String::new());
    let mut say = |name: &str, value: &dyn std::fmt::Display| {
        let _ = write!(always, "--{name}:{value};");
    };
    if let Some(key) = look.primary {
        let link = key.upon(SHEET);
        say("key", &key);
        say("key-deep", &key.away_from(key.ink()));
        say("on-key", &key.ink());
        say("link", &link);
        say("link-deep", &link.away_from(Color::WHITE));
        let link = key.upon(DARK_SHEET);
        let _ = write!(dark, "--link:{link};--link-deep:{};", link.away_from(Color::BLACK));
    }
    if let Some(ground) = look.ground {
        match ground {
            Ground::Plain(color) => say("paper", &color),
            Ground::Gradient { start, end, angle } => {
                say("paper", &format_args!("linear-gradient({angle}deg,{start},{end})"));
            }
        }
        say("on-paper", &ground.ink());
    }
    match (always.is_empty(), dark.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(":root{{{always}}}"),
        (false, false) => {
            format!(":root{{{always}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}")
        }
    }
}

fn help(help: &Help) -> String {
    let letters = help.email.as_deref().map(|address| format!("mailto:{}", encoded(address)));
    match (help.page.as_deref(), help.email.as_deref()) {
        (None, None) => String::new(),
        (page, email) => text(&Ask { page, email, letters: letters.as_deref().unwrap_or_default() }),
    }
}

/// An address of mail as a link holds it: no part of it begins another header (RFC 6068 §2).
fn encoded(address: &str) -> String {
    let mut written = String::new();
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' | b'+' => {
                written.push(byte.into())
            }
            _ => {
                let _ = write!(written, "%{byte:02X}");
            }
        }
    }
    written
}

fn text(part: &impl Template) -> String {
    let Ok(text) = part.render() else { unreachable!("templates write into a String, which cannot fail") };
    text
}

/// What is added to the head of a page.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% if !style.is_empty() %}<style>{{ style|safe }}</style>\n{% endif %}{% if let Some(icon) = icon %}<link rel=\"icon\" href=\"{{ icon }}\">\n{% endif %}"
)]
struct Head<'a> {
    style: &'a str,
    icon: Option<&'a str>,
}

/// What stands above what is asked.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% if let Some(logo) = logo %}<img class=\"logo\" src=\"{{ logo }}\" alt=\"{{ name }}\">{% else %}<p class=\"brand\">{{ name }}</p>{% endif %}"
)]
struct Mark<'a> {
    name: &'a str,
    logo: Option<&'a str>,
}

/// Whom somebody may ask.
#[derive(Template)]
#[template(
    ext = "html",
    source = "<p class=\"aside\">Need help? {% if let Some(page) = page %}<a href=\"{{ page }}\">Get support</a>{% if email.is_some() %} or write to {% endif %}{% else %}Write to {% endif %}{% if let Some(email) = email %}<a href=\"{{ letters }}\">{{ email }}</a>{% endif %}.</p>\n"
)]
struct Ask<'a> {
    page: Option<&'a str>,
    email: Option<&'a str>,
    letters: &'a str,
}

/// Where in the layout the head, the mark and whom to ask go.
const HEAD: &str = "<!--look-->\n";
const MARK: &str = "<!--mark-->";
const HELP: &str = "<!--help-->\n";

/// What the first stylesheet writes upon, by day and by night.
const SHEET: Color = Color::WHITE;
const DARK_SHEET: Color = Color::of(0x1b, 0x1e, 0x1c);

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n<!--look-->\n</head><main>\n<!--mark--><svg/><!--mark-->\n<p>&lt;!--mark--&gt;</p>\n<!--help-->\n</main>";

    fn look() -> Look {
        Look {
            primary: Color::parse("#ffe600"),
            ground: Color::parse("#003").map(Ground::Plain),
            logo: Picture::parse("https://cdn.example/l.png?a=1&b=\"x"),
            icon: Picture::parse("https://cdn.example/favicon.ico"),
            name: Some("A & <B>".into()),
            help: Help {
                email: Some("help@b.example?bcc=all".into()),
                page: Some("https://b.example/".into()),
            },
        }
    }

    #[test]
    fn without_a_look_a_page_is_as_it_was_written() {
        let plain = Dress::of(&Look::default()).put_on(PAGE);
        assert_eq!(plain, "<head>\n</head><main>\n<svg/>\n<p>&lt;!--mark--&gt;</p>\n</main>");
    }

    #[test]
    fn everything_is_put_in_its_place_and_nothing_begins_markup_of_its_own() {
        let look = Look { logo: Picture::parse("https://cdn.example/l.png?a=1&b=2"), ..look() };
        let dress = Dress::of(&look);
        let worn = dress.put_on(PAGE);
        for part in [
            "<style>:root{--key:#ffe600;",
            "--on-key:#000000;",
            "--paper:#000033;--on-paper:#ffffff;",
            "@media (prefers-color-scheme:dark){:root{--link:#ffe600;",
            "<link rel=\"icon\" href=\"https://cdn.example/favicon.ico\">",
            "src=\"https://cdn.example/l.png?a=1&#38;b=2\" alt=\"A &#38; &#60;B&#62;\"",
            "<a href=\"mailto:help@b.example%3Fbcc%3Dall\">help@b.example?bcc=all</a>",
        ] {
            assert!(worn.contains(part), "{part}: {worn}");
        }
        assert!(!worn.contains("<svg"));
        assert_eq!(dress.pictures, ["https://cdn.example"]);
    }

    #[test]
    fn what_is_written_upon_is_what_the_stylesheet_says() {
        let style = super::super::pages::STYLE;
        for sheet in [SHEET, DARK_SHEET] {
            assert!(style.contains(&format!("--sheet: {sheet};")), "{sheet}");
        }
    }
}
