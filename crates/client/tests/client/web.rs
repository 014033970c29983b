//! Over real sockets, against a server that does what it should not.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Method;
use keybound_client::{
    Client, ClientError, DpopKey, Resource, System, Tokens, discovery, drive,
    http::{Limits, Web},
    proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer},
};

/// Answers each connection with the next text, and keeps what it was asked.
struct Scripted {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn new(answers: impl FnOnce(&str) -> Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = answers(&url);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&asked);
        std::thread::spawn(move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                keep.lock().unwrap().push(serve(stream, &answer));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: &str) -> String {
    let mut asked = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        asked.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&asked);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) || read == 0 {
                break;
            }
        }
    }
    stream.write_all(answer.as_bytes()).unwrap();
    String::from_utf8(asked).unwrap()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

fn json(status: &str, headers: &str, body: &str) -> String {
    answer(status, &format!("Content-Type: application/json\r\n{headers}"), body)
}

fn web() -> Web {
    let limits = Limits { connect: Duration::from_secs(5), total: Duration::from_secs(20), bytes: 4096 };
    Web::new(limits).unwrap()
}

fn tokens(key: &DpopKey) -> Tokens {
    Tokens {
        access_token: Secret::new("t0ken".into()),
        bound_to: Some(*key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    }
}

fn client(key: DpopKey) -> Client {
    let issuer = Issuer::parse("http://localhost:1/").unwrap();
    Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app").unwrap()).bound_to(key)
}

/// Discovery, the nonce dance and a token, as it goes over the wire.
#[tokio::test]
async fn a_server_is_discovered_and_asked() {
    let server = Scripted::new(|url| {
        let metadata = format!(r#"{{"issuer":"{url}/","token_endpoint":"{url}/oauth/token"}}"#);
        vec![
            json("404 Not Found", "", "{}"),
            json("200 OK", "", &metadata),
            json("400 Bad Request", "DPoP-Nonce: n1\r\n", r#"{"error":"use_dpop_nonce"}"#),
            json("200 OK", "", r#"{"access_token":"a","token_type":"DPoP"}"#),
        ]
    });
    let issuer = Issuer::parse(&format!("{}/", server.url)).unwrap();
    let metadata = discovery::discover(&issuer, &web()).await.unwrap();
    let client =
        Client::new(issuer, metadata, ClientId::parse("app").unwrap()).bound_to(DpopKey::generate().unwrap());
    let tokens = drive(client.client_credentials(Default::default()), &web(), &System).await.unwrap();
    assert!(tokens.is_bound());
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /.well-known/openid-configuration HTTP/1.1"));
    assert!(asked[1].starts_with("GET /.well-known/oauth-authorization-server HTTP/1.1"));
    assert_eq!(asked[3].matches("dpop: ").count(), 1);
    assert!(asked[3].ends_with("grant_type=client_credentials&client_id=app"));
}

/// RFC 9449 §4.2, RFC 9700 §4.12; CL11: neither the token nor the proof follows a redirect; conformance A12.
#[tokio::test]
async fn a_redirect_is_handed_over_and_not_followed() {
    let elsewhere = Scripted::new(|_| vec![answer("200 OK", "", "stolen")]);
    let target = format!("Location: {}/steal\r\n", elsewhere.url);
    let server = Scripted::new(|_| vec![answer("307 Temporary Redirect", &target, "")]);
    let key = DpopKey::generate().unwrap();
    let (tokens, client) = (tokens(&key), client(key));
    let resource = Resource::new(&server.url, &client).unwrap();
    let response = drive(resource.call(&tokens, Method::POST, "/a").unwrap(), &web(), &System).await.unwrap();
    assert_eq!(response.status(), 307);
    assert!(elsewhere.asked().is_empty());
    assert!(server.asked()[0].contains("authorization: DPoP t0ken\r\n"));
}

/// CL13: a connection that breaks off after the request is not tried again behind our back.
#[tokio::test]
async fn a_lost_answer_is_an_error_and_not_a_second_request() {
    let server = Scripted::new(|_| vec![String::new(), answer("200 OK", "", "late")]);
    let key = DpopKey::generate().unwrap();
    let (tokens, client) = (tokens(&key), client(key));
    let resource = Resource::new(&server.url, &client).unwrap();
    let error = drive(resource.get(&tokens, "/a").unwrap(), &web(), &System).await.unwrap_err();
    assert!(matches!(error, ClientError::Transport(_)));
    assert!(!format!("{error:?}").contains("t0ken"));
    assert_eq!(server.asked().len(), 1);
}

/// Conformance A12.
#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Scripted::new(|_| vec![answer("200 OK", "", &"a".repeat(5000))]);
    let key = DpopKey::generate().unwrap();
    let (tokens, client) = (tokens(&key), client(key));
    let resource = Resource::new(&server.url, &client).unwrap();
    let error = drive(resource.get(&tokens, "/a").unwrap(), &web(), &System).await.unwrap_err();
    assert!(matches!(error, ClientError::Transport(_)));
}
