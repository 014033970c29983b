//! Entries of the tenant log, looked for by what an administrator asks.

use std::collections::BTreeSet;

use keybound_api::search::{Expression, Member, Search, Test};
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
    let ways = Ways::to_count(asked);
    out.say("SELECT ");
    for (at, way) in ways.each.iter().enumerate() {
        out.say(if at > 0 { " + (SELECT count(*)" } else { "(SELECT count(*)" });
        ways.rows(&mut out, tenant, (asked, *way));
        out.say(")");
    }
    match store.found(out).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(0),
    }
}

/// The statement that finds them; public for who looks at its plan.
pub fn statement(store: &Store, tenant: &TenantId, asked: &Asked<'_>) -> Composed {
    let mut out = store.compose("events.found");
    let ways = Ways::of(asked);
    match ways.each.as_slice() {
        [only] => {
            out.say("SELECT ").say(columns!());
            ways.rows(&mut out, tenant, (asked, *only));
        }
        // Each comes in order and no longer than is asked of all.
        several => {
            out.say("SELECT * FROM (");
            for (at, way) in several.iter().enumerate() {
                out.say(if at > 0 { " UNION ALL " } else { "" });
                out.say("SELECT * FROM (SELECT ").say(columns!());
                ways.rows(&mut out, tenant, (asked, *way));
                ordered(&mut out, asked);
                out.say(" LIMIT ").give(asked.skip.saturating_add(asked.take)).say(") AS part");
            }
            out.say(") AS events");
        }
    }
    ordered(&mut out, asked);
    out.say(" LIMIT ").give(asked.take).say(" OFFSET ").give(asked.skip);
    out
}

fn ordered(out: &mut Composed, asked: &Asked<'_>) {
    let newest_first = Sort::key("at", Order::Descending);
    asked.sort.unwrap_or(&newest_first).say(out, Reach::All);
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

/// By which index entries are come by.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// Their key or whom they are about finds them, or all are meant.
    Key,
    /// They are found by when they were written, or walked along in that order.
    Time,
    /// They are of that kind.
    Kind(&'a str),
}

/// The ways to entries, each of which leads to others.
struct Ways<'a> {
    each: Vec<Way<'a>>,
    /// What else must hold of them.
    rest: Vec<&'a Expression>,
}

/// So many kinds at most are looked up one by one.
const KINDS: usize = 16;

impl<'a> Ways<'a> {
    fn of(asked: &Asked<'a>) -> Self {
        let mut rest: Vec<&Expression> = match asked.search.map(Search::expression) {
            None => Vec::new(),
            Some(Expression::All(parts)) => parts.iter().collect(),
            Some(other) => vec![other],
        };
        if asked.is_few() {
            return Self { each: vec![Way::Key], rest };
        }
        let named = rest.iter().enumerate().find_map(|(at, part)| kinds(part).map(|kinds| (at, kinds)));
        let Some((at, kinds)) = named else { return Self { each: vec![Way::Time], rest } };
        rest.remove(at);
        Self { each: kinds.into_iter().map(Way::Kind).collect(), rest }
    }

    /// All there are may be counted along any index.
    fn to_count(asked: &Asked<'a>) -> Self {
        match asked.search {
            None => Self { each: vec![Way::Key], rest: Vec::new() },
            Some(_) => Self::of(asked),
        }
    }

    fn rows(&self, out: &mut Composed, tenant: &TenantId, (asked, way): (&Asked<'_>, Way<'_>)) {
        out.say(" FROM events WHERE ");
        match way {
            Way::Key => out.say("tenant = ").give(tenant),
            Way::Time => out.aside("tenant = ").give(tenant),
            Way::Kind(kind) => {
                out.say("tenant = ").give(tenant).say(" AND ").bytewise("kind").say(" = ").give(kind)
            }
        };
        if let Some(subject) = asked.subject {
            out.say(" AND subject = ").give(subject);
        }
        for part in &self.rest {
            out.say(" AND ");
            condition(out, part, &|member: &Member| place(member, asked.hostname));
        }
    }
}

/// The kinds of which one is demanded, if it is that.
fn kinds(part: &Expression) -> Option<Vec<&str>> {
    let one = |part| match part {
        &Expression::Term(ref members, Test::Is(ref kind)) => match members.as_slice() {
            [only] if only.path() == ["type"] => Some(kind.as_str()),
            _ => None,
        },
        _ => None,
    };
    let parts = match part {
        Expression::Any(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let kinds: BTreeSet<&str> = parts.iter().map(one).collect::<Option<_>>()?;
    (kinds.len() <= KINDS).then(|| kinds.into_iter().collect())
}

fn place(member: &Member, hostname: &str) -> Place {
    let name = member.path().first().map(String::as_str).unwrap_or_default();
    match name {
        "log_id" => Place::Digits("id"),
        "date" => Place::Time("at"),
        // The index of kinds leads to them one by one (`Way::Kind`) or not at all.
        "type" => Place::Text("kind || ''"),
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
