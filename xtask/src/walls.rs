//! Which room may name which. The table is the whole list.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run;

/// Room, then the rooms it may name in `[dependencies]`.
const WALLS: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("crypto", &["proto"]),
    ("authority", &["proto"]),
    ("api", &["proto"]),
    ("client", &["proto", "crypto", "api"]),
    ("resource", &["proto", "crypto"]),
    ("web", &["proto", "crypto", "client"]),
    ("store", &["proto", "authority", "api", "crypto"]),
    ("gateway", &["resource", "proto"]),
    ("server", &["proto", "crypto", "authority", "api", "store", "resource", "client"]),
    ("cli", &["client", "api", "server", "gateway", "resource", "web"]),
    ("testkit", ANY),
    ("bench", ANY),
];

/// The annexes for tests and measurements: they may name any room, and only dev-dependencies may name them.
const ANNEX: &[&str] = &["testkit", "bench"];

const ANY: &[&str] = &[
    "proto",
    "crypto",
    "authority",
    "api",
    "client",
    "resource",
    "store",
    "gateway",
    "server",
    "cli",
    "testkit",
    "web",
];

/// Crates that would bring a runtime, a clock or randomness into the pure rooms.
const IMPURE: &[&str] = &[
    "tokio",
    "hyper",
    "axum",
    "reqwest",
    "rusqlite",
    "tokio-postgres",
    "redis",
    "aws-lc-rs",
    "getrandom",
    "rand",
];

/// The rooms that must stay without I/O.
const PURE: &[&str] = &["proto", "authority", "api"];

/// Compares the edges that are with the edges that may be.
pub(crate) fn walls() -> Result<()> {
    let text = run::output(run::cargo().args(["metadata", "--no-deps", "--format-version=1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let allowed: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut edges = 0;
    for package in
        metadata.get("packages").and_then(Value::as_array).context("cargo metadata lists no packages")?
    {
        let Some(room) = package["name"].as_str().and_then(|name| name.strip_prefix("keybound-")) else {
            continue;
        };
        let Some(may) = allowed.get(room) else {
            wrong.push(format!("{room} is not in the table of rooms"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["name"].as_str().unwrap_or_default();
            let is_dev = dependency["kind"].as_str() == Some("dev");
            if let Some(named) = name.strip_prefix("keybound-") {
                edges += 1;
                let is_annex = ANNEX.contains(&named) && !ANNEX.contains(&room);
                if !is_dev && (is_annex || !may.contains(&named)) {
                    wrong.push(format!("{room} names {named}"));
                }
            } else if !is_dev && PURE.contains(&room) && IMPURE.contains(&name) {
                wrong.push(format!("{room} is pure, but names {name}"));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("walls broken: {}", wrong.join("; "));
    }
    println!("walls: {edges} edges, all in the table");
    Ok(())
}
