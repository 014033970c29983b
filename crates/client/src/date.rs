//! The `Date` of an answer (RFC 9110 §5.6.7), from which a wrong clock of ours is learnt.

use keybound_proto::time::Timestamp;

/// Reads the preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`. The obsolete forms are passed over.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let day = number(words.next()?, 2)?;
    let month = words.next()?;
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    let year = number(words.next()?, 4)?;
    let mut clock = words.next()?.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let sound = (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if words.next()? != "GMT" || words.next().is_some() || clock.next().is_some() || !sound {
        return None;
    }
    let days = days_from_civil(year, i64::try_from(month).ok()?, day);
    Some(Timestamp::from_unix(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let proper = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
    proper.then(|| digits.parse().ok()).flatten()
}

/// Days since the Unix epoch in the Gregorian calendar, counting years from March.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110 §5.6.7.
    #[test]
    fn the_preferred_form_is_read_and_nothing_else() {
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Sat, 21 Nov 2026 01:43:43 GMT", 1_795_225_423),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_unix(seconds)), "{text}");
        }
        for bad in [
            "",
            "now",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
