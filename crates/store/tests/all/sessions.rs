//! Browser sessions.

use keybound_authority::event::Sender;
use keybound_authority::model::digest::SessionDigest;
use keybound_authority::model::factor::Factors;
use keybound_authority::model::session::Session;
use keybound_store::Batch;
use keybound_store::ledger::sessions;
use keybound_store::testing::{Scratch, each};

use crate::seed::{at, client, session, subject, tenant};

async fn begun(db: &Scratch, session: &Session) {
    let mut batch = Batch::new();
    sessions::begin(&mut batch, &tenant(), session, &Sender::default());
    db.apply(batch).await.unwrap();
}

#[tokio::test]
async fn a_session_is_found_by_its_cookie_and_by_its_name() {
    for db in each().await {
        begun(&db, &session(1)).await;
        let found = sessions::find(&db, &tenant(), &session(1).digest).await.unwrap();
        assert_eq!(found, Some(session(1)), "{}", db.name);
        let found = sessions::by_id(&db, &tenant(), &session(1).id).await.unwrap();
        assert_eq!(found, Some(session(1)), "{}", db.name);
        assert_eq!(sessions::find(&db, &tenant(), &session(2).digest).await.unwrap(), None, "{}", db.name);
    }
}

#[tokio::test]
async fn a_session_that_is_touched_goes_on_and_one_that_has_ended_does_not_come_back() {
    for db in each().await {
        begun(&db, &session(1)).await;
        let touch = async |now| {
            let mut batch = Batch::new();
            sessions::touch(&mut batch, &tenant(), &session(1), (&client("app"), &Sender::default()), now);
            db.apply(batch).await.unwrap();
            sessions::find(&db, &tenant(), &session(1).digest).await.unwrap().unwrap()
        };
        assert_eq!(touch(at(50)).await.touched_at, at(50), "{}", db.name);
        assert_eq!(touch(at(40)).await.touched_at, at(50), "{}: time runs forward", db.name);
        assert_eq!(touch(at(150)).await.touched_at, at(50), "{}: it had ended", db.name);
    }
}

#[tokio::test]
async fn the_same_person_may_show_who_they_are_once_more() {
    for db in each().await {
        begun(&db, &session(1)).await;
        let mut batch = Batch::new();
        sessions::reauthenticate(&mut batch, &tenant(), &session(1), at(20));
        db.apply(batch).await.unwrap();
        let found = sessions::find(&db, &tenant(), &session(1).digest).await.unwrap().unwrap();
        assert_eq!(
            found,
            Session { authenticated_at: at(20), touched_at: at(20), ..session(1) },
            "{}",
            db.name
        );
        let mut batch = Batch::new();
        let somebody_else = Session { subject: subject("2"), ..session(1) };
        sessions::reauthenticate(&mut batch, &tenant(), &somebody_else, at(30));
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(sessions::LIVE), "{}", db.name);
    }
}

/// A session that holds two factors has a secret that nobody saw before it did.
#[tokio::test]
async fn a_second_factor_gives_a_session_another_secret_once() {
    for db in each().await {
        let begun_with = Session { factors: Factors::One, ..session(1) };
        begun(&db, &begun_with).await;
        let strengthen = async |secret| {
            let mut batch = Batch::new();
            sessions::strengthen(&mut batch, &tenant(), &begun_with, &secret, at(20));
            db.apply(batch).await
        };
        let secret = SessionDigest::from_bytes([77; 32]);
        strengthen(secret).await.unwrap();
        assert_eq!(sessions::find(&db, &tenant(), &begun_with.digest).await.unwrap(), None, "{}", db.name);
        let found = sessions::find(&db, &tenant(), &secret).await.unwrap().unwrap();
        let expected =
            Session { digest: secret, factors: Factors::Two, touched_at: at(20), ..begun_with.clone() };
        assert_eq!(found, expected, "{}", db.name);
        let again = strengthen(SessionDigest::from_bytes([78; 32])).await.unwrap_err();
        assert_eq!(again.conflict(), Some(sessions::LIVE), "{}", db.name);
    }
}

#[tokio::test]
async fn a_session_ends_alone_or_with_all_of_its_user() {
    for db in each().await {
        let theirs = Session { subject: subject("2"), ..session(4) };
        for session in [&session(1), &session(2), &session(3), &theirs] {
            begun(&db, session).await;
        }
        let mut batch = Batch::new();
        sessions::end(&mut batch, &tenant(), &session(1).digest);
        db.apply(batch).await.unwrap();
        assert_eq!(sessions::of_user(&db, &tenant(), &subject("1")).await.unwrap().len(), 2, "{}", db.name);
        let mut batch = Batch::new();
        sessions::end_all_of(&mut batch, &tenant(), &subject("1"));
        db.apply(batch).await.unwrap();
        assert!(sessions::of_user(&db, &tenant(), &subject("1")).await.unwrap().is_empty(), "{}", db.name);
        assert_eq!(sessions::of_user(&db, &tenant(), &subject("2")).await.unwrap(), [theirs], "{}", db.name);
    }
}
