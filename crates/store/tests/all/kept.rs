//! Documents of kinds that are known by their name alone.

use keybound_store::documents::kept::{self, Kept, NEW, REVISION, Shelf};
use keybound_store::ledger::Slice;
use keybound_store::testing::{each, shared};
use keybound_store::{Batch, Store, StoreError};
use serde_json::{Value, json};

use crate::seed::tenant;
use crate::shapes::raw_document;

static HOOKS: Shelf = Shelf { name: "hooks", secrets: &["key", "keys"], unique: "name" };
static PROMPTS: Shelf = Shelf::new("prompts");

async fn insert(db: &Store, owner: &str, id: &str, doc: Value) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    kept::insert(&mut batch, db, &tenant(), (HOOKS.of(owner), id), doc);
    db.apply(batch).await
}

async fn update(db: &Store, owner: &str, changed: Kept) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    kept::update(&mut batch, db, &tenant(), HOOKS.of(owner), changed);
    db.apply(batch).await
}

#[tokio::test]
async fn a_kept_document_lives_through_all_verbs() {
    for db in each().await {
        let doc =
            json!({ "name": "Ünï \\", "key": "s", "keys": [{ "value": "s" }], "n": 1.5, "nothing": null });
        insert(&db, "a", "1", doc.clone()).await.unwrap();
        let find = async || kept::find(&db, &tenant(), HOOKS.of("a"), "1").await.unwrap();
        let mut found = find().await.unwrap();
        assert_eq!((&*found.id, found.revision, &found.doc), ("1", 1, &doc), "{}", db.name);
        assert_eq!(insert(&db, "a", "1", json!({})).await.unwrap_err().conflict(), Some(NEW), "{}", db.name);
        let stale = found.clone();
        found.doc["name"] = json!("changed");
        update(&db, "a", found).await.unwrap();
        assert_eq!(update(&db, "a", stale).await.unwrap_err().conflict(), Some(REVISION), "{}", db.name);
        let found = find().await.unwrap();
        assert_eq!(
            (found.revision, &found.doc["name"], &found.doc["keys"][0]["value"]),
            (2, &json!("changed"), &json!("s"))
        );
        let mut batch = Batch::new();
        kept::delete(&mut batch, &tenant(), HOOKS.of("a"), "1");
        db.apply(batch).await.unwrap();
        assert!(find().await.is_none(), "{}", db.name);
        assert_eq!(
            update(&db, "a", found).await.unwrap_err().conflict(),
            Some(REVISION),
            "{}: deleted",
            db.name
        );
    }
}

#[tokio::test]
async fn owners_and_kinds_keep_their_own() {
    for db in each().await {
        for owner in ["a", "b"] {
            insert(&db, owner, "1", json!({ "name": "x" })).await.unwrap();
            let taken = insert(&db, owner, "2", json!({ "name": "x" })).await.unwrap_err();
            assert_eq!(taken.conflict(), Some(NEW), "{}: a name is unique for its owner", db.name);
        }
        insert(&db, "a", "2", json!({ "name": "y" })).await.unwrap();
        for id in ["3", "4"] {
            insert(&db, "a", id, json!({})).await.unwrap();
        }
        let mut second = kept::named(&db, &tenant(), HOOKS.of("a"), "y").await.unwrap().unwrap();
        assert_eq!(&*second.id, "2", "{}", db.name);
        second.doc["name"] = json!("x");
        assert_eq!(update(&db, "a", second).await.unwrap_err().conflict(), Some(REVISION), "{}", db.name);
        let nobody = kept::find(&db, &tenant(), PROMPTS.whole(), "1").await.unwrap();
        assert!(nobody.is_none(), "{}", db.name);

        let ids = async |slice| {
            let page = kept::page(&db, &tenant(), HOOKS.of("a"), slice).await.unwrap();
            page.iter().map(|one| one.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(Slice { after: "", skip: 1, take: 2 }).await, ["2", "3"], "{}", db.name);
        assert_eq!(ids(Slice { after: "3", skip: 0, take: 9 }).await, ["4"], "{}", db.name);
        assert_eq!(kept::count(&db, &tenant(), HOOKS.of("a")).await.unwrap(), 4, "{}", db.name);
        let mut batch = Batch::new();
        kept::clear(&mut batch, &tenant(), HOOKS.of("a"));
        db.apply(batch).await.unwrap();
        assert_eq!(kept::count(&db, &tenant(), HOOKS.of("a")).await.unwrap(), 0, "{}", db.name);
        assert_eq!(kept::count(&db, &tenant(), HOOKS.of("b")).await.unwrap(), 1, "{}", db.name);
    }
}

#[tokio::test]
async fn the_secrets_of_kept_documents_are_sealed_at_rest() {
    for db in shared().await {
        let doc = json!({ "name": "open", "key": "hush-1", "keys": [{ "value": "hush-2" }] });
        insert(&db, "a", "1", doc.clone()).await.unwrap();
        let raw = raw_document(&db.database, "kept", "1").await;
        assert!(raw.contains("open") && !raw.contains("hush"), "{}: {raw}", db.name);
        let found = kept::find(&db, &tenant(), HOOKS.of("a"), "1").await.unwrap().unwrap();
        assert_eq!(found.doc, doc, "{}", db.name);
    }
}
