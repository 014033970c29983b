//! How letters leave.

use std::{fmt, net::IpAddr, path::PathBuf, sync::Arc};

use keybound_proto::secret::Secret;
use lettre::message::Mailbox;

use super::ConfigError;

/// How letters leave: codes to sign in with, and requests to approve.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Email {
    /// They do not: whatever needs one is refused.
    #[default]
    Off,
    /// Through a mail server.
    Smtp(Smtp),
    /// They are shown where whoever runs this server looks, codes and all. No file and no variable can say so:
    /// this is for a program that serves one person on their own machine.
    Shown(Shown),
}

/// A mail server, and how to talk to it (RFC 5321, RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Smtp {
    /// Its name, or its address. A certificate must be valid for it.
    pub host: String,
    /// Its port; by default that of the kind of protection.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub protection: Protection,
    /// As whom to sign in, if at all.
    pub login: Option<Login>,
    /// Whom letters come from.
    pub from: FromAddress,
    /// Certificates to trust instead of the system's, as PEM.
    pub root_certificates: Option<PathBuf>,
}

/// A name and a password at a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret<String>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// It begins in the clear and must become TLS before anything is said (RFC 3207).
    #[default]
    StartTls,
    /// It is TLS from its first byte (RFC 8314 §3.3).
    Tls,
    /// It is not: for a mail server on this machine alone.
    PlaintextOnLoopback,
}

/// Whom letters come from: an address, and perhaps a name (RFC 5322 §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromAddress(Mailbox);

/// Takes letters that are shown instead of sent.
#[derive(Clone)]
pub struct Shown(Arc<dyn Fn(&str) + Send + Sync>);

impl Smtp {
    /// A mail server that is signed in to by nobody, and the protection that is asked for where nothing is said.
    pub fn new(host: impl Into<String>, from: FromAddress) -> Self {
        let (host, protection) = (host.into(), Protection::default());
        Self { host, port: None, protection, login: None, from, root_certificates: None }
    }

    /// Refuses what would let a password, or a code, cross a network in the clear.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let loopback = self.host == "localhost" || self.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        match self.protection {
            Protection::PlaintextOnLoopback if !loopback => {
                let problem = "plaintext-on-loopback is for localhost, 127.0.0.1 and ::1 alone";
                Err(ConfigError::value("email.protection", problem))
            }
            _ => Ok(()),
        }
    }
}

impl Protection {
    /// Reads `starttls`, `tls` or `plaintext-on-loopback`.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        match text {
            "starttls" => Ok(Self::StartTls),
            "tls" => Ok(Self::Tls),
            "plaintext-on-loopback" => Ok(Self::PlaintextOnLoopback),
            _ => Err(ConfigError::value(key, "must be starttls, tls or plaintext-on-loopback")),
        }
    }
}

impl FromAddress {
    /// Reads `id@example.com` or `Example <id@example.com>`.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        let problem = |error| ConfigError::value(key, format!("is not an address: {error}"));
        text.parse().map(Self).map_err(problem)
    }

    pub(crate) const fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

impl Shown {
    /// Shows letters by this.
    pub fn by(show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    pub(crate) fn show(&self, letter: &str) {
        (self.0)(letter);
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(…)")
    }
}
