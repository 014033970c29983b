//! The whole of it for an app with a browser beside it: away, back, redeemed, checked.

use std::time::Duration;

use keybound_proto::{jose::Verify, token::id::IdClaims, uri::RedirectUri};

use super::{Ask, Chance, CodeFlow, Loopback};
use crate::{Ambient, Client, ClientError, Tokens, discovery, drive, http::Http};

/// Logs a user in through their browser, which `open` opens at the address it is given.
///
/// `ask` learns where the user will come back to, on a port that is free now. The ID token is checked with the
/// server's keys as they are after it was issued.
pub async fn log_in<H: Http, A: Ambient>(
    client: &Client,
    ask: impl FnOnce(RedirectUri) -> Ask,
    (http, ambient): (&H, &A),
    backend: &impl Verify,
    open: impl FnOnce(&str),
) -> Result<(Tokens, Option<IdClaims>), ClientError> {
    let loopback = Loopback::bind().await?;
    let ask = ask(loopback.redirect_uri().clone());
    let chance = Chance { state: ambient.entropy(), nonce: ambient.entropy(), verifier: ambient.entropy() };
    let flow = CodeFlow::begin(client, &ask, &chance, backend)?;
    open(flow.url());
    let query = loopback.wait(PATIENCE).await?;
    let tokens = drive(flow.come_back(client, query.reveal())?, http, ambient).await?;
    if tokens.id_token.is_none() {
        let claims = flow.check(client, &tokens, (&Default::default(), backend), ambient.now())?;
        return Ok((tokens, claims));
    }
    let keys = discovery::keys(client.metadata(), http).await?;
    let claims = flow.check(client, &tokens, (&keys, backend), ambient.now())?;
    Ok((tokens, claims))
}

/// How long a person may take to log in.
const PATIENCE: Duration = Duration::from_secs(600);
