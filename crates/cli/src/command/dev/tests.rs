//! What can be said of `dev` without running a server.

use std::net::{SocketAddr, TcpListener};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use tower::ServiceExt;

use super::{
    folder::Folder,
    listening::{Listening, after},
    page::{self, PageConfig},
    places::Places,
};
use crate::exit::Exit;

fn places() -> Places {
    Places::new("http", [8420, 8421, 8422], SocketAddr::from(([127, 0, 0, 1], 8422)), None)
}

fn router() -> axum::Router {
    let config = PageConfig {
        issuer: "http://localhost:8420/".to_owned(),
        client_id: "a-client".to_owned(),
        api: "http://localhost:8421/".to_owned(),
        audience: "http://localhost:8421/".to_owned(),
        scope: "openid",
    };
    page::router(config, &places()).expect("it is built")
}

async fn fetch(path: &str) -> (StatusCode, axum::http::HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).expect("it is a request");
    let response = router().oneshot(request).await.expect("it answers");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("it is read");
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("it is text"))
}

#[test]
fn places_are_localhost_with_a_slash_and_the_page_may_be_opened_both_ways() {
    let places = places();
    assert_eq!(places.issuer(), "http://localhost:8420/");
    assert_eq!(places.issuer_origin(), "http://localhost:8420");
    assert_eq!(places.api_origins(), &["http://localhost:8421", "http://127.0.0.1:8421"]);
    assert_eq!(places.page(), "http://localhost:8422/");
    assert_eq!(places.page_origins(), ["http://localhost:8422", "http://127.0.0.1:8422"]);
}

#[test]
fn an_issuer_given_without_its_slash_gets_it() {
    let page = SocketAddr::from(([192, 0, 2, 7], 9002));
    let places = Places::new("http", [1, 2, 9002], page, Some("https://id.example.com/tenant"));
    assert_eq!(places.issuer(), "https://id.example.com/tenant/");
    assert_eq!(places.issuer_origin(), "https://id.example.com");
    assert!(places.page_origins().contains(&"http://192.0.2.7:9002".to_owned()));
}

#[test]
fn the_other_ports_follow_the_first_unless_any_will_do() {
    let addr = SocketAddr::from(([127, 0, 0, 1], 8420));
    assert_eq!(after(addr, 2).port(), 8422);
    assert_eq!(after(SocketAddr::from(([127, 0, 0, 1], 0)), 2).port(), 0);
}

#[test]
fn a_taken_port_is_named_and_so_is_the_option_that_changes_it() {
    let held = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = held.local_addr().expect("it has an address");
    let failure = Listening::take(addr, "--page-listen").expect_err("it is taken");
    assert_eq!(failure.exit(), Exit::Address);
    assert!(failure.to_string().contains(&format!("port {} is taken", addr.port())), "{failure}");
    assert!(failure.advice().is_some_and(|hint| hint.contains("--page-listen")));
}

#[test]
fn what_is_kept_is_for_its_owners_eyes_only_and_stays_the_same() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = tempfile::tempdir().expect("it is made");
    let path = scratch.path().join("data");
    let folder = Folder::open(&path).expect("it opens");
    let first = folder.kept().expect("it is made");
    drop(folder);
    let again = Folder::open(&path).expect("it opens").kept().expect("it is read");
    assert_eq!(first.password, again.password);
    assert_eq!(first.management_client_secret, again.management_client_secret);
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path.join("dev.json")), 0o600);
    assert_eq!(mode(&path), 0o700);
}

#[test]
fn a_folder_serves_one_run_at_a_time() {
    let scratch = tempfile::tempdir().expect("it is made");
    let held = Folder::open(scratch.path()).expect("it opens");
    let failure = Folder::open(scratch.path()).expect_err("it is held");
    assert!(failure.to_string().contains("another `keybound dev`"), "{failure}");
    drop(held);
    Folder::open(scratch.path()).expect("it is free again");
}

#[tokio::test]
async fn everything_the_page_loads_is_served_by_it_with_a_strict_policy() {
    let mut wanted = vec!["/".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = wanted.pop() {
        let (status, headers, body) = fetch(&path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("it is text");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(
            policy.contains(
                "connect-src 'self' http://localhost:8420 http://localhost:8421 http://127.0.0.1:8421;"
            ),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        seen.push(path);
        for link in links(&body) {
            if !seen.contains(&link) && !wanted.contains(&link) {
                wanted.push(link);
            }
        }
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
}

#[tokio::test]
async fn the_page_is_told_where_everything_is_and_nothing_secret() {
    let (status, _, body) = fetch("/config.json").await;
    assert_eq!(status, StatusCode::OK);
    let told: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
    let names: Vec<_> = told.as_object().expect("it is an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["api", "audience", "client_id", "issuer", "scope"]);
}

#[tokio::test]
async fn nothing_else_is_served() {
    assert_eq!(fetch("/../Cargo.toml").await.0, StatusCode::NOT_FOUND);
    assert_eq!(fetch("/page/main.js").await.0, StatusCode::NOT_FOUND);
}

/// What a file of the page links to or imports from its own folder.
fn links(text: &str) -> Vec<String> {
    ["href=\"", "src=\"", "from \"./"]
        .into_iter()
        .flat_map(|before| text.split(before).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| !link.starts_with('#') && !link.contains("//"))
        .map(|link| format!("/{link}"))
        .collect()
}
