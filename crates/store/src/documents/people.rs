//! Users, looked for by what an administrator asks.

use keybound_api::search::{Expression, Member, Search, Test};
use keybound_proto::id::TenantId;

use super::{Document, Users, read};
use crate::error::StoreError;
use crate::search::{Order, Place, Reach, Sort, condition};
use crate::sql::{Composed, Store};

/// Which users are looked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Only those of whom this holds.
    pub search: Option<&'a Search>,
    /// Only those with an identity in this connection.
    pub connection: Option<&'a str>,
    /// In which order; else in that of their ids.
    pub sort: Option<&'a Sort>,
    /// Only those after this id.
    pub after: Option<&'a str>,
    /// How many to leave out.
    pub skip: u32,
    /// How many at most.
    pub take: u32,
}

/// The users that are wanted.
///
/// # Errors
/// Where the database cannot say, or not in time.
pub async fn users(
    store: &Store,
    tenant: &TenantId,
    wanted: &Wanted<'_>,
) -> Result<Vec<Document<Users>>, StoreError> {
    let rows = store.found(users_statement(store, tenant, wanted)).await?;
    rows.into_iter().map(|mut row| read(store, tenant, &mut row)).collect()
}

/// How many users are wanted, whatever is left out of a page.
///
/// # Errors
/// Where the database cannot say, or not in time.
pub async fn count_users(store: &Store, tenant: &TenantId, wanted: &Wanted<'_>) -> Result<i64, StoreError> {
    let mut out = store.compose("users.count");
    let arms = Arms::of(wanted);
    // What is kept beside them tells all of a tenant's, and those who first came by a connection.
    let is_kept = arms.rest.is_empty() && wanted.after.is_none();
    out.say("SELECT ");
    for (at, arm) in arms.each().enumerate() {
        out.say(if at > 0 { " + " } else { "" });
        match (is_kept, arm) {
            (true, Arm::All | Arm::First) => {
                out.say("(SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM users_counted WHERE tenant = ");
                out.give(tenant);
                if let Some(name) = arms.connection {
                    out.say(" AND connection = ").give(name);
                }
            }
            _ => {
                out.say("(SELECT count(*)");
                arms.rows(&mut out, tenant, (wanted, arm));
            }
        }
        out.say(")");
    }
    number(store, out).await
}

async fn number(store: &Store, asked: Composed) -> Result<i64, StoreError> {
    match store.found(asked).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(0),
    }
}

/// The order of users by that member, if they have one.
pub fn user_sort(member: &str, order: Order) -> Option<Sort> {
    let (expression, is_always_there) = match member {
        "user_id" => return Some(Sort::key("id", order)),
        "created_at" => ("doc ->> 'created_at'", true),
        "updated_at" => ("doc ->> 'updated_at'", true),
        "email" => ("doc ->> 'email'", false),
        "username" => ("doc ->> 'username'", false),
        "phone_number" => ("doc ->> 'phone_number'", false),
        "name" => (NAME, false),
        "given_name" => (GIVEN_NAME, false),
        "family_name" => (FAMILY_NAME, false),
        "nickname" => (NICKNAME, false),
        "last_login" => return Some(Sort::number(LAST_LOGIN, order)),
        "logins_count" => return Some(Sort::number(LOGINS_COUNT, order)),
        _ => return None,
    };
    Some(Sort::text(expression, order, is_always_there))
}

/// The statement that finds them; public for who looks at its plan.
pub fn users_statement(store: &Store, tenant: &TenantId, wanted: &Wanted<'_>) -> Composed {
    let mut out = store.compose("users.search");
    let arms = Arms::of(wanted);
    let columns = "SELECT id, revision, doc, tenant";
    match arms.connection {
        None => {
            out.say("SELECT id, revision, doc");
            arms.rows(&mut out, tenant, (wanted, Arm::All));
            let reach = match arms.rest.iter().any(|part| Reach::of(part, &is_known) == Reach::Few) {
                true => Reach::Few,
                false => Reach::All,
            };
            ordered(&mut out, wanted, reach);
        }
        // Each part comes in order and no longer than is wanted of both.
        Some(_) => {
            out.say("SELECT id, revision, doc FROM (");
            for (at, arm) in arms.each().enumerate() {
                out.say(if at > 0 { " UNION ALL " } else { "" });
                out.say("SELECT * FROM (").say(columns);
                arms.rows(&mut out, tenant, (wanted, arm));
                ordered(&mut out, wanted, Reach::All);
                out.say(" LIMIT ").give(wanted.skip.saturating_add(wanted.take)).say(") AS part");
            }
            out.say(") AS users");
            ordered(&mut out, wanted, Reach::All);
        }
    }
    out.say(" LIMIT ").give(wanted.take).say(" OFFSET ").give(wanted.skip);
    out
}

fn ordered(out: &mut Composed, wanted: &Wanted<'_>, reach: Reach) {
    let by_id = Sort::key("id", Order::Ascending);
    wanted.sort.unwrap_or(&by_id).say(out, reach);
}

