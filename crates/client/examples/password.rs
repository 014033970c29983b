//! A person tells this program their password, which RFC 9700 §2.4 forbids: for what cannot be changed yet. Set
//! `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` and `AUTH0_SCOPE`; name and password are two lines typed in.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, io};

use keybound_client::{
    Config, System, drive,
    http::{Limits, Web},
    proto::{request::token::PasswordRequest, secret::Secret},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let mut typed = io::stdin().lines();
    let mut line =
        || typed.next().ok_or("two lines are needed: name and password")?.map_err(Box::<dyn Error>::from);
    let (username, password) = (line()?, Secret::new(line()?));
    let request = PasswordRequest { scopes: config.scopes, ..PasswordRequest::new(username, password) };
    let tokens = drive(client.password_despite_rfc_9700(request), &http, &System).await?;
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
