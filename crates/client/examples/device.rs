//! A device without a browser logs in by another one (RFC 8628). Set `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_SCOPE`.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;

use keybound_client::{
    Config, System, drive,
    flow::DeviceAsk,
    http::{Limits, Web},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let scopes = config.scopes.unwrap_or_default();
    let ask = DeviceAsk { scopes, audience: config.audience, ..DeviceAsk::default() };
    let flow = drive(client.device(&ask)?, &http, &System).await?;
    println!("code: {}", flow.told().user_code);
    println!("open: {}", flow.told().verification_uri);
    let tokens = flow.wait(&http, &System).await?;
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
