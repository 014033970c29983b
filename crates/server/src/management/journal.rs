//! What administrators changed, written down whole: who, how it was asked, what it was before and what was answered.
//!
//! That something was done stands in the batch that did it. How it was asked and answered is known when all is over, and
//! is added then, in one place for every operation there is; an operation that wrote nothing down itself is written down
//! here. No secret is.

mod redacted;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use keybound_api::operation;
use keybound_authority::event::{Event, EventKind};
use keybound_crypto::entropy;
use keybound_proto::{form::Form, jose::decode_base64url};
use keybound_store::{Batch, StoreError, events};
use serde_json::{Map, Value, json};

use self::redacted::redacted;
use super::{managed::Members, permit::Caller};
use crate::app::App;

/// What is known so far of a request that changes something.
#[derive(Clone)]
pub(super) struct Journal {
    id: Arc<str>,
    so_far: Arc<Mutex<SoFar>>,
}

#[derive(Default)]
struct SoFar {
    caller: Option<Caller>,
    before: Option<Value>,
    body: Vec<u8>,
}

impl std::fmt::Debug for Journal {
    /// Leaves out what was said: there may be secrets in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({})", self.id)
    }
}

impl Journal {
    fn begin() -> Self {
        Self { id: entropy::hex::<16>().into(), so_far: Arc::default() }
    }

    /// By which its entries are found.
    pub(super) fn id(&self) -> Box<str> {
        (&*self.id).into()
    }

    /// Keeps who asks.
    pub(super) fn by(&self, caller: &Caller) {
        // A journal within a caller within the journal would never be forgotten.
        self.so_far().caller = Some(Caller { journal: None, ..caller.clone() });
    }

    /// Keeps what is about to be changed.
    pub(super) fn was(&self, before: &Members) {
        self.so_far().before = Some(redacted(Value::Object(before.clone())));
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the request says about itself.
struct Asked {
    method: Method,
    path: String,
    query: String,
    route: String,
    headers: HeaderMap,
}

/// Lets a request through, and writes down what it changed.
pub(super) async fn written(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // What is too long is not taken, and so changes nothing.
    let is_too_long = request.body().size_hint().lower() > LONGEST;
    if request.method().is_safe() || is_too_long {
        return next.run(request).await;
    }
    let asked = Asked {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        route: request
            .extensions()
            .get::<MatchedPath>()
            .map_or_else(String::new, |path| path.as_str().to_owned()),
        headers: request.headers().clone(),
    };
    let journal = Journal::begin();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(journal.clone());
    // It is read by the handler, when it has seen who asks, and as far as that wants; here it is only overheard.
    let ear = journal.clone();
    let body = body.map_frame(move |frame| {
        if let Some(data) = frame.data_ref() {
            ear.so_far().body.extend_from_slice(data);
        }
        frame
    });
    let response = next.run(Request::from_parts(parts, Body::new(body))).await;
    if !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let so_far = std::mem::take(&mut *journal.so_far());
    if let Some(caller) = &so_far.caller {
        let more = more(&asked, (caller, &so_far), (parts.status.as_u16(), &body));
        if let Err(error) = write(&app, &journal, (caller, &asked), &more).await {
            tracing::error!(%error, "what an administrator changed was not written down whole");
        }
    }
    Response::from_parts(parts, Body::from(body))
}

async fn write(
    app: &App,
    journal: &Journal,
    (caller, asked): (&Caller, &Asked),
    more: &Value,
) -> Result<(), StoreError> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    if events::complete(store, tenant, &journal.id, more).await? {
        return Ok(());
    }
    let mut event =
        Event::new(EventKind::Managed, app.clock.now()).by(&caller.client).from(caller.from.clone());
    event.thumbprint = caller.key;
    event.request = Some(journal.id());
    let summary = operation::find(asked.method.as_str(), &asked.route).map(|row| row.summary);
    event.description = summary.map(Into::into);
    let mut batch = Batch::new();
    events::record(&mut batch, store, tenant, &event);
    store.apply(batch).await?;
    events::complete(store, tenant, &journal.id, more).await.map(|_| ())
}

/// Members of the entry in Auth0's shape.
fn more(asked: &Asked, (caller, so_far): (&Caller, &SoFar), (status, answer): (u16, &[u8])) -> Value {
    let query: Map<String, Value> = Form::parse_repeatable(asked.query.as_bytes(), &[])
        .map(|form| form.pairs().map(|(name, value)| (name.to_owned(), value.into())).collect())
        .unwrap_or_default();
    let scopes: Vec<String> = caller.scopes.iter().map(ToString::to_string).collect();
    let user =
        caller.person.as_ref().map_or_else(|| json!({}), |person| json!({ "user_id": person.as_str() }));
    let mut request = with(json!({
        "method": asked.method.as_str().to_lowercase(),
        "path": asked.path,
        "query": redacted(Value::Object(query)),
        "body": said(&so_far.body),
        "channel": "api",
        "auth": { "user": user, "strategy": "jwt", "credentials": { "scopes": scopes } },
    }));
    request.extend(caller.from.address.map(|address| ("ip".to_owned(), address.to_string().into())));
    request.extend(caller.from.agent.as_ref().map(|agent| ("userAgent".to_owned(), json!(agent))));
    let response = json!({ "statusCode": status, "body": said(answer) });
    let mut details = with(json!({ "request": request, "response": response }));
    details.extend(so_far.before.clone().map(|before| ("before".to_owned(), short(before))));
    let mut more = with(json!({ "details": details }));
    let id = header(&asked.headers, "x-correlation-id").filter(|id| id.chars().count() <= 64);
    more.extend(id.map(|id| ("references".to_owned(), json!({ "correlation_id": id }))));
    let client = header(&asked.headers, "auth0-client").and_then(|text| decode_base64url(text).ok());
    let client: Option<Map<String, Value>> = client.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    more.extend(client.map(|client| ("auth0_client".to_owned(), short(redacted(Value::Object(client))))));
    Value::Object(more)
}

/// The members of an object of ours.
fn with(object: Value) -> Members {
    match object {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// What was said, without its secrets. What is no JSON is not repeated.
fn said(body: &[u8]) -> Value {
    match body.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(body).map_or_else(|_| json!({}), |body| short(redacted(body))),
    }
}

/// The log is no place for long texts.
fn short(value: Value) -> Value {
    let length = value.to_string().len();
    if length > MOST { json!({ "omitted": format!("{length} bytes") }) } else { value }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// As long as a body may be.
const LONGEST: u64 = 1 << 20;

/// As much of a body as an entry keeps.
const MOST: usize = 1 << 14;
