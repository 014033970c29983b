//! The shell around [`keybound_authority::grant::code`]: read, decide, apply.

use keybound_authority::{
    Refusal,
    grant::{
        Verdict,
        code::{self, Found, Redemption},
    },
    model::{client::GrantKind, digest::CodeDigest},
};
use keybound_crypto::AwsLc;
use keybound_proto::{jose::Digest as _, request::token::CodeRequest, response::token::TokenResponse};
use keybound_store::{Batch, ledger::codes};

use super::redeeming::{Drawn, Read, Redeeming, Refused, TRIES};

const GRANT: GrantKind = GrantKind::AuthorizationCode;

/// Redeems a code; of any number that try at once, one gets tokens.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &CodeRequest) -> Result<TokenResponse, Refused> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[request.code.reveal().as_bytes()]));
    let next = Drawn::new();
    let sent = Redemption {
        redirect_uri: request.redirect_uri.as_deref(),
        verifier: request.verifier.as_ref(),
        next: next.digest,
    };
    for _ in 0..TRIES {
        let found = codes::find(store, tenant, &digest).await?;
        let read = read(by, &found, request).await?;
        let verdict = code::redeem(found, &sent, &by.around(&read), &AwsLc);
        let conflict = match verdict.map_err(|refusal| Refused::grant(GRANT, refusal))? {
            Verdict::Issue(issue) => {
                let mut batch = Batch::new();
                codes::spend(&mut batch, tenant, &digest, by.now);
                let refresh_token = by.first_refresh_token(&mut batch, &issue, &next);
                by.record_issue(&mut batch, &issue);
                let tokens = by.mint(&issue, &read, refresh_token).await?;
                match store.apply(batch).await {
                    Ok(()) => return Ok(tokens),
                    Err(error) => error,
                }
            }
            Verdict::RevokeFamily { family, refusal } => {
                match by.revoke_family(&family, GRANT, refusal).await {
                    Ok(refused) => return Err(refused),
                    Err(error) => error,
                }
            }
            Verdict::Spend { refusal } => {
                let mut batch = Batch::new();
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
    let read = by.read(code.audience.as_ref(), &code.subject, code.organization.as_ref()).await?;
    Ok(by.within(read, code.organization.as_ref(), (&code.subject, &code.connection)).await?)
}
