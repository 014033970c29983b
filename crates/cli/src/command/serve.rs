//! `keybound serve`: the server, from start to drained.

use keybound_server::{Config, config::Database};
use tokio::signal::unix::{SignalKind, signal};

use super::log;
use crate::{args::Serve, error::Failure, exit::Exit};

/// Runs the server until it is told to stop.
pub(crate) fn run(arguments: &Serve) -> Result<Exit, Failure> {
    log::begin(&arguments.log, "info")?;
    let config = configuration(arguments)?;
    if config.database == Database::SqliteMemory {
        tracing::warn!("no database is configured: everything is gone when this process ends");
    }
    runtime()?.block_on(async {
        let mut stop = Stop::listen()?;
        let running = tokio::select! {
            started = keybound_server::start(config) => started.map_err(|error| Failure::starting(&error))?,
            () = stop.wait() => return Ok(Exit::Done),
        };
        tracing::info!(issuer = %running.issuer(), listen = %running.addr(), "ready");
        stop.wait().await;
        tracing::info!("draining");
        running.shutdown().await;
        Ok(Exit::Done)
    })
}

/// File, then environment, then options: the later wins.
#[expect(
    clippy::disallowed_methods,
    reason = "an option stands in for a variable; the rest is this process's own environment"
)]
fn configuration(arguments: &Serve) -> Result<Config, Failure> {
    let option = |name: &str| match name {
        "KEYBOUND_LISTEN" => arguments.listen.clone(),
        "KEYBOUND_ISSUER" => arguments.issuer.clone(),
        "KEYBOUND_DATABASE" => arguments.database.clone(),
        "KEYBOUND_REDIS" => arguments.redis.clone(),
        "KEYBOUND_METRICS_LISTEN" => arguments.metrics_listen.clone(),
        _ => None,
    };
    Config::load(arguments.config.as_deref(), |name| option(name).or_else(|| std::env::var(name).ok()))
        .map_err(|error| Failure::configuration(&error))
}

/// A runtime with a thread for each core.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("start threads: {error}")))
}

/// The order to stop: SIGTERM, or Ctrl-C.
pub(crate) struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    /// From here on the signals are heard, and no longer end the program at once.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let hear =
            |kind| signal(kind).map_err(|error| Failure::new(Exit::Failed, format!("hear signals: {error}")));
        Ok(Self { terminate: hear(SignalKind::terminate())?, interrupt: hear(SignalKind::interrupt())? })
    }

    /// Waits for the first of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
