//! Entries of the tenant log, looked for by what an administrator asks.

use keybound_api::search::{Member, Search, Test};
use keybound_proto::id::TenantId;

use super::{Entry, columns, read};
use crate::error::StoreError;
use crate::search::{Order, Place, Reach, Sort, condition};
use crate::sql::{Composed, Store};

/// Which entries are looked for.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// Only those of which this holds.
    pub search: Option<&'a Search>,
    /// Only those about this person.
    pub subject: Option<&'a str>,
    /// In which order; else the newest first.
    pub sort: Option<&'a Sort>,
    /// The name of the host, which is the same for all.
    pub hostname: &'a str,
    /// How many to leave out.
    pub skip: u32,
    /// How many at most.
    pub take: u32,
}

impl Asked<'_> {
    /// Whether their key, or whom they are about, finds them.
    fn is_few(&self) -> bool {
        let is_known = |member: &Member, test: &Test| {
            matches!(
                (place(member, ""), test),
                (Place::Key(_), Test::Is(_)) | (Place::Digits(_), Test::Is(_) | Test::Within(Some(_), _))
            )
        };
        self.subject.is_some()
            || self.search.is_some_and(|search| Reach::of(search.expression(), &is_known) == Reach::Few)
    }
}

/// The entries that are asked for.
///
/// # Errors
/// Where the database cannot say, or not in time.
pub async fn found(store: &Store, tenant: &TenantId, asked: &Asked<'_>) -> Result<Vec<Entry>, StoreError> {
    let rows = store.found(statement(store, tenant, asked)).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// How many entries are asked for, whatever is left out of a page.
///
/// # Errors
/// Where the database cannot say, or not in time.
pub async fn count(store: &Store, tenant: &TenantId, asked: &Asked<'_>) -> Result<i64, StoreError> {
    let mut out = store.compose("events.count");
    out.say("SELECT count(*)");
    rows(&mut out, tenant, asked);
    match store.found(out).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(0),
    }
}

/// The statement that finds them; public for who looks at its plan.
pub fn statement(store: &Store, tenant: &TenantId, asked: &Asked<'_>) -> Composed {
    let mut out = store.compose("events.found");
    out.say("SELECT ").say(columns!());
    rows(&mut out, tenant, asked);
    let newest_first = Sort::key("at", Order::Descending);
    asked.sort.unwrap_or(&newest_first).say(&mut out, Reach::All);
    out.say(" LIMIT ").give(asked.take).say(" OFFSET ").give(asked.skip);
    out
}

/// The order of entries by that member, if they can be ordered by it.
pub fn sort(member: &str, order: Order) -> Option<Sort> {
    Some(match member {
        "log_id" | "_id" => Sort::key("id", order),
        "date" => Sort::key("at", order),
        "type" => Sort::text("kind", order, true),
        "client_id" => Sort::text("client", order, false),
        "user_id" => Sort::text("subject", order, false),
        "user_name" => Sort::text("user_name", order, false),
        "connection" => Sort::text("connection", order, false),
        "description" => Sort::text("description", order, false),
        "ip" => Sort::text("address", order, false),
        _ => return None,
    })
}

fn rows(out: &mut Composed, tenant: &TenantId, asked: &Asked<'_>) {
    out.say(" FROM events WHERE ");
    match asked.is_few() {
        true => out.say("tenant = ").give(tenant),
        // Then they are found by when they were written, or walked along in that order.
        false => out.aside("tenant = ").give(tenant),
    };
    if let Some(subject) = asked.subject {
        out.say(" AND subject = ").give(subject);
    }
    if let Some(search) = asked.search {
        out.say(" AND ");
        condition(out, search.expression(), &|member: &Member| place(member, asked.hostname));
    }
}

fn place(member: &Member, hostname: &str) -> Place {
    let name = member.path().first().map(String::as_str).unwrap_or_default();
    match name {
        "log_id" => Place::Digits("id"),
        "date" => Place::Time("at"),
        "type" => Place::Text("kind"),
        "client_id" => Place::Text("client"),
        "client_name" => Place::Text(
            "(SELECT doc ->> 'name' FROM clients WHERE clients.tenant = events.tenant AND clients.id = client)",
        ),
        "user_id" => Place::Key("subject"),
        "user_name" => Place::Text("user_name"),
        "connection" => Place::Text("connection"),
        "connection_id" => Place::Text(
            "(SELECT id FROM connections
              WHERE connections.tenant = events.tenant AND (doc ->> 'name') = events.connection)",
        ),
        "strategy" => Place::Text(STRATEGY),
        "strategy_type" => Place::Text(STRATEGY_TYPE),
        "audience" => Place::Text("audience"),
        "scope" => Place::Text("scopes"),
        "description" => Place::Text("description"),
        "ip" => Place::Text("address"),
        "user_agent" => Place::Text("agent"),
        "organization_id" => Place::Text("organization"),
        "organization_name" => Place::Text(
            "(SELECT doc ->> 'name' FROM organizations
              WHERE organizations.tenant = events.tenant AND organizations.id = organization)",
        ),
        _ => Place::Always(hostname.to_owned()),
    }
}

const STRATEGY: &str = "(SELECT doc ->> 'strategy' FROM connections
     WHERE connections.tenant = events.tenant AND (doc ->> 'name') = events.connection)";

const STRATEGY_TYPE: &str =
    "(SELECT CASE doc ->> 'strategy' WHEN 'auth0' THEN 'database' WHEN 'email' THEN 'passwordless'
         WHEN 'sms' THEN 'passwordless' ELSE 'enterprise' END
     FROM connections WHERE connections.tenant = events.tenant AND (doc ->> 'name') = events.connection)";
