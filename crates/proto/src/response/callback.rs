//! The request by which a browser brings an answer back to a native app (RFC 8252 §7.3).

/// The query of a `GET` for `path`, out of the head of a request (RFC 9112 §3).
///
/// `None` for every other request: browsers ask for icons, and open connections on speculation.
///
/// ```
/// use keybound_proto::response::callback::query;
///
/// let head = b"GET /callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
/// assert_eq!(query(head, "/callback"), Some("code=c&state=s"));
/// ```
pub fn query<'a>(head: &'a [u8], path: &str) -> Option<&'a str> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let target = std::str::from_utf8(line).ok()?.strip_prefix("GET ")?;
    let target = target.strip_suffix(" HTTP/1.1").or_else(|| target.strip_suffix(" HTTP/1.0"))?;
    let query = target.strip_prefix(path)?.strip_prefix('?')?;
    query.bytes().all(|byte| byte.is_ascii_graphic()).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9112 §3, §3.2.1.
    #[test]
    fn only_a_request_for_the_place_with_a_query_is_read() {
        assert_eq!(query(b"GET /cb?x HTTP/1.0\r\n\r\n", "/cb"), Some("x"));
        assert_eq!(query(b"GET /cb? HTTP/1.1\r\n\r\n", "/cb"), Some(""));
        for other in [
            "",
            "GET",
            "GET /favicon.ico HTTP/1.1\r\n",
            "GET /cb HTTP/1.1\r\n",
            "GET /cbx?code=x HTTP/1.1\r\n",
            "POST /cb?code=x HTTP/1.1\r\n",
            "GET /cb?code=x HTTP/2\r\n",
            "GET /cb?code=x\nSet-Cookie: a HTTP/1.1\r\n",
            "GET /cb?code=x HTTP/1.1 HTTP/1.1\r\n",
            "GET /cb?code=ä HTTP/1.1\r\n",
        ] {
            assert_eq!(query(other.as_bytes(), "/cb"), None, "{other:?}");
        }
    }
}
