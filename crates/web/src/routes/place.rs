//! Where a browser may be sent, and where it says it comes from.

use http::HeaderMap;
use keybound_proto::uri::Origin;

use crate::error::WebError;

/// Reads `returnTo`: a path of the app, or an address of its origin. Nothing else, or the app would lend its good
/// name to whoever writes a link.
pub(super) fn local(return_to: Option<&str>, origin: &Origin) -> Result<String, WebError> {
    let Some(text) = return_to else { return Ok("/".to_owned()) };
    let path = match text.strip_prefix(origin.as_str()) {
        Some("") => "/",
        Some(path) => path,
        None => text,
    };
    let is_path = path.starts_with('/') && !path.starts_with("//") && path.len() <= LIMIT;
    // Browsers read `\` as `/`, and drop tabs and line breaks before they read anything.
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { Ok(path.to_owned()) } else { Err(WebError::ReturnTo) }
}

/// A browser that fetches ahead of its user begins no login and ends no session.
pub(super) fn refuse_prefetch(headers: &HeaderMap) -> Result<(), WebError> {
    let mut purposes = ["sec-purpose", "purpose", "x-moz"].into_iter().filter_map(|name| headers.get(name));
    let is_ahead = purposes.any(|purpose| purpose.as_bytes().windows(8).any(|word| word == b"prefetch"));
    if is_ahead { Err(WebError::Prefetch) } else { Ok(()) }
}

/// A page of another site does not end sessions by a link (W3C Fetch Metadata).
pub(super) fn refuse_other_sites(headers: &HeaderMap) -> Result<(), WebError> {
    match headers.get("sec-fetch-site") {
        Some(site) if site == "cross-site" => Err(WebError::CrossSite),
        _ => Ok(()),
    }
}

/// Longest path to come back to.
const LIMIT: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, WebError> {
        local(Some(text), &Origin::parse("https://app.example").unwrap())
    }

    /// RFC 9700 §4.11.
    #[test]
    fn only_a_path_of_the_app_is_come_back_to() {
        for (good, path) in [
            ("/", "/"),
            ("/orders?page=1#top", "/orders?page=1#top"),
            ("https://app.example", "/"),
            ("https://app.example/orders", "/orders"),
        ] {
            assert_eq!(read(good).unwrap(), path);
        }
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "https://evil.example/",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://app.example//evil.example",
            "http://app.example/",
            "javascript:alert(1)",
            "orders",
            " /orders",
            "/\u{e4}",
            "/a\nb",
        ] {
            assert!(matches!(read(bad), Err(WebError::ReturnTo)), "{bad:?}");
        }
        assert!(read(&format!("/{}", "a".repeat(LIMIT))).is_err());
    }
}
