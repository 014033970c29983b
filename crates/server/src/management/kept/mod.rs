//! Collections that are only kept: one set of handlers for every row of [`keybound_api::kept::ALL`].

mod actions;
mod bindings;
mod branding;
mod custom_domains;
mod discovery;
mod encryption;
mod hooks;
mod list;
mod modules;
pub(super) mod place;
mod risk;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::MethodRouter,
};
use http::StatusCode;
use keybound_api::{
    Kind, Verb,
    kept::{ALL, Absence, Form, Resource},
    operation::{self, Body, Operation},
};
use keybound_crypto::entropy;
use keybound_proto::time::Timestamp;
use keybound_store::{Batch, StoreError, documents::kept, events};
use serde_json::{Map, Value};

pub(super) use self::place::shelf;
use self::{
    list::list,
    place::{Names, New, Place},
};
use super::{
    absent::absent,
    answer::{done, told},
    body::{Sent, refused},
    inert::Inert,
    managed::{Members, Work},
    permit::Permit,
    query::Query,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    ordered_id::ordered_id,
};

/// The routes of every collection.
pub(super) fn routes() -> Router<Arc<App>> {
    let collections = ALL.iter().fold(Router::new(), |router, resource| router.merge(of(resource)));
    collections
        .merge(hooks::routes())
        .merge(custom_domains::routes())
        .merge(branding::routes())
        .merge(discovery::routes())
        .merge(encryption::routes())
        .merge(actions::routes())
        .merge(bindings::routes())
        .merge(modules::routes())
        .merge(risk::routes())
}

/// The routes of a collection: those that have a row.
fn of(resource: &'static Resource) -> Router<Arc<App>> {
    let row = |method: &str, path: &str| operation::find(method, path);
    let (mut many, mut one) = (MethodRouter::new(), MethodRouter::new());
    if row("GET", resource.many).is_some() {
        many =
            many.get(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, query| {
                list(resource, permit, app, names, query)
            });
    }
    let makes = |row: &&Operation| matches!(row.body, Body::Kind(kind, _) if kind.name == resource.kind.name);
    if let Some(row) = row("POST", resource.many).filter(makes) {
        let made = StatusCode::from_u16(row.status).unwrap_or(StatusCode::CREATED);
        many =
            many.post(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, sent| {
                create((resource, made), permit, app, names, sent)
            });
    }
    if row("GET", resource.one).is_some() {
        one = one.get(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, query| {
            read(resource, permit, app, names, query)
        });
    }
    if row("PATCH", resource.one).is_some() {
        one =
            one.patch(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, sent| {
                update(resource, permit, app, names, sent)
            });
    }
    if row("DELETE", resource.one).is_some() {
        one = one.delete(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>| {
            delete(resource, permit, app, names)
        });
    }
    Router::new().route(resource.many, many).route(resource.one, one)
}

