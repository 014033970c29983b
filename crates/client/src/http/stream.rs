//! Messages that are sent and received piece by piece.

use std::{
    fmt,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream::BoxStream};
use http_body::Frame;

use super::{Body, TransportError};

type Chunks = BoxStream<'static, Result<Bytes, TransportError>>;

/// What a request carries: bytes that can be sent again, or a stream that is sent once.
///
/// ```
/// use keybound_client::http::Upload;
///
/// let lines = futures_util::stream::iter(["one\n", "two\n"].map(Ok::<_, std::io::Error>));
/// assert!(Upload::streaming(lines).again().is_none());
/// assert!(Upload::from("both\n").again().is_some());
/// ```
pub struct Upload(Kind);

enum Kind {
    Whole(Body),
    Stream(Streaming),
}

impl Upload {
    /// One that is read while it is sent, and only once.
    pub fn streaming<S, B, E>(chunks: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let chunks = chunks.map_ok(Into::into).map_err(TransportError::new);
        Self(Kind::Stream(Streaming(Mutex::new(chunks.boxed()))))
    }

    /// The same once more, where that can be had.
    pub fn again(&self) -> Option<Self> {
        match &self.0 {
            Kind::Whole(body) => Some(Self(Kind::Whole(body.clone()))),
            Kind::Stream(_) => None,
        }
    }

    /// All of it.
    pub async fn collect(self) -> Result<Body, TransportError> {
        match self.0 {
            Kind::Whole(body) => Ok(body),
            Kind::Stream(stream) => {
                let chunks = stream.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
                Ok(gather(chunks, usize::MAX).await?)
            }
        }
    }

    pub(super) fn into_whole(self) -> Result<Body, Streaming> {
        match self.0 {
            Kind::Whole(body) => Ok(body),
            Kind::Stream(stream) => Err(stream),
        }
    }
}

impl Default for Upload {
    fn default() -> Self {
        Self(Kind::Whole(Body::default()))
    }
}

impl<T: Into<Body>> From<T> for Upload {
    fn from(body: T) -> Self {
        Self(Kind::Whole(body.into()))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Whole(body) => body.fmt(f),
            Kind::Stream(_) => f.write_str("a stream"),
        }
    }
}

/// A stream as HTTP takes it. The lock is never taken: it makes the stream shareable on paper.
pub(super) struct Streaming(Mutex<Chunks>);

impl http_body::Body for Streaming {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let chunks = self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        chunks.poll_next_unpin(context).map(|next| next.map(|chunk| chunk.map(Frame::data)))
    }
}

/// What an answer carries, as it arrives.
pub struct Download {
    chunks: Chunks,
    limit: usize,
}

impl Download {
    /// One that arrives in these pieces, of which no more than `limit` bytes are ever gathered.
    pub fn new(
        chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
        limit: usize,
    ) -> Self {
        Self { chunks: chunks.boxed(), limit }
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.chunks.next().await
    }

    /// All of it, within the limit.
    pub async fn collect(self) -> Result<Body, TransportError> {
        gather(self.chunks, self.limit).await
    }
}

impl From<Body> for Download {
    fn from(body: Body) -> Self {
        let bytes = body.into_bytes();
        let limit = bytes.len();
        Self::new(futures_util::stream::iter([Ok(bytes)]), limit)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stream")
    }
}

async fn gather(mut chunks: Chunks, limit: usize) -> Result<Body, TransportError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = chunks.try_next().await? {
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(TransportError::new(format!("the answer has more than {limit} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body::from(bytes.freeze()))
}
