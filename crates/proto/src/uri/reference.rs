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
    Base::parse(base)?.join(reference)
}

/// A page that addresses stand on, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Without fragment.
    text: Box<str>,
    authority_end: usize,
    path_end: usize,
}

impl Base {
    /// Reads one: any `http` or `https` address.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        Origin::of_url(text)?;
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let path_end = text.find('?').unwrap_or(text.len());
        Ok(Self { text: text.into(), authority_end: authority_end(text)?, path_end })
    }

    /// Its text, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address `reference` means here; without fragment.
    pub fn join(&self, reference: &str) -> Result<String, UriError> {
        let reference = reference.split_once('#').map_or(reference, |(before, _)| before);
        if has_scheme(reference) {
            return absolute(reference);
        }
        if reference.starts_with("//") {
            let scheme = self.text.split_once("//").map_or("", |(before, _)| before);
            return absolute(&[scheme, reference].concat());
        }
        let (path, query) = split_query(reference);
        let (upto_path, rest) = self.text.split_at_checked(self.path_end).unwrap_or((&self.text, ""));
        let (authority, own_path) = upto_path.split_at_checked(self.authority_end).unwrap_or((upto_path, ""));
        let mut url = String::with_capacity(self.text.len() + reference.len() + 2);
        url.push_str(authority);
        // RFC 3986 §5.2.3: everything after the last slash of the base is replaced.
        url.push_str(match path {
            "" => own_path,
            path if path.starts_with('/') => "",
            _ => own_path.rfind('/').and_then(|at| own_path.get(..=at)).unwrap_or("/"),
        });
        url.push_str(path);
        finish(&mut url, authority.len());
        match query {
            Some(query) => push_query(&mut url, query),
            None if path.is_empty() => url.push_str(rest),
            None => {}
        }
        Ok(url)
    }
}

/// An address that stands on no page.
fn absolute(url: &str) -> Result<String, UriError> {
    Origin::of_url(url)?;
    let authority_end = authority_end(url)?;
    let (before, query) = split_query(url);
    let mut url = String::with_capacity(url.len() + 1);
    url.push_str(before);
    finish(&mut url, authority_end);
    query.into_iter().for_each(|query| push_query(&mut url, query));
    Ok(url)
}

/// Where the host and the port of an absolute address end.
fn authority_end(url: &str) -> Result<usize, UriError> {
    let after = url.find("://").ok_or(UriError::Relative)? + 3;
    let length = url.get(after..).and_then(|rest| rest.find(['/', '?']));
    Ok(length.map_or(url.len(), |length| after + length))
}

/// A path is never empty and has no dots (RFC 3986 §5.2.4).
fn finish(url: &mut String, path_at: usize) {
    if url.len() == path_at {
        url.push('/');
    }
    remove_dot_segments(url, path_at);
}

fn push_query(url: &mut String, query: &str) {
    url.push('?');
    url.push_str(query);
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
