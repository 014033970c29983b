//! Where the server listens, and what it calls itself.

use std::{fmt, net::SocketAddr};

use http::Uri;
use serde::Deserialize;

use super::ConfigError;

/// Reads `127.0.0.1:8420`, `[::1]:8420` or `localhost:8420`.
pub fn parse_listen(key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric
        .parse()
        .map_err(|_| ConfigError::value(key, format!("must be an address and a port, not {text:?}")))
}

/// How an issuer without a path is written. Both are its name, to its own clients: they compare every byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerForm {
    /// Without a slash at its end, as AT Protocol has it.
    Bare,
    /// With one, as Auth0 has it.
    #[default]
    Slash,
}

/// The issuer: an absolute URL that ends with a slash, `https` unless it names this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerUrl(Box<str>);

impl IssuerUrl {
    /// Reads one, and adds the slash at the end where it is missing.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        let refuse = |problem: &str| Err(ConfigError::value(key, format!("{problem}: {text:?}")));
        let Ok(uri) = text.parse::<Uri>() else { return refuse("is not a URL") };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return refuse("must be an absolute URL");
        };
        if uri.query().is_some() || text.contains('#') || authority.as_str().contains('@') {
            return refuse("must have no query, fragment or user");
        }
        match scheme {
            "https" => {}
            "http" if is_this_machine(authority.host()) => {}
            "http" => return refuse("must be https, except on localhost"),
            _ => return refuse("must be https"),
        }
        let slash = if text.ends_with('/') { "" } else { "/" };
        Ok(Self(format!("{text}{slash}").into()))
    }

    /// The issuer of a server on this machine that was given none.
    pub(crate) fn on_this_machine(port: u16, tls: bool) -> Self {
        let scheme = if tls { "https" } else { "http" };
        Self(format!("{scheme}://localhost:{port}/").into())
    }

    /// The same, written in this form.
    #[must_use]
    pub fn written(self, form: IssuerForm) -> Self {
        match form {
            IssuerForm::Bare => Self(self.0.trim_end_matches('/').into()),
            IssuerForm::Slash => self,
        }
    }

    /// Its text, with the slash at the end unless it was written without.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach it over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
