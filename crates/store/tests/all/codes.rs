//! Authorization codes.

use keybound_authority::grant::code::Found;
use keybound_store::Batch;
use keybound_store::ledger::codes;
use keybound_store::testing::each;

use crate::seed::{at, bare_code, code, tenant};

#[tokio::test]
async fn a_code_comes_back_as_it_was_issued() {
    for db in each().await {
        for code in [code(1), bare_code(2)] {
            let mut batch = Batch::new();
            codes::issue(&mut batch, &tenant(), &code);
            db.apply(batch).await.unwrap();
            let found = codes::find(&db, &tenant(), &code.digest).await.unwrap();
            assert_eq!(found, Found::Fresh(code), "{}", db.name);
        }
        let unknown = codes::find(&db, &tenant(), &code(3).digest).await.unwrap();
        assert_eq!(unknown, Found::Unknown, "{}", db.name);
    }
}

#[tokio::test]
async fn a_spent_code_is_remembered_as_spent() {
    for db in each().await {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        db.apply(batch).await.unwrap();
        let mut batch = Batch::new();
        codes::spend(&mut batch, &tenant(), &code(1).digest, at(1));
        db.apply(batch).await.unwrap();
        let found = codes::find(&db, &tenant(), &code(1).digest).await.unwrap();
        assert_eq!(found, Found::Spent(code(1)), "{}", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_two_who_spend_a_code_at_once_one_does() {
    for db in each().await {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        db.apply(batch).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let store = db.store().clone();
            racers.spawn(async move {
                let mut batch = Batch::new();
                codes::spend(&mut batch, &tenant(), &code(1).digest, at(1));
                store.apply(batch).await
            });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{}", db.name);
        for failed in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(failed.conflict(), Some(codes::UNSPENT), "{}: {failed}", db.name);
        }
    }
}

#[tokio::test]
async fn a_code_belongs_to_its_tenant() {
    for db in each().await {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        db.apply(batch).await.unwrap();
        let other = keybound_proto::id::TenantId::parse("other").unwrap();
        assert_eq!(codes::find(&db, &other, &code(1).digest).await.unwrap(), Found::Unknown, "{}", db.name);
        let mut batch = Batch::new();
        codes::spend(&mut batch, &other, &code(1).digest, at(1));
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(codes::UNSPENT), "{}", db.name);
    }
}
