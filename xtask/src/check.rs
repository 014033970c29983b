//! `cargo xtask check`: everything that needs no server.

use anyhow::Result;

use crate::{cited, deny, exposed, generate, run, sizes, unused, walls, wasm, words};

/// Format, walls, sizes, citations, dependencies, spelling, lints, the release, exposed types, unit tests, pages; stops at the first that fails.
pub(crate) fn check() -> Result<()> {
    run::run(run::cargo().args(["fmt", "--all", "--check"]))?;
    run::run(run::cargo().args(["fmt", FUZZ, "--check"]))?;
    walls::walls()?;
    sizes::sizes()?;
    cited::cited()?;
    unused::unused()?;
    deny::deny()?;
    words::spelling()?;
    words::workflows()?;
    run::run(run::cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    // What is shipped is optimised, and optimising asks the compiler for more than linting does.
    run::run(run::cargo().args(["check", "--locked", "--release", "--package", "keybound-cli"]))?;
    wasm::wasm()?;
    // What is only linted is not linked: this name of a library stands for the fuzzer, which takes a C++ compiler.
    run::run(
        run::cargo()
            .args(["clippy", FUZZ, "--locked", "--all-targets", "--", "--deny", "warnings"])
            .env("CUSTOM_LIBFUZZER_PATH", "./libfuzzer.a"),
    )?;
    exposed::exposed()?;
    // Unit tests, and with them the pages that are written from the code.
    let mut tests = run::cargo();
    tests.args(["test", "--locked", "--workspace", "--lib", "--bins", "--quiet"]);
    run::run(tests.args(generate::PAGES.iter().flat_map(|(_, test)| ["--test", test])))
}

/// The fuzzers are a workspace of their own, since only a nightly compiler runs them; it takes none to read them.
const FUZZ: &str = "--manifest-path=fuzz/Cargo.toml";
