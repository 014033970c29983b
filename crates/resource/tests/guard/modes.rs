//! *DPoP required*, *DPoP or Bearer*, *observe*.

use http::StatusCode;
use keybound_proto::{challenge::Scheme, jose::Sign};
use keybound_resource::Mode;

use super::common::{Client, World, dpop, request};

async fn as_bearer(world: &World, token: &str) -> super::common::Answer {
    world.send(request("GET", "/me", &[("authorization", &format!("Bearer {token}"))])).await
}

#[tokio::test]
async fn where_dpop_is_required_no_bearer_token_passes() {
    let world = World::new();
    as_bearer(&world, &world.unbound_token()).await.refused("invalid_token", "token.bearer_not_accepted");
    // Nor is anything said about the token.
    as_bearer(&world, "nonsense").await.refused("invalid_token", "token.bearer_not_accepted");
    world.still_works().await;
}

#[tokio::test]
async fn where_both_are_accepted_an_unbound_token_passes_as_bearer() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    assert_eq!(as_bearer(&world, &world.unbound_token()).await.status, StatusCode::OK);
    let answer = as_bearer(&world, "nonsense").await;
    let challenge = answer.challenge(&Scheme::Bearer).unwrap();
    assert_eq!(challenge.param("error"), Some("invalid_token"));
    world.still_works().await;
}

#[tokio::test]
async fn where_it_only_observes_it_remarks_on_what_it_would_refuse() {
    let world = World::with(|config| config.mode = Mode::Observe);
    let client = Client::new();
    let token = world.token(&client);
    let judge = async |headers: &[(&str, &str)]| {
        let request = request("GET", "/me", headers);
        let admission = world.guard.admit(request.method(), request.uri(), request.headers()).await;
        admission.map(|admission| admission.principal.remark().map(|why| why.code()))
    };
    let wrong = client.proof(&world, "POST", "/me", &token);
    let remark = judge(&[("authorization", &dpop(&token)), ("dpop", &wrong)]).await.unwrap();
    assert_eq!(remark, Some("proof.htm_mismatch"));
    let remark = judge(&[("authorization", &dpop(&token))]).await.unwrap();
    assert_eq!(remark, Some("proof.missing"));
    let good = client.proof(&world, "GET", "/me", &token);
    assert_eq!(judge(&[("authorization", &dpop(&token)), ("dpop", &good)]).await.unwrap(), None);
    let unbound = world.unbound_token();
    let remark = judge(&[("authorization", &format!("Bearer {unbound}"))]).await.unwrap();
    assert_eq!(remark, Some("token.bearer_not_accepted"));
    // A token that is no good is no good here either.
    assert!(judge(&[("authorization", "Bearer nonsense")]).await.is_err());
    assert!(judge(&[("authorization", "DPoP nonsense")]).await.is_err());
}

#[tokio::test]
async fn a_principal_says_whom_it_speaks_for() {
    let world = World::new();
    let client = Client::new();
    let token = world.token_with(&client, |claims| claims["permissions"] = serde_json::json!(["write"]));
    let proof = client.proof(&world, "GET", "/me", &token);
    let request = request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)]);
    let admission = world.guard.admit(request.method(), request.uri(), request.headers()).await.unwrap();
    let who = admission.principal;
    assert_eq!((who.subject().as_str(), who.client_id().as_str()), ("alice", "spa"));
    assert!(who.scopes().contains("read:orders") && who.permissions() == ["write"]);
    assert_eq!(who.possession().unwrap().thumbprint(), client.builder.thumbprint());
    assert_eq!(who.binding(), keybound_proto::dpop::Binding::Key(*client.builder.thumbprint()));
    assert_eq!(who.claims().text("iss"), Some(super::common::ISSUER));
}

/// RS23: what was found good is forgotten when its time is over, and at once when the keys change.
#[tokio::test]
async fn rs23_a_good_token_is_not_believed_for_longer_than_it_may_be() {
    let world = World::new();
    let client = Client::new();
    let token = world.token_with(&client, |claims| claims["exp"] = (super::common::NOW + 100).into());
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    world.clock.advance(104);
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    world.clock.advance(1);
    world.get(&client, &token).await.refused("invalid_token", "token.expired");

    let token = world.token(&client);
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    let other = super::common::named_key(keybound_proto::jose::Alg::Es256, "two");
    world.keys.publish(keybound_proto::jose::KeySet::new(vec![other.public().clone()]));
    world.get(&client, &token).await.refused("invalid_token", "token.key_unknown");
    world.keys.publish(keybound_proto::jose::KeySet::new(vec![world.issuer.public().clone()]));
    world.still_works().await;
}
