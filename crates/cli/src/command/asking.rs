//! What the commands that ask a server share: who asks, whom, with which key.

use std::path::PathBuf;

use keybound_client::{
    Client, Config, Dpop,
    http::{Http, Limits, Web},
    key::load_or_generate,
    proto::jose::Alg,
    session::{Session, Want},
};

use super::{
    kept::Kept,
    log,
    logged_in::{LoggedIn, nobody},
    login::DevLogin,
    saying::{failure, misconfigured},
};
use crate::{
    args::asking::{Server, Speaker},
    error::Failure,
    exit::Exit,
};

/// Runs what waits for files or the network.
pub(super) fn done<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    log::errors_alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, format!("start: {error}")))?;
    let outcome = runtime.block_on(work);
    // Nobody waits for what still reads a name or a keyring.
    runtime.shutdown_background();
    outcome
}

/// HTTP, with a further authority where one was named.
pub(super) fn web(trust: Option<&PathBuf>) -> Result<Web, Failure> {
    web_within(trust, Limits::default())
}

/// The same within other limits.
pub(super) fn web_within(trust: Option<&PathBuf>, limits: Limits) -> Result<Web, Failure> {
    let Some(file) = trust else {
        return Web::new(limits).map_err(|error| Failure::new(Exit::Tls, format!("start: {error}")));
    };
    let read = |error| Failure::new(Exit::Tls, format!("read {}: {error}", file.display()));
    let pem = std::fs::read(file).map_err(read)?;
    Web::trusting(limits, &pem)
        .map_err(|error| Failure::new(Exit::Tls, format!("trust {}: {error}", file.display())))
}

/// Who asks: the person who is logged in, or the client itself.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) config: Config,
    pub(super) kept: Kept,
    pub(super) trust: Option<PathBuf>,
    /// The person's login; `None` for a client that asks on its own behalf.
    pub(super) login: Option<LoggedIn>,
    want: Want,
}

impl Asker {
    /// Options count first, then `AUTH0_*`, then the login of the profile. If what they name is that login's server
    /// and client, the person asks; if not, the client itself does, by its secret.
    pub(super) async fn new(server: &Server, speaker: Option<Speaker>) -> Result<Self, Failure> {
        let kept = Kept::at(&server.place).await?;
        let login = LoggedIn::read(&kept).await?.filter(|_| speaker != Some(Speaker::Client));
        let named = |name: &str| option(server, name).or_else(|| variable(name));
        let login = login.filter(|login| {
            named("AUTH0_DOMAIN").is_none_or(|domain| is_same(&domain, &login.issuer))
                && named("AUTH0_CLIENT_ID").is_none_or(|id| id.trim() == login.client_id)
        });
        let lookup = |name: &str| match (name, &login) {
            // A secret belongs to the client that is named beside it.
            ("AUTH0_CLIENT_SECRET", Some(_)) if named("AUTH0_CLIENT_ID").is_none() => None,
            ("AUTH0_DOMAIN", Some(login)) => Some(login.issuer.clone()),
            ("AUTH0_CLIENT_ID", Some(login)) => Some(login.client_id.clone()),
            _ => named(name),
        };
        let has_secret = named("AUTH0_CLIENT_SECRET").is_some();
        match (&login, speaker) {
            (None, None) if !has_secret => return Err(nobody(&kept)),
            (None, Some(Speaker::Person)) => return Err(nobody(&kept)),
            (_, Some(Speaker::Client)) if !has_secret => {
                let none = Failure::new(Exit::Configuration, "ask as the client: it has no secret");
                return Err(none.hint("AUTH0_CLIENT_SECRET is where it is looked for"));
            }
            _ => {}
        }
        let config = Config::from_lookup(lookup).map_err(|error| misconfigured(&error))?;
        let want = match &login {
            Some(login) => asked_by_person(server, login)?,
            None => config.want(),
        };
        let config = Self::with_key(config, login.as_ref(), &kept).await?;
        let trust = server.trust.clone().or_else(|| login.as_ref()?.trust.clone());
        Ok(Self { config, kept, trust, login, want })
    }

