//! How long a document is good for (RFC 9111 §4.2), within our own bounds.

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL},
};
use keybound_proto::time::Lifetime;

/// As long as its answer says: a minute at the least, so that nobody has us fetch it for each request, and a day at the
/// most, so that what a client takes back is over by then. Five minutes where nothing is said.
pub(super) fn freshness(headers: &HeaderMap) -> Lifetime {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut said = None;
    for directive in directives.flat_map(|line| line.split(',')) {
        let (name, value) = directive.trim().split_once('=').unwrap_or((directive.trim(), ""));
        if ["no-store", "no-cache"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            return LEAST;
        }
        if name.eq_ignore_ascii_case("max-age") {
            // RFC 9111 §1.2.2: of a number too large to read only that is known.
            said = Some(value.trim_matches('"').parse::<u64>().unwrap_or(0));
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    match said {
        Some(seconds) => {
            let left = u32::try_from(seconds.saturating_sub(age)).unwrap_or(u32::MAX);
            Lifetime::seconds(left.clamp(LEAST.as_secs(), MOST.as_secs()))
        }
        None => USUAL,
    }
}

const LEAST: Lifetime = Lifetime::seconds(60);
const USUAL: Lifetime = Lifetime::seconds(300);
const MOST: Lifetime = Lifetime::seconds(86_400);

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn fresh(lines: &[(http::HeaderName, &'static str)]) -> u32 {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        freshness(&headers).as_secs()
    }

    /// RFC 9111 §4.2.1, §5.2.2; Client ID Metadata Document §4.4.
    #[test]
    fn a_document_is_fresh_as_its_answer_says_within_bounds() {
        for (said, seconds) in [
            ("max-age=600", 600),
            ("public, max-age=3600, must-revalidate", 3600),
            ("MAX-AGE=\"120\"", 120),
            ("max-age=0", 60),
            ("max-age=1", 60),
            ("max-age=31536000", 86_400),
            ("max-age=99999999999999999999", 60),
            ("max-age=-1", 60),
            ("max-age", 60),
            ("no-store", 60),
            ("max-age=600, no-cache", 60),
            ("public", 300),
        ] {
            assert_eq!(fresh(&[(CACHE_CONTROL, said)]), seconds, "{said}");
        }
        assert_eq!(fresh(&[]), 300);
        assert_eq!(fresh(&[(CACHE_CONTROL, "max-age=600"), (AGE, "400")]), 200);
        assert_eq!(fresh(&[(CACHE_CONTROL, "max-age=600"), (AGE, "700")]), 60);
        assert_eq!(fresh(&[(CACHE_CONTROL, "public"), (CACHE_CONTROL, "max-age=900")]), 900);
    }
}
