//! The tenant log.

use keybound_api::search::{LOGS, Search};
use keybound_authority::event::{Event, EventKind, Sender};
use keybound_authority::model::name::{ConnectionName, OrganizationId};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_store::documents::{self, Clients, Connections, Organizations};
use keybound_store::events::Asked;
use keybound_store::testing::each;
use keybound_store::{Batch, Order, events};
use serde_json::json;

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

#[tokio::test]
async fn entries_are_found_by_what_is_said_of_them() {
    for db in each().await {
        for (second, kind, who) in [
            (0, EventKind::LoggedIn, "1"),
            (60, EventKind::WrongPassword, "2"),
            (120, EventKind::LoggedIn, "1"),
            (86_400, EventKind::SignedUp, "3"),
        ] {
            let mut batch = Batch::new();
            let event = Event::new(kind, at(second)).by(&client("spa")).about(&subject(who)).named("Ann%_*");
            events::record(&mut batch, &db, &tenant(), &event);
            db.apply(batch).await.unwrap();
        }
        let mut batch = Batch::new();
        documents::insert::<Clients>(&mut batch, &db, &tenant(), "spa", json!({"name": "Shop"}));
        db.apply(batch).await.unwrap();
        let all = events::after(&db, &tenant(), None, 9).await.unwrap();
        let kinds = async |query: &str| {
            let search = Search::parse(query, &LOGS).unwrap();
            let asked = Asked { search: Some(&search), hostname: "id.example", take: 9, ..Asked::default() };
            let found = events::found(&db, &tenant(), &asked).await.unwrap();
            let total = events::count(&db, &tenant(), &asked).await.unwrap();
            assert_eq!(usize::try_from(total), Ok(found.len()), "{}: {query}", db.name);
            found.iter().map(|entry| &*entry.kind).collect::<Vec<_>>().join(" ")
        };
        for (query, found) in [
            ("*", "ss s fp s"),
            ("type:s", "s s"),
            ("type:s*", "ss s s"),
            ("type:(s OR fp)", "s fp s"),
            ("type:(s OR s) OR type:ss", "ss s s"),
            ("type:(ss OR fp) AND date:[2027-01-16 TO *]", "ss"),
            ("type:fp AND type:ss", ""),
            ("NOT type:(s OR fp)", "ss"),
            ("user_id:\"auth0|1\" AND type:s", "s s"),
            ("client_name:Shop", "ss s fp s"),
            ("client_name:shop", ""),
            ("Shop", "ss s fp s"),
            ("user_name:Ann%*", "ss s fp s"),
            ("user_name:Anna*", ""),
            ("hostname:id.example AND type:fp", "fp"),
            ("hostname:elsewhere", ""),
            ("date:2027-01-15", "s fp s"),
            ("date:[2027-01-16 TO *]", "ss"),
            ("date:{2027-01-15 TO *]", "ss"),
            ("date:[2027-01-15T08:01 TO 2027-01-15T08:02]", "s fp"),
            ("date:[2027-01-15T08:01:00.000Z TO 2027-01-15T08:02:00.000Z}", "fp"),
            ("NOT date:<2027-01-15T08:02", "ss s"),
            ("_missing_:ip AND NOT _exists_:connection", "ss s fp s"),
            (&format!("log_id:[{} TO *]", all[2].id), "ss s"),
            (&format!("log_id:{{{} TO *]", all[2].id), "ss"),
            (&format!("log_id:{}", all[2].id), "s"),
        ] {
            assert_eq!(kinds(query).await, found, "{}: {query}", db.name);
        }
        let some = Search::parse("type:(s OR ss)", &LOGS).unwrap();
        let asked = Asked { search: Some(&some), skip: 1, take: 1, ..Asked::default() };
        let found = events::found(&db, &tenant(), &asked).await.unwrap();
        assert_eq!(found.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(120)], "{}", db.name);
        assert_eq!(events::count(&db, &tenant(), &asked).await.unwrap(), 3, "{}", db.name);
        assert_eq!(events::count(&db, &tenant(), &Asked::default()).await.unwrap(), 4, "{}", db.name);

        let sort = events::sort("date", Order::Ascending).unwrap();
        let asked =
            Asked { subject: Some("auth0|1"), sort: Some(&sort), skip: 1, take: 9, ..Asked::default() };
        let found = events::found(&db, &tenant(), &asked).await.unwrap();
        assert_eq!(found.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(120)], "{}", db.name);
        assert_eq!(found[0].client_name.as_deref(), Some("Shop"), "{}", db.name);

        let days = events::daily(&db, &tenant(), (at(0), at(200_000))).await.unwrap();
        let days: Vec<_> = days.iter().map(|day| (day.logins, day.signups, day.first, day.last)).collect();
        assert_eq!(days, [(2, 0, at(0), at(120)), (0, 1, at(86_400), at(86_400))], "{}", db.name);
    }
}

