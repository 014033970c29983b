//! `/tenants/settings`.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keybound_api::{
    Verb,
    settings::tenant::{self, KIND, Operated},
};
use keybound_authority::event::Event;
use keybound_store::documents::{self, Document, Tenants};
use keybound_store::{Batch, events};
use serde_json::Value;

use super::drawer::{Settled, TRIES, settle};
use crate::{
    app::App,
    config::{Reading, Registration},
    failure::{Failure, ManagementFailure, Reason},
    management::{
        absent::members, answer::told, body::Sent, inert::Inert, managed::Members, permit::Permit,
        query::Query,
    },
};

/// `GET /api/v2/tenants/settings`
pub(super) async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let selection = query.selection()?;
    let view = tenant::view(operated(&app), members(&find(&app).await?)?);
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(selection.apply(view))))
}

/// `PATCH /api/v2/tenants/settings`
pub(super) async fn change(
    permit: Permit,
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&KIND, Verb::Update)?;
    let inert = Inert::judged(&work, KIND.inert(Verb::Update, &input))?;
    let event = inert.recorded(work.event("Update", "tenant", app.tenant.id.as_str()));
    let wrote = rewrite(&app, &event, |wrote| tenant::write(wrote, input.clone())).await?;
    let view = Value::Object(tenant::view(operated(&app), wrote));
    Ok(inert.told(told(work.caller, StatusCode::OK, &view)))
}

/// Changes the tenant's own document. What somebody else wrote meanwhile is read again: neither takes anything from the
/// other.
pub(in crate::management) async fn rewrite(
    app: &App,
    event: &Event,
    change: impl Fn(&mut Members) + Send + Sync,
) -> Result<Members, Failure> {
    for _ in 0..TRIES {
        let mut found = find(app).await?;
        let mut wrote = members(&found)?;
        change(&mut wrote);
        found.doc = Value::Object(wrote.clone());
        let mut batch = Batch::new();
        documents::update(&mut batch, &app.store, &app.tenant.id, found);
        events::record(&mut batch, &app.store, &app.tenant.id, event);
        if settle(app, batch).await? == Settled::Written {
            return Ok(wrote);
        }
    }
    let message = "The tenant was changed by somebody else meanwhile.".to_owned();
    Err(ManagementFailure::Conflict { message, code: None }.into())
}

/// The tenant's own document, which its first start made.
pub(in crate::management) async fn find(app: &App) -> Result<Document<Tenants>, Failure> {
    let found = documents::find::<Tenants>(&app.store, &app.tenant.id, app.tenant.id.as_str()).await?;
    found.ok_or_else(|| Reason::Internal { detail: "the tenant has no settings".to_owned() }.into())
}

fn operated(app: &App) -> Operated {
    Operated {
        registration: app.config.registration == Registration::Open,
        client_documents: app.config.client_documents.reading == Reading::Open,
    }
}
