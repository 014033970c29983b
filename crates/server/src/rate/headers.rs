//! `x-ratelimit-*`: how somebody stands, as Auth0 says it. Its tools wait until `reset` when they are refused.

use http::{HeaderMap, HeaderName, HeaderValue};
use keybound_store::Standing;

pub(super) fn say(headers: &mut HeaderMap, standing: Standing) {
    headers.insert(LIMIT, HeaderValue::from(standing.limit));
    headers.insert(REMAINING, HeaderValue::from(standing.left));
    headers.insert(RESET, HeaderValue::from(standing.next.as_unix()));
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// In seconds since 1970: when there is one more.
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
