//! Linked accounts, tickets, notes and what devices hold, on every database.

use keybound_authority::event::Sender;
use keybound_authority::grant::refresh::RefreshToken;
use keybound_authority::model::name::ConnectionName;
use keybound_store::Batch;
use keybound_store::documents::{self, Users};
use keybound_store::ledger::{
    Slice, consents, device_credentials as devices, families, linked_accounts, refresh_tokens, sessions,
    tickets::{self, Ticket},
};
use keybound_store::testing::{Scratch, each};
use serde_json::json;

use crate::seed::{at, client, family, refresh_token, session, subject, tenant};

const ALL: Slice<'static> = Slice { after: "", skip: 0, take: 10 };

#[cfg(test)]
mod made {
    use super::*;

    pub(super) async fn user(db: &Scratch, id: &str, email: &str) -> documents::Document<Users> {
        let doc = json!({ "user_id": id, "email": email, "identities": [{ "connection": "db" }] });
        let mut batch = Batch::new();
        documents::insert::<Users>(&mut batch, db, &tenant(), id, doc);
        db.apply(batch).await.unwrap();
        documents::find::<Users>(db, &tenant(), id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_linked_account_is_found_as_its_user_and_is_linked_once() {
    for db in each().await {
        let (_, eve) = (
            made::user(&db, "auth0|1", "ada@x.example").await,
            made::user(&db, "auth0|2", "eve@x.example").await,
        );
        let link = |to: &str| {
            let mut batch = Batch::new();
            linked_accounts::link(&mut batch, &tenant(), &eve, ("db", &subject(to)));
            batch
        };
        db.apply(link("1")).await.unwrap();
        assert_eq!(
            db.apply(link("3")).await.unwrap_err().conflict(),
            Some(linked_accounts::NEW),
            "{}",
            db.name
        );
        let connection = ConnectionName::parse("db").unwrap();
        let found =
            linked_accounts::by_email(&db, &tenant(), &connection, " Eve@X.example").await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), &*found.user.id), ("auth0|2", "auth0|1"), "{}", db.name);
        let other = ConnectionName::parse("other").unwrap();
        assert!(linked_accounts::by_email(&db, &tenant(), &other, "eve@x.example").await.unwrap().is_none());
        assert!(linked_accounts::by_username(&db, &tenant(), &connection, "eve").await.unwrap().is_none());
        let (whose, doc) = linked_accounts::find(&db, &tenant(), "auth0|2").await.unwrap().unwrap();
        assert_eq!((whose.as_str(), &doc["email"]), ("auth0|1", &json!("eve@x.example")), "{}", db.name);
        for (to, guard) in [("auth0|3", Some(linked_accounts::LINKED)), ("auth0|1", None)] {
            let mut batch = Batch::new();
            linked_accounts::let_go(&mut batch, &tenant(), ("auth0|2", to));
            assert_eq!(db.apply(batch).await.err().and_then(|error| error.conflict()), guard, "{}", db.name);
        }
    }
}

#[tokio::test]
async fn a_ticket_is_spent_once_and_not_too_late() {
    for db in each().await {
        let ticket =
            Ticket { purpose: "email".into(), subject: subject("1"), doc: json!({}), expires_at: at(50) };
        let mut batch = Batch::new();
        tickets::issue(&mut batch, &tenant(), &[1; 32], &ticket);
        tickets::issue(&mut batch, &tenant(), &[2; 32], &ticket);
        db.apply(batch).await.unwrap();
        let found = tickets::find(&db, &tenant(), &[1; 32], at(49)).await.unwrap().unwrap();
        assert_eq!((found.purpose.as_str(), found.subject), ("email", subject("1")), "{}", db.name);
        assert!(tickets::find(&db, &tenant(), &[1; 32], at(50)).await.unwrap().is_none(), "{}", db.name);
        for (digest, now, good) in [([1; 32], 49, true), ([1; 32], 49, false), ([2; 32], 50, false)] {
            let mut batch = Batch::new();
            tickets::spend(&mut batch, &tenant(), &digest, at(now));
            assert_eq!(db.apply(batch).await.is_ok(), good, "{}", db.name);
        }
    }
}

