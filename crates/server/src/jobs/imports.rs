//! Users that come in a file.

use std::collections::HashSet;

use keybound_api::{Invalid, Verb, job, user};
use keybound_authority::model::connection::{Connection, Usernames};
use keybound_crypto::password::Pool;
use keybound_proto::{
    id::Subject,
    jose::json::Elements,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, StoreError,
    documents::{self, Connections, Document, Users, kept::Kept, user_by_email, user_by_username},
    ledger::{
        job_parts::{self, Kind},
        passwords::{self, Password},
    },
    policy,
};
use serde_json::{Map, Value, json};

use super::bulk::{KEPT_FOR, WORK, count, keep, says};
use crate::{
    app::App,
    management::{body::without_end, users},
    ordered_id::ordered_id,
};

/// Works off the next part of a file, or ends the job.
pub(super) async fn step(app: &App, found: Kept, batch: &mut Batch) -> Result<(), StoreError> {
    let (store, tenant, id) = (&app.store, &app.tenant.id, found.id.clone());
    let mut says = says(&found);
    let connection = says.get("connection_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(connection) = documents::find::<Connections>(store, tenant, &connection).await? else {
        says.insert("status".to_owned(), "failed".into());
        says.insert("status_details".to_owned(), "The connection does not exist.".into());
        job_parts::forget(batch, tenant, (&id, Kind::Input));
        keep(app, (found, says), batch);
        return Ok(());
    };
    let Some((part, data)) = job_parts::next(store, tenant, (&id, Kind::Input, -1)).await? else {
        says.insert("status".to_owned(), "completed".into());
        says.insert("percentage_done".to_owned(), 100.into());
        keep(app, (found, says), batch);
        return Ok(());
    };
    let work = says.get(WORK).cloned().unwrap_or_default();
    let mut file = File {
        app,
        connection: policy::connection(&connection)?,
        upsert: work.get("upsert") == Some(&Value::Bool(true)),
        now: app.clock.now(),
        seen: HashSet::new(),
        counts: Counts::default(),
        errors: Vec::new(),
    };
    for row in Elements::of(data.as_bytes()).filter_map(Result::ok) {
        file.row(row, batch).await?;
    }
    if !file.errors.is_empty() {
        let until = file.now.plus(Lifetime::seconds(KEPT_FOR));
        let errors = Value::Array(std::mem::take(&mut file.errors)).to_string();
        job_parts::put(batch, tenant, (&id, Kind::Errors, part), (&errors, Some(until)));
    }
    job_parts::take(batch, tenant, (&id, Kind::Input, part));
    file.counts.add_to(&mut says);
    says.insert("status".to_owned(), "processing".into());
    keep(app, (found, says), batch);
    Ok(())
}

/// A file as far as it is worked at.
struct File<'a> {
    app: &'a App,
    connection: Connection,
    upsert: bool,
    now: Timestamp,
    /// Who came in this part already: a batch must not make anybody twice.
    seen: HashSet<String>,
    counts: Counts,
    errors: Vec<Value>,
}

#[derive(Default)]
struct Counts {
    failed: i64,
    inserted: i64,
    updated: i64,
}

impl Counts {
    fn add_to(&self, says: &mut Map<String, Value>) {
        let summary = says.get("summary").cloned().unwrap_or_default();
        let count = |name: &str| count(&summary, name);
        let (failed, inserted) = (count("failed") + self.failed, count("inserted") + self.inserted);
        let (updated, total) = (count("updated") + self.updated, count("total"));
        let done = (failed + inserted + updated) * 100 / total.max(1);
        let summary = json!({ "failed": failed, "inserted": inserted, "updated": updated, "total": total });
        says.insert("summary".to_owned(), summary);
        says.insert("percentage_done".to_owned(), done.min(99).into());
    }
}

/// Why a row comes to nothing.
enum Wrong {
    Row(Invalid),
    Duplicate,
    Store(StoreError),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Invalid> for Wrong {
    fn from(invalid: Invalid) -> Self {
        Self::Row(invalid)
    }
}

impl File<'_> {
    async fn row(&mut self, row: &[u8], batch: &mut Batch) -> Result<(), StoreError> {
        let fault = match self.come(row, batch).await {
            Ok(()) => return Ok(()),
            Err(Wrong::Store(error)) => return Err(error),
            Err(Wrong::Row(invalid)) => job::fault(&invalid),
            Err(Wrong::Duplicate) => json!({
                "code": "DUPLICATED_USER", "message": "The user already exists.", "path": "",
            }),
        };
        self.counts.failed += 1;
        self.errors.push(json!({ "user": named(row), "errors": [fault] }));
        Ok(())
    }