    /// The client by which the `keybound dev` of this folder administers its tenant, where there is one.
    pub(super) async fn of_dev(server: &Server) -> Result<Option<Self>, Failure> {
        let Some((login, client_id, secret)) = DevLogin::administrator() else { return Ok(None) };
        let kept = Kept::at(&server.place).await?;
        let config = Config::new(&login.issuer, &client_id).map_err(|error| misconfigured(&error))?;
        let config = Self::with_key(config.secret(secret), None, &kept).await?;
        let trust = server.trust.clone().or(login.trust);
        Ok(Some(Self { want: config.want(), config, kept, trust, login: None }))
    }

    /// The key from the environment, or the kept one. A person's tokens are bound to theirs; a client's may be made.
    async fn with_key(config: Config, login: Option<&LoggedIn>, kept: &Kept) -> Result<Config, Failure> {
        if variable("AUTH0_DPOP_PRIVATE_KEY").is_some() {
            return Ok(config);
        }
        let keys = kept.keys();
        let there = keys.load(&kept.profile).await.map_err(|error| failure(&error.into()))?;
        let key = match (there, login) {
            (Some(key), _) => key.into(),
            (None, None) => {
                let made = load_or_generate(&*keys, &kept.profile, Alg::Es256).await;
                made.map_err(|error| failure(&error))?
            }
            (None, Some(login)) => {
                let gone = format!("use the login: its key {} is not in {}", login.bound_to, kept.place());
                return Err(Failure::new(Exit::Key, gone).hint(
                    "nothing can be done with its tokens without that key: `keybound login` begins anew",
                ));
            }
        };
        Ok(config.dpop(Dpop::On(key)))
    }

    /// What is asked for where nothing else is said.
    pub(super) fn want(&self) -> Want {
        self.want.clone()
    }

    /// Finds the server and begins where the last command ended.
    pub(super) async fn session<H: Http + 'static>(&self, http: H) -> Result<Session<H>, Failure> {
        let issuer = self.config.issuer.as_str();
        let client = self.config.connect(&http).await.map_err(|error| failure(&error).about(issuer))?;
        Ok(self.session_of(client, http))
    }

    /// The same for a client that is known already.
    pub(super) fn session_of<H: Http + 'static>(&self, client: Client, http: H) -> Session<H> {
        match self.login {
            Some(_) => Session::of_user(client, http, self.kept.sessions()),
            None => Session::of_machine(client, http, self.kept.machines()),
        }
    }
}

/// A person's scopes were asked for at login, so `AUTH0_SCOPE` says nothing here: only `--scope` narrows or widens.
fn asked_by_person(server: &Server, login: &LoggedIn) -> Result<Want, Failure> {
    let want = login.want();
    let want = match server.audience.clone().or_else(|| variable("AUTH0_AUDIENCE")) {
        Some(audience) => want.audience(audience),
        None => want,
    };
    match &server.scope {
        Some(text) => Ok(want.scopes(&scopes(text)?)),
        None => Ok(want),
    }
}

/// The scopes a person typed.
pub(super) fn scopes(text: &str) -> Result<keybound_client::proto::scope::Scopes, Failure> {
    keybound_client::proto::scope::Scopes::parse(text.trim())
        .map_err(|error| Failure::new(Exit::Usage, format!("read the scopes {text:?}: {error}")))
}

/// The options that stand in for a variable.
pub(super) fn option(server: &Server, name: &str) -> Option<String> {
    match name {
        "AUTH0_DOMAIN" => server.issuer.clone(),
        "AUTH0_CLIENT_ID" => server.client_id.clone(),
        "AUTH0_AUDIENCE" => server.audience.clone(),
        "AUTH0_SCOPE" => server.scope.clone(),
        _ => None,
    }
}

/// Whether a domain, or an address with or without its last slash, names this issuer.
fn is_same(domain: &str, issuer: &str) -> bool {
    let domain = domain.trim().trim_end_matches('/');
    let issuer = issuer.trim_end_matches('/');
    domain == issuer || issuer.strip_prefix("https://") == Some(domain)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line's settings: the variables Auth0's SDKs read, and where a user's files are"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_the_issuer_it_stands_for() {
        for same in ["t.auth0.com", "https://t.auth0.com", "https://t.auth0.com/", " t.auth0.com/ "] {
            assert!(is_same(same, "https://t.auth0.com/"), "{same}");
        }
        for other in ["http://t.auth0.com/", "t.auth0.com.evil.example", "auth0.com", ""] {
            assert!(!is_same(other, "https://t.auth0.com/"), "{other}");
        }
    }
}
