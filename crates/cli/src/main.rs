//! The `keybound` command: a person at a terminal.

mod args;
mod command;
mod error;
mod exit;
mod output;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match command::run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::problem(&error);
            error.exit().into()
        }
    }
}
