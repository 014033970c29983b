//! What the operator decides: one file, one environment prefix, no surprises.

mod address;
mod client_documents;
mod database;
mod email;
mod error;
mod file;
mod lifetimes;
mod limits;
mod master_key;
mod rates;

#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

pub use address::{IssuerForm, IssuerUrl, parse_listen};
pub use client_documents::{ClientDocuments, DocumentProofs, LocalhostClients, Reading};
pub use database::{Database, Redis};
pub use email::{Email, FromAddress, Login, Protection, Shown, Smtp};
pub use error::ConfigError;
pub use keybound_authority::grant::revocation::Proving;
use keybound_authority::model::name::AudienceName;
pub use keybound_authority::model::tenant::Registration;
use keybound_proto::secret::Secret;
pub use lifetimes::{NoncePolicy, ProofPolicy, TenantSettings, TokenPolicy};
pub use limits::Limits;
pub use master_key::{MasterKey, TokenKey};
pub use rates::{By, Limited, Rates, Rule};
use serde::Deserialize;

/// Everything the server needs to be told.
///
/// [`Config::default`] is a server for this machine alone: loopback, memory, no TLS.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where else to listen, for instance on `[::1]` beside `127.0.0.1`.
    pub also_listen: Vec<SocketAddr>,
    /// Who this server says it is. Without it: `http://localhost:PORT/`, on loopback only.
    pub issuer: Option<IssuerUrl>,
    /// How its name is written.
    pub issuer_form: IssuerForm,
    /// Where metrics are told, if anywhere; never on the public listener.
    pub metrics: Option<SocketAddr>,
    /// Where everything durable lives.
    pub database: Database,
    /// Where short memories are shared between processes.
    pub redis: Option<Redis>,
    /// What secrets at rest are sealed under. Without it: a file beside the SQLite database.
    pub master_key: Option<MasterKey>,
    /// The key in a PKCS#11 token that brings the master key forth, where it is not given.
    pub token_key: Option<TokenKey>,
    /// A machine-to-machine client with every Management scope, made when it is missing.
    pub bootstrap: Option<Bootstrap>,
    /// Certificate and key, when this process ends TLS itself.
    pub tls: Option<TlsFiles>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How much a stranger may send, how slowly, and how often.
    pub limits: Limits,
    /// Which proofs are taken.
    pub proof: ProofPolicy,
    /// How long nonces live, and who owes one.
    pub nonce: NoncePolicy,
    /// How tokens are issued.
    pub token: TokenPolicy,
    /// What a tenant starts with.
    pub tenant: TenantSettings,
    /// Whether clients register themselves at `/oidc/register` (RFC 7591), until the tenant itself says.
    pub registration: Registration,
    /// Whether clients describe themselves at the address that is their name.
    pub client_documents: ClientDocuments,
    /// The API that speaks AT Protocol, if one does.
    pub atproto: Option<AudienceName>,
    /// How letters leave.
    pub email: Email,
    /// What becomes of settings that Auth0 has and this server does nothing of.
    pub inert_settings: InertSettings,
    /// Which mail servers and log streams administrators may have us call.
    pub administrators_reach: Reach,
}

/// What is called because an administrator named it by the Management API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// What is of the public internet, by TLS.
    #[default]
    Public,
    /// This machine too, in the clear, and what lies inside the network: an administrator of the tenant then reaches
    /// what this server reaches.
    Anywhere,
}

/// What the Management API does with a setting that would be without effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InertSettings {
    /// It is kept, given back, and named in the answer's `Keybound-Inert` and in the tenant log.
    #[default]
    Kept,
    /// It is answered with 403.
    Refused,
}

/// The client that sets a fresh tenant up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Its `client_id`.
    pub client_id: String,
    /// Its `client_secret`.
    pub client_secret: Secret<String>,
}

/// Where a certificate chain and its key are, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            also_listen: Vec::new(),
            issuer: None,
            issuer_form: IssuerForm::default(),
            metrics: None,
            database: Database::SqliteMemory,
            redis: None,
            master_key: None,
            token_key: None,
            bootstrap: None,
            tls: None,
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            proof: ProofPolicy::default(),
            nonce: NoncePolicy::default(),
            token: TokenPolicy::default(),
            tenant: TenantSettings::default(),
            registration: Registration::default(),
            client_documents: ClientDocuments::default(),
            atproto: None,
            email: Email::default(),
            inert_settings: InertSettings::default(),
            administrators_reach: Reach::default(),
        }
    }
}

