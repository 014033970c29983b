//! What each command does.

mod administer;
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
        Command::Api(arguments) => administer::api(&arguments),
        Command::Apis(arguments) => administer::apis(&arguments),
        Command::Apps(arguments) => administer::applications(&arguments),
        Command::Users(arguments) => administer::users(&arguments),
        Command::Roles(arguments) => administer::roles(&arguments),
        Command::Connections(arguments) => administer::connections(&arguments),
        Command::Grants(arguments) => administer::grants(&arguments),
        Command::Logs(arguments) => administer::logs(&arguments),
        Command::Test(test) => administer::test(&test),
        Command::Apply(arguments) => administer::apply(&arguments),
        Command::Export(arguments) => administer::export(&arguments),
        Command::Tenant(arguments) => administer::tenant(&arguments),
        Command::Proof(Proof::Explain(arguments)) => proof::explain(&arguments),
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    }
}
