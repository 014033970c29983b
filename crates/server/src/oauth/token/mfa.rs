//! A sign-in in two halves: stopped when the second factor is owed, finished when it is shown (Auth0's MFA grants).

use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    grant::mfa::{self, Waiting},
    login::factor::Owed,
    model::{client::GrantKind, digest::MfaDigest, factor::FactorKind},
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    form::FormError,
    jose::Digest as _,
    request::token::{MfaRequest, SecondFactor},
    response::{mfa::MfaRequirements, token::TokenResponse},
    secret::Secret,
};
use keybound_store::{Batch, StoreError, events, ledger::mfa_tokens};

use super::{
    in_person::{Asked, Person},
    redeeming::{Read, Redeeming, Refused},
};
use crate::{
    factor::{Code, LetterFor, Showing, used_by_another},
    failure::{Failure, Reason, Second},
};

/// What names a sign-in that waits for its second factor (`mfa_token`).
pub(crate) struct MfaToken(Secret<String>);

impl MfaToken {
    /// A new one: 256 bits.
    pub(super) fn draw() -> Self {
        Self(Secret::new(entropy::token::<32>()))
    }

    /// One that was shown.
    pub(crate) const fn shown(text: Secret<String>) -> Self {
        Self(text)
    }

    /// What is kept of it.
    pub(crate) fn digest(&self) -> MfaDigest {
        MfaDigest::from_bytes(AwsLc.sha256(&[self.0.reveal().as_bytes()]))
    }
}

/// Stops a sign-in, and says how it goes on. Nothing is granted; what was used up for the first factor is.
pub(super) async fn stop(
    by: &Redeeming<'_>,
    (name, waiting): (&MfaToken, &Waiting),
    owed: &Owed,
    mut batch: Batch,
) -> Result<Refused, Refused> {
    let (store, tenant, refusal) = (&by.app.store, &by.app.tenant.id, Refusal::FactorOwed);
    mfa_tokens::stop(&mut batch, tenant, waiting);
    let kind = EventKind::refused(waiting.grant, &refusal);
    let event = event(by, kind).about(&waiting.subject).because(&refusal);
    events::record(&mut batch, store, tenant, &event);
    store.apply(batch).await?;
    let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let requirements = match owed {
        Owed::Enrol(kinds) => MfaRequirements { enroll: names(kinds), challenge: Vec::new() },
        _ => MfaRequirements { enroll: Vec::new(), challenge: names(owed.kinds()) },
    };
    let failure = Failure::from(Reason::Grant { grant: waiting.grant, refusal });
    let failure = failure.going_on(Second { token: name.0.clone(), requirements });
    Ok(Refused { failure, recorded: true })
}

/// Finishes it. A wrong code leaves it waiting; of any number that finish it at once, one gets tokens.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &MfaRequest) -> Result<TokenResponse, Refused> {
    let name = MfaToken::shown(request.mfa_token.clone());
    let sent_for;
    let code = match &request.factor {
        SecondFactor::Otp(digits) => Code::Otp(digits),
        SecondFactor::RecoveryCode(code) => Code::Recovery(code),
        SecondFactor::Oob { code, binding_code } => {
            // What is confirmed on a telephone would go without; nothing is, here.
            let typed = binding_code.as_ref().ok_or(FormError::Missing("binding_code"))?;
            sent_for = LetterFor::sign_in(&name.digest(), code);
            Code::Letter(typed, &sent_for)
        }
        _ => return Err(Refusal::UnsupportedGrant.into()),
    };
    let grant = mfa::grant(code.kind());
    let refused = |refusal| Refused::grant(grant, refusal);
    let tenant = &by.app.tenant.id;
    let found = mfa_tokens::find(&by.app.store, tenant, &name.digest()).await?;
    let read = match &found {
        Some(waiting) => by.read(waiting.audience.as_ref(), &waiting.subject, None).await?,
        None => Read::default(),
    };
    let waiting = mfa::admit(found, code.kind(), &by.around(&read)).map_err(refused)?;
    let Some(user) = read.user else { return Err(refused(Refusal::Revoked)) };
    // What could be asked for ten minutes ago may be forbidden by now.
    let asked = Asked::again(by, &waiting, grant).await?;
    let admitted = asked.admit(by)?;
    let showing =
        Showing { app: by.app, subject: &waiting.subject, event: event(by, EventKind::FactorShown) };
    let shown = showing.show(code).await.map_err(|failure| by_grant(grant, failure))?;
    let mut batch = Batch::new();
    mfa_tokens::finish(&mut batch, tenant, &waiting.digest);
    shown.use_up(by.app, &mut batch)?;
    let person = Person { signed_in: waiting.signed_in(), user, owed: Owed::Nothing };
    let mut tokens = asked.issue(by, admitted, person, batch).await?;
    tokens.recovery_code = shown.next_code().cloned();
    Ok(tokens)
}

/// What to say when another request was faster.
pub(super) fn refused(error: &StoreError) -> Option<Refusal> {
    match error.conflict() {
        Some(mfa_tokens::UNFINISHED) => Some(Refusal::UnknownGrant),
        _ => used_by_another(error),
    }
}

/// A refusal, told as one of the grant.
fn by_grant(grant: GrantKind, failure: Failure) -> Refused {
    match failure.reason() {
        Reason::Refusal(refusal) => Refused::grant(grant, refusal.clone()),
        _ => failure.into(),
    }
}

fn event(by: &Redeeming<'_>, kind: EventKind) -> Event {
    let mut event = Event::new(kind, by.now).by(&by.client.id).from(by.from.clone());
    event.thumbprint = by.held.map(|held| *held.thumbprint());
    event
}
