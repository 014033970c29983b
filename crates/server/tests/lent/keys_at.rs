//! Keys of a client at an address of its own, on a socket.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header::LOCATION};
use keybound_crypto::SigningKey;
use keybound_proto::jose::Sign as _;
use serde_json::json;
use tokio::net::TcpListener;

/// What is published there, and how often it was asked for. `moved.json` beside it redirects there.
#[derive(Clone)]
pub(crate) struct KeysAt {
    pub(crate) url: String,
    body: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl KeysAt {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys.json", listener.local_addr().unwrap());
        let at = Self { url, body: Arc::default(), asked: Arc::default() };
        let (here, moved) = (at.clone(), at.url.clone());
        let router = Router::new().route("/keys.json", get(async move || here.answer())).route(
            "/moved.json",
            get(async move || (StatusCode::FOUND, [(LOCATION, moved)]).into_response()),
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        at
    }

    /// These keys from now on.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.public().to_json()).collect();
        self.publish_text(&json!({ "keys": keys }).to_string());
    }

    /// These bytes from now on.
    pub(crate) fn publish_text(&self, text: &str) {
        *self.body.lock().unwrap() = text.to_owned();
    }

    /// How often they were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn answer(&self) -> Response {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.body.lock().unwrap().clone().into_response()
    }
}
