//! Whether a form was sent by a page of ours.
//!
//! Every form also carries a secret bound to the browser; this is the second lock, not the first.

use http::{HeaderMap, header};
use keybound_proto::uri::Origin;

/// Where a request comes from, as the browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// From a page of ours, from the person themselves, or by a browser that does not say.
    Here,
    /// From another site.
    Elsewhere,
}

impl Sent {
    /// Reads `Sec-Fetch-Site`, and `Origin` where there is none.
    ///
    /// Our pages say `Referrer-Policy: no-referrer`, so browsers write `Origin: null` on our own forms (Fetch
    /// §4.1, "append a request `Origin` header"): `null` says nothing here, and `Sec-Fetch-Site` does.
    pub(crate) fn of(headers: &HeaderMap, ours: &Origin) -> Self {
        if let Some(site) = headers.get("sec-fetch-site") {
            return match site.as_bytes() {
                b"same-origin" | b"none" => Self::Here,
                _ => Self::Elsewhere,
            };
        }
        match headers.get(header::ORIGIN).map(|origin| origin.as_bytes()) {
            None | Some(b"null") => Self::Here,
            Some(origin) if origin == ours.as_str().as_bytes() => Self::Here,
            Some(_) => Self::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn sent(pairs: &[(&'static str, &'static str)]) -> Sent {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        Sent::of(&headers, &Origin::parse("https://id.example").unwrap())
    }

    #[test]
    fn a_form_of_ours_is_taken_with_and_without_the_headers_of_new_browsers() {
        assert_eq!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), Sent::Here);
        assert_eq!(sent(&[("origin", "https://id.example")]), Sent::Here);
        assert_eq!(sent(&[]), Sent::Here);
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert_eq!(sent(&[("sec-fetch-site", "cross-site"), ("origin", "null")]), Sent::Elsewhere);
        assert_eq!(sent(&[("sec-fetch-site", "same-site")]), Sent::Elsewhere);
        assert_eq!(sent(&[("origin", "https://evil.example")]), Sent::Elsewhere);
        assert_eq!(sent(&[("origin", "http://id.example")]), Sent::Elsewhere);
    }
}
