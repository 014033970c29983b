//! Users: their names, passwords and end.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keybound_api::{Fault, Invalid, Kind, Verb, connection, page::Paging, search::Search, user};
use keybound_authority::{
    event::{Event, EventKind},
    login::identifier::{Email, Username},
    model::{
        connection::{Connection, Usernames},
        name::ConnectionName,
    },
};
use keybound_crypto::AwsLc;
use keybound_proto::{form::Form, id::Subject, jose::Digest as _, secret::Secret};
use keybound_store::{
    Batch, StoreError,
    documents::{self, Document, Users, Wanted, connection_named, kept, user_by_email, user_by_username},
    events,
    ledger::{
        authenticators, consents, device_credentials,
        families::{self, Among},
        linked_accounts,
        logins::{self, Logins},
        mfa_tokens, organizations,
        passwords::{self, Password},
        roles, sessions, tickets,
    },
    policy,
};
use serde_json::Value;

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::told,
    authentication_methods::KEPT,
    body::refused,
    found_users,
    list::{Filter, Found},
    managed::{Draft, Managed, Members, Work},
    permit::Permit,
    query::Query,
};
use crate::{app::App, failure::Failure, oauth::backchannel_logout, ordered_id::ordered_id};

/// Users.
pub(crate) enum User {}

impl Managed for User {
    type Store = Users;
    const KIND: &'static Kind = &user::KIND;
    const TAKEN: &'static str = "The user already exists.";
    const TAKEN_CODE: Option<&'static str> = Some("auth0_idp_error");

    async fn create(work: &Work<'_>, mut input: Members, batch: &mut Batch) -> Result<Draft, Failure> {
        let (connection, origin) = origin(work.app, text(&input, "connection").unwrap_or_default()).await?;
        if origin == Origin::Email {
            return Err(comes_by_email());
        }
        names(&mut input).map_err(refused)?;
        let named = connection.usernames == Usernames::Required && input.contains_key("username");
        if !named && !input.contains_key("email") {
            return Err(refused(Invalid::body("", Fault::Missing("email"))));
        }
        let Some(password) = secret(&mut input) else {
            return Err(refused(Invalid::body("", Fault::Missing("password"))));
        };
        if is_linked(work.app, &connection.name, &input).await? {
            return Err(super::crud::taken::<Self>());
        }
        let id = match text(&input, "user_id") {
            Some(chosen) if !chosen.is_empty() => chosen.to_owned(),
            _ => ordered_id(work.now),
        };
        let subject = subject_named(&format!("auth0|{id}")).map_err(refused)?;
        set_password(work, (&connection, &subject), password, batch).await?;
        let known_by =
            text(&input, "email").or_else(|| text(&input, "username")).unwrap_or_default().to_owned();
        let birth = user::Birth {
            id: &id,
            connection: connection.name.as_str(),
            picture: &picture(&known_by),
            at: &work.now.to_rfc3339(),
        };
        Ok(Draft { document: user::create(input, &birth), id: subject.to_string() })
    }

    /// A username is a name to sign in by only where the connection has such names.
    async fn inert(
        work: &Work<'_>,
        (verb, document): (Verb, &Members),
        written: &Members,
    ) -> Result<Vec<String>, Failure> {
        let mut found = Self::KIND.inert(verb, written);
        let named = connection_of(document).or_else(|| text(document, "connection"));
        if written.get("username").is_some_and(|name| !name.is_null())
            && origin(work.app, named.unwrap_or_default()).await?.0.usernames == Usernames::None
        {
            found.push("username".to_owned());
        }
        Ok(found)
    }

