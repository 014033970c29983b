use std::time::Duration;

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

use super::{Door, bind};
use crate::{StartError, config::Limits};

async fn open(limits: Limits, router: Router) -> (std::net::SocketAddr, watch::Sender<bool>) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(Door { listener, tls: None, limits }.serve(router, stopped));
    (addr, stop)
}

async fn say(addr: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let addr = first.local_addr().unwrap();
    let error = bind(addr).await.unwrap_err();
    assert!(matches!(error, StartError::PortTaken { .. }));
    assert_eq!(error.to_string(), format!("port {} on 127.0.0.1 is already taken", addr.port()));
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_so_is_one_that_never_ends_its_headers() {
    let limits = Limits { header_time: Duration::from_millis(100), ..Limits::default() };
    let (addr, _stop) = open(limits, Router::new()).await;
    for said in ["", "P", "PRI", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let answer = tokio::time::timeout(Duration::from_secs(5), say(addr, said)).await.unwrap();
        assert!(!answer.starts_with("HTTP/1.1 200"), "{said:?}: {answer}");
    }
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let (addr, _stop) = open(Limits::default(), Router::new()).await;
    let many = "X: y\r\n".repeat(101);
    let answer = say(addr, &format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    // The rest of an overlong line is never read, so the answer may be lost with the connection.
    let long = "x".repeat(40_000);
    let answer = say(addr, &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

/// RFC 9112 §3.2.
#[tokio::test]
async fn a_request_that_names_no_host_or_two_is_refused_and_the_connection_ends() {
    let (addr, _stop) = open(Limits::default(), Router::new().route("/", get(|| async { "here" }))).await;
    for bad in ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a@b\r\n", "Host: a/b\r\n"] {
        let two = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = say(addr, &format!("GET / HTTP/1.1\r\n{bad}\r\n{two}")).await;
        assert!(answer.starts_with("HTTP/1.1 400") && !answer.contains("here"), "{bad:?}: {answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    for good in
        ["GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\nHost: a:1\r\n", "GET http://a/ HTTP/1.1\r\nHost:\r\n"]
    {
        let answer = say(addr, &format!("{good}Connection: close\r\n\r\n")).await;
        assert!(answer.ends_with("here"), "{good:?}: {answer}");
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_the_order_to_stop() {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "done"
    });
    let (addr, stop) = open(Limits::default(), Router::new().route("/", slow)).await;
    let asked = tokio::spawn(say(addr, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send_replace(true);
    let answer = asked.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens any more");
}
