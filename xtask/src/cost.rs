//! `cargo xtask bench`: ratios against the raw work in the same run.

use anyhow::Result;

use crate::{need, run, service::Databases};

/// Builds for release, lends a PostgreSQL and a Node.js where there are some, and writes `docs/benchmarks.md`.
///
/// `--dist` builds and measures what is shipped, which takes minutes; `--only PART` measures one part and writes
/// nothing.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    build("release")?;
    if arguments.contains(&"--dist") {
        build("dist")?;
    }
    let databases = Databases::start()?;
    let mut command = run::cargo();
    command.args(["run", "--locked", "--release", "--package", "keybound-bench", "--"]).args(arguments);
    databases.tell(&mut command)?;
    match need::node() {
        Ok(node) => _ = command.env("KEYBOUND_BENCH_NODE", node),
        Err(error) => println!("{error:#}"),
    }
    run::run(&mut command)
}

fn build(profile: &str) -> Result<()> {
    let package = ["--package", "keybound-cli", "--bin", "keybound"];
    run::run(run::cargo().args(["build", "--locked", "--profile", profile]).args(package))
}
