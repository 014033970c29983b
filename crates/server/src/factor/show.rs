//! Showing a second factor: the throttle first, then the code, then what uses it up.

use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    login::factor::{Owed, WINDOW, admit, take},
    model::{
        digest::RecoveryDigest,
        factor::{Authenticator, FactorKind, Factors, Wanted},
    },
};
use keybound_crypto::totp::{TotpKey, recovery_code};
use keybound_proto::{id::Subject, secret::Secret};
use keybound_store::{Batch, FleetingKey, StoreError, events, ledger::authenticators};

use super::{
    enrol::{along, digest},
    letter::{self, LetterFor},
    owing,
};
use crate::{app::App, failure::Failure, tenant_log::record_alone};

/// Somebody who is about to show a second factor.
pub(crate) struct Showing<'a> {
    pub(crate) app: &'a App,
    /// Who showed their first factor.
    pub(crate) subject: &'a Subject,
    /// Who asks, from where, and when; its kind is set here.
    pub(crate) event: Event,
}

/// What they show.
#[derive(Clone, Copy)]
pub(crate) enum Code<'a> {
    /// The digits of an authenticator.
    Otp(&'a Secret<String>),
    /// The code of a letter, and what that was for.
    Letter(&'a Secret<String>, &'a LetterFor),
    /// The code that was kept.
    Recovery(&'a Secret<String>),
}

/// A code that was right. Nothing is used up yet.
pub(crate) struct Shown {
    event: Event,
    used: Used,
}

enum Used {
    /// What it is enrolled by, if it is the first that they show.
    Letter {
        enrolled: Option<Authenticator>,
    },
    Otp {
        authenticator: Authenticator,
        step: i64,
    },
    Recovery {
        subject: Subject,
        used: RecoveryDigest,
        next: Secret<String>,
    },
}

impl Code<'_> {
    /// Of which kind of factor.
    pub(crate) const fn kind(self) -> FactorKind {
        match self {
            Self::Otp(_) => FactorKind::Otp,
            Self::Letter(..) => FactorKind::Email,
            Self::Recovery(_) => FactorKind::RecoveryCode,
        }
    }
}

impl Showing<'_> {
    /// Looks at a code. A wrong one is recorded and counted for the user, wherever it came from.
    pub(crate) async fn show(self, code: Code<'_>) -> Result<Shown, Failure> {
        let owed = owing(self.app, self.subject, Factors::One, Wanted::Always).await?;
        if !owed.kinds().contains(&code.kind()) {
            return Err(Refusal::NotEnrolled.into());
        }
        self.look(code, &owed).await
    }

    /// The same of digits that nobody asks for: those of what is being set up.
    pub(crate) async fn set_up(self, digits: &Secret<String>) -> Result<Shown, Failure> {
        self.look(Code::Otp(digits), &Owed::Nothing).await
    }

    async fn look(self, code: Code<'_>, owed: &Owed) -> Result<Shown, Failure> {
        let (app, now) = (self.app, self.event.at);
        let tries = tries(self.subject);
        // Counted before it is known whether it is wrong: of many at once, only so many are looked at.
        let wrong = app.fleeting.count(&tries, WINDOW, now).await?.saturating_sub(1);
        let used = match admit(wrong) {
            Ok(()) => self.judge(code, owed).await?,
            Err(refusal) => Err(refusal),
        };
        match used {
            Ok(used) => {
                app.fleeting.uncount(&tries, WINDOW, now).await?;
                Ok(Shown { event: self.event.about(self.subject), used })
            }
            Err(refusal) => {
                let kind = failed(code.kind(), &refusal);
                let event = Event { kind, ..self.event }.about(self.subject).because(&refusal);
                record_alone(app, &event).await;
                Err(refusal.into())
            }
        }
    }

    async fn judge(&self, code: Code<'_>, owed: &Owed) -> Result<Result<Used, Refusal>, Failure> {
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        match code {
            Code::Otp(digits) => {
                let found = authenticators::otp(store, tenant, self.subject).await?;
                let Some((authenticator, key)) = found else { return Ok(Err(Refusal::NotEnrolled)) };
                let step = TotpKey::from_bytes(key).find(digits.reveal().trim(), self.event.at);
                Ok(take(&authenticator, step).map(|step| Used::Otp { authenticator, step }))
            }
            Code::Letter(typed, sent_for) => {
                let now = self.event.at;
                if let Err(refusal) = letter::spend(self.app, (self.subject, sent_for), typed, now).await? {
                    return Ok(Err(refusal));
                }
                let first = matches!(owed, Owed::Enrol(_));
                let enrolled = first.then(|| letter::authenticator(self.subject, now)).transpose()?;
                Ok(Ok(Used::Letter { enrolled }))
            }
            Code::Recovery(code) => {
                let used = digest(code);
                if !authenticators::has_recovery(store, tenant, self.subject, &used).await? {
                    return Ok(Err(Refusal::WrongRecoveryCode));
                }
                Ok(Ok(Used::Recovery { subject: self.subject.clone(), used, next: recovery_code() }))
            }
        }
    }
}