    async fn update(
        work: &Work<'_>,
        document: &mut Members,
        mut input: Members,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        match &work.caller.person {
            // What people write about themselves is what the application keeps for them.
            Some(_) if input.keys().all(|name| name == "user_metadata") => {}
            None if input.keys().all(|name| name == "app_metadata") => {}
            _ => work.caller.must(&["update:users"])?,
        }
        let subject = subject_named(text(document, "user_id").unwrap_or_default()).map_err(refused)?;
        let (connection, origin) = origin(work.app, connection_of(document).unwrap_or_default()).await?;
        if origin == Origin::Email && input.contains_key("password") {
            return Err(comes_by_email());
        }
        if text(&input, "connection").is_some_and(|named| named != connection.name.as_str()) {
            return Err(unfit("The connection is not the user's.", Some("invalid_body")));
        }
        names(&mut input).map_err(refused)?;
        not_taken(work.app, (&connection, &subject), &input).await?;
        if text(&input, "email").is_some_and(|email| Some(email) != text(document, "email")) {
            document.insert("email_verified".to_owned(), false.into());
        }
        if let Some(password) = secret(&mut input) {
            set_password(work, (&connection, &subject), password, batch).await?;
            document.insert("last_password_reset".to_owned(), work.now.to_rfc3339().into());
            // Whoever knew the old one is out.
            put_out(work, &subject, batch);
            let changed = Event::new(EventKind::PasswordChanged, work.now)
                .by(&work.caller.client)
                .about(&subject)
                .from(work.caller.from.clone());
            events::record(batch, &work.app.store, &work.app.tenant.id, &changed);
        }
        input.retain(|name, _| !user::NOT_KEPT.contains(&name.as_str()));
        Self::KIND.merge(document, input);
        if !document.contains_key("email") && !document.contains_key("username") {
            return Err(wrong_body("A user needs an email or a username."));
        }
        document.insert("updated_at".to_owned(), work.now.to_rfc3339().into());
        Ok(())
    }

    async fn delete(work: &Work<'_>, found: &Document<Users>, batch: &mut Batch) -> Result<(), Failure> {
        erase(work, &found.id, batch);
        Ok(())
    }

    fn filters(_: &Form) -> Result<Vec<Filter>, Failure> {
        Ok(Vec::new())
    }

    async fn alone(work: &Work<'_>, view: &mut Members) -> Result<(), Failure> {
        let subject = text(view, "user_id").and_then(|id| Subject::parse(id).ok());
        let Some(subject) = subject else { return Ok(()) };
        if let Some(found) = logins::find(&work.app.store, &work.app.tenant.id, &subject).await? {
            signed_in(view, &found);
        }
        Ok(())
    }

    async fn look(app: &App, query: &Query, paging: &Paging) -> Result<Option<Found<Users>>, Failure> {
        found_users::look(app, query, paging).await.map(Some)
    }
}

/// `GET /api/v2/users-by-email`
pub(super) async fn by_email(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let selection = query.selection()?;
    let Some(email) = query.0.text("email").map(str::to_lowercase) else {
        return Err(refused(Invalid::query("", Fault::Missing("email"))));
    };
    let search = Search::equal("email", email.trim());
    let wanted = Wanted { search: Some(&search), take: MOST, ..Wanted::default() };
    let mut users = documents::users(&app.store, &app.tenant.id, &wanted).await?;
    with_logins(&app, &mut users).await?;
    let mut found = Vec::with_capacity(users.len());
    for document in &users {
        found.push(Value::Object(selection.apply(members(document)?)));
    }
    Ok(told(permit.caller(), StatusCode::OK, &Value::Array(found)))
}

/// Tells of users when, whence and how often they signed in, which their documents do not.
pub(crate) async fn with_logins(app: &App, users: &mut [Document<Users>]) -> Result<(), StoreError> {
    let ids = users.iter().map(|user| &*user.id);
    let known = logins::of_all(&app.store, &app.tenant.id, ids).await?;
    for user in users {
        if let (Some(found), Value::Object(members)) = (known.get(&*user.id), &mut user.doc) {
            signed_in(members, found);
        }
    }
    Ok(())
}

