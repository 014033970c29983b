use serde_json::json;

use crate::world::{World, text};

#[tokio::test]
async fn a_connection_is_made_read_changed_and_deleted_with_its_users() {
    let world = World::new().await;
    let body = json!({ "name": "Staff", "strategy": "auth0", "options": { "passwordPolicy": "excellent" } });
    let made = world.post("connections", body).await.made();
    assert!(text(&made, "id").starts_with("con_"));
    assert_eq!(made["options"]["brute_force_protection"], true);
    let path = format!("connections/{}", text(&made, "id"));
    assert_eq!(world.get(&path).await.ok(), made);
    assert_eq!(world.get("connections?name=Staff&strategy=auth0").await.ok(), json!([made]));

    // As at Auth0, options are replaced whole; what is left out falls back to its default.
    let changed = world.patch(&path, json!({ "options": { "disable_signup": true } })).await.ok();
    assert_eq!(changed["options"]["passwordPolicy"], "good");
    assert_eq!(changed["options"]["disable_signup"], true);

    let user = json!({ "connection": "Staff", "email": "ann@example.com", "password": "abcDEF12" });
    let user = world.post("users", user).await.made();
    let other = "Username-Password-Authentication";
    let other = json!({ "connection": other, "email": "ann@example.com", "password": "abcDEF12" });
    let other = world.post("users", other).await.made();
    let deleted = world.delete(&path).await;
    assert_eq!(deleted.status, 202);
    assert_eq!(deleted.body["deleted_at"], "2027-01-15T08:00:10.000Z");
    world.delete(&path).await.gone();
    world.get(&path).await.refused(404, "The connection does not exist", Some("inexistent_connection"));
    assert_eq!(world.get(&format!("users/{}", text(&user, "user_id").replace('|', "%7C"))).await.status, 404);
    assert_eq!(
        world.get(&format!("users/{}", text(&other, "user_id").replace('|', "%7C"))).await.status,
        200
    );
}

#[tokio::test]
async fn a_name_is_taken_once_and_other_strategies_are_not_offered() {
    let world = World::new().await;
    let taken = json!({ "name": "Username-Password-Authentication", "strategy": "auth0" });
    let again = world.post("connections", taken).await;
    again.refused(409, "A connection with the same name already exists", None);
    let social = world.post("connections", json!({ "name": "g", "strategy": "google-oauth2" })).await;
    let message = "This server does not offer what is asked for by the property strategy.";
    social.refused(403, message, Some("feature_not_enabled"));
}
