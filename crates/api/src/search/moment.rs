//! Times in queries.

use keybound_proto::time::{Lifetime, Timestamp};

/// The time a text names, from its first second to the one behind its last: a year, a month, a day, an hour, a minute
/// or a second, as RFC 3339 begins.
pub fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    const EARLIEST: &str = "0000-01-01T00:00:00Z";

    let named = text.strip_suffix('Z').unwrap_or(text);
    let (named, fraction) = named.split_once('.').unwrap_or((named, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || named.len() > 19 {
        return None;
    }
    let rest = EARLIEST.get(named.len()..).filter(|_| named.is_ascii())?;
    let start = Timestamp::parse_rfc3339(&format!("{named}{rest}"))?;
    let next = |seconds| start.plus(Lifetime::seconds(seconds));
    Some(match named.len() {
        4 => (start, year_after(named)?),
        7 => (start, month_after(named)?),
        10 => (start, next(86_400)),
        13 => (start, next(3_600)),
        16 => (start, next(60)),
        // Entries are written to the second: a part of one lies between two.
        19 if fraction.bytes().any(|byte| byte != b'0') => (next(1), next(1)),
        19 => (start, next(1)),
        _ => return None,
    })
}

fn year_after(year: &str) -> Option<Timestamp> {
    let next = year.parse::<u32>().ok()?.checked_add(1)?;
    Timestamp::parse_rfc3339(&format!("{next:04}-01-01T00:00:00Z"))
}

fn month_after(month: &str) -> Option<Timestamp> {
    let (year, number) = month.split_once('-')?;
    match number.parse::<u32>().ok()? {
        12 => year_after(year),
        number => Timestamp::parse_rfc3339(&format!("{year}-{:02}-01T00:00:00Z", number + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_of_a_time_is_all_that_begins_so() {
        let at = |text| Timestamp::parse_rfc3339(text);
        for (text, start, end) in [
            ("2027", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            ("2027-12", "2027-12-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            ("2027-01-15", "2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z"),
            ("2027-01-15T08", "2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z"),
            ("2027-01-15T08:30", "2027-01-15T08:30:00Z", "2027-01-15T08:31:00Z"),
            ("2027-01-15T08:30:10.000Z", "2027-01-15T08:30:10Z", "2027-01-15T08:30:11Z"),
            ("2027-01-15T08:30:10.500Z", "2027-01-15T08:30:11Z", "2027-01-15T08:30:11Z"),
        ] {
            assert_eq!(span(text), at(start).zip(at(end)), "{text}");
        }
        for text in
            ["", "now", "202", "2027-13", "2027-02-30", "2027-01-15T", "2027-01-15T08:30:10.x", "é027"]
        {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
