//! `cargo xtask bench`: ratios against the raw work in the same run.

use anyhow::Result;

use crate::{
    need, run,
    service::{Postgres, Scratch},
};

/// Builds for release, lends a PostgreSQL where there is one, and writes `docs/benchmarks.md`.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    run::run(run::cargo().args(["build", "--locked", "--release", "--bin", "keybound"]))?;
    let scratch = Scratch::new()?;
    let postgres = need::postgres().ok().map(|folder| Postgres::start(&folder, &scratch)).transpose()?;
    let mut command = run::cargo();
    command.args(["run", "--locked", "--release", "--package", "keybound-bench", "--"]).args(arguments);
    if let Some(postgres) = &postgres {
        command.env("KEYBOUND_TEST_POSTGRES", postgres.url());
    }
    run::run(&mut command)
}
