//! A service asks on its own behalf (RFC 6749 §4.4). Set `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` and
//! `AUTH0_AUDIENCE`, then `cargo run -p keybound-client --example client_credentials`.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, sync::Arc};

use keybound_client::{
    Config,
    http::{Limits, Web},
    session::{MemoryStore, Session},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let session = Session::of_machine(client, http, Arc::new(MemoryStore::default()));
    let tokens = session.token(&config.want()).await?;
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
