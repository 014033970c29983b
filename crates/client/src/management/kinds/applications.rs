//! Applications, which the API calls clients.

use http::Method;
use serde::Serialize;

use super::{
    super::{
        Call, Collection, Hidden, Members, Pages, Paging,
        collection::{collections, kind},
        document::document,
    },
    connections::Connection,
};

document! {
    /// An application: whoever asks for tokens.
    Application {
        /// Its name in requests.
        client_id: String,
        /// What it shows who it is with; told only to those who may read it.
        client_secret: Hidden,
        /// For people.
        name: String,
        /// For people.
        description: String,
        /// `native`, `spa`, `regular_web`, `non_interactive` and others.
        app_type: String,
        /// Where browsers may come back to.
        callbacks: Vec<String>,
        /// Where browsers may go after a logout.
        allowed_logout_urls: Vec<String>,
        /// From which pages it may ask without a redirect.
        web_origins: Vec<String>,
        /// From which pages its tokens may be asked for.
        allowed_origins: Vec<String>,
        /// What it may ask with.
        grant_types: Vec<String>,
        /// How it shows who it is: `none`, `client_secret_post`, `client_secret_basic`.
        token_endpoint_auth_method: String,
        /// Whether people need not agree to it.
        is_first_party: bool,
        /// Whether it is treated by OpenID Connect to the letter.
        oidc_conformant: bool,
        /// Whether every token it gets is bound to a key.
        require_proof_of_possession: bool,
        /// Whether it must push its authorization requests.
        require_pushed_authorization_requests: bool,
        /// How its refresh tokens live.
        refresh_token: Members,
        /// How its ID tokens are made.
        jwt_configuration: Members,
        /// Notes of its operator.
        client_metadata: Members,
    }
}

document! {
    /// A public key, or a certificate, an application shows who it is with.
    Credential {
        /// Its name.
        id: String,
        /// For people.
        name: String,
        /// `public_key`, `cert_subject_dn`, `x509_cert`.
        credential_type: String,
        /// The key itself, in PEM, when it is made.
        pem: String,
        /// What it signs with.
        alg: String,
        /// Its name in tokens.
        kid: String,
        /// When its time is over.
        expires_at: String,
    }
}

kind!(Application at ["clients"], by client_id, listed Checkpoint: Readable Creatable Updatable Deletable);

collections! {
    /// Applications.
    clients: Application,
}

impl Collection<Application> {
    /// Gives it another secret, which is told.
    pub fn rotate_secret(&self, client: &str) -> Call<Application> {
        self.at(Method::POST, &[client, "rotate-secret"])
    }

    /// By which connections its users log in.
    pub fn connections(&self, client: &str) -> Pages<Connection> {
        self.pages(&[client, "connections"], Paging::Checkpoint)
    }

    /// Its keys.
    pub fn credentials(&self, client: &str) -> Pages<Credential> {
        self.pages(&[client, "credentials"], Paging::Whole)
    }

    /// One of its keys.
    pub fn credential(&self, client: &str, credential: &str) -> Call<Credential> {
        self.at(Method::GET, &[client, "credentials", credential])
    }

    /// Gives it another key.
    pub fn create_credential(&self, client: &str, one: &(impl Serialize + ?Sized)) -> Call<Credential> {
        self.at(Method::POST, &[client, "credentials"]).json(one)
    }

    /// Changes when a key's time is over.
    pub fn update_credential(
        &self,
        client: &str,
        credential: &str,
        change: &(impl Serialize + ?Sized),
    ) -> Call<Credential> {
        self.at(Method::PATCH, &[client, "credentials", credential]).json(change)
    }

    /// Takes a key away.
    pub fn delete_credential(&self, client: &str, credential: &str) -> Call<()> {
        self.at::<Credential>(Method::DELETE, &[client, "credentials", credential]).told_nothing()
    }
}
