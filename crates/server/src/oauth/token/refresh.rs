//! The shell around [`keybound_authority::grant::refresh`]: read, decide, apply.

use keybound_authority::{
    Refusal,
    authorize::audience::{Named, resolve},
    grant::{
        Issue, Refresh, Verdict,
        refresh::{self, Found, Redemption, RefreshToken},
    },
    model::{
        client::{GrantKind, Rotation},
        digest::RefreshDigest,
        name::AudienceName,
        session::Session,
    },
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    jose::Digest as _, request::token::RefreshRequest, response::token::TokenResponse, secret::Secret,
};
use keybound_store::{
    Batch, StoreError,
    ledger::{
        refresh_tokens::{self, Successor},
        sessions,
    },
};

use super::redeeming::{Drawn, Read, Redeeming, Refused, TRIES};
use crate::{app::App, failure::Failure, registered};

const GRANT: GrantKind = GrantKind::RefreshToken;

/// Redeems a refresh token; of any number that try at once, one spends it and the others get its successor.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &RefreshRequest) -> Result<TokenResponse, Refused> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let digest = digest(&request.token);
    let next = Drawn::new();
    let audience = named(by, request).map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let scopes = request.scopes.clone().unwrap_or_default();
    for _ in 0..TRIES {
        let found = refresh_tokens::find(store, tenant, &digest).await?;
        let (presented, read) = (found.token().cloned(), read(by, &found, audience.as_ref()).await?);
        let grant = registered::grant_for_users(by.app, &by.client.id, read.audience.as_ref()).await?;
        let session = match &presented {
            Some(token) => session_of(by.app, token).await?,
            None => None,
        };
        let sent = Redemption {
            scopes: &scopes,
            audience: audience.as_ref(),
            grant: grant.as_ref(),
            session: session.as_ref(),
            next: next.digest,
        };
        let verdict = refresh::redeem(found, &sent, &by.around(&read));
        let failed = match (verdict.map_err(|refusal| Refused::grant(GRANT, refusal))?, presented) {
            (Verdict::Issue(issue), Some(presented)) => {
                match issued(by, &issue, &read, (&presented, &request.token), &next.token).await {
                    Ok(tokens) => return Ok(tokens),
                    Err(Stopped::Refused(refused)) => return Err(refused),
                    Err(Stopped::Store(error)) => error,
                    Err(Stopped::Overtaken) => continue,
                }
            }
            (Verdict::RevokeFamily { family, refusal }, _) => {
                match by.revoke_family(&family, GRANT, refusal).await {
                    Ok(refused) => return Err(refused),
                    Err(error) => error,
                }
            }
            (Verdict::Spend { refusal }, _) => return Err(Refused::grant(GRANT, refusal)),
            (Verdict::Issue(_), None) => return Err(Refused::grant(GRANT, Refusal::UnknownGrant)),
        };
        if failed.conflict().is_none() {
            return Err(failed.into());
        }
    }
    Err(Refused::contended())
}

/// The session a token ends with, as it is now; none where it ends with none.
pub(crate) async fn session_of(app: &App, token: &RefreshToken) -> Result<Option<Session>, StoreError> {
    match token.ends_with() {
        Some(id) => sessions::by_id(&app.store, &app.tenant.id, id).await,
        None => Ok(None),
    }
}

/// Why nothing was issued: for good, or until it is decided again.
enum Stopped {
    /// What was decided upon is not there any more: somebody was faster.
    Overtaken,
    Refused(Refused),
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure.into())
    }
}

async fn issued(
    by: &Redeeming<'_>,
    issue: &Issue,
    read: &Read,
    (presented, secret): (&RefreshToken, &Secret<String>),
    next: &Secret<String>,
) -> Result<TokenResponse, Stopped> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let mut batch = Batch::new();
    let handed = match &issue.refresh {
        Refresh::Issue(token) => {
            let successor = grace(by).map(|until| Successor { token: next, until });
            refresh_tokens::spend(&mut batch, store, (tenant, presented), successor, by.now);
            refresh_tokens::issue_after(&mut batch, tenant, token, &presented.digest);
            Some(next.clone())
        }
        Refresh::Again => match refresh_tokens::successor(store, tenant, &presented.digest, by.now).await? {
            Some((successor, _)) => Some(successor),
            None => return Err(Stopped::Overtaken),
        },
        Refresh::Keep { idle_at, .. } => {
            if presented.idle_at != *idle_at {
                refresh_tokens::touch(&mut batch, tenant, presented, *idle_at);
            }
            // auth0-spa-js forgets a refresh token that does not come back.
            by.client.is_public().then(|| secret.clone())
        }
        _ => None,
    };
    by.record_issue(&mut batch, issue);
    let tokens = by.mint(issue, read, handed).await?;
    store.apply(batch).await?;
    Ok(tokens)
}

/// Until when the spent token still brings its successor.
fn grace(by: &Redeeming<'_>) -> Option<keybound_proto::time::Timestamp> {
    match by.client.refresh.rotation {
        Rotation::Rotate { leeway } if leeway.as_secs() > 0 => Some(by.now.plus(leeway)),
        _ => None,
    }
}

fn named(by: &Redeeming<'_>, request: &RefreshRequest) -> Result<Option<AudienceName>, Refusal> {
    if request.audience.is_none() && request.resources.is_empty() {
        return Ok(None);
    }
    resolve(&Named { audience: request.audience.as_deref(), resources: &request.resources }, by.tenant)
}

async fn read(by: &Redeeming<'_>, found: &Found, named: Option<&AudienceName>) -> Result<Read, StoreError> {
    let Some(token) = found.token() else { return Ok(Read::default()) };
    let read =
        by.read(named.or(token.audience.as_ref()), &token.subject, token.organization.as_ref()).await?;
    by.within(read, token.organization.as_ref(), (&token.subject, &token.connection)).await
}

/// What is kept of a refresh token.
pub(crate) fn digest(token: &Secret<String>) -> RefreshDigest {
    RefreshDigest::from_bytes(AwsLc.sha256(&[token.reveal().as_bytes()]))
}
