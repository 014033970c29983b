//! A login from beginning to end, with a thread for a browser.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Mutex,
};

use keybound_client::{
    Ambient, Client, ClientError, DpopKey, System,
    crypto::{AwsLc, SigningKey},
    flow::{Ask, log_in},
    http::{Body, Http, Request, Response, TransportError},
    proto::{
        form::Form,
        id::{ClientId, Kid},
        jose::{Alg, KeySet, Sign, mint},
        metadata::ServerMetadata,
        scope::Scopes,
    },
};
use serde_json::json;

use crate::wire::{answer, issuer, metadata};

/// A server that believes every code and repeats the nonce it was shown.
struct Server {
    key: SigningKey,
    nonce: Mutex<String>,
}

impl Http for Server {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let json_type = [("content-type", "application/json")];
        if request.uri().path() == "/keys" {
            let keys = KeySet::new(vec![self.key.public().clone()]);
            return Ok(answer(200, &json_type, &keys.to_json().to_string()));
        }
        let now = System.now().as_unix();
        let claims = json!({
            "iss": issuer().as_str(), "sub": "auth0|1", "aud": "app", "iat": now, "exp": now + 60,
            "nonce": *self.nonce.lock().unwrap(),
        });
        let id_token = mint("JWT", &claims, &self.key).unwrap();
        let body = json!({"access_token": "a", "token_type": "DPoP", "id_token": id_token});
        Ok(answer(200, &json_type, &body.to_string()))
    }
}

fn server() -> Server {
    let key = SigningKey::generate(Alg::Rs256).unwrap().with_kid(Kid::parse("k1").unwrap());
    Server { key, nonce: Mutex::default() }
}

fn client() -> Client {
    Client::new(issuer(), metadata_with_keys(), ClientId::parse("app").unwrap())
        .bound_to(DpopKey::generate().unwrap())
}

fn metadata_with_keys() -> ServerMetadata {
    let mut metadata = metadata();
    metadata.jwks_uri = Some("https://tenant.example/keys".into());
    metadata
}

/// Comes back to the app as a browser does after a login.
fn browse(url: &str, server: &Server, outcome: (&'static str, &'static str)) {
    let asked = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
    *server.nonce.lock().unwrap() = asked.text("nonce").unwrap().to_owned();
    let back = asked.text("redirect_uri").unwrap().trim_start_matches("http://").to_owned();
    let (address, path) = back.split_once('/').unwrap();
    let query = Form::new().with(outcome.0, outcome.1).with("state", asked.text("state").unwrap()).encode();
    let (address, request) = (address.to_owned(), format!("GET /{path}?{query} HTTP/1.1\r\nHost: a\r\n\r\n"));
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
}

#[tokio::test]
async fn a_user_logs_in_through_a_browser() {
    let (server, client) = (server(), client());
    let scopes = Scopes::parse("openid").unwrap();
    let browser = |url: &str| browse(url, &server, ("code", "c"));
    let logged_in = log_in(&client, |back| Ask::new(back, scopes), (&server, &System), &AwsLc, browser).await;
    let (tokens, claims) = logged_in.unwrap();
    assert!(tokens.is_bound());
    assert_eq!(claims.unwrap().subject.as_str(), "auth0|1");
}

#[tokio::test]
async fn a_user_who_says_no_is_an_error_that_says_so() {
    let (server, client) = (server(), client());
    let scopes = Scopes::parse("openid").unwrap();
    let browser = |url: &str| browse(url, &server, ("error", "access_denied"));
    let refused = log_in(&client, |back| Ask::new(back, scopes), (&server, &System), &AwsLc, browser).await;
    assert!(matches!(refused, Err(ClientError::Refused { error, .. }) if error == "access_denied"));
}
