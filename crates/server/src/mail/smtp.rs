//! A mail server, spoken to as its operator wrote down.

use std::{error::Error as _, fs, net::IpAddr, path::Path, time::Duration};

use keybound_crypto::entropy;
use keybound_proto::secret::Secret;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::{Letter, one_line};
use crate::config::{ConfigError, Protection, Smtp};

/// The way to a mail server. Every letter takes a connection of its own.
pub(super) struct Route {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A mail server that an administrator named, and whom letters come from.
pub(super) struct Named<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) login: Option<&'a (Box<str>, Secret<String>)>,
    pub(super) from: &'a Mailbox,
    /// Certificates that are trusted besides the system's.
    pub(super) roots: Option<&'a Path>,
}

/// Why a letter was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    /// It may be taken later.
    #[error("{0}")]
    Later(String),
    /// It will never be.
    #[error("{0}")]
    Never(String),
}

impl Route {
    /// Makes ready to speak to it; nothing is said yet.
    pub(super) fn open(smtp: &Smtp) -> Result<Self, ConfigError> {
        let tls = |required: fn(TlsParameters) -> Tls| tls(smtp).map(required);
        let (tls, usual) = match smtp.protection {
            Protection::StartTls => (tls(Tls::Required)?, 587),
            Protection::Tls => (tls(Tls::Wrapper)?, 465),
            Protection::PlaintextOnLoopback => (Tls::None, 25),
        };
        let from = smtp.from.mailbox().clone();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port.unwrap_or(usual))
            .tls(tls)
            // The name of this machine is nobody's business, and often none that a mail server likes.
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(ANSWER));
        if let Some(login) = &smtp.login {
            builder =
                builder.credentials(Credentials::new(login.user.clone(), login.password.reveal().clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// To one address of a mail server that an administrator named, whose certificate must be valid for its name.
    pub(super) fn named(at: IpAddr, carrier: &Named<'_>) -> Result<Self, NotTaken> {
        let unusable = |error: &dyn std::fmt::Display| NotTaken::Never(format!("no TLS: {error}"));
        let mut parameters = TlsParameters::builder(carrier.host.to_owned());
        if let Some(path) = carrier.roots {
            parameters = parameters.add_root_certificate(roots(path).map_err(|error| unusable(&error))?);
        }
        let parameters = parameters.build().map_err(|error| unusable(&error))?;
        let tls = match (carrier.port, at.is_loopback()) {
            (465, _) => Tls::Wrapper(parameters),
            // Nobody listens on the way.
            (_, true) => Tls::Opportunistic(parameters),
            (_, false) => Tls::Required(parameters),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.to_string())
            .port(carrier.port)
            .tls(tls)
            .hello_name(ClientId::Domain(carrier.from.email.domain().to_owned()))
            .timeout(Some(ANSWER));
        if let Some((user, password)) = carrier.login {
            let login = Credentials::new(user.to_string(), password.reveal().clone());
            builder = builder.credentials(login);
        }
        Ok(Self { transport: builder.build(), from: carrier.from.clone() })
    }

    /// Hands a letter over.
    pub(super) async fn hand_over(&self, letter: &Letter) -> Result<(), NotTaken> {
        let message = self.written(letter)?;
        match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(not_taken(&error)),
            Err(_) => Err(NotTaken::Later("the mail server took too long".to_owned())),
        }
    }

    fn written(&self, letter: &Letter) -> Result<Message, NotTaken> {
        let to = letter.to.as_str().parse().map_err(|_| NotTaken::Never("no mail goes there".to_owned()))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(Some(format!("<{}@{}>", entropy::token::<16>(), self.from.email.domain())))
            .header(Automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| NotTaken::Never(error.to_string()))
    }
}

/// Nobody's holiday should answer it (RFC 3834 §5).
#[derive(Clone)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn tls(smtp: &Smtp) -> Result<TlsParameters, ConfigError> {
    let builder = TlsParameters::builder(smtp.host.clone());
    let builder = match &smtp.root_certificates {
        Some(path) => builder.certificate_store(CertificateStore::None).add_root_certificate(roots(path)?),
        None => builder,
    };
    let unusable = |error| ConfigError::value("email.host", format!("cannot be reached by TLS: {error}"));
    builder.build().map_err(unusable)
}

/// The certificates of a file.
fn roots(path: &Path) -> Result<Certificate, ConfigError> {
    let pem = fs::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let problem = || format!("{} holds no certificate as PEM", path.display());
    let unusable = || ConfigError::value("email.root_certificates", problem());
    if CertificateDer::pem_slice_iter(&pem).next().is_none() {
        return Err(unusable());
    }
    Certificate::from_pem(&pem).map_err(|_| unusable())
}

/// A mail server that says 5xx means it; whoever cannot be reached may be, later (RFC 5321 §4.2.1).
fn not_taken(error: &Error) -> NotTaken {
    let mut said = error.to_string();
    let mut deeper = error.source();
    while let Some(cause) = deeper {
        said = format!("{said}: {cause}");
        deeper = cause.source();
    }
    // What a stranger's server says is not ours to repeat at length.
    let said = one_line(&said, 300);
    if error.is_permanent() || error.is_tls() { NotTaken::Never(said) } else { NotTaken::Later(said) }
}

/// How long it may take to answer once.
const ANSWER: Duration = Duration::from_secs(10);

/// How long it may take to take a letter.
const WHOLE: Duration = Duration::from_secs(30);
