//! Jobs over many users: worked off a part at a time, each part in one batch. Whoever is stopped in between, the next one
//! goes on where they were; of two who work at the same part, one is heard.

use std::sync::Arc;

use keybound_store::{
    Batch, StoreError,
    documents::kept::{self, Kept, Shelf},
    ledger::job_parts::{self, Kind},
};
use serde_json::{Map, Value};
use tokio::sync::{Notify, watch};

use super::{exports, imports};
use crate::app::App;

/// Where jobs stand.
pub(crate) static JOBS: Shelf = Shelf::new("jobs");

/// What a job remembers for itself: nobody is told.
pub(crate) const WORK: &str = "work";

/// What an import is called.
pub(crate) const IMPORT: &str = "users_import";

/// What an export is called.
pub(crate) const EXPORT: &str = "users_export";

/// How long what a job made is kept, in seconds: a day, as at Auth0.
pub(crate) const KEPT_FOR: u32 = 86_400;

/// Rung when there is something to do.
#[derive(Debug, Default)]
pub(crate) struct Bell(Notify);

impl Bell {
    /// There is.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

/// Runs until told to stop.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // What is cut off here was not applied, or was applied whole.
            () = round(&app) => {}
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                return;
            }
        }
    }
}

async fn round(app: &App) {
    if let Err(error) = work_off(app).await {
        tracing::warn!(%error, "failed to go on with a job");
    }
    tokio::select! {
        () = app.bell.0.notified() => {}
        () = tokio::time::sleep(super::BEAT) => {}
    }
}

/// Works off everything that is to be done.
///
/// # Errors
/// Where the database refuses; what was done stands, and the rest is done the next time.
pub async fn work_off(app: &App) -> Result<(), StoreError> {
    loop {
        let due = job_parts::due(&app.store, &app.tenant.id).await?;
        if due.is_empty() {
            return Ok(());
        }
        // In turns: a long one does not keep a short one waiting.
        for (job, what) in due {
            step(app, &job, &what).await?;
        }
    }
}

/// One part of one job.
async fn step(app: &App, job: &str, what: &str) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let (store, tenant) = (&app.store, &app.tenant.id);
        let mut batch = Batch::new();
        match kept::find(store, tenant, JOBS.whole(), job).await? {
            None => job_parts::take(&mut batch, tenant, (job, Kind::Due, 0)),
            Some(found) if what == IMPORT => imports::step(app, found, &mut batch).await?,
            Some(found) => exports::step(app, found, &mut batch).await?,
        }
        match store.apply(batch).await {
            // Somebody else changed what this was made from: it is made again.
            Err(error) if error.conflict().is_some() => {}
            done => return done.map(drop),
        }
    }
    Ok(())
}

/// Puts what a job now says in its place, and nothing more is to be done where it is over.
pub(super) fn keep(app: &App, (mut found, says): (Kept, Map<String, Value>), batch: &mut Batch) {
    if says.get("status").and_then(Value::as_str).is_some_and(|status| status != "processing") {
        job_parts::take(batch, &app.tenant.id, (&found.id, Kind::Due, 0));
    }
    found.doc = Value::Object(says);
    kept::update(batch, &app.store, &app.tenant.id, JOBS.whole(), found);
}

/// The members of a job.
pub(super) fn says(found: &Kept) -> Map<String, Value> {
    found.doc.as_object().cloned().unwrap_or_default()
}

/// A number that a job remembers; none is 0.
pub(super) fn count(of: &Value, name: &str) -> i64 {
    of.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// How often a part is made again before the next round does it.
const TRIES: usize = 10;
