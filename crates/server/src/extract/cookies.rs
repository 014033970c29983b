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
    /// On this machine, without TLS. Most browsers trust it with `Secure` all the same; Safari does not, so each
    /// cookie has a second one that asks for less, as Auth0 sets its `_compat` cookies.
    Localhost,
}

impl Cookies {
    /// How cookies are set at this issuer; one without TLS is on this machine (see [`crate::config::IssuerUrl`]).
    pub(crate) fn at(issuer: &Issuer) -> Self {
        if issuer.origin().is_secure() { Self::Https } else { Self::Localhost }
    }

    /// The one value of a cookie. Two different ones are none: somebody put one there.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
        // The second counts only where the first was refused: otherwise it could be planted beside it.
        let lines = || headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        self.names(cookie).find_map(|name| field::cookie(lines(), name).transpose())?.ok()
    }

    /// Sets a cookie for a while, or until the browser is closed.
    ///
    /// `SameSite=None`, because silent sign-in asks from within a frame of another site's page. What that gives
    /// away, every form takes back: see [`crate::login::same_site`] and [`crate::login::transaction`].
    pub(crate) fn set(
        self,
        response: &mut Response,
        cookie: Cookie,
        value: &str,
        lifetime: Option<Lifetime>,
    ) {
        self.write(response, cookie, value, lifetime.map(Lifetime::as_secs));
    }

    /// Takes a cookie away.
    pub(crate) fn clear(self, response: &mut Response, cookie: Cookie) {
        self.write(response, cookie, "", Some(0));
    }

    fn write(self, response: &mut Response, cookie: Cookie, value: &str, max_age: Option<u32>) {
        let lasts = max_age.map(|seconds| format!(" Max-Age={seconds};")).unwrap_or_default();
        for (name, asks) in self.names(cookie).zip(["Secure; SameSite=None", "SameSite=Lax"]) {
            let text = format!("{name}={value}; Path=/;{lasts} HttpOnly; {asks}");
            let Ok(header) = HeaderValue::try_from(text) else {
                unreachable!("values are base64url of our own making")
            };
            response.headers_mut().append(header::SET_COOKIE, header);
        }
    }

    /// What it is called, the first choice first.
    fn names(self, cookie: Cookie) -> impl Iterator<Item = &'static str> {
        let (first, second) = match (self, cookie) {
            (Self::Https, Cookie::Browser) => ("__Host-keybound_browser", None),
            (Self::Https, Cookie::Session) => ("__Host-keybound_session", None),
            (Self::Localhost, Cookie::Browser) => ("keybound_browser", Some("keybound_browser_compat")),
            (Self::Localhost, Cookie::Session) => ("keybound_session", Some("keybound_session_compat")),
        };
        std::iter::once(first).chain(second)
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
        Cookies::Https.set(&mut response, Cookie::Session, "abc", Some(Lifetime::seconds(60)));
        assert_eq!(
            response.headers()[header::SET_COOKIE],
            "__Host-keybound_session=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None"
        );
    }

    /// RFC 6265bis §5.7: Safari takes no `Secure` cookie from an address without TLS, be it this machine's.
    #[test]
    fn without_tls_a_second_cookie_asks_for_less_and_counts_only_where_the_first_was_refused() {
        let mut response = Response::default();
        Cookies::Localhost.set(&mut response, Cookie::Session, "abc", Some(Lifetime::seconds(60)));
        let set: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(
            set,
            [
                "keybound_session=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None",
                "keybound_session_compat=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
            ]
        );
        let read = |line| Cookies::Localhost.read(&headers(&[line]), Cookie::Session).map(str::to_owned);
        assert_eq!(read("keybound_session_compat=abc").as_deref(), Some("abc"));
        assert_eq!(read("keybound_session_compat=planted; keybound_session=mine").as_deref(), Some("mine"));
        assert_eq!(read("keybound_session=a; keybound_session=b; keybound_session_compat=b"), None);
        let alone = headers(&["keybound_session_compat=abc; __Host-keybound_session_compat=abc"]);
        assert_eq!(Cookies::Https.read(&alone, Cookie::Session), None);

        let mut response = Response::default();
        Cookies::Localhost.clear(&mut response, Cookie::Session);
        let cleared = response.headers().get_all(header::SET_COOKIE).iter();
        assert!(cleared.filter(|line| line.to_str().unwrap().contains("=; Path=/; Max-Age=0;")).count() == 2);
    }
}
