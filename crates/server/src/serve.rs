//! Listen, serve, drain, stop.

mod host;
mod protocol;

#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use self::protocol::{Protocol, Protocols};
use crate::{StartError, config::Limits, extract::Peer};

/// How long whoever connects may say nothing at all at first, or leave a ping without an answer.
const FIRST: Duration = Duration::from_secs(10);

/// Takes an address, or says that it is taken.
pub(crate) async fn bind(addr: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(addr).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { addr },
        _ => StartError::Listen { addr, source },
    })
}

/// A listener, and what is spoken behind it.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) limits: Limits,
}

impl Door {
    /// Serves until told to stop, then lets requests in flight finish.
    pub(crate) async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let Self { listener, tls, limits } = self;
        let hall = Arc::new(Hall {
            tls,
            protocols: Protocols::new(&limits),
            patience: limits.header_time.min(FIRST),
        });
        let places = Arc::new(Semaphore::new(limits.connections));
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = told_to(&mut stop) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    rest_after(&error).await;
                    continue;
                }
            };
            // Over the limit the connection closes at once: waiting would only move the queue.
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let (hall, router, watcher) = (Arc::clone(&hall), router.clone(), graceful.watcher());
            tokio::spawn(async move {
                hall.welcome(stream, peer, router, watcher).await;
                drop(place);
            });
        }
        drop(listener);
        if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still running when the time to drain was over");
        }
    }
}

/// What all connections share.
struct Hall {
    tls: Option<TlsAcceptor>,
    protocols: Protocols,
    patience: Duration,
}

impl Hall {
    async fn welcome(&self, stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
        // Answers are small and final: waiting for more to send costs a round trip.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        match &self.tls {
            None => {
                let told = tokio::time::timeout(self.patience, Protocol::peek(&stream)).await;
                if let Ok(Ok(protocol)) = told {
                    self.converse(stream, protocol, peer, router, watcher).await;
                }
            }
            Some(acceptor) => match tokio::time::timeout(self.patience, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let protocol = Protocol::agreed(stream.get_ref().1.alpn_protocol());
                    self.converse(stream, protocol, peer, router, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            },
        }
    }

    async fn converse<S>(
        &self,
        stream: S,
        protocol: Protocol,
        peer: SocketAddr,
        router: Router,
        watcher: Watcher,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(move |request: Request<Incoming>| {
            let router = router.clone();
            async move {
                if !host::is_named_once(&request) {
                    return Ok(host::refused(request.version()));
                }
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(Peer(peer));
                router.oneshot(request).await
            }
        });
        let io = TokioIo::new(stream);
        let ended = match protocol {
            Protocol::Http1 => watcher.watch(self.protocols.http1.serve_connection(io, service)).await,
            Protocol::Http2 => watcher.watch(self.protocols.http2.serve_connection(io, service)).await,
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "connection ended early");
        }
    }
}

/// Waits for the order to stop; that nobody is left to give it is an order too.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Out of file descriptors, accepting again at once would only spin.
async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "failed to accept a connection");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