#[tokio::test]
async fn a_family_keeps_its_name_its_beginning_and_its_note_while_its_tokens_change() {
    for db in each().await {
        let first = refresh_token(1, "f");
        let mut batch = Batch::new();
        refresh_tokens::issue(&mut batch, &tenant(), &first);
        families::note(&mut batch, &tenant(), &family("f"), Some(&json!({ "a": "b" })));
        db.apply(batch).await.unwrap();
        let began = families::find(&db, &tenant(), &family("f"), at(1)).await.unwrap().unwrap();
        assert_eq!((began.began_at, began.exchanged_at), (first.issued_at, None), "{}", db.name);
        let digest = refresh_token(2, "f").digest;
        let next = RefreshToken { digest, issued_at: at(20), ..first.clone() };
        let mut batch = Batch::new();
        refresh_tokens::spend(&mut batch, &db, (&tenant(), &first), None, next.issued_at);
        refresh_tokens::issue_after(&mut batch, &tenant(), &next, &first.digest);
        db.apply(batch).await.unwrap();
        let found = families::find(&db, &tenant(), &family("f"), at(20)).await.unwrap().unwrap();
        assert_eq!(
            (found.began_at, found.exchanged_at),
            (first.issued_at, Some(next.issued_at)),
            "{}",
            db.name
        );
        assert_eq!(found.metadata, Some(json!({ "a": "b" })), "{}", db.name);
        let whose = first.subject.clone();
        let among = families::Among::of(&whose);
        let (page, total) = families::page(&db, &tenant(), among, ALL, at(20)).await.unwrap();
        assert_eq!((page.len(), total), (1, 1), "{}", db.name);
        let at_other = families::Among { client: Some(&client("another")), ..among };
        assert_eq!(families::page(&db, &tenant(), at_other, ALL, at(20)).await.unwrap().1, 0, "{}", db.name);
        let mut batch = Batch::new();
        families::revoke(&mut batch, &tenant(), at_other, at(21));
        db.apply(batch).await.unwrap();
        assert!(families::find(&db, &tenant(), &family("f"), at(21)).await.unwrap().is_some(), "{}", db.name);
        let held = devices::page(&db, &tenant(), devices::Among::default(), ALL, at(21)).await.unwrap();
        assert_eq!((held.1, held.0[0].id.as_str()), (1, "f"), "{}", db.name);
        let mut batch = Batch::new();
        families::revoke(&mut batch, &tenant(), among, at(22));
        db.apply(batch).await.unwrap();
        assert!(families::find(&db, &tenant(), &family("f"), at(22)).await.unwrap().is_none(), "{}", db.name);
        assert_eq!(devices::page(&db, &tenant(), devices::Among::default(), ALL, at(22)).await.unwrap().1, 0);
        let grants = consents::Among { audience: Some(""), ..consents::Among::default() };
        assert_eq!(consents::page(&db, &tenant(), grants, ALL).await.unwrap().1, 0, "{}", db.name);
    }
}

#[tokio::test]
async fn a_session_remembers_its_clients_each_once_and_what_is_noted_about_it() {
    for db in each().await {
        let begun = session(1);
        let from = Sender { address: Some("192.0.2.1".parse().unwrap()), agent: Some("Browser".into()) };
        let mut batch = Batch::new();
        sessions::begin(&mut batch, &tenant(), &begun, &from);
        db.apply(batch).await.unwrap();
        for name in ["b", "a", "b"] {
            let mut batch = Batch::new();
            let by = (&client(name), &Sender::default());
            sessions::touch(&mut batch, &tenant(), &begun, by, begun.began_at);
            db.apply(batch).await.unwrap();
        }
        let mut batch = Batch::new();
        sessions::note(&mut batch, &tenant(), &begun.id, Some(&json!({ "k": "v" })), begun.began_at);
        db.apply(batch).await.unwrap();
        let found = sessions::record(&db, &tenant(), &begun.id, begun.began_at).await.unwrap().unwrap();
        assert_eq!(found.clients, [client("b"), client("a")], "{}", db.name);
        assert_eq!((&found.first, &found.last), (&from, &Sender::default()), "{}", db.name);
        assert_eq!(found.metadata, Some(json!({ "k": "v" })), "{}", db.name);
        let page = sessions::page(&db, &tenant(), &begun.subject, ALL, begun.began_at).await.unwrap();
        assert_eq!((page.0.len(), page.1), (1, 1), "{}", db.name);
        let over = begun.forgotten_at();
        assert!(sessions::record(&db, &tenant(), &begun.id, over).await.unwrap().is_none(), "{}", db.name);
        assert_eq!(
            sessions::page(&db, &tenant(), &begun.subject, ALL, over).await.unwrap().1,
            0,
            "{}",
            db.name
        );
        let mut batch = Batch::new();
        sessions::note(&mut batch, &tenant(), &begun.id, None, over);
        assert_eq!(db.apply(batch).await.unwrap_err().conflict(), Some(sessions::LIVE), "{}", db.name);
    }
}

#[tokio::test]
async fn a_device_has_one_key_for_each_owner_and_client() {
    for db in each().await {
        let leave = |id: &'static str, owner: &'static str| {
            let key =
                devices::DeviceKey { id, subject: owner, client: "", device: "d", name: "n", value: "v" };
            let mut batch = Batch::new();
            devices::leave(&mut batch, &tenant(), &key, at(1));
            batch
        };
        db.apply(leave("k1", "1")).await.unwrap();
        assert_eq!(
            db.apply(leave("k2", "1")).await.unwrap_err().conflict(),
            Some(devices::NEW),
            "{}",
            db.name
        );
        db.apply(leave("k3", "2")).await.unwrap();
        assert_eq!(devices::owner(&db, &tenant(), "k3").await.unwrap().as_deref(), Some("2"), "{}", db.name);
        let among = devices::Among { subject: Some("1"), kind: Some("public_key"), client: None };
        let (page, total) = devices::page(&db, &tenant(), among, ALL, at(2)).await.unwrap();
        assert_eq!((page.len(), total, page[0].id.as_str()), (1, 1, "k1"), "{}", db.name);
    }
}
