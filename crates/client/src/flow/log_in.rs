//! The whole of it for an app with a browser beside it: away, back, redeemed, checked.

use std::time::Duration;

use keybound_proto::{
    jose::{KeySet, Verify},
    token::id::IdClaims,
    uri::RedirectUri,
};

use super::{Ask, Chance, CodeFlow, Loopback, open_browser};
use crate::{Ambient, Client, ClientError, Tokens, discovery, drive, http::Http};

/// Logs a user in through their browser, which `open` opens at the address it is given.
///
/// `ask` learns where the user will come back to, on a port that is free now. The request is pushed or signed where
/// the client or the server wants that. The ID token is checked with the server's keys as they are after it was
/// issued. Nothing is printed.
pub async fn log_in<H: Http, A: Ambient>(
    client: &Client,
    ask: impl FnOnce(RedirectUri) -> Ask,
    (http, ambient): (&H, &A),
    backend: &impl Verify,
    open: impl FnOnce(&str),
) -> Result<(Tokens, Option<IdClaims>), ClientError> {
    let open = |url: &str| {
        open(url);
        Ok(())
    };
    through(client, ask, (http, ambient), backend, open).await
}

/// Logs a user in through the browser of this machine, which is opened here.
///
/// ```no_run
/// # use keybound_client::{Client, ClientError, System, http::Web, proto::scope::Scopes};
/// use keybound_client::{crypto::AwsLc, flow::{Ask, log_in_by_browser}};
///
/// # async fn example(client: Client, http: Web, scopes: Scopes) -> Result<(), ClientError> {
/// let ask = |redirect_uri| Ask::new(redirect_uri, scopes);
/// let (tokens, claims) = log_in_by_browser(&client, ask, (&http, &System), &AwsLc).await?;
/// if let Some(claims) = claims {
///     println!("{} is logged in", claims.subject);
/// }
/// # let _ = tokens;
/// # Ok(())
/// # }
/// ```
pub async fn log_in_by_browser<H: Http, A: Ambient>(
    client: &Client,
    ask: impl FnOnce(RedirectUri) -> Ask,
    (http, ambient): (&H, &A),
    backend: &impl Verify,
) -> Result<(Tokens, Option<IdClaims>), ClientError> {
    through(client, ask, (http, ambient), backend, open_browser).await
}

async fn through<H: Http, A: Ambient>(
    client: &Client,
    ask: impl FnOnce(RedirectUri) -> Ask,
    (http, ambient): (&H, &A),
    backend: &impl Verify,
    open: impl FnOnce(&str) -> Result<(), ClientError>,
) -> Result<(Tokens, Option<IdClaims>), ClientError> {
    let loopback = Loopback::bind().await?;
    let ask = ask(loopback.redirect_uri().clone());
    let chance = Chance { state: ambient.entropy(), nonce: ambient.entropy(), verifier: ambient.entropy() };
    let flow = CodeFlow::begin(client, &ask, &chance, backend)?;
    open(&flow.depart(client, (http, ambient)).await?)?;
    let query = loopback.wait_for(&flow, PATIENCE).await?;
    let exchange = if flow.wants_signed() {
        let keys = discovery::keys(client.metadata(), http).await?;
        flow.come_back_signed(client, query.reveal(), (&keys, backend), ambient.now())?
    } else {
        flow.come_back(client, query.reveal())?
    };
    let tokens = drive(exchange, http, ambient).await?;
    let keys = match tokens.id_token {
        None => KeySet::default(),
        Some(_) => discovery::keys(client.metadata(), http).await?,
    };
    let claims = flow.check(client, &tokens, (&keys, backend), ambient.now())?;
    Ok((tokens, claims))
}

/// How long a person may take to log in.
const PATIENCE: Duration = Duration::from_secs(600);
