//! Who belongs to which organization.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use keybound_api::{Kind, Verb, organization as api, user};
use keybound_authority::model::name::OrganizationId;
use keybound_proto::id::Subject;
use keybound_store::{
    Batch,
    documents::{self, Users},
    events,
    ledger::organizations as ledger,
};
use serde_json::Value;

use super::{Organization, member_roles, organization};
use crate::{
    app::App,
    failure::{Failure, Reason},
    management::{
        absent::{members, unfit, wrong_body},
        answer::done,
        body::Sent,
        managed::{Managed as _, Members, Work},
        permit::Permit,
        related::{Asked, Related, Rows},
        users::is_user,
    },
};

/// `GET /api/v2/organizations/{id}/members`
pub(super) enum List {}

impl Related for List {
    const KIND: &'static Kind = &api::MEMBERS;
    // As at Auth0, of these lists alone.
    const OPEN_END: bool = true;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, organization(asked.app, asked.of).await?);
        let (users, total) = ledger::members(&app.store, &app.tenant.id, &found.id, asked.slice()).await?;
        let with_roles =
            asked.query.text("fields").is_some_and(|names| names.split(',').any(|name| name == ROLES));
        let mut rows = Vec::with_capacity(users.len());
        for user in &users {
            let mut member = api::member(&members(user)?);
            if with_roles {
                member.insert(ROLES.to_owned(), member_roles::of(app, &found.id, &user.id).await?);
            }
            rows.push((user.id.clone(), Value::Object(member)));
        }
        Ok((rows, total))
    }
}

/// What is told of members to whoever asks for it alone.
const ROLES: &str = "roles";

/// `POST /api/v2/organizations/{id}/members`
pub(super) async fn add(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::MEMBERS, Verb::Create)?;
    let (organization, subjects) = (named(&app, &id).await?, subjects(&input)?);
    let mut batch = Batch::new();
    for subject in &subjects {
        if documents::find::<Users>(&app.store, &app.tenant.id, subject.as_str()).await?.is_none() {
            return Err(unfit(user::KIND.absent, Some(user::KIND.absent_code)));
        }
        ledger::join(&mut batch, &app.tenant.id, (&organization, subject), work.now);
        record(&work, "Add", &organization, subject, &mut batch);
    }
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

/// `DELETE /api/v2/organizations/{id}/members`: whoever is none already is left alone.
pub(super) async fn remove(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::MEMBERS, Verb::Create)?;
    let (organization, subjects) = (named(&app, &id).await?, subjects(&input)?);
    let mut batch = Batch::new();
    for subject in &subjects {
        ledger::leave(&mut batch, &app.tenant.id, (&organization, subject));
        record(&work, "Remove", &organization, subject, &mut batch);
    }
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

/// `GET /api/v2/users/{id}/organizations`
pub(in crate::management) enum OfUser {}

impl Related for OfUser {
    const KIND: &'static Kind = Organization::KIND;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (store, tenant) = (&asked.app.store, &asked.app.tenant.id);
        is_user(asked.app, asked.of).await?;
        let (found, total) = ledger::of_user(store, tenant, asked.of, asked.slice()).await?;
        Ok((found.into_iter().map(|found| (found.id, found.doc)).collect(), total))
    }
}

async fn named(app: &App, id: &str) -> Result<OrganizationId, Failure> {
    let found = organization(app, id).await?;
    OrganizationId::parse(&found.id).map_err(|error| Reason::Internal { detail: error.to_string() }.into())
}

/// Each once: a batch must not do the same thing twice.
fn subjects(input: &Members) -> Result<BTreeSet<Subject>, Failure> {
    let named = input.get("members").and_then(Value::as_array).into_iter().flatten();
    let subjects: Option<BTreeSet<Subject>> =
        named.map(|name| name.as_str().and_then(|name| Subject::parse(name).ok())).collect();
    match subjects {
        Some(subjects) if !subjects.is_empty() => Ok(subjects),
        Some(_) => Err(wrong_body(
            "Payload validation error: 'Array is too short (0), minimum 1' on property members.",
        )),
        None => Err(unfit(user::KIND.absent, Some(user::KIND.absent_code))),
    }
}

fn record(work: &Work<'_>, what: &str, id: &OrganizationId, subject: &Subject, batch: &mut Batch) {
    let mut event = work.event(what, api::MEMBERS.name.one, &format!("{subject} ({id})"));
    event.subject = Some(subject.clone());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}
