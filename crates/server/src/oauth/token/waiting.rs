//! The shell around [`keybound_authority::grant::device`], for devices and for clients that had somebody called: read,
//! decide, apply.

use keybound_authority::{
    Refusal,
    grant::{
        Verdict,
        code::Found as Answer,
        device::{self, Found, Progress},
    },
    model::client::GrantKind,
};
use keybound_proto::{
    id::ClientId,
    request::token::{CibaRequest, DeviceRequest},
    response::token::TokenResponse,
};
use keybound_store::{Batch, ledger::codes};

use super::redeeming::{Drawn, Read, Redeeming, Refused, TRIES};
use crate::{
    failure::{Failure, Reason},
    oauth::waiting::WaitingName,
};

/// Redeems a device code, once its user said yes (RFC 8628 §3.4).
pub(super) async fn device(by: &Redeeming<'_>, request: &DeviceRequest) -> Result<TokenResponse, Refused> {
    redeem(by, GrantKind::DeviceCode, WaitingName::of(&request.device_code)).await
}

/// Redeems a call, once whoever was called said yes (CIBA Core §10.1).
pub(super) async fn call(by: &Redeeming<'_>, request: &CibaRequest) -> Result<TokenResponse, Refused> {
    redeem(by, GrantKind::Ciba, WaitingName::of_call(&request.auth_req_id)).await
}

/// Of any number that try at once, one gets tokens.
async fn redeem(by: &Redeeming<'_>, grant: GrantKind, name: WaitingName) -> Result<TokenResponse, Refused> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let refused = |refusal| refused(grant, refusal);
    let digest = name.digest();
    let next = Drawn::new();
    for _ in 0..TRIES {
        let found = find(by, grant, &name).await?;
        let read = read(by, &found).await?;
        let conflict = match device::redeem(grant, found, next.digest, &by.around(&read)).map_err(refused)? {
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
                match by.revoke_family(&family, grant, refusal).await {
                    Ok(refused) => return Err(refused),
                    Err(error) => error,
                }
            }
            Verdict::Spend { refusal } => return Err(refused(refusal)),
        };
        if conflict.conflict().is_none() {
            return Err(conflict.into());
        }
    }
    Err(Refused::contended())
}

/// What is known of the code. Who asks too fast learns nothing else, and what is over is said once.
async fn find(by: &Redeeming<'_>, grant: GrantKind, name: &WaitingName) -> Result<Found, Refused> {
    let (app, now) = (by.app, by.now);
    let waiting = name.find(app, now).await?;
    let own = waiting.as_ref().filter(|waiting| waiting.client() == by.client.id.as_str());
    let progress = own.map(|waiting| waiting.progress(now));
    let answer = codes::find(&app.store, &app.tenant.id, &name.digest()).await?;
    if answer != Answer::Unknown {
        return Ok(Found::Answered(Box::new(answer)));
    }
    if progress == Some(Progress::Pending) {
        name.pace(app, now).await.map_err(|failure| quietly(grant, failure))?;
    }
    let Some(waiting) = waiting else { return Ok(Found::Unknown) };
    if progress == Some(Progress::Expired) && !name.forget(app, now).await? {
        return Ok(Found::Unknown);
    }
    let client = ClientId::parse(waiting.client()).map_err(|_| refused(grant, Refusal::UnknownGrant))?;
    Ok(Found::Asked { client, progress: waiting.progress(now) })
}

async fn read(by: &Redeeming<'_>, found: &Found) -> Result<Read, Refused> {
    let Found::Answered(answer) = found else { return Ok(Read::default()) };
    let Some(code) = answer.code() else { return Ok(Read::default()) };
    let read = by.read(code.audience.as_ref(), &code.subject, code.organization.as_ref()).await?;
    Ok(by.within(read, code.organization.as_ref(), (&code.subject, &code.connection)).await?)
}

/// That somebody still waits is no event.
fn refused(grant: GrantKind, refusal: Refusal) -> Refused {
    let recorded = refusal == Refusal::NotAnswered;
    Refused { recorded, ..Refused::grant(grant, refusal) }
}

/// Nor is haste.
fn quietly(grant: GrantKind, failure: Failure) -> Refused {
    let failure = match failure.reason() {
        Reason::Refusal(refusal) => Reason::Grant { grant, refusal: refusal.clone() }.into(),
        _ => failure,
    };
    Refused { failure, recorded: true }
}
