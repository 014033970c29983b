//! What roles let people do, and what is given to somebody alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    extract::{FromRequestParts, RawPathParams, State},
    response::Response,
};
use http::{StatusCode, request::Parts};
use keybound_api::{Kind, Verb, page::Paging, role as api};
use keybound_authority::model::name::AudienceName;
use keybound_store::{
    Batch,
    documents::resource_server_identified,
    events,
    ledger::roles::{self as ledger, Holder, Permission},
};
use serde_json::{Value, json};

use super::role;
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{members, unfit, wrong_body},
        answer::{done, told},
        body::Sent,
        managed::{Members, Work},
        permit::{Permit, row},
        related::{Asked, Related, Rows},
        users::is_user,
    },
};

/// `GET /api/v2/roles/{id}/permissions`
pub(super) enum OfRole {}

impl Related for OfRole {
    const KIND: &'static Kind = &api::PERMISSIONS;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, role(asked.app, asked.of).await?);
        let (found, total) =
            ledger::permissions(&app.store, &app.tenant.id, &found.id, asked.slice()).await?;
        let mut apis = Apis::default();
        let mut rows = Vec::with_capacity(found.len());
        for permission in found {
            let shown = apis.shown(app, &permission).await?;
            rows.push((permission.audience.into(), Value::Object(shown)));
        }
        Ok((rows, total))
    }
}

/// `GET /api/v2/users/{id}/permissions`: each once, with every reason for it.
pub(super) enum OfUser {}

impl Related for OfUser {
    const KIND: &'static Kind = &api::OF_USER;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let app = asked.app;
        is_user(app, asked.of).await?;
        let mut reasons: BTreeMap<Permission, Vec<Value>> = BTreeMap::new();
        for source in ledger::sources(&app.store, &app.tenant.id, asked.of).await? {
            let role = source.role.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
            reasons.entry(source.permission).or_default().push(api::source(role));
        }
        let total = i64::try_from(reasons.len()).unwrap_or(i64::MAX);
        let (skip, take) = match asked.paging {
            Paging::Offset { page, per_page, .. } => (page.saturating_mul(*per_page), *per_page),
            Paging::Checkpoint { .. } => (0, u32::MAX),
        };
        let mut apis = Apis::default();
        let mut rows = Vec::new();
        for (permission, sources) in reasons.into_iter().skip(skip as usize).take(take as usize) {
            let mut shown = apis.shown(app, &permission).await?;
            shown.insert("sources".to_owned(), sources.into());
            rows.push((permission.audience.into(), Value::Object(shown)));
        }
        Ok((rows, total))
    }
}

/// Whose permissions a path speaks of, if there is such a role or user.
#[derive(Debug)]
pub(super) enum Whose {
    Role(Box<str>),
    User(Box<str>),
}

impl FromRequestParts<Arc<App>> for Whose {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let of_role = row(parts)?.path.starts_with("/api/v2/roles/");
        let named = RawPathParams::from_request_parts(parts, app).await;
        let named = named.ok().and_then(|named| Some(Box::<str>::from(named.iter().next()?.1)));
        let id = named.unwrap_or_default();
        if of_role {
            return Ok(Self::Role(role(app, &id).await?.id));
        }
        is_user(app, &id).await?;
        Ok(Self::User(id))
    }
}

impl Whose {
    fn holder(&self) -> Holder<'_> {
        match self {
            Self::Role(id) => Holder::Role(id),
            Self::User(id) => Holder::User(id),
        }
    }
}

/// `POST /api/v2/roles/{id}/permissions`, `POST /api/v2/users/{id}/permissions`: lets them do what there is to do. A
/// scope that its API does not have could be anything, one day.
pub(super) async fn add(
    permit: Permit,
    State(app): State<Arc<App>>,
    whose: Whose,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (holder, mut apis, mut batch) = (whose.holder(), Apis::default(), Batch::new());
    for permission in asked(&sent)? {
        let api = apis.of(&app, &permission.audience).await?;
        let scopes = api.and_then(|api| api.get("scopes")).and_then(Value::as_array).into_iter().flatten();
        if !scopes.into_iter().any(|scope| scope["value"].as_str() == Some(&permission.name)) {
            let Permission { audience, name } = permission;
            return Err(unfit(
                format!("The permission '{name}' does not exist in the resource server '{audience}'."),
                None,
            ));
        }
        ledger::permit(&mut batch, &app.tenant.id, holder, &permission);
        record(&work, ("Add", holder), &permission, &mut batch);
    }
    app.store.apply(batch).await?;
    Ok(told(work.caller, StatusCode::CREATED, &json!({})))
}

/// `DELETE /api/v2/roles/{id}/permissions`, `DELETE /api/v2/users/{id}/permissions`: whoever may not already is left
/// alone.
pub(super) async fn remove(
    permit: Permit,
    State(app): State<Arc<App>>,
    whose: Whose,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (holder, mut batch) = (whose.holder(), Batch::new());
    for permission in asked(&sent)? {
        ledger::forbid(&mut batch, &app.tenant.id, holder, &permission);
        record(&work, ("Remove", holder), &permission, &mut batch);
    }
    app.store.apply(batch).await?;
    Ok(done(work.caller))
}

/// Each once: a batch must not do the same thing twice.
fn asked(sent: &Sent) -> Result<BTreeSet<Permission>, Failure> {
    let input = sent.read_by(&api::PERMISSIONS, Verb::Create)?;
    let list = input.get("permissions").and_then(Value::as_array).into_iter().flatten();
    let text = |permission: &Value, name: &str| permission[name].as_str().unwrap_or_default().to_owned();
    let asked: BTreeSet<Permission> = list
        .map(|permission| Permission {
            audience: text(permission, "resource_server_identifier"),
            name: text(permission, "permission_name"),
        })
        .collect();
    match asked.is_empty() {
        true => Err(wrong_body(
            "Payload validation error: 'Array is too short (0), minimum 1' on property permissions.",
        )),
        false => Ok(asked),
    }
}

fn record(work: &Work<'_>, (what, holder): (&str, Holder<'_>), permission: &Permission, batch: &mut Batch) {
    let (Holder::Role(whose) | Holder::User(whose)) = holder;
    let id = format!("{} of {} ({whose})", permission.name, permission.audience);
    let event = work.event(what, api::PERMISSIONS.name.one, &id);
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

/// APIs that were looked up for one answer.
#[derive(Default)]
struct Apis(BTreeMap<String, Option<Members>>);

impl Apis {
    async fn of(&mut self, app: &App, identifier: &str) -> Result<Option<&Members>, Failure> {
        if !self.0.contains_key(identifier) {
            let found = match AudienceName::parse(identifier) {
                Ok(name) => resource_server_identified(&app.store, &app.tenant.id, &name).await?,
                Err(_) => None,
            };
            let api = found.as_ref().map(members).transpose()?;
            self.0.insert(identifier.to_owned(), api);
        }
        Ok(self.0.get(identifier).and_then(Option::as_ref))
    }

    async fn shown(&mut self, app: &App, permission: &Permission) -> Result<Members, Failure> {
        let api = self.of(app, &permission.audience).await?;
        Ok(api::permission(api, (&permission.audience, &permission.name)))
    }
}
