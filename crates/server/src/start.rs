//! Config in, a running server out.

use std::{io, net::SocketAddr, path::PathBuf};

use axum::Router;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    config::{Config, ConfigError, IssuerUrl},
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
    let acceptor = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let listener = serve::bind(config.listen).await?;
    let addr = listener.local_addr().map_err(|source| StartError::Listen { addr: config.listen, source })?;
    let issuer = match &config.issuer {
        Some(issuer) => issuer.clone(),
        None => IssuerUrl::on_this_machine(addr.port(), acceptor.is_some()),
    };
    let (stop, stopped) = watch::channel(false);
    let door = Door { listener, tls: acceptor, limits: config.limits.clone() };
    let tasks = vec![tokio::spawn(door.serve(Router::new(), stopped))];
    Ok(Running { issuer, addr, metrics_addr: None, stop, tasks })
}
