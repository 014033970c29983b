//! A client of the Model Context Protocol that is asked for authorization, and gets it: from the server's challenge to
//! its description, to whoever issues its tokens, to a name there, to the tokens, and up to more scopes when a tool
//! wants them. Nothing of it is known before but the server's address.
//!
//! `mcp_authorization [--bearer] URL` lists the tools of the server at `URL` and calls the first one. Tokens are bound
//! to a key; `--bearer` says that they are not, for servers that cannot bind them.
//!
//! The suite `mcp` drives it with npm `@modelcontextprotocol/conformance`; [`Credentials`] says what it reads of that.
#![expect(clippy::print_stdout, reason = "a program for people")]

mod access;
mod credentials;
mod protocol;

use std::{env, error::Error};

use keybound_client::{
    Dpop, DpopKey,
    http::{Limits, Web},
};

use crate::{access::Access, credentials::Credentials, protocol::Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut dpop = Dpop::On(DpopKey::generate()?);
    let mut url = None;
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--bearer" => dpop = Dpop::OffAndTokensCanBeStolen,
            _ => url = Some(argument),
        }
    }
    let url = url.ok_or("usage: mcp_authorization [--bearer] URL")?;
    let http = Web::new(Limits::default())?;
    let access = Access::new(url, http, Credentials::from_env()?, dpop);
    let mut server = Server::new(access);
    server.begin().await?;
    let tools = server.tools().await?;
    println!("tools: {}", tools.join(", "));
    if let Some(tool) = tools.first() {
        println!("{tool}: {}", server.call(tool).await?);
    }
    Ok(())
}
