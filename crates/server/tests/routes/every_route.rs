//! Every route with every method, asked with nothing at all: what exists, in which dialect, and for whose pages.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use axum::body::Body;
use http::{HeaderMap, Request};
use keybound_api::{later, operation};

use crate::world::World;

/// What people are shown, and what is nowhere: machines ask for the operations of `keybound_api`, and for nothing else.
const PAGES: [&str; 15] = [
    "/activate",
    "/activate/confirm",
    "/approve",
    "/approve/confirm",
    "/authorize/resume",
    "/nothing-here",
    "/oidc/logout/confirm",
    "/u/consent",
    "/u/email-verification",
    "/u/login",
    "/u/mfa",
    "/u/mfa-enrollment",
    "/u/reset-password",
    "/u/signup",
    "/api/v2/nothing-here",
];

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[cfg(test)]
mod asked {
    use super::*;

    /// Every path there is.
    pub(super) fn paths() -> BTreeSet<&'static str> {
        operation::all().map(|row| row.path).chain(PAGES).collect()
    }

    /// A path with something in the place of its names.
    pub(super) fn path(path: &str) -> String {
        let steps: Vec<_> =
            path.split('/').map(|step| if step.starts_with('{') { "x" } else { step }).collect();
        steps.join("/")
    }

    /// Of a response, what says which route it was.
    pub(super) fn told(headers: &HeaderMap) -> String {
        let names = ["content-type", "allow", "access-control-allow-origin", "www-authenticate"];
        let mut text = String::new();
        for name in names {
            for value in headers.get_all(name) {
                let _ = write!(text, " · {name}: {}", value.to_str().unwrap());
            }
        }
        text
    }

    /// Every file of the sources.
    pub(super) fn sources(folder: PathBuf, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(path, files);
            } else {
                files.push(path);
            }
        }
    }
}

/// Conformance A2.
#[tokio::test]
async fn every_route_answers_in_its_own_dialect() {
    let world = World::new().await;
    let mut contract = String::new();
    for path in asked::paths() {
        let _ = writeln!(contract, "{path}");
        for method in METHODS {
            let request = Request::builder().method(method).uri(asked::path(path));
            let answer =
                world.send(request.header("origin", "https://any.example").body(Body::empty()).unwrap());
            let answer = answer.await;
            let _ =
                writeln!(contract, "  {method} {}{}", answer.status.as_u16(), asked::told(&answer.headers));
        }
    }
    insta::assert_snapshot!(contract);
}

/// What the table of operations says there is, what another says that Auth0 has and we do not, and nothing else: the
/// document that is published says the same.
#[tokio::test]
async fn every_operation_has_a_route_and_every_route_is_an_operation() {
    let world = World::new().await;
    for path in asked::paths().into_iter().filter(|path| !PAGES.contains(path)) {
        for method in METHODS {
            let request = Request::builder().method(method).uri(asked::path(path));
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            let is_there = answer.status.as_u16() != 405;
            assert_eq!(
                is_there,
                operation::find(method, path).is_some() || later::find(method, path).is_some(),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

/// Where routes are written down; the listeners that redirect to TLS and tell of metrics have their own.
#[test]
fn no_route_is_left_out() {
    let mut files = Vec::new();
    asked::sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut routed = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let paths = text
            .split(".route(")
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'));
        routed.extend(paths.map(|(path, _)| path.to_owned()));
    }
    assert!(routed.len() > 50, "{routed:?}");
    let known = asked::paths();
    let left: Vec<_> = routed
        .iter()
        .filter(|path| !matches!(path.as_str(), "/" | "/metrics") && !known.contains(path.as_str()))
        .collect();
    assert_eq!(left, Vec::<&String>::new());
}
