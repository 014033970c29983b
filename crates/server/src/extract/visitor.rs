//! Who is at the browser: the session its cookie opens, and where it asks from.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use http::header;
use keybound_authority::{
    event::Sender,
    model::{digest::SessionDigest, session::Session},
};
use keybound_crypto::AwsLc;
use keybound_proto::jose::Digest as _;
use keybound_store::ledger::sessions;

use super::{
    address,
    cookies::{Cookie, Cookies},
};
use crate::{
    app::{App, sender},
    failure::Failure,
    login::{same_site::Sent, transaction::Browser},
};

/// A browser with a person before it.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Their session, if they are signed in.
    pub(crate) session: Option<Session>,
    /// What binds what they are in the middle of to their browser.
    pub(crate) browser: Option<Browser>,
    /// Where they are.
    pub(crate) from: Sender,
    /// Which page sent the request.
    pub(crate) sent: Sent,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let cookies = Cookies::at(&app.tenant.issuer);
        let session = match cookies.read(&parts.headers, Cookie::Session) {
            Some(secret) => session(app, secret).await?,
            None => None,
        };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self {
            session,
            browser: cookies.read(&parts.headers, Cookie::Browser).and_then(Browser::parse),
            from: sender(address(parts, &app.config.trusted_proxies), agent),
            sent: Sent::of(&parts.headers, app.tenant.issuer.origin()),
        })
    }
}

/// What the cookie keeps is hashed: who reads our database cannot sign in with it.
pub(crate) fn session_digest(secret: &str) -> SessionDigest {
    SessionDigest::from_bytes(AwsLc.sha256(&[secret.as_bytes()]))
}

async fn session(app: &App, secret: &str) -> Result<Option<Session>, Failure> {
    let found = sessions::find(&app.store, &app.tenant.id, &session_digest(secret)).await?;
    let now = app.clock.now();
    Ok(found.filter(|session| session.is_live(now)))
}
