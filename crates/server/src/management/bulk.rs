//! Jobs over many users: asked for, looked at, and what they made.

use std::sync::Arc;

use axum::{
    Router,
    body::Body as Stream,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use keybound_api::{Fault, Invalid, Verb, connection, job};
use keybound_crypto::entropy;
use keybound_proto::{
    form::Multipart,
    jose::{decode_base64url, encode_base64url, json::Elements},
    time::Timestamp,
};
use keybound_store::{
    Batch,
    documents::{
        self, Connections,
        kept::{self, Kept},
    },
    events,
    ledger::job_parts::{self, Kind},
};
use serde_json::{Map, Value, json};

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::{done, told},
    body::{Sent, refused},
    inert::Inert,
    managed::{Members, Work},
    permit::Permit,
    query::Query,
};
use crate::{
    app::App,
    extract::Body,
    failure::{Failure, ManagementFailure, RequestFailure},
    jobs::bulk::{EXPORT, IMPORT, JOBS, WORK},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/jobs/users-imports", post(import))
        .route("/api/v2/jobs/users-exports", post(export))
        .route("/api/v2/jobs/{id}", get(read))
        .route("/api/v2/jobs/{id}/errors", get(errors))
}

/// `POST /api/v2/jobs/users-imports`: the file is kept whole before it is answered, and worked off after.
async fn import(permit: Permit, State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.filter(|media| is_form(media)).ok_or(ManagementFailure::MediaType)?.to_owned();
    let limit = app.config.limits.import_bytes;
    let body = Body::heard_out(limit.saturating_add(AROUND), request, &app).await?.0;
    let form = Multipart::parse(&media, &body).map_err(|error| wrong_body(error.to_string()))?;
    let input = job::read(form.names().map(|name| (name, form.text(name)))).map_err(refused)?;
    let file = form.bytes(job::FILE);
    let file = file.ok_or_else(|| refused(Invalid::body("", Fault::Missing(job::FILE))))?;
    if file.len() > limit {
        return Err(RequestFailure::TooLarge { limit }.into());
    }
    let from = database(&app, text(&input, "connection_id").unwrap_or_default()).await?;
    let active = job_parts::due(&app.store, &app.tenant.id).await?;
    let active = active.iter().filter(|(_, what)| what == IMPORT).count();
    if active >= AT_ONCE {
        let message = format!(
            "There are {active} active import users jobs, please wait until some of them are finished and try again"
        );
        return Err(ManagementFailure::Busy { message }.into());
    }
    let inert = Inert::judged(&work, job::IMPORT.inert(Verb::Create, &input))?;
    let mut job = begun(&work, IMPORT, &from);
    job.extend(input.get("external_id").map(|id| ("external_id".to_owned(), id.clone())));
    let mut batch = Batch::new();
    let id = text(&job, "id").unwrap_or_default().to_owned();
    match parted(file) {
        Some((parts, total)) => {
            let summary = json!({ "failed": 0, "inserted": 0, "updated": 0, "total": total });
            job.insert("percentage_done".to_owned(), 0.into());
            job.insert("summary".to_owned(), summary);
            let upsert = input.get("upsert") == Some(&Value::Bool(true));
            job.insert(WORK.to_owned(), json!({ "upsert": upsert }));
            for (part, rows) in (0..).zip(&parts) {
                job_parts::put(&mut batch, &app.tenant.id, (&id, Kind::Input, part), (rows, None));
            }
            job_parts::put(&mut batch, &app.tenant.id, (&id, Kind::Due, 0), (IMPORT, None));
        }
        None => {
            job.insert("status".to_owned(), "failed".into());
            job.insert("status_details".to_owned(), NO_JSON.into());
        }
    }
    begin(&work, &job, inert.recorded(work.event("Create", job::IMPORT.name.one, &id)), batch).await?;
    Ok(inert.told(told(work.caller, StatusCode::ACCEPTED, &shown(&app, job))))
}

