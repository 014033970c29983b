//! Forgetting.

use keybound_authority::event::{Event, EventKind, Sender};
use keybound_authority::grant::code::Found as FoundCode;
use keybound_authority::grant::refresh::{Found, RefreshToken};
use keybound_proto::secret::Secret;
use keybound_proto::time::Lifetime;
use keybound_store::ledger::{codes, refresh_tokens, sessions};
use keybound_store::testing::each;
use keybound_store::{Batch, Fleeting, FleetingKey, Sweep, events, sweep};

use crate::seed::{at, code, family, refresh_token, session, tenant};

#[tokio::test]
async fn what_has_expired_is_forgotten_and_nothing_else() {
    for db in each().await {
        let lasting = RefreshToken { expires_at: None, idle_at: None, ..refresh_token(3, "lasting") };
        let mut batch = Batch::new();
        codes::issue(&mut batch, &tenant(), &code(1));
        refresh_tokens::issue(&mut batch, &tenant(), &refresh_token(1, "f"));
        refresh_tokens::issue(&mut batch, &tenant(), &lasting);
        sessions::begin(&mut batch, &tenant(), &session(1), &Sender::default());
        events::record(&mut batch, &db, &tenant(), &Event::new(EventKind::LoggedIn, at(0)));
        db.apply(batch).await.unwrap();
        let mut batch = Batch::new();
        for name in ["f", "lasting"] {
            refresh_tokens::revoke_family(&mut batch, &tenant(), &family(name), at(0));
        }
        db.apply(batch).await.unwrap();
        let moments = Fleeting::Sql(db.store().clone());
        moments.keep(&FleetingKey::new("k", &[]), b"v", at(100), at(0)).await.unwrap();

        let what = Sweep { events: Lifetime::seconds(1_000), ..Sweep::default() };
        assert_eq!(sweep(&db, what, at(90)).await.unwrap(), 0, "{}: nothing has expired", db.name);
        assert_eq!(sweep(&db, what, at(100)).await.unwrap(), 2, "{}: the session and the value", db.name);
        assert_eq!(sweep(&db, what, at(100)).await.unwrap(), 0, "{}: they are gone", db.name);
        assert_eq!(sweep(&db, what, at(1_000)).await.unwrap(), 2, "{}: the token and the entry", db.name);
        let day = 86_400;
        assert_eq!(sweep(&db, what, at(day)).await.unwrap(), 1, "{}: the empty family", db.name);
        let found = codes::find(&db, &tenant(), &code(1).digest).await.unwrap();
        assert!(matches!(found, FoundCode::Fresh(_)), "{}: a code is remembered for a day", db.name);
        assert_eq!(sweep(&db, what, at(day + 60)).await.unwrap(), 1, "{}: the code", db.name);
        assert_eq!(sweep(&db, what, at(1_000 * day)).await.unwrap(), 0, "{}", db.name);
        let found = refresh_tokens::find(&db, &tenant(), &lasting.digest).await.unwrap();
        assert_eq!(found, Found::Revoked(lasting), "{}: it has no end", db.name);
    }
}

#[tokio::test]
async fn a_sweep_takes_only_so_much_at_once() {
    for db in each().await {
        for number in 0..7 {
            let mut batch = Batch::new();
            sessions::begin(&mut batch, &tenant(), &session(number), &Sender::default());
            db.apply(batch).await.unwrap();
        }
        let what = Sweep { at_once: 3, ..Sweep::default() };
        for swept in [3, 3, 1, 0] {
            assert_eq!(sweep(&db, what, at(500)).await.unwrap(), swept, "{}", db.name);
        }
    }
}

#[tokio::test]
async fn a_successor_is_forgotten_as_soon_as_it_may_not_be_told() {
    for db in each().await {
        let (first, second) = (refresh_token(1, "f"), refresh_token(2, "f"));
        let mut batch = Batch::new();
        refresh_tokens::issue(&mut batch, &tenant(), &first);
        db.apply(batch).await.unwrap();
        let token = Secret::new("next".to_owned());
        let successor = refresh_tokens::Successor { token: &token, until: at(30) };
        let mut batch = Batch::new();
        refresh_tokens::spend(&mut batch, &db, (&tenant(), &first), Some(successor), at(1));
        refresh_tokens::issue_after(&mut batch, &tenant(), &second, &first.digest);
        db.apply(batch).await.unwrap();
        assert_eq!(sweep(&db, Sweep::default(), at(30)).await.unwrap(), 1, "{}", db.name);
        // Even an observer with a slow clock gets nothing now.
        let told = refresh_tokens::successor(&db, &tenant(), &first.digest, at(2)).await.unwrap();
        assert!(told.is_none(), "{}", db.name);
    }
}
