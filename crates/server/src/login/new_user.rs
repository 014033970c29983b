//! An account for somebody who asks for one.

use std::net::IpAddr;

use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    login::{
        identifier::{Email, Username},
        password::Strength,
    },
    model::{
        connection::{ByEmail, Connection, Signup, Usernames},
        name::ConnectionName,
        user::User,
    },
};
use keybound_proto::{
    id::{ClientId, Subject},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, FleetingKey, StoreError,
    documents::{self, Document, Kind, Users},
    events,
    ledger::{
        linked_accounts,
        passwords::{self, Password},
    },
    policy,
};
use serde_json::{Map, Value, json};

use super::credentials::{bucket, hashing};
use crate::{
    app::App,
    failure::{Failure, Reason},
    ordered_id::ordered_id,
};

/// What somebody asks to be called, and the password they chose.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) email: &'a str,
    pub(crate) username: Option<&'a str>,
    pub(crate) password: Secret<String>,
    /// What the application keeps with them (`user_metadata`).
    pub(crate) metadata: Map<String, Value>,
}

/// Why there is no account.
#[derive(Debug)]
pub(crate) enum NotMade {
    /// It could not be made.
    Failed(Failure),
    /// It may not be.
    Refused(Refusal),
    /// The password is not strong enough.
    Weak(Strength),
}

impl<F: Into<Failure>> From<F> for NotMade {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Makes an account. The password is hashed whether or not there is one already, so that time does not tell.
pub(crate) async fn create(
    app: &App,
    (connection, client): (&Connection, &ClientId),
    wish: Wish<'_>,
    from: &Sender,
    now: Timestamp,
) -> Result<User, NotMade> {
    if connection.signup == Signup::Closed {
        return Err(NotMade::Refused(Refusal::SignupClosed));
    }
    let email = Email::parse(wish.email.trim()).map_err(NotMade::Refused)?;
    let username = match connection.usernames {
        Usernames::Required => {
            let name = wish.username.unwrap_or_default().trim();
            Some(Username::parse(name).map_err(NotMade::Refused)?)
        }
        Usernames::None => None,
    };
    let strength = connection.password_policy.judge(wish.password.reveal());
    if !strength.is_enough() || wish.password.reveal().len() > LONGEST_PASSWORD {
        return Err(NotMade::Weak(strength));
    }
    if app.fleeting.count(&signups_from(from.address).0, WINDOW, now).await? > SIGNUPS {
        return Err(NotMade::Failed(Reason::TooMany { retry_after: WINDOW.as_secs() }.into()));
    }
    let hash = app.passwords.hash(wish.password).await.map_err(hashing)?;
    if is_linked(app, &connection.name, &email, username.as_ref()).await? {
        return Err(NotMade::Refused(Refusal::UserExists));
    }

    let (store, tenant) = (&app.store, &app.tenant.id);
    let id = ordered_id(now);
    let newborn = Newborn { provider: "auth0", id: &id, email: &email, connection: &connection.name };
    let subject = Subject::parse(&newborn.subject())
        .map_err(|error| Failure::from(Reason::Internal { detail: error.to_string() }))?;
    let mut doc = newborn.document(now);
    if let (Some(members), Some(name)) = (doc.as_object_mut(), &username) {
        members.insert("username".to_owned(), name.as_str().into());
    }
    if let (Some(members), false) = (doc.as_object_mut(), wish.metadata.is_empty()) {
        members.insert("user_metadata".to_owned(), Value::Object(wish.metadata));
    }
    let mut batch = Batch::new();
    documents::insert::<Users>(&mut batch, store, tenant, subject.as_str(), doc);
    passwords::set(&mut batch, tenant, &subject, &Password { hash, set_at: now });
    events::record(&mut batch, store, tenant, &newborn.event((client, &subject), from, now));
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(Users::NEW) => {
            return Err(NotMade::Refused(Refusal::UserExists));
        }
        applied => applied?,
    }
    let made = documents::find::<Users>(store, tenant, subject.as_str()).await?;
    let made =
        made.ok_or_else(|| Failure::from(Reason::Internal { detail: "a new user is gone".to_owned() }))?;
    Ok(policy::user(&made)?)
}

