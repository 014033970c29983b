//! Moments in the database: for many processes without Redis.

use keybound_proto::time::Timestamp;

use super::bucket::{Draw, Level};
use super::{Claimed, Key};
use crate::error::StoreError;
use crate::sql::{Bind, Column, Sql, Store, Value};

pub(super) async fn claim(
    store: &Store,
    key: &Key,
    until: Timestamp,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let rows = store.change(&CLAIM, [key.bind(), until.bind(), now.bind()]).await?;
    Ok(if rows.is_empty() { Claimed::Again } else { Claimed::First })
}

pub(super) async fn count(
    store: &Store,
    key: &Key,
    until: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut rows = store.change(&COUNT, [key.bind(), until.bind(), now.bind()]).await?;
    let row = rows.first_mut().ok_or_else(|| StoreError::corrupt("fleeting_counts", "no count came back"))?;
    row.take::<i64>().map(i64::unsigned_abs)
}

pub(super) async fn counted(store: &Store, key: &Key, now: Timestamp) -> Result<u64, StoreError> {
    match store.optional(&COUNTED, [key.bind(), now.bind()]).await? {
        Some(mut row) => row.take::<i64>().map(i64::unsigned_abs),
        None => Ok(0),
    }
}

pub(super) async fn forget(store: &Store, key: &Key) -> Result<(), StoreError> {
    store.change(&FORGET, [key.bind()]).await.map(|_| ())
}

pub(super) async fn draw(store: &Store, key: &Key, draw: Draw) -> Result<Level, StoreError> {
    let values = [
        key.bind(),
        draw.fresh.bind(),
        draw.until.bind(),
        draw.full.bind(),
        draw.cost.bind(),
        draw.most.bind(),
    ];
    if let Some(row) = store.change(&DRAW, values).await?.first_mut() {
        return row.take().map(Level::Drawn);
    }
    // Too little was left. What is read may be fuller by now, and then says that the next token is there.
    match store.optional(&LEVEL, [key.bind()]).await? {
        Some(mut row) => row.take().map(Level::Short),
        None => Ok(Level::Short(draw.full)),
    }
}

pub(super) async fn keep(
    store: &Store,
    key: &Key,
    value: &[u8],
    until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    if until <= now {
        return store.change(&TAKE, [key.bind()]).await.map(|_| ());
    }
    store.change(&KEEP, [key.bind(), value.bind(), until.bind()]).await.map(|_| ())
}

pub(super) async fn take(store: &Store, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    let mut rows = store.change(&TAKE, [key.bind()]).await?;
    let Some(row) = rows.first_mut() else { return Ok(None) };
    let (value, until) = (row.take()?, row.take::<Timestamp>()?);
    Ok((until > now).then_some(value))
}

pub(super) async fn peek(store: &Store, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    match store.optional(&PEEK, [key.bind(), now.bind()]).await? {
        Some(mut row) => row.take().map(Some),
        None => Ok(None),
    }
}

impl Bind for Key {
    fn bind(&self) -> Value {
        self.as_bytes().bind()
    }
}

impl Column for Key {
    fn read(cell: Value) -> Result<Self, &'static str> {
        let bytes = Vec::<u8>::read(cell)?;
        bytes.try_into().map(Self::of_hash).map_err(|_| "not a key")
    }
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&CLAIM, &COUNT, &COUNTED, &FORGET, &DRAW, &LEVEL, &KEEP, &TAKE, &PEEK];

const CLAIM: Sql = Sql::new(
    "INSERT INTO fleeting_claims (key, until) VALUES ($1, $2)
     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE fleeting_claims.until <= $3
     RETURNING until",
);

const COUNT: Sql = Sql::new(
    "INSERT INTO fleeting_counts (key, until, count) VALUES ($1, $2, 1)
     ON CONFLICT (key) DO UPDATE
     SET count = CASE WHEN fleeting_counts.until > $3 THEN fleeting_counts.count + 1 ELSE 1 END,
         until = excluded.until
     RETURNING count",
);

const COUNTED: Sql = Sql::new("SELECT count FROM fleeting_counts WHERE key = $1 AND until > $2");

const FORGET: Sql = Sql::new("DELETE FROM fleeting_counts WHERE key = $1 RETURNING count");

const DRAW: Sql = Sql::new(
    "INSERT INTO fleeting_buckets (key, level, until) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE
     SET level = CASE WHEN fleeting_buckets.level > $4 THEN fleeting_buckets.level + $5 ELSE excluded.level END,
         until = excluded.until
     WHERE fleeting_buckets.level <= $6
     RETURNING level",
);

const LEVEL: Sql = Sql::new("SELECT level FROM fleeting_buckets WHERE key = $1");

const KEEP: Sql = Sql::new(
    "INSERT INTO fleeting_values (key, value, until) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until
     RETURNING until",
);

const TAKE: Sql = Sql::new("DELETE FROM fleeting_values WHERE key = $1 RETURNING value, until");

const PEEK: Sql = Sql::new("SELECT value FROM fleeting_values WHERE key = $1 AND until > $2");
