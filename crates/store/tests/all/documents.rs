//! Documents.

use keybound_authority::model::audience::OnBehalfOf;
use keybound_authority::model::name::AudienceName;
use keybound_proto::secret::Secret;
use keybound_store::documents::{
    self, ClientGrants, Clients, Connections, Invitations, Kind, Organizations, ResourceServers, Roles,
    Tenants, Users, Window,
};
use keybound_store::testing::{Scratch, config, each, shared};
use keybound_store::{Batch, Store, StoreConfig, StoreError};
use serde_json::{Value, json};

use crate::seed::{audience, client, connection, tenant};

async fn insert<K: Kind>(db: &Store, id: &str, doc: Value) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    documents::insert::<K>(&mut batch, db, &tenant(), id, doc);
    db.apply(batch).await
}

async fn round_trip<K: Kind>(db: &Scratch) {
    let doc = json!({
        "name": "Ünï \"quoted\" \\ back", "n": 1, "f": 1.5, "on": true, "off": false, "nothing": null,
        "identifier": "x", "client_id": "c", "audience": "a", "list": [1, "two", {}], "deep": {"er": {"est": 1}},
    });
    let find = async || documents::find::<K>(db, &tenant(), "id-1").await.unwrap();
    assert!(find().await.is_none(), "{}", db.name);
    insert::<K>(db, "id-1", doc.clone()).await.unwrap();
    let mut found = find().await.unwrap();
    assert_eq!((&*found.id, found.revision, &found.doc), ("id-1", 1, &doc), "{}", db.name);
    let again = insert::<K>(db, "id-1", doc).await.unwrap_err();
    assert_eq!(again.conflict(), Some(K::NEW), "{}", db.name);

    let stale = found.clone();
    found.doc["name"] = json!("changed");
    let mut batch = Batch::new();
    documents::update(&mut batch, db, &tenant(), found);
    db.apply(batch).await.unwrap();
    let found = find().await.unwrap();
    assert_eq!((found.revision, &found.doc["name"]), (2, &json!("changed")), "{}", db.name);
    let mut batch = Batch::new();
    documents::update(&mut batch, db, &tenant(), stale);
    assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(K::REVISION), "{}: stale", db.name);

    let mut batch = Batch::new();
    documents::delete::<K>(&mut batch, &tenant(), "id-1");
    db.apply(batch).await.unwrap();
    assert!(find().await.is_none(), "{}", db.name);
    let mut batch = Batch::new();
    documents::update(&mut batch, db, &tenant(), found);
    assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(K::REVISION), "{}: deleted", db.name);
}

#[tokio::test]
async fn a_document_of_every_kind_lives_through_all_verbs() {
    for db in each().await {
        round_trip::<Clients>(&db).await;
        round_trip::<ResourceServers>(&db).await;
        round_trip::<ClientGrants>(&db).await;
        round_trip::<Connections>(&db).await;
        round_trip::<Organizations>(&db).await;
        round_trip::<Roles>(&db).await;
        round_trip::<Invitations>(&db).await;
        round_trip::<Users>(&db).await;
        round_trip::<Tenants>(&db).await;
    }
}

