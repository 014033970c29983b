//! Serving a router on listeners already taken, with TLS or without, until told to stop.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::listening::Listening;
use crate::{error::Failure, exit::Exit};

/// How long a peer may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves `router` on all of them; the tasks end when `stop` turns true and the last answer is out.
pub(super) fn open(
    listening: Listening,
    tls: Option<&TlsAcceptor>,
    router: &Router,
    stop: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, Failure> {
    let refuse = |error: io::Error| Failure::new(Exit::Address, format!("listen: {error}"));
    let mut tasks = Vec::new();
    for listener in listening.into_listeners() {
        listener.set_nonblocking(true).map_err(refuse)?;
        let listener = TcpListener::from_std(listener).map_err(refuse)?;
        let (router, stop) = (router.clone(), stop.clone());
        tasks.push(match tls {
            None => tokio::spawn(serve(listener, router, stop)),
            Some(acceptor) => {
                let listener = Encrypted::over(listener, acceptor.clone()).map_err(refuse)?;
                tokio::spawn(serve(listener, router, stop))
            }
        });
    }
    Ok(tasks)
}

async fn serve<L>(listener: L, router: Router, mut stop: watch::Receiver<bool>)
where
    L: Listener<Addr = SocketAddr>,
{
    let told = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(told).await {
        tracing::error!(%error, "failed to serve");
    }
}

/// A listener that hands out connections whose handshake is done; a slow peer keeps nobody else waiting.
struct Encrypted {
    addr: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: JoinHandle<()>,
}

impl Encrypted {
    fn over(mut listener: TcpListener, acceptor: TlsAcceptor) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (done, ready) = mpsc::channel(64);
        let acceptor = Arc::new(acceptor);
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, peer) = Listener::accept(&mut listener).await;
                let (acceptor, done) = (Arc::clone(&acceptor), done.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        let _ = done.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { addr, ready, accepting })
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task lives as long as this value, so this is never the end.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.addr)
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
