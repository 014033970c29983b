//! How long the files are, and how long they may be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

const MEDIAN: usize = 120;
const P95: usize = 400;
const LARGEST: usize = 600;

/// Prints the table and refuses a tree that outgrew it. Counts production lines: tests are left out.
pub(crate) fn sizes() -> Result<()> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "bench"] {
        collect(Path::new(folder), &mut files)?;
    }
    let mut sizes = Vec::new();
    for file in files {
        sizes.push((production_lines(&fs::read_to_string(&file)?), file));
    }
    sizes.sort();
    let at = |share: f64| {
        let index = ((sizes.len() as f64 - 1.0) * share).round() as usize;
        sizes.get(index).map_or(0, |(lines, _)| *lines)
    };
    let total: usize = sizes.iter().map(|(lines, _)| lines).sum();
    let (median, p95, largest) = (at(0.5), at(0.95), at(1.0));
    println!(
        "sizes: {} files, {total} lines; median {median} (≤ {MEDIAN}), p95 {p95} (≤ {P95}), largest {largest} (≤ {LARGEST})",
        sizes.len()
    );
    for (lines, file) in sizes.iter().rev().take_while(|(lines, _)| *lines > P95) {
        println!("  {lines:>5} {}", file.display());
    }
    if median > MEDIAN || p95 > P95 || largest > LARGEST {
        bail!("files are too long: split by idea");
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "tests" | "target" | "benches" | "examples") {
                collect(&path, files)?;
            }
        } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Lines before an inline test module, which by our style stands last.
fn production_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| match pair {
        [attribute, module] => attribute.trim() == "#[cfg(test)]" && module.trim_end().ends_with('{'),
        _ => false,
    });
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_tests_do_not_count() {
        assert_eq!(production_lines("a\nb\n#[cfg(test)]\nmod tests {\n    c\n}\n"), 2);
        assert_eq!(production_lines("a\n#[cfg(test)]\nmod tests;\n"), 3);
    }
}
