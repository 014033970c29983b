//! Signing keys.

use keybound_proto::id::Kid;
use keybound_proto::jose::Alg;
use keybound_proto::secret::Secret;
use keybound_store::ledger::keys::{self, KeptKey, Turn};
use keybound_store::testing::{config, each, shared};
use keybound_store::{Batch, Store, StoreConfig, StoreError};

use crate::seed::{at, tenant};

fn key(number: i64, turn: Turn) -> KeptKey {
    KeptKey {
        kid: Kid::parse(&format!("key-{number}")).unwrap(),
        alg: Alg::Rs256,
        number,
        private: Secret::new(format!("private {number}").into_bytes()),
        made_at: at(number),
        turn,
    }
}

async fn turns(store: &Store) -> Vec<(i64, Turn)> {
    let keys = keys::load(store, &tenant()).await.unwrap();
    for key in &keys {
        assert_eq!(key.private.reveal(), format!("private {}", key.number).as_bytes());
    }
    keys.into_iter().map(|key| (key.number, key.turn)).collect()
}

async fn add(store: &Store, key: &KeptKey) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    keys::add(&mut batch, store, &tenant(), key);
    store.apply(batch).await
}

#[tokio::test]
async fn keys_take_their_turns() {
    for db in each().await {
        let (current, next) = (Turn::Current { since: at(1) }, Turn::Next);
        add(&db, &key(1, current)).await.unwrap();
        add(&db, &key(2, next)).await.unwrap();
        assert_eq!(turns(&db).await, [(1, current), (2, next)], "{}", db.name);

        let mut batch = Batch::new();
        keys::promote(&mut batch, &tenant(), &key(2, next), at(9));
        db.apply(batch).await.unwrap();
        let rotated = [(1, Turn::Previous { since: at(9) }), (2, Turn::Current { since: at(9) })];
        assert_eq!(turns(&db).await, rotated, "{}", db.name);

        let mut batch = Batch::new();
        keys::promote(&mut batch, &tenant(), &key(2, next), at(10));
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(keys::WAITING), "{}", db.name);
        assert_eq!(turns(&db).await, rotated, "{}", db.name);

        let mut batch = Batch::new();
        keys::revoke(&mut batch, &tenant(), &key(1, next).kid, at(11));
        db.apply(batch).await.unwrap();
        assert_eq!(turns(&db).await, rotated[1..], "{}", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_that_start_at_once_one_makes_the_first_key() {
    for db in each().await {
        let mut servers = tokio::task::JoinSet::new();
        for server in 0..8 {
            let store = db.store().clone();
            servers.spawn(async move {
                let kid = Kid::parse(&format!("of server {server}")).unwrap();
                add(&store, &KeptKey { kid, ..key(1, Turn::Current { since: at(1) }) }).await
            });
        }
        let outcomes = servers.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{}", db.name);
        assert_eq!(turns(&db).await.len(), 1, "{}", db.name);
    }
}

#[tokio::test]
async fn a_private_key_opens_with_no_other_master_key() {
    for db in shared().await {
        add(&db, &key(1, Turn::Next)).await.unwrap();
        let thief = StoreConfig { master: Secret::new([8; 32]), ..config(db.database.clone()) };
        let thief = Store::open(thief).await.unwrap();
        let refused = keys::load(&thief, &tenant()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{}: {refused}", db.name);
    }
}
