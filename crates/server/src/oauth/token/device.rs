//! The shell around [`keybound_authority::grant::device`]: read, decide, apply.

use keybound_authority::{
    Refusal,
    grant::{
        Verdict,
        code::Found as Answer,
        device::{self, Found, Progress},
    },
    model::client::GrantKind,
};
use keybound_proto::{id::ClientId, request::token::DeviceRequest, response::token::TokenResponse};
use keybound_store::{Batch, ledger::codes};

use super::redeeming::{Drawn, Read, Redeeming, Refused, TRIES};
use crate::oauth::device::DeviceName;

const GRANT: GrantKind = GrantKind::DeviceCode;

/// Redeems a device code, once its user said yes; of any number that try at once, one gets tokens.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &DeviceRequest) -> Result<TokenResponse, Refused> {
    let (store, tenant) = (&by.app.store, &by.app.tenant.id);
    let name = DeviceName::of(&request.device_code);
    let digest = name.digest();
    let next = Drawn::new();
    for _ in 0..TRIES {
        let found = find(by, &name).await?;
        let read = read(by, &found).await?;
        let conflict = match device::redeem(found, next.digest, &by.around(&read)).map_err(refused)? {
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
            Verdict::Spend { refusal } => return Err(refused(refusal)),
        };
        if conflict.conflict().is_none() {
            return Err(conflict.into());
        }
    }
    Err(Refused::contended())
}

/// What is known of the code. A device that asks too fast learns nothing else, and what is over is said once.
async fn find(by: &Redeeming<'_>, name: &DeviceName) -> Result<Found, Refused> {
    let (app, now) = (by.app, by.now);
    let waiting = name.find(app, now).await?;
    let own = waiting.as_ref().filter(|waiting| waiting.client() == by.client.id.as_str());
    let progress = own.map(|waiting| waiting.progress(now));
    let answer = codes::find(&app.store, &app.tenant.id, &name.digest()).await?;
    if answer != Answer::Unknown {
        return Ok(Found::Answered(Box::new(answer)));
    }
    if progress == Some(Progress::Pending) {
        name.pace(app, now).await.map_err(quietly)?;
    }
    let Some(waiting) = waiting else { return Ok(Found::Unknown) };
    if progress == Some(Progress::Expired) && !name.forget(app, now).await? {
        return Ok(Found::Unknown);
    }
    let client = ClientId::parse(waiting.client()).map_err(|_| refused(Refusal::UnknownGrant))?;
    Ok(Found::Asked { client, progress: waiting.progress(now) })
}

async fn read(by: &Redeeming<'_>, found: &Found) -> Result<Read, Refused> {
    let Found::Answered(answer) = found else { return Ok(Read::default()) };
    let Some(code) = answer.code() else { return Ok(Read::default()) };
    let read = by.read(code.audience.as_ref(), &code.subject).await?;
    Ok(by.within(read, code.organization.as_ref(), (&code.subject, &code.connection)).await?)
}

/// That somebody still waits is no event.
fn refused(refusal: Refusal) -> Refused {
    let recorded = refusal == Refusal::DevicePending;
    Refused { recorded, ..Refused::grant(GRANT, refusal) }
}

fn quietly(failure: crate::failure::Failure) -> Refused {
    Refused { failure, recorded: true }
}
