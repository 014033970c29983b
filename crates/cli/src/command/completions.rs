//! `keybound completions`: the grammar of this command, told to a shell.

use clap::CommandFactory as _;

use crate::{
    args::{Arguments, Completions},
    exit::Exit,
    output,
};

/// Prints a script for that shell.
pub(crate) fn run(arguments: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "keybound", &mut script);
    output::result(&String::from_utf8_lossy(&script));
    Exit::Done
}
