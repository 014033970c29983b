//! Everything this process says at `TRACE`, through a login, a call and a refresh over real sockets, is kept and
//! searched.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use keybound_client::{
    Authentication, Client, DpopKey, System,
    crypto::AwsLc,
    drive,
    flow::{Ask, Chance, CodeFlow},
    http::{Answered, Limits, Observed, Observer, Sent, TransportError, Web},
    proto::{
        form::Form,
        id::ClientId,
        metadata::ServerMetadata,
        scope::Scopes,
        secret::Secret,
        uri::{Issuer, RedirectUri},
    },
    session::{MemoryStore, Session, Want},
};
use tracing_subscriber::EnvFilter;

use crate::heard::Log;

/// An observer that keeps everything it is shown.
impl Observer for Log {
    fn sent(&self, request: &Sent) {
        writeln!(self.clone(), "observed {request:?}").unwrap();
    }

    fn answered(&self, request: &Sent, answer: &Answered) {
        writeln!(self.clone(), "observed {request:?} {answer:?}").unwrap();
    }

    fn failed(&self, request: &Sent, error: &TransportError) {
        writeln!(self.clone(), "observed {request:?} {error:?}").unwrap();
    }
}

/// What was asked, whole, one text for each request.
type Asked = Arc<Mutex<Vec<String>>>;

/// Both servers: tokens, a nonce challenge, and an API that calls the first token invalid once.
fn serve(listener: TcpListener, asked: Asked) {
    let mut answers = 0;
    while let Ok((stream, _)) = listener.accept() {
        let request = read(&stream);
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let calls = asked.lock().unwrap().iter().filter(|asked| asked.contains("/orders")).count();
        let grants = asked.lock().unwrap().iter().filter(|asked| asked.contains("/oauth/token")).count();
        asked.lock().unwrap().push(request);
        answers += 1;
        let (status, headers, body) = match (path.as_str(), grants, calls) {
            ("/oauth/token", 0, _) => (
                "400 Bad Request",
                "DPoP-Nonce: public-nonce\r\n",
                r#"{"error":"use_dpop_nonce"}"#.to_owned(),
            ),
            ("/oauth/token", grants, _) => (
                "200 OK",
                "",
                format!(
                    r#"{{"access_token":"SECRET-access-{grants}","refresh_token":"SECRET-refresh-{grants}","token_type":"DPoP","expires_in":600}}"#
                ),
            ),
            (_, _, 0) => {
                let challenge = "WWW-Authenticate: DPoP error=\"invalid_token\"\r\n";
                ("401 Unauthorized", challenge, String::new())
            }
            _ => ("200 OK", "Set-Cookie: sid=SECRET-cookie\r\n", format!("[{answers}]")),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        (&stream).write_all((head + &body).as_bytes()).unwrap();
    }
}

fn read(mut stream: &TcpStream) -> String {
    let (mut asked, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).unwrap();
        asked.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&asked).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) || read == 0 {
            return text;
        }
    }
}

#[tokio::test]
async fn no_secret_is_logged_through_a_login_a_call_and_a_refresh() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Asked::default();
    let keep = Arc::clone(&asked);
    std::thread::spawn(move || serve(listener, keep));

    let issuer = Issuer::parse(&url).unwrap();
    let mut metadata = ServerMetadata::of(&issuer);
    metadata.authorization_endpoint = Some(format!("{url}authorize"));
    metadata.token_endpoint = Some(format!("{url}oauth/token"));
    let client = Client::new(issuer, metadata, ClientId::parse("app").unwrap())
        .authenticated(Authentication::SecretPost(Secret::new("SECRET-client".into())))
        .bound_to(DpopKey::generate().unwrap());
    let http = Arc::new(Observed::new(Web::new(Limits::default()).unwrap(), log.clone()));

    let redirect = RedirectUri::parse("http://127.0.0.1:5000/callback").unwrap();
    let chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
    let ask = Ask::new(redirect, Scopes::parse("offline_access").unwrap());
    let flow = CodeFlow::begin(&client, &ask, &chance, &AwsLc).unwrap();
    let sent = Form::parse(flow.url().split_once('?').unwrap().1.as_bytes()).unwrap();
    let query = Form::new().with("code", "SECRET-code").with("state", sent.text("state").unwrap()).encode();
    let tokens = drive(flow.come_back(&client, &query).unwrap(), &http, &System).await.unwrap();

    let session = Session::of_user(client, Arc::clone(&http), Arc::new(MemoryStore::default()));
    session.keep(&Want::default(), tokens).await.unwrap();
    let fetcher = session.fetcher(&url).unwrap();
    let request = fetcher.post("orders").query(&[("page", "SECRET-query")]).header("cookie", "SECRET-jar");
    let response = request.body("SECRET-body").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (200, 2));
    let closed = session.fetcher("http://127.0.0.1:1/").unwrap();
    assert_eq!(closed.post("x").body("SECRET-body").send().await.unwrap_err().code(), "client.transport");
    writeln!(log.clone(), "{session:?} {fetcher:?} {closed:?} {response:?} {flow:?}").unwrap();

    let log = log.text();
    for said in [
        "call{",
        "exchange{",
        "method=\"POST\"",
        "path=\"/orders\"",
        "status=200",
        "attempt=2",
        "observed Sent",
    ] {
        assert!(log.contains(said), "{said} is not in the log");
    }
    assert!(log.contains("hyper"), "the transport was heard too");
    assert!(!log.contains("SECRET"), "{}", around(&log, "SECRET"));
    let asked = asked.lock().unwrap();
    for request in &*asked {
        let proof = request.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap();
        let signature = proof.rsplit('.').next().unwrap();
        assert!(!log.contains(signature), "{}", around(&log, signature));
        if let Some(verifier) = Form::parse(request.rsplit("\r\n\r\n").next().unwrap().as_bytes())
            .ok()
            .and_then(|form| form.text("code_verifier").map(str::to_owned))
        {
            assert!(!log.contains(&verifier), "{}", around(&log, &verifier));
        }
    }
    assert_eq!(asked.len(), 5);
}

/// The place of a leak.
fn around<'a>(log: &'a str, secret: &str) -> &'a str {
    let at = log.find(secret).unwrap_or_default();
    let from = (0..=at.saturating_sub(200)).rev().find(|at| log.is_char_boundary(*at)).unwrap_or_default();
    &log[from..at]
}
