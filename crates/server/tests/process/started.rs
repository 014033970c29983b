//! Started, asked over sockets, stopped, started again.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use keybound_server::{
    Config, Running, Secret, StartError,
    config::{Bootstrap, Database, TlsFiles},
    start,
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

fn anywhere() -> Config {
    let mut config = Config::default();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config
}

async fn ask(addr: SocketAddr, path: &str) -> String {
    talk(TcpStream::connect(addr).await.unwrap(), path).await
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    say(stream, &format!("GET {path} HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n")).await
}

/// Sends a body with further lines of the head.
async fn send(addr: SocketAddr, (method, path): (&str, &str), head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: anything\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    );
    say(TcpStream::connect(addr).await.unwrap(), &request).await
}

async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A peer that closes without TLS's goodbye has still said everything.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_server_on_a_free_port_names_itself_by_it_and_is_ready_when_it_returns() {
    let mut config = anywhere();
    config.also_listen = vec!["[::1]:0".parse().unwrap()];
    let began = Instant::now();
    let server = start(config).await.unwrap();
    println!("start to ready: {} ms", began.elapsed().as_millis());
    assert!(ask(server.addr(), "/health/ready").await.starts_with("HTTP/1.1 200"));
    let port = server.addr().port();
    assert_eq!(server.issuer().as_str(), format!("http://localhost:{port}/"));
    assert!(
        ask(SocketAddr::new("::1".parse().unwrap(), port), "/health/live").await.starts_with("HTTP/1.1 200")
    );
    let document = ask(server.addr(), "/.well-known/openid-configuration").await;
    assert!(document.contains(&format!(r#""issuer":"http://localhost:{port}/""#)), "never by Host");
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let first = start(anywhere()).await.unwrap();
    let mut config = anywhere();
    config.listen = first.addr();
    let error = start(config).await.unwrap_err();
    assert!(matches!(error, StartError::PortTaken { addr } if addr == first.addr()));
    assert!(error.to_string().contains(&first.addr().port().to_string()));
}

#[tokio::test]
async fn metrics_are_told_on_their_own_listener_only() {
    let mut config = anywhere();
    config.metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = start(config).await.unwrap();
    ask(server.addr(), "/userinfo").await;
    let metrics = ask(server.metrics_addr().unwrap(), "/metrics").await;
    assert!(metrics.contains("keybound_requests_total{"), "{metrics}");
    assert!(metrics.contains(r#"keybound_refusals_total{reason="request.no_credentials"}"#), "{metrics}");
    assert!(ask(server.addr(), "/metrics").await.starts_with("HTTP/1.1 404"));
}

/// A client that is only watched gets its token, and the metric says what DPoP required would have refused it for
/// (docs/guides/turning-dpop-on.md).
#[tokio::test]
async fn what_would_have_been_refused_is_told_to_prometheus() {
    const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (id, secret) = ("watched", "bootstrap-secret-of-some-length");
    let mut config = anywhere();
    config.metrics = Some("127.0.0.1:0".parse().unwrap());
    config.bootstrap =
        Some(Bootstrap { client_id: id.to_owned(), client_secret: Secret::new(secret.to_owned()) });
    let server = start(config).await.unwrap();
    let audience = format!("{}api/v2/", server.issuer().as_str());
    let form = format!(
        "grant_type=client_credentials&client_id={id}&client_secret={secret}&audience={}",
        audience.replace(':', "%3A").replace('/', "%2F")
    );
    let asks = async |head: &str| {
        let answer = send(server.addr(), ("POST", "/oauth/token"), &format!("{FORM}{head}"), &form).await;
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        serde_json::from_str::<serde_json::Value>(&body).unwrap_or_else(|_| panic!("{answer}"))
    };
    let token = asks("").await["access_token"].as_str().unwrap().to_owned();
    let head = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
    let path = format!("/api/v2/clients/{id}");
    let changed = send(server.addr(), ("PATCH", &path), &head, r#"{"dpop_adoption":"observe"}"#).await;
    assert!(changed.starts_with("HTTP/1.1 200"), "{changed}");
    assert_eq!(asks("").await["token_type"], "Bearer");
    assert_eq!(asks("DPoP: garbage\r\n").await["token_type"], "Bearer");
    let metrics = ask(server.metrics_addr().unwrap(), "/metrics").await;
    for reason in ["client.bearer_forbidden", "proof.malformed"] {
        let line = format!(r#"keybound_dpop_observed_total{{observed="client",reason="{reason}"}} 1"#);
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn after_its_end_nobody_listens() {
    let server = start(anywhere()).await.unwrap();
    let addr = server.addr();
    server.shutdown().await;
    assert!(TcpStream::connect(addr).await.is_err());
    let dropped = start(anywhere()).await.unwrap();
    let addr = dropped.addr();
    drop(dropped);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_restart_keeps_the_tenant_and_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = anywhere();
        config.database = Database::Sqlite(folder.path().join("data").join("keybound.db"));
        let client_secret = Secret::new("bootstrap-secret".to_owned());
        config.bootstrap = Some(Bootstrap { client_id: "bootstrap".to_owned(), client_secret });
        config
    };
    let keys = |server: Running| async move {
        let keys = ask(server.addr(), "/.well-known/jwks.json").await;
        server.shutdown().await;
        keys.rsplit("\r\n").next().unwrap().to_owned()
    };
    let first = keys(start(config()).await.unwrap()).await;
    assert!(first.starts_with(r#"{"keys":["#));
    assert_eq!(keys(start(config()).await.unwrap()).await, first);
    let kept = std::fs::read(folder.path().join("data").join("keybound.db")).unwrap();
    assert!(!kept.windows(16).any(|window| window == b"bootstrap-secret"), "secrets are sealed at rest");
    // Under another master key nothing opens, and nothing is overwritten.
    std::fs::remove_file(folder.path().join("data").join("master.key")).unwrap();
    assert!(start(config()).await.is_err());
}

/// A tenant may move to another address: its Management API moves along.
#[tokio::test]
async fn under_another_issuer_the_bootstrap_client_still_reaches_the_management_api() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let mut config = anywhere();
        config.database = Database::Sqlite(folder.path().join("keybound.db"));
        let client_secret = Secret::new("bootstrap-secret".to_owned());
        config.bootstrap = Some(Bootstrap { client_id: "bootstrap".to_owned(), client_secret });
        let server = start(config).await.unwrap();
        let form = format!(
            "grant_type=client_credentials&client_id=bootstrap&client_secret=bootstrap-secret&audience={}api/v2/",
            server.issuer()
        );
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("create:clients"), "{answer}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn tls_is_ended_with_the_certificate_given() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["id.example".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let mut config = anywhere();
    config.tls = Some(files.clone());
    let server = start(config).await.unwrap();
    assert!(server.issuer().as_str().starts_with("https://localhost:"));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider);
    let client = client.with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let name = ServerName::try_from("id.example").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let answer = talk(stream, "/health/live").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security"), "{answer}");

    let mut config = anywhere();
    config.tls = Some(TlsFiles { key: folder.path().join("nothing.pem"), ..files });
    assert!(matches!(start(config).await.unwrap_err(), StartError::Tls { .. }));
}
