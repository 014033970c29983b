//! One database for one world: which, the environment says, so that the same tests run on each.

use std::sync::atomic::{AtomicU32, Ordering};

use keybound_proto::time::Lifetime;

use super::{REDIS, Scratch, postgres, setting};

/// What the worlds of a test stand on: `postgres`, or `postgres-redis`; SQLite in memory when it is not set.
pub const WORLD: &str = "KEYBOUND_TEST_WORLD";

/// A database that a world stands on.
#[derive(Debug)]
pub struct Lent {
    /// PostgreSQL, in a schema of its own.
    pub scratch: Scratch,
    /// Where its moments are, when they are not in the database.
    pub moments: Option<Moments>,
}

/// A Redis database of a test's own.
#[derive(Debug)]
pub struct Moments {
    /// Its URL.
    pub address: String,
}

/// Lends what [`WORLD`] names; `None` for SQLite in memory, which needs no lending.
///
/// # Panics
/// When the name is none, or names what is not there.
pub async fn chosen() -> Option<Lent> {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
    let world = std::env::var(WORLD).ok()?;
    let is_with_redis = world == "postgres-redis";
    assert!(is_with_redis || world == "postgres", "{WORLD} is postgres or postgres-redis, not {world}");
    let moments = is_with_redis.then(|| Moments::empty(&setting(REDIS).expect("Redis is running")));
    Some(Lent { scratch: postgres().await.expect("PostgreSQL is running"), moments })
}

impl Moments {
    /// The next database of that server, made empty: tests of one process use one each.
    fn empty(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let this = Self { address: format!("{}/{number}", server.trim_end_matches('/')) };
        redis::cmd("FLUSHDB").exec(&mut this.connect()).expect("a database can be emptied");
        this
    }

    /// Lets time pass: Redis has a clock of its own, so everything in it ends that much sooner.
    ///
    /// # Panics
    /// When Redis does not answer.
    pub fn turn(&self, by: Lifetime) {
        const TURN: &str = "for _, key in ipairs(redis.call('KEYS', '*')) do
            redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
        end";
        let millis = u64::from(by.as_secs()) * 1000;
        redis::Script::new(TURN)
            .arg(millis)
            .invoke::<()>(&mut self.connect())
            .expect("what is in Redis can be made older");
    }

    fn connect(&self) -> redis::Connection {
        let client = redis::Client::open(self.address.as_str()).expect("an address of Redis");
        client.get_connection().expect("Redis answers")
    }
}
