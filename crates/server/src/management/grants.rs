//! What people let clients have. Who takes it back takes the refresh tokens along that came of it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, get},
};
use keybound_api::{Fault, Invalid, Kind, session as api};
use keybound_authority::model::name::AudienceName;
use keybound_proto::id::Subject;
use keybound_store::{
    Batch, events,
    ledger::{
        consents::{self as ledger, Consent},
        families,
    },
};
use serde_json::{Value, json};

use super::{
    answer::done,
    body::refused,
    permit::Permit,
    query::Query,
    refresh_tokens::{kept_as, told_as},
    related::{Asked, Related, Rows, related},
    sessions::revoked,
};
use crate::{app::App, failure::Failure};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/grants", get(related::<Listed>).delete(withdraw_all))
        .route("/api/v2/grants/{id}", delete(withdraw))
}

/// `GET /api/v2/grants`
enum Listed {}

impl Related for Listed {
    const KIND: &'static Kind = &api::GRANT;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, said) = (asked.app, |name| asked.query.text(name).filter(|text| !text.is_empty()));
        let among = ledger::Among {
            subject: said("user_id"),
            client: said("client_id"),
            audience: said("audience").map(|audience| kept_as(app, audience)),
        };
        let (found, total) = ledger::page(&app.store, &app.tenant.id, among, asked.slice()).await?;
        Ok((found.iter().map(|consent| (consent.id.clone(), shown(app, consent))).collect(), total))
    }
}

/// `DELETE /api/v2/grants/{id}`: one that was taken back already is left alone.
async fn withdraw(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    if let Some(found) = ledger::by_id(store, tenant, &id).await? {
        let mut batch = Batch::new();
        ledger::withdraw(&mut batch, tenant, &id);
        let among = families::Among {
            client: Some(&found.client),
            audience: Some(found.audience.as_ref().map_or("", AudienceName::as_str)),
            ..families::Among::of(&found.subject)
        };
        families::revoke(&mut batch, tenant, among, work.now);
        revoked(&work, &found.subject, &mut batch);
        events::record(&mut batch, store, tenant, &work.event("Delete", api::GRANT.name.one, &id));
        store.apply(batch).await?;
    }
    Ok(done(permit.caller()))
}

/// `DELETE /api/v2/grants?user_id=…`
async fn withdraw_all(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let Some(whose) = query.0.text("user_id").filter(|id| !id.is_empty()) else {
        return Err(refused(Invalid::query("", Fault::Missing("user_id"))));
    };
    if let Ok(subject) = Subject::parse(whose) {
        let mut batch = Batch::new();
        ledger::withdraw_all_of(&mut batch, tenant, &subject);
        families::revoke(&mut batch, tenant, families::Among::of(&subject), work.now);
        revoked(&work, &subject, &mut batch);
        events::record(&mut batch, store, tenant, &work.event("Delete all grants of", "user", whose));
        store.apply(batch).await?;
    }
    Ok(done(permit.caller()))
}

fn shown(app: &App, consent: &Consent) -> Value {
    json!({
        "id": consent.id,
        "clientID": consent.client.as_str(),
        "user_id": consent.subject.as_str(),
        "audience": told_as(app, consent.audience.as_ref()),
        "scope": consent.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
    })
}
