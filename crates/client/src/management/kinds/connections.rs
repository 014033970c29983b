//! Ways to log in.

use http::Method;
use serde::Serialize;

use super::super::{
    Call, Collection, Members, Pages, Paging,
    collection::{collections, kind},
    document::document,
};

document! {
    /// A way to log in: a database of users, or another provider.
    Connection {
        /// Its id.
        id: String,
        /// Its name, in requests too.
        name: String,
        /// What kind it is: `auth0` for a database.
        strategy: String,
        /// For people.
        display_name: String,
        /// What its kind wants to know.
        options: Members,
        /// Applications whose users may log in by it.
        enabled_clients: Vec<String>,
        /// Domains by which it is found.
        realms: Vec<String>,
        /// Whether it is there for every application of its domain.
        is_domain_connection: bool,
        /// Whether the login page shows it.
        show_as_button: bool,
        /// Notes of its operator.
        metadata: Members,
    }
}

document! {
    /// An application of a connection.
    Enabled {
        /// The application.
        client_id: String,
        /// Whether its users may log in by the connection.
        status: bool,
    }
}

impl Enabled {
    /// Its users may.
    pub fn on(client: impl Into<String>) -> Self {
        Self { client_id: Some(client.into()), status: Some(true), ..Self::default() }
    }

    /// Its users may not.
    pub fn off(client: impl Into<String>) -> Self {
        Self { client_id: Some(client.into()), status: Some(false), ..Self::default() }
    }
}

document! {
    /// A key a connection signs its requests with.
    ConnectionKey {
        /// Its name.
        kid: String,
        /// Its certificate.
        cert: String,
        /// What it signs with.
        algorithm: String,
        /// Whether it is the one in use.
        current: bool,
        /// Whether it is the one to come.
        next: bool,
    }
}

kind!(Connection at ["connections"], by id, listed Checkpoint: Readable Creatable Updatable Deletable);

collections! {
    /// Ways to log in.
    connections: Connection,
}

impl Collection<Connection> {
    /// Applications whose users may log in by it.
    pub fn clients(&self, connection: &str) -> Pages<Enabled> {
        self.pages(&[connection, "clients"], Paging::Checkpoint)
    }

    /// Says for these applications whether their users may; of others nothing.
    pub fn update_clients(&self, connection: &str, clients: &[Enabled]) -> Call<()> {
        self.at::<Members>(Method::PATCH, &[connection, "clients"]).json(clients).told_nothing()
    }

    /// Its keys.
    pub fn keys(&self, connection: &str) -> Pages<ConnectionKey> {
        self.pages(&[connection, "keys"], Paging::Whole)
    }

    /// Gives it keys.
    pub fn create_keys(&self, connection: &str, how: &(impl Serialize + ?Sized)) -> Call<Vec<ConnectionKey>> {
        self.at(Method::POST, &[connection, "keys"]).json(how)
    }

    /// Gives it the next key.
    pub fn rotate_keys(&self, connection: &str) -> Call<ConnectionKey> {
        self.at(Method::POST, &[connection, "keys", "rotate"])
    }

    /// Asks whether it is well: a refusal says that it is not.
    pub fn status(&self, connection: &str) -> Call<()> {
        self.at::<Members>(Method::GET, &[connection, "status"]).told_nothing()
    }

    /// Deletes its user of this address.
    pub fn delete_user(&self, connection: &str, email: &str) -> Call<()> {
        self.at::<Members>(Method::DELETE, &[connection, "users"]).query("email", email).told_nothing()
    }
}
