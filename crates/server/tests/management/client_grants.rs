use http::Method;
use serde_json::{Value, json};

use crate::world::{MANAGEMENT, World, text};

const API: &str = "https://orders.example";

async fn client_and_api(world: &World) -> String {
    let api =
        json!({ "identifier": API, "scopes": [{ "value": "read:orders" }, { "value": "write:orders" }] });
    world.post("resource-servers", api).await.made();
    let client = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    text(&client, "client_id")
}

fn grant(client: &str, scope: Value) -> Value {
    json!({ "client_id": client, "audience": API, "scope": scope })
}

#[tokio::test]
async fn a_grant_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let client = client_and_api(&world).await;
    let made = world.post("client-grants", grant(&client, json!(["read:orders"]))).await.made();
    assert!(text(&made, "id").starts_with("cgr_"));
    assert_eq!(made["subject_type"], "client");
    let path = format!("client-grants/{}", text(&made, "id"));
    assert_eq!(world.get(&path).await.ok(), made);
    let changed = world.patch(&path, json!({ "scope": ["write:orders"] })).await.ok();
    assert_eq!(changed["scope"], json!(["write:orders"]));
    let listed =
        world.get(&format!("client-grants?client_id={client}&audience=https%3A%2F%2Forders.example")).await;
    assert_eq!(listed.ok(), json!([changed]));
    world.delete(&path).await.gone();
    world.get(&path).await.refused(404, "The grant does not exist.", Some("inexistent_client_grant"));
}

#[tokio::test]
async fn a_grant_is_between_things_that_exist_and_once() {
    let world = World::new().await;
    let client = client_and_api(&world).await;
    let nobody = world.post("client-grants", grant("ghost", json!([]))).await;
    nobody.refused(404, "The client does not exist", Some("inexistent_client"));
    let nowhere = json!({ "client_id": client, "audience": "https://nowhere.example", "scope": [] });
    let nowhere = world.post("client-grants", nowhere).await;
    nowhere.refused(404, "The resource server does not exist", Some("inexistent_resource_server"));
    let by_default =
        json!({ "audience": "https://orders.example", "scope": [], "default_for": "third_party_clients" });
    let made = world.post("client-grants", by_default.clone()).await.made();
    assert!(made.get("client_id").is_none());
    let again = world.post("client-grants", by_default.clone()).await;
    again.refused(409, "A client grant for this client and audience already exists.", None);
    let mut both = by_default;
    both["client_id"] = client.as_str().into();
    let message = "A default is no single client's: leave client_id out.";
    world.post("client-grants", both).await.refused(400, message, Some("invalid_body"));
    let whose = world.post("client-grants", json!({ "audience": "https://orders.example" })).await;
    let message = "Payload validation error: 'Missing required property: client_id'.";
    whose.refused(400, message, Some("invalid_body"));
    // As at Auth0, a grant may name what the API does not define.
    world.post("client-grants", grant(&client, json!(["read:orders", "fly"]))).await.made();
    let again = world.post("client-grants", grant(&client, json!([]))).await;
    again.refused(409, "A client grant for this client and audience already exists.", None);
    let mut for_users = grant(&client, json!(["read:orders"]));
    for_users["subject_type"] = "user".into();
    world.post("client-grants", for_users.clone()).await.made();
    for_users["audience"] = MANAGEMENT.into();
    for_users["scope"] = json!(["read:users"]);
    let administrators = world.post("client-grants", for_users).await;
    let message = "System resource servers are not for users.";
    administrators.refused(403, message, Some("feature_not_enabled"));
}

/// Whoever may not grant makes no client that is granted something.
#[tokio::test]
async fn the_client_that_okta_configures_single_sign_on_by_has_a_grant_of_its_own_and_no_other() {
    let world = World::new().await;
    let body = json!({ "name": "express", "app_type": "express_configuration" });
    let client = text(&world.post("clients", body.clone()).await.made(), "client_id");
    let own = world.get(&format!("client-grants?client_id={client}")).await.ok();
    assert_eq!((own.as_array().unwrap().len(), &own[0]["is_system"]), (1, &json!(true)), "{own}");
    assert_eq!((&own[0]["audience"], &own[0]["subject_type"]), (&json!(MANAGEMENT), &json!("client")));
    world.post("resource-servers", json!({ "identifier": API })).await.made();
    let refused = world.post("client-grants", grant(&client, json!([]))).await;
    let message = "Client of type express_configuration cannot be used";
    refused.refused(400, message, Some("validation_error"));
    world.delete(&format!("clients/{client}")).await.gone();
    let path = format!("client-grants/{}", text(&own[0], "id"));
    world.get(&path).await.refused(404, "The grant does not exist.", Some("inexistent_client_grant"));
    let maker = world.administrator(&["create:clients"]).await;
    let made = world.with(&maker, Method::POST, "clients", Some(body)).await.made();
    let none = world.get(&format!("client-grants?client_id={}", text(&made, "client_id"))).await.ok();
    assert_eq!(none, json!([]));
}
