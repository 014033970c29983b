//! What a client is told before it starts: by a builder, or by `AUTH0_*` variables.

mod environment;

use keybound_proto::{id::ClientId, jose::Alg, scope::Scopes, secret::Secret, uri::Issuer};

pub use environment::ConfigError;
pub(crate) use environment::pair;

use crate::{
    Authentication, Client, ClientError, Clocks, DpopKey, Retry, discovery, http::Http, session::Want,
};

/// Whether tokens are bound to a key.
#[derive(Clone, Debug)]
pub enum Dpop {
    /// They are, to this one; a server that answers with others is refused.
    On(DpopKey),
    /// They are not: whoever holds one can use it.
    OffAndTokensCanBeStolen,
}

/// How what is asked of the user reaches the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requests {
    /// In the address the browser is sent to, unless the server says that it wants all of them pushed.
    #[default]
    InTheAddress,
    /// Pushed before (RFC 9126): the browser carries a name for them, and sees nothing else.
    Pushed,
}

/// Everything a client has to know. DPoP is on: a key is made where none is given.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The authorization server.
    pub issuer: Issuer,
    /// The client's name there.
    pub client_id: ClientId,
    /// How it shows who it is.
    pub authentication: Authentication,
    /// The API it asks tokens for, where nothing else is said.
    pub audience: Option<String>,
    /// The scopes it asks for, where nothing else is said.
    pub scopes: Option<Scopes>,
    /// Whether tokens are bound.
    pub dpop: Dpop,
    /// How far clocks may be apart.
    pub clocks: Clocks,
    /// How long to wait before asking again.
    pub retry: Retry,
    /// How authorization requests reach the server.
    pub requests: Requests,
}

impl Config {
    /// One with a key of its own and nothing special. A domain stands for `https` and a slash at its end, as Auth0 has
    /// it; an address with a scheme is the issuer byte for byte, but for the slash of one without a path, which
    /// [`connect`](Self::connect) finds out.
    ///
    /// ```
    /// use keybound_client::Config;
    ///
    /// let config = Config::new("tenant.eu.auth0.com", "my-client")?.secret("s3cret").audience("https://orders");
    /// assert_eq!(config.issuer.as_str(), "https://tenant.eu.auth0.com/");
    /// let other = Config::new("https://login.example/realms/shop", "my-client")?;
    /// assert_eq!(other.issuer.as_str(), "https://login.example/realms/shop");
    /// # Ok::<(), keybound_client::ConfigError>(())
    /// ```
    pub fn new(domain: &str, client_id: &str) -> Result<Self, ConfigError> {
        let key = DpopKey::generate().map_err(|source| ConfigError::Key { name: "a new key", source })?;
        Ok(Self {
            issuer: issuer(domain)?,
            client_id: ClientId::parse(client_id)
                .map_err(|source| ConfigError::value("AUTH0_CLIENT_ID", source))?,
            authentication: Authentication::Public,
            audience: None,
            scopes: None,
            dpop: Dpop::On(key),
            clocks: Clocks::default(),
            retry: Retry::default(),
            requests: Requests::default(),
        })
    }

    /// With a secret, sent in the body as Auth0's clients do by default.
    #[must_use]
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.authenticated(Authentication::SecretPost(Secret::new(secret.into())))
    }

    /// With another way to show who it is.
    #[must_use]
    pub fn authenticated(self, authentication: Authentication) -> Self {
        Self { authentication, ..self }
    }

    /// For this API.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// With these scopes.
    #[must_use]
    pub fn scopes(self, scopes: Scopes) -> Self {
        Self { scopes: Some(scopes), ..self }
    }

    /// With DPoP by this key, or without.
    #[must_use]
    pub fn dpop(self, dpop: Dpop) -> Self {
        Self { dpop, ..self }
    }

    /// With authorization requests that are pushed (RFC 9126): some servers want that of one client and not of another,
    /// and say so nowhere.
    #[must_use]
    pub fn pushing_requests(self) -> Self {
        Self { requests: Requests::Pushed, ..self }
    }

    /// What is asked for where nothing else is said.
    pub fn want(&self) -> Want {
        let want = self.scopes.as_ref().map_or_else(Want::default, |scopes| Want::default().scopes(scopes));
        match &self.audience {
            Some(audience) => want.audience(audience),
            None => want,
        }
    }

    /// What an operator should know before it runs.
    pub fn warnings(&self) -> Vec<String> {
        let tolerance = self.clocks.tolerance;
        let long = (tolerance > Clocks::WARN_ABOVE).then(|| {
            format!("a clock tolerance of {tolerance} lets ID tokens live on for as long; correct the clock instead")
        });
        let off = matches!(self.dpop, Dpop::OffAndTokensCanBeStolen);
        let off = off.then(|| "DPoP is off: whoever steals a token can use it".to_owned());
        long.into_iter().chain(off).collect()
    }

    /// Asks the server to describe itself, and is a client of it from then on, by the name it calls itself
    /// ([`discovery::discover_either`]).
    pub async fn connect(&self, http: &impl Http) -> Result<Client, ClientError> {
        for warning in self.warnings() {
            tracing::warn!("{warning}");
        }
        let (issuer, metadata) = discovery::discover_either(&self.issuer, http).await?;
        let client = Client::new(issuer, metadata, self.client_id.clone())
            .authenticated(self.authentication.clone())
            .by_clocks(self.clocks)
            .retrying(self.retry);
        let client = match self.requests {
            Requests::InTheAddress => client,
            Requests::Pushed => client.pushing_requests(),
        };
        Ok(match &self.dpop {
            Dpop::On(key) => client.bound_to(key.clone()),
            Dpop::OffAndTokensCanBeStolen => client,
        })
    }
}

/// `tenant.auth0.com`, which is `https://tenant.auth0.com/` as Auth0 writes it; or an address with a scheme, which is
/// taken as it is: with and without the last slash are two issuers (RFC 9207 §2.4), and which of them it is, the server
/// says.
fn issuer(domain: &str) -> Result<Issuer, ConfigError> {
    let domain = domain.trim();
    let url = match domain.contains("://") {
        true => domain.to_owned(),
        false => format!("https://{}/", domain.trim_end_matches('/')),
    };
    Issuer::parse(&url).map_err(|source| ConfigError::value("AUTH0_DOMAIN", source))
}

/// What Auth0's SDKs use, and all that they accept from the environment.
const ENVIRONMENT_ALG: Alg = Alg::Es256;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9207 §2.4: with and without the last slash are two issuers.
    #[test]
    fn a_domain_gets_its_slash_and_an_address_is_taken_as_it_is_written() {
        let read = |domain: &str| issuer(domain).map(|issuer| issuer.as_str().to_owned());
        assert_eq!(read(" tenant.eu.auth0.com ").unwrap(), "https://tenant.eu.auth0.com/");
        assert_eq!(read("tenant.eu.auth0.com/").unwrap(), "https://tenant.eu.auth0.com/");
        for written in
            ["https://login.example/realms/shop", "https://login.example/", "http://localhost:8420"]
        {
            assert_eq!(read(written).unwrap(), written);
        }
        assert!(read("https://login.example/?a=b").is_err());
    }
}
