//! How a request to a protected resource presents its token (RFC 9110 §11.6.2, RFC 6750 §2, RFC 9449 §7.1).

use std::fmt;

use crate::field::grammar;

/// The scheme a token is presented under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScheme {
    /// A bearer token (RFC 6750 §2.1).
    Bearer,
    /// A token bound to a key, beside a proof (RFC 9449 §7.1).
    DPoP,
}

/// The one access token of a request, as it was sent: nobody has looked at it yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresentedToken<'a> {
    /// Under which scheme.
    pub scheme: TokenScheme,
    /// The token.
    pub token: &'a str,
}

/// Credentials that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// A token in the address (RFC 6750 §2.3): addresses are written down everywhere.
    #[error("an access token must not stand in the URL")]
    InQuery,
    /// More than one header (RFC 6750 §2).
    #[error("there is more than one Authorization header")]
    Several,
    /// Characters that no header of this kind has.
    #[error("the Authorization header holds odd characters")]
    Characters,
    /// What follows the scheme is not one `token68`.
    #[error("the access token is malformed")]
    Token,
    /// The token is longer than any that is read.
    #[error("the access token is longer than {} bytes", PresentedToken::LIMIT)]
    TooLong,
}

impl<'a> PresentedToken<'a> {
    /// Most bytes a token may have.
    pub const LIMIT: usize = crate::jose::Unverified::LIMIT;

    /// Reads every `Authorization` header there is, and the query, in which no token may stand.
    ///
    /// `None` when there are no credentials of a kind we know.
    ///
    /// ```
    /// use keybound_proto::request::resource::{PresentedToken, TokenScheme};
    ///
    /// let read = PresentedToken::read([&b"DPoP abc.def.ghi"[..]], None)?;
    /// assert_eq!(read, Some(PresentedToken { scheme: TokenScheme::DPoP, token: "abc.def.ghi" }));
    /// assert_eq!(PresentedToken::read([&b"Basic YTpi"[..]], None)?, None);
    /// # Ok::<(), keybound_proto::request::resource::InvalidCredentials>(())
    /// ```
    pub fn read(
        authorization: impl IntoIterator<Item = &'a [u8]>,
        query: Option<&str>,
    ) -> Result<Option<Self>, InvalidCredentials> {
        if query.is_some_and(names_token) {
            return Err(InvalidCredentials::InQuery);
        }
        let mut headers = authorization.into_iter();
        let Some(header) = headers.next() else { return Ok(None) };
        if headers.next().is_some() {
            return Err(InvalidCredentials::Several);
        }
        let end = header.iter().position(|&byte| byte == b' ').unwrap_or(header.len());
        let Some((scheme, rest)) = header.split_at_checked(end) else { return Ok(None) };
        let scheme = match scheme {
            dpop if dpop.eq_ignore_ascii_case(b"dpop") => TokenScheme::DPoP,
            bearer if bearer.eq_ignore_ascii_case(b"bearer") => TokenScheme::Bearer,
            _ if is_visible(header) => return Ok(None),
            _ => return Err(InvalidCredentials::Characters),
        };
        let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
        let token = rest.get(blanks..).unwrap_or_default();
        if token.len() > Self::LIMIT {
            return Err(InvalidCredentials::TooLong);
        }
        match std::str::from_utf8(token) {
            Ok(token) if is_token68(token.as_bytes()) => Ok(Some(Self { scheme, token })),
            _ if is_visible(header) => Err(InvalidCredentials::Token),
            _ => Err(InvalidCredentials::Characters),
        }
    }
}

impl fmt::Debug for PresentedToken<'_> {
    /// Tells the scheme alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedToken").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// RFC 6750 §2.3, which OAuth 2.1 forbids.
fn names_token(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
}

/// RFC 9110 §11.2.
///
/// Every byte is looked at, also after a wrong one: without a way out the compiler looks at many at once, and a
/// token has hundreds of them.
fn is_token68(text: &[u8]) -> bool {
    let pads = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let bare = text.get(..text.len() - pads).unwrap_or_default();
    !bare.is_empty() && bare.iter().fold(true, |all, &b| all & grammar::is_token68(b))
}

fn is_visible(header: &[u8]) -> bool {
    header.iter().all(|&byte| matches!(byte, b' '..=b'~' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Option<(TokenScheme, &str)>, InvalidCredentials> {
        let read = PresentedToken::read([header.as_bytes()], None)?;
        Ok(read.map(|read| (read.scheme, read.token)))
    }

    /// RFC 9110 §11.1, §11.4.
    #[test]
    fn a_scheme_is_known_in_any_case_and_blanks_may_be_many() {
        assert_eq!(read("DPoP a.b_c~d+e/f-g=="), Ok(Some((TokenScheme::DPoP, "a.b_c~d+e/f-g=="))));
        assert_eq!(read("bEARER   x"), Ok(Some((TokenScheme::Bearer, "x"))));
        assert_eq!(read("dpop x"), Ok(Some((TokenScheme::DPoP, "x"))));
    }

    /// RFC 6750 §3.1: who shows no credentials of a kind we know hears of no error.
    #[test]
    fn other_schemes_are_no_credentials() {
        assert_eq!(PresentedToken::read([], Some("a=b&access_tokens=x")), Ok(None));
        for header in ["", "Basic YTpi", "Negotiate", "DPoPx y", "Bearer\tx"] {
            assert_eq!(read(header), Ok(None), "{header:?}");
        }
    }

    /// RFC 9110 §11.2, RFC 6750 §2.
    #[test]
    fn what_is_not_one_token_in_one_place_is_refused() {
        for header in
            ["DPoP", "DPoP ", "Bearer =", "DPoP a, Bearer b", "DPoP a b", "Bearer a=b", "DPoP \"a\""]
        {
            assert_eq!(read(header), Err(InvalidCredentials::Token), "{header:?}");
        }
        for header in ["DPoP ä", "Basic \u{7f}"] {
            assert_eq!(read(header), Err(InvalidCredentials::Characters), "{header:?}");
        }
        let long = format!("DPoP {}", "a".repeat(PresentedToken::LIMIT + 1));
        assert_eq!(read(&long), Err(InvalidCredentials::TooLong));
        let two = PresentedToken::read([&b"DPoP a"[..], b"DPoP a"], None);
        assert_eq!(two, Err(InvalidCredentials::Several));
        for query in ["access_token=x", "a=b&access_token", "access_token="] {
            let read = PresentedToken::read([&b"DPoP a"[..]], Some(query));
            assert_eq!(read, Err(InvalidCredentials::InQuery), "{query}");
        }
    }
}
