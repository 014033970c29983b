//! Somebody the server trusts has signed a statement about a user (RFC 7523 §2.1), and it is redeemed for a bound token.
//! Set `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_SCOPE`; the statement, a JWT, is typed in.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, io};

use keybound_client::{
    Config, System, drive,
    http::{Limits, Web},
    proto::{request::token::AssertionRequest, secret::Secret},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let assertion = Secret::new(io::stdin().lines().next().ok_or("one line is needed: a JWT")??);
    let request = AssertionRequest { assertion, scopes: config.scopes, resources: Vec::new() };
    let tokens = drive(client.assertion(request), &http, &System).await?;
    println!("bound: {}, good for: {}", tokens.is_bound(), tokens.scopes.unwrap_or_default());
    Ok(())
}
