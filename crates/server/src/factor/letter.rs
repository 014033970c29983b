//! A code in a letter: a second factor of everybody who has another and an address that is verified.
//!
//! It goes to the address of the account, or to the one that an administrator enrolled, and to no other. Auth0 says of it that it is no true second factor, since a
//! mailbox opens by one more password: it stands in for the day the telephone lies at home.

use std::sync::Arc;

use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    grant::mfa::LIFETIME,
    login::{
        factor::{Owed, WINDOW, admit},
        identifier::Email,
    },
    model::{
        digest::MfaDigest,
        factor::{Authenticator, FactorKind, Factors, Wanted},
        user::User,
    },
};
use keybound_crypto::AwsLc;
use keybound_proto::{id::Subject, jose::Digest as _, secret::Secret, time::Timestamp};
use keybound_store::{StoreError, ledger::authenticators};

use super::{enrol::id, owing, show::tries};
use crate::{
    app::App,
    codes::SentCode,
    failure::Failure,
    mail::{self, Letter, one_line},
    registered,
    tenant_log::record_alone,
};

/// What a code in a letter is for: it can be shown nowhere else.
pub(crate) struct LetterFor(Secret<Vec<u8>>);

impl LetterFor {
    /// For a sign-in at the token endpoint, under the name that was given to this letter (`oob_code`).
    pub(crate) fn sign_in(sign_in: &MfaDigest, oob_code: &Secret<String>) -> Self {
        Self(Secret::new([b"token\0", &sign_in.as_bytes()[..], oob_code.reveal().as_bytes()].concat()))
    }

    /// For a page.
    pub(crate) fn page(handle: &str) -> Self {
        Self(Secret::new([b"page\0", handle.as_bytes()].concat()))
    }

    /// Where it is kept: nobody shows the code of somebody else's letter.
    fn place(&self, subject: &Subject) -> Vec<u8> {
        [subject.as_str().as_bytes(), b"\0", self.0.reveal()].concat()
    }
}

/// Where a letter reaches a user, if one leaves at all and they showed that they read it, or an administrator vouches
/// for it.
pub(crate) async fn address(app: &App, subject: &Subject) -> Result<Option<Email>, StoreError> {
    if !mail::is_on(app).await? {
        return Ok(None);
    }
    let vouched = authenticators::address(&app.store, &app.tenant.id, subject).await?;
    if let Some(address) = vouched.and_then(|address| Email::parse(&address).ok()) {
        return Ok(Some(address));
    }
    Ok(registered::user(app, subject).await?.as_ref().and_then(verified))
}

/// Their address, if they showed that it is theirs.
fn verified(user: &User) -> Option<Email> {
    let address = user.profile.email.as_deref().filter(|_| user.profile.email_verified)?;
    Email::parse(address).ok()
}

/// Sends a code for that, and says where to. `event` says who asks and from where.
pub(crate) async fn send(
    app: &Arc<App>,
    (subject, to): (&Subject, &LetterFor),
    application: &str,
    event: Event,
) -> Result<Email, Failure> {
    let now = event.at;
    let owed = owing(app, subject, Factors::One, Wanted::Always).await?;
    if !owed.kinds().contains(&FactorKind::Email) {
        return Err(Refusal::FactorUnsupported.into());
    }
    // Nobody reads letters in vain: those who may not try a code are sent none.
    admit(app.fleeting.counted(&tries(subject), WINDOW, now).await?)?;
    let address = address(app, subject).await?.ok_or(Refusal::AddressUnverified)?;
    mail::room(app, "factors-to", &address, now).await?;
    let code = sent(&to.place(subject)).draw(app, DIGITS, now).await?;
    let event = Event { kind: EventKind::FactorSent, ..event }.about(subject).named(address.as_str());
    record_alone(app, &event).await;
    mail::send(app, letter(application, &address, &code, event)).await.map_err(|_| Refusal::NoMail)?;
    Ok(address)
}

/// Whether that is the code of the letter. A right one is spent.
pub(super) async fn spend(
    app: &App,
    (subject, to): (&Subject, &LetterFor),
    typed: &Secret<String>,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let typed = Secret::new(typed.reveal().trim().to_owned());
    let spent = sent(&to.place(subject)).spend(app, &typed, now).await?;
    Ok(spent.map_err(|_| Refusal::WrongBindingCode))
}

/// What a user has, letters among it that they have without having enrolled them.
pub(crate) async fn had(app: &App, subject: &Subject) -> Result<Vec<Authenticator>, Failure> {
    let mut held = authenticators::of_user(&app.store, &app.tenant.id, subject).await?;
    if held.iter().any(|held| held.kind == FactorKind::Email) {
        return Ok(held);
    }
    let owed = owing(app, subject, Factors::One, Wanted::Always).await;
    if matches!(owed, Ok(Owed::Show(kinds)) if kinds.contains(&FactorKind::Email)) {
        let since = held.iter().filter_map(|held| held.confirmed_at).min().unwrap_or(app.clock.now());
        held.push(authenticator(subject, since)?);
    }
    Ok(held)
}

/// The letters of a user, as an authenticator that counts.
pub(super) fn authenticator(subject: &Subject, since: Timestamp) -> Result<Authenticator, Failure> {
    // The same whoever asks, so that what was listed can be named.
    let hash = AwsLc.sha256(&[b"letters", subject.as_str().as_bytes()]);
    let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(Authenticator {
        id: id(FactorKind::Email, &format!("dev_{name}"))?,
        subject: subject.clone(),
        kind: FactorKind::Email,
        enrolled_at: since,
        confirmed_at: Some(since),
        last_step: None,
    })
}

fn sent(place: &[u8]) -> SentCode<'_> {
    SentCode { purpose: "factor-letter", place, lifetime: LIFETIME }
}

fn letter(application: &str, address: &Email, code: &Secret<String>, about: Event) -> Letter {
    let application = one_line(application, 80);
    let (minutes, code) = (LIFETIME.as_secs() / 60, code.reveal());
    Letter {
        to: address.clone(),
        // No code here: it would show on a locked screen.
        subject: format!("Verify your identity for {application}"),
        text: format!(
            "Somebody signs in to {application} as you, and showed your password. If it is you, your code is:\n\n    \
             {code}\n\nIt can be used once, within {minutes} minutes, where you asked for it.\n\nNobody of \
             {application} will ever ask you for it. If it is not you, keep the code to yourself and change your \
             password: without the code nobody comes in.\n"
        ),
        about,
    }
}

const DIGITS: u32 = 6;
