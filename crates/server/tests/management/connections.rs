use keybound_server::{Config, config::InertSettings};
use keybound_store::events;
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
async fn a_name_is_taken_once_and_a_strategy_is_one_of_auth0s() {
    let world = World::new().await;
    let taken = json!({ "name": "Username-Password-Authentication", "strategy": "auth0" });
    let again = world.post("connections", taken).await;
    again.refused(409, "A connection with the same name already exists", None);
    let unknown = world.post("connections", json!({ "name": "g", "strategy": "myspace" })).await;
    let message = "Payload validation error: 'No enum match for: myspace' on property strategy.";
    unknown.refused(400, message, Some("invalid_body"));
}

#[tokio::test]
async fn a_connection_of_another_strategy_is_kept_whole_and_nobody_comes_by_it() {
    let world = World::new().await;
    let options = json!({
        "client_id": "c", "client_secret": "s", "userinfo_endpoint": null, "scope": ["openid"], "email": true,
        "upstream_params": { "screen_name": { "alias": "login_hint" } },
    });
    let body =
        json!({ "name": "work", "strategy": "okta", "is_domain_connection": true, "options": options });
    let answer = world.post("connections", body).await;
    assert_eq!(answer.headers["keybound-inert"], "strategy, options");
    let made = answer.made();
    for (name, value) in options.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
        assert_eq!(&made["options"][name], value, "{name}");
    }
    assert_eq!(made["options"]["type"], "back_channel", "what Auth0 adds is added");
    let path = format!("connections/{}", text(&made, "id"));
    let read = world.get(&path).await;
    assert!(!read.headers.contains_key("keybound-inert"));
    assert_eq!(read.ok(), made);
    let changed = world.patch(&path, json!({ "options": { "domain": "x" } })).await;
    assert_eq!(changed.headers["keybound-inert"], "options");
    let changed = changed.ok();
    assert_eq!(changed["options"]["domain"], "x");
    assert_eq!(
        changed["options"]["token_endpoint"], "https://x/oauth2/v1/token",
        "as at every domain of Okta's"
    );
    assert!(changed["options"].get("client_secret").is_none(), "options are replaced whole");
    let renamed = world.patch(&path, json!({ "display_name": "Work" })).await;
    assert!(!renamed.headers.contains_key("keybound-inert"), "what is shown is not in vain");

    let user = json!({ "connection": "work", "email": "ann@example.com", "password": "abcDEF12" });
    let message =
        "Nobody comes by this connection: its strategy is kept, and this server does nothing of the kind.";
    world.post("users", user).await.refused(400, message, Some("operation_not_supported"));
}

#[tokio::test]
async fn what_a_connection_is_and_whether_it_is_on_is_told_whichever_members_are_asked_for() {
    let world = World::new().await;
    let made = world.post("connections", json!({ "name": "Staff", "strategy": "auth0" })).await.made();
    let path = format!("connections/{}", text(&made, "id"));
    let told = world.get(&format!("{path}?fields=strategy,name&include_fields=true")).await.ok();
    let names: Vec<&String> = told.as_object().unwrap().keys().collect();
    let always = ["authentication", "connected_accounts", "id", "is_domain_connection", "name", "strategy"];
    assert_eq!(names, always);
}

#[tokio::test]
async fn a_connection_does_not_become_what_its_strategy_cannot_be() {
    let world = World::new().await;
    let across = json!({
        "name": "db", "strategy": "auth0", "cross_app_access_requesting_app": { "active": true },
    });
    let message = "Cross App Access Requesting App is not supported for this connection.";
    world.post("connections", across).await.refused(400, message, Some("operation_not_supported"));
    let made = world.post("connections", json!({ "name": "db", "strategy": "auth0" })).await.made();
    let path = format!("connections/{}", text(&made, "id"));
    let email = json!({ "identifier": { "active": true }, "unique": false });
    let shared = world.patch(&path, json!({ "options": { "attributes": { "email": email } } })).await;
    let message = "Payload validation error: cannot add non-unique email attribute";
    shared.refused(400, message, Some("invalid_body"));
    assert_eq!(world.get(&path).await.ok(), made);
}

#[tokio::test]
async fn what_saml_metadata_says_is_kept_while_it_is_told_by_its_address() {
    let world = World::new().await;
    let xml = "<EntityDescriptor><IDPSSODescriptor>\
        <md:SingleLogoutService Binding='urn:b:HTTP-Redirect' Location='https://idp.test/out'/>\
        <md:SingleSignOnService Binding='urn:b:HTTP-Redirect' Location='https://idp.test/in'/>";
    let body = json!({ "name": "saml", "strategy": "samlp", "options": { "metadataXml": xml } });
    let made = world.post("connections", body).await.made();
    assert_eq!(made["options"]["signInEndpoint"], "https://idp.test/in");
    assert_eq!(made["options"]["signOutEndpoint"], "https://idp.test/out");
    assert_eq!(made["options"]["assertion_decryption_settings"]["algorithm_profile"], "v2026-1");
    let path = format!("connections/{}", text(&made, "id"));
    let options = json!({ "metadataUrl": "https://idp.test/metadata", "entityId": "e" });
    let changed = world.patch(&path, json!({ "options": options })).await.ok();
    assert_eq!(changed["options"]["signInEndpoint"], "https://idp.test/in");
    assert_eq!(changed["options"]["entityId"], "e");
}

#[tokio::test]
async fn what_is_kept_in_vain_is_named_in_the_log_too() {
    let world = World::new().await;
    let options =
        json!({ "import_mode": true, "customScripts": { "login": "function" }, "configuration": {} });
    let made =
        world.post("connections", json!({ "name": "old", "strategy": "auth0", "options": options })).await;
    assert_eq!(made.headers["keybound-inert"], "options.customScripts, options.import_mode");
    assert_eq!(made.made()["options"]["customScripts"]["login"], "function");
    let log = events::newest(&world.app.store, &world.app.tenant.id, 0, 1).await.unwrap();
    let said = log[0].description.as_deref().unwrap();
    assert!(said.ends_with("; kept without effect: options.customScripts, options.import_mode"), "{said}");
}

#[tokio::test]
async fn an_operator_may_forbid_what_would_be_in_vain() {
    let mut config = Config::default();
    config.inert_settings = InertSettings::Refused;
    let world = World::under(config).await;
    let refused =
        |path: &str| format!("This server does not offer what is asked for by the property {path}.");
    let okta = world.post("connections", json!({ "name": "work", "strategy": "okta" })).await;
    okta.refused(403, &refused("strategy"), Some("feature_not_enabled"));
    let client =
        world.post("clients", json!({ "name": "a", "addons": { "samlp": { "audience": "x" } } })).await;
    client.refused(403, &refused("addons"), Some("feature_not_enabled"));
    let made = world.post("clients", json!({ "name": "a", "addons": {} })).await;
    assert!(!made.headers.contains_key("keybound-inert"), "what asks for nothing is taken");
    let path = format!("clients/{}", text(&made.made(), "client_id"));
    let later = world.patch(&path, json!({ "mobile": { "ios": { "team_id": "x" } } })).await;
    later.refused(403, &refused("mobile"), Some("feature_not_enabled"));
    assert_eq!(world.get("connections?name=work").await.ok(), json!([]));
}
