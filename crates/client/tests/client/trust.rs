//! TLS to a server whose certificate only a private authority vouches for.

use std::sync::Arc;

use http::Request;
use keybound_client::http::{Body, Http, Limits, Web};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// An authority of its own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server on this machine with a certificate for `name`; its port.
    async fn vouches_for(&self, name: &str) -> u16 {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Who does not believe the certificate hangs up here.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        port
    }

    fn trusted(&self) -> Web {
        Web::trusting(Limits::default(), self.pem.as_bytes()).unwrap()
    }
}

/// What comes of a request; what the client says when nothing does.
async fn ask(web: &Web, host: &str, port: u16) -> Result<String, String> {
    let request = Request::get(format!("https://{host}:{port}/?code=s3cret")).body(Body::default()).unwrap();
    let answer = web.send(request).await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(answer.body().as_bytes()).into_owned())
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_was_named_and_nowhere_else() {
    let ours = Authority::new("Ours");
    let port = ours.vouches_for("localhost").await;
    assert_eq!(ask(&ours.trusted(), "localhost", port).await.unwrap(), "hi");
    // Who was told of another one, or of none, says so; and says nothing of what stood in the address.
    for web in [Authority::new("Theirs").trusted(), Web::new(Limits::default()).unwrap()] {
        let error = ask(&web, "localhost", port).await.unwrap_err();
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

/// RFC 9110 §4.3.4: the certificate must be for the host that was asked for.
#[tokio::test]
async fn a_certificate_for_another_host_is_refused_by_both_names() {
    let ours = Authority::new("Ours");
    let port = ours.vouches_for("id.example").await;
    let error = ask(&ours.trusted(), "localhost", port).await.unwrap_err();
    assert!(error.contains("localhost") && error.contains("id.example"), "{error}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_no_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
    });
    let web = Web::new(Limits::default()).unwrap();
    ask(&web, "localhost", port).await.unwrap_err();
}

#[test]
fn what_is_no_certificate_is_not_trusted() {
    let pem = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    Web::trusting(Limits::default(), pem.as_bytes()).unwrap_err();
}
