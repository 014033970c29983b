//! A batch stands or falls as a whole, on every database.

use keybound_authority::event::{Event, EventKind};
use keybound_proto::secret::Secret;
use keybound_store::ledger::{codes, logins, passwords, refresh_tokens};
use keybound_store::testing::each;
use keybound_store::{Batch, StoreError, documents, events};
use serde_json::json;

use crate::seed::{at, code, refresh_token, subject, tenant};

#[tokio::test]
async fn an_empty_batch_changes_nothing() {
    for db in each().await {
        db.apply(Batch::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_failed_guard_is_named_and_undoes_everything_else() {
    for db in each().await {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        db.apply(batch).await.unwrap();
        spend(&db, 1).await.unwrap();

        for position in 0..3 {
            let mut batch = Batch::new();
            if position == 0 {
                codes::spend(&mut batch, &tenant(), &code(1).digest, at(1));
            }
            logins::record(&mut batch, &tenant(), &subject("1"), None, at(1));
            if position == 1 {
                codes::spend(&mut batch, &tenant(), &code(1).digest, at(1));
            }
            events::record(&mut batch, &db, &tenant(), &Event::new(EventKind::LoggedIn, at(1)));
            if position == 2 {
                codes::spend(&mut batch, &tenant(), &code(1).digest, at(1));
            }
            let failed = db.apply(batch).await.unwrap_err();
            assert_eq!(failed.conflict(), Some(codes::UNSPENT), "{}: {failed}", db.name);
        }
        assert_eq!(logins::find(&db, &tenant(), &subject("1")).await.unwrap(), None, "{}", db.name);
        assert!(events::after(&db, &tenant(), None, 9).await.unwrap().is_empty(), "{}", db.name);
    }
}

#[tokio::test]
async fn of_several_guards_the_one_that_failed_is_named() {
    for db in each().await {
        let mut batch = Batch::new();
        refresh_tokens::issue(&mut batch, &tenant(), &refresh_token(1, "f"));
        db.apply(batch).await.unwrap();

        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        refresh_tokens::issue(&mut batch, &tenant(), &refresh_token(1, "f"));
        events::record(&mut batch, &db, &tenant(), &Event::new(EventKind::LoggedIn, at(1)));
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(refresh_tokens::NEW), "{}", db.name);
        let code = codes::find(&db, &tenant(), &code(1).digest).await.unwrap();
        assert_eq!(code, keybound_authority::grant::code::Found::Unknown, "{}", db.name);
    }
}

#[tokio::test]
async fn a_batch_that_fails_leaves_its_neighbours_in_the_same_commit_alone() {
    for db in each().await {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        db.apply(batch).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for number in 0..40_u8 {
            let store = db.store().clone();
            racers.spawn(async move {
                let mut batch = Batch::new();
                logins::record(&mut batch, &tenant(), &subject(&number.to_string()), None, at(1));
                if number % 2 == 0 {
                    let (old, new) = (Secret::new("old".to_owned()), Secret::new("new".to_owned()));
                    passwords::rehash(&mut batch, &tenant(), &subject("nobody"), (&old, &new));
                }
                (number, store.apply(batch).await)
            });
        }
        while let Some(done) = racers.join_next().await {
            let (number, outcome) = done.unwrap();
            let known = logins::find(&db, &tenant(), &subject(&number.to_string())).await.unwrap();
            if number % 2 == 0 {
                assert_eq!(outcome.unwrap_err().conflict(), Some(passwords::UNCHANGED), "{}", db.name);
                assert_eq!(known, None, "{}: {number}", db.name);
            } else {
                outcome.unwrap();
                assert_eq!(known.unwrap().count, 1, "{}: {number}", db.name);
            }
        }
    }
}

#[tokio::test]
async fn a_broken_uniqueness_rule_is_a_conflict_too() {
    for db in each().await {
        let mut batch = Batch::new();
        let user = |email: &str| json!({"email": email, "identities": [{"connection": "db"}]});
        documents::insert::<documents::Users>(&mut batch, &db, &tenant(), "auth0|1", user("a@example.com"));
        documents::insert::<documents::Users>(&mut batch, &db, &tenant(), "auth0|2", user("b@example.com"));
        db.apply(batch).await.unwrap();

        for companions in [false, true] {
            let mut second =
                documents::find::<documents::Users>(&db, &tenant(), "auth0|2").await.unwrap().unwrap();
            second.doc = user("A@example.com");
            let mut batch = Batch::new();
            if companions {
                logins::record(&mut batch, &tenant(), &subject("2"), None, at(0));
            }
            documents::update(&mut batch, &db, &tenant(), second);
            let failed = db.apply(batch).await.unwrap_err();
            let guard = <documents::Users as documents::Kind>::REVISION;
            assert_eq!(failed.conflict(), Some(guard), "{}: {failed}", db.name);
        }
    }
}

async fn spend(db: &keybound_store::Store, number: u8) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    codes::spend(&mut batch, &tenant(), &code(number).digest, at(1));
    db.apply(batch).await
}
