//! `cargo xtask check`: everything that needs no server.

use anyhow::Result;

use crate::{cited, run, sizes, walls, wasm};

/// Format, lints, walls, sizes, citations, unit tests; stops at the first that fails.
pub(crate) fn check() -> Result<()> {
    run::run(run::cargo().args(["fmt", "--all", "--check"]))?;
    run::run(run::cargo().args(["fmt", FUZZ, "--check"]))?;
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
    wasm::wasm()?;
    // What is only linted is not linked: this name of a library stands for the fuzzer, which takes a C++ compiler.
    run::run(
        run::cargo()
            .args(["clippy", FUZZ, "--locked", "--all-targets", "--", "--deny", "warnings"])
            .env("CUSTOM_LIBFUZZER_PATH", "./libfuzzer.a"),
    )?;
    run::run(run::cargo().args(["test", "--locked", "--workspace", "--lib", "--bins", "--quiet"]))
}

/// The fuzzers are a workspace of their own, since only a nightly compiler runs them; it takes none to read them.
const FUZZ: &str = "--manifest-path=fuzz/Cargo.toml";
