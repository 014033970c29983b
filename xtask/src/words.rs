//! Programs from PyPI, pinned by hash beside the conformance suites: spelling, workflows where there are any, a mail
//! server for the tests, and the judges that are written in Python.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{need, run};

/// Refuses a misspelt word anywhere; what only looks like one is in `typos.toml`.
pub(crate) fn spelling() -> Result<()> {
    run::output(Command::new(tools()?.join("typos")).args(["--format", "brief"])).inspect_err(|_| {
        println!("typos: run `target/python/bin/typos` to see them in place");
    })?;
    println!("typos: none");
    Ok(())
}

/// Audits the workflows of GitHub, when the project has some.
pub(crate) fn workflows() -> Result<()> {
    if !Path::new(".github/workflows").is_dir() {
        println!("zizmor: no .github/workflows to audit; CI runs `.ci/run`");
        return Ok(());
    }
    run::run(Command::new(tools()?.join("zizmor")).args(["--offline", ".github/workflows"]))
}

/// Where the programs are that a lockfile names for this project's own use.
pub(crate) fn tools() -> Result<PathBuf> {
    installed("target/python", "conformance/requirements.txt")
}

/// The Python that has the judges.
pub(crate) fn judges() -> Result<PathBuf> {
    Ok(installed("target/python-judges", "conformance/python/requirements.txt")?.join("python"))
}

/// Installs what the lockfile says, once a lockfile, and says where the programs are.
fn installed(folder: &str, lock: &str) -> Result<PathBuf> {
    let folder = run::root().join(folder);
    let requirements = run::root().join(lock);
    let programs = folder.join("bin");
    let (stamp, lock) = (folder.join("lock"), fs::read_to_string(&requirements)?);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(programs);
    }
    run::run(Command::new(need::python()?).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(programs.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]);
    run::run(pip.args(["--only-binary=:all:", "--requirement"]).arg(&requirements))?;
    fs::write(stamp, lock).context("failed to remember what is installed")?;
    Ok(programs)
}