impl Shown {
    /// Adds to a batch that the code is used up: of any number that show it at once, one does, and for the others the
    /// batch fails by a guard that [`used_by_another`] knows.
    pub(crate) fn use_up(&self, app: &App, batch: &mut Batch) -> Result<(), Failure> {
        let (store, tenant, now) = (&app.store, &app.tenant.id, self.event.at);
        let mut record = |kind| {
            events::record(batch, store, tenant, &Event { kind, ..self.event.clone() });
        };
        match &self.used {
            // The code itself was spent when it was looked at.
            Used::Letter { enrolled } => {
                record(EventKind::FactorShown);
                if let Some(enrolled) = enrolled {
                    record(EventKind::FactorConfirmed);
                    authenticators::enrol_letters(batch, tenant, enrolled);
                }
            }
            Used::Otp { authenticator, step } => {
                record(EventKind::FactorShown);
                if !authenticator.is_confirmed() {
                    record(EventKind::FactorConfirmed);
                    let code = along(&authenticator.id)?;
                    authenticators::confirm(batch, tenant, &code, &authenticator.subject, now);
                }
                authenticators::use_step(batch, tenant, authenticator, *step, now);
            }
            Used::Recovery { subject, used, next } => {
                record(EventKind::Recovered);
                authenticators::replace_recovery(batch, tenant, subject, (used, &digest(next)));
            }
        }
        Ok(())
    }

    /// The code that takes the place of the one that was shown.
    pub(crate) const fn next_code(&self) -> Option<&Secret<String>> {
        match &self.used {
            Used::Letter { .. } | Used::Otp { .. } => None,
            Used::Recovery { next, .. } => Some(next),
        }
    }
}

/// Where the wrong codes of a user are counted.
pub(crate) fn tries(subject: &Subject) -> FleetingKey {
    FleetingKey::new("second-factor", &[subject.as_str().as_bytes()])
}

/// What to say when somebody else used the code first.
pub(crate) fn used_by_another(error: &StoreError) -> Option<Refusal> {
    match error.conflict() {
        Some(authenticators::UNUSED) => Some(Refusal::FactorUsed),
        Some(authenticators::UNSPENT) => Some(Refusal::WrongRecoveryCode),
        _ => None,
    }
}

const fn failed(kind: FactorKind, refusal: &Refusal) -> EventKind {
    match (kind, refusal) {
        (FactorKind::Email | FactorKind::Otp, Refusal::FactorLocked) => EventKind::FactorBlocked,
        (FactorKind::Email | FactorKind::Otp, _) => EventKind::FactorFailed,
        (FactorKind::RecoveryCode, Refusal::FactorLocked) => EventKind::RecoveryBlocked,
        (FactorKind::RecoveryCode, _) => EventKind::RecoveryFailed,
    }
}
