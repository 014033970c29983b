//! The log, sent on to whom administrators named: each entry at least once, and in order.
//!
//! How far a stream has come is kept in the database. Whoever sends a part takes it before for a minute, by the revision of
//! that document, so one machine sends at a time; one that dies in between leaves it to the next, and then the part is
//! sent twice.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use keybound_api::kept::{category, log_stream};
use keybound_proto::time::Timestamp;
use keybound_store::{
    Batch, StoreError,
    documents::kept::{self, Kept, Place, Shelf},
    events::{self, Entry},
    ledger::Slice,
    policy::{self, LogLayout, LogStream},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    app::App,
    config::{Database, Reach},
    management::logs,
};

/// How far a stream has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Position {
    id: String,
    /// When its first entry may have been, as documents write it.
    #[serde(default)]
    since: Option<String>,
    /// Which entry was sent last.
    #[serde(default)]
    after: Option<String>,
    /// Until when somebody is about it.
    #[serde(default)]
    taken_until: i64,
    /// Not before then.
    #[serde(default)]
    due_at: i64,
    /// How often in a row it failed, and since when.
    #[serde(default)]
    tries: u32,
    #[serde(default)]
    failing_since: Option<i64>,
}

/// Runs until told to stop.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // What is cut off here is sent again.
            () = round(&app) => {}
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                return;
            }
        }
    }
}

async fn round(app: &App) {
    if let Err(error) = send_on(app).await {
        tracing::warn!(%error, "failed to send the log on");
    }
    tokio::time::sleep(BEAT).await;
}

/// Sends every stream what it has not had yet.
///
/// # Errors
/// Where the database refuses; what was sent and not written down is sent again.
pub async fn send_on(app: &App) -> Result<(), StoreError> {
    let mut after: Box<str> = "".into();
    loop {
        let slice = Slice { after: &after, skip: 0, take: AT_ONCE };
        let page = kept::page(&app.store, &app.tenant.id, STREAMS.whole(), slice).await?;
        for sent in join_all(page.iter().map(|stream| one(app, stream))).await {
            sent?;
        }
        match page.last() {
            Some(last) if page.len() >= AT_ONCE as usize => after = last.id.clone(),
            _ => return Ok(()),
        }
    }
}

/// A few parts of one stream: a long one keeps no other waiting for long.
async fn one(app: &App, kept: &Kept) -> Result<(), StoreError> {
    let stream = match policy::log_stream(kept) {
        Ok(Some(stream)) => stream,
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!(%error, "a log stream cannot be read");
            return Ok(());
        }
    };
    for _ in 0..PARTS {
        if part(app, kept, &stream).await? == Went::Out {
            break;
        }
    }
    Ok(())
}

/// Whether there may be more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Went {
    On,
    Out,
}

async fn part(app: &App, kept: &Kept, stream: &LogStream) -> Result<Went, StoreError> {
    let (store, tenant, now) = (&app.store, &app.tenant.id, app.clock.now());
    let place = POSITIONS.of(&kept.id);
    let first = Slice { after: "", skip: 0, take: 1 };
    let Some(found) = kept::page(store, tenant, place, first).await?.into_iter().next() else {
        // It was there before anything was sent.
        let mut batch = Batch::new();
        let begun = json!({ "id": "first", "since": now.to_rfc3339() });
        kept::insert(&mut batch, store, tenant, (place, "first"), begun);
        return written(app, batch).await.map(|_| Went::Out);
    };
    let Ok(mut position) = Position::deserialize(&found.doc) else {
        tracing::warn!(stream = &*kept.id, "how far a log stream has come cannot be read");
        return Ok(Went::Out);
    };
    if position.taken_until.max(position.due_at) > now.as_unix() {
        return Ok(Went::Out);
    }
    let (entries, full) = settled(app, &position.start(now), now).await?;
    let Some(last) = entries.last().map(|last| last.id.to_string()) else { return Ok(Went::Out) };

    position.taken_until = now.as_unix().saturating_add(TAKEN_FOR);
    let mut batch = Batch::new();
    let taken = put(app, &mut batch, place, found, &position);
    if !written(app, batch).await? {
        return Ok(Went::Out);
    }
    let sent = send(app, stream, entries).await;
    let now = app.clock.now().as_unix();
    let mut batch = Batch::new();
    let went = match sent {
        Ok(()) => {
            position = Position { id: position.id, after: Some(last), ..Position::default() };
            if full { Went::On } else { Went::Out }
        }
        Err(problem) => {
            let since = *position.failing_since.get_or_insert(now);
            tracing::warn!(stream = &*kept.id, problem, "a log stream was not taken");
            position.taken_until = 0;
            position.due_at = now.saturating_add(pause(position.tries));
            position.tries = position.tries.saturating_add(1);
            if now.saturating_sub(since) >= PATIENCE {
                position.failing_since = None;
                position.tries = 0;
                suspend(app, &mut batch, kept);
            }
            Went::Out
        }
    };
    put(app, &mut batch, place, taken, &position);
    Ok(if written(app, batch).await? { went } else { Went::Out })
}

impl Position {
    fn start(&self, now: Timestamp) -> String {
        let since = || self.since.as_deref().and_then(Timestamp::parse_rfc3339).unwrap_or(now);
        self.after.clone().unwrap_or_else(|| events::since(since()))
    }
}

