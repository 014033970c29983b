//! A partner's token is exchanged for one of ours (RFC 8693), and a session keeps it. Set `AUTH0_DOMAIN`,
//! `AUTH0_CLIENT_ID` and `AUTH0_CLIENT_SECRET`, and say in `SUBJECT_TOKEN` and `SUBJECT_TOKEN_TYPE` what is exchanged.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people, told by its environment"
)]

use std::{env, error::Error, sync::Arc};

use keybound_client::{
    Config, System, drive,
    grant::Exchanged,
    http::{Limits, Web},
    proto::{
        request::token::{ExchangeRequest, GivenToken},
        response::token::TokenKind,
        secret::Secret,
    },
    session::{MemoryStore, Session},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let kind = TokenKind::parse(&env::var("SUBJECT_TOKEN_TYPE")?);
    let subject = GivenToken { token: Secret::new(env::var("SUBJECT_TOKEN")?), kind };
    let request = ExchangeRequest { audience: config.audience.clone(), ..ExchangeRequest::of(subject) };
    let exchanged = drive(client.exchange_token(request), &http, &System).await?;
    if let Exchanged::Access { kind: Some(kind), .. } = &exchanged {
        println!("kind: {kind}");
    }
    let session = Session::of_user(client, http, Arc::new(MemoryStore::default()));
    session.keep(&config.want(), exchanged.into_tokens()?).await?;
    println!("bound: {}", session.token(&config.want()).await?.is_bound());
    Ok(())
}
