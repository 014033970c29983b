//! Which HTTP a connection speaks.

use std::{io, time::Duration};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::net::TcpStream;

use crate::config::Limits;

/// HTTP/1.1 or HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// What the TLS handshake agreed on.
    pub(super) fn agreed(alpn: Option<&[u8]>) -> Self {
        if alpn == Some(b"h2") { Self::Http2 } else { Self::Http1 }
    }

    /// Looks at the first bytes without taking them: only HTTP/2 begins with `PRI`.
    ///
    /// Done here, under the caller's deadline, because hyper-util's own look has none.
    pub(super) async fn peek(stream: &TcpStream) -> io::Result<Self> {
        const PREFACE: &[u8] = b"PRI ";
        let mut first = [0; PREFACE.len()];
        loop {
            let seen = stream.peek(&mut first).await?;
            let seen = first.get(..seen).unwrap_or_default();
            if seen.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if seen == PREFACE {
                return Ok(Self::Http2);
            }
            if !PREFACE.starts_with(seen) {
                return Ok(Self::Http1);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Both, set up with our limits.
pub(super) struct Protocols {
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    pub(super) fn new(limits: &Limits) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_header_size(limits.header_bytes)
            .max_buf_size(limits.header_bytes.max(8192));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(limits.header_time.min(super::FIRST))
            .max_concurrent_streams(128)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
        Self { http1, http2 }
    }
}
