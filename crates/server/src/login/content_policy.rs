//! What a page may load, where its forms may lead, and who may frame it (CSP Level 3).

use std::{fmt::Write as _, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keybound_authority::model::client::Client;
use keybound_crypto::AwsLc;
use keybound_proto::{
    jose::Digest as _,
    uri::{Origin, RedirectUri},
};

use super::{dress::Dress, pages};

/// A page's content security policy. [`ContentPolicy::page`] allows the least; the rest is said one by one.
#[derive(Clone, Debug)]
pub(crate) struct ContentPolicy {
    forms: Vec<String>,
    frames: Vec<String>,
    script: Option<&'static Script>,
    organization: Option<Box<str>>,
}

/// The scripts there are.
#[derive(Debug)]
pub(crate) struct Script(LazyLock<String>);

/// Sends a form by itself.
pub(crate) static SUBMIT: Script = Script(LazyLock::new(|| source(pages::SUBMIT)));

/// Hands an answer to another window.
pub(crate) static POST_MESSAGE: Script = Script(LazyLock::new(|| source(pages::POST_MESSAGE)));

static STYLE: LazyLock<String> = LazyLock::new(|| source(pages::STYLE));

impl ContentPolicy {
    /// Our stylesheet, forms to ourselves, no script, no frame.
    pub(crate) const fn page() -> Self {
        Self { forms: Vec::new(), frames: Vec::new(), script: None, organization: None }
    }

    /// Looks as an organization's pages do, by its id or its name.
    pub(crate) fn within(mut self, organization: Option<&str>) -> Self {
        self.organization = organization.map(Into::into);
        self
    }

    /// As whose page it looks.
    pub(super) fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// Runs one script.
    pub(crate) const fn script(mut self, script: &'static Script) -> Self {
        self.script = Some(script);
        self
    }

    /// Lets a form end at an address.
    ///
    /// Chromium holds every redirect after a form to `form-action`, so a sign-in must name where it returns to.
    pub(crate) fn forms_to(mut self, address: &str) -> Self {
        if let Some(source) = form_source(address) {
            add(&mut self.forms, source);
        }
        self
    }

    /// Lets a form end where a client's users are sent back to, and where that page may send them on to:
    /// another address the client registered.
    pub(crate) fn forms_to_client(mut self, client: &Client, redirect: &RedirectUri) -> Self {
        self = self.forms_to(redirect.as_str());
        for callback in client.callbacks.iter().take(MOST_SOURCES) {
            self = self.forms_to(callback.as_str());
        }
        for origin in client.web_origins.iter().take(MOST_SOURCES) {
            self = self.forms_to(origin.as_str());
        }
        self
    }

    /// Lets pages of these origins frame it.
    pub(crate) fn framed_by<'a>(mut self, origins: impl IntoIterator<Item = &'a Origin>) -> Self {
        for origin in origins {
            if let Some(source) = form_source(origin.as_str()) {
                add(&mut self.frames, source);
            }
        }
        self
    }

    /// Whether any other page may frame it.
    pub(crate) fn is_framed(&self) -> bool {
        !self.frames.is_empty()
    }

    /// The header's value, where a page wears that.
    pub(super) fn header(&self, dress: &Dress) -> String {
        let mut text = format!("default-src 'none'; style-src {}", *STYLE);
        if let Some(style) = &dress.style {
            let _ = write!(text, " {style}");
        }
        if !dress.pictures.is_empty() {
            let _ = write!(text, "; img-src {}", dress.pictures.join(" "));
        }
        if let Some(script) = self.script {
            let _ = write!(text, "; script-src {}", *script.0);
        }
        text.push_str("; base-uri 'none'; form-action 'self'");
        for form in &self.forms {
            let _ = write!(text, " {form}");
        }
        text.push_str("; frame-ancestors");
        for frame in &self.frames {
            let _ = write!(text, " {frame}");
        }
        if self.frames.is_empty() {
            text.push_str(" 'none'");
        }
        text
    }
}

/// The hash of an inline element, as a source.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(AwsLc.sha256(&[text.as_bytes()])))
}

/// The narrowest source that holds an address: its origin, or its scheme where the grammar knows no such host.
fn form_source(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    let sane = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if scheme.is_empty() || !sane {
        return None;
    }
    match Origin::of_url(address) {
        Ok(origin) if origin.as_str().chars().all(in_host_source) => Some(origin.as_str().to_owned()),
        // An IPv6 address has no host source (CSP Level 3 §2.3.1); neither has an app's own scheme.
        _ => Some(format!("{}:", scheme.to_ascii_lowercase())),
    }
}

const fn in_host_source(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '/')
}

fn add(sources: &mut Vec<String>, source: String) {
    if sources.len() < MOST_SOURCES && !sources.contains(&source) {
        sources.push(source);
    }
}

/// A header has an end; the first address is always the one in use.
const MOST_SOURCES: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_allows_nothing_but_its_style_and_its_own_forms() {
        let header = ContentPolicy::page().header(&Dress::default());
        assert!(header.starts_with("default-src 'none'; style-src 'sha256-"), "{header}");
        assert!(
            header.ends_with("; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
            "{header}"
        );
        assert!(!header.contains("script-src"));
    }

    #[test]
    fn a_form_may_end_at_an_origin_or_at_an_apps_own_scheme_and_nothing_can_be_smuggled_in() {
        assert_eq!(form_source("https://app.example/cb?x=1").as_deref(), Some("https://app.example"));
        assert_eq!(form_source("http://127.0.0.1:3000/cb").as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(form_source("com.example.app://cb").as_deref(), Some("com.example.app:"));
        assert_eq!(form_source("http://[::1]:3000/cb").as_deref(), Some("http:"));
        assert_eq!(form_source("a;b://x"), None);
        assert_eq!(form_source("https://app.example;x"), Some("https:".into()));
    }

    #[test]
    fn a_framed_page_names_who_may_frame_it() {
        let origin = Origin::parse("https://app.example").unwrap();
        let policy = ContentPolicy::page().framed_by([&origin]);
        assert!(policy.is_framed());
        assert!(policy.header(&Dress::default()).ends_with("frame-ancestors https://app.example"));
    }
}
