//! Dependencies that nothing names.
#![expect(clippy::indexing_slicing, reason = "JSON answers null for a member it lacks, and does not panic")]

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run;

/// Refuses a `[dependencies]` line that no source of its package names, or a `[dev-dependencies]` line that no file does.
pub(crate) fn unused() -> Result<()> {
    let text = run::output(run::cargo().args(["metadata", "--no-deps", "--format-version=1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let (mut lines, mut wrong) = (0, Vec::new());
    for package in metadata["packages"].as_array().context("cargo metadata lists no packages")? {
        let folder = Path::new(package["manifest_path"].as_str().unwrap_or_default()).parent();
        let folder = folder.context("a package has no folder")?;
        let (mut sources, mut all) = (String::new(), String::new());
        read(&folder.join("src"), &mut sources)?;
        read(folder, &mut all)?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["rename"].as_str().or(dependency["name"].as_str()).unwrap_or_default();
            let code = if dependency["kind"].is_null() { &sources } else { &all };
            lines += 1;
            if !names(code, &name.replace('-', "_")) {
                wrong.push(format!("{} never names {name}", package["name"]));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("dependencies for nothing: {}", wrong.join("; "));
    }
    println!("unused: {lines} dependencies, all named");
    Ok(())
}

/// All Rust under a folder, and in the folders that it borrows modules from, without whole lines of comment.
fn read(folder: &Path, code: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                read(&path, code)?;
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path)?;
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                code.extend([line, "\n"]);
                let borrowed =
                    line.trim().strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"));
                if let Some(home) =
                    borrowed.and_then(|file| folder.join(file).parent().map(Path::to_path_buf))
                {
                    read(&home, code)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether a path begins with that crate; a variable may have the same name and says nothing.
fn names(code: &str, word: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    code.match_indices(&format!("{word}::")).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        !before.ends_with(goes_on) || before.strip_suffix("::").is_some_and(|rest| !rest.ends_with(goes_on))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word() {
        assert!(names("use http::Uri;", "http"));
        assert!(names("a(::http::Uri)", "http"));
        assert!(!names("use http_body::Body; let http = my_http::A; axum::http::B", "http"));
    }
}
