//! Coming back to a native app: a listener on this machine for one answer (RFC 8252 §7.3).

use std::{net::Ipv4Addr, time::Duration};

use keybound_proto::{response::callback, secret::Secret, uri::RedirectUri};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use crate::{ClientError, http::TransportError};

/// A listener on a free port of 127.0.0.1.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    redirect_uri: RedirectUri,
}

impl Loopback {
    /// Takes a free port. What listens on 127.0.0.1 cannot be reached from another machine.
    pub async fn bind() -> Result<Self, ClientError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(TransportError::new)?;
        let port = listener.local_addr().map_err(TransportError::new)?.port();
        let redirect_uri = RedirectUri::parse(&format!("http://127.0.0.1:{port}{PATH}"))?;
        Ok(Self { listener, redirect_uri })
    }

    /// Where the user is to come back to.
    pub const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Waits for the user to come back, and returns the query they came with.
    ///
    /// Browsers open connections on speculation and ask for icons: each connection is listened to beside the
    /// others, and only a request for the redirection address with a query counts.
    pub async fn wait(self, patience: Duration) -> Result<Secret<String>, ClientError> {
        let (found, mut query) = mpsc::channel(1);
        let listen = async {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else { continue };
                let found = found.clone();
                tokio::spawn(async move {
                    match timeout(CONNECTION, serve(stream)).await {
                        Ok(Ok(Some(query))) => {
                            if found.send(query).await.is_err() {
                                tracing::debug!("the user came back twice");
                            }
                        }
                        Ok(Ok(None)) => {}
                        Ok(Err(error)) => tracing::debug!(%error, "a connection broke off"),
                        Err(_) => tracing::debug!("a connection stayed silent"),
                    }
                });
            }
        };
        tokio::select! {
            () = listen => Err(ClientError::Timeout),
            query = query.recv() => query.ok_or(ClientError::Timeout),
            () = tokio::time::sleep(patience) => Err(ClientError::Timeout),
        }
    }
}

/// Answers one request; the query, if it was the one waited for.
async fn serve(mut stream: TcpStream) -> std::io::Result<Option<Secret<String>>> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await?;
        if read == 0 || head.len() + read > LIMIT {
            return Ok(None);
        }
        head.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
    let query = callback::query(&head, PATH).map(|query| Secret::new(query.to_owned()));
    let answer = if query.is_some() { BACK } else { NOT_HERE };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(query)
}

const PATH: &str = "/callback";

/// Most bytes of a request's head.
const LIMIT: usize = 64 * 1024;

/// How long one connection is listened to.
const CONNECTION: Duration = Duration::from_secs(30);

const BACK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n\
    <!doctype html><html lang=\"en\"><title>Signed in</title><p>You may close this window and go back to the app.";

const NOT_HERE: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// RFC 8252 §7.3.
    #[tokio::test]
    async fn only_the_redirection_address_with_a_query_counts() {
        let loopback = Loopback::bind().await.unwrap();
        let uri = loopback.redirect_uri().as_str().to_owned();
        let address = uri.trim_start_matches("http://").trim_end_matches(PATH).to_owned();
        let waiting = tokio::spawn(loopback.wait(Duration::from_secs(20)));
        let silent = TcpStream::connect(&address).await.unwrap();
        for other in [
            "GET /favicon.ico HTTP/1.1",
            "GET /callback HTTP/1.1",
            "POST /callback?code=x HTTP/1.1",
            "GET /callbackx?code=x HTTP/1.1",
        ] {
            assert!(
                send(&address, &format!("{other}\r\nHost: a\r\n\r\n")).await.starts_with("HTTP/1.1 404"),
                "{other}"
            );
        }
        let answer = send(&address, "GET /callback?code=c&state=s HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"));
        assert_eq!(waiting.await.unwrap().unwrap().reveal(), "code=c&state=s");
        drop(silent);
    }

    #[tokio::test]
    async fn patience_has_an_end() {
        let loopback = Loopback::bind().await.unwrap();
        let waited = loopback.wait(Duration::from_millis(10)).await;
        assert!(matches!(waited, Err(ClientError::Timeout)));
    }
}
