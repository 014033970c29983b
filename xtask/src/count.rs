//! What a test run said of itself.

use std::ops::AddAssign;

/// How many passed, failed and were skipped; the skipped with their reasons.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: Vec<String>,
}

impl Count {
    /// Everything that could not run, for one reason.
    pub(crate) fn skip(reason: String) -> Self {
        Self { skipped: vec![reason], ..Self::default() }
    }

    /// Reads libtest's closing lines. A test that prints `skipped: REASON` did not run.
    pub(crate) fn from_libtest(output: &str) -> Self {
        let mut count = Self::default();
        let mut only_said = 0;
        for line in output.lines() {
            if let Some(result) = line.strip_prefix("test result: ") {
                count.passed += before(result, " passed");
                count.failed += before(result, " failed");
                let ignored = before(result, " ignored");
                count.skipped.extend(std::iter::repeat_n("ignored".to_owned(), ignored));
            } else if let Some(reason) = line.trim().strip_prefix("skipped: ") {
                count.skipped.push(reason.to_owned());
                only_said += 1;
            }
        }
        count.passed = count.passed.saturating_sub(only_said);
        count
    }

    /// Reads the closing lines of Node's test runner (`# pass 3`).
    pub(crate) fn from_tap(output: &str) -> Self {
        let mut count = Self::default();
        for line in output.lines() {
            if let Some(number) = line.strip_prefix("# pass ") {
                count.passed += number.trim().parse().unwrap_or(0);
            } else if let Some(number) = line.strip_prefix("# fail ").or(line.strip_prefix("# cancelled ")) {
                count.failed += number.trim().parse().unwrap_or(0);
            } else if let Some((_, reason)) = line.split_once("# SKIP") {
                count.skipped.push(reason.trim().to_owned());
            }
        }
        count
    }

    /// Skips that a green run on a machine of CI may not have.
    pub(crate) fn unexcused(&self) -> impl Iterator<Item = &String> {
        self.skipped.iter().filter(|reason| !reason.contains("KEYBOUND_CONTRACT"))
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
    }
}

/// The number before a word: `before("ok. 12 passed; 0 failed", " passed")` is 12.
fn before(text: &str, word: &str) -> usize {
    let Some((head, _)) = text.split_once(word) else { return 0 };
    let digits = head.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_is_read() {
        let output = "skipped: X is not set\ntest result: ok. 12 passed; 1 failed; 2 ignored; 0 measured\n";
        let count = Count::from_libtest(output);
        assert_eq!((count.passed, count.failed, count.skipped.len()), (11, 1, 3));
        let output =
            "test result: ok. 12 passed; 0 failed; 0 ignored\n---- a stdout ----\nskipped: X is not set\n";
        assert_eq!(Count::from_libtest(output).passed, 11);
    }

    #[test]
    fn tap_is_read() {
        let count =
            Count::from_tap("ok 1 - a # SKIP no browser\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 1\n");
        assert_eq!((count.passed, count.failed), (4, 2));
        assert_eq!(count.skipped, ["no browser"]);
    }

    #[test]
    fn only_the_contract_may_be_skipped_in_ci() {
        let count = Count {
            skipped: vec!["KEYBOUND_CONTRACT is not set".into(), "no PostgreSQL".into()],
            ..Count::default()
        };
        assert_eq!(count.unexcused().count(), 1);
    }
}
