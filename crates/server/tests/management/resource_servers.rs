use serde_json::json;

use crate::world::{World, text};

const API: &str = "https://orders.example/v1";
const ENCODED: &str = "resource-servers/https%3A%2F%2Forders.example%2Fv1";

#[tokio::test]
async fn a_resource_server_is_found_by_its_id_and_by_its_identifier() {
    let world = World::new().await;
    let body = json!({
        "identifier": API, "name": "Orders", "scopes": [{ "value": "read:orders", "description": "Read" }],
        "allow_offline_access": true, "token_lifetime_for_web": 600,
    });
    let made = world.post("resource-servers", body).await.made();
    assert_eq!(text(&made, "id").len(), 24);
    assert_eq!(world.get(&format!("resource-servers/{}", text(&made, "id"))).await.ok(), made);
    assert_eq!(world.get(ENCODED).await.ok(), made);
    let changed = world.patch(ENCODED, json!({ "scopes": [] })).await.ok();
    assert_eq!(changed["scopes"], json!([]));
    let listed = world.get("resource-servers?identifiers=https%3A%2F%2Forders.example%2Fv1").await.ok();
    assert_eq!(listed, json!([changed]));
    world.delete(ENCODED).await.gone();
    let absent = "The resource server does not exist";
    world.get(ENCODED).await.refused(404, absent, Some("inexistent_resource_server"));
}

#[tokio::test]
async fn an_identifier_is_taken_once() {
    let world = World::new().await;
    world.post("resource-servers", json!({ "identifier": API })).await.made();
    let again = world.post("resource-servers", json!({ "identifier": API })).await;
    again.refused(409, "A resource server with the same identifier already exists.", None);
    let userinfo =
        world.post("resource-servers", json!({ "identifier": "https://id.example/userinfo" })).await;
    assert_eq!(userinfo.status, 400, "{}", userinfo.body);
}

/// auth0.md §3: echoed as written; `null` takes it away.
#[tokio::test]
async fn a_proof_policy_comes_back_as_it_was_written() {
    let world = World::new().await;
    for policy in [
        json!({ "mechanism": "dpop", "required": false }),
        json!({ "mechanism": "dpop", "required": true, "required_for": "all_clients" }),
        json!({ "mechanism": "dpop", "required": true, "required_for": "public_clients" }),
    ] {
        let body = json!({ "identifier": policy.to_string(), "proof_of_possession": policy });
        let made = world.post("resource-servers", body).await.made();
        assert_eq!(made["proof_of_possession"], policy);
        let path = format!("resource-servers/{}", text(&made, "id"));
        assert_eq!(world.get(&path).await.ok()["proof_of_possession"], policy);
        world.patch(&path, json!({ "proof_of_possession": null })).await.ok();
        assert!(world.get(&path).await.ok().get("proof_of_possession").is_none());
    }
    let mtls = json!({ "identifier": "m", "proof_of_possession": { "mechanism": "mtls", "required": true } });
    let mtls = world.post("resource-servers", mtls).await;
    assert_eq!(mtls.headers["keybound-inert"], "proof_of_possession.mechanism", "bound by DPoP instead");
    assert_eq!(mtls.status, 201);
}

#[tokio::test]
async fn our_own_api_stays_as_it_is_but_for_its_tokens() {
    let world = World::new().await;
    let path = "resource-servers/https%3A%2F%2Fid.example%2Fapi%2Fv2%2F";
    assert_eq!(world.get(path).await.ok()["is_system"], true);
    let code = Some("operation_not_supported");
    world.delete(path).await.refused(400, "System resource servers cannot be deleted.", code);
    world.patch(path, json!({ "scopes": [] })).await.refused(
        400,
        "System resource servers cannot be changed.",
        code,
    );
    assert_eq!(world.patch(path, json!({ "token_lifetime": 7200 })).await.ok()["token_lifetime"], 7_200);
}

/// Nothing answers at it here, and whoever asks for it is told.
#[tokio::test]
async fn an_api_of_auth0s_own_comes_and_goes_when_it_is_asked_for() {
    let world = World::new().await;
    let body = json!({ "name": "Mine", "identifier": "https://id.example/me/" });
    let asked = world.post("resource-servers", body.clone()).await;
    assert_eq!(asked.headers["keybound-inert"], "identifier");
    let made = asked.made();
    assert_eq!((&made["name"], &made["is_system"]), (&json!("Auth0 My Account API"), &json!(true)));
    let path = format!("resource-servers/{}", text(&made, "id"));
    let settled = "System resource servers cannot be changed.";
    let renamed = world.patch(&path, json!({ "name": "Mine" })).await;
    renamed.refused(400, settled, Some("operation_not_supported"));
    assert_eq!(world.patch(&path, json!({ "token_lifetime": 900 })).await.ok()["token_lifetime"], 900);
    let client = world.post("clients", json!({ "name": "app" })).await.made();
    let grant = json!({
        "client_id": client["client_id"], "audience": made["identifier"], "subject_type": "user",
        "scope": ["read:me:factors"],
    });
    world.post("client-grants", grant).await.made();
    world.delete(&path).await.gone();
    world.post("resource-servers", body).await.made();
}

#[tokio::test]
async fn a_deleted_resource_server_takes_the_grants_for_it_along() {
    let world = World::new().await;
    world.post("resource-servers", json!({ "identifier": API })).await.made();
    let client = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let grant = json!({ "client_id": client["client_id"], "audience": API });
    let grant = world.post("client-grants", grant).await.made();
    world.delete(ENCODED).await.gone();
    assert_eq!(world.get(&format!("client-grants/{}", text(&grant, "id"))).await.status, 404);
}
