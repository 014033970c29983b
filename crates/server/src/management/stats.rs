//! What the log adds up to.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keybound_api::{Fault, Invalid};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::events;
use serde_json::{Value, json};

use super::{absent::unfit, answer::told, body::refused, permit::Permit, query::Query};
use crate::{app::App, failure::Failure};

/// `GET /api/v2/stats/daily`
pub(super) async fn daily(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let from = day(&query, "from")?.unwrap_or_else(|| now.minus(MONTH));
    let to = day(&query, "to")?.map_or(now.plus(DAY), |to| to.plus(DAY));
    if from >= to {
        return Err(unfit("'from' date cannot be greater than 'to' date.", Some("invalid_query_string")));
    }
    let days = events::daily(&app.store, &app.tenant.id, (from, to)).await?;
    let days = days.into_iter().map(|day| {
        json!({
            "date": day.date.to_rfc3339(),
            "logins": day.logins,
            "signups": day.signups,
            "leaked_passwords": 0,
            "created_at": day.first.to_rfc3339(),
            "updated_at": day.last.to_rfc3339(),
        })
    });
    Ok(told(permit.caller(), StatusCode::OK, &Value::Array(days.collect())))
}

/// `GET /api/v2/stats/active-users`
pub(super) async fn active_users(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let since = app.clock.now().minus(MONTH);
    let count = events::active(&app.store, &app.tenant.id, since).await?;
    Ok(told(permit.caller(), StatusCode::OK, &count.into()))
}

/// A day as Auth0 wants it written: `20270115`.
fn day(query: &Query, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = query.0.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = || {
        let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..)?);
        Timestamp::parse_rfc3339(&format!("{year}-{month}-{day}T00:00:00Z"))
    };
    let wrong = || refused(Invalid::query(name, Fault::Format { format: "date", found: text.to_owned() }));
    read().map(Some).ok_or_else(wrong)
}

const DAY: Lifetime = Lifetime::seconds(86_400);

/// As far as Auth0 looks back unless somebody says otherwise.
const MONTH: Lifetime = Lifetime::seconds(30 * 86_400);
