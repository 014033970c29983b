//! Refresh tokens.

use keybound_authority::grant::refresh::{Found, RefreshToken, Successor as Waiting};
use keybound_proto::secret::Secret;
use keybound_store::ledger::families::{self, Among};
use keybound_store::ledger::refresh_tokens::{self, Successor};
use keybound_store::testing::{Scratch, config, each, shared};
use keybound_store::{Batch, Store, StoreConfig, StoreError};

use crate::seed::{at, client, family, refresh_token, subject, tenant};

/// What a client does that refreshes: the parent is spent and a successor takes its place.
async fn rotate(store: &Store, parent: &RefreshToken, next: &RefreshToken) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let token = Secret::new(format!("token {:?}", next.digest));
    let successor = Successor { token: &token, until: at(30) };
    refresh_tokens::spend(&mut batch, store, (&tenant(), parent), Some(successor), at(1));
    refresh_tokens::issue_after(&mut batch, &tenant(), next, &parent.digest);
    store.apply(batch).await
}

async fn issued(db: &Scratch, token: &RefreshToken) {
    let mut batch = Batch::new();
    refresh_tokens::issue(&mut batch, &tenant(), token);
    db.apply(batch).await.unwrap();
}

#[tokio::test]
async fn a_token_comes_back_as_it_was_issued() {
    for db in each().await {
        let bare = RefreshToken {
            session: None,
            organization: None,
            audience: None,
            bound_to: None,
            expires_at: None,
            idle_at: None,
            ..refresh_token(2, "g")
        };
        for token in [refresh_token(1, "f"), bare] {
            issued(&db, &token).await;
            let found = refresh_tokens::find(&db, &tenant(), &token.digest).await.unwrap();
            assert_eq!(found, Found::Fresh(token), "{}", db.name);
        }
        let unknown = refresh_tokens::find(&db, &tenant(), &refresh_token(3, "f").digest).await.unwrap();
        assert_eq!(unknown, Found::Unknown, "{}", db.name);
    }
}

