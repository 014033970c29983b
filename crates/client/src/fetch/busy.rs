//! A busy API is asked again when it says so, if that is soon and does no harm.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use keybound_proto::time::Timestamp;

use super::Fetcher;
use crate::retry::come_back;

/// How often an API was found busy in the course of one request.
#[derive(Debug, Default)]
pub(super) struct Busy(u32);

/// What to do about a busy API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// It is asked again after this.
    Worthwhile(Duration),
    /// It is for the caller to come back after this.
    TooLong(Duration),
}

impl Busy {
    /// What an answer to a request made at `sent_at` says of it: nothing, unless it is 429 or 503 and names a time.
    pub(super) fn found(
        &mut self,
        (fetcher, method): (&Fetcher, &Method),
        (status, headers): (StatusCode, &HeaderMap),
        sent_at: Timestamp,
    ) -> Option<Wait> {
        if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return None;
        }
        let wait = come_back(headers, sent_at)?;
        self.0 += 1;
        // Whoever says 429 has not begun (RFC 6585 §4).
        let harmless = status == StatusCode::TOO_MANY_REQUESTS || method.is_idempotent();
        let worthwhile = harmless && self.0 <= fetcher.tries && wait <= fetcher.patience;
        Some(if worthwhile { Wait::Worthwhile(wait) } else { Wait::TooLong(wait) })
    }
}
