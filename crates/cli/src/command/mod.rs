//! What each command does.

mod asking;
mod call;
mod completions;
mod dev;
mod discover;
mod kept;
mod keys;
mod log;
mod logged_in;
mod login;
mod logout;
mod proof;
mod saying;
mod serve;
mod token;
mod whoami;

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
        Command::Login(arguments) => login::run(&arguments),
        Command::Logout(arguments) => logout::run(&arguments),
        Command::Whoami(arguments) => whoami::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Call(arguments) => call::run(&arguments),
        Command::Discover(arguments) => discover::run(&arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Proof(Proof::Explain(arguments)) => proof::explain(&arguments),
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    }
}
