//! What no operation of the Management API takes: conformance A2 (HTTP).

use std::{fmt::Write as _, sync::atomic::Ordering};

use axum::body::Body;
use http::{Method, StatusCode};

use crate::{
    bodies::{endless, silent},
    world::World,
};

/// Most bytes of a body, as at Auth0.
const LIMIT: usize = 1024 * 1024;

/// One of each way that bodies are read.
const OPERATIONS: [(Method, &str); 5] = [
    (Method::POST, "clients"),
    (Method::PATCH, "clients/x"),
    (Method::POST, "users"),
    (Method::POST, "organizations"),
    (Method::PUT, "guardian/policies"),
];

/// Nothing is read of what says itself that it is too long, and of what does not end no more than the limit.
#[tokio::test]
async fn no_operation_reads_more_than_a_megabyte() {
    let world = World::new().await;
    for (method, path) in OPERATIONS {
        let announced = world.sends(method.clone(), path, silent(LIMIT as u64 + 1)).await;
        assert_eq!(announced.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", announced.body);
        let (body, pulled) = endless();
        let large = world.sends(method, path, body).await;
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", large.body);
        let pulled = pulled.load(Ordering::Relaxed);
        assert!(pulled <= LIMIT + 2 * 1024, "{path} read {pulled} bytes");
    }
}

#[tokio::test]
async fn what_comes_twice_or_without_end_is_refused() {
    let world = World::new().await;
    let members = (0..50_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, "\"a{n}\":1,");
        text
    });
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(400_000), "]".repeat(400_000));
    for (method, path) in OPERATIONS {
        for body in [r#"{"name":"a","name":"b"}"#.to_owned(), format!("{{{members}\"a\":1}}"), deep.clone()] {
            let answer = world.sends(method.clone(), path, Body::from(body)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.body);
        }
    }
}
