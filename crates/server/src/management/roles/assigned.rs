//! Who has which role.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{Kind, Verb, organization, role as api};
use keybound_store::{Batch, events, ledger::roles as ledger};
use serde_json::{Value, json};

use super::{role, tenants};
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{members, wrong_body},
        answer::{done, told},
        body::Sent,
        managed::{Members, Work},
        permit::Permit,
        related::{Asked, Related, Rows},
        users::is_user,
    },
};

/// What is done to the roles of users.
#[derive(Clone, Copy)]
enum Change {
    Give,
    Take,
}

/// `GET /api/v2/roles/{id}/users`
pub(super) enum Holders {}

impl Related for Holders {
    const KIND: &'static Kind = &api::USERS;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, role(asked.app, asked.of).await?);
        let (users, total) = ledger::users(&app.store, &app.tenant.id, &found.id, asked.slice()).await?;
        let mut rows = Vec::with_capacity(users.len());
        for user in &users {
            rows.push((user.id.clone(), Value::Object(organization::member(&members(user)?))));
        }
        Ok((rows, total))
    }
}

/// `POST /api/v2/roles/{id}/users`
pub(super) async fn assign(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let subjects = named(&sent.read_by(&api::USERS, Verb::Create)?, &api::USERS)?;
    let found = tenants(&app, &id).await?;
    for subject in &subjects {
        is_user(&app, subject).await?;
    }
    change(&work, Change::Give, subjects.iter().map(|subject| (subject.as_str(), &*found.id))).await?;
    Ok(told(permit.caller(), StatusCode::OK, &json!({})))
}

/// `GET /api/v2/users/{id}/roles`
pub(super) enum OfUser {}

impl Related for OfUser {
    const KIND: &'static Kind = &api::KIND;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (store, tenant) = (&asked.app.store, &asked.app.tenant.id);
        is_user(asked.app, asked.of).await?;
        let (found, total) = ledger::of_user(store, tenant, asked.of, asked.slice()).await?;
        let rows = found.into_iter().map(|mut found| {
            // Whose a role is, is told where roles are.
            found.doc.as_object_mut().and_then(|role| role.remove("type"));
            (found.id, found.doc)
        });
        Ok((rows.collect(), total))
    }
}

/// `POST /api/v2/users/{id}/roles`
pub(super) async fn give(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let roles = named(&sent.read_by(&api::ROLES, Verb::Create)?, &api::ROLES)?;
    is_user(&app, &id).await?;
    for named in &roles {
        tenants(&app, named).await?;
    }
    change(&work, Change::Give, roles.iter().map(|role| (id.as_str(), role.as_str()))).await?;
    Ok(done(permit.caller()))
}

/// `DELETE /api/v2/users/{id}/roles`: one that they do not have is left alone, one that nobody can have is missed.
pub(super) async fn take(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let roles = named(&sent.read_by(&api::ROLES, Verb::Create)?, &api::ROLES)?;
    is_user(&app, &id).await?;
    for named in &roles {
        role(&app, named).await?;
    }
    change(&work, Change::Take, roles.iter().map(|role| (id.as_str(), role.as_str()))).await?;
    Ok(done(permit.caller()))
}

async fn change<'a>(
    work: &Work<'_>,
    change: Change,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    let (app, tenant) = (work.app, &work.app.tenant.id);
    let mut batch = Batch::new();
    for pair in pairs {
        let verb = match change {
            Change::Give => {
                ledger::assign(&mut batch, tenant, pair);
                "Assign"
            }
            Change::Take => {
                ledger::remove(&mut batch, tenant, pair);
                "Remove"
            }
        };
        let event = work.event(verb, api::ROLES.name.one, &format!("{} ({})", pair.1, pair.0));
        events::record(&mut batch, &app.store, tenant, &event);
    }
    app.store.apply(batch).await?;
    Ok(())
}

/// Each once: a batch must not do the same thing twice.
fn named(input: &Members, kind: &'static Kind) -> Result<BTreeSet<String>, Failure> {
    let list = kind.name.many;
    let named = input.get(list).and_then(Value::as_array).into_iter().flatten();
    let named: BTreeSet<String> = named.filter_map(Value::as_str).map(str::to_owned).collect();
    match named.is_empty() {
        true => Err(wrong_body(format!(
            "Payload validation error: 'Array is too short (0), minimum 1' on property {list}."
        ))),
        false => Ok(named),
    }
}
