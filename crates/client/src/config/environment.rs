//! The variables `nextjs-auth0` reads, read the same way.

use std::{error::Error, str::FromStr, time::Duration};

use keybound_crypto::{KeyError, SigningKey};
use keybound_proto::{scope::Scopes, time::Lifetime};

use super::{Config, Dpop, ENVIRONMENT_ALG};
use crate::{
    Jitter,
    key::{
        KeyPair,
        pair::{PRIVATE as DPOP_PRIVATE, PUBLIC as DPOP_PUBLIC},
    },
};

/// Why the configuration cannot be used. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key cannot be used.
    #[error("{name} cannot be used: {source}")]
    Key {
        /// Which.
        name: &'static str,
        /// Why.
        source: KeyError,
    },
    /// The private key is of another kind than Auth0's SDKs use.
    #[error("{DPOP_PRIVATE} is no P-256 key (ES256), the only kind these variables are for")]
    Kind,
    /// One half of a pair without the other.
    #[error("{there} is set and {missing} is not: a key pair needs both")]
    Half {
        /// The one that is set.
        there: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// Two halves of two pairs.
    #[error("{DPOP_PUBLIC} does not belong to {DPOP_PRIVATE}: they are halves of two pairs")]
    Mismatch,
    /// Something that must be set is not.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A value is not what it should be.
    #[error("{name} cannot be used: {source}")]
    Value {
        /// Which.
        name: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ConfigError {
    pub(super) fn value(name: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Value { name, source: source.into() }
    }
}

impl Config {
    /// Reads `AUTH0_*` from the environment of this process.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is where the environment is read, once")]
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads `AUTH0_*` from wherever they are. An empty value is none.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name: &'static str| lookup(name).filter(|value| !value.trim().is_empty());
        let needed = |name| text(name).ok_or(ConfigError::Missing(name));
        let mut config = Self::new(&needed("AUTH0_DOMAIN")?, needed("AUTH0_CLIENT_ID")?.trim())?;
        if let Some(secret) = text("AUTH0_CLIENT_SECRET") {
            config = config.secret(secret);
        }
        config.audience = text("AUTH0_AUDIENCE");
        if let Some(scope) = text("AUTH0_SCOPE") {
            let scopes = Scopes::parse(scope.trim());
            config.scopes = Some(scopes.map_err(|source| ConfigError::value("AUTH0_SCOPE", source))?);
        }
        if let Some(key) = pair(text(DPOP_PRIVATE), text(DPOP_PUBLIC))? {
            config.dpop = Dpop::On(key.into());
        }
        if let Some(skew) = number::<i32>("AUTH0_DPOP_CLOCK_SKEW", &text)? {
            config.clocks.skew = skew.into();
        }
        if let Some(tolerance) = number::<u32>("AUTH0_DPOP_CLOCK_TOLERANCE", &text)? {
            config.clocks.tolerance = Lifetime::seconds(tolerance);
        }
        if let Some(delay) = number::<u32>("AUTH0_RETRY_DELAY", &text)? {
            config.retry.delay = Duration::from_millis(delay.into());
        }
        if let Some(jitter) = number::<bool>("AUTH0_RETRY_JITTER", &text)? {
            config.retry.jitter = if jitter { Jitter::On } else { Jitter::Off };
        }
        Ok(config)
    }
}

/// A pair of PEMs, whose line breaks may be escaped.
pub(crate) fn pair(private: Option<String>, public: Option<String>) -> Result<Option<KeyPair>, ConfigError> {
    let (private, public) = match (private, public) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(ConfigError::Half { there: DPOP_PRIVATE, missing: DPOP_PUBLIC }),
        (None, Some(_)) => return Err(ConfigError::Half { there: DPOP_PUBLIC, missing: DPOP_PRIVATE }),
        (Some(private), Some(public)) => (keybound_proto::secret::Secret::new(private), public),
    };
    let key = SigningKey::from_pem(ENVIRONMENT_ALG, private.reveal()).map_err(|source| match source {
        KeyError::Encoding { .. } => ConfigError::Kind,
        source => ConfigError::Key { name: DPOP_PRIVATE, source },
    })?;
    let belongs = key.belongs_to_pem(&public);
    if !belongs.map_err(|source| ConfigError::Key { name: DPOP_PUBLIC, source })? {
        return Err(ConfigError::Mismatch);
    }
    Ok(Some(key.into()))
}

