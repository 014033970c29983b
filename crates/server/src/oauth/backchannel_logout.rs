//! Clients that took part in a session hear that it ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Who must hear is written in the batch that ends the session, and forgotten when they did: a process that dies
//! in between leaves it to the next round, here or on another machine.

use std::sync::Arc;

use keybound_authority::{
    event::{Event, EventKind},
    model::{client::Client, name::SessionId, session::Session},
};
use keybound_crypto::entropy;
use keybound_proto::{
    form::Form,
    id::{Jti, Subject},
    jose::{Alg, mint},
    time::{Lifetime, Timestamp},
    token::logout::LogoutToken,
};
use keybound_store::{
    Batch, StoreError, events,
    ledger::logout_notices::{self, LogoutNotice},
};

use crate::{app::App, registered};

/// Adds to the batch that gives a client its code: it is to hear when the session ends, if it wants to.
pub(crate) fn enlist(batch: &mut Batch, app: &App, session: &Session, client: &Client) {
    if client.backchannel_logout.is_some() {
        logout_notices::owe(batch, &app.tenant.id, session, &client.id);
    }
}

/// Adds to the batch that ends a session that everybody is to hear of it.
pub(crate) fn ended(batch: &mut Batch, app: &App, session: &SessionId, now: Timestamp) {
    logout_notices::fall_due(batch, &app.tenant.id, session, now);
}

/// The same of all sessions of a user: it stands before what ends them in the batch.
pub(crate) fn ended_all_of(batch: &mut Batch, app: &App, subject: &Subject, now: Timestamp) {
    logout_notices::fall_due_all_of(batch, &app.tenant.id, subject, now);
}

/// Tells whoever is to be told now, while nobody waits for it.
pub(crate) fn tell_soon(app: &Arc<App>) {
    let app = Arc::clone(app);
    tokio::spawn(async move { tell(&app).await });
}

/// Tells whoever is to be told now.
pub(crate) async fn tell(app: &App) {
    let now = app.clock.now();
    let taken = logout_notices::take(&app.store, &app.tenant.id, now, now.plus(PAUSE)).await;
    let told = match taken {
        Ok(notices) => {
            futures_util::future::join_all(notices.iter().map(|notice| tell_one(app, notice))).await
        }
        Err(error) => vec![Err(error)],
    };
    for error in told.into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "clients could not be told that a session ended");
    }
}

async fn tell_one(app: &App, notice: &LogoutNotice) -> Result<(), StoreError> {
    let now = app.clock.now();
    let client = registered::kept(app, &notice.client).await?;
    let address = client.and_then(|client| client.backchannel_logout);
    let told = match &address {
        Some(address) => send(app, notice, address, now).await,
        // It was deleted, or does not want to hear any more.
        None => Ok(()),
    };
    let mut batch = Batch::new();
    let kind = match (&told, &address) {
        (Ok(()), None) => None,
        (Ok(()), Some(_)) => Some(EventKind::BackchannelLogoutSucceeded),
        (Err(_), _) => Some(EventKind::BackchannelLogoutFailed),
    };
    if let Some(kind) = kind {
        let mut event = Event::new(kind, now).by(&notice.client).about(&notice.subject);
        event.session = Some(notice.session.clone());
        if let Err(problem) = &told {
            event = event.because_of("backchannel_logout", problem);
        }
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
    }
    if told.is_ok() || notice.tries >= TRIES {
        logout_notices::settle(&mut batch, &app.tenant.id, notice);
    }
    app.store.apply(batch).await.map(|_| ())
}

/// Signs the logout token and posts it (§2.4, §2.5).
async fn send(app: &App, notice: &LogoutNotice, address: &str, now: Timestamp) -> Result<(), String> {
    let token = LogoutToken {
        issuer: app.tenant.issuer.clone(),
        client_id: notice.client.clone(),
        subject: notice.subject.clone(),
        session: notice.session.to_string(),
        issued: now,
        id: Jti::parse(&entropy::token::<16>()).map_err(|error| error.to_string())?,
    };
    // As ID tokens, which every client can check.
    let key = app.keys.signer(&app.store, Alg::Rs256, now).await.map_err(|error| error.to_string())?;
    let token = mint(LogoutToken::TYP, &token, &*key).map_err(|error| error.to_string())?;
    let form = Form::new().with("logout_token", token.as_str());
    app.outbound.post(address, &form).await.map_err(|error| error.to_string())
}

/// How long after a try that failed the next may be made.
const PAUSE: Lifetime = Lifetime::seconds(30);

/// After how many tries a client is given up.
const TRIES: i64 = 3;
