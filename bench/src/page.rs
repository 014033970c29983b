//! `docs/benchmarks.md`: the upper part is measured, the lower part is written by hand and stays.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;

use crate::table::Table;

/// What parts the two.
const SEAM: &str = "<!-- Written by `cargo xtask bench` down to here; by hand from here on. -->";

/// Writes the page.
pub(crate) fn write(root: &Path, table: &Table, facts: &str, command: &str) -> Result<()> {
    let file = root.join("docs/benchmarks.md");
    let before = fs::read_to_string(&file).unwrap_or_default();
    let by_hand = before.split_once(SEAM).map_or("\n", |(_, by_hand)| by_hand);
    fs::write(file, format!("{}{SEAM}{by_hand}", measured(table, facts, command)?))?;
    Ok(())
}

fn measured(table: &Table, facts: &str, command: &str) -> Result<String> {
    let mut text = String::from(INTRODUCTION);
    write!(text, "\n```\n{command}\n```\n\n{facts}\n{table}\n## Missed\n\n")?;
    let missed: Vec<String> =
        table.missed().chain(table.unmeasured().map(|row| format!("not measured: {row}"))).collect();
    if missed.is_empty() {
        text.push_str("None.\n");
    }
    for line in missed {
        writeln!(text, "- {line}")?;
    }
    text.push('\n');
    Ok(text)
}

const INTRODUCTION: &str = "\
# Benchmarks

What Keybound costs, each number against the raw work of the same library in the same run. Contestants take
turns, and the median of many turns counts. What one thread does is measured in its processor time; what many do
together, by the wall's clock. Absolute numbers belong to the machine below, ratios travel better.
";
