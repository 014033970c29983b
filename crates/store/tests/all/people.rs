//! Passwords, logins and consents.

use keybound_proto::scope::Scopes;
use keybound_proto::secret::Secret;
use keybound_store::Batch;
use keybound_store::ledger::consents::{self, Consent};
use keybound_store::ledger::logins;
use keybound_store::ledger::passwords::{self, Password};
use keybound_store::testing::each;

use crate::seed::{at, audience, client, subject, tenant};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn a_password_is_set_replaced_and_forgotten() {
    for db in each().await {
        for (hash, now) in [("$argon2id$one", at(0)), ("$argon2id$two", at(1))] {
            let mut batch = Batch::new();
            passwords::set(
                &mut batch,
                &tenant(),
                &subject("1"),
                &Password { hash: secret(hash), set_at: now },
            );
            db.apply(batch).await.unwrap();
            let found = passwords::find(&db, &tenant(), &subject("1")).await.unwrap().unwrap();
            assert_eq!((found.hash.reveal().as_str(), found.set_at), (hash, now), "{}", db.name);
        }
        let mut batch = Batch::new();
        passwords::forget(&mut batch, &tenant(), &subject("1"));
        db.apply(batch).await.unwrap();
        assert!(passwords::find(&db, &tenant(), &subject("1")).await.unwrap().is_none(), "{}", db.name);
    }
}

#[tokio::test]
async fn a_rehash_does_not_undo_a_change_of_password() {
    for db in each().await {
        let set = async |hash| {
            let mut batch = Batch::new();
            passwords::set(
                &mut batch,
                &tenant(),
                &subject("1"),
                &Password { hash: secret(hash), set_at: at(0) },
            );
            db.apply(batch).await.unwrap();
        };
        let rehash = async |old, new| {
            let mut batch = Batch::new();
            passwords::rehash(&mut batch, &tenant(), &subject("1"), (&secret(old), &secret(new)));
            db.apply(batch).await
        };
        set("weak").await;
        rehash("weak", "strong").await.unwrap();
        set("changed").await;
        let refused = rehash("strong", "stronger").await.unwrap_err();
        assert_eq!(refused.conflict(), Some(passwords::UNCHANGED), "{}", db.name);
        let found = passwords::find(&db, &tenant(), &subject("1")).await.unwrap().unwrap();
        assert_eq!(found.hash.reveal(), "changed", "{}", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_at_once_are_all_counted() {
    for db in each().await {
        let mut people = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let store = db.store().clone();
            people.spawn(async move {
                let mut batch = Batch::new();
                let from = "2001:db8::1".parse().ok();
                logins::record(&mut batch, &tenant(), &subject("1"), from, at(5));
                store.apply(batch).await.unwrap();
            });
        }
        people.join_all().await;
        let found = logins::find(&db, &tenant(), &subject("1")).await.unwrap().unwrap();
        assert_eq!((found.count, found.last_at), (20, at(5)), "{}", db.name);
        assert_eq!(found.last_address, "2001:db8::1".parse().ok(), "{}", db.name);
    }
}

#[tokio::test]
async fn a_consent_is_given_widened_and_withdrawn() {
    for db in each().await {
        let consent = |at_audience, scopes| Consent {
            id: "49f18bf9a98d4ae2b2e1d5c3".into(),
            subject: subject("1"),
            client: client("spa"),
            audience: at_audience,
            scopes: Scopes::parse(scopes).unwrap(),
            given_at: at(0),
        };
        let profile = Consent { id: "5af18bf9a98d4ae2b2e1d5c4".into(), ..consent(None, "openid") };
        for given in [
            &profile,
            &consent(Some(audience()), "a"),
            &Consent { id: "x".into(), ..consent(Some(audience()), "a b") },
        ] {
            let mut batch = Batch::new();
            consents::give(&mut batch, &tenant(), given);
            db.apply(batch).await.unwrap();
        }
        let both = (&subject("1"), &client("spa"));
        let found = consents::find(&db, &tenant(), both, Some(&audience())).await.unwrap();
        assert_eq!(found, Some(consent(Some(audience()), "a b")), "{}: widened, its id kept", db.name);
        let found = consents::find(&db, &tenant(), both, None).await.unwrap();
        assert_eq!(found.as_ref(), Some(&profile), "{}", db.name);
        assert_eq!(consents::of_user(&db, &tenant(), &subject("1")).await.unwrap().len(), 2, "{}", db.name);

        let mut batch = Batch::new();
        consents::withdraw(&mut batch, &tenant(), &profile.id);
        db.apply(batch).await.unwrap();
        assert_eq!(consents::find(&db, &tenant(), both, None).await.unwrap(), None, "{}", db.name);
        let mut batch = Batch::new();
        consents::withdraw_all_of(&mut batch, &tenant(), &subject("1"));
        db.apply(batch).await.unwrap();
        assert!(consents::of_user(&db, &tenant(), &subject("1")).await.unwrap().is_empty(), "{}", db.name);
    }
}
