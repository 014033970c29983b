use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// What a client of PostgreSQL sends first when it wants TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Plays a PostgreSQL that speaks TLS with a certificate for `name`. Opens a database there, and says whether
/// anything was told to it under encryption, and the certificate was believed.
async fn believes(name: &str, roots: impl FnOnce(&Path, &str)) -> bool {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = [0; 8];
        socket.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, SSL_REQUEST, "nothing is said before TLS");
        socket.write_all(b"S").await.unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
        let Ok(mut stream) = acceptor.accept(socket).await else { return false };
        stream.read_u8().await.is_ok()
    });
    let folder = std::env::temp_dir().join(format!("keybound-tls-{}", keybound_crypto::entropy::hex::<8>()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("roots.pem");
    roots(&file, &certified.cert.pem());
    let address = format!("postgres://keybound@localhost:{port}/keybound?sslmode=require");
    let roots = file.exists().then_some(file.as_path());
    let opened = Postgres::open(&address, std::num::NonZeroUsize::MIN, roots).await;
    assert!(opened.is_err(), "it was no PostgreSQL");
    std::fs::remove_dir_all(folder).unwrap();
    server.await.unwrap()
}

#[tokio::test]
async fn a_certificate_that_is_trusted_and_for_the_host_is_believed() {
    assert!(believes("localhost", |file, pem| std::fs::write(file, pem).unwrap()).await);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not() {
    assert!(!believes("elsewhere.example", |file, pem| std::fs::write(file, pem).unwrap()).await);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_not() {
    assert!(!believes("localhost", |_, _| {}).await);
}

#[tokio::test]
async fn roots_without_a_certificate_are_a_mistake() {
    let refused = tls::Connector::new(Some(Path::new("/dev/null"))).err().unwrap();
    assert!(matches!(refused, StoreError::Address { .. }), "{refused}");
}