fn signed_in(user: &mut Members, found: &Logins) {
    user.insert("last_login".to_owned(), found.last_at.to_rfc3339().into());
    user.insert("logins_count".to_owned(), found.count.into());
    if let Some(address) = found.last_address {
        user.insert("last_ip".to_owned(), address.to_string().into());
    }
}

/// The user of that id, or that there is none.
pub(super) async fn user(app: &App, id: &str) -> Result<Document<Users>, Failure> {
    let found = documents::find::<Users>(&app.store, &app.tenant.id, id).await?;
    found.ok_or_else(|| absent(User::KIND))
}

/// There must be such a user.
pub(super) async fn is_user(app: &App, id: &str) -> Result<(), Failure> {
    user(app, id).await.map(drop)
}

/// By what ledgers call the user of that id, or that there is none.
pub(super) async fn subject_of(app: &App, id: &str) -> Result<Subject, Failure> {
    let found = user(app, id).await?;
    Subject::parse(&found.id).map_err(|_| absent(User::KIND))
}

/// Ends what somebody is signed in to and let clients have.
pub(super) fn put_out(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    let tenant = &work.app.tenant.id;
    backchannel_logout::ended_all_of(batch, work.app, subject, work.now);
    sessions::end_all_of(batch, tenant, subject);
    mfa_tokens::forget_all_of(batch, tenant, subject);
    families::revoke(batch, tenant, Among::of(subject), work.now);
}

/// All that a user has beside what they sign in by: what they may do, belong to, hold and agreed to.
pub(super) fn strip(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    let tenant = &work.app.tenant.id;
    put_out(work, subject, batch);
    authenticators::forget(batch, tenant, subject);
    kept::clear(batch, tenant, KEPT.of(subject.as_str()));
    device_credentials::forget_user(batch, tenant, subject.as_str());
    logins::forget(batch, tenant, subject);
    consents::withdraw_all_of(batch, tenant, subject);
    organizations::forget_user(batch, tenant, subject);
    roles::forget_user(batch, tenant, subject);
    tickets::forget_user(batch, tenant, subject);
}

/// Everything of a user but their events.
pub(super) fn erase(work: &Work<'_>, id: &str, batch: &mut Batch) {
    let (app, tenant) = (work.app, &work.app.tenant.id);
    documents::delete::<Users>(batch, tenant, id);
    let Ok(subject) = Subject::parse(id) else { return };
    passwords::forget(batch, tenant, &subject);
    linked_accounts::forget_all_of(batch, tenant, &subject);
    strip(work, &subject, batch);
    let gone = Event::new(EventKind::UserDeleted, work.now)
        .by(&work.caller.client)
        .about(&subject)
        .from(work.caller.from.clone());
    events::record(batch, &app.store, tenant, &gone);
}

/// Where a user comes from.
pub(crate) fn connection_of(user: &Members) -> Option<&str> {
    user.get("identities")?.get(0)?.get("connection")?.as_str()
}

async fn origin(app: &App, name: &str) -> Result<(Connection, Origin), Failure> {
    let absent = || unfit("The connection does not exist.", Some("inexistent_connection"));
    let name = ConnectionName::parse(name).map_err(|_| absent())?;
    let found = connection_named(&app.store, &app.tenant.id, &name).await?.ok_or_else(absent)?;
    let origin = match connection::strategy(&members(&found)?) {
        connection::Strategy::Email => Origin::Email,
        connection::Strategy::Passwords => Origin::Passwords,
        connection::Strategy::Inert => return Err(unfit(ELSEWHERE, Some("operation_not_supported"))),
    };
    Ok((policy::connection(&found)?, origin))
}

/// How users of a connection come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// They choose a password, or are given one.
    Passwords,
    /// They show a code that was sent to them.
    Email,
}

fn comes_by_email() -> Failure {
    unfit(
        "Users of this connection make themselves by signing in, and have no password.",
        Some("invalid_body"),
    )
}

