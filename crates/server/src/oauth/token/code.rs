//! The shell around [`keybound_authority::grant::code`]: read, decide, apply.

use keybound_authority::{
    Refusal,
    grant::{
        Issue, Refresh, Verdict,
        code::{self, Found, Redemption},
    },
    model::{
        client::GrantKind,
        digest::{CodeDigest, RefreshDigest},
    },
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    jose::Digest as _, request::token::CodeRequest, response::token::TokenResponse, secret::Secret,
};
use keybound_store::{
    Batch,
    ledger::{codes, refresh_tokens},
};

use super::redeeming::{Read, Redeeming, Refused, TRIES};
use crate::{failure::Failure, registered};

const GRANT: GrantKind = GrantKind::AuthorizationCode;

/// Redeems a code; of any number that try at once, one gets tokens.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &CodeRequest) -> Result<TokenResponse, Refused> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[request.code.reveal().as_bytes()]));
    let next = Secret::new(entropy::token::<32>());
    let sent = Redemption {
        redirect_uri: request.redirect_uri.as_deref(),
        verifier: request.verifier.as_ref(),
        next: RefreshDigest::from_bytes(AwsLc.sha256(&[next.reveal().as_bytes()])),
    };
    for _ in 0..TRIES {
        let found = codes::find(store, tenant, &digest).await?;
        let read = read(by, &found, request).await?;
        let verdict = code::redeem(found, &sent, &by.around(&read), &AwsLc);
        let mut batch = Batch::new();
        let conflict = match verdict.map_err(|refusal| Refused::grant(GRANT, refusal))? {
            Verdict::Issue(issue) => {
                codes::spend(&mut batch, tenant, &digest, by.now);
                let refresh_token = first_refresh_token(&mut batch, by, &issue, &next);
                by.record_issue(&mut batch, &issue);
                let tokens = by.mint(&issue, &read, refresh_token).await?;
                match store.apply(batch).await {
                    Ok(()) => return Ok(tokens),
                    Err(error) => error,
                }
            }
            Verdict::RevokeFamily { family, refusal } => {
                refresh_tokens::revoke_family(&mut batch, tenant, &family, by.now);
                match by.take_back(batch, GRANT, refusal).await {
                    Ok(refused) => return Err(refused),
                    Err(error) => error,
                }
            }
            Verdict::Spend { refusal } => {
                codes::spend(&mut batch, tenant, &digest, by.now);
                match by.take_back(batch, GRANT, refusal).await {
                    Ok(refused) => return Err(refused),
                    Err(error) => error,
                }
            }
        };
        if conflict.conflict().is_none() {
            return Err(conflict.into());
        }
    }
    Err(Refused::contended())
}

async fn read(by: &Redeeming<'_>, found: &Found, request: &CodeRequest) -> Result<Read, Refused> {
    let Some(code) = found.code() else { return Ok(Read::default()) };
    // RFC 8707 §2.2: what is asked for now must be what was granted then.
    let other = |resource: &keybound_proto::uri::Resource| {
        code.audience.as_ref().is_none_or(|audience| audience.as_str() != resource.as_str())
    };
    if request.resources.iter().any(other) {
        return Err(Refused::grant(GRANT, Refusal::AudienceChanged));
    }
    let audience = match &code.audience {
        Some(name) => registered::audience(by.app, name).await.map_err(Failure::from)?,
        None => None,
    };
    Ok(Read { audience, user: registered::user(by.app, &code.subject).await? })
}

fn first_refresh_token(
    batch: &mut Batch,
    by: &Redeeming<'_>,
    issue: &Issue,
    next: &Secret<String>,
) -> Option<Secret<String>> {
    let Refresh::Issue(token) = &issue.refresh else { return None };
    refresh_tokens::issue(batch, &by.app.tenant.id, token);
    Some(next.clone())
}
