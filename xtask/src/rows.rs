//! Each test that `docs/reference/conformance.md` cites names the row it stands for, and no row is left out.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::cited;

pub(crate) const PAGE: &str = "docs/reference/conformance.md";

/// Refuses a page with a test that does not name its row, and, where the checklist is at hand, without one of its rows.
pub(crate) fn rows() -> Result<()> {
    let page = fs::read_to_string(PAGE).with_context(|| format!("failed to read {PAGE}"))?;
    let mut nameless = BTreeSet::new();
    for (row, cells) in table(&page) {
        for (file, test) in cited::citations(cells).filter_map(|citation| citation.split_once("::")) {
            let Some(found) = cited::located(file) else { continue };
            let text = fs::read_to_string(&found)?;
            if !around(&text, test).is_some_and(|words| names(&words, row)) {
                nameless.insert(format!("{file}::{test} does not name {row}"));
            }
        }
    }
    if !nameless.is_empty() {
        bail!("{}", nameless.into_iter().collect::<Vec<_>>().join("\n"));
    }
    let had: BTreeSet<&str> = table(&page).map(|(row, _)| row).collect();
    println!("rows: {} of {PAGE}, each named by its tests", had.len());
    let Some(contract) = std::env::var_os("KEYBOUND_CONTRACT") else {
        println!("rows: not held against the checklist: KEYBOUND_CONTRACT is not set");
        return Ok(());
    };
    let file = Path::new(&contract).join("conformance.md");
    let list = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    let wanted = wanted(&list);
    let missing: Vec<&String> = wanted.iter().filter(|row| !had.contains(row.as_str())).collect();
    if wanted.len() < 100 || !missing.is_empty() {
        bail!("{} rows were found in the checklist; missing in {PAGE}: {missing:?}", wanted.len());
    }
    println!("rows: all {} of the checklist are there", wanted.len());
    Ok(())
}

/// The rows of a page's tables: the first cell, and all that follow.
fn table(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    lines.filter(|(row, _)| !matches!(*row, "row" | "---"))
}

/// What the checklist numbers: its rows, its sections from A2 on, and the rows of A3, which have numbers alone.
fn wanted(list: &str) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    let mut section = "";
    for line in list.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.split(['.', ' ']).next().unwrap_or_default();
            // "A7. … / A8. …"
            let sections = heading.split(['.', ' ']).filter(|word| is_row(word) && word.starts_with('A'));
            wanted.extend(sections.filter(|word| !matches!(*word, "A0" | "A1")).map(str::to_owned));
        }
        let Some((first, _)) = line.strip_prefix("| ").and_then(|line| line.split_once(" |")) else {
            continue;
        };
        if is_row(first) {
            wanted.insert(first.to_owned());
        } else if section == "A3" && first.parse::<u8>().is_ok() {
            wanted.insert(format!("A3 row {first}"));
        }
    }
    wanted
}

/// Letters and a number, as `AS08`.
fn is_row(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = word.len() - digits.len();
    (1..=2).contains(&letters) && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A test with the words above it, and those at the head of its file.
fn around(text: &str, test: &str) -> Option<String> {
    let at = text.find(&format!("fn {test}("))?;
    let begin = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    let indent: String = text.get(begin..)?.chars().take_while(|c| *c == ' ').collect();
    let above: Vec<&str> = text.get(..begin)?.lines().rev().take_while(|line| is_said_of_it(line)).collect();
    let end = text.get(at..)?.find(&format!("\n{indent}}}")).map_or(text.len(), |end| at + end);
    let head = text.lines().filter(|line| line.starts_with("//!"));
    let words = head.chain(above.into_iter().rev()).collect::<Vec<_>>().join("\n");
    Some(format!("{words}\n{}", text.get(begin..end)?))
}

fn is_said_of_it(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("#[")
}

/// Whether words name a row: by itself (`RS11`), in a test's name (`rs11_…`), or in a series (`RS10 to RS12`, `rows 3, 4`).
fn names(words: &str, row: &str) -> bool {
    let said: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').collect();
    let said: Vec<&str> =
        said.into_iter().map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()).collect();
    let numbered = row.strip_prefix("A3 row ");
    let (name, number) = numbered.map_or_else(|| parted(row), |number| ("A3", number.parse().ok()));
    let mut series = false;
    let mut last = None;
    let mut to = false;
    for word in said {
        let (own, value) = match (series, word.parse::<u32>()) {
            (true, Ok(value)) => (name, Some(value)),
            _ => parted(word),
        };
        if numbered.is_some() && matches!(word, "row" | "rows") {
            series = true;
        } else if own.eq_ignore_ascii_case(name) && value.is_some() && (numbered.is_none() || series) {
            let first = if to { last.unwrap_or(value) } else { value };
            if number.is_some() && (first..=value).contains(&number) {
                return true;
            }
            last = Some(value);
            to = false;
        } else if word == "to" && last.is_some() {
            to = true;
        } else if word != "and" {
            (series, last, to) = (false, None, false);
        }
    }
    false
}

/// `AS08` as its letters and its number.
fn parted(word: &str) -> (&str, Option<u32>) {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = word.get(..word.len() - digits.len()).unwrap_or_default();
    if letters.is_empty() { ("", None) } else { (letters, digits.parse().ok()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_in_many_ways_and_by_nothing_else() {
        for (words, row) in [
            ("/// Conformance AS08.", "AS08"),
            ("async fn p31_another_time_is_refused() {", "P31"),
            ("//! RS10 to RS12, RS17: what", "RS11"),
            ("RFC 6749 §3.1; conformance A3 rows 8 to 10, A4.", "A3 row 9"),
            ("conformance A3 rows 4, 5 and 7.", "A3 row 7"),
            ("conformance A3 rows 4 and 5, A4", "A4"),
            ("Conformance A2: what every answer says.", "A2"),
        ] {
            assert!(names(words, row), "{words} / {row}");
        }
        for (words, row) in [
            ("Conformance AS08.", "AS09"),
            ("conformance A1.3, AS30", "A1"),
            ("conformance A20", "A2"),
            ("conformance A3 row 4; RFC 9449 §5", "A3 row 5"),
            ("conformance A3", "A3 row 3"),
            ("RS10 and RS12", "RS11"),
        ] {
            assert!(!names(words, row), "{words} / {row}");
        }
    }

    #[test]
    fn a_test_is_cut_out_with_the_words_above_it() {
        let file = "//! Head.\n\n/// Before.\nfn a() {\n    b();\n}\n\n/// RFC 1; A4.\n#[test]\nfn it() {\n    c();\n}\n\nfn d() {}\n";
        let words = around(file, "it").unwrap();
        assert_eq!(words, "//! Head.\n/// RFC 1; A4.\n#[test]\nfn it() {\n    c();");
        assert!(around(file, "nothing").is_none());
    }

    #[test]
    fn the_checklist_is_read_by_its_rows_and_headings() {
        let list = "## A0. Rules\n| `A400P` | x |\n| P01 | y |\n## A3. RFC 6749\n| # | level |\n| 1 | MUST |\n## A7. JAR / A8. JARM\n| 2 | x |";
        let wanted = wanted(list);
        assert_eq!(
            wanted.iter().map(String::as_str).collect::<Vec<_>>(),
            ["A3", "A3 row 1", "A7", "A8", "P01"]
        );
    }
}