/// Makes an account for whoever reads the letters of an address: it is theirs, and needs no password.
pub(crate) async fn by_email(
    app: &App,
    (connection, client): (&ByEmail, &ClientId),
    email: &Email,
    from: &Sender,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (store, tenant, id) = (&app.store, &app.tenant.id, ordered_id(now));
    let newborn = Newborn { provider: "email", id: &id, email, connection: &connection.name };
    let mut doc = newborn.document(now);
    if let Some(members) = doc.as_object_mut() {
        members.insert("email_verified".to_owned(), true.into());
    }
    let name = newborn.subject();
    let mut batch = Batch::new();
    documents::insert::<Users>(&mut batch, store, tenant, &name, doc);
    if let Ok(subject) = Subject::parse(&name) {
        events::record(&mut batch, store, tenant, &newborn.event((client, &subject), from, now));
    }
    store.apply(batch).await
}

/// Whether an account of that name is another's by now: the database sees to those that are users alone.
async fn is_linked(
    app: &App,
    connection: &ConnectionName,
    email: &Email,
    username: Option<&Username>,
) -> Result<bool, StoreError> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let by_email = linked_accounts::by_email(store, tenant, connection, email.as_str()).await?;
    Ok(match username {
        _ if by_email.is_some() => true,
        Some(name) => linked_accounts::by_username(store, tenant, connection, name.as_str()).await?.is_some(),
        None => false,
    })
}

/// What is written of somebody whose address turned out to be theirs, if that was not known before.
pub(crate) fn verified(app: &App, found: &Document<Users>, now: Timestamp) -> Batch {
    let mut batch = Batch::new();
    let mut found = found.clone();
    let Some(members) = found.doc.as_object_mut() else { return batch };
    if members.get("email_verified") != Some(&Value::Bool(true)) {
        members.insert("email_verified".to_owned(), true.into());
        members.insert("updated_at".to_owned(), now.to_rfc3339().into());
        documents::update(&mut batch, &app.store, &app.tenant.id, found);
    }
    batch
}

/// A user to be.
struct Newborn<'a> {
    provider: &'a str,
    id: &'a str,
    email: &'a Email,
    connection: &'a ConnectionName,
}

impl Newborn<'_> {
    fn subject(&self) -> String {
        format!("{}|{}", self.provider, self.id)
    }

    /// As Auth0 describes a user who has just signed up.
    fn document(&self, now: Timestamp) -> Value {
        let at = now.to_rfc3339();
        json!({
            "user_id": self.subject(),
            "email": self.email.as_str(),
            "email_verified": false,
            "name": self.email.as_str(),
            "nickname": self.email.local(),
            "identities": [{
                "connection": self.connection.as_str(),
                "provider": self.provider,
                "user_id": self.id,
                "isSocial": false,
            }],
            "created_at": at,
            "updated_at": at,
        })
    }

    fn event(&self, (client, subject): (&ClientId, &Subject), from: &Sender, now: Timestamp) -> Event {
        let mut event = Event::new(EventKind::SignedUp, now).by(client).about(subject).from(from.clone());
        event.user_name = Some(self.email.as_str().into());
        event.connection = Some(self.connection.clone());
        event
    }
}

/// Where the accounts are counted that one network asks for, and for how long.
pub(crate) fn signups_from(address: Option<IpAddr>) -> (FleetingKey, Lifetime) {
    (FleetingKey::new("signup-address", &[&bucket(address)]), WINDOW)
}

/// How many accounts one address may ask for.
const SIGNUPS: u64 = 50;

/// In which time.
const WINDOW: Lifetime = Lifetime::seconds(3600);

/// Longer than any that is typed, and not so long that hashing it costs more than hashing another.
const LONGEST_PASSWORD: usize = 1024;