/// Posts what the stream asks for of these entries, if there is any.
async fn send(app: &App, stream: &LogStream, entries: Vec<Entry>) -> Result<(), String> {
    let wanted = |entry: &Entry| {
        stream.categories.is_empty() || stream.categories.iter().any(|name| **name == *category(&entry.kind))
    };
    let entries = entries.into_iter().filter(wanted);
    let items: Vec<Value> =
        entries.map(|entry| json!({ "log_id": entry.id.clone(), "data": logs::shown(app, entry) })).collect();
    if items.is_empty() {
        return Ok(());
    }
    let body = match stream.layout {
        LogLayout::Array => Value::Array(items).to_string(),
        LogLayout::Object => json!({ "logs": items }).to_string(),
        LogLayout::Lines => items.iter().map(|item| format!("{item}\n")).collect(),
    };
    let headers = headers(stream).ok_or("a header cannot be sent")?;
    let body = body.into_bytes();
    let sent = match app.config.administrators_reach {
        Reach::Anywhere => app.outbound.send(&stream.endpoint, headers, body).await,
        Reach::Public => app.guarded.send(&stream.endpoint, headers, body).await,
    };
    sent.map_err(|error| error.to_string())
}

fn headers(stream: &LogStream) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &stream.headers {
        let mut value = HeaderValue::from_str(value.reveal()).ok()?;
        value.set_sensitive(true);
        headers.append(HeaderName::try_from(&**name).ok()?, value);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&stream.media).ok()?);
    if let Some(shown) = &stream.authorization {
        let mut value = HeaderValue::from_str(shown.reveal()).ok()?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Some(headers)
}

/// Nothing more is sent until an administrator says so.
fn suspend(app: &App, batch: &mut Batch, kept: &Kept) {
    let mut kept = kept.clone();
    if let Some(members) = kept.doc.as_object_mut() {
        members.insert("status".to_owned(), "suspended".into());
    }
    kept::update(batch, &app.store, &app.tenant.id, STREAMS.whole(), kept);
}

/// Adds to a batch how far it has come, and tells how that is to be read from then on.
fn put(app: &App, batch: &mut Batch, place: Place<'_>, found: Kept, position: &Position) -> Kept {
    let doc = serde_json::to_value(position).unwrap_or_default();
    let next = Kept { revision: found.revision + 1, doc: doc.clone(), ..found.clone() };
    kept::update(batch, &app.store, &app.tenant.id, place, Kept { doc, ..found });
    next
}

/// Whether nobody else was about it.
async fn written(app: &App, batch: Batch) -> Result<bool, StoreError> {
    match app.store.apply(batch).await {
        Ok(_) => Ok(true),
        Err(error) if error.conflict().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Entries before which nothing will be written any more, and whether there may be others.
///
/// An id names the second in which the request began that an entry is about, or a later one. What began longer ago than a
/// request may take is over. Where one process writes alone, ids are drawn in their order, and only those that are being
/// written at this moment can still come before one that is there: a second later they have.
async fn settled(app: &App, after: &str, now: Timestamp) -> Result<(Vec<Entry>, bool), StoreError> {
    let read = async || events::after(&app.store, &app.tenant.id, Some(after), PART).await;
    let longest = i64::try_from(app.config.limits.request_time.as_secs()).unwrap_or(LONGEST);
    let alone = !matches!(app.config.database, Database::Postgres(_));
    let over = now.as_unix().saturating_sub(longest.saturating_add(5));
    let until = if alone { now.as_unix().saturating_sub(2) } else { over };
    let second = |entry: &Entry| events::second(&entry.id).map_or(i64::MAX, Timestamp::as_unix);
    let mut entries = read().await?;
    let full = entries.len() >= PART as usize;
    entries.retain(|entry| second(entry) <= until);
    let newest = entries.last().map(|last| (last.id.clone(), second(last)));
    if let Some((newest, _)) = newest.filter(|(_, second)| *second > over) {
        tokio::time::sleep(WRITTEN_IN).await;
        entries = read().await?;
        entries.retain(|entry| entry.id <= newest);
    }
    Ok((entries, full))
}

/// How many seconds after so many failures it is tried again.
fn pause(tries: u32) -> i64 {
    1_i64.checked_shl(tries.min(10)).unwrap_or(LONGEST).min(LONGEST)
}

/// Where streams stand, and how far each has come.
const STREAMS: Shelf = Shelf {
    name: log_stream::STREAMS.shelf,
    secrets: log_stream::STREAMS.secrets,
    unique: log_stream::STREAMS.unique,
};
const POSITIONS: Shelf = Shelf::new(log_stream::POSITIONS);

/// How long between two rounds.
const BEAT: Duration = Duration::from_secs(2);

/// How long an entry takes to be written at the longest, once its id is drawn.
const WRITTEN_IN: Duration = Duration::from_secs(1);

/// How many streams are sent to at once.
const AT_ONCE: u32 = 50;

/// How many entries are sent together, and how many parts in a round.
const PART: u32 = 100;
const PARTS: usize = 20;

/// How many seconds a part is one machine's.
const TAKEN_FOR: i64 = 60;

/// How many seconds are waited at the longest before it is tried again.
const LONGEST: i64 = 300;

/// After how many seconds of failures a stream is suspended: a day.
const PATIENCE: i64 = 86_400;
