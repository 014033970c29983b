//! A client of the Model Context Protocol that is asked for authorization, and gets it: from the server's challenge to
//! its description, to whoever issues its tokens, to a name there, to the tokens, and up to more scopes when a tool
//! wants them. Nothing of it is known before but the server's address.
//!
//! `mcp_authorization [--bearer] URL` lists the tools of the server at `URL` and calls the first one. Tokens are bound
//! to a key; `--bearer` says that they are not, for servers that cannot bind them. Without DPoP only this file differs.
//!
//! The suite `mcp` drives it with npm `@modelcontextprotocol/conformance`; what that tells it is read here.
#![expect(clippy::print_stdout, reason = "a program for people")]

mod access;
mod credentials;
mod protocol;

use std::{env, error::Error};

use keybound_client::{
    Dpop, DpopKey,
    http::{Limits, Web},
};

use crate::{
    access::Access,
    credentials::{Credentials, browse, walk},
    protocol::Server,
};

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
    let credentials = Credentials::read(told("MCP_CONFORMANCE_CONTEXT").as_deref())?;
    let browser = if told("MCP_CONFORMANCE_SCENARIO").is_some() { walk } else { browse };
    let access = Access::new((url, http), (credentials, browser), dpop);
    let revision = told("MCP_CONFORMANCE_PROTOCOL_VERSION");
    let mut server = Server::new(access, revision.unwrap_or_else(|| "2025-11-25".to_owned()));
    server.begin().await?;
    let tools = server.tools().await?;
    println!("tools: {}", tools.join(", "));
    if let Some(tool) = tools.first() {
        println!("{tool}: {}", server.call(tool).await?);
    }
    Ok(())
}

/// What the suite says by the environment.
#[expect(clippy::disallowed_methods, reason = "the example's configuration is read here alone")]
fn told(name: &str) -> Option<String> {
    env::var(name).ok()
}
