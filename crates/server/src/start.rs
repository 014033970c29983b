//! Config in, a running server out.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use keybound_crypto::pkcs11::TokenError;
use keybound_store::StoreError;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    App, Clock,
    config::{Config, ConfigError, IssuerUrl},
    jobs,
    key_ring::KeyRingError,
    metered, routes,
    serve::{self, Door},
    tls,
};

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody can be called.
    #[error("failed to prepare calls to others: {0}")]
    Outbound(String),
    /// The issuer is not one.
    #[error("the issuer cannot be used: {0}")]
    Issuer(String),
    /// The database's folder cannot be made.
    #[error("failed to make the folder {path}: {source}", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database or Redis cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The token does not bring the master key forth.
    #[error("failed to make the master key: {0}")]
    Token(#[from] TokenError),
    /// There is no key to sign with.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// Somebody else listens there.
    #[error("port {port} on {ip} is already taken", port = addr.port(), ip = addr.ip())]
    PortTaken {
        /// Where.
        addr: SocketAddr,
    },
    /// Listening failed for another reason.
    #[error("failed to listen on {addr}: {source}")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("failed to use {path} for TLS: {problem}", path = path.display())]
    Tls {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}

/// A server at work. Dropping it stops it at once; [`Running::shutdown`] lets requests finish.
#[derive(Debug)]
pub struct Running {
    issuer: IssuerUrl,
    addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Who it says it is.
    pub fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it tells its metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// Stops listening, lets requests in flight finish, and returns when all is done.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the server failed");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Starts a server, and returns once it answers.
pub async fn start(config: Config) -> Result<Running, StartError> {
    config.check()?;
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    // Listening comes first: a port that is taken must be known before anything is written.
    let listeners = listen(&config).await?;
    let told = match config.metrics {
        Some(addr) => Some(serve::bind(addr).await?),
        None => None,
    };
    let first = listeners.first().map(TcpListener::local_addr);
    let addr = first.and_then(Result::ok).unwrap_or(config.listen);
    let issuer = match &config.issuer {
        Some(issuer) => issuer.clone(),
        None => IssuerUrl::on_this_machine(addr.port(), tls.is_some()),
    };
    let issuer = issuer.written(config.issuer_form);
    metered::recorder();
    let limits = config.limits.clone();
    let app = App::open(config, &issuer, Clock::system()).await?;
    let router = routes::router(Arc::clone(&app));

    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![
        tokio::spawn(jobs::bulk::run(Arc::clone(&app), stopped.clone())),
        tokio::spawn(jobs::log_streams::run(Arc::clone(&app), stopped.clone())),
        tokio::spawn(jobs::run(app, stopped.clone())),
    ];
    for listener in listeners {
        let door = Door { listener, tls: tls.clone(), limits: limits.clone() };
        tasks.push(tokio::spawn(door.serve(router.clone(), stopped.clone())));
    }
    let metrics_addr = told.as_ref().and_then(|listener| listener.local_addr().ok());
    if let Some(listener) = told {
        let door = Door { listener, tls: None, limits };
        tasks.push(tokio::spawn(door.serve(metered::router(), stopped)));
    }
    Ok(Running { issuer, addr, metrics_addr, stop, tasks })
}

/// Every address, the first one first. A free port is chosen once, for all of them.
async fn listen(config: &Config) -> Result<Vec<TcpListener>, StartError> {
    let first = serve::bind(config.listen).await?;
    let port = first.local_addr().map_or(config.listen.port(), |addr| addr.port());
    let mut listeners = vec![first];
    for addr in &config.also_listen {
        let port = if addr.port() == 0 { port } else { addr.port() };
        listeners.push(serve::bind(SocketAddr::new(addr.ip(), port)).await?);
    }
    Ok(listeners)
}
