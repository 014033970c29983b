//! What each command does.

mod dev;
mod log;
mod proof;
mod serve;

use crate::{
    args::{Arguments, Command, Proof},
    error::Failure,
    exit::Exit,
};

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Proof(Proof::Explain(arguments)) => proof::explain(&arguments),
    }
}
