//! People, and what hangs on them: sessions, tokens, devices, consents, factors.

use http::Method;
use serde::{Deserialize as _, Deserializer, Serialize};
use serde_json::Value;

use super::super::{
    Call, Collection, Hidden, Management, Members,
    collection::{collections, kind},
    document::document,
};

document! {
    /// A person.
    User {
        /// Their id: `auth0|…` for those of a database.
        user_id: String,
        /// The database, when they are made or what only it knows is changed.
        connection: String,
        /// Their address.
        email: String,
        /// Whether it is known to be theirs.
        email_verified: bool,
        /// Their password, when it is set.
        password: Hidden,
        /// Their name where they have one beside the address.
        username: String,
        /// Their number.
        phone_number: String,
        /// Whether it is known to be theirs.
        phone_verified: bool,
        /// What they are called.
        name: String,
        /// What friends call them.
        nickname: String,
        /// Their first name.
        given_name: String,
        /// Their last name.
        family_name: String,
        /// Where a picture of them is.
        picture: String,
        /// Whether they are kept from logging in.
        blocked: bool,
        /// What they may change: merged at its first level, where `null` takes a member away.
        user_metadata: Members,
        /// What they may not change: merged in the same way.
        app_metadata: Members,
        /// Who they are at providers; the first is the one they are by.
        identities: Vec<Identity>,
        /// When they logged in last.
        last_login: String,
        /// How often they logged in.
        logins_count: u64,
        /// When they were made.
        created_at: String,
        /// When they were changed.
        updated_at: String,
    }
}

document! {
    /// Who somebody is at a provider.
    Identity {
        /// The provider.
        provider: String,
        /// Their id there.
        #[serde(deserialize_with = "name")]
        user_id: String,
        /// The connection.
        connection: String,
        /// Whether it is a social network.
        #[serde(rename = "isSocial")]
        is_social: bool,
    }
}

/// Some providers number their users.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

document! {
    /// A session of somebody at a browser.
    Session {
        /// Its id.
        id: String,
        /// Whose it is.
        user_id: String,
        /// When it was begun.
        created_at: String,
        /// When its time is over.
        expires_at: String,
        /// When its time is over if nothing comes.
        idle_expires_at: String,
        /// From where.
        device: Members,
        /// Where it was used.
        clients: Vec<Members>,
        /// Notes of the operator.
        session_metadata: Members,
    }
}

document! {
    /// A refresh token, without what makes it one.
    RefreshToken {
        /// Its id.
        id: String,
        /// Whose it is.
        user_id: String,
        /// Which application's.
        client_id: String,
        /// Of which session.
        session_id: String,
        /// Whether it is replaced at each use.
        rotating: bool,
        /// For which APIs.
        resource_servers: Vec<Members>,
        /// When it was begun.
        created_at: String,
        /// Notes of the operator.
        refresh_token_metadata: Members,
    }
}

document! {
    /// What a person agreed to.
    Grant {
        /// Its id.
        id: String,
        /// The application.
        #[serde(rename = "clientID")]
        client_id: String,
        /// Who agreed.
        user_id: String,
        /// The API.
        audience: String,
        /// The scopes.
        scope: Vec<String>,
    }
}

document! {
    /// A device that somebody logged in on, or its key.
    DeviceCredential {
        /// Its id.
        id: String,
        /// For people.
        device_name: String,
        /// The device.
        device_id: String,
        /// `public_key`, `refresh_token`, `rotating_refresh_token`.
        r#type: String,
        /// The key, when it is made.
        value: Hidden,
        /// Whose it is.
        user_id: String,
        /// The application.
        client_id: String,
    }
}

document! {
    /// How somebody can show who they are, beside a password.
    AuthenticationMethod {
        /// Its id.
        id: String,
        /// `phone`, `email`, `totp`, `webauthn-roaming`, `passkey` and others.
        r#type: String,
        /// For people.
        name: String,
        /// Whether it was shown to work.
        confirmed: bool,
        /// The number, of a phone.
        phone_number: String,
        /// The address, of a mailbox.
        email: String,
        /// The secret, of an authenticator app.
        totp_secret: Hidden,
    }
}

document! {
    /// A second factor, as Guardian lists it.
    Enrollment {
        /// Its id.
        id: String,
        /// `confirmed` or `pending`.
        status: String,
        /// What it is.
        r#type: String,
        /// For people.
        name: String,
    }
}

document! {
    /// From where somebody is kept out, after too many wrong passwords.
    Blocks {
        /// The places.
        blocked_for: Vec<Block>,
    }
}

document! {
    /// A place from which somebody is kept out.
    Block {
        /// What they typed as their name.
        identifier: String,
        /// From where.
        ip: String,
        /// By which connection.
        connection: String,
    }
}

kind!(User at ["users"], by user_id, listed Offset: Readable Creatable Updatable Deletable);
kind!(Session at ["sessions"], by id: Readable Updatable Deletable);
kind!(RefreshToken at ["refresh-tokens"], by id, listed Checkpoint: Readable Updatable Deletable);
kind!(Grant at ["grants"], by id, listed Offset: Deletable);
kind!(DeviceCredential at ["device-credentials"], by id, listed Offset: Creatable Deletable);

collections! {
    /// People.
    users: User,
    /// Their sessions.
    sessions: Session,
    /// Their refresh tokens.
    refresh_tokens: RefreshToken,
    /// What they agreed to.
    grants: Grant,
    /// Their devices.
    device_credentials: DeviceCredential,
}

impl Collection<Session> {
    /// Ends it, and what it gave: its refresh tokens too.
    pub fn revoke(&self, session: &str) -> Call<()> {
        self.at::<Members>(Method::POST, &[session, "revoke"]).told_nothing()
    }
}

impl Collection<RefreshToken> {
    /// Ends many: by `ids`, by `user_id`, by `client_id`.
    pub fn revoke(&self, which: &(impl Serialize + ?Sized)) -> Call<()> {
        self.at::<Members>(Method::POST, &["revoke"]).json(which).told_nothing()
    }
}

impl Collection<Grant> {
    /// Takes back everything a user agreed to.
    pub fn delete_of_user(&self, user: &str) -> Call<()> {
        self.at::<Members>(Method::DELETE, &[]).query("user_id", user).told_nothing()
    }
}

impl Management {
    /// Everybody with this address, at any connection. The case counts.
    pub fn users_by_email(&self, email: &str) -> Call<Vec<User>> {
        Call::new(self, Method::GET, &["users-by-email"]).query("email", email)
    }

    /// From where a user is kept out.
    pub fn blocks_of_user(&self, user: &str) -> Call<Blocks> {
        Call::new(self, Method::GET, &["user-blocks", user])
    }

    /// Lets a user in again.
    pub fn unblock_user(&self, user: &str) -> Call<()> {
        Call::<Members>::new(self, Method::DELETE, &["user-blocks", user]).told_nothing()
    }

    /// From where whoever types this name, address or number is kept out.
    pub fn blocks(&self, identifier: &str) -> Call<Blocks> {
        Call::new(self, Method::GET, &["user-blocks"]).query("identifier", identifier)
    }

    /// Lets whoever types this in again.
    pub fn unblock(&self, identifier: &str) -> Call<()> {
        Call::<Members>::new(self, Method::DELETE, &["user-blocks"])
            .query("identifier", identifier)
            .told_nothing()
    }
}
