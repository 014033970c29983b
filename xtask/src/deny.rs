//! `deny.toml` held against `cargo metadata`: licences, sources, banned crates, wildcards.
//!
//! cargo-deny does this too, but takes minutes to build and has no current wheel. What it alone can do, known
//! vulnerabilities, is left to it where it is installed, and said to be skipped where it is not.
#![expect(clippy::indexing_slicing, reason = "JSON answers null for a member it lacks, and does not panic")]

use std::{collections::BTreeSet, fs, process::Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run;

const RULES: &str = "deny.toml";

/// Refuses a dependency that breaks a rule.
pub(crate) fn deny() -> Result<()> {
    let rules: Value = toml::from_str(&fs::read_to_string(RULES)?).with_context(|| format!("in {RULES}"))?;
    let mut command = run::cargo();
    command.args(["metadata", "--format-version=1", "--locked"]);
    for target in strings(&rules["graph"]["targets"]) {
        command.args(["--filter-platform", target]);
    }
    let metadata: Value = serde_json::from_str(&run::output(&mut command)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let built = built(&rules)?;
    let packages: Vec<&Value> = packages.iter().filter(|package| built.contains(&named(package))).collect();
    let wrong: Vec<String> = packages.iter().flat_map(|package| faults(package, &rules)).collect();
    if !wrong.is_empty() {
        bail!("{RULES} is broken: {}", wrong.join("; "));
    }
    println!("deny: {} packages: licences, sources, bans and versions are as {RULES} says", packages.len());
    advisories()
}

/// What is built at all, as `name v1.2.3`: metadata also lists what only an unused feature would bring.
fn built(rules: &Value) -> Result<BTreeSet<String>> {
    let mut command = run::cargo();
    command.args(["tree", "--locked", "--workspace", "--prefix=none"]);
    for target in strings(&rules["graph"]["targets"]) {
        command.args(["--target", target]);
    }
    let words = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(run::output(&mut command)?.lines().map(words).collect())
}

fn named(package: &Value) -> String {
    let word = |name: &str| package[name].as_str().unwrap_or_default();
    format!("{} v{}", word("name"), word("version"))
}

fn faults(package: &Value, rules: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    let mut banned = rules["bans"]["deny"].as_array().into_iter().flatten();
    if let Some(ban) = banned.find(|ban| ban["crate"] == name) {
        wrong.push(format!("{name} is banned ({})", ban["reason"].as_str().unwrap_or("no reason given")));
    }
    let allowed: Vec<&str> = strings(&rules["licenses"]["allow"]).collect();
    let license = package["license"].as_str().unwrap_or_default();
    if !Licence::of(license).met_by(&allowed) {
        wrong.push(format!("{name} has the licence «{license}»"));
    }
    match package["source"].as_str() {
        None | Some("registry+https://github.com/rust-lang/crates.io-index") => {}
        Some(source) => wrong.push(format!("{name} comes from {source}")),
    }
    let ours = package["source"].is_null();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        if ours && dependency["req"] == "*" && dependency["path"].is_null() {
            wrong.push(format!("{name} takes any version of {}", dependency["name"]));
        }
    }
    wrong
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// An SPDX expression: `AND` binds closer than `OR`, `WITH` belongs to its licence, `/` is an old `OR`.
struct Licence(Vec<String>);

impl Licence {
    fn of(expression: &str) -> Self {
        let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        Self(spaced.split_whitespace().rev().map(str::to_owned).collect())
    }

    fn met_by(mut self, allowed: &[&str]) -> bool {
        self.either(allowed) && self.0.is_empty()
    }

    fn either(&mut self, allowed: &[&str]) -> bool {
        let mut met = self.both(allowed);
        while self.took("OR") {
            met |= self.both(allowed);
        }
        met
    }

    fn both(&mut self, allowed: &[&str]) -> bool {
        let mut met = self.one(allowed);
        while self.took("AND") {
            met &= self.one(allowed);
        }
        met
    }

    fn one(&mut self, allowed: &[&str]) -> bool {
        if self.took("(") {
            let met = self.either(allowed);
            return self.took(")") && met;
        }
        let mut name = self.0.pop().unwrap_or_default();
        if self.took("WITH") {
            name = format!("{name} WITH {}", self.0.pop().unwrap_or_default());
        }
        allowed.contains(&name.as_str())
    }

    fn took(&mut self, word: &str) -> bool {
        self.0.pop_if(|next| next == word).is_some()
    }
}

/// Known vulnerabilities, by cargo-deny, whose database is a git repository that must be reached.
fn advisories() -> Result<()> {
    if run::on_path("cargo-deny").is_none() {
        println!("deny: skipped: known vulnerabilities (cargo-deny is not installed)");
        return Ok(());
    }
    let fetched = run::cargo().args(["deny", "fetch", "db"]).stderr(Stdio::null()).status()?.success();
    if !fetched {
        println!("deny: skipped: known vulnerabilities (their database cannot be reached)");
        return Ok(());
    }
    run::run(run::cargo().args(["deny", "check", "--disable-fetch", "advisories"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_met_by_one_of_its_choices_and_by_all_that_it_adds() {
        let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"];
        for met in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(GPL-3.0 OR ISC) AND MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(Licence::of(met).met_by(&allowed), "{met}");
        }
        for unmet in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "ISC AND (MIT",
            "Apache-2.0 OR GPL-3.0",
            "MIT WITH X",
            "MIT MIT",
        ] {
            assert!(!Licence::of(unmet).met_by(&allowed), "{unmet}");
        }
    }
}