#[tokio::test]
async fn what_must_be_unique_is() {
    for db in each().await {
        let user = |email: &str, name: &str| json!({"email": email, "username": name, "identities": [{"connection": connection().as_str()}]});
        insert::<Users>(&db, "auth0|1", user("ada@example.com", "ada")).await.unwrap();
        for (id, taken) in
            [("auth0|2", user(" ADA@Example.com", "other")), ("auth0|3", user("other@example.com", "Ada"))]
        {
            assert_eq!(
                insert::<Users>(&db, id, taken).await.unwrap_err().conflict(),
                Some(Users::NEW),
                "{}",
                db.name
            );
        }
        let elsewhere = json!({"email": "ada@example.com", "identities": [{"connection": "other"}]});
        insert::<Users>(&db, "auth0|4", elsewhere).await.unwrap();
        let nameless = json!({"identities": [{"connection": "other"}]});
        insert::<Users>(&db, "auth0|5", nameless.clone()).await.unwrap();
        insert::<Users>(&db, "auth0|6", nameless).await.unwrap();

        insert::<ResourceServers>(&db, "1", json!({"identifier": "a"})).await.unwrap();
        let taken = insert::<ResourceServers>(&db, "2", json!({"identifier": "a"})).await.unwrap_err();
        assert_eq!(taken.conflict(), Some(ResourceServers::NEW), "{}", db.name);
        insert::<Connections>(&db, "1", json!({"name": "a"})).await.unwrap();
        let taken = insert::<Connections>(&db, "2", json!({"name": "a"})).await.unwrap_err();
        assert_eq!(taken.conflict(), Some(Connections::NEW), "{}", db.name);
        insert::<ClientGrants>(&db, "1", json!({"client_id": "c", "audience": "a"})).await.unwrap();
        let taken = json!({"client_id": "c", "audience": "a", "subject_type": "client"});
        let taken = insert::<ClientGrants>(&db, "2", taken).await.unwrap_err();
        assert_eq!(taken.conflict(), Some(ClientGrants::NEW), "{}", db.name);
        let for_users = json!({"client_id": "c", "audience": "a", "subject_type": "user"});
        insert::<ClientGrants>(&db, "3", for_users).await.unwrap();
    }
}

#[tokio::test]
async fn documents_are_found_by_what_is_unique_about_them() {
    for db in each().await {
        let identities = json!([{"connection": connection().as_str()}]);
        let user = json!({"email": "Ada@Example.com", "username": "Ada", "identities": identities});
        insert::<Users>(&db, "auth0|1", user).await.unwrap();
        insert::<ResourceServers>(&db, "rs", json!({"identifier": audience().as_str()})).await.unwrap();
        insert::<Connections>(&db, "con", json!({"name": connection().as_str()})).await.unwrap();
        let grant = json!({"client_id": "spa", "audience": audience().as_str()});
        insert::<ClientGrants>(&db, "cgr", grant).await.unwrap();

        for email in ["ada@example.com", " ADA@example.COM "] {
            let found =
                documents::user_by_email(&db, &tenant(), &connection(), email).await.unwrap().unwrap();
            assert_eq!(found.doc["email"], "ada@example.com", "{}", db.name);
        }
        let found = documents::user_by_username(&db, &tenant(), &connection(), "ADA").await.unwrap();
        assert_eq!(&*found.unwrap().id, "auth0|1", "{}", db.name);
        let found = documents::resource_server_identified(&db, &tenant(), &audience()).await.unwrap();
        assert_eq!(&*found.unwrap().id, "rs", "{}", db.name);
        let unknown = AudienceName::parse("unknown").unwrap();
        let found = documents::resource_server_identified(&db, &tenant(), &unknown).await.unwrap();
        assert!(found.is_none(), "{}", db.name);
        let found = documents::connection_named(&db, &tenant(), &connection()).await.unwrap();
        assert_eq!(&*found.unwrap().id, "con", "{}", db.name);
        let pair = (&client("spa"), &audience());
        let found = documents::client_grant_between(&db, &tenant(), pair, OnBehalfOf::Itself).await.unwrap();
        assert_eq!(&*found.unwrap().id, "cgr", "{}", db.name);
        let found = documents::client_grant_between(&db, &tenant(), pair, OnBehalfOf::User).await.unwrap();
        assert!(found.is_none(), "{}", db.name);
    }
}

