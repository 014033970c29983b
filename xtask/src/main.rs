//! The project's tasks: `cargo xtask check`, `test`, `bench`, and the gates of `check` one by one.
#![expect(clippy::print_stdout, reason = "a task talks to the person who typed it")]
#![expect(clippy::disallowed_methods, reason = "a task reads the environment it was started in")]

mod check;
mod cited;
mod cost;
mod count;
mod deny;
mod exposed;
mod generate;
mod need;
mod rows;
mod run;
mod service;
mod sizes;
mod suite;
mod test;
mod unused;
mod walls;
mod wasm;
mod words;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask TASK

  check              everything that needs no server: before each commit
  test [--only NAME] everything, against real parts, installing what it needs
  test --list        the suites that --only knows
  bench              the table of ratios, written to docs/benchmarks.md
  walls              which room may name which
  sizes              how long the files are
  cited              whether the tests that attacks and conformance rows cite are there
  unused             dependencies that nothing names
  deny               licences, sources and bans, as deny.toml says
  exposed            foreign types that the published rooms show
  spelling           typos, but for the words of typos.toml
  workflows          zizmor, where there are workflows
  wasm               the client compiles for browsers
  generate           writes the pages that tests hold to the code";

fn main() -> ExitCode {
    match task() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task() -> Result<()> {
    if exposed::stands_in_for_rustdoc()? {
        return Ok(());
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    std::env::set_current_dir(run::root())?;
    match words.as_slice() {
        ["check"] => check::check(),
        ["test"] => test::test(None),
        ["test", "--list"] => {
            suite::list();
            Ok(())
        }
        ["test", "--only", name] => test::test(Some(name)),
        ["bench", rest @ ..] => cost::bench(rest),
        ["walls"] => walls::walls(),
        ["sizes"] => sizes::sizes(),
        ["cited"] => cited::cited(),
        ["unused"] => unused::unused(),
        ["deny"] => deny::deny(),
        ["exposed"] => exposed::exposed(),
        ["spelling"] => words::spelling(),
        ["workflows"] => words::workflows(),
        ["wasm"] => wasm::wasm(),
        ["generate"] => generate::generate(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("no such task: {}\n\n{HELP}", words.join(" ")),
    }
}
