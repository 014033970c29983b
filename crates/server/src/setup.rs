//! What a start makes or opens: keys, stores, and on a first start a tenant's first things.

mod seed;

use std::{path::Path, sync::Arc};

use keybound_crypto::entropy;
use keybound_proto::{secret::Secret, time::Timestamp};
use keybound_store::{
    Database as Kept, Durability, Fleeting, FleetingMemory, FleetingRedis, Store, StoreConfig,
};

pub(crate) use seed::{Ground, Past, seed};

use crate::{
    StartError,
    config::{Config, Database, MasterKey},
};

/// The master key: given, or made in a token, or in a file beside the SQLite database, or of this process alone.
pub(crate) fn master_key(config: &Config) -> Result<Secret<[u8; 32]>, StartError> {
    let key = match (&config.master_key, &config.token_key, &config.database) {
        (Some(key), ..) => key.clone(),
        (None, Some(key), _) => key.master_key()?,
        (None, None, Database::Sqlite(path)) => {
            let beside = path.parent().unwrap_or(Path::new("")).join("master.key");
            MasterKey::from_file(&beside, entropy::bytes())?
        }
        // What is forgotten with the process may be sealed by a key that is.
        (None, None, _) => MasterKey::new(entropy::bytes()),
    };
    Ok(Secret::new(*key.reveal()))
}

/// Opens the database.
pub(crate) async fn store(config: &Config, master: &Secret<[u8; 32]>) -> Result<Store, StartError> {
    let database = match &config.database {
        Database::SqliteMemory => Kept::Memory,
        Database::Sqlite(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|source| StartError::Folder { path: folder.to_owned(), source })?;
            }
            Kept::Sqlite { path: path.clone(), durability: Durability::Full }
        }
        Database::Postgres(address) => Kept::parse(address.reveal())?,
    };
    Ok(Store::open(StoreConfig { database, master: master.clone() }).await?)
}

/// Where moments are remembered: Redis where it is given, the database where several servers share one, this
/// process otherwise.
pub(crate) async fn fleeting(config: &Config, store: &Store, now: Timestamp) -> Result<Fleeting, StartError> {
    Ok(match (&config.redis, &config.database) {
        (Some(redis), _) => Fleeting::Redis(FleetingRedis::connect(redis.url()).await?),
        (None, Database::Postgres(_)) => Fleeting::Sql(store.clone()),
        (None, _) => Fleeting::Memory(Arc::new(FleetingMemory::new(MOMENTS, now))),
    })
}

/// Most moments one process remembers: at 32 bytes a proof, 128 MB when all are in use, and none before.
///
/// A proof with a nonce counts for as long as the nonce lives: this is a thousand of them a second for an hour.
const MOMENTS: usize = 4_000_000;
