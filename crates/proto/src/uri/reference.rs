//! Resolving an address against a base (RFC 3986 §5.2).

use super::{Origin, UriError, htu::remove_dot_segments};

/// The address `reference` means where `base` is the page it stands on; without fragment.
///
/// ```
/// use keybound_proto::uri::join;
///
/// assert_eq!(join("https://a.example/b/", "../orders?x")?, "https://a.example/orders?x");
/// # Ok::<(), keybound_proto::uri::UriError>(())
/// ```
pub fn join(base: &str, reference: &str) -> Result<String, UriError> {
    Origin::of_url(base)?;
    let reference = reference.split_once('#').map_or(reference, |(before, _)| before);
    let (scheme, rest) = base.split_once("://").ok_or(UriError::Relative)?;
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(authority_end).unwrap_or((rest, ""));
    let tail = tail.split_once('#').map_or(tail, |(before, _)| before);
    let (base_path, base_query) = split_query(tail);
    let url = if has_scheme(reference) {
        reference.to_owned()
    } else if let Some(rest) = reference.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else {
        let (path, query) = split_query(reference);
        let (path, query) = match path {
            "" => (base_path.to_owned(), query.or(base_query)),
            path if path.starts_with('/') => (path.to_owned(), query),
            path => (merge(base_path, path), query),
        };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        return Ok(format!("{scheme}://{authority}{}{query}", without_dots(&path)));
    };
    Origin::of_url(&url)?;
    let after = url.find("://").map_or(0, |at| at + 3);
    let path_at = url.get(after..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| after + at);
    let (origin, tail) = url.split_at_checked(path_at).unwrap_or((&url, ""));
    let (path, query) = split_query(tail);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{origin}{}{query}", without_dots(path)))
}

/// RFC 3986 §3.1.
fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

/// RFC 3986 §5.2.3: everything after the last slash of the base is replaced.
fn merge(base: &str, path: &str) -> String {
    let kept = base.rfind('/').and_then(|at| base.get(..=at)).unwrap_or("/");
    format!("{kept}{path}")
}

/// RFC 3986 §5.2.4, for a path that is empty or begins with a slash.
fn without_dots(path: &str) -> String {
    let mut path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    remove_dot_segments(&mut path, 0);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986 §5.4.1 and §5.4.2, as far as they concern web addresses and without fragments.
    #[test]
    fn the_examples_of_rfc_3986_resolve_as_they_should() {
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("https://o.example/x/../y?z", "https://o.example/y?z"),
            ("http:g", "error"),
        ] {
            let joined = join("http://a/b/c/d;p?q", reference);
            assert_eq!(joined.as_deref().unwrap_or("error"), expected, "{reference}");
        }
    }

    /// auth0-spa-js#1435.
    #[test]
    fn a_base_with_and_without_a_slash_at_its_end_are_two_bases() {
        assert_eq!(join("https://a/api/", "orders").unwrap(), "https://a/api/orders");
        assert_eq!(join("https://a/api", "orders").unwrap(), "https://a/orders");
        assert_eq!(join("https://a", "orders").unwrap(), "https://a/orders");
        assert_eq!(join("https://a", "?x").unwrap(), "https://a/?x");
    }
}
