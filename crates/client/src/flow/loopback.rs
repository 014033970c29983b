//! Coming back to a native app: a listener on this machine for one answer (RFC 8252 §7.3).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use http::Uri;
use keybound_proto::{
    form::Form,
    response::callback,
    secret::Secret,
    uri::{RedirectUri, UriError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use super::CodeFlow;
use crate::{ClientError, http::TransportError};

/// A listener on this machine that nobody reaches from another one.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    redirect_uri: RedirectUri,
    path: String,
}

impl Loopback {
    /// Takes a free port of 127.0.0.1, for servers that allow any (RFC 8252 §7.3).
    pub async fn bind() -> Result<Self, ClientError> {
        Self::at(&RedirectUri::parse(USUAL)?).await
    }

    /// Listens where a registered address leads: `127.0.0.1`, `[::1]` or `localhost`, with `http`. Without a port
    /// it takes a free one; Auth0 wants the very port that was registered.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use keybound_client::{flow::Loopback, proto::uri::RedirectUri};
    ///
    /// let loopback = Loopback::at(&RedirectUri::parse("http://127.0.0.1/done")?).await?;
    /// assert!(loopback.redirect_uri().as_str().ends_with("/done"));
    /// assert!(Loopback::at(&RedirectUri::parse("https://app.example/done")?).await.is_err());
    /// # Ok::<(), keybound_client::ClientError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn at(registered: &RedirectUri) -> Result<Self, ClientError> {
        let text = registered.as_str();
        let uri: Uri = text.parse().map_err(|_| UriError::Host)?;
        let host = uri.host().filter(|_| registered.is_loopback()).ok_or(UriError::Host)?;
        if uri.scheme_str() != Some("http") {
            return Err(UriError::Scheme.into());
        }
        let address =
            if host == "[::1]" { IpAddr::V6(Ipv6Addr::LOCALHOST) } else { Ipv4Addr::LOCALHOST.into() };
        let wanted = uri.port_u16().unwrap_or(0);
        let listener = TcpListener::bind((address, wanted)).await.map_err(TransportError::new)?;
        let redirect_uri = if uri.port().is_some() {
            registered.clone()
        } else {
            let port = listener.local_addr().map_err(TransportError::new)?.port();
            let rest =
                text.strip_prefix("http://").and_then(|rest| rest.strip_prefix(host)).unwrap_or_default();
            RedirectUri::parse(&format!("http://{host}:{port}{rest}"))?
        };
        Ok(Self { listener, redirect_uri, path: uri.path().to_owned() })
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
        self.wait_until(patience, |_| true).await
    }

    /// Waits for the user of this flow. Whatever else comes, from another program of this machine or from a page
    /// left open since yesterday, is sent away and ends nothing.
    pub async fn wait_for(self, flow: &CodeFlow, patience: Duration) -> Result<Secret<String>, ClientError> {
        let flow = flow.clone();
        self.wait_until(patience, move |query| flow.expects(query)).await
    }

    async fn wait_until(
        self,
        patience: Duration,
        counts: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Secret<String>, ClientError> {
        let place = Arc::new((self.path, counts));
        let (found, mut query) = mpsc::channel(1);
        let listen = async {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else { continue };
                let (found, place) = (found.clone(), Arc::clone(&place));
                tokio::spawn(async move {
                    match timeout(CONNECTION, serve(stream, &place.0, &place.1)).await {
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
async fn serve(
    mut stream: TcpStream,
    path: &str,
    counts: &impl Fn(&str) -> bool,
) -> std::io::Result<Option<Secret<String>>> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await?;
        if read == 0 || head.len() + read > LIMIT {
            return Ok(None);
        }
        head.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
    let asked = callback::query(&head, path);
    let query = asked.filter(|query| counts(query)).map(|query| Secret::new(query.to_owned()));
    let answer = match (&query, asked) {
        (Some(query), _) if is_refusal(query.reveal()) => page("200 OK", REFUSED),
        (Some(_), _) => page("200 OK", BACK),
        (None, Some(_)) => page("400 Bad Request", UNKNOWN),
        (None, None) => NOT_HERE.to_owned(),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(query)
}

/// Nothing of the answer is shown, for it may come from anybody: only whether it is a refusal.
fn is_refusal(query: &str) -> bool {
    Form::parse(query.as_bytes()).is_ok_and(|form| form.names("error"))
}

fn page(status: &str, text: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n\
         <!doctype html><html lang=\"en\"><title>Back to the app</title><p>{text}"
    )
}

const USUAL: &str = "http://127.0.0.1/callback";

/// Most bytes of a request's head.
const LIMIT: usize = 64 * 1024;

/// How long one connection is listened to.
const CONNECTION: Duration = Duration::from_secs(30);

const BACK: &str = "You are done here: close this window and go back to the app.";
const REFUSED: &str = "You were not signed in. Close this window; the app says more.";
const UNKNOWN: &str = "This login was not begun here, or is over. Begin it again in the app.";
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
        let address = uri.trim_start_matches("http://").trim_end_matches("/callback").to_owned();
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

    /// RFC 8252 §7.3, §8.3; Auth0 compares ports.
    #[tokio::test]
    async fn a_registered_address_is_listened_at_as_it_is() {
        let at = |text: &str| {
            let registered = RedirectUri::parse(text).unwrap();
            async move { Loopback::at(&registered).await }
        };
        let any = at("http://localhost/done").await.unwrap();
        let uri = any.redirect_uri().as_str().to_owned();
        assert!(uri.starts_with("http://localhost:") && uri.ends_with("/done"), "{uri}");
        let taken = at(&uri).await.unwrap_err();
        assert_eq!(taken.code(), "client.transport");
        drop(any);
        assert_eq!(at(&uri).await.unwrap().redirect_uri().as_str(), uri);
        for other in ["http://app.example/cb", "https://127.0.0.1/cb", "com.example.app:/cb"] {
            assert_eq!(at(other).await.unwrap_err().code(), "client.uri", "{other}");
        }
    }

    /// RFC 8252 §8.9: whoever guesses the port knows no `state`.
    #[tokio::test]
    async fn a_strangers_answer_ends_no_login_and_a_refusal_is_shown_as_one() {
        let loopback = Loopback::bind().await.unwrap();
        let uri = loopback.redirect_uri().as_str().to_owned();
        let address = uri.trim_start_matches("http://").trim_end_matches("/callback").to_owned();
        let expects = |query: &str| query.ends_with("state=ours");
        let waiting = tokio::spawn(loopback.wait_until(Duration::from_secs(20), expects));
        let ask = |query: &str| format!("GET /callback?{query} HTTP/1.1\r\nHost: a\r\n\r\n");
        let strange = send(&address, &ask("code=x&state=theirs")).await;
        assert!(strange.starts_with("HTTP/1.1 400") && strange.contains(UNKNOWN), "{strange}");
        let refused = send(&address, &ask("error=access_denied&state=ours")).await;
        assert!(refused.starts_with("HTTP/1.1 200") && refused.contains(REFUSED), "{refused}");
        assert_eq!(waiting.await.unwrap().unwrap().reveal(), "error=access_denied&state=ours");
    }
}
