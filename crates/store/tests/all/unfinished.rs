//! What migrations left to be done to what was there before them.

use keybound_api::search::{Search, USERS};
use keybound_store::Store;
use keybound_store::documents::kept::{self, Shelf};
use keybound_store::documents::{self, Users, Wanted};
use keybound_store::ledger::Slice;
use keybound_store::ledger::organizations::roles_of;
use keybound_store::testing::shared;

use crate::seed::tenant;
use crate::shapes::{raw_document, run};

/// Users as they were before anybody searched for them.
fn before(range: std::ops::Range<u32>) -> String {
    let row = |n: u32| {
        format!(
            "('default', 'auth0|{n:04}', 1, '{{\"user_id\":\"auth0|{n:04}\",\"email\":\"u{n}@d{}.example\",\"name\":\"ÉLODIE {n}\"}}')",
            n % 2
        )
    };
    let rows: Vec<String> = range.map(row).collect();
    format!("INSERT INTO users (tenant, id, revision, doc) VALUES {}", rows.join(","))
}

async fn found(db: &Store, query: &str) -> i64 {
    let search = Search::parse(query, &USERS).unwrap();
    let wanted = Wanted { search: Some(&search), ..Wanted::default() };
    documents::count_users(db, &tenant(), &wanted).await.unwrap()
}

#[tokio::test]
async fn users_who_were_there_before_are_found_once_a_server_has_started() {
    for db in shared().await {
        run(&db.database, &before(0..1_203)).await;
        assert_eq!(found(&db, "email.domain:d1.example").await, 0, "{}", db.name);
        run(&db.database, "INSERT INTO unfinished (name, tenant, id) VALUES ('users.found_by', '', '')")
            .await;
        let started = db.reopen().await;
        assert_eq!(found(&started, "email.domain:d1.example").await, 601, "{}", db.name);
        assert_eq!(found(&started, "name:\"élodie 1202\"").await, 1, "{}", db.name);
        assert!(raw_document(&db.database, "users", "auth0|0000").await.contains("found_by"), "{}", db.name);
        let one = documents::find::<Users>(&started, &tenant(), "auth0|0001").await.unwrap().unwrap();
        assert_eq!((one.revision, one.doc.get("found_by")), (1, None), "{}: nobody changed them", db.name);

        // It is done once: what comes later comes by the store, and is not looked for.
        run(&db.database, &before(1_203..1_205)).await;
        let again = db.reopen().await;
        assert_eq!(found(&again, "email.domain:d1.example").await, 601, "{}", db.name);
    }
}

/// Cut off in between, and begun by several at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_goes_on_and_several_may_do_it() {
    for db in shared().await {
        run(&db.database, &before(0..1_500)).await;
        let rest =
            "INSERT INTO unfinished (name, tenant, id) VALUES ('users.found_by', 'default', 'auth0|0499')";
        run(&db.database, rest).await;
        let (one, other) = tokio::join!(db.reopen(), db.reopen());
        for started in [one, other] {
            assert_eq!(found(&started, "_exists_:email.domain").await, 1_000, "{}", db.name);
        }
    }
}

#[tokio::test]
async fn roles_that_members_had_before_they_were_felt_are_theirs_still() {
    for db in shared().await {
        let kept = |subject: &str, roles: &str| {
            format!(
                "INSERT INTO kept (tenant, kind, owner, id, revision, doc) VALUES
                   ('default', 'organization_member_roles', 'org_1', '{subject}', 1, '{{\"roles\":[{roles}]}}')"
            )
        };
        for n in 0..120 {
            run(&db.database, &kept(&format!("auth0|{n}"), "\"rol_1\",\"rol_gone\"")).await;
        }
        let role = "INSERT INTO roles (tenant, id, revision, doc) VALUES ('default', 'rol_1', 1, '{\"id\":\"rol_1\",\"name\":\"a\"}')";
        run(&db.database, role).await;
        run(
            &db.database,
            "INSERT INTO unfinished (name, tenant, id) VALUES ('organization_member_roles', '', '')",
        )
        .await;
        let (started, other) = tokio::join!(db.reopen(), db.reopen());
        let slice = || Slice { after: "", skip: 0, take: 50 };
        for store in [&started, &other] {
            let (roles, total) = roles_of(store, &tenant(), ("org_1", "auth0|119"), slice()).await.unwrap();
            assert_eq!((roles.len(), total), (1, 1), "{}", db.name);
        }
        let place = Shelf::new("organization_member_roles").of("org_1");
        let left = kept::page(&started, &tenant(), place, slice()).await.unwrap();
        assert!(left.is_empty(), "{}", db.name);
    }
}
