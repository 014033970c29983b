//! What went wrong, as a sentence somebody will read at night, and what to do about it.

use std::{fmt, io, net::SocketAddr};

use keybound_server::{ConfigError, StartError};

use crate::exit::Exit;

/// A failure: it finishes the sentence "failed to …".
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
    exit: Exit,
}

impl Failure {
    /// A failure without advice.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, exit }
    }

    /// The same, with advice.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, with whom was asked.
    pub(crate) fn about(self, whom: &str) -> Self {
        let what = match self.what.strip_prefix("ask: ") {
            Some(rest) => format!("ask {whom}: {rest}"),
            None => self.what,
        };
        Self { what, ..self }
    }

    /// What to do about it, if we know.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// How the program ends because of it.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Listening failed; `flag` is what chooses another address.
    pub(crate) fn listening(addr: SocketAddr, source: &io::Error, flag: &str) -> Self {
        if source.kind() == io::ErrorKind::AddrInUse {
            return Self::taken(addr, flag);
        }
        Self::new(Exit::Address, format!("listen on {addr}: {source}"))
            .hint(format!("choose another address with {flag} ADDRESS:PORT"))
    }

    fn taken(addr: SocketAddr, flag: &str) -> Self {
        let port = addr.port();
        Self::new(Exit::Address, format!("listen on {addr}: port {port} is taken by another program"))
            .hint(format!("stop that program (`ss -ltnp 'sport = :{port}'` names it), or choose another port with {flag} ADDRESS:PORT"))
    }

    /// The server did not start.
    pub(crate) fn starting(error: &StartError) -> Self {
        match error {
            StartError::Config(error) => Self::configuration(error),
            StartError::PortTaken { addr } => Self::taken(*addr, "--listen"),
            StartError::Listen { addr, source } => Self::listening(*addr, source, "--listen"),
            StartError::Issuer(_) => Self::new(Exit::Configuration, sentence("start", error)),
            StartError::Folder { .. } => Self::new(Exit::Database, sentence("start", error)),
            StartError::Store(_) => Self::new(Exit::Database, sentence("open the database", error)).hint(
                "KEYBOUND_DATABASE or --database says which; the user it names must be able to make tables",
            ),
            StartError::Keys(_) => Self::new(Exit::Database, sentence("open the signing keys", error))
                .hint("the master key must be the one this database was made with"),
            StartError::Token(_) => Self::new(Exit::Configuration, sentence("start", error)).hint(
                "`[pkcs11]` names the vendor's `library`, the `token` and the `key`; the PIN is in `pin_file` or KEYBOUND_PKCS11_PIN",
            ),
            StartError::Tls { .. } => Self::new(Exit::Tls, sentence("start", error))
                .hint("`[tls]` takes `certificate` (the chain, leaf first) and `key`, both PEM files"),
            _ => Self::new(Exit::Failed, sentence("start", error)),
        }
    }

    /// The configuration cannot be used.
    pub(crate) fn configuration(error: &ConfigError) -> Self {
        let failure = Self::new(Exit::Configuration, sentence("read the configuration", error));
        match error {
            ConfigError::Syntax(_) => failure.hint("every key is listed by `keybound serve --help`; unknown keys are errors"),
            ConfigError::MasterKeyMissing => failure.hint(
                "make one with `head -c 32 /dev/urandom | basenc --base64url | tr -d =` and keep it: every process needs the same",
            ),
            ConfigError::IssuerMissing { .. } => {
                failure.hint("say who this server is to the world: --issuer https://id.example.com/")
            }
            _ => failure,
        }
    }
}

/// What finishes "failed to …": some errors say so themselves, the others say why.
fn sentence(act: &str, error: &impl fmt::Display) -> String {
    let text = error.to_string();
    match text.strip_prefix("failed to ") {
        Some(rest) => rest.to_owned(),
        None => format!("{act}: {text}"),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}", self.what)
    }
}
