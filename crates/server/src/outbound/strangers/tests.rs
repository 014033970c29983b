use std::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Somebody inside who must never be called.
struct Canary {
    port: u16,
    called: Arc<AtomicUsize>,
}

impl Canary {
    async fn sing() -> Self {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let (port, called) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let heard = Arc::clone(&called);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                heard.fetch_add(1, Ordering::SeqCst);
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { break };
                    head.push(byte);
                }
                let _ = stream.write_all(ANSWER).await;
            }
        });
        Self { port, called }
    }

    /// How often; whoever connected before the canary is called itself was counted before.
    async fn called(&self) -> usize {
        let mut own = TcpStream::connect((HERE, self.port)).await.unwrap();
        own.write_all(b"\r\n\r\n").await.unwrap();
        own.read_u8().await.unwrap();
        self.called.load(Ordering::SeqCst) - 1
    }
}

const HERE: &str = "127.0.0.1";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

fn strangers(unguarded: &[Origin]) -> Strangers {
    Strangers::new(unguarded, None).unwrap()
}

/// Client ID Metadata Document §6.5, conformance A19: by number, by name, and by every other spelling.
#[tokio::test]
async fn an_address_inside_is_never_called() {
    let canary = Canary::sing().await;
    let port = canary.port;
    let strangers = strangers(&[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "sky.localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00:ec2::254]",
    ] {
        let failed = strangers.read(&format!("https://{host}:{port}/client.json"), LONGEST).await;
        let error = failed.unwrap_err().to_string();
        assert!(error.contains("not one of the public internet"), "{host}: {error}");
    }
    assert_eq!(canary.called().await, 0);
}

#[tokio::test]
async fn an_address_without_tls_is_never_called() {
    let canary = Canary::sing().await;
    let strangers = strangers(&[]);
    for address in [format!("http://127.0.0.1:{}/", canary.port), "http://example.com/".to_owned()] {
        let failed = strangers.read(&address, LONGEST).await;
        assert!(matches!(failed, Err(OutboundError::Insecure)), "{address}");
    }
    assert_eq!(canary.called().await, 0);
}

/// The operator types the origin; the port next door is guarded still.
#[tokio::test]
async fn an_origin_that_the_operator_named_is_called_and_no_other() {
    let (named, other) = (Canary::sing().await, Canary::sing().await);
    let origin = Origin::parse(&format!("http://127.0.0.1:{}", named.port)).unwrap();
    let strangers = strangers(std::slice::from_ref(&origin));
    assert_eq!(strangers.read(&format!("{origin}/client.json"), LONGEST).await.unwrap().body, b"{}");
    strangers.read(&format!("https://127.0.0.1:{}/", other.port), LONGEST).await.unwrap_err();
    assert_eq!((named.called().await, other.called().await), (1, 0));
}

/// A name that has a public address too is as bad: which of them is connected to is chance.
#[test]
fn one_address_inside_spoils_a_name() {
    let socket = |text: &str| SocketAddr::new(text.parse::<IpAddr>().unwrap(), 0);
    let public = vec![socket("8.8.8.8"), socket("2606:4700::1111")];
    assert_eq!(judged(public.clone()).unwrap().collect::<Vec<_>>(), public);
    for inside in ["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"] {
        for at in 0..=public.len() {
            let mut found = public.clone();
            found.insert(at, socket(inside));
            assert!(judged(found).is_err(), "{inside} at {at}");
        }
    }
}
