//! `cargo xtask wasm`: the pure part of the client, and its keys of WebCrypto, compile for browsers.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

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

/// Builds an example of the client for browsers, with what a page loads it by; the folder both are in.
pub(crate) fn page(example: &str) -> Result<PathBuf> {
    if !is_installed()? && !install() {
        bail!("{TARGET} is missing; install it with: rustup target add {TARGET}");
    }
    let built = run::output(run::cargo().args([
        "build",
        "--locked",
        "--message-format=json-render-diagnostics",
        "--package=keybound-client",
        "--no-default-features",
        "--features=webcrypto",
        "--target",
        TARGET,
        "--example",
        example,
    ]))?;
    let module = built.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    let module = module.context("cargo built no module")?;
    let folder = run::root().join("target/xtask").join(example);
    let mut bindgen = run::cargo();
    bindgen.args([
        "run",
        "--locked",
        "--quiet",
        "--package=xtask",
        "--features=bindgen",
        "--bin=bindgen",
        "--",
    ]);
    run::run(bindgen.arg(module).arg(&folder))?;
    Ok(folder)
}

fn is_installed() -> Result<bool> {
    let folder = run::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(folder.trim()).is_dir())
}

fn install() -> bool {
    run::on_path("rustup").is_some()
        && run::run(Command::new("rustup").args(["target", "add", TARGET])).is_ok()
}