#[tokio::test]
async fn pages_are_cut_by_offset_with_a_total_and_by_the_last_one_seen() {
    for db in each().await {
        for number in 0..5 {
            let kind = if number % 2 == 0 { "spa" } else { "native" };
            let doc = json!({"app_type": kind, "name": "it's"});
            insert::<Clients>(&db, &format!("c{number}"), doc).await.unwrap();
        }
        let ids = async |window: &Window| {
            let page = documents::page::<Clients>(&db, &tenant(), window).await.unwrap();
            let ids: Vec<_> = page.documents.iter().map(|document| document.id.to_string()).collect();
            (ids.join(" "), page.total)
        };
        assert_eq!(ids(&Window::page(0, 2).counted()).await, ("c0 c1".into(), Some(5)), "{}", db.name);
        assert_eq!(ids(&Window::page(2, 2).counted()).await, ("c4".into(), Some(5)), "{}", db.name);
        assert_eq!(ids(&Window::page(9, 2).counted()).await, (String::new(), Some(5)), "{}", db.name);
        assert_eq!(ids(&Window::after(None, 2)).await, ("c0 c1".into(), None), "{}", db.name);
        assert_eq!(ids(&Window::after(Some("c1"), 9)).await, ("c2 c3 c4".into(), None), "{}", db.name);
        let native = Window::page(0, 9).counted().matching::<Clients>("app_type", "native");
        assert_eq!(ids(&native).await, ("c1 c3".into(), Some(2)), "{}", db.name);
        let none = native.matching::<Clients>("name", "its");
        assert_eq!(ids(&none).await, (String::new(), Some(0)), "{}", db.name);
    }
}

/// What a connection is told of elsewhere: passwords of other services among its options.
#[tokio::test]
async fn a_connections_options_are_sealed_at_rest_and_come_back_whole() {
    for db in shared().await {
        let options =
            json!({"client_secret": "correct horse", "sealed": "x", "none": null, "deep": [{"a": 1}]});
        let doc = json!({"name": "work", "strategy": "okta", "options": options});
        insert::<Connections>(&db, "con_sealed", doc.clone()).await.unwrap();
        let found = documents::find::<Connections>(&db, &tenant(), "con_sealed").await.unwrap().unwrap();
        assert_eq!(found.doc, doc, "{}", db.name);
        let kept = crate::shapes::raw_document(&db.database, "connections", "con_sealed").await;
        assert!(!kept.contains("horse") && kept.contains("sealed_object"), "{}: {kept}", db.name);
        // What was written before options were sealed is read as it is.
        let plain = r#"{"name": "old", "strategy": "auth0", "options": {"passwordPolicy": "low"}}"#;
        crate::shapes::put_raw_document(&db.database, "connections", "con_plain", plain).await;
        let found = documents::find::<Connections>(&db, &tenant(), "con_plain").await.unwrap().unwrap();
        assert_eq!(found.doc["options"]["passwordPolicy"], "low", "{}", db.name);
    }
}

#[tokio::test]
async fn a_client_secret_is_sealed_at_rest_and_opens_only_where_it_belongs() {
    for db in shared().await {
        let doc = json!({"name": "m2m", "client_secret": "correct horse"});
        insert::<Clients>(&db, "m2m", doc.clone()).await.unwrap();
        let found = documents::find::<Clients>(&db, &tenant(), "m2m").await.unwrap().unwrap();
        assert_eq!(found.doc, doc, "{}", db.name);
        assert!(!format!("{found:?}").contains("horse"), "{}", db.name);

        let thief = StoreConfig { master: Secret::new([8; 32]), ..config(db.database.clone()) };
        let thief = Store::open(thief).await.unwrap();
        let refused = documents::find::<Clients>(&thief, &tenant(), "m2m").await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{}: {refused}", db.name);
        // Whoever can write the database, but has no master key, cannot give a client another one's secret.
        let kept = crate::shapes::raw_document(&db.database, "clients", "m2m").await;
        assert!(!kept.contains("horse"), "{}: {kept}", db.name);
        crate::shapes::put_raw_document(&db.database, "clients", "other", &kept).await;
        let refused = documents::find::<Clients>(&db, &tenant(), "other").await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{}: {refused}", db.name);
    }
}
