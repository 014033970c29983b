//! Which client grants hold within an organization.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{Kind, Verb, organization::GRANT};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Document},
    events,
    ledger::organizations::{self as ledger, GIVEN},
};
use serde_json::{Map, Value};

use super::{Organization, organization};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{
        absent::{absent, text, unfit},
        answer::{done, told},
        body::Sent,
        managed::{Managed as _, Work},
        permit::Permit,
        related::{Asked, Related, Rows},
    },
};

/// `GET /api/v2/organizations/{id}/client-grants`
pub(super) enum List {}

impl Related for List {
    const KIND: &'static Kind = &GRANT;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, organization(asked.app, asked.of).await?);
        let (rows, total) = ledger::grants(&app.store, &app.tenant.id, &found.id, asked.slice()).await?;
        let row = |grant: Document<ClientGrants>| {
            let mut view = shown(&grant.doc);
            view.extend(grant.doc.get("subject_type").map(|of| ("subject_type".to_owned(), of.clone())));
            (grant.id, Value::Object(view))
        };
        Ok((rows.into_iter().map(row).collect(), total))
    }
}

/// `POST /api/v2/organizations/{id}/client-grants`
pub(super) async fn give(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&GRANT, Verb::Create)?;
    let found = organization(&app, &id).await?;
    let named = text(&input, "grant_id").unwrap_or_default();
    let grant = documents::find::<ClientGrants>(&app.store, &app.tenant.id, named).await?;
    let grant = grant.ok_or_else(|| absent(&GRANT))?;
    if !matches!(grant.doc.get("organization_usage").and_then(Value::as_str), Some("allow" | "require")) {
        return Err(unfit(NO_ORGANIZATIONS, Some("operation_not_supported")));
    }
    let mut batch = Batch::new();
    ledger::give(&mut batch, &app.tenant.id, (&found.id, &grant.id));
    record(&work, "Add", (&found.id, &grant.id), &mut batch);
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(GIVEN) => {
            return Err(ManagementFailure::Conflict { message: TWICE.to_owned(), code: None }.into());
        }
        applied => applied?,
    }
    let mut view = shown(&grant.doc);
    view.remove("subject_type");
    // By this name it was asked for, and is told.
    view.insert("grant_id".to_owned(), (*grant.id).into());
    Ok(told(permit.caller(), StatusCode::CREATED, &Value::Object(view)))
}

/// `DELETE /api/v2/organizations/{id}/client-grants/{grant}`
pub(super) async fn take(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, grant)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = organization(&app, &id).await?;
    let mut batch = Batch::new();
    ledger::take(&mut batch, &app.tenant.id, (&found.id, &grant));
    record(&work, "Remove", (&found.id, &grant), &mut batch);
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

/// `GET /api/v2/client-grants/{id}/organizations`
pub(in crate::management) enum OfGrant {}

impl Related for OfGrant {
    const KIND: &'static Kind = Organization::KIND;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (store, tenant) = (&asked.app.store, &asked.app.tenant.id);
        if documents::find::<ClientGrants>(store, tenant, asked.of).await?.is_none() {
            return Err(absent(&GRANT));
        }
        let (found, total) = ledger::of_grant(store, tenant, asked.of, asked.slice()).await?;
        Ok((found.into_iter().map(|found| (found.id, found.doc)).collect(), total))
    }
}

fn shown(grant: &Value) -> Map<String, Value> {
    let told = [
        "id",
        "client_id",
        "audience",
        "scope",
        "organization_usage",
        "allow_any_organization",
        "subject_type",
    ];
    let told = told.into_iter().filter_map(|name| Some((name.to_owned(), grant.get(name)?.clone())));
    told.collect()
}

fn record(work: &Work<'_>, what: &str, (organization, grant): (&str, &str), batch: &mut Batch) {
    let event = work.event(what, GRANT.name.one, &format!("{grant} ({organization})"));
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

const TWICE: &str = "The client grant has already been added to this organization.";
const NO_ORGANIZATIONS: &str = "The client grant's organization_usage is deny.";
