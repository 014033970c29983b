//! A server, its bootstrap client, and administrators with the scopes a test wants.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{Draft, ProofBuilder, TokenHash},
    form::Form,
    id::Jti,
    jose::Alg,
    time::{Lifetime, Timestamp},
    uri::Htu,
};
use keybound_server::{
    App, Config, Secret,
    config::{Bootstrap, IssuerUrl},
    routes,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{document::hold, lent::Time};

pub(crate) const ISSUER: &str = "https://id.example/";
pub(crate) const MANAGEMENT: &str = "https://id.example/api/v2/";
const ID: &str = "bootstrap";
const SECRET: &str = "bootstrap-secret-of-some-length";

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Time,
    router: Router,
    root: String,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::under(Config::default()).await
    }

    pub(crate) async fn under(mut config: Config) -> Self {
        config.bootstrap =
            Some(Bootstrap { client_id: ID.to_owned(), client_secret: Secret::new(SECRET.to_owned()) });
        let issuer = IssuerUrl::parse("issuer", ISSUER).unwrap();
        let clock = Time::begin(Timestamp::from_unix(1_800_000_000), &mut config).await;
        let app = App::open(config, &issuer, clock.clock()).await.unwrap();
        clock.turn(Lifetime::seconds(10));
        let router = routes::router(Arc::clone(&app));
        let mut world = Self { app, clock, router, root: String::new() };
        world.root = world.token(ID, SECRET, &[]).await;
        world
    }

    /// Signs the bootstrap client in anew: tokens live for a day.
    pub(crate) async fn root_again(&mut self) {
        self.root = self.token(ID, SECRET, &[]).await;
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        hold(&method, &path, parts.status, &body);
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// As the bootstrap client, who may do everything.
    pub(crate) async fn root(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.with(&self.root, method, path, body).await
    }

    pub(crate) async fn with(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {token}");
        self.call(method, &format!("/api/v2/{path}"), &[("authorization", &bearer)], body).await
    }

    /// As the bootstrap client, with a body of any kind.
    pub(crate) async fn said_to_be(&self, media: &str, method: Method, path: &str, body: &str) -> Answer {
        self.sends_as(media, method, path, Body::from(body.to_owned())).await
    }

    /// As the bootstrap client, with whatever is to be taken for JSON.
    pub(crate) async fn sends(&self, method: Method, path: &str, body: Body) -> Answer {
        self.sends_as("application/json", method, path, body).await
    }

    pub(crate) async fn sends_as(&self, media: &str, method: Method, path: &str, body: Body) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v2/{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.root));
        let request = request.header("content-type", media);
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.root(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.root(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.root(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.root(Method::DELETE, path, None).await
    }

    /// What is at an address, for whoever knows it.
    pub(crate) async fn text(&self, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }

    /// Whether the client is who it says by that secret.
    pub(crate) async fn knows(&self, id: &str, secret: &str) -> bool {
        let form = Form::new()
            .with("client_id", id)
            .with("client_secret", secret)
            .with("token", "a-token-nobody-ever-had");
        let request =
            Request::post("/oauth/revoke").header("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form.encode())).unwrap()).await;
        match (answer.status.as_u16(), answer.body["error"].as_str()) {
            (200, None) => true,
            (401, Some("invalid_client" | "access_denied")) => false,
            other => panic!("{other:?}: {}", answer.body),
        }
    }

    /// An access token for the Management API; bound when there are headers with a proof.
    pub(crate) async fn token(&self, id: &str, secret: &str, headers: &[(&str, &str)]) -> String {
        let answer = self.machine((id, secret), MANAGEMENT, headers).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// What a machine is told that asks for a token.
    pub(crate) async fn machine(
        &self,
        (id, secret): (&str, &str),
        audience: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let form = Form::new()
            .with("grant_type", "client_credentials")
            .with("client_id", id)
            .with("client_secret", secret)
            .with("audience", audience);
        let mut request =
            Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(form.encode())).unwrap()).await
    }

    /// The token of a new administrator who may do just that.
    pub(crate) async fn administrator(&self, scopes: &[&str]) -> String {
        let made =
            self.post("clients", json!({ "name": "admin", "app_type": "non_interactive" })).await.made();
        let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
        let grant = json!({ "client_id": id, "audience": MANAGEMENT, "scope": scopes });
        self.post("client-grants", grant).await.made();
        self.token(&id, &secret, &[]).await
    }

    /// A token bound to a key.
    pub(crate) async fn bound(&self, key: &ProofBuilder<SigningKey>) -> String {
        let proof = self.proof(key, "POST", "/oauth/token", None);
        self.token(ID, SECRET, &[("dpop", &proof)]).await
    }

    pub(crate) fn proof(
        &self,
        key: &ProofBuilder<SigningKey>,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> String {
        let hash = token.map(|token| TokenHash::of(token, &AwsLc));
        let draft = Draft {
            jti: &Jti::parse(&entropy::token::<16>()).unwrap(),
            method,
            url: &Htu::parse(&format!("{}{path}", ISSUER.trim_end_matches('/'))).unwrap(),
            now: self.clock.now(),
            token: hash.as_ref(),
            nonce: None,
        };
        key.prove(&draft).unwrap()
    }
}

pub(crate) fn key() -> ProofBuilder<SigningKey> {
    ProofBuilder::new(SigningKey::generate(Alg::Es256).unwrap(), &AwsLc)
}

pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member}: {value}")).to_owned()
}

impl Answer {
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body.clone()
    }

    #[track_caller]
    pub(crate) fn made(&self) -> Value {
        assert_eq!(self.status, 201, "{}", self.body);
        assert_eq!(self.headers["cache-control"], "no-store");
        self.body.clone()
    }

    #[track_caller]
    pub(crate) fn gone(&self) {
        assert_eq!((self.status.as_u16(), &self.body), (204, &Value::Null));
    }

    /// Refused in Auth0's shape.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, message: &str, code: Option<&str>) {
        let reason = StatusCode::from_u16(status).unwrap();
        let mut expected = json!({
            "statusCode": status, "error": reason.canonical_reason(), "message": message,
        });
        if let Some(code) = code {
            expected["errorCode"] = code.into();
        }
        if status == 401 {
            expected["attributes"] = json!({ "error": message });
        }
        assert_eq!((self.status, &self.body), (reason, &expected));
    }
}
