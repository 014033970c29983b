//! Who is let in (auth0.md §4; RFC 9449 §7).

use http::Method;
use keybound_proto::jose::{Alg, mint};
use serde_json::json;

use crate::world::{ISSUER, MANAGEMENT, World, key};

#[tokio::test]
async fn without_a_token_nobody_is_let_in() {
    let world = World::new().await;
    for (path, method) in [("/api/v2/clients", Method::GET), ("/api/v2/users/auth0%7C1", Method::DELETE)] {
        let answer = world.call(method, path, &[], None).await;
        answer.refused(401, "Missing authentication", None);
    }
}

#[tokio::test]
async fn a_token_must_be_ours_and_meant_for_this_and_live() {
    let world = World::new().await;
    world.with("junk", Method::GET, "clients", None).await.refused(401, "Invalid token", None);
    let api = json!({ "identifier": "https://other.example", "scopes": [{ "value": "read:clients" }] });
    world.post("resource-servers", api).await.made();
    let token = world.administrator(&["read:clients"]).await;
    world.with(&token, Method::GET, "clients", None).await.ok();
    world.clock.turn(keybound_proto::time::Lifetime::seconds(86_401));
    let expired = "Expired token received for JSON Web Token validation";
    world.with(&token, Method::GET, "clients", None).await.refused(401, expired, None);
}

#[tokio::test]
async fn a_scope_permits_one_verb_on_one_kind() {
    let world = World::new().await;
    let token = world.administrator(&["read:clients", "update:users"]).await;
    world.with(&token, Method::GET, "clients", None).await.ok();
    for (method, path, needed) in [
        (Method::POST, "clients", "create:clients"),
        (Method::DELETE, "clients/x", "delete:clients"),
        (Method::PATCH, "clients/x", "update:clients,update:client_keys,update:client_credentials"),
        (Method::GET, "users", "read:users"),
        (Method::GET, "resource-servers/x", "read:resource_servers"),
        (Method::POST, "client-grants", "create:client_grants"),
        (Method::PATCH, "connections/x", "update:connections"),
    ] {
        let body = (method != Method::GET).then(|| json!({}));
        let answer = world.with(&token, method, path, body).await;
        let message = format!("Insufficient scope, expected any of: {needed}");
        answer.refused(403, &message, Some("insufficient_scope"));
    }
}

/// The scopes there are for administrators, who are machines: were a user's token ever issued, it would open nothing.
#[tokio::test]
async fn a_token_of_a_user_has_none_of_the_scopes_it_names() {
    let world = World::new().await;
    let now = world.clock.now();
    let signer = world.app.keys.signer(&world.app.store, Alg::Rs256, now).await.unwrap();
    let mut claims = json!({
        "iss": ISSUER, "aud": MANAGEMENT, "azp": "spa", "scope": "read:clients",
        "iat": now.as_unix(), "exp": now.as_unix() + 60,
    });
    for (subject, status) in [("auth0|1", 403), ("spa", 403), ("other@clients", 403), ("spa@clients", 200)] {
        claims["sub"] = subject.into();
        let token = mint("JWT", &claims, &*signer).unwrap();
        let answer = world.with(&token, Method::GET, "clients", None).await;
        assert_eq!(answer.status.as_u16(), status, "{subject}: {}", answer.body);
    }
}

/// RFC 9449 §7.1, §7.2; conformance AS30.
#[tokio::test]
async fn a_bound_token_needs_its_proof_and_is_nothing_without() {
    let world = World::new().await;
    let (owner, thief) = (key(), key());
    let token = world.bound(&owner).await;
    let dpop = format!("DPoP {token}");
    let path = "/api/v2/clients";

    let proof = world.proof(&owner, "GET", path, Some(&token));
    let headers = [("authorization", dpop.as_str()), ("dpop", proof.as_str())];
    let answer = world.call(Method::GET, path, &headers, None).await;
    answer.ok();
    assert!(answer.headers.contains_key("dpop-nonce"));
    let replayed = world.call(Method::GET, path, &headers, None).await;
    assert_eq!(replayed.status, 401, "{}", replayed.body);

    assert_eq!(world.with(&token, Method::GET, "clients", None).await.status, 401, "as a bearer token");
    let bare = world.call(Method::GET, path, &[("authorization", &dpop)], None).await;
    assert_eq!(bare.status, 401, "without a proof");
    for wrong in [
        world.proof(&thief, "GET", path, Some(&token)),
        world.proof(&owner, "POST", path, Some(&token)),
        world.proof(&owner, "GET", "/api/v2/users", Some(&token)),
        world.proof(&owner, "GET", path, None),
    ] {
        let refused =
            world.call(Method::GET, path, &[("authorization", &dpop), ("dpop", &wrong)], None).await;
        assert_eq!(refused.status, 401, "{}", refused.body);
        assert!(refused.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn what_is_no_route_is_told_in_the_same_dialect() {
    let world = World::new().await;
    let answer = world.root(Method::PUT, "clients", Some(json!({}))).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.body["statusCode"], 405);
}
