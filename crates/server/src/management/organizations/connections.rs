//! By which connections people come in to an organization.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{
    Kind, Verb, connection,
    organization::{self as api, CONNECTION},
};
use keybound_authority::model::{
    connection::Signup,
    organization::{Entrance, Joining},
};
use keybound_store::{
    Batch,
    documents::{self, Connections, Document},
    events,
    ledger::organizations::{self as ledger, CONNECTED, Enabled},
    policy,
};
use serde_json::Value;

use super::organization;
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{
        absent::{absent, text, unfit},
        answer::{done, told},
        body::Sent,
        managed::{Members, Work},
        permit::Permit,
        related::{Asked, Related, Rows},
    },
};

/// `GET /api/v2/organizations/{id}/enabled_connections`
pub(super) enum List {}

impl Related for List {
    const KIND: &'static Kind = &CONNECTION;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, organization(asked.app, asked.of).await?);
        let (rows, total) = ledger::connections(&app.store, &app.tenant.id, &found.id, asked.slice()).await?;
        let row = |(enabled, document): &(Enabled, Document<Connections>)| {
            (enabled.connection.clone(), shown(enabled, document))
        };
        Ok((rows.iter().map(row).collect(), total))
    }
}

/// `POST /api/v2/organizations/{id}/enabled_connections`
pub(super) async fn connect(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&CONNECTION, Verb::Create)?;
    let found = organization(&app, &id).await?;
    let (enabled, document) = wished(&work, &input).await?;
    let mut batch = Batch::new();
    ledger::connect(&mut batch, &app.tenant.id, &found.id, &enabled);
    record(&work, "Enable", (&found.id, &enabled.connection), &mut batch);
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(CONNECTED) => return Err(twice()),
        applied => applied?,
    }
    Ok(told(permit.caller(), StatusCode::CREATED, &shown(&enabled, &document)))
}

/// `GET /api/v2/organizations/{id}/enabled_connections/{connection}`
pub(super) async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (enabled, document) = connected(&app, &id, &connection).await?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&enabled, &document)))
}

/// `PATCH /api/v2/organizations/{id}/enabled_connections/{connection}`
pub(super) async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&CONNECTION, Verb::Update)?;
    let (mut enabled, document) = connected(&app, &id, &connection).await?;
    apply(&input, &mut enabled)?;
    let mut batch = Batch::new();
    ledger::set(&mut batch, &app.tenant.id, &id, &enabled);
    record(&work, "Update", (&id, &connection), &mut batch);
    app.store.apply(batch).await?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&enabled, &document)))
}

/// `DELETE /api/v2/organizations/{id}/enabled_connections/{connection}`
pub(super) async fn disconnect(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = organization(&app, &id).await?;
    let mut batch = Batch::new();
    ledger::disconnect(&mut batch, &app.tenant.id, (&found.id, &connection));
    record(&work, "Disable", (&found.id, &connection), &mut batch);
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

/// Adds the connections an organization is made with.
pub(super) async fn connect_all(
    work: &Work<'_>,
    organization: &str,
    wishes: &[Value],
    batch: &mut Batch,
) -> Result<(), Failure> {
    let mut known: Vec<Box<str>> = Vec::new();
    for wish in wishes.iter().filter_map(Value::as_object) {
        let (enabled, _) = wished(work, wish).await?;
        if known.contains(&enabled.connection) {
            return Err(twice());
        }
        ledger::connect(batch, &work.app.tenant.id, organization, &enabled);
        known.push(enabled.connection);
    }
    Ok(())
}

pub(super) async fn wished(
    work: &Work<'_>,
    input: &Members,
) -> Result<(Enabled, Document<Connections>), Failure> {
    let id = text(input, "connection_id").unwrap_or_default();
    let found = documents::find::<Connections>(&work.app.store, &work.app.tenant.id, id).await?;
    let document = found.ok_or_else(|| absent(&connection::KIND))?;
    let mut enabled = Enabled {
        connection: document.id.clone(),
        name: policy::connection(&document)?.name,
        entrance: Entrance { joining: Joining::ByName, signup: Signup::Closed },
        button: true,
    };
    apply(input, &mut enabled)?;
    Ok((enabled, document))
}

pub(super) fn apply(input: &Members, enabled: &mut Enabled) -> Result<(), Failure> {
    let flag = |name| input.get(name).and_then(Value::as_bool);
    if let Some(joins) = flag("assign_membership_on_login") {
        enabled.entrance.joining = if joins { Joining::OnLogin } else { Joining::ByName };
    }
    if let Some(open) = flag("is_signup_enabled") {
        enabled.entrance.signup = if open { Signup::Open } else { Signup::Closed };
    }
    enabled.button = flag("show_as_button").unwrap_or(enabled.button);
    // Who makes an account and is no member by it has an account for nothing.
    match enabled.entrance {
        Entrance { joining: Joining::ByName, signup: Signup::Open } => {
            Err(unfit(SIGNUP_WITHOUT_MEMBERSHIP, Some("invalid_body")))
        }
        _ => Ok(()),
    }
}

pub(super) async fn connected(
    app: &App,
    id: &str,
    connection: &str,
) -> Result<(Enabled, Document<Connections>), Failure> {
    let found = organization(app, id).await?;
    let found = ledger::connected(&app.store, &app.tenant.id, (&found.id, connection)).await?;
    found.ok_or_else(|| absent(&CONNECTION))
}

pub(super) fn shown(enabled: &Enabled, document: &Document<Connections>) -> Value {
    let shown = api::Enabled {
        id: &enabled.connection,
        joins: enabled.entrance.joining == Joining::OnLogin,
        signup: enabled.entrance.signup == Signup::Open,
        button: enabled.button,
    };
    shown.shown(&document.doc)
}

pub(super) fn record(
    work: &Work<'_>,
    what: &str,
    (organization, connection): (&str, &str),
    batch: &mut Batch,
) {
    let event = work.event(what, KIND.name.one, &format!("{connection} ({organization})"));
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

pub(super) fn twice() -> Failure {
    let message = "The connection is already enabled for this organization.".to_owned();
    ManagementFailure::Conflict { message, code: None }.into()
}

const KIND: &Kind = &CONNECTION;
const SIGNUP_WITHOUT_MEMBERSHIP: &str =
    "Only database connections with assign_membership_on_login = true support is_signup_enabled = true.";