    async fn come(&mut self, row: &[u8], batch: &mut Batch) -> Result<(), Wrong> {
        without_end(row)?;
        let mut input = job::ROW.read(Verb::Create, row)?;
        users::names(&mut input)?;
        let hash = brought(&input)?;
        let named = self.connection.usernames == Usernames::Required && input.contains_key("username");
        if !named && !input.contains_key("email") {
            return Err(Invalid::body("", keybound_api::Fault::Missing("email")).into());
        }
        let chosen = text(&input, "user_id").map(str::to_owned);
        let id = chosen.unwrap_or_else(|| ordered_id(self.now));
        let subject = users::subject_named(&format!("auth0|{id}"))?;
        let mut names = vec![format!("id {subject}")];
        names.extend(text(&input, "email").map(|email| format!("email {email}")));
        names.extend(text(&input, "username").map(|name| format!("username {name}")));
        if names.iter().any(|name| self.seen.contains(name)) {
            return Err(Wrong::Duplicate);
        }
        match self.known(&input, &subject).await? {
            Some(_) if !self.upsert => return Err(Wrong::Duplicate),
            Some(known) => {
                let it = format!("id {}", known.id);
                if self.seen.contains(&it) {
                    return Err(Wrong::Duplicate);
                }
                names.push(it);
                self.update(known, input, batch);
            }
            None => {
                self.insert((&id, &subject), input, batch);
                if let Some(hash) = hash {
                    passwords::set(
                        batch,
                        &self.app.tenant.id,
                        &subject,
                        &Password { hash, set_at: self.now },
                    );
                }
            }
        }
        self.seen.extend(names);
        Ok(())
    }

    /// Who is there already by any of their names.
    async fn known(
        &self,
        input: &Map<String, Value>,
        subject: &Subject,
    ) -> Result<Option<Document<Users>>, StoreError> {
        let (store, tenant, name) = (&self.app.store, &self.app.tenant.id, &self.connection.name);
        if let Some(found) = documents::find::<Users>(store, tenant, subject.as_str()).await? {
            return Ok(Some(found));
        }
        if let Some(email) = text(input, "email")
            && let Some(found) = user_by_email(store, tenant, name, email).await?
        {
            return Ok(Some(found));
        }
        match text(input, "username") {
            Some(username) => user_by_username(store, tenant, name, username).await,
            None => Ok(None),
        }
    }

    fn insert(&mut self, (id, subject): (&str, &Subject), mut input: Map<String, Value>, batch: &mut Batch) {
        input.retain(|name, _| !job::NOT_KEPT.contains(&name.as_str()));
        let known_by = text(&input, "email").or_else(|| text(&input, "username")).unwrap_or_default();
        let birth = user::Birth {
            id,
            connection: self.connection.name.as_str(),
            picture: &users::picture(known_by),
            at: &self.now.to_rfc3339(),
        };
        let user = Value::Object(user::create(input, &birth));
        documents::insert::<Users>(batch, &self.app.store, &self.app.tenant.id, subject.as_str(), user);
        self.counts.inserted += 1;
    }

    /// As at Auth0, names and passwords of who is there already stay as they are.
    fn update(&mut self, mut known: Document<Users>, mut input: Map<String, Value>, batch: &mut Batch) {
        let stay = |name: &str| job::NOT_KEPT.contains(&name) || ["email", "username"].contains(&name);
        input.retain(|name, _| !stay(name));
        if let Value::Object(user) = &mut known.doc {
            job::ROW.merge(user, input);
            user.insert("updated_at".to_owned(), self.now.to_rfc3339().into());
        }
        documents::update(batch, &self.app.store, &self.app.tenant.id, known);
        self.counts.updated += 1;
    }
}

/// The hash they bring along, found to be one that can be compared with.
fn brought(input: &Map<String, Value>) -> Result<Option<Secret<String>>, Invalid> {
    let wrong = |name: &str, reason: String| {
        Invalid::body(name, keybound_api::Fault::Other(format!("'{reason}' on property {name}.")))
    };
    let (name, hash) = match (text(input, "password_hash"), input.get("custom_password_hash")) {
        (None, None) => return Ok(None),
        (Some(hash), None) if hash.starts_with("$2") => ("password_hash", hash.to_owned()),
        (Some(_), None) => return Err(wrong("password_hash", "it is not a hash of bcrypt".to_owned())),
        (None, Some(custom)) => ("custom_password_hash", custom.to_string()),
        (Some(_), Some(_)) => {
            return Err(wrong("custom_password_hash", "there is a password_hash too".to_owned()));
        }
    };
    if hash.len() > LONGEST_HASH {
        return Err(wrong(name, "it is too long".to_owned()));
    }
    Pool::check_foreign(&hash).map_err(|error| wrong(name, error.to_string()))?;
    Ok(Some(Secret::new(hash)))
}

/// Whom a fault is about: what they are called, and nothing they would keep to themselves.
fn named(row: &[u8]) -> Value {
    let Ok(Value::Object(mut user)) = serde_json::from_slice::<Value>(row) else { return json!({}) };
    user.retain(|name, value| match value {
        Value::String(text) => NAMES.contains(&name.as_str()) && text.len() <= LONGEST_NAME,
        Value::Bool(_) => name == "email_verified",
        _ => false,
    });
    Value::Object(user)
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

const NAMES: [&str; 3] = ["email", "username", "user_id"];

const LONGEST_HASH: usize = 4_096;

const LONGEST_NAME: usize = 320;
