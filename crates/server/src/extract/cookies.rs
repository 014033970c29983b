//! The cookies we set and read: their names, their attributes, and what an attacker could do without them.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use keybound_proto::{field, time::Lifetime, uri::Issuer};

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Binds what a person is in the middle of to their browser.
    Browser,
    /// The secret of a session.
    Session,
}

/// How cookies are set at one issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// Over TLS: the names carry `__Host-`, so that no sibling domain can set them (RFC 6265bis §4.1.3.2).
    Https,
    /// On this machine, which browsers trust with `Secure` although there is no TLS.
    Localhost,
}

impl Cookies {
    /// How cookies are set at this issuer.
    pub(crate) fn at(issuer: &Issuer) -> Self {
        if issuer.origin().is_secure() { Self::Https } else { Self::Localhost }
    }

    /// The one value of a cookie. Two different ones are none: somebody put one there.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
        let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        field::cookie(lines, self.name(cookie))
    }

    /// Sets a cookie for a while.
    ///
    /// `SameSite=None`, because silent sign-in asks from within a frame of another site's page. What that gives
    /// away, every form takes back: see [`crate::login::same_site`] and [`crate::login::transaction`].
    pub(crate) fn set(self, response: &mut Response, cookie: Cookie, value: &str, lifetime: Lifetime) {
        let header = self.write(cookie, value, lifetime.as_secs().to_string());
        response.headers_mut().append(header::SET_COOKIE, header);
    }

    /// Takes a cookie away.
    pub(crate) fn clear(self, response: &mut Response, cookie: Cookie) {
        response.headers_mut().append(header::SET_COOKIE, self.write(cookie, "", "0".to_owned()));
    }

    fn write(self, cookie: Cookie, value: &str, max_age: String) -> HeaderValue {
        let name = self.name(cookie);
        let text = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; Secure; SameSite=None");
        let Ok(header) = HeaderValue::try_from(text) else {
            unreachable!("values are base64url of our own making")
        };
        header
    }

    const fn name(self, cookie: Cookie) -> &'static str {
        match (self, cookie) {
            (Self::Https, Cookie::Browser) => "__Host-keybound_browser",
            (Self::Https, Cookie::Session) => "__Host-keybound_session",
            (Self::Localhost, Cookie::Browser) => "keybound_browser",
            (Self::Localhost, Cookie::Session) => "keybound_session",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = headers(&["a=b; keybound_session=one", "keybound_browser=two; c"]);
        assert_eq!(Cookies::Localhost.read(&headers, Cookie::Session), Some("one"));
        assert_eq!(Cookies::Localhost.read(&headers, Cookie::Browser), Some("two"));
        assert_eq!(Cookies::Https.read(&headers, Cookie::Session), None);
    }

    #[test]
    fn two_different_cookies_of_one_name_are_none() {
        let headers = headers(&["keybound_session=mine; keybound_session=planted"]);
        assert_eq!(Cookies::Localhost.read(&headers, Cookie::Session), None);
    }

    #[test]
    fn a_session_cookie_can_be_read_by_no_script_and_sent_by_no_plain_connection() {
        let mut response = Response::default();
        Cookies::Https.set(&mut response, Cookie::Session, "abc", Lifetime::seconds(60));
        assert_eq!(
            response.headers()[header::SET_COOKIE],
            "__Host-keybound_session=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None"
        );
    }
}
