//! What people may do, by roles and each by themselves.

use keybound_authority::model::name::AudienceName;
use keybound_proto::scope::Scopes;
use keybound_store::Batch;
use keybound_store::documents::{self, Roles, Users};
use keybound_store::ledger::Slice;
use keybound_store::ledger::roles::{self, Holder, Permission};
use keybound_store::testing::{Scratch, each};
use serde_json::json;

use crate::seed::{subject, tenant};

const ALL: Slice<'_> = Slice { after: "", skip: 0, take: 50 };
const ORDERS: &str = "https://orders.example/";
const BILLS: &str = "https://bills.example/";

fn permission(audience: &str, name: &str) -> Permission {
    Permission { audience: audience.into(), name: name.into() }
}

/// A clerk may read orders and bills; the user is one, and may write orders for themselves alone.
async fn furnish(db: &Scratch) {
    let user = subject("1");
    let mut batch = Batch::new();
    documents::insert::<Users>(&mut batch, db, &tenant(), user.as_str(), json!({ "user_id": user.as_str() }));
    for (id, name) in [("rol_1", "Clerk"), ("rol_2", "Guest")] {
        documents::insert::<Roles>(&mut batch, db, &tenant(), id, json!({ "id": id, "name": name }));
    }
    for audience in [ORDERS, BILLS] {
        roles::permit(&mut batch, &tenant(), Holder::Role("rol_1"), &permission(audience, "read:all"));
    }
    roles::permit(&mut batch, &tenant(), Holder::User(user.as_str()), &permission(ORDERS, "write:all"));
    // Twice is once.
    roles::permit(&mut batch, &tenant(), Holder::User(user.as_str()), &permission(ORDERS, "read:all"));
    roles::assign(&mut batch, &tenant(), (user.as_str(), "rol_1"));
    roles::assign(&mut batch, &tenant(), (user.as_str(), "rol_1"));
    db.apply(batch).await.unwrap();
}

async fn held(db: &Scratch, audience: &str) -> Scopes {
    let audience = AudienceName::parse(audience).unwrap();
    roles::held(db, &tenant(), (&subject("1"), &audience), None).await.unwrap()
}

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

#[tokio::test]
async fn a_person_may_do_what_their_roles_and_they_themselves_may() {
    for db in each().await {
        furnish(&db).await;
        assert_eq!(held(&db, ORDERS).await, scopes("read:all write:all"), "{}", db.name);
        assert_eq!(held(&db, BILLS).await, scopes("read:all"));
        let sources = roles::sources(&db, &tenant(), subject("1").as_str()).await.unwrap();
        let told: Vec<_> = sources
            .iter()
            .map(|source| (&*source.permission.audience, &*source.permission.name, source.role.is_some()))
            .collect();
        assert_eq!(told.len(), 4, "{}: one for each way: {told:?}", db.name);
        assert_eq!(told.first(), Some(&(BILLS, "read:all", true)));
        // What is theirs alone comes first, in every database.
        assert_eq!(told[1..3], [(ORDERS, "read:all", false), (ORDERS, "read:all", true)], "{}", db.name);
        assert_eq!(sources[0].role, Some(("rol_1".into(), "Clerk".into())));
    }
}

#[tokio::test]
async fn what_is_taken_is_gone() {
    for db in each().await {
        furnish(&db).await;
        let user = subject("1");
        let mut batch = Batch::new();
        roles::forbid(&mut batch, &tenant(), Holder::User(user.as_str()), &permission(ORDERS, "write:all"));
        roles::forbid(&mut batch, &tenant(), Holder::Role("rol_1"), &permission(BILLS, "read:all"));
        db.apply(batch).await.unwrap();
        assert_eq!(held(&db, ORDERS).await, scopes("read:all"), "{}", db.name);
        assert!(held(&db, BILLS).await.is_empty());

        let mut batch = Batch::new();
        roles::remove(&mut batch, &tenant(), (user.as_str(), "rol_1"));
        db.apply(batch).await.unwrap();
        assert!(roles::of_user(&db, &tenant(), user.as_str(), ALL).await.unwrap().0.is_empty());
        assert_eq!(held(&db, ORDERS).await, scopes("read:all"), "{}: their own", db.name);

        let mut batch = Batch::new();
        roles::forget_audience(&mut batch, &tenant(), &AudienceName::parse(ORDERS).unwrap());
        db.apply(batch).await.unwrap();
        assert!(held(&db, ORDERS).await.is_empty());
    }
}

#[tokio::test]
async fn pages_show_a_role_and_its_people() {
    for db in each().await {
        furnish(&db).await;
        let (found, total) = roles::permissions(&db, &tenant(), "rol_1", ALL).await.unwrap();
        assert_eq!((found, total), (vec![permission(BILLS, "read:all"), permission(ORDERS, "read:all")], 2));
        let (users, total) = roles::users(&db, &tenant(), "rol_1", ALL).await.unwrap();
        assert_eq!((&*users[0].id, total), (subject("1").as_str(), 1), "{}", db.name);
        let (of_user, total) = roles::of_user(&db, &tenant(), subject("1").as_str(), ALL).await.unwrap();
        assert_eq!((&*of_user[0].id, total), ("rol_1", 1));
        assert_eq!(roles::users(&db, &tenant(), "rol_2", ALL).await.unwrap().1, 0);

        let mut batch = Batch::new();
        roles::dissolve(&mut batch, &tenant(), "rol_1");
        roles::forget_user(&mut batch, &tenant(), &subject("1"));
        db.apply(batch).await.unwrap();
        assert!(held(&db, ORDERS).await.is_empty());
        assert_eq!(roles::users(&db, &tenant(), "rol_1", ALL).await.unwrap().1, 0);
    }
}
