//! The tenant log.

use keybound_authority::event::{Event, EventKind, Sender};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_store::testing::each;
use keybound_store::{Batch, events};

use crate::seed::{at, audience, client, subject, tenant};

#[tokio::test]
async fn an_event_is_read_as_it_was_recorded() {
    for db in each().await {
        let mut event = Event::new(EventKind::RefreshReused, at(7))
            .by(&client("spa"))
            .about(&subject("1"))
            .because_of("grant.reused", "it was used before")
            .from(Sender { address: "192.0.2.7".parse().ok(), agent: Some("curl/8".into()) });
        event.audience = Some(audience());
        event.scopes = Some(Scopes::parse("a b").unwrap());
        event.thumbprint = Some(Thumbprint::from_bytes([3; 32]));
        let mut batch = Batch::new();
        events::record(&mut batch, &db, &tenant(), &event);
        db.apply(batch).await.unwrap();

        let [entry] = events::newest(&db, &tenant(), 0, 5).await.unwrap().try_into().unwrap();
        assert_eq!((&*entry.kind, entry.at), ("ferrt", at(7)), "{}", db.name);
        assert_eq!(entry.client.as_deref(), Some("spa"), "{}", db.name);
        assert_eq!(entry.subject.as_deref(), Some("auth0|1"), "{}", db.name);
        assert_eq!(entry.reason.as_deref(), Some("grant.reused"), "{}", db.name);
        assert_eq!(entry.description.as_deref(), Some("it was used before"), "{}", db.name);
        assert_eq!(entry.address.as_deref(), Some("192.0.2.7"), "{}", db.name);
        assert_eq!(entry.agent.as_deref(), Some("curl/8"), "{}", db.name);
        assert_eq!(entry.audience.as_deref(), Some(audience().as_str()), "{}", db.name);
        assert_eq!((entry.scopes, entry.thumbprint), (event.scopes, event.thumbprint), "{}", db.name);
        assert_eq!(entry.user_name, None, "{}", db.name);
        let found = events::find(&db, &tenant(), &entry.id).await.unwrap().unwrap();
        assert_eq!(found.id, entry.id, "{}", db.name);
    }
}

#[tokio::test]
async fn entries_are_read_in_their_order_and_none_twice() {
    for db in each().await {
        for second in [3, 1, 2, 2, 5] {
            let mut batch = Batch::new();
            events::record(&mut batch, &db, &tenant(), &Event::new(EventKind::LoggedIn, at(second)));
            db.apply(batch).await.unwrap();
        }
        let mut read = Vec::new();
        let mut from = None;
        loop {
            let more = events::after(&db, &tenant(), from.as_deref(), 2).await.unwrap();
            let Some(last) = more.last() else { break };
            from = Some(last.id.clone());
            read.extend(more);
        }
        let times: Vec<_> = read.iter().map(|entry| entry.at).collect();
        assert_eq!(times, [at(3), at(1), at(2), at(2), at(5)], "{}: as recorded", db.name);
        assert!(read.iter().all(|entry| entry.id.bytes().all(|byte| byte.is_ascii_digit())), "{}", db.name);
        let newest = events::newest(&db, &tenant(), 1, 2).await.unwrap();
        assert_eq!(newest.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(2), at(2)], "{}", db.name);
    }
}
