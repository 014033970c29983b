//! What pages cite is there: every file, and every test in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::rows;

const PAGES: [&str; 2] = ["docs/attacks.md", rows::PAGE];

/// The short names of folders, as the first page introduces them.
const FOLDERS: &[(&str, &str)] = &[
    ("client", "crates/client/tests/client"),
    ("conformance", "conformance"),
    ("guard", "crates/resource/tests/guard"),
    ("management", "crates/server/tests/management"),
    ("people", "crates/server/tests/people"),
    ("process", "crates/server/tests/process"),
    ("proof", "crates/crypto/tests/proof"),
    ("routes", "crates/server/tests/routes"),
    ("store", "crates/store/tests/all"),
    ("terminal", "crates/cli/tests/terminal"),
    ("testkit", "crates/testkit/tests"),
];

/// Refuses pages that cite what is not there, or, of conformance rows, what does not name them.
pub(crate) fn cited() -> Result<()> {
    for name in PAGES {
        let page = fs::read_to_string(name).with_context(|| format!("failed to read {name}"))?;
        let citations: Vec<&str> = citations(&page).collect();
        let wrong: Vec<&str> = citations.iter().copied().filter(|citation| !is_there(citation)).collect();
        if !wrong.is_empty() {
            bail!("{name} cites what is not there: {}", wrong.join(", "));
        }
        println!("cited: {} files and tests of {name}, all there", citations.len());
    }
    rows::rows()
}

/// Everything in backticks that looks like `folder/file` or `folder/file::test`.
pub(crate) fn citations(page: &str) -> impl Iterator<Item = &str> {
    let path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.' | ':');
    page.split('`').skip(1).step_by(2).filter(move |text| {
        text.contains('/') && !text.starts_with('/') && text.chars().all(path) && !text.contains("://")
    })
}

fn is_there(citation: &str) -> bool {
    let (file, test) = citation.split_once("::").map_or((citation, None), |(file, test)| (file, Some(test)));
    let Some(found) = located(file) else { return citation == "folder/file::test" };
    let Some(test) = test else { return true };
    fs::read_to_string(found).is_ok_and(|text| text.contains(&format!("fn {test}(")))
}

/// The file that a citation names.
pub(crate) fn located(file: &str) -> Option<PathBuf> {
    let short = file.split_once('/').and_then(|(folder, rest)| {
        let (_, long) = FOLDERS.iter().find(|(short, _)| *short == folder)?;
        Some(format!("{long}/{rest}"))
    });
    let places = short.into_iter().chain([format!("crates/{file}"), file.to_owned()]);
    let candidates = places.flat_map(|place| [".rs", ".test.mjs", ""].map(|end| format!("{place}{end}")));
    candidates.map(PathBuf::from).find(|path| Path::new(path).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_told_from_other_words() {
        let page = "`guard/a::b` but `htu`, `/oauth/token`, `https://a.b/c`; `fuzz/` and `a b/c`";
        assert_eq!(citations(page).collect::<Vec<_>>(), ["guard/a::b", "fuzz/"]);
    }
}
