//! `Host`, which an HTTP/1.1 request carries once (RFC 9112 §3.2).
//!
//! Nothing here is decided by it. But who stands in front of us may route by one line and we would be told another.

use axum::response::Response;
use http::{
    HeaderValue, Request, Version,
    header::{CONNECTION, HOST},
    uri::Authority,
};

use crate::{
    failure::{Dialect, Failure, RequestFailure},
    metered,
};

/// Whether a request names its host as it must.
pub(super) fn is_named_once<B>(request: &Request<B>) -> bool {
    let mut lines = request.headers().get_all(HOST).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => names_a_host(line.as_bytes()),
        // HTTP/1.0 knew no `Host`; HTTP/2 has `:authority` (RFC 9113 §8.3.1).
        (None, _) => request.version() != Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// RFC 9110 §7.2: host and port, or nothing where the request's URI has no authority. A comma is how a proxy makes one
/// line of two.
fn names_a_host(value: &[u8]) -> bool {
    value.is_empty() || (!value.iter().any(|byte| b"@,".contains(byte)) && Authority::try_from(value).is_ok())
}

/// What is answered when it does not. The connection ends with it: who knows where the next request would begin for others.
pub(super) fn refused(version: Version) -> Response {
    let failure = Failure::from(RequestFailure::Host);
    let reason = failure.answer().reason;
    metered::refused(reason);
    tracing::info!(reason, "refused");
    let mut response = Dialect::OAuth.render(&failure);
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(version: Version, lines: &[&str]) -> bool {
        let request = Request::builder().version(version);
        let request = lines.iter().fold(request, |request, line| request.header(HOST, *line));
        is_named_once(&request.body(()).unwrap())
    }

    /// RFC 9112 §3.2.
    #[test]
    fn a_host_is_named_once_and_is_one() {
        for good in ["id.example", "id.example:8420", "127.0.0.1:1", "[::1]:8420", ""] {
            assert!(asks(Version::HTTP_11, &[good]), "{good}");
        }
        for bad in ["a b", "a,b", "user@id.example", "id.example/", "http://id.example", "[::1", "a:b:c"] {
            assert!(!asks(Version::HTTP_11, &[bad]), "{bad}");
        }
        for two in [["id.example", "id.example"], ["id.example", "evil.example"], ["", ""]] {
            for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
                assert!(!asks(version, &two), "{version:?} {two:?}");
            }
        }
        assert!(!asks(Version::HTTP_11, &[]));
        assert!(asks(Version::HTTP_10, &[]));
        assert!(asks(Version::HTTP_2, &[]));
    }
}