/// `POST /api/v2/jobs/users-exports`
async fn export(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let mut input = sent.read_by(&job::EXPORT, Verb::Create)?;
    let from = match text(&input, "connection_id").map(str::to_owned) {
        Some(id) => database(&app, &id).await?,
        None => Members::new(),
    };
    input.entry("format").or_insert_with(|| "json".into());
    let mut job = begun(&work, EXPORT, &from);
    job.extend(input);
    let id = text(&job, "id").unwrap_or_default().to_owned();
    let mut batch = Batch::new();
    job_parts::put(&mut batch, &app.tenant.id, (&id, Kind::Due, 0), (EXPORT, None));
    begin(&work, &job, work.event("Create", job::EXPORT.name.one, &id), batch).await?;
    Ok(told(work.caller, StatusCode::OK, &shown(&app, job)))
}

/// `GET /api/v2/jobs/{id}`
async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let found = found(&app, &id).await?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&app, says(found))))
}

/// `GET /api/v2/jobs/{id}/errors`
async fn errors(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let job = says(found(&app, &id).await?);
    let (mut all, mut after) = (Vec::new(), -1);
    while let Some((part, data)) =
        job_parts::next(&app.store, &app.tenant.id, (&id, Kind::Errors, after)).await?
    {
        if let Ok(Value::Array(some)) = serde_json::from_str(&data) {
            all.extend(some);
        }
        after = part;
    }
    Ok(match (all.is_empty(), text(&job, "status")) {
        (false, _) => told(permit.caller(), StatusCode::OK, &Value::Array(all)),
        (true, Some("failed")) => told(permit.caller(), StatusCode::OK, &shown(&app, job)),
        (true, _) => done(permit.caller()),
    })
}

/// `GET /files/{id}`: whoever has the link has the file, for as long as the link says.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let job = found(&app, &id).await?;
    let key = query.0.text("key").and_then(|key| decode_base64url(key).ok()).unwrap_or_default();
    let opened = app.browser.open(PLACE, &key).ok();
    let said = opened.as_ref().and_then(|said| std::str::from_utf8(said.reveal()).ok());
    let until = said.and_then(|said| said.split_once(' ')).filter(|(of, _)| *of == id);
    let until = until.and_then(|(_, until)| until.parse().ok()).map(Timestamp::from_unix);
    if until.is_none_or(|until| until <= app.clock.now()) {
        return Err(absent(&job::KIND));
    }
    let csv = job.doc.get("format").and_then(Value::as_str) == Some("csv");
    let parts = stream::unfold((app, id, -1), async |(app, id, after)| {
        match job_parts::next(&app.store, &app.tenant.id, (&id, Kind::Output, after)).await {
            Ok(found) => found.map(|(part, data)| (Ok(Bytes::from(data)), (app, id, part))),
            Err(error) => Some((Err(error), (app, id, i64::MAX))),
        }
    });
    let mut response = Stream::from_stream(Box::pin(parts)).into_response();
    let (media, name) = match csv {
        true => ("text/csv; charset=utf-8", "attachment; filename=\"users.csv\""),
        false => ("application/x-ndjson", "attachment; filename=\"users.ndjson\""),
    };
    for (header, value) in [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// A job as it begins.
fn begun(work: &Work<'_>, what: &str, connection: &Members) -> Members {
    let mut job = Map::new();
    let id = format!("job_{}", entropy::alphanumeric(16));
    for (name, value) in
        [("id", id.as_str()), ("type", what), ("status", "pending"), ("created_at", &work.now.to_rfc3339())]
    {
        job.insert(name.to_owned(), value.into());
    }
    for (name, of) in [("connection_id", "id"), ("connection", "name")] {
        job.extend(connection.get(of).map(|value| (name.to_owned(), value.clone())));
    }
    job
}

async fn begin(
    work: &Work<'_>,
    job: &Members,
    event: keybound_authority::event::Event,
    mut batch: Batch,
) -> Result<(), Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let id = text(job, "id").unwrap_or_default();
    kept::insert(&mut batch, store, tenant, (JOBS.whole(), id), Value::Object(job.clone()));
    events::record(&mut batch, store, tenant, &event);
    store.apply(batch).await?;
    work.app.bell.ring();
    Ok(())
}

