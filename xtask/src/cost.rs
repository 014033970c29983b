//! `cargo xtask bench`: ratios against the raw work in the same run.

use anyhow::Result;

use crate::{run, service::Databases};

/// Builds for release, lends a PostgreSQL where there is one, and writes `docs/benchmarks.md`.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    run::run(run::cargo().args(["build", "--locked", "--release", "--bin", "keybound"]))?;
    let databases = Databases::start()?;
    let mut command = run::cargo();
    command.args(["run", "--locked", "--release", "--package", "keybound-bench", "--"]).args(arguments);
    databases.tell(&mut command)?;
    run::run(&mut command)
}
