//! Databases for tests: one of each kind there is, empty, gone afterwards.

mod lent;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use keybound_crypto::entropy;
use keybound_proto::secret::Secret;

use crate::config::{Database, Durability, StoreConfig};
use crate::sql::Store;

pub use lent::{Lent, Moments, WORLD, chosen};

/// Where PostgreSQL is: a URL of a database in which the tests may make schemas.
pub const POSTGRES: &str = "KEYBOUND_TEST_POSTGRES";

/// Where Redis is.
pub const REDIS: &str = "KEYBOUND_TEST_REDIS";

/// The master key of every scratch database.
pub const MASTER: [u8; 32] = [7; 32];

/// A database of a test's own.
#[derive(Debug)]
pub struct Scratch {
    /// What to call it in a failure.
    pub name: &'static str,
    /// How to open it; more than once, if the test likes.
    pub database: Database,
    store: Store,
    folder: Option<PathBuf>,
}

impl Scratch {
    /// The store, open.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Opens the same database once more, as another process would.
    ///
    /// # Panics
    /// When it cannot; and a database in memory cannot.
    pub async fn reopen(&self) -> Store {
        assert!(!matches!(self.database, Database::Memory), "memory opens once");
        Store::open(config(self.database.clone())).await.expect("the database opens again")
    }
}

impl std::ops::Deref for Scratch {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Every kind of database: SQLite in memory, SQLite in a file, and PostgreSQL where [`POSTGRES`] says one is.
///
/// # Panics
/// When one cannot be opened.
pub async fn each() -> Vec<Scratch> {
    let mut all = vec![memory().await];
    all.extend(shared().await);
    all
}

/// Every kind of database that two processes can share.
///
/// # Panics
/// When one cannot be opened.
pub async fn shared() -> Vec<Scratch> {
    let mut all = vec![file(Durability::Full).await];
    all.extend(postgres().await);
    all
}

/// SQLite in memory.
///
/// # Panics
/// When it cannot be opened.
pub async fn memory() -> Scratch {
    open("SQLite in memory", Database::Memory, None).await
}

/// SQLite in a file.
///
/// # Panics
/// When it cannot be opened.
pub async fn file(durability: Durability) -> Scratch {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("keybound-store-{}-{count}-{}", std::process::id(), entropy::hex::<4>());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).expect("a folder for the database");
    let path = folder.join("keybound.db");
    open("SQLite in a file", Database::Sqlite { path, durability }, Some(folder)).await
}

/// PostgreSQL, in a schema of its own; `None`, and a line that says so, where there is none.
///
/// # Panics
/// When it cannot be opened.
pub async fn postgres() -> Option<Scratch> {
    let url = setting(POSTGRES)?;
    let schema = format!("keybound_{}", entropy::hex::<8>());
    make_schema(&url, &schema).await;
    let separator = if url.contains('?') { '&' } else { '?' };
    let address = format!("{url}{separator}options=-csearch_path%3D{schema}");
    let database = Database::Postgres {
        address: Secret::new(address),
        connections: std::num::NonZeroUsize::new(16).expect("16 is not 0"),
        roots: None,
    };
    Some(open("PostgreSQL", database, None).await)
}

/// The address of Redis; `None`, and a line that says so, where there is none.
pub fn redis() -> Option<String> {
    setting(REDIS)
}

/// How to open a database with the master key of all tests.
pub fn config(database: Database) -> StoreConfig {
    StoreConfig { database, master: Secret::new(MASTER) }
}

async fn open(name: &'static str, database: Database, folder: Option<PathBuf>) -> Scratch {
    let store = Store::open(config(database.clone())).await.expect("the database opens");
    Scratch { name, database, store, folder }
}

async fn make_schema(url: &str, schema: &str) {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("PostgreSQL answers");
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.expect("a schema can be made");
    drop(client);
    let _ = connection.await;
}

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
    let value = std::env::var(name).ok();
    if value.is_none() {
        #[expect(clippy::print_stdout, reason = "the test runner counts what was skipped by this line")]
        {
            println!("skipped: {name} is not set");
        }
    }
    value
}
