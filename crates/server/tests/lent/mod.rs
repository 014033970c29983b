//! What a world stands on: SQLite in memory, or the database that `KEYBOUND_TEST_WORLD` names.

use keybound_crypto::entropy;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_server::{
    Clock, Config, Secret,
    config::{Database, MasterKey, Redis},
};
use keybound_store::testing::{self, Lent};

/// The time of a world: its server's clock, and what else has to be told when it is turned.
#[derive(Debug)]
pub(crate) struct Time {
    clock: Clock,
    /// Kept as long as the world lives.
    lent: Option<Lent>,
}

impl Time {
    /// Begins a world at a moment, on the database the environment names; a database already chosen stays.
    pub(crate) async fn begin(now: Timestamp, config: &mut Config) -> Self {
        let lent = match config.database {
            Database::SqliteMemory => testing::chosen().await,
            _ => None,
        };
        if let Some(lent) = &lent {
            let keybound_store::Database::Postgres { address, .. } = &lent.scratch.database else {
                panic!("only PostgreSQL is lent")
            };
            config.database = Database::Postgres(Secret::new(address.reveal().clone()));
            config.master_key = Some(MasterKey::new(entropy::bytes()));
            config.redis = lent.moments.as_ref().map(|redis| Redis::parse("redis", &redis.address).unwrap());
        }
        Self { clock: Clock::standing_at(now), lent }
    }

    /// The clock to open a server with.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass, for everybody who measures it.
    pub(crate) fn turn(&self, by: Lifetime) {
        self.clock.turn(by);
        if let Some(moments) = self.lent.as_ref().and_then(|lent| lent.moments.as_ref()) {
            moments.turn(by);
        }
    }
}
