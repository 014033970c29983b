//! Enrolling what shows digits, and the code for the day it is lost.

use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    model::{
        digest::RecoveryDigest,
        factor::{Authenticator, AuthenticatorId, FactorKind},
        user::User,
    },
};
use keybound_crypto::{
    AwsLc, entropy,
    totp::{TotpKey, recovery_code},
};
use keybound_proto::{id::Subject, jose::Digest as _, secret::Secret, time::Timestamp};
use keybound_store::{Batch, StoreError, events, ledger::authenticators};

use crate::{
    app::App,
    failure::{Failure, Reason},
};

/// What was enrolled, told this once. It counts when it was shown.
pub(crate) struct Enrolment {
    /// How the MFA API names it.
    pub(crate) id: AuthenticatorId,
    /// What makes the digits.
    pub(crate) key: TotpKey,
    /// For the day it is lost, where the tenant has such codes and the user none.
    pub(crate) recovery: Option<Secret<String>>,
}

/// Enrols an authenticator that shows digits, in the place of one that was never shown.
///
/// `event` says who asks and from where. Whether this user may enrol one is for the caller to know; that one which
/// counts is not overwritten is seen to here.
pub(crate) async fn enrol(app: &App, user: &User, event: Event) -> Result<Enrolment, Failure> {
    let (store, tenant, now) = (&app.store, &app.tenant.id, event.at);
    let policy = super::wanted(app).await?;
    if !policy.kinds.contain(FactorKind::Otp) {
        return Err(Refusal::FactorUnsupported.into());
    }
    let name = format!("dev_{}", entropy::alphanumeric(16));
    let new = |kind| authenticator(user, kind, &name, now);
    let (otp, key) = (new(FactorKind::Otp)?, TotpKey::generate());
    let mut batch = Batch::new();
    authenticators::enrol_otp(&mut batch, store, tenant, &otp, key.bytes());
    let held = authenticators::of_user(store, tenant, &user.subject).await?;
    let has_code = held.iter().any(|held| held.kind == FactorKind::RecoveryCode && held.is_confirmed());
    let wants_code = policy.kinds.contain(FactorKind::RecoveryCode) && !has_code;
    let recovery = wants_code.then(recovery_code);
    if let Some(code) = &recovery {
        authenticators::enrol_recovery(&mut batch, tenant, &new(FactorKind::RecoveryCode)?, &digest(code));
    }
    let event = Event { kind: EventKind::EnrolmentBegun, ..event }.about(&user.subject);
    events::record(&mut batch, store, tenant, &event);
    match store.apply(batch).await {
        Ok(_) => Ok(Enrolment { id: otp.id, key, recovery }),
        Err(error) if error.conflict() == Some(authenticators::UNCONFIRMED) => {
            Err(Refusal::AlreadyEnrolled.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// What a user is enrolling at present, if it is still the one of that name: it was not shown yet, and nobody began
/// another.
pub(crate) async fn enrolled(
    app: &App,
    user: &User,
    (id, recovery): (&str, Option<&str>),
) -> Result<Option<Enrolment>, StoreError> {
    let found = authenticators::otp(&app.store, &app.tenant.id, &user.subject).await?;
    let found = found.filter(|(found, _)| found.id.as_str() == id && !found.is_confirmed());
    Ok(found.map(|(found, key)| Enrolment {
        id: found.id,
        key: TotpKey::from_bytes(key),
        recovery: recovery.map(|code| Secret::new(code.to_owned())),
    }))
}

impl Enrolment {
    /// What an authenticator app reads from a picture: the de-facto `otpauth` address.
    pub(crate) fn address(&self, app: &App, user: &User) -> Secret<String> {
        let host = app.tenant.issuer.as_str().trim_start_matches("https://").trim_start_matches("http://");
        let host = escaped(host.trim_end_matches('/'));
        let profile = &user.profile;
        let account = profile.email.as_deref().or(profile.username.as_deref());
        let account = escaped(account.unwrap_or(user.subject.as_str()));
        let secret = self.key.to_base32();
        Secret::new(format!(
            "otpauth://totp/{host}:{account}?secret={}&issuer={host}&algorithm=SHA1&digits={}&period={}",
            secret.reveal(),
            TotpKey::DIGITS,
            TotpKey::STEP,
        ))
    }
}

/// What is kept of a recovery code. People type in lower case and with blanks what they wrote down.
pub(crate) fn digest(code: &Secret<String>) -> RecoveryDigest {
    let letters = code.reveal().chars().filter(|c| !c.is_whitespace() && *c != '-');
    let plain = Secret::new(letters.collect::<String>().to_ascii_uppercase());
    RecoveryDigest::from_bytes(AwsLc.sha256(&[plain.reveal().as_bytes()]))
}

/// The id of the recovery code that was enrolled along with an authenticator.
pub(super) fn along(otp: &AuthenticatorId) -> Result<AuthenticatorId, Failure> {
    let name = otp.as_str().split_once('|').map_or(otp.as_str(), |(_, name)| name);
    id(FactorKind::RecoveryCode, name)
}

/// One that counts from the start, since somebody vouches for it who may.
pub(crate) fn vouched(
    subject: &Subject,
    kind: FactorKind,
    name: &str,
    now: Timestamp,
) -> Result<Authenticator, Failure> {
    let (id, subject) = (id(kind, name)?, subject.clone());
    Ok(Authenticator { id, subject, kind, enrolled_at: now, confirmed_at: Some(now), last_step: None })
}

fn authenticator(
    user: &User,
    kind: FactorKind,
    name: &str,
    now: Timestamp,
) -> Result<Authenticator, Failure> {
    Ok(Authenticator {
        id: id(kind, name)?,
        subject: user.subject.clone(),
        kind,
        enrolled_at: now,
        confirmed_at: None,
        last_step: None,
    })
}

pub(super) fn id(kind: FactorKind, name: &str) -> Result<AuthenticatorId, Failure> {
    let id = AuthenticatorId::parse(&format!("{}|{name}", kind.prefix()));
    id.map_err(|error| Reason::Internal { detail: error.to_string() }.into())
}

fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(byte);
    text.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
