//! P02, P06, P47, RS20, RS21: what only a socket can show.

use http::StatusCode;
use rustix::time::{ClockId, clock_gettime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::common::{Client, World, dpop};

struct Server {
    world: World,
    at: std::net::SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start() -> Self {
        let world = World::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let app = world.app.clone();
        let task = tokio::spawn(async move { axum::serve(listener, app).await });
        Self { world, at, task }
    }

    /// Sends bytes as they are and reads the first line of what comes back.
    async fn raw(&self, request: &str) -> (StatusCode, String) {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.expect("a status line"), answer)
    }

    /// `GET /me` with these lines in its header.
    async fn get(&self, lines: &[&str]) -> (StatusCode, String) {
        let lines = lines.join("\r\n");
        self.raw(&format!("GET /me HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{lines}\r\n\r\n"))
            .await
    }

    async fn good(&self) -> (String, String, Client) {
        let client = Client::new();
        let token = self.world.token(&client);
        (format!("Authorization: {}", dpop(&token)), token, client)
    }

    async fn still_works(&self) {
        let (credentials, token, client) = self.good().await;
        let proof = client.proof(&self.world, "GET", "/me", &token);
        let (status, answer) = self.get(&[&credentials, &format!("DPoP: {proof}")]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn p02_two_header_lines_are_refused() {
    let server = Server::start().await;
    let (credentials, token, client) = server.good().await;
    let proof = || client.proof(&server.world, "GET", "/me", &token);
    for lines in [
        [format!("DPoP: {}", proof()), format!("DPoP: {}", proof())],
        [format!("DPoP: {}", proof()), "dpop:".to_owned()],
    ] {
        let (status, answer) = server.get(&[&credentials, &lines[0], &lines[1]]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(
            answer.contains("error=\"invalid_dpop_proof\"") && answer.contains("proof.several"),
            "{answer}"
        );
    }
    let (status, answer) = server.get(&[&credentials, "DPoP:"]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(answer.contains("proof.empty"), "{answer}");
    server.still_works().await;
}

#[tokio::test]
async fn p06_the_header_s_name_has_no_case() {
    let server = Server::start().await;
    let (credentials, token, client) = server.good().await;
    for name in ["DPOP", "dpop", "DPoP", "dPoP"] {
        let proof = client.proof(&server.world, "GET", "/me", &token);
        let (status, answer) = server.get(&[&credentials, &format!("{name}: {proof}")]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

/// Milliseconds this thread has worked; with one thread, client and server both.
fn busy() -> u128 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |value: i64, by: u128| u128::try_from(value).unwrap() * 1_000_000 / by;
    (part(time.tv_sec, 1) + part(time.tv_nsec, 1_000_000_000)) / 1000
}

#[tokio::test]
async fn p47_a_huge_header_is_refused_quickly() {
    let server = Server::start().await;
    let (credentials, _, _) = server.good().await;
    for size in [8 * 1024 + 1, 64 * 1024] {
        let mut least = u128::MAX;
        for _ in 0..3 {
            let before = busy();
            let (status, answer) = server.get(&[&credentials, &format!("DPoP: {}", "a".repeat(size))]).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert!(answer.contains("proof.too_long"), "{answer}");
            least = least.min(busy() - before);
        }
        assert!(least <= 50, "{least} ms of processor time for {size} bytes");
    }
    let (status, _) = server.get(&[&credentials, &format!("DPoP: {}", "a".repeat(1 << 20))]).await;
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    server.still_works().await;
}

#[tokio::test]
async fn rs20_the_authority_of_a_request_is_not_believed() {
    let server = Server::start().await;
    let (credentials, token, client) = server.good().await;
    let proof =
        |url: &str| format!("DPoP: {}", client.proof_with(server.world.now(), "GET", url, &token, None));
    let ask = async |target: &str, host: &str, proof: &str| {
        let request =
            format!("GET {target} HTTP/1.1\r\n{host}connection: close\r\n{credentials}\r\n{proof}\r\n\r\n");
        server.raw(&request).await.0
    };
    let (good, evil) = ("https://api.example.com/me", "https://evil.example/me");
    for (target, host) in [
        ("/me", "host: evil.example\r\n"),
        ("http://evil.example/me", "host: evil.example\r\n"),
        ("https://evil.example/me", "host: api.example.com\r\n"),
    ] {
        assert_eq!(ask(target, host, &proof(evil)).await, StatusCode::UNAUTHORIZED, "{target} {host}");
        assert_eq!(ask(target, host, &proof(good)).await, StatusCode::OK, "{target} {host}");
    }
    server.still_works().await;
}

#[tokio::test]
async fn rs21_a_folded_or_smuggled_header_does_not_pass() {
    let server = Server::start().await;
    let (credentials, token, client) = server.good().await;
    let proof = client.proof(&server.world, "GET", "/me", &token);
    let (first, second) = proof.split_at(100);
    let (status, _) = server.get(&[&credentials, &format!("DPoP: {first}\r\n {second}")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for lines in ["content-length: 5\r\ncontent-length: 6", "transfer-encoding: x", "content-length: -1"] {
        let proof = client.proof(&server.world, "POST", "/me", &token);
        let request = format!(
            "POST /me HTTP/1.1\r\nhost: a\r\n{credentials}\r\nDPoP: {proof}\r\n{lines}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        );
        let (status, answer) = server.raw(&request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{lines}");
        assert_eq!(answer.matches("http/1.1 ").count(), 1, "{lines}: {answer}");
    }
    let (status, _) = server.get(&[&credentials, &format!("DPoP : {proof}")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    server.still_works().await;
}