async fn create(
    (resource, made): (&'static Resource, StatusCode),
    permit: Permit,
    app: Arc<App>,
    names: Names,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(resource.kind, Verb::Create)?;
    let place = Place::of(&app, resource, &names).await?;
    let inert = Inert::judged(&work, resource.inert(Verb::Create, &input, &input))?;
    let id = resource.form.id(&chance(resource.form, work.now));
    let mut document = Map::new();
    document.insert(resource.id.to_owned(), id.as_str().into());
    resource.kind.merge(&mut document, input);
    let already = kept::count(&app.store, &app.tenant.id, place.kept()).await?;
    let new = New::of(&work, &place, &id).after(already);
    new.make(resource, &mut document)?;
    modules::called(&app, &mut document).await?;
    let mut batch = Batch::new();
    new.beside(resource, &mut document, &mut batch);
    let value = Value::Object(document.clone());
    kept::insert(&mut batch, &app.store, &app.tenant.id, (place.kept(), &id), value);
    let event = inert.recorded(work.event("Create", resource.kind.name.one, &id));
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    apply(&app, resource, batch).await?;
    Ok(inert.told(told(permit.caller(), made, &shown(resource, document))))
}

async fn read(
    resource: &'static Resource,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    query: Query,
) -> Result<Response, Failure> {
    let selection = query.selection()?;
    let place = Place::of(&app, resource, &names).await?;
    let found = place.find(&app).await?;
    let view = match shown(resource, object(found.doc)) {
        Value::Object(view) => Value::Object(selection.apply(view)),
        other => other,
    };
    Ok(told(permit.caller(), StatusCode::OK, &view))
}

async fn update(
    resource: &'static Resource,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(resource.kind, Verb::Update)?;
    let place = Place::of(&app, resource, &names).await?;
    let mut found = place.find(&app).await?;
    let mut document = object(found.doc);
    let before = document.clone();
    resource.kind.merge(&mut document, input.clone());
    let inert = Inert::judged(&work, resource.inert(Verb::Update, &input, &document))?;
    New::of(&work, &place, &found.id).change(resource, &mut document, &before)?;
    modules::called(&app, &mut document).await?;
    let called = document.get(resource.unique);
    if let Some(Value::String(name)) = called.filter(|now| before.get(resource.unique) != Some(now))
        && kept::named(&app.store, &app.tenant.id, place.kept(), name).await?.is_some()
    {
        return Err(taken(resource));
    }
    found.doc = Value::Object(document.clone());
    let mut batch = Batch::new();
    let event = inert.recorded(work.event("Update", resource.kind.name.one, &found.id));
    kept::update(&mut batch, &app.store, &app.tenant.id, place.kept(), found);
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    apply(&app, resource, batch).await?;
    Ok(inert.told(told(permit.caller(), StatusCode::OK, &shown(resource, document))))
}

/// Changes a document by something else than a `PATCH`, and tells what became of it.
async fn changed(
    work: &Work<'_>,
    resource: &'static Resource,
    (names, what): (&Names, &str),
    change: impl FnOnce(&mut Members),
) -> Result<Value, Failure> {
    let place = Place::of(work.app, resource, names).await?;
    let mut found = place.find(work.app).await?;
    let mut document = object(found.doc);
    change(&mut document);
    found.doc = Value::Object(document.clone());
    let mut batch = Batch::new();
    let event = work.event(what, resource.kind.name.one, &found.id);
    kept::update(&mut batch, &work.app.store, &work.app.tenant.id, place.kept(), found);
    events::record(&mut batch, &work.app.store, &work.app.tenant.id, &event);
    apply(work.app, resource, batch).await?;
    Ok(shown(resource, document))
}

async fn delete(
    resource: &'static Resource,
    permit: Permit,
    app: Arc<App>,
    names: Names,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let place = Place::of(&app, resource, &names).await?;
    let Some(found) = place.look(&app).await? else {
        return match resource.absence {
            Absence::Fine => Ok(done(permit.caller())),
            Absence::Told => Err(absent(resource.kind)),
            Absence::Says(message) => {
                let code = Some(resource.kind.absent_code).filter(|code| !code.is_empty());
                Err(ManagementFailure::NoSuch { message: message.to_owned(), code }.into())
            }
        };
    };
    let mut batch = Batch::new();
    let event = work.event("Delete", resource.kind.name.one, &found.id);
    match resource.end {
        Some(end) => New::of(&work, &place, &found.id).end(end, &place, found, &mut batch),
        None => place.delete(&app, &found.id, &mut batch),
    }
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    apply(&app, resource, batch).await?;
    Ok(done(permit.caller()))
}

/// Applies a change, and says in Auth0's words why it could not be.
async fn apply(app: &App, resource: &Resource, batch: Batch) -> Result<(), Failure> {
    match app.store.apply(batch).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict { guard }) if guard == kept::NEW => Err(taken(resource)),
        applied => changed_meanwhile(applied, resource.kind),
    }
}

/// Says where somebody else was faster.
pub(super) fn changed_meanwhile(applied: Result<(), StoreError>, kind: &Kind) -> Result<(), Failure> {
    match applied {
        Err(error) if error.conflict().is_some() => {
            let message = format!("The {} was changed by somebody else meanwhile.", kind.name.one);
            Err(ManagementFailure::Conflict { message, code: None }.into())
        }
        applied => Ok(applied?),
    }
}

/// There is one already.
fn taken(resource: &Resource) -> Failure {
    let message = match resource.taken {
        "" => format!("The {} exists already.", resource.kind.name.one),
        taken => taken.to_owned(),
    };
    ManagementFailure::Conflict { message, code: None }.into()
}

/// What is told of a document.
fn shown(resource: &Resource, mut document: Members) -> Value {
    (resource.tell)(&mut document);
    Value::Object(document)
}

/// What an id is made of: chance, and the moment where its form tells that.
fn chance(form: Form, now: Timestamp) -> [u8; 32] {
    let mut bytes: [u8; 32] = entropy::bytes();
    if !matches!(form, Form::Ordered(..)) {
        return bytes;
    }
    let ordered = ordered_id(now);
    let digits = ordered.as_bytes().chunks_exact(2).filter_map(|two| std::str::from_utf8(two).ok());
    for (byte, two) in bytes.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(two, 16).unwrap_or(*byte);
    }
    bytes
}

/// The members of a kept document, which always is an object.
fn object(doc: Value) -> Members {
    match doc {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}