fn number<T: FromStr<Err: Error + Send + Sync + 'static>>(
    name: &'static str,
    text: &impl Fn(&'static str) -> Option<String>,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = text(name) else { return Ok(None) };
    value.trim().parse().map(Some).map_err(|source| ConfigError::value(name, source))
}

#[cfg(test)]
mod tests {
    use keybound_proto::jose::Alg;

    use super::*;

    fn read(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let all = [&[("AUTH0_DOMAIN", "t.auth0.com"), ("AUTH0_CLIENT_ID", "app")], extra].concat();
        Config::from_lookup(|name| {
            let last = all.iter().rev().find(|(other, _)| *other == name);
            last.map(|(_, value)| (*value).to_owned())
        })
    }

    fn pems(alg: Alg) -> (String, String) {
        let key = SigningKey::generate(alg).unwrap();
        (key.to_pem().unwrap().reveal().clone(), key.public_pem().unwrap())
    }

    #[test]
    fn the_variables_of_nextjs_auth0_are_read_with_its_defaults() {
        let config = read(&[]).unwrap();
        assert_eq!(config.issuer.as_str(), "https://t.auth0.com/");
        assert_eq!((config.clocks.skew, config.clocks.tolerance.as_secs()), (0, 30));
        assert_eq!((config.retry.delay, config.retry.jitter), (Duration::from_millis(100), Jitter::On));
        assert!(config.warnings().is_empty());
        let (private, public) = pems(Alg::Es256);
        let config = read(&[
            ("AUTH0_DOMAIN", "http://localhost:8420/"),
            ("AUTH0_CLIENT_SECRET", "s3cret"),
            ("AUTH0_AUDIENCE", "https://orders"),
            ("AUTH0_SCOPE", "openid read:orders"),
            ("AUTH0_DPOP_PRIVATE_KEY", &private.replace('\n', "\\n")),
            ("AUTH0_DPOP_PUBLIC_KEY", &public),
            ("AUTH0_DPOP_CLOCK_SKEW", "-5"),
            ("AUTH0_DPOP_CLOCK_TOLERANCE", "31"),
            ("AUTH0_RETRY_DELAY", "250"),
            ("AUTH0_RETRY_JITTER", "false"),
        ])
        .unwrap();
        assert_eq!(config.issuer.as_str(), "http://localhost:8420/");
        assert_eq!((config.clocks.skew, config.retry.jitter), (-5, Jitter::Off));
        assert_eq!(config.warnings().len(), 1, "a tolerance above 30 s is worth a warning");
        let Dpop::On(key) = &config.dpop else { panic!("DPoP is on") };
        let own = SigningKey::from_pem(Alg::Es256, &private).unwrap();
        assert_eq!(key.public(), keybound_proto::jose::Sign::public(&own));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn a_pair_that_cannot_be_used_is_refused_with_the_reason() {
        let ((private, public), (other, _)) = (pems(Alg::Es256), pems(Alg::Es256));
        let (p384, p384_public) = pems(Alg::Es384);
        let said = |private: &str, public: &str| {
            let pair = [("AUTH0_DPOP_PRIVATE_KEY", private), ("AUTH0_DPOP_PUBLIC_KEY", public)];
            read(&pair).unwrap_err().to_string()
        };
        assert!(said(&other, &public).contains("two pairs"));
        assert!(said(&p384, &p384_public).contains("P-256"));
        assert!(said(&private, "").contains("AUTH0_DPOP_PUBLIC_KEY is not"));
        assert!(said("", &public).contains("AUTH0_DPOP_PRIVATE_KEY is not"));
        assert!(said("nonsense", &public).contains("PEM"));
        assert!(said(&private, "nonsense").contains("AUTH0_DPOP_PUBLIC_KEY"));
    }

    #[test]
    fn a_value_that_is_none_is_named() {
        for (name, value) in [
            ("AUTH0_DOMAIN", "no domain"),
            ("AUTH0_SCOPE", "a\"b"),
            ("AUTH0_DPOP_CLOCK_SKEW", "soon"),
            ("AUTH0_DPOP_CLOCK_TOLERANCE", "-1"),
            ("AUTH0_RETRY_DELAY", "-1"),
            ("AUTH0_RETRY_JITTER", "perhaps"),
        ] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(matches!(read(&[("AUTH0_CLIENT_ID", " ")]), Err(ConfigError::Missing("AUTH0_CLIENT_ID"))));
    }
}
