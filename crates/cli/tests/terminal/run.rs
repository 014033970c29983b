//! The binary, as a person at a terminal runs it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

/// The command, without the caller's own settings.
pub(crate) fn keybound(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keybound"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KEYBOUND_")) {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").args(arguments);
    command
}

/// Runs it to its end, with `input` on standard input.
pub(crate) fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = keybound(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may end without reading all of it; that is its right.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// What it wrote to standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

/// What it wrote to standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it is text")
}
