//! A session renews its tokens and asks who logged in. Set `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_SCOPE` (with
//! `openid` and `offline_access` among them).
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, sync::Arc};

use keybound_client::{
    Config, System,
    crypto::AwsLc,
    flow::{Ask, log_in},
    http::{Limits, Web},
    session::{MemoryStore, Renew, Session, Want},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let scopes = config.scopes.unwrap_or_default();
    let open = |url: &str| println!("open: {url}");
    let (tokens, _) = log_in(&client, |back| Ask::new(back, scopes), (&http, &System), &AwsLc, open).await?;

    let session = Session::of_user(client, http, Arc::new(MemoryStore::default()));
    session.keep(&Want::default(), tokens.clone()).await?;
    let renewed = session.token_when(&Want::default(), Renew::Now).await?;
    println!("bound: {}", renewed.is_bound());
    println!("renewed: {}", renewed.access_token != tokens.access_token);

    let userinfo = session.client().metadata().userinfo_endpoint.clone();
    let userinfo = session.fetcher(&userinfo.ok_or("the server has no userinfo endpoint")?)?;
    println!("userinfo: {}", userinfo.get("").send().await?.text().await?);
    Ok(())
}
