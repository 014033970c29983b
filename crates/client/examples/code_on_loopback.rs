//! A person logs in through the browser, and comes back to this machine (RFC 8252 §7.3). Set `AUTH0_DOMAIN`,
//! `AUTH0_CLIENT_ID` and `AUTH0_SCOPE` (with `openid` among them).
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;

use keybound_client::{
    Config, System,
    crypto::AwsLc,
    flow::{Ask, log_in},
    http::{Limits, Web},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let scopes = config.scopes.unwrap_or_default();
    let ask = |back| Ask { audience: config.audience, ..Ask::new(back, scopes) };
    let open = |url: &str| println!("open: {url}");
    let (tokens, person) = log_in(&client, ask, (&http, &System), &AwsLc, open).await?;
    println!("bound: {}", tokens.is_bound());
    println!("person: {}", person.ok_or("no ID token was asked for")?.subject);
    Ok(())
}
