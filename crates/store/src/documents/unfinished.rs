//! What migrations left to be done to documents that were there before them: a part at a time, gone on with after a
//! crash, and harmless where two processes do it at once.

use serde_json::Value as Json;

use super::kind::found_by;
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Sql, Store};

/// Does what is left.
///
/// # Errors
/// Where the database refuses; what was done stands.
pub(crate) async fn finish(store: &Store) -> Result<(), StoreError> {
    while step(store).await? == Left::Some {}
    Ok(())
}

/// Whether anything is left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Some,
}

/// Writes what some users are found by, those after the last ones.
async fn step(store: &Store) -> Result<Left, StoreError> {
    let Some(mut place) = store.optional(&PLACE, [FOUND_BY.bind()]).await? else { return Ok(Left::Nothing) };
    let (tenant, id) = (place.take::<String>()?, place.take::<String>()?);
    let rows = store.rows(&NEXT, [tenant.bind(), id.bind(), PART.bind()]).await?;
    let is_last = rows.len() < PART as usize;
    let (mut batch, mut seen) = (Batch::new(), None);
    for mut row in rows {
        let (tenant, id) = (row.take::<String>()?, row.take::<String>()?);
        let (revision, mut doc) = (row.take::<i64>()?, row.take::<Json>()?);
        let before = doc.get("found_by").cloned();
        found_by(&mut doc);
        if doc.get("found_by") != before.as_ref() {
            batch.any(&WRITE, [tenant.bind(), id.bind(), revision.bind(), doc.bind()]);
        }
        seen = Some((tenant, id));
    }
    let left = match seen.filter(|_| !is_last) {
        Some((tenant, id)) => {
            batch.any(&GO_ON, [FOUND_BY.bind(), tenant.bind(), id.bind()]);
            Left::Some
        }
        None => {
            batch.any(&END, [FOUND_BY.bind()]);
            Left::Nothing
        }
    };
    store.apply(batch).await?;
    Ok(left)
}

/// As many users as are written together: on PostgreSQL by one statement, whose plan must stay small.
const PART: u32 = 100;

/// What is left, by the name of it.
const FOUND_BY: &str = "users.found_by";

pub(crate) const STATEMENTS: &[&Sql] = &[&PLACE, &NEXT, &WRITE, &GO_ON, &END];

const PLACE: Sql = Sql::new("SELECT tenant, id FROM unfinished WHERE name = $1");

const NEXT: Sql = Sql::new(
    "SELECT tenant, id, revision, doc FROM users WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3",
);

/// Whoever changed the document meanwhile wrote it too.
const WRITE: Sql = Sql::new("UPDATE users SET doc = $4 WHERE tenant = $1 AND id = $2 AND revision = $3");

const GO_ON: Sql = Sql::new("UPDATE unfinished SET tenant = $2, id = $3 WHERE name = $1");

const END: Sql = Sql::new("DELETE FROM unfinished WHERE name = $1");
