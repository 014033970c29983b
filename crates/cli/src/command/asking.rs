//! What the commands that ask a server share: who asks, whom, with which key.

use std::{path::PathBuf, sync::Arc};

use keybound_client::{
    Client, ClientError, Config, ConfigError, Dpop,
    http::{Http, Limits, Web},
    key::{FileKeys, load_or_generate},
    proto::jose::Alg,
    session::{FileStore, Session},
};

use crate::{
    args::asking::{Place, Server},
    error::Failure,
    exit::Exit,
};

/// Runs what waits for files or the network.
pub(super) fn done<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, format!("start: {error}")))?;
    runtime.block_on(work)
}

/// The folder for keys and tokens.
pub(super) fn folder(place: &Place) -> Result<PathBuf, Failure> {
    if let Some(folder) = &place.store {
        return Ok(folder.clone());
    }
    let configuration = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let configuration = configuration.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
    configuration.map(|folder| folder.join("keybound")).ok_or_else(|| {
        Failure::new(Exit::Configuration, "find a folder for keys: there is no home")
            .hint("say which with --store DIR or KEYBOUND_STORE")
    })
}

/// HTTP, with a further authority where one was named.
pub(super) fn web(trust: Option<&PathBuf>) -> Result<Web, Failure> {
    let Some(file) = trust else {
        return Web::new(Limits::default())
            .map_err(|error| Failure::new(Exit::Tls, format!("start: {error}")));
    };
    let read = |error| Failure::new(Exit::Tls, format!("read {}: {error}", file.display()));
    let pem = std::fs::read(file).map_err(read)?;
    Web::trusting(Limits::default(), &pem)
        .map_err(|error| Failure::new(Exit::Tls, format!("trust {}: {error}", file.display())))
}

/// What was configured: options first, then `AUTH0_*`; the key from there too, or else the kept one.
pub(super) async fn config(server: &Server) -> Result<Config, Failure> {
    let config = Config::from_lookup(|name| {
        let option = match name {
            "AUTH0_DOMAIN" => server.issuer.clone(),
            "AUTH0_CLIENT_ID" => server.client_id.clone(),
            "AUTH0_AUDIENCE" => server.audience.clone(),
            "AUTH0_SCOPE" => server.scope.clone(),
            _ => None,
        };
        option.or_else(|| variable(name))
    });
    let config = config.map_err(|error| misconfigured(&error))?;
    if variable("AUTH0_DPOP_PRIVATE_KEY").is_some() {
        return Ok(config);
    }
    let keys = FileKeys::new(folder(&server.place)?.join("keys"));
    let kept = keybound_client::key::KeyStore::load(&keys, &server.place.profile).await;
    let alg = kept.ok().flatten().map_or(Alg::Es256, |key| key.alg());
    let key = load_or_generate(&keys, &server.place.profile, alg).await.map_err(|error| failure(&error))?;
    Ok(config.dpop(Dpop::On(key)))
}

/// The session of a client that asks on its own behalf, its tokens kept beside its key.
pub(super) async fn session<H: Http + 'static>(
    (server, config): (&Server, &Config),
    http: H,
) -> Result<Session<H>, Failure> {
    let client: Client = config.connect(&http).await.map_err(|error| failure(&error))?;
    let store = Arc::new(FileStore::new(folder(&server.place)?.join("tokens")));
    Ok(Session::of_machine(client, http, store))
}

/// What the client library says, with the exit status that belongs to it and what can be done.
pub(super) fn failure(error: &ClientError) -> Failure {
    let (exit, act) = match error.code() {
        "client.refused" => (Exit::Refused, "get a token"),
        code if code.starts_with("client.key") => (Exit::Key, "use the key"),
        _ => (Exit::NoAnswer, "ask"),
    };
    let failed = Failure::new(exit, format!("{act}: {error} ({})", error.code()));
    match error.oauth_code() {
        Some("invalid_client") => {
            failed.hint("AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET must be those of one client")
        }
        // Auth0 says access_denied for a wrong secret too.
        Some("access_denied" | "unauthorized_client") => failed.hint(
            "AUTH0_CLIENT_SECRET may be another client's, or the client has no grant for this audience",
        ),
        _ => failed,
    }
}

fn misconfigured(error: &ConfigError) -> Failure {
    let failed = Failure::new(Exit::Configuration, format!("read the configuration: {error}"));
    match error {
        ConfigError::Missing("AUTH0_DOMAIN") => failed.hint("say which server: --issuer URL or AUTH0_DOMAIN"),
        ConfigError::Missing("AUTH0_CLIENT_ID") => {
            failed.hint("say who asks: --client-id ID or AUTH0_CLIENT_ID")
        }
        _ => failed,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line's settings: the variables Auth0's SDKs read, and where a user's files are"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
