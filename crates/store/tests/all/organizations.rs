//! Who belongs to which organization, and how they come in.

use keybound_authority::model::connection::Signup;
use keybound_authority::model::name::{ConnectionName, OrganizationId};
use keybound_authority::model::organization::{Entrance, Joining, Membership};
use keybound_store::Batch;
use keybound_store::documents::{
    self, ClientGrants, Connections, Invitations, Kind as _, Organizations, Users,
};
use keybound_store::ledger::Slice;
use keybound_store::ledger::organizations::{self, CONNECTED, Enabled, GIVEN};
use keybound_store::testing::{Scratch, each};
use serde_json::json;

use crate::seed::{at, connection, subject, tenant};

const ALL: Slice<'_> = Slice { after: "", skip: 0, take: 50 };

fn acme() -> OrganizationId {
    OrganizationId::parse("org_acme").unwrap()
}

fn enabled(joining: Joining) -> Enabled {
    Enabled {
        connection: "con_1".into(),
        name: connection(),
        entrance: Entrance { joining, signup: Signup::Closed },
        button: true,
    }
}

async fn furnish(db: &Scratch) {
    let mut batch = Batch::new();
    for (id, name) in [("org_acme", "acme"), ("org_other", "other")] {
        let doc = json!({ "id": id, "name": name, "display_name": "A \u{202E}b" });
        documents::insert::<Organizations>(&mut batch, db, &tenant(), id, doc);
    }
    let doc = json!({ "name": connection().as_str(), "strategy": "auth0" });
    documents::insert::<Connections>(&mut batch, db, &tenant(), "con_1", doc);
    let user = subject("1");
    documents::insert::<Users>(&mut batch, db, &tenant(), user.as_str(), json!({ "user_id": user.as_str() }));
    let grant = json!({ "client_id": "c", "audience": "a" });
    documents::insert::<ClientGrants>(&mut batch, db, &tenant(), "cgr_1", grant);
    db.apply(batch).await.unwrap();
}

#[tokio::test]
async fn somebody_is_a_member_from_joining_to_leaving() {
    for db in each().await {
        furnish(&db).await;
        let (user, from) = (subject("1"), connection());
        let residence = async || {
            organizations::residence(&db, &tenant(), &acme(), (&user, &from)).await.unwrap().unwrap()
        };
        let before = residence().await;
        assert_eq!((before.membership, before.entrance), (Membership::Stranger, None), "{}", db.name);
        assert_eq!(&*before.organization.display_name, "A b", "no mark that reorders is shown");
        for _ in 0..2 {
            let mut batch = Batch::new();
            organizations::join(&mut batch, &tenant(), (&acme(), &user), at(0));
            db.apply(batch).await.unwrap();
        }
        assert_eq!(residence().await.membership, Membership::Member, "{}", db.name);
        let (members, total) = organizations::members(&db, &tenant(), "org_acme", ALL).await.unwrap();
        assert_eq!((members.len(), total, &*members[0].id), (1, 1, user.as_str()), "{}", db.name);
        let (of, total) = organizations::of_user(&db, &tenant(), user.as_str(), ALL).await.unwrap();
        assert_eq!((of.len(), total, &*of[0].id), (1, 1, "org_acme"), "{}", db.name);
        let mut batch = Batch::new();
        organizations::leave(&mut batch, &tenant(), (&acme(), &user));
        db.apply(batch).await.unwrap();
        assert_eq!(residence().await.membership, Membership::Stranger, "{}", db.name);
        let gone = OrganizationId::parse("org_gone").unwrap();
        let none = organizations::residence(&db, &tenant(), &gone, (&user, &from)).await.unwrap();
        assert!(none.is_none(), "{}", db.name);
    }
}

#[tokio::test]
async fn an_organization_takes_people_in_by_its_own_connections_only() {
    for db in each().await {
        furnish(&db).await;
        let connect = async |joining| {
            let mut batch = Batch::new();
            organizations::connect(&mut batch, &tenant(), "org_acme", &enabled(joining));
            db.apply(batch).await
        };
        connect(Joining::ByName).await.unwrap();
        let again = connect(Joining::OnLogin).await.unwrap_err();
        assert_eq!(again.conflict(), Some(CONNECTED), "{}", db.name);
        let mut batch = Batch::new();
        organizations::set(&mut batch, &tenant(), "org_acme", &enabled(Joining::OnLogin));
        db.apply(batch).await.unwrap();
        let (found, document) =
            organizations::connected(&db, &tenant(), ("org_acme", "con_1")).await.unwrap().unwrap();
        assert_eq!((found, &*document.id), (enabled(Joining::OnLogin), "con_1"), "{}", db.name);
        let entrance = async |name: &ConnectionName| {
            let pair = (&subject("1"), name);
            organizations::residence(&db, &tenant(), &acme(), pair).await.unwrap().unwrap().entrance
        };
        assert_eq!(entrance(&connection()).await, Some(enabled(Joining::OnLogin).entrance), "{}", db.name);
        assert_eq!(entrance(&ConnectionName::parse("else").unwrap()).await, None, "{}", db.name);
        let mut batch = Batch::new();
        organizations::forget_connection(&mut batch, &tenant(), "con_1");
        db.apply(batch).await.unwrap();
        assert_eq!(entrance(&connection()).await, None, "{}", db.name);
    }
}

#[tokio::test]
async fn a_dissolved_organization_leaves_nothing_behind() {
    for db in each().await {
        furnish(&db).await;
        let mut batch = Batch::new();
        organizations::give(&mut batch, &tenant(), ("org_acme", "cgr_1"));
        organizations::connect(&mut batch, &tenant(), "org_acme", &enabled(Joining::ByName));
        organizations::join(&mut batch, &tenant(), (&acme(), &subject("1")), at(0));
        db.apply(batch).await.unwrap();
        assert!(organizations::is_given(&db, &tenant(), ("org_acme", "cgr_1")).await.unwrap());
        assert!(!organizations::is_given(&db, &tenant(), ("org_other", "cgr_1")).await.unwrap());
        let mut batch = Batch::new();
        organizations::give(&mut batch, &tenant(), ("org_acme", "cgr_1"));
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(GIVEN), "{}", db.name);
        let mut batch = Batch::new();
        organizations::dissolve(&mut batch, &tenant(), "org_acme");
        db.apply(batch).await.unwrap();
        let members = organizations::members(&db, &tenant(), "org_acme", ALL).await.unwrap();
        let connections = organizations::connections(&db, &tenant(), "org_acme", ALL).await.unwrap();
        let grants = organizations::grants(&db, &tenant(), "org_acme", ALL).await.unwrap();
        assert_eq!((members.1, connections.1, grants.1), (0, 0, 0), "{}", db.name);
    }
}

/// Of any number that accept an invitation at once, one does.
#[tokio::test]
async fn what_can_be_used_once_is_taken_once() {
    for db in each().await {
        let mut batch = Batch::new();
        let doc = json!({ "organization_id": "org_acme", "ticket_id": "t", "ticket_digest": "d" });
        documents::insert::<Invitations>(&mut batch, &db, &tenant(), "uinv_1", doc);
        db.apply(batch).await.unwrap();
        let found = documents::invitation_of_ticket(&db, &tenant(), "d").await.unwrap().unwrap();
        assert_eq!(found.doc["ticket_id"], "t", "{}", db.name);
        let take = async || {
            let mut batch = Batch::new();
            documents::take(&mut batch, &tenant(), &found);
            db.apply(batch).await
        };
        take().await.unwrap();
        assert_eq!(take().await.unwrap_err().conflict(), Some(Invitations::REVISION), "{}", db.name);
    }
}
