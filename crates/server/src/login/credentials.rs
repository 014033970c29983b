//! Whether somebody is who they say, by password.
//!
//! A wrong password, an unknown user and a user without a password take the same path: the same reads, and the same
//! hash computed. How many may be tried is decided before any of it.

use std::net::IpAddr;

use keybound_authority::{
    Refusal,
    login::attempt::{Failures, Limits, admit},
    model::{
        connection::{BruteForceProtection, Connection, Usernames},
        user::{Standing, User},
    },
};
use keybound_crypto::password::{Pool, Verdict};
use keybound_proto::{id::Subject, secret::Secret, time::Timestamp};
use keybound_store::{
    Batch, FleetingKey, StoreError,
    ledger::{linked_accounts::Account, passwords},
    policy,
};

use super::{
    account,
    blocks::{self, Reached},
};
use crate::{
    HashingError,
    app::App,
    failure::{Failure, Reason},
};

/// Somebody trying to sign in.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) identifier: &'a str,
    pub(crate) password: Secret<String>,
    pub(crate) from: Option<IpAddr>,
}

/// Why they are not let in.
#[derive(Debug)]
pub(crate) enum NotIn {
    /// It could not be found out.
    Failed(Failure),
    /// They may not, and who they may be.
    Refused(Refusal, Option<Subject>),
}

impl<F: Into<Failure>> From<F> for NotIn {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Lets somebody in who shows the password.
pub(crate) async fn verify(app: &App, attempt: Attempt<'_>, now: Timestamp) -> Result<User, NotIn> {
    let limits = Limits::default();
    let (at_account, at_address) = keys(&attempt);
    let failures = Failures {
        // Counted before it is known whether it fails: of many attempts at once, only so many get through.
        account: app.fleeting.count(&at_account, limits.window, now).await?.saturating_sub(1),
        address: app.fleeting.counted(&at_address, limits.window, now).await?,
    };
    admit(failures, &limits, attempt.connection.brute_force_protection)
        .map_err(|refusal| NotIn::Refused(refusal, None))?;

    let found = find(app, &attempt).await?;
    let subject = found.as_ref().map_or(NOBODY, |found| found.id.as_str());
    let stored = match Subject::parse(subject) {
        Ok(subject) => passwords::find(&app.store, &app.tenant.id, &subject).await?,
        Err(_) => None,
    };
    let hash = stored.map(|stored| stored.hash).filter(|_| found.is_some());
    // What is longer than any password can be is no password, and costs what any other costs.
    let (shown, held) = match attempt.password.reveal().len() {
        length if length <= Pool::LONGEST => (attempt.password.clone(), hash.clone()),
        _ => (Secret::new(String::new()), None),
    };
    let verdict = app.passwords.verify(shown, held).await.map_err(hashing)?;
    let (user, account) = match (found, verdict) {
        (Some(found), Verdict::Match | Verdict::Outdated) => (policy::user(&found.user)?, found.id),
        (found, _) => {
            app.fleeting.count(&at_address, limits.window, now).await?;
            let most = u64::from(limits.account);
            let protected = attempt.connection.brute_force_protection == BruteForceProtection::On;
            if protected && failures.account + 1 == most {
                let (identifier, connection) = (attempt.identifier, &attempt.connection.name);
                let reached = Reached { key: at_account, identifier, connection, from: attempt.from, most };
                blocks::begin(app, reached, now).await;
            }
            let refusal = if found.is_some() { Refusal::WrongPassword } else { Refusal::UnknownUser };
            return Err(NotIn::Refused(refusal, found.and_then(|found| Subject::parse(&found.user.id).ok())));
        }
    };
    if user.standing == Standing::Blocked {
        return Err(NotIn::Refused(Refusal::UserBlocked, Some(user.subject)));
    }
    app.fleeting.uncount(&at_account, limits.window, now).await?;
    if let (Verdict::Outdated, Some(old)) = (verdict, hash) {
        rehash(app, &account, &old, attempt.password).await;
    }
    Ok(user)
}

/// What went wrong with a hash, as everybody else calls it.
pub(crate) fn hashing(error: HashingError) -> Failure {
    match error {
        HashingError::Busy => Reason::TooMany { retry_after: 2 }.into(),
        other => Reason::Internal { detail: other.to_string() }.into(),
    }
}

/// Where a person's attempts are counted: an IPv6 network counts as one address, since one person has all of it.
pub(crate) fn bucket(from: Option<IpAddr>) -> Vec<u8> {
    match from {
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(8).collect(),
        None => Vec::new(),
    }
}

fn keys(attempt: &Attempt<'_>) -> (FleetingKey, FleetingKey) {
    let from = bucket(attempt.from);
    let identifier = attempt.identifier.trim().to_lowercase();
    let connection = attempt.connection.name.as_str();
    let account = FleetingKey::new("login-account", &[connection.as_bytes(), identifier.as_bytes(), &from]);
    (account, blocks::failures_from(attempt.from))
}

async fn find(app: &App, attempt: &Attempt<'_>) -> Result<Option<Account>, StoreError> {
    let connection = &attempt.connection.name;
    let by_email = account::by_email(app, connection, attempt.identifier).await?;
    match (by_email, attempt.connection.usernames) {
        (None, Usernames::Required) => account::by_username(app, connection, attempt.identifier).await,
        (by_email, _) => Ok(by_email),
    }
}

/// A better hash of the same password. If it cannot be kept, the next sign-in tries again.
async fn rehash(app: &App, subject: &Subject, old: &Secret<String>, password: Secret<String>) {
    let Ok(new) = app.passwords.hash(password).await else { return };
    let mut batch = Batch::new();
    passwords::rehash(&mut batch, &app.tenant.id, subject, (old, &new));
    if let Err(error) = app.store.apply(batch).await {
        tracing::warn!(%error, "a password was not hashed anew");
    }
}

/// Nobody has this name: a look-up for it finds nothing, and takes as long as any other.
const NOBODY: &str = "auth0|nobody";