/// Whether an index finds those of whom that holds.
fn is_known(member: &Member, test: &Test) -> bool {
    let is_indexed = match place(member) {
        Place::Text(expression) => INDEXED.contains(&expression),
        Place::Key(_) => matches!(test, Test::Is(_)),
        _ => false,
    };
    is_indexed
        && match test {
            Test::Exists => false,
            Test::Is(_) => true,
            Test::Like(parts) => parts.first().is_some_and(|first| !first.is_empty()),
            Test::Within(least, most) => least.is_some() && most.is_some(),
        }
}

/// Most people come by their first identity, which an index knows; few have others, and another index knows those few.
struct Arms<'a> {
    connection: Option<&'a str>,
    rest: Vec<&'a Expression>,
}

#[derive(Clone, Copy)]
enum Arm {
    All,
    First,
    Linked,
}

impl<'a> Arms<'a> {
    /// Takes out of what is wanted the connection people must come by, if it names one.
    fn of(wanted: &Wanted<'a>) -> Self {
        let mut rest: Vec<&Expression> = match wanted.search.map(Search::expression) {
            None => Vec::new(),
            Some(Expression::All(parts)) => parts.iter().collect(),
            Some(other) => vec![other],
        };
        if wanted.connection.is_some() {
            return Self { connection: wanted.connection, rest };
        }
        let named = rest.iter().enumerate().find_map(|(at, part)| connection(part).map(|name| (at, name)));
        let connection = named.map(|(at, name)| {
            rest.remove(at);
            name
        });
        Self { connection, rest }
    }

    fn each(&self) -> impl Iterator<Item = Arm> + use<> {
        let arms: &[Arm] = if self.connection.is_some() { &[Arm::First, Arm::Linked] } else { &[Arm::All] };
        arms.iter().copied()
    }

    fn rows(&self, out: &mut Composed, tenant: &TenantId, (wanted, arm): (&Wanted<'_>, Arm)) {
        out.say(" FROM users WHERE tenant = ").give(tenant);
        if let Some(after) = wanted.after {
            out.say(" AND id > ").give(after);
        }
        if let Some(name) = self.connection {
            match arm {
                Arm::All => {}
                Arm::First => {
                    out.say(" AND ").bytewise(CONNECTION).say(" = ").give(name);
                }
                Arm::Linked => {
                    out.say(" AND (doc -> 'identities' -> 1) IS NOT NULL AND (").bytewise(CONNECTION);
                    out.say(" = ").give(name).say(") IS NOT TRUE AND ");
                    let member = Member::named("identities.connection");
                    condition(out, &Expression::Term(vec![member], Test::Is(name.to_owned())), &place);
                }
            }
        }
        for part in &self.rest {
            out.say(" AND ");
            condition(out, part, &place);
        }
    }
}

fn connection(part: &Expression) -> Option<&str> {
    match part {
        Expression::Term(members, Test::Is(name)) => match members.as_slice() {
            [only] if only.path() == ["identities", "connection"] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn place(member: &Member) -> Place {
    let names: Vec<&str> = member.path().iter().map(String::as_str).collect();
    match names.as_slice() {
        ["user_id"] => Place::Key("id"),
        ["email"] => Place::Text("doc ->> 'email'"),
        ["email", "domain"] => Place::Text("doc -> 'found_by' ->> 'domain'"),
        ["name"] => Place::Text(NAME),
        ["given_name"] => Place::Text(GIVEN_NAME),
        ["family_name"] => Place::Text(FAMILY_NAME),
        ["nickname"] => Place::Text(NICKNAME),
        ["username"] => Place::Text("doc ->> 'username'"),
        ["phone_number"] => Place::Text("doc ->> 'phone_number'"),
        ["picture"] => Place::Text("doc ->> 'picture'"),
        ["created_at"] => Place::Text("doc ->> 'created_at'"),
        ["updated_at"] => Place::Text("doc ->> 'updated_at'"),
        ["last_login"] => Place::Time(LAST_LOGIN),
        ["logins_count"] => Place::Number(LOGINS_COUNT),
        ["last_ip"] => Place::Text(LAST_IP),
        _ => Place::Json,
    }
}

/// What indexes know (migration 0012).
const INDEXED: &[&str] = &[
    "doc ->> 'email'",
    "doc ->> 'username'",
    "doc ->> 'phone_number'",
    "doc ->> 'created_at'",
    "doc -> 'found_by' ->> 'domain'",
    NAME,
    GIVEN_NAME,
    FAMILY_NAME,
    NICKNAME,
];

const CONNECTION: &str = "doc -> 'identities' -> 0 ->> 'connection'";
const NAME: &str = "coalesce(doc -> 'found_by' ->> 'name', doc ->> 'name')";
const GIVEN_NAME: &str = "coalesce(doc -> 'found_by' ->> 'given_name', doc ->> 'given_name')";
const FAMILY_NAME: &str = "coalesce(doc -> 'found_by' ->> 'family_name', doc ->> 'family_name')";
const NICKNAME: &str = "coalesce(doc -> 'found_by' ->> 'nickname', doc ->> 'nickname')";
const LAST_LOGIN: &str =
    "(SELECT last_at FROM logins WHERE logins.tenant = users.tenant AND logins.subject = users.id)";
const LOGINS_COUNT: &str =
    "(SELECT count FROM logins WHERE logins.tenant = users.tenant AND logins.subject = users.id)";
const LAST_IP: &str =
    "(SELECT last_address FROM logins WHERE logins.tenant = users.tenant AND logins.subject = users.id)";
