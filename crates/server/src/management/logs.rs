//! The tenant log, as Auth0 shows it.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, header::LINK};
use keybound_api::{
    log::KIND,
    page::Paging,
    search::{self, Search},
};
use keybound_store::events::{self, Asked, Entry};
use serde_json::{Map, Value, json};

use super::{absent::absent, answer::told, managed::Members, page::skipped, permit::Permit, query::Query};
use crate::{app::App, failure::Failure};

/// `GET /api/v2/logs`
pub(super) async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let selection = query.selection()?;
    let entries = match after(&query)? {
        Some((from, take)) => {
            let entries = events::after(&app.store, &app.tenant.id, from, take).await?;
            let link = entries.last().map(|last| next(&app, &last.id, take));
            let entries = entries.into_iter().map(|entry| selection.apply(shown(&app, entry)).into());
            let mut answer = told(permit.caller(), StatusCode::OK, &Value::Array(entries.collect()));
            if let Some(Ok(link)) = link.map(|link| HeaderValue::from_str(&link)) {
                answer.headers_mut().insert(LINK, link);
            }
            return Ok(answer);
        }
        None => {
            let named = if query.0.text("q").is_some() { "q" } else { "search" };
            let search = query.search(named, &search::LOGS)?;
            page(&app, &query, (search.as_ref(), None)).await?
        }
    };
    let (paging, entries, total) = entries;
    let items = entries.into_iter().map(|entry| selection.apply(shown(&app, entry)).into()).collect();
    Ok(told(permit.caller(), StatusCode::OK, &paging.write(&KIND.name, items, total, None)))
}

/// `GET /api/v2/logs/{id}`
pub(super) async fn one(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    // No other text is an id, and not every text can be asked of every database.
    let found = match id.bytes().all(|byte| byte.is_ascii_digit()) {
        true => events::find(&app.store, &app.tenant.id, &id).await?,
        false => None,
    };
    let entry = found.ok_or_else(|| absent(&KIND))?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(shown(&app, entry))))
}

/// `GET /api/v2/users/{id}/logs`
pub(super) async fn of_user(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let (paging, entries, total) = page(&app, &query, (None, Some(&id))).await?;
    let items = entries.into_iter().map(|entry| shown(&app, entry).into()).collect();
    Ok(told(permit.caller(), StatusCode::OK, &paging.write(&KIND.name, items, total, None)))
}

/// After which entry, and how many. Who asks so reads everything there is, in its order.
fn after(query: &Query) -> Result<Option<(Option<&str>, u32)>, Failure> {
    let (from, take) = (query.0.text("from"), query.0.text("take"));
    if from.is_none() && take.is_none() {
        return Ok(None);
    }
    let Paging::Checkpoint { take, .. } = query.checkpoint()? else { return Ok(None) };
    Ok(Some((from, take)))
}

async fn page(
    app: &App,
    query: &Query,
    (search, subject): (Option<&Search>, Option<&str>),
) -> Result<(Paging, Vec<Entry>, i64), Failure> {
    let (paging, sort) = (query.paging()?, query.sort(events::sort)?);
    let Paging::Offset { per_page, .. } = paging else { return Ok((paging, Vec::new(), 0)) };
    let asked = Asked {
        search,
        subject,
        sort: sort.as_ref(),
        hostname: app.tenant.issuer.origin().host(),
        skip: skipped(&paging)?,
        take: per_page,
    };
    let (store, tenant) = (&app.store, &app.tenant.id);
    let total = async {
        match paging.is_counted() {
            true => events::count(store, tenant, &asked).await,
            false => Ok(0),
        }
    };
    let (entries, total) = tokio::try_join!(events::found(store, tenant, &asked), total)?;
    Ok((paging, entries, total))
}

/// Where the next entries are (RFC 8288).
fn next(app: &App, last: &str, take: u32) -> String {
    format!("<{}api/v2/logs?from={last}&take={take}>; rel=\"next\"", app.tenant.issuer.as_str())
}

/// An entry in Auth0's shape.
pub(crate) fn shown(app: &App, entry: Entry) -> Members {
    let is_mobile = entry.agent.as_deref().is_some_and(|agent| agent.contains("Mobile"));
    let mut shown = Map::from_iter([
        ("_id".to_owned(), json!(entry.id)),
        ("log_id".to_owned(), json!(entry.id)),
        ("date".to_owned(), entry.at.to_rfc3339().into()),
        ("type".to_owned(), json!(entry.kind)),
        ("description".to_owned(), json!(entry.description.unwrap_or_default())),
        ("hostname".to_owned(), app.tenant.issuer.origin().host().into()),
        ("tenant_name".to_owned(), app.tenant.id.as_str().into()),
        ("isMobile".to_owned(), is_mobile.into()),
    ]);
    let strategy_type = entry.strategy.as_deref().map(|strategy| strategy_type(strategy).into());
    for (name, value) in [
        ("connection", entry.connection),
        ("connection_id", entry.connection_id),
        ("strategy_type", strategy_type),
        ("strategy", entry.strategy),
        ("client_id", entry.client),
        ("client_name", entry.client_name),
        ("user_id", entry.subject),
        ("user_name", entry.user_name),
        ("organization_id", entry.organization),
        ("organization_name", entry.organization_name),
        ("audience", entry.audience),
        ("scope", entry.scopes.map(|scopes| scopes.to_string().into())),
        ("ip", entry.address),
        ("user_agent", entry.agent),
    ] {
        if let Some(value) = value {
            shown.insert(name.to_owned(), json!(value));
        }
    }
    let mut details = Map::new();
    for (name, value) in [("session_id", entry.session), ("code", entry.reason)] {
        if let Some(value) = value {
            details.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(thumbprint) = entry.thumbprint {
        details.insert("dpop_jkt".to_owned(), thumbprint.to_string().into());
    }
    if let Some(Value::Object(more)) = entry.more {
        for (name, value) in more {
            match (name.as_str(), value) {
                ("details", Value::Object(members)) => details.extend(members),
                (_, value) => {
                    shown.insert(name, value);
                }
            }
        }
    }
    shown.insert("details".to_owned(), Value::Object(details));
    shown
}

/// What sort of strategy it is; the log is searched by the same words.
fn strategy_type(strategy: &str) -> &'static str {
    match strategy {
        "auth0" => "database",
        "email" | "sms" => "passwordless",
        _ => "enterprise",
    }
}
