//! Invitations to become a member: made, shown, withdrawn. They are accepted at `/authorize`.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{
    Kind, Verb, client, connection,
    organization::{INVITATION, INVITED_FOR, Sent as Invitation, invite as invitation, shown},
};
use keybound_crypto::entropy;
use keybound_proto::{form::Form, time::Lifetime};
use keybound_store::{
    Batch,
    documents::{self, Clients, Connections, Document, Invitations, Organizations, Window},
    events,
};
use serde_json::Value;

use super::organization;
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{absent, members, text, unfit},
        answer::{done, told},
        body::Sent,
        managed::{Members, Work},
        page::window,
        permit::Permit,
        query::Query,
        related::{Asked, Related, Rows},
        settings::tenant,
    },
    organizations::digest,
};

/// `GET /api/v2/organizations/{id}/invitations`
pub(super) enum List {}

impl Related for List {
    const KIND: &'static Kind = &INVITATION;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, organization) = (asked.app, organization(asked.app, asked.of).await?);
        let window = window(asked.paging).matching::<Invitations>("organization_id", &organization.id);
        let page = documents::page::<Invitations>(&app.store, &app.tenant.id, &window).await?;
        let mut rows = Vec::with_capacity(page.documents.len());
        for found in &page.documents {
            let view = view(app, &organization, members(found)?).await?;
            rows.push((found.id.clone(), Value::Object(view)));
        }
        Ok((rows, page.total.unwrap_or_default()))
    }
}

/// `POST /api/v2/organizations/{id}/invitations`
pub(super) async fn invite(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let input = sent.read_by(&INVITATION, Verb::Create)?;
    let organization = organization(&app, &id).await?;
    if let Some(named) = text(&input, "connection_id")
        && documents::find::<Connections>(store, tenant, named).await?.is_none()
    {
        return Err(absent(&connection::KIND));
    }
    let login = login(&app, &input).await?.ok_or_else(|| absent(&client::KIND))?;
    let login = login.ok_or_else(|| unfit(NO_LOGIN, None))?;
    let seconds = input.get("ttl_sec").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
    let lifetime = Lifetime::seconds(seconds.filter(|ttl| *ttl > 0).unwrap_or(INVITED_FOR));
    let (id, ticket) = (format!("uinv_{}", entropy::alphanumeric(16)), entropy::alphanumeric(32));
    let document = invitation(
        input,
        &Invitation {
            id: &id,
            organization: &organization.id,
            ticket: &ticket,
            digest: &digest(&ticket),
            created_at: &work.now.to_rfc3339(),
            expires_at: &work.now.plus(lifetime).to_rfc3339(),
        },
    );
    let view = shown(document.clone(), Some(&address(&login, &organization, &document)));
    let mut batch = Batch::new();
    documents::insert::<Invitations>(&mut batch, store, tenant, &id, Value::Object(document));
    record(&work, "Create", &id, &mut batch);
    app.store.apply(batch).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &Value::Object(view)))
}

/// `GET /api/v2/organizations/{id}/invitations/{invitation}`
pub(super) async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, invitation)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    let selection = query.selection()?;
    let organization = organization(&app, &id).await?;
    let found = find(&app, &organization, &invitation).await?.ok_or_else(|| absent(&INVITATION))?;
    let view = selection.apply(view(&app, &organization, members(&found)?).await?);
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(view)))
}

/// `DELETE /api/v2/organizations/{id}/invitations/{invitation}`
pub(super) async fn withdraw(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, invitation)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let organization = organization(&app, &id).await?;
    let found = find(&app, &organization, &invitation).await?.ok_or_else(|| absent(&INVITATION))?;
    let mut batch = Batch::new();
    documents::delete::<Invitations>(&mut batch, &app.tenant.id, &found.id);
    record(&work, "Delete", &found.id, &mut batch);
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

async fn find(
    app: &App,
    organization: &Document<Organizations>,
    id: &str,
) -> Result<Option<Document<Invitations>>, Failure> {
    let found = documents::find::<Invitations>(&app.store, &app.tenant.id, id).await?;
    let own = |found: &Document<Invitations>| {
        found.doc.get("organization_id").and_then(Value::as_str) == Some(&*organization.id)
    };
    Ok(found.filter(own))
}

/// Withdraws every invitation to an organization, a batch at a time: there may be more than one batch takes.
pub(super) async fn withdraw_all(app: &App, organization: &str) -> Result<(), Failure> {
    loop {
        let window = Window::after(None, STEP).matching::<Invitations>("organization_id", organization);
        let page = documents::page::<Invitations>(&app.store, &app.tenant.id, &window).await?;
        let mut batch = Batch::new();
        for invitation in &page.documents {
            documents::delete::<Invitations>(&mut batch, &app.tenant.id, &invitation.id);
        }
        if !batch.is_empty() {
            app.store.apply(batch).await?;
        }
        if page.documents.len() < STEP as usize {
            return Ok(());
        }
    }
}

/// What is shown of an invitation, with the address that accepts it as long as its client has a login.
async fn view(
    app: &App,
    organization: &Document<Organizations>,
    invitation: Members,
) -> Result<Members, Failure> {
    let login = login(app, &invitation).await?.flatten();
    let url = login.map(|login| address(&login, organization, &invitation));
    Ok(shown(invitation, url.as_deref()))
}

/// Where the client begins a login from outside, or all clients of the tenant do, if any does; nothing where there is
/// no such client.
async fn login(app: &App, invitation: &Members) -> Result<Option<Option<String>>, Failure> {
    let id = text(invitation, "client_id").unwrap_or_default();
    let found = documents::find::<Clients>(&app.store, &app.tenant.id, id).await?;
    let Some(client) = found else { return Ok(None) };
    let said = |doc: &Value, name| {
        doc.get(name).and_then(Value::as_str).filter(|login| !login.is_empty()).map(str::to_owned)
    };
    Ok(Some(match said(&client.doc, "initiate_login_uri") {
        None => said(&tenant(app).await?.doc, "default_redirection_uri"),
        login => login,
    }))
}

/// The client's login, with what `/authorize` must be told.
fn address(login: &str, organization: &Document<Organizations>, invitation: &Members) -> String {
    let name = organization.doc.get("name").and_then(Value::as_str).unwrap_or_default();
    let form = Form::new()
        .with("invitation", text(invitation, "ticket_id").unwrap_or_default())
        .with("organization", &organization.id)
        .with("organization_name", name);
    let joint = if login.contains('?') { '&' } else { '?' };
    format!("{login}{joint}{}", form.encode())
}

fn record(work: &Work<'_>, what: &str, id: &str, batch: &mut Batch) {
    let event = work.event(what, INVITATION.name.one, id);
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

const NO_LOGIN: &str = "A default login route is required to generate the invitation url: \
                        set the client's initiate_login_uri, or the tenant's default_redirection_uri.";
const STEP: u32 = 100;
