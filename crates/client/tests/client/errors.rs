//! Errors: every code is documented, and each says what a program wants to know of it.

use std::{collections::BTreeSet, time::Duration};

use keybound_client::{Again, ClientError, http::TransportError};

const SOURCE: &str = include_str!("../../src/error/told.rs");
const PAGE: &str = include_str!("../../../../docs/reference/client-errors.md");

/// The codes of `ClientError::code`, in the order they stand there.
fn codes() -> Vec<&'static str> {
    let (_, rest) = SOURCE.split_once("pub fn code(").unwrap();
    let (body, _) = rest.split_once("\n    }\n").unwrap();
    body.split('"').filter(|text| text.starts_with("client.")).collect()
}

#[test]
fn codes_are_unique_and_the_reference_has_them_all_and_no_others() {
    let codes = codes();
    let unique: BTreeSet<_> = codes.iter().copied().collect();
    assert_eq!(codes.len(), unique.len(), "a code stands twice");
    assert!(unique.len() > 30);
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `client.")?.split('`').next());
    let rows: Vec<_> = rows.map(|code| format!("client.{code}")).collect();
    assert!(rows.is_sorted(), "the reference is not sorted");
    let documented: BTreeSet<_> = rows.iter().map(String::as_str).collect();
    let missing: Vec<_> = unique.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&unique).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not documented: {missing:?}; not there: {gone:?}");
    assert_eq!(rows.len(), documented.len(), "a row stands twice");
}

#[test]
fn an_error_knows_its_status_its_code_its_text_and_when_to_come_back() {
    let busy = ClientError::Busy {
        status: 429,
        error: Some("too_many_requests".into()),
        description: Some("Global limit".into()),
        retry_after: Some(Duration::from_secs(7)),
    };
    assert_eq!(busy.to_string(), "the server is busy (429) and can be asked again in 7 s");
    let busy = ClientError::Joined(busy.into());
    assert_eq!((busy.code(), busy.status(), busy.again()), ("client.busy", Some(429), Again::Later));
    assert_eq!((busy.oauth_code(), busy.description()), (Some("too_many_requests"), Some("Global limit")));
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    let ahead = ClientError::Clock { offset: -300 };
    assert!(ahead.to_string().ends_with("our clock is 300 s ahead of the server's"));
    assert_eq!((ahead.oauth_code(), ahead.again()), (Some("invalid_dpop_proof"), Again::Never));
    let lost = ClientError::from(TransportError::new("it broke off"));
    assert_eq!((lost.status(), lost.retry_after(), lost.again()), (None, None, Again::Later));
}