/// Writes names as they are compared, and refuses those that are none.
pub(crate) fn names(input: &mut Members) -> Result<(), Invalid> {
    if let Some(email) = text(input, "email") {
        let wrong = || Fault::Format { format: "email", found: email.to_owned() };
        let email = Email::parse(email).map_err(|_| Invalid::body("email", wrong()))?;
        input.insert("email".to_owned(), email.as_str().into());
    }
    if let Some(username) = text(input, "username") {
        let wrong = || Fault::Format { format: "username", found: username.to_owned() };
        let username = Username::given(username).map_err(|_| Invalid::body("username", wrong()))?;
        input.insert("username".to_owned(), username.as_str().into());
    }
    Ok(())
}

async fn not_taken(
    app: &App,
    (connection, subject): (&Connection, &Subject),
    input: &Members,
) -> Result<(), Failure> {
    let (store, tenant, name) = (&app.store, &app.tenant.id, &connection.name);
    let other = |found: Option<Document<Users>>| found.is_some_and(|found| *found.id != *subject.as_str());
    if let Some(email) = text(input, "email")
        && other(user_by_email(store, tenant, name, email).await?)
    {
        return Err(unfit(EMAIL_TAKEN, Some("auth0_idp_error")));
    }
    if let Some(username) = text(input, "username")
        && other(user_by_username(store, tenant, name, username).await?)
    {
        return Err(unfit(USERNAME_TAKEN, Some("auth0_idp_error")));
    }
    if is_linked(app, name, input).await? {
        return Err(unfit(EMAIL_TAKEN, Some("auth0_idp_error")));
    }
    Ok(())
}

/// Whether an account of such a name is another user's by now: the database sees to those that are users alone.
async fn is_linked(app: &App, connection: &ConnectionName, input: &Members) -> Result<bool, Failure> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    if let Some(email) = text(input, "email")
        && linked_accounts::by_email(store, tenant, connection, email).await?.is_some()
    {
        return Ok(true);
    }
    match text(input, "username") {
        Some(name) => Ok(linked_accounts::by_username(store, tenant, connection, name).await?.is_some()),
        None => Ok(false),
    }
}

/// Takes the password out of a body, so that nothing else sees it.
fn secret(input: &mut Members) -> Option<Secret<String>> {
    match input.remove("password") {
        Some(Value::String(password)) => Some(Secret::new(password)),
        _ => None,
    }
}

async fn set_password(
    work: &Work<'_>,
    (connection, subject): (&Connection, &Subject),
    password: Secret<String>,
    batch: &mut Batch,
) -> Result<(), Failure> {
    if !connection.password_policy.judge(password.reveal()).is_enough() {
        return Err(unfit("PasswordStrengthError: Password is too weak", None));
    }
    let hash = work.app.passwords.hash(password).await?;
    passwords::set(batch, &work.app.tenant.id, subject, &Password { hash, set_at: work.now });
    Ok(())
}

/// Who a user of that id is.
pub(crate) fn subject_named(id: &str) -> Result<Subject, Invalid> {
    let wrong = || Fault::Format { format: "user-id", found: id.to_owned() };
    let visible = !id.contains(char::is_whitespace);
    Subject::parse(id).ok().filter(|_| visible).ok_or_else(|| Invalid::body("user_id", wrong()))
}

/// The picture of who has none: what Gravatar has for the address, by its SHA-256.
pub(crate) fn picture(known_by: &str) -> String {
    let hash = AwsLc.sha256(&[known_by.trim().to_lowercase().as_bytes()]);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("https://s.gravatar.com/avatar/{hex}?s=480&r=pg&d=mp")
}

const EMAIL_TAKEN: &str = "The specified new email already exists";
const USERNAME_TAKEN: &str = "The specified new username already exists";
const ELSEWHERE: &str =
    "Nobody comes by this connection: its strategy is kept, and this server does nothing of the kind.";

const MOST: u32 = 100;
