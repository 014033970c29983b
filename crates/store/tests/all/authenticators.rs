//! Second factors, and sign-ins that wait for them.

use keybound_authority::grant::mfa::Waiting;
use keybound_authority::model::client::GrantKind;
use keybound_authority::model::digest::{MfaDigest, RecoveryDigest};
use keybound_authority::model::factor::{Authenticator, AuthenticatorId, FactorKind};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::secret::Secret;
use keybound_store::ledger::{authenticators, mfa_tokens};
use keybound_store::testing::{Scratch, each};
use keybound_store::{Batch, StoreError};

use crate::seed::{at, audience, client, connection, subject, tenant};

const FIRST: RecoveryDigest = RecoveryDigest::from_bytes([1; 32]);
const SECOND: RecoveryDigest = RecoveryDigest::from_bytes([2; 32]);

fn otp(name: &str) -> Authenticator {
    factor(FactorKind::Otp, &format!("totp|{name}"))
}

fn factor(kind: FactorKind, id: &str) -> Authenticator {
    Authenticator {
        id: AuthenticatorId::parse(id).unwrap(),
        subject: subject("1"),
        kind,
        enrolled_at: at(0),
        confirmed_at: None,
        last_step: None,
    }
}

fn key(byte: u8) -> Secret<Vec<u8>> {
    Secret::new(vec![byte; 20])
}

async fn enrolled(db: &Scratch, one: &Authenticator, key: &Secret<Vec<u8>>) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    authenticators::enrol_otp(&mut batch, db, &tenant(), one, key);
    db.apply(batch).await.map(|_| ())
}

async fn used(db: &Scratch, one: &Authenticator, step: i64) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    authenticators::use_step(&mut batch, &tenant(), one, step, at(step));
    db.apply(batch).await.map(|_| ())
}

#[tokio::test]
async fn a_factor_is_replaced_until_it_was_shown_and_not_after() {
    for db in each().await {
        enrolled(&db, &otp("a"), &key(1)).await.unwrap();
        enrolled(&db, &otp("b"), &key(2)).await.unwrap();
        let (found, opened) = authenticators::otp(&db, &tenant(), &subject("1")).await.unwrap().unwrap();
        assert_eq!((found, opened.reveal()), (otp("b"), key(2).reveal()), "{}", db.name);
        // The one that was replaced is confirmed by nobody's digits.
        let late = used(&db, &otp("a"), 5).await.unwrap_err();
        assert_eq!(late.conflict(), Some(authenticators::UNUSED), "{}", db.name);
        used(&db, &otp("b"), 5).await.unwrap();
        let taken = enrolled(&db, &otp("c"), &key(3)).await.unwrap_err();
        assert_eq!(taken.conflict(), Some(authenticators::UNCONFIRMED), "{}", db.name);
        let all = authenticators::of_user(&db, &tenant(), &subject("1")).await.unwrap();
        let confirmed = Authenticator { confirmed_at: Some(at(5)), last_step: Some(5), ..otp("b") };
        assert_eq!(all, [confirmed], "{}", db.name);
        let mut batch = Batch::new();
        authenticators::forget(&mut batch, &tenant(), &subject("1"));
        db.apply(batch).await.unwrap();
        assert!(authenticators::otp(&db, &tenant(), &subject("1")).await.unwrap().is_none());
    }
}

/// RFC 6238 §5.2.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_use_the_same_digits_at_once_one_does() {
    for db in each().await {
        enrolled(&db, &otp("a"), &key(1)).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let store = db.store().clone();
            racers.spawn(async move {
                let mut batch = Batch::new();
                authenticators::use_step(&mut batch, &tenant(), &otp("a"), 7, at(7));
                store.apply(batch).await
            });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{}", db.name);
        assert!(used(&db, &otp("a"), 6).await.is_err(), "{}", db.name);
        used(&db, &otp("a"), 8).await.unwrap();
    }
}

#[tokio::test]
async fn a_recovery_code_counts_once_its_factor_does_and_is_good_once() {
    for db in each().await {
        let code = factor(FactorKind::RecoveryCode, "recovery-code|a");
        let mut batch = Batch::new();
        authenticators::enrol_recovery(&mut batch, &tenant(), &code, &FIRST);
        db.apply(batch).await.unwrap();
        let replace = async |used: RecoveryDigest, next: RecoveryDigest| {
            let mut batch = Batch::new();
            authenticators::replace_recovery(&mut batch, &tenant(), &subject("1"), (&used, &next));
            db.apply(batch).await
        };
        let early = replace(FIRST, SECOND).await.unwrap_err();
        assert_eq!(early.conflict(), Some(authenticators::UNSPENT), "{}", db.name);
        let mut batch = Batch::new();
        authenticators::confirm(&mut batch, &tenant(), &code.id, &subject("1"), at(3));
        db.apply(batch).await.unwrap();
        let held = async |code| authenticators::has_recovery(&db, &tenant(), &subject("1"), &code).await;
        assert!(held(FIRST).await.unwrap(), "{}", db.name);
        replace(FIRST, SECOND).await.unwrap();
        assert!(replace(FIRST, SECOND).await.is_err(), "{}", db.name);
        assert!(held(SECOND).await.unwrap() && !held(FIRST).await.unwrap(), "{}", db.name);
    }
}

#[tokio::test]
async fn a_sign_in_that_waits_comes_back_as_it_was_and_is_finished_once() {
    for db in each().await {
        for (number, full) in [(1, true), (2, false)] {
            let waiting = Waiting {
                digest: MfaDigest::from_bytes([number; 32]),
                client: client("spa"),
                grant: GrantKind::PasswordRealm,
                subject: subject("1"),
                connection: connection(),
                audience: full.then(audience),
                scopes: if full { Scopes::parse("openid a:b").unwrap() } else { Scopes::none() },
                key: full.then(|| Thumbprint::from_bytes([9; 32])),
                authenticated_at: at(0),
                expires_at: at(600),
            };
            let mut batch = Batch::new();
            mfa_tokens::stop(&mut batch, &tenant(), &waiting);
            db.apply(batch).await.unwrap();
            let found = mfa_tokens::find(&db, &tenant(), &waiting.digest).await.unwrap();
            assert_eq!(found.as_ref(), Some(&waiting), "{}", db.name);
            let finish = async || {
                let mut batch = Batch::new();
                mfa_tokens::finish(&mut batch, &tenant(), &waiting.digest);
                db.apply(batch).await
            };
            finish().await.unwrap();
            let again = finish().await.unwrap_err();
            assert_eq!(again.conflict(), Some(mfa_tokens::UNFINISHED), "{}", db.name);
            assert_eq!(mfa_tokens::find(&db, &tenant(), &waiting.digest).await.unwrap(), None);
        }
    }
}
