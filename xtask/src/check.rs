//! `cargo xtask check`: everything that needs no server.

use anyhow::Result;

use crate::{cited, run, sizes, walls};

/// Format, lints, walls, sizes, citations, unit tests; stops at the first that fails.
pub(crate) fn check() -> Result<()> {
    run::run(run::cargo().args(["fmt", "--all", "--check"]))?;
    walls::walls()?;
    sizes::sizes()?;
    cited::cited()?;
    run::run(run::cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    run::run(run::cargo().args(["test", "--locked", "--workspace", "--lib", "--bins", "--quiet"]))
}