#[tokio::test]
async fn a_spent_token_is_remembered_with_its_moment() {
    for db in each().await {
        let (parent, next) = (refresh_token(1, "f"), refresh_token(2, "f"));
        issued(&db, &parent).await;
        rotate(&db, &parent, &next).await.unwrap();
        let found = refresh_tokens::find(&db, &tenant(), &parent.digest).await.unwrap();
        let waits = Waiting::Waits { until: at(30) };
        assert_eq!(found, Found::Spent { token: parent.clone(), at: at(1), successor: waits }, "{}", db.name);
        let found = refresh_tokens::find(&db, &tenant(), &next.digest).await.unwrap();
        assert_eq!(found, Found::Fresh(next.clone()), "{}", db.name);

        rotate(&db, &next, &refresh_token(3, "f")).await.unwrap();
        let found = refresh_tokens::find(&db, &tenant(), &parent.digest).await.unwrap();
        let gone = Found::Spent { token: parent, at: at(1), successor: Waiting::Gone };
        assert_eq!(found, gone, "{}: its successor was used", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_two_who_refresh_at_once_one_does_and_one_family_lives() {
    for db in each().await {
        let parent = refresh_token(1, "f");
        issued(&db, &parent).await;
        let mut racers = tokio::task::JoinSet::new();
        for number in 100..132 {
            let (store, parent) = (db.store().clone(), parent.clone());
            racers.spawn(async move { rotate(&store, &parent, &refresh_token(number, "f")).await });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{}", db.name);
        for failed in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(failed.conflict(), Some(refresh_tokens::UNSPENT), "{}: {failed}", db.name);
        }
        let live = refresh_tokens::live(&db, &tenant(), &family("f")).await.unwrap();
        assert_eq!(live.len(), 1, "{}", db.name);
    }
}

#[tokio::test]
async fn the_successor_is_told_until_its_moment_and_while_it_is_unspent() {
    for db in each().await {
        let (first, second, third) = (refresh_token(1, "f"), refresh_token(2, "f"), refresh_token(3, "f"));
        issued(&db, &first).await;
        rotate(&db, &first, &second).await.unwrap();
        let told = async |now| refresh_tokens::successor(&db, &tenant(), &first.digest, now).await;
        let (token, row) = told(at(29)).await.unwrap().unwrap();
        assert_eq!(token.reveal(), &format!("token {:?}", second.digest), "{}", db.name);
        assert_eq!(row, second, "{}", db.name);
        assert!(told(at(30)).await.unwrap().is_none(), "{}: the moment is past", db.name);
        rotate(&db, &second, &third).await.unwrap();
        assert!(told(at(29)).await.unwrap().is_none(), "{}: the successor is spent", db.name);
    }
}

#[tokio::test]
async fn the_successor_opens_with_no_other_master_key() {
    for db in shared().await {
        let (first, second) = (refresh_token(1, "f"), refresh_token(2, "f"));
        issued(&db, &first).await;
        rotate(&db, &first, &second).await.unwrap();
        let thief = StoreConfig { master: Secret::new([8; 32]), ..config(db.database.clone()) };
        let thief = Store::open(thief).await.unwrap();
        let refused = refresh_tokens::successor(&thief, &tenant(), &first.digest, at(2)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{}: {refused}", db.name);
        assert!(!refused.to_string().contains("token RefreshDigest"), "{}: {refused}", db.name);
    }
}

#[tokio::test]
async fn revoking_a_family_reaches_tokens_issued_at_that_very_moment() {
    for db in each().await {
        let (first, second) = (refresh_token(1, "f"), refresh_token(2, "f"));
        let other = refresh_token(3, "g");
        issued(&db, &first).await;
        issued(&db, &other).await;
        let mut batch = Batch::new();
        refresh_tokens::revoke_family(&mut batch, &tenant(), &family("f"), at(1));
        db.apply(batch).await.unwrap();
        let found = refresh_tokens::find(&db, &tenant(), &first.digest).await.unwrap();
        assert_eq!(found, Found::Revoked(first.clone()), "{}", db.name);

        let refused = rotate(&db, &first, &second).await.unwrap_err();
        assert_eq!(refused.conflict(), Some(refresh_tokens::UNSPENT), "{}", db.name);
        // Issued by a request that had read the family before it was revoked.
        issued(&db, &second).await;
        let found = refresh_tokens::find(&db, &tenant(), &second.digest).await.unwrap();
        assert_eq!(found, Found::Revoked(second), "{}", db.name);
        assert!(refresh_tokens::live(&db, &tenant(), &family("f")).await.unwrap().is_empty(), "{}", db.name);

        let found = refresh_tokens::find(&db, &tenant(), &other.digest).await.unwrap();
        assert_eq!(found, Found::Fresh(other), "{}", db.name);
        let mut batch = Batch::new();
        refresh_tokens::revoke_family(&mut batch, &tenant(), &family("f"), at(2));
        db.apply(batch).await.unwrap();
    }
}

#[tokio::test]
async fn everything_of_a_user_can_be_revoked_and_everything_granted_to_one_client() {
    for db in each().await {
        let mine = refresh_token(1, "a");
        let mine_elsewhere = RefreshToken { client: client("other"), ..refresh_token(2, "b") };
        let theirs = RefreshToken { subject: subject("2"), ..refresh_token(3, "c") };
        for token in [&mine, &mine_elsewhere, &theirs] {
            issued(&db, token).await;
        }
        let is_live = async |token: &RefreshToken| {
            let found = refresh_tokens::find(&db, &tenant(), &token.digest).await.unwrap();
            matches!(found, Found::Fresh(_))
        };
        let mut batch = Batch::new();
        let (one, spa) = (subject("1"), client("spa"));
        let among = Among { client: Some(&spa), ..Among::of(&one) };
        families::revoke(&mut batch, &tenant(), among, at(1));
        db.apply(batch).await.unwrap();
        assert!(
            !is_live(&mine).await && is_live(&mine_elsewhere).await && is_live(&theirs).await,
            "{}",
            db.name
        );
        let mut batch = Batch::new();
        families::revoke(&mut batch, &tenant(), Among::of(&subject("1")), at(1));
        db.apply(batch).await.unwrap();
        assert!(
            !is_live(&mine).await && !is_live(&mine_elsewhere).await && is_live(&theirs).await,
            "{}",
            db.name
        );
    }
}

#[tokio::test]
async fn a_token_that_is_used_again_and_again_ends_later() {
    for db in each().await {
        let token = refresh_token(1, "f");
        issued(&db, &token).await;
        let mut batch = Batch::new();
        refresh_tokens::touch(&mut batch, &tenant(), &token, Some(at(900)));
        db.apply(batch).await.unwrap();
        let found = refresh_tokens::find(&db, &tenant(), &token.digest).await.unwrap();
        assert_eq!(found, Found::Fresh(RefreshToken { idle_at: Some(at(900)), ..token }), "{}", db.name);
    }
}
