//! How many users there are is kept beside them, whoever writes them.

use keybound_proto::id::TenantId;
use keybound_store::documents::{self, Users, Wanted};
use keybound_store::testing::{each, shared};
use keybound_store::{Batch, Store};
use serde_json::json;

use crate::seed::tenant;
use crate::shapes::{drop_all, made_until, run};

fn add(batch: &mut Batch, db: &Store, of: &TenantId, name: &str) {
    let user = json!({ "email": format!("{name}@example.com"), "identities": [{ "connection": "db" }] });
    documents::insert::<Users>(batch, db, of, &format!("auth0|{name}"), user);
}

async fn count(db: &Store, of: &TenantId) -> i64 {
    documents::count_users(db, of, &Wanted::default()).await.unwrap()
}

#[tokio::test]
async fn users_that_come_and_go_are_counted_in_their_tenant() {
    for db in each().await {
        let other = TenantId::parse("other").unwrap();
        assert_eq!(count(&db, &tenant()).await, 0, "{}", db.name);
        let mut batch = Batch::new();
        for name in ["ann", "bea", "cid"] {
            add(&mut batch, &db, &tenant(), name);
        }
        add(&mut batch, &db, &other, "ann");
        db.apply(batch).await.unwrap();
        assert_eq!((count(&db, &tenant()).await, count(&db, &other).await), (3, 1), "{}", db.name);

        // One address is taken: none of the batch is there.
        let mut batch = Batch::new();
        add(&mut batch, &db, &tenant(), "dan");
        add(&mut batch, &db, &tenant(), "ann");
        db.apply(batch).await.unwrap_err();
        assert_eq!(count(&db, &tenant()).await, 3, "{}", db.name);

        let mut batch = Batch::new();
        let mut ann = documents::find::<Users>(&db, &tenant(), "auth0|ann").await.unwrap().unwrap();
        ann.doc["name"] = "Ann".into();
        documents::update(&mut batch, &db, &tenant(), ann);
        for name in ["auth0|bea", "auth0|nobody"] {
            documents::delete::<Users>(&mut batch, &tenant(), name);
        }
        add(&mut batch, &db, &tenant(), "dan");
        add(&mut batch, &db, &tenant(), "eve");
        db.apply(batch).await.unwrap();
        assert_eq!((count(&db, &tenant()).await, count(&db, &other).await), (4, 1), "{}", db.name);
    }
}

/// By whichever of their identities, and wherever they first came.
#[tokio::test]
async fn users_of_a_connection_are_counted_with_those_who_were_linked_to_it() {
    for db in each().await {
        let mut batch = Batch::new();
        for (name, connections) in [
            ("ann", &["db"][..]),
            ("bea", &["db", "social"]),
            ("cid", &["social"]),
            ("dan", &["social", "db"]),
        ] {
            let identities: Vec<_> = connections.iter().map(|name| json!({ "connection": name })).collect();
            let user = json!({ "email": format!("{name}@example.com"), "identities": identities });
            documents::insert::<Users>(&mut batch, &db, &tenant(), name, user);
        }
        db.apply(batch).await.unwrap();
        let from = async |connection| {
            let wanted = Wanted { connection: Some(connection), take: 9, ..Wanted::default() };
            let found = documents::users(&db, &tenant(), &wanted).await.unwrap().len();
            let counted = documents::count_users(&db, &tenant(), &wanted).await.unwrap();
            assert_eq!(i64::try_from(found), Ok(counted), "{}: {connection}", db.name);
            counted
        };
        assert_eq!((from("db").await, from("social").await, from("none").await), (3, 3, 0), "{}", db.name);

        let mut ann = documents::find::<Users>(&db, &tenant(), "ann").await.unwrap().unwrap();
        ann.doc["identities"] = json!([{ "connection": "social" }]);
        let mut batch = Batch::new();
        documents::update(&mut batch, &db, &tenant(), ann);
        documents::delete::<Users>(&mut batch, &tenant(), "dan");
        db.apply(batch).await.unwrap();
        assert_eq!((from("db").await, from("social").await), (1, 3), "{}", db.name);
        assert_eq!(count(&db, &tenant()).await, 3, "{}", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_that_come_and_go_at_once_are_all_counted() {
    for db in each().await {
        let mut rounds = tokio::task::JoinSet::new();
        for nth in 0..20 {
            let store = db.store().clone();
            rounds.spawn(async move {
                for name in ["stays", "goes"] {
                    let mut batch = Batch::new();
                    add(&mut batch, &store, &tenant(), &format!("{name}{nth}"));
                    store.apply(batch).await.unwrap();
                }
                let mut batch = Batch::new();
                documents::delete::<Users>(&mut batch, &tenant(), &format!("auth0|goes{nth}"));
                store.apply(batch).await.unwrap();
            });
        }
        rounds.join_all().await;
        assert_eq!(count(&db, &tenant()).await, 20, "{}", db.name);
    }
}

/// Where they came before anybody counted, and where somebody writes them past this program.
#[tokio::test]
async fn users_of_before_are_counted_and_so_are_those_of_others() {
    for db in shared().await {
        run(&db.database, &drop_all()).await;
        run(&db.database, &made_until(15, &db.database)).await;
        let copies = |from: u32| {
            let row = |nth| format!("('default', 'auth0|{nth}', 1, '{{\"email\":\"{nth}@x.example\"}}')");
            let rows: Vec<_> = (from..from + 3).map(row).collect();
            format!("INSERT INTO users (tenant, id, revision, doc) VALUES {}", rows.join(", "))
        };
        run(&db.database, &copies(0)).await;
        let opened = db.reopen().await;
        let count = async || documents::count_users(&opened, &tenant(), &Wanted::default()).await.unwrap();
        assert_eq!(count().await, 3, "{}", db.name);
        run(&db.database, &copies(3)).await;
        assert_eq!(count().await, 6, "{}", db.name);
        run(&db.database, "DELETE FROM users").await;
        assert_eq!(count().await, 0, "{}", db.name);
    }
}