impl Config {
    /// Reads a configuration file. An unknown key is an error that names it.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        file::read(text, &mut config)?;
        Ok(config)
    }

    /// Reads the file, if there is one, and then the environment, which wins.
    ///
    /// `environment` looks one variable up, so that a test needs no process of its own.
    pub fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut config = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
                Self::from_toml(&text)?
            }
            None => Self::default(),
        };
        config.overlay(environment)?;
        config.check()?;
        Ok(config)
    }

    /// Like [`Config::load`], with the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_process(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load(file, |name| std::env::var(name).ok())
    }

    /// Refuses what would run and be wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut listens = std::iter::once(&self.listen).chain(&self.also_listen);
        if let (None, Some(listen)) = (&self.issuer, listens.find(|listen| !listen.ip().is_loopback())) {
            return Err(ConfigError::IssuerMissing { listen: *listen });
        }
        if self.master_key.is_some() && self.token_key.is_some() {
            return Err(ConfigError::value("pkcs11", "stands beside a master key: one of them will do"));
        }
        if self.token_key.as_ref().is_some_and(|key| key.pin.reveal().is_empty()) {
            return Err(ConfigError::Half { missing: "KEYBOUND_PKCS11_PIN" });
        }
        let sealed = self.master_key.is_some() || self.token_key.is_some();
        if !sealed && matches!(self.database, Database::Postgres(_)) {
            return Err(ConfigError::MasterKeyMissing);
        }
        if self.metrics.is_some_and(|metrics| metrics == self.listen && metrics.port() != 0) {
            return Err(ConfigError::SharedListener);
        }
        if let Email::Smtp(smtp) = &self.email {
            smtp.check()?;
        }
        self.proof.check()?;
        self.nonce.check()?;
        self.token.check()
    }

    fn overlay(&mut self, environment: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let lookup = |name: &str| environment(name).filter(|value| !value.is_empty());
        if let Some(value) = lookup("KEYBOUND_LISTEN") {
            self.listen = parse_listen("KEYBOUND_LISTEN", &value)?;
        }
        if let Some(value) = lookup("KEYBOUND_METRICS_LISTEN") {
            self.metrics = Some(parse_listen("KEYBOUND_METRICS_LISTEN", &value)?);
        }
        if let Some(value) = lookup("KEYBOUND_ISSUER") {
            self.issuer = Some(IssuerUrl::parse("KEYBOUND_ISSUER", &value)?);
        }
        if let Some(value) = lookup("KEYBOUND_DATABASE") {
            self.database = Database::parse("KEYBOUND_DATABASE", &value)?;
        }
        if let Some(value) = lookup("KEYBOUND_REDIS") {
            self.redis = Some(Redis::parse("KEYBOUND_REDIS", &value)?);
        }
        if let Some(path) = lookup("KEYBOUND_MASTER_KEY_FILE") {
            self.master_key = Some(MasterKey::read(Path::new(&path))?);
        }
        if let Some(value) = lookup("KEYBOUND_MASTER_KEY") {
            self.master_key = Some(MasterKey::parse("KEYBOUND_MASTER_KEY", &value)?);
        }
        if let Some(pin) = lookup("KEYBOUND_PKCS11_PIN") {
            let key = self.token_key.as_mut().ok_or(ConfigError::Half { missing: "pkcs11" })?;
            key.pin = Secret::new(pin);
        }
        let id = lookup("KEYBOUND_BOOTSTRAP_CLIENT_ID");
        let secret = lookup("KEYBOUND_BOOTSTRAP_CLIENT_SECRET");
        match (id, secret) {
            (Some(client_id), Some(client_secret)) => {
                self.bootstrap = Some(Bootstrap { client_id, client_secret: Secret::new(client_secret) });
            }
            (None, None) => {}
            (Some(_), None) => return Err(ConfigError::Half { missing: "KEYBOUND_BOOTSTRAP_CLIENT_SECRET" }),
            (None, Some(_)) => return Err(ConfigError::Half { missing: "KEYBOUND_BOOTSTRAP_CLIENT_ID" }),
        }
        if let Some(password) = lookup("KEYBOUND_EMAIL_PASSWORD") {
            let Email::Smtp(Smtp { login: Some(login), .. }) = &mut self.email else {
                return Err(ConfigError::Half { missing: "email.user" });
            };
            login.password = Secret::new(password);
        }
        if let Email::Smtp(Smtp { login: Some(login), .. }) = &self.email
            && login.password.reveal().is_empty()
        {
            return Err(ConfigError::Half { missing: "KEYBOUND_EMAIL_PASSWORD" });
        }
        Ok(())
    }
}