/// The database connection of that id: people come from no other in files, and go to none.
async fn database(app: &App, id: &str) -> Result<Members, Failure> {
    let found = documents::find::<Connections>(&app.store, &app.tenant.id, id).await?;
    let found =
        found.ok_or_else(|| unfit("The connection does not exist.", Some("inexistent_connection")))?;
    let connection = members(&found)?;
    match connection::strategy(&connection) {
        connection::Strategy::Passwords => Ok(connection),
        _ => Err(unfit("The connection must be a database connection.", Some("operation_not_supported"))),
    }
}

async fn found(app: &App, id: &str) -> Result<Kept, Failure> {
    let found = kept::find(&app.store, &app.tenant.id, JOBS.whole(), id).await?;
    found.ok_or_else(|| absent(&job::KIND))
}

fn says(found: Kept) -> Members {
    match found.doc {
        Value::Object(says) => says,
        _ => Members::new(),
    }
}

/// What is told of a job: where its file is, for as long as it is there. The link is another each time, and soon ends.
fn shown(app: &App, mut job: Members) -> Value {
    let until = job.remove(WORK).and_then(|work| work.get("until")?.as_i64());
    let now = app.clock.now().as_unix();
    if let (Some(until), Some(id)) = (until.filter(|until| *until > now), text(&job, "id")) {
        let until = until.min(now.saturating_add(LINK));
        let key = encode_base64url(app.browser.seal(PLACE, format!("{id} {until}").as_bytes()));
        let location = format!("{}files/{id}?key={key}", app.tenant.issuer.as_str());
        job.insert("location".to_owned(), location.into());
    }
    Value::Object(job)
}

fn is_form(media: &str) -> bool {
    let named = media.split(';').next().unwrap_or_default().trim();
    named.eq_ignore_ascii_case("multipart/form-data")
}

/// The rows of a file, a few together, and how many there are; nothing where it is no JSON array.
fn parted(file: &[u8]) -> Option<(Vec<String>, i64)> {
    if file.contains(&0) {
        return None;
    }
    let whole = std::str::from_utf8(file).ok()?;
    let (mut parts, mut part, mut rows, mut total) = (Vec::new(), String::new(), 0, 0);
    for row in Elements::of(whole.as_bytes()) {
        let row = std::str::from_utf8(row.ok()?).ok()?;
        part.push(if part.is_empty() { '[' } else { ',' });
        part.push_str(row);
        (rows, total) = (rows + 1, total + 1);
        if rows == ROWS || part.len() > PART {
            parts.push(std::mem::take(&mut part) + "]");
            rows = 0;
        }
    }
    if !part.is_empty() {
        parts.push(part + "]");
    }
    Some((parts, total))
}

const NO_JSON: &str = "Failed to parse users file JSON when importing users. Make sure it is valid JSON.";

/// What a link's key is sealed to.
const PLACE: &[u8] = b"job file";

/// How long a link is good for, in seconds.
const LINK: i64 = 600;

/// How many imports may be going on; Auth0's number.
const AT_ONCE: usize = 4;

/// How much may stand around the file.
const AROUND: usize = 64 * 1024;

/// How many rows are worked off together, and how long they may be.
const ROWS: usize = 100;
const PART: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_parted_and_loses_nothing() {
        let rows: Vec<Value> = (0..250).map(|n| json!({ "email": format!("a{n}@b.c") })).collect();
        let (parts, total) = parted(Value::from(rows.clone()).to_string().as_bytes()).unwrap();
        assert_eq!((parts.len(), total), (3, 250));
        let read = |part: &String| serde_json::from_str::<Vec<Value>>(part).unwrap();
        assert_eq!(parts.iter().flat_map(read).collect::<Vec<_>>(), rows);
        assert_eq!(parted(b"[]"), Some((vec![], 0)));
        for wrong in [&b"{}"[..], b"[{]", b"[\"\0\"]", b"[\"\xff\"]", b"\xef\xbb\xbf[]", b"[1],"] {
            assert_eq!(parted(wrong), None, "{wrong:?}");
        }
    }
}
