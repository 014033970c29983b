//! How a request presents its token (RFC 9110 §11.6.2, RFC 6750 §2, RFC 9449 §7.1).

use http::{HeaderMap, Uri, header::AUTHORIZATION};

/// The scheme a token was presented under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    Bearer,
    DPoP,
}

/// Why credentials cannot be read; the text says what is wrong with them.
pub(crate) type Malformed = &'static str;

/// The one token of a request; `None` when it has none of a kind we know.
pub(crate) fn read<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<Option<(Presented, &'a str)>, Malformed> {
    if uri.query().is_some_and(names_token) {
        return Err("an access token must not stand in the URL");
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("there is more than one Authorization header");
    }
    let Ok(value) = value.to_str() else { return Err("the Authorization header holds odd characters") };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let presented = if scheme.eq_ignore_ascii_case("dpop") {
        Presented::DPoP
    } else if scheme.eq_ignore_ascii_case("bearer") {
        Presented::Bearer
    } else {
        return Ok(None);
    };
    let token = token.trim_start_matches(' ');
    if is_token68(token) { Ok(Some((presented, token))) } else { Err("the access token is malformed") }
}

/// RFC 6750 §2.3, which nobody should use any more: not with bound tokens, and not with others.
fn names_token(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
}

/// RFC 9110 §11.2.
///
/// Every byte is looked at, also after a wrong one: without a way out the compiler looks at many at once, and a
/// token has hundreds of them.
fn is_token68(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !bare.is_empty() && bare.bytes().fold(true, |all, b| all & allowed(b))
}
