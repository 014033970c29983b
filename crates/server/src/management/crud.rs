//! Five verbs for every kind.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::Verb;
use keybound_store::{
    Batch, StoreError,
    documents::{self, Kind as _},
    events,
};
use serde_json::Value;

use super::{
    absent::{absent, members},
    answer::told,
    body::Sent,
    inert::Inert,
    list::list,
    managed::{Draft, Managed, Members, Sight, Work},
    permit::Permit,
    query::Query,
    settings::{Settled, TRIES},
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// The routes of a kind.
pub(super) fn router<M: Managed>() -> Router<Arc<App>> {
    let many = format!("/api/v2/{}", M::KIND.name.path);
    let one = format!("{many}/{{id}}");
    Router::new()
        .route(&many, get(list::<M>).post(create::<M>))
        .route(&one, get(read::<M>).patch(update::<M>).delete(delete::<M>))
}

async fn create<M: Managed>(
    permit: Permit,
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let input = sent.read::<M>(Verb::Create)?;
    let inert = Inert::of::<M>(&work, (Verb::Create, &input), &input).await?;
    let mut batch = Batch::new();
    let Draft { id, document } = M::create(&work, input, &mut batch).await?;
    documents::insert::<M::Store>(&mut batch, store, tenant, &id, Value::Object(document.clone()));
    events::record(&mut batch, store, tenant, &inert.recorded(work.event("Create", M::KIND.name.one, &id)));
    apply::<M>(&app, batch).await?;
    // Whoever made it is told its secrets, once.
    let mut view = M::made(&work, document);
    M::beside(&work, &mut view, Sight::Secrets).await?;
    Ok(inert.told(told(permit.caller(), M::MADE, &Value::Object(view))))
}

async fn read<M: Managed>(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let selection = query.selection()?;
    let found = M::find(&app, &id).await?.ok_or_else(|| absent(M::KIND))?;
    let (mut view, _) = shown::<M>(&work, members(&found)?).await?;
    M::alone(&work, &mut view).await?;
    let view = selection.apply_but(M::ALWAYS_ALONE, view);
    if M::shows_secrets(work.caller, &view) {
        record_reading::<M>(&work).await?;
    }
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(view)))
}

async fn update<M: Managed>(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let input = sent.read::<M>(Verb::Update)?;
    // What somebody else wrote meanwhile is read again: neither takes anything from the other.
    for _ in 0..TRIES {
        let mut found = M::find(&app, &id).await?.ok_or_else(|| absent(M::KIND))?;
        let mut document = members(&found)?;
        work.was(&shown::<M>(&work, document.clone()).await?.0);
        let inert = Inert::of::<M>(&work, (Verb::Update, &document), &input).await?;
        let mut batch = Batch::new();
        M::update(&work, &mut document, input.clone(), &mut batch).await?;
        found.doc = Value::Object(document.clone());
        let event = inert.recorded(work.event("Update", M::KIND.name.one, &found.id));
        events::record(&mut batch, store, tenant, &event);
        documents::update(&mut batch, store, tenant, found);
        if settle::<M>(&app, batch).await? == Settled::Written {
            let (mut view, _) = shown::<M>(&work, document).await?;
            M::alone(&work, &mut view).await?;
            return Ok(inert.told(told(permit.caller(), StatusCode::OK, &Value::Object(view))));
        }
    }
    Err(overtaken::<M>())
}

async fn delete<M: Managed>(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if let Some(found) = M::find(&app, &id).await? {
        let mut batch = Batch::new();
        work.was(&shown::<M>(&work, members(&found)?).await?.0);
        M::delete(&work, &found, &mut batch).await?;
        documents::delete::<M::Store>(&mut batch, &app.tenant.id, &found.id);
        let event = work.event("Delete", M::KIND.name.one, &found.id);
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
        apply::<M>(&app, batch).await?;
        return Ok(M::deleted(&work));
    }
    M::gone(&work)
}

/// Applies a change, and says in Auth0's words why it could not be.
pub(super) async fn apply<M: Managed>(app: &App, batch: Batch) -> Result<(), Failure> {
    match settle::<M>(app, batch).await? {
        Settled::Written => Ok(()),
        Settled::Overtaken => Err(overtaken::<M>()),
    }
}

/// Applies a change, unless somebody else changed meanwhile what it was made from.
async fn settle<M: Managed>(app: &App, batch: Batch) -> Result<Settled, Failure> {
    match app.store.apply(batch).await {
        Ok(_) => {
            app.policies.forget();
            M::changed(app);
            Ok(Settled::Written)
        }
        Err(StoreError::Conflict { guard }) if guard == M::Store::NEW => Err(taken::<M>()),
        Err(StoreError::Conflict { guard }) if guard == M::Store::REVISION => Ok(Settled::Overtaken),
        Err(error) => Err(error.into()),
    }
}

/// Somebody else is always faster.
fn overtaken<M: Managed>() -> Failure {
    let message = format!("The {} was changed by somebody else meanwhile.", M::KIND.name.one);
    ManagementFailure::Conflict { message, code: None }.into()
}

/// There is one already.
pub(super) fn taken<M: Managed>() -> Failure {
    ManagementFailure::Conflict { message: M::TAKEN.to_owned(), code: M::TAKEN_CODE }.into()
}

/// What the caller may see, and whether secrets are in it.
pub(super) async fn shown<M: Managed>(
    work: &Work<'_>,
    document: Members,
) -> Result<(Members, bool), Failure> {
    let secrets = M::shows_secrets(work.caller, &document);
    let sight = if secrets { Sight::Secrets } else { Sight::Plain };
    let mut view = M::view(work, document, sight);
    M::beside(work, &mut view, sight).await?;
    Ok((view, secrets))
}

/// Records that secrets were read.
pub(super) async fn record_reading<M: Managed>(work: &Work<'_>) -> Result<(), Failure> {
    let mut batch = Batch::new();
    events::record(&mut batch, &work.app.store, &work.app.tenant.id, &work.read_event(M::KIND.name.many));
    work.app.store.apply(batch).await?;
    Ok(())
}
