//! A person is called on their own telephone, while somebody else, or nobody, sits here (CIBA). Set `AUTH0_DOMAIN`,
//! `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` and `AUTH0_SCOPE`; the argument is the person's `sub`.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;

use keybound_client::{
    Config, System, drive,
    flow::{CibaAsk, CibaHint},
    http::{Limits, Web},
    proto::id::Subject,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let person = Subject::parse(&std::env::args().nth(1).ok_or("name the person by their sub")?)?;
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let (scopes, message) = (config.scopes.unwrap_or_default(), "42-17");
    let ask =
        CibaAsk { scopes, binding_message: Some(message.into()), ..CibaAsk::new(CibaHint::Subject(person)) };
    let polling = drive(client.ciba(&ask)?, &http, &System).await?;
    println!("message: {message}");
    let tokens = polling.wait(&http, &System).await?;
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
