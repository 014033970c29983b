//! `cargo xtask wasm`: the pure part of the client, and its keys of WebCrypto, compile for browsers.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

use crate::run;

const TARGET: &str = "wasm32-unknown-unknown";

/// Lints it there; fetches the standard library of that target where it is missing and can be had.
pub(crate) fn wasm() -> Result<()> {
    if !is_installed()? && !install() {
        if run::is_set("CI") {
            bail!("{TARGET} is missing and could not be installed");
        }
        println!("skipped: wasm: {TARGET} is missing; install it with: rustup target add {TARGET}");
        return Ok(());
    }
    run::run(run::cargo().args([
        "clippy",
        "--locked",
        "--quiet",
        "--package=keybound-client",
        "--no-default-features",
        "--features=webcrypto",
        "--target",
        TARGET,
        "--",
        "--deny",
        "warnings",
    ]))?;
    println!("wasm: the client compiles for {TARGET}");
    Ok(())
}

fn is_installed() -> Result<bool> {
    let folder = run::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(folder.trim()).is_dir())
}

fn install() -> bool {
    run::on_path("rustup").is_some()
        && run::run(Command::new("rustup").args(["target", "add", TARGET])).is_ok()
}
