//! Where a server is: on a socket behind a relay, overheard.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    serve::ListenerExt as _,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use keybound_proto::{form::Form, jose::decode_base64url};
use keybound_server::extract::Peer;
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

use crate::{
    log,
    relay::{Controls, Relay},
    time::Time,
};

/// A server on a socket. When it goes, what was overheard is judged.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) relay: Controls,
    heard: Heard,
    serving: AbortHandle,
    _relay: Relay,
}

/// What it was asked, in order.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<(Vec<Asked>, BTreeSet<String>)>>);

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Whether bodies are overheard too, or pass as they come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Heard,
    Passed,
}

#[derive(Clone)]
struct Ear {
    heard: Heard,
    time: Time,
    bodies: Bodies,
}

impl Place {
    /// Serves what comes to the relay.
    pub(crate) async fn open(relay: Relay, router: Router, time: &Time, bodies: Bodies) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        relay.lead_to(Some(listener.local_addr().unwrap()));
        let ear = Ear { heard: Heard::default(), time: time.clone(), bodies };
        let heard = ear.heard.clone();
        let router = router.layer(from_fn_with_state(ear, overhear));
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        let (url, controls) = (relay.url(), relay.controls());
        Self { url, relay: controls, heard, serving, _relay: relay }
    }

    /// What it was asked.
    pub(crate) fn heard(&self) -> Vec<Asked> {
        self.heard.all().0.clone()
    }

    /// What it was asked on this path.
    pub(crate) fn heard_at(&self, path: &str) -> Vec<Asked> {
        self.heard().into_iter().filter(|asked| asked.path == path).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.serving.abort();
        if std::thread::panicking() {
            return;
        }
        let (asked, secrets) = &*self.heard.all();
        let proofs: Vec<_> = asked.iter().filter_map(Asked::jti).collect();
        let different: BTreeSet<_> = proofs.iter().collect();
        assert_eq!(proofs.len(), different.len(), "RFC 9449 §11.1: a proof came twice");
        let told = log::told(secrets.iter().map(String::as_str));
        assert_eq!(told, None, "a secret was logged");
    }
}

impl Heard {
    fn all(&self) -> MutexGuard<'_, (Vec<Asked>, BTreeSet<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_secret(&self, text: &str) {
        // Of a token only its header is for everybody.
        let secret = text.split_once('.').map_or(text, |(_, rest)| rest);
        self.all().1.insert(secret.to_owned());
    }

    fn keep_secrets_of(&self, asked: &Asked) {
        for name in ["authorization", "dpop"] {
            if let Some(value) = asked.header(name) {
                self.keep_secret(value);
            }
        }
        for text in [&asked.body, &asked.query] {
            let Ok(form) = Form::parse(text.as_bytes()) else { continue };
            for name in SECRET {
                if let Some(value) = form.text(name) {
                    self.keep_secret(value);
                }
            }
        }
    }

    fn keep_secrets_in(&self, answer: &[u8]) {
        let Ok(Value::Object(members)) = serde_json::from_slice(answer) else { return };
        for name in SECRET {
            if let Some(value) = members.get(name).and_then(Value::as_str) {
                self.keep_secret(value);
            }
        }
    }
}

impl Asked {
    fn of(parts: &Parts) -> Self {
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: String::new(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A field of the form it carried.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        Form::parse(self.body.as_bytes()).ok()?.text(name).map(str::to_owned)
    }

    /// What the proof says.
    pub(crate) fn proof(&self) -> Option<Value> {
        let payload = self.header("dpop")?.split('.').nth(1)?;
        serde_json::from_slice(&decode_base64url(payload).ok()?).ok()
    }

    fn jti(&self) -> Option<String> {
        self.proof()?.get("jti")?.as_str().map(str::to_owned)
    }
}

async fn overhear(State(ear): State<Ear>, request: Request, next: Next) -> Response {
    let (mut parts, mut body) = request.into_parts();
    parts.extensions.insert(Peer(([127, 0, 0, 1], 7).into()));
    let mut asked = Asked::of(&parts);
    if ear.bodies == Bodies::Heard {
        let Some(bytes) = whole(body).await else { return StatusCode::BAD_REQUEST.into_response() };
        asked.body = String::from_utf8_lossy(&bytes).into_owned();
        body = Body::from(bytes);
    }
    ear.heard.keep_secrets_of(&asked);
    ear.heard.all().0.push(asked);
    let (mut parts, mut body) = next.run(Request::from_parts(parts, body)).await.into_parts();
    if ear.bodies == Bodies::Heard {
        let bytes = whole(body).await.unwrap();
        ear.heard.keep_secrets_in(&bytes);
        body = Body::from(bytes);
    }
    // A machine whose clock is off says so in `Date`.
    parts.headers.insert(header::DATE, HeaderValue::from_str(&ear.time.date()).unwrap());
    Response::from_parts(parts, body)
}

async fn whole(body: Body) -> Option<Bytes> {
    body.collect().await.ok().map(http_body_util::Collected::to_bytes)
}

/// What nobody may log of a form or an answer.
const SECRET: [&str; 9] = [
    "access_token",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
];
