//! Every operation takes the scopes that its row names, and no others (auth0.md §4).

use std::collections::BTreeSet;

use http::Method;
use keybound_api::operation::{self, Guard, Operation};
use serde_json::json;

use crate::world::World;

#[cfg(test)]
mod asked {
    use super::*;

    /// Every operation that takes a scope.
    pub(super) fn managed() -> Vec<&'static Operation> {
        operation::all().filter(|row| !row.guard.scopes().is_empty()).collect()
    }

    /// Every scope that any operation takes, but these.
    pub(super) fn all_but(without: &[&str]) -> Vec<&'static str> {
        let all: BTreeSet<&str> = managed().iter().flat_map(|row| row.guard.scopes()).copied().collect();
        all.into_iter().filter(|scope| !without.contains(scope)).collect()
    }

    pub(super) async fn ask(world: &World, token: &str, row: &Operation) -> crate::world::Answer {
        let path = row.path.strip_prefix("/api/v2/").unwrap();
        let steps: Vec<_> =
            path.split('/').map(|step| if step.starts_with('{') { "x" } else { step }).collect();
        let method: Method = row.method.as_str().parse().unwrap();
        let body = (method != Method::GET).then(|| json!({}));
        world.with(token, method, &steps.join("/"), body).await
    }
}

/// Auth0's sentence, and its order.
#[tokio::test]
async fn with_every_scope_but_its_own_each_operation_is_refused() {
    let world = World::new().await;
    let rows = asked::managed();
    assert!(rows.len() > 60, "{}", rows.len());
    for row in rows {
        let (missing, needed) = match row.guard {
            Guard::All(scopes) => (&scopes[..1], scopes[0].to_owned()),
            guard => (guard.scopes(), guard.scopes().join(",")),
        };
        let token = world.administrator(&asked::all_but(missing)).await;
        let answer = asked::ask(&world, &token, row).await;
        let message = format!("Insufficient scope, expected any of: {needed}");
        answer.refused(403, &message, Some("insufficient_scope"));
    }
}

#[tokio::test]
async fn any_one_of_its_scopes_opens_an_operation() {
    let world = World::new().await;
    for row in asked::managed() {
        let sets: Vec<Vec<&str>> = match row.guard {
            Guard::Any(scopes) => scopes.iter().map(|scope| vec![*scope]).collect(),
            guard => vec![guard.scopes().to_vec()],
        };
        for scopes in sets {
            let token = world.administrator(&scopes).await;
            let answer = asked::ask(&world, &token, row).await;
            let (method, path) = (row.method.as_str(), row.path);
            assert_ne!(answer.body["errorCode"], "insufficient_scope", "{method} {path} {scopes:?}");
            assert_ne!(answer.status, 401, "{method} {path}");
        }
    }
}

/// An operation that needs two scopes is not opened by the second alone either.
#[tokio::test]
async fn where_all_scopes_are_needed_none_can_be_left_out() {
    let world = World::new().await;
    let needy = asked::managed().into_iter().filter(|row| matches!(row.guard, Guard::All(_)));
    for row in needy.collect::<Vec<_>>() {
        for scope in row.guard.scopes() {
            let token = world.administrator(&asked::all_but(&[*scope])).await;
            let message = format!("Insufficient scope, expected any of: {scope}");
            asked::ask(&world, &token, row).await.refused(403, &message, Some("insufficient_scope"));
        }
    }
}
