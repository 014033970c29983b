//! Points in time and lengths of time: arithmetic without a clock.

use std::fmt;

/// A point in time, in whole seconds since the Unix epoch (RFC 7519 `NumericDate`, floored).
///
/// Arithmetic saturates: a peer that claims `i64::MIN` gets a refusal, never an overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point `seconds` after the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// This much later, or the end of time.
    pub const fn plus(self, length: Lifetime) -> Self {
        Self(self.0.saturating_add(length.0 as i64))
    }

    /// This much earlier, or the beginning of time.
    pub const fn minus(self, length: Lifetime) -> Self {
        Self(self.0.saturating_sub(length.0 as i64))
    }

    /// Seconds from `earlier` to this point; negative when `earlier` is in truth later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Seconds in a day.
const DAY: i64 = 86_400;

impl Timestamp {
    /// As RFC 3339 and Auth0 write it: `2026-01-31T12:00:00.000Z`. Years before 0 and after 9999 are cut to those.
    pub fn to_rfc3339(self) -> String {
        let seconds = self.0.clamp(-62_167_219_200, 253_402_300_799);
        let (year, month, day) = civil(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
    }

    /// Reads what [`Timestamp::to_rfc3339`] writes, with or without a fraction, which is cut off, and with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (text, offset) = match text.strip_suffix('Z') {
            Some(text) => (text, 0),
            None => zoned(text)?,
        };
        let (date, time) = text.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let days = days(year, month, day);
        if civil(days) != (year, month, day) {
            return None;
        }
        Some(Self(days * DAY + hour * 3_600 + minute * 60 + second.min(59) - offset))
    }
}

/// A time without its offset from UTC, and that in seconds (RFC 3339 §5.6).
fn zoned(text: &str) -> Option<(&str, i64)> {
    let (time, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let sign = match offset.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let [hours, minutes] = numbers(offset.get(1..)?, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some((time, sign * (hours * 3_600 + minutes * 60)))
}

impl Timestamp {
    /// Reads the preferred form of RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. The obsolete forms are no date.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let (_, rest) = text.strip_suffix(" GMT")?.split_once(", ")?;
        let (date, time) = rest.rsplit_once(' ')?;
        let (day, month_and_year) = date.split_once(' ')?;
        let (month, year) = month_and_year.split_once(' ')?;
        let month = 1 + MONTHS.iter().position(|name| *name == month)?;
        if time.contains('.') {
            return None;
        }
        Self::parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))
    }
}

/// As RFC 9110 §5.6.7 writes them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month and day of the proleptic Gregorian calendar, that many days after 1970-01-01.
///
/// Counts from 1 March, so that the leap day is the last of its year, in eras of 400 years.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let january_or_february = if month <= 2 { 1 } else { 0 };
    (year_of_era + days.div_euclid(146_097) * 400 + january_or_february, month, day)
}

/// The way back.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    year.div_euclid(400) * 146_097 + of_era - 719_468
}

fn numbers<const N: usize>(text: &str, between: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(between);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        let digits = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = digits.then(|| part.parse().ok()).flatten()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime(u32);

impl Lifetime {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Its length in seconds.
    pub const fn as_secs(self) -> u32 {
        self.0
    }

    /// Both, one after the other, or the longest length there is.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Half of it, rounded down.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = Timestamp::from_unix(i64::MAX);
        let start = Timestamp::from_unix(i64::MIN);
        assert_eq!(end.plus(Lifetime::seconds(1)), end);
        assert_eq!(start.minus(Lifetime::seconds(1)), start);
        assert_eq!(end.since(start), i64::MAX);
        assert_eq!(start.since(end), i64::MIN);
    }

    /// RFC 3339 §5.8 and dates around leap days.
    #[test]
    fn a_point_in_time_is_written_and_read_as_a_date() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (482_196_050, "1985-04-12T23:20:50.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(Timestamp::from_unix(seconds).to_rfc3339(), text);
            assert_eq!(Timestamp::parse_rfc3339(text), Some(Timestamp::from_unix(seconds)), "{text}");
        }
        assert_eq!(Timestamp::from_unix(i64::MAX).to_rfc3339(), "9999-12-31T23:59:59.000Z");
        assert_eq!(Timestamp::parse_rfc3339("1970-01-01T00:00:01Z"), Some(Timestamp::from_unix(1)));
        for same in ["1970-01-01T02:00:01+02:00", "1969-12-31T18:30:01.5-05:30", "1970-01-01T00:00:01-00:00"]
        {
            assert_eq!(Timestamp::parse_rfc3339(same), Some(Timestamp::from_unix(1)), "{same}");
        }
        for wrong in
            ["1970-01-01T00:00:01+24:00", "1970-01-01T00:00:01+0200", "+02:00", "1970-01-01T00:00:01é02:00"]
        {
            assert_eq!(Timestamp::parse_rfc3339(wrong), None, "{wrong}");
        }
    }

    /// RFC 9110 §5.6.7.
    #[test]
    fn the_preferred_form_of_an_http_date_is_read_and_no_other() {
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Sat, 21 Nov 2026 01:43:43 GMT", 1_795_225_423),
        ] {
            assert_eq!(Timestamp::parse_http_date(text), Some(Timestamp::from_unix(seconds)), "{text}");
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
            "Sun, 06 Nov 1994 08:49:37.5 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
        ] {
            assert_eq!(Timestamp::parse_http_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for bad in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00.Z",
            "1970-02-29T00:00:00Z",
            "1970-13-01T00:00:00Z",
            "1970-00-10T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "70-01-01T00:00:00Z",
            "1970-1-01T00:00:00Z",
            "1970-01-01T00:00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }
}
