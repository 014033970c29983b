//! A wire without a network: requests are kept, answers are prepared.

use std::{
    collections::VecDeque,
    future::Future,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use keybound_client::{
    Ambient, Authentication, Boxed, Client, ClientError, DpopKey, Tokens,
    crypto::entropy,
    http::{Body, Http, Request, Response, TransportError},
    proto::{
        id::ClientId,
        jose::{decode_base64url, json},
        metadata::ServerMetadata,
        secret::Secret,
        time::Timestamp,
        uri::Issuer,
    },
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(784_111_777);
pub(crate) const ISSUER: &str = "https://tenant.example/";
pub(crate) const TOKEN: &str = "opaque.but-secret~token";

/// A clock that stands still.
pub(crate) struct Standing;

impl Ambient for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn entropy(&self) -> [u8; 32] {
        entropy::bytes()
    }
}

/// Time passes when somebody waits.
#[derive(Default)]
pub(crate) struct Waiting {
    passed: AtomicI64,
    pub(crate) waits: Mutex<Vec<u64>>,
}

impl Ambient for Waiting {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(NOW.as_unix() + self.passed.load(Ordering::SeqCst))
    }

    fn entropy(&self) -> [u8; 32] {
        entropy::bytes()
    }

    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        if length >= Duration::from_secs(1) {
            self.waits.lock().unwrap().push(length.as_secs());
            self.passed.fetch_add(i64::try_from(length.as_secs()).unwrap(), Ordering::SeqCst);
        }
        Box::pin(std::future::ready(()))
    }
}

/// What was sent, as a server sees it.
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The header and the claims of the proof.
    pub(crate) fn proof(&self) -> (serde_json::Value, serde_json::Value) {
        let proof = self.header("dpop").expect("a proof");
        let part = |at| {
            let bytes = decode_base64url(proof.split('.').nth(at).unwrap()).unwrap();
            serde_json::Value::Object(json::object(&bytes).unwrap().to_serde())
        };
        (part(0), part(1))
    }

    pub(crate) fn claim(&self, name: &str) -> Option<String> {
        self.proof().1.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// Answers in the order they were prepared; `None` is a connection that breaks off.
#[derive(Default)]
pub(crate) struct Wire {
    answers: Mutex<VecDeque<Option<Response<Body>>>>,
    pub(crate) seen: Mutex<Vec<Seen>>,
}

impl Wire {
    pub(crate) fn answering(answers: impl IntoIterator<Item = Response<Body>>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().map(Some).collect()), ..Self::default() }
    }

    pub(crate) fn breaks_off(self) -> Self {
        self.answers.lock().unwrap().push_front(None);
        self
    }

    pub(crate) fn sent(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn with<T>(&self, at: usize, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap()[at])
    }
}

impl Http for Wire {
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Send {
        let (parts, body) = request.into_parts();
        self.seen.lock().unwrap().push(Seen {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers: parts.headers,
            body: String::from_utf8(body.as_bytes().to_vec()).unwrap(),
        });
        let answer = self.answers.lock().unwrap().pop_front().expect("no answer is prepared");
        std::future::ready(answer.ok_or_else(|| TransportError::new("it broke off")))
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let response = headers
        .iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(*name, *value));
    response.body(Body::from(body.to_owned())).unwrap()
}

/// Tokens of this type.
pub(crate) fn granted(token_type: &str) -> Response<Body> {
    granted_with(token_type, &[])
}

pub(crate) fn granted_with(token_type: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"{token_type}","expires_in":60}}"#);
    answer(200, headers, &body)
}

/// A refusal.
pub(crate) fn says(status: u16, error: &str) -> Response<Body> {
    answer(status, &[], &format!(r#"{{"error":"{error}"}}"#))
}

/// A nonce challenge of a token endpoint.
pub(crate) fn wants_nonce(nonces: &[&str]) -> Response<Body> {
    let headers: Vec<_> = nonces.iter().map(|nonce| ("dpop-nonce", *nonce)).collect();
    answer(
        400,
        &headers,
        r#"{"error":"use_dpop_nonce","error_description":"Authorization server requires nonce"}"#,
    )
}

pub(crate) fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

pub(crate) fn metadata() -> ServerMetadata {
    let mut metadata = ServerMetadata::of(&issuer());
    metadata.authorization_endpoint = Some("https://tenant.example/authorize".into());
    metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
    metadata
}

pub(crate) fn client() -> Client {
    client_of(metadata())
}

pub(crate) fn client_of(metadata: ServerMetadata) -> Client {
    let client = Client::new(issuer(), metadata, ClientId::parse("app").unwrap());
    let secret = Authentication::SecretPost(Secret::new("client-s3cret".into()));
    client.authenticated(secret).bound_to(DpopKey::generate().unwrap())
}

/// Asks for a token on the client's own behalf.
pub(crate) async fn ask(client: &Client, wire: &Wire) -> Result<Tokens, ClientError> {
    keybound_client::drive(client.client_credentials(Default::default()), wire, &Standing).await
}
