//! A host where a client describes itself, by TLS on a socket.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use keybound_proto::uri::Origin;
use keybound_server::{
    Config,
    config::{ClientDocuments, Reading},
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// What is told there, how often it was asked for, and by how many connections.
#[derive(Clone)]
pub(crate) struct DocumentsAt {
    /// The name of the client, and where it describes itself.
    pub(crate) url: String,
    told: Arc<Mutex<Told>>,
    asked: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    trusted: PathBuf,
    _folder: Arc<TempDir>,
}

/// An answer.
#[derive(Clone)]
struct Told {
    status: &'static str,
    headers: String,
    body: String,
}

const JSON: &str = "Content-Type: application/json\r\n";

impl DocumentsAt {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("host.pem");
        std::fs::write(&trusted, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let told = Told { status: "404 Not Found", headers: String::new(), body: String::new() };
        let at = Self {
            url: format!("https://localhost:{}/client.json", listener.local_addr().unwrap().port()),
            told: Arc::new(Mutex::new(told)),
            asked: Arc::default(),
            connections: Arc::default(),
            trusted,
            _folder: Arc::new(folder),
        };
        tokio::spawn(at.clone().serve(listener, TlsAcceptor::from(Arc::new(tls))));
        at
    }

    /// A server that reads documents, and may call this host.
    pub(crate) fn read_by(&self, mut config: Config) -> Config {
        config.client_documents = self.guarded();
        config.client_documents.unguarded_origins = vec![Origin::of_url(&self.url).unwrap()];
        config
    }

    /// One that reads documents, and trusts this host, and may not call it: it lies inside.
    pub(crate) fn guarded(&self) -> ClientDocuments {
        let mut documents = ClientDocuments::default();
        documents.reading = Reading::Open;
        documents.root_certificates = Some(self.trusted.clone());
        documents
    }

    /// The document from now on.
    pub(crate) fn publish(&self, document: &Value) {
        self.tell("200 OK", JSON, &document.to_string());
    }

    /// The same, good for so long.
    pub(crate) fn publish_for(&self, seconds: u32, document: &Value) {
        let headers = format!("{JSON}Cache-Control: max-age={seconds}\r\n");
        self.tell("200 OK", &headers, &document.to_string());
    }

    /// Any answer from now on.
    pub(crate) fn tell(&self, status: &'static str, headers: &str, body: &str) {
        *self.told.lock().unwrap() = Told { status, headers: headers.to_owned(), body: body.to_owned() };
    }

    /// Nobody is answered from now on.
    pub(crate) fn hang(&self) {
        self.tell("", "", "");
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    async fn serve(self, listener: TcpListener, tls: TlsAcceptor) {
        while let Ok((stream, _)) = listener.accept().await {
            self.connections.fetch_add(1, Ordering::SeqCst);
            let (at, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = tls.accept(stream).await else { return };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    head.push(byte);
                }
                at.asked.fetch_add(1, Ordering::SeqCst);
                let Told { status, headers, body } = at.told.lock().unwrap().clone();
                if status.is_empty() {
                    return std::future::pending().await;
                }
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    }
}