/// Each field that Auth0 lets the log be searched by.
#[tokio::test]
async fn an_entry_is_found_by_each_of_its_fields() {
    for db in each().await {
        let mut batch = Batch::new();
        documents::insert::<Clients>(&mut batch, &db, &tenant(), "spa", json!({"name": "Shop"}));
        for (id, name, strategy) in [("con_1", "people", "auth0"), ("con_2", "partners", "samlp")] {
            let connection = json!({ "id": id, "name": name, "strategy": strategy });
            documents::insert::<Connections>(&mut batch, &db, &tenant(), id, connection);
        }
        documents::insert::<Organizations>(&mut batch, &db, &tenant(), "org_1", json!({"name": "acme"}));
        for (second, connection) in [(0, "people"), (1, "partners")] {
            let mut event = Event::new(EventKind::LoggedIn, at(second))
                .by(&client("spa"))
                .about(&subject("1"))
                .named("ann@example.com")
                .because_of("x", "it went well")
                .from(Sender { address: "192.0.2.7".parse().ok(), agent: Some("curl/8".into()) });
            event.connection = ConnectionName::parse(connection).ok();
            event.audience = Some(audience());
            event.scopes = Scopes::parse("openid email").ok();
            event.organization = OrganizationId::parse("org_1").ok();
            events::record(&mut batch, &db, &tenant(), &event);
        }
        // Of which nothing of the kind is known.
        events::record(&mut batch, &db, &tenant(), &Event::new(EventKind::LoggedOut, at(2)));
        db.apply(batch).await.unwrap();
        let audience = format!("audience:\"{}\"", audience());
        for (query, count) in [
            ("type:s", 2),
            ("client_id:spa", 2),
            ("client_name:Shop", 2),
            ("user_id:\"auth0|1\"", 2),
            ("user_name:ann*", 2),
            ("description:\"it went well\"", 2),
            ("ip:192.0.2.7", 2),
            ("user_agent:curl*", 2),
            ("scope:\"openid email\"", 2),
            (&audience, 2),
            ("connection:people", 1),
            ("connection_id:con_2", 1),
            ("strategy:samlp", 1),
            ("strategy_type:database", 1),
            ("strategy_type:enterprise", 1),
            ("organization_id:org_1", 2),
            ("organization_name:acme", 2),
            ("organization_name:a*", 2),
            ("hostname:id.example", 3),
            ("_missing_:organization_id", 1),
            ("_missing_:strategy_type", 1),
            ("date:2027-01-15", 3),
        ] {
            let search = Search::parse(query, &LOGS).unwrap();
            let asked = Asked { search: Some(&search), hostname: "id.example", take: 9, ..Asked::default() };
            let found = events::found(&db, &tenant(), &asked).await.unwrap();
            assert_eq!(found.len(), count, "{}: {query}", db.name);
        }
        for query in ["isMobile:true", "details.code:x", "location_info.city_name:Rome", "tenant_name:a"] {
            assert!(Search::parse(query, &LOGS).is_err(), "{query} is refused, not passed over");
        }
    }
}

#[tokio::test]
async fn an_entry_is_completed_when_its_request_is_over() {
    for db in each().await {
        let mut event = Event::new(EventKind::Managed, at(0));
        event.request = Some("r1".into());
        let mut batch = Batch::new();
        events::record(&mut batch, &db, &tenant(), &event);
        db.apply(batch).await.unwrap();
        assert!(events::complete(&db, &tenant(), "r1", &json!({"details": {"n": 1}})).await.unwrap());
        assert!(!events::complete(&db, &tenant(), "r2", &json!({})).await.unwrap());
        let [entry] = events::newest(&db, &tenant(), 0, 5).await.unwrap().try_into().unwrap();
        assert_eq!(entry.more, Some(json!({"details": {"n": 1}})), "{}", db.name);
    }
}
