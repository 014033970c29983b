//! An account for somebody who asks for one.

use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    login::{
        identifier::{Email, Username},
        password::Strength,
    },
    model::{
        connection::{Connection, Signup, Usernames},
        user::User,
    },
};
use keybound_crypto::entropy;
use keybound_proto::{
    id::{ClientId, Subject},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, FleetingKey,
    documents::{self, Kind, Users},
    events,
    ledger::passwords::{self, Password},
    policy,
};
use serde_json::{Map, Value, json};

use super::credentials::{bucket, hashing};
use crate::{
    app::App,
    failure::{Failure, Reason},
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
    let key = FleetingKey::new("signup-address", &[&bucket(from.address)]);
    if app.fleeting.count(&key, WINDOW, now).await? > SIGNUPS {
        return Err(NotMade::Failed(Reason::TooMany { retry_after: WINDOW.as_secs() }.into()));
    }
    let hash = app.passwords.hash(wish.password).await.map_err(hashing)?;

    let (store, tenant) = (&app.store, &app.tenant.id);
    let id = entropy::hex::<12>();
    let subject = Subject::parse(&format!("auth0|{id}"))
        .map_err(|error| Failure::from(Reason::Internal { detail: error.to_string() }))?;
    let mut doc = document(&id, &email, username.as_ref(), connection, now);
    if let (Some(members), false) = (doc.as_object_mut(), wish.metadata.is_empty()) {
        members.insert("user_metadata".to_owned(), Value::Object(wish.metadata));
    }
    let mut batch = Batch::new();
    documents::insert::<Users>(&mut batch, store, tenant, subject.as_str(), doc);
    passwords::set(&mut batch, tenant, &subject, &Password { hash, set_at: now });
    let mut event = Event::new(EventKind::SignedUp, now).by(client).about(&subject).from(from.clone());
    event.user_name = Some(email.as_str().into());
    event.connection = Some(connection.name.clone());
    events::record(&mut batch, store, tenant, &event);
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

/// As Auth0 describes a user who has just signed up.
fn document(
    id: &str,
    email: &Email,
    username: Option<&Username>,
    connection: &Connection,
    now: Timestamp,
) -> Value {
    let at = now.to_rfc3339();
    let mut doc = json!({
        "user_id": format!("auth0|{id}"),
        "email": email.as_str(),
        "email_verified": false,
        "name": email.as_str(),
        "nickname": email.local(),
        "identities": [{
            "connection": connection.name.as_str(),
            "provider": "auth0",
            "user_id": id,
            "isSocial": false,
        }],
        "created_at": at,
        "updated_at": at,
    });
    if let Some(members) = doc.as_object_mut() {
        members.extend(username.map(|name| ("username".to_owned(), name.as_str().into())));
    }
    doc
}

/// How many accounts one address may ask for.
const SIGNUPS: u64 = 50;

/// In which time.
const WINDOW: Lifetime = Lifetime::seconds(3600);

/// Longer than any that is typed, and not so long that hashing it costs more than hashing another.
const LONGEST_PASSWORD: usize = 1024;
