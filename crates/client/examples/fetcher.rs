//! A service calls an API: `cargo run -p keybound-client --example fetcher -- https://api.example/orders`. Set
//! `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` and `AUTH0_AUDIENCE`.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, sync::Arc};

use keybound_client::{
    Config,
    http::{Limits, Web},
    session::{MemoryStore, Session},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("name the address to get")?;
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let session = Session::of_machine(client, http, Arc::new(MemoryStore::default()));
    let api = session.fetcher(&url)?.wanting(config.want());
    let response = api.get("").send().await?;
    println!("status: {}", response.status());
    println!("body: {}", response.text().await?);
    Ok(())
}
