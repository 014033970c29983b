//! The key that outlives the process is in `AUTH0_DPOP_PRIVATE_KEY` and `AUTH0_DPOP_PUBLIC_KEY`, as for `nextjs-auth0`;
//! the rest is as in `client_credentials`.
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
    println!("thumbprint: {}", client.key().ok_or("there is no key")?.thumbprint());
    let session = Session::of_machine(client, http, Arc::new(MemoryStore::default()));
    let tokens = session.token(&config.want()).await?;
    println!("bound to: {}", tokens.bound_to.ok_or("the token is not bound")?);
    Ok(())
}
