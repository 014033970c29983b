//! Actions, their versions, what they are bound to, and modules: kept, told by everybody's tools, and never run.

use http::Method;
use serde_json::{Value, json};

use crate::world::{World, text};

#[cfg(test)]
mod made {
    use super::*;

    pub(super) const CODE: &str = "exports.onExecutePostLogin = async () => {}";

    pub(super) async fn action(world: &World, name: &str) -> String {
        let action = json!({
            "name": name, "supported_triggers": [{ "id": "post-login", "version": "v3" }], "code": CODE,
            "secrets": [{ "name": "KEY", "value": "hush" }],
        });
        let answer = world.post("actions/actions", action).await;
        assert!(answer.headers["keybound-inert"].to_str().unwrap().starts_with("code, secrets"));
        let made = answer.made();
        assert!(!made.to_string().contains("hush"), "{made}");
        text(&made, "id")
    }

    pub(super) fn names(list: &Value, member: &str) -> Vec<String> {
        list[member].as_array().unwrap().iter().map(|one| text(one, "name")).collect()
    }
}

#[tokio::test]
async fn a_deployed_action_has_a_version_of_what_it_said_then() {
    let world = World::new().await;
    let id = made::action(&world, "greet").await;
    let path = format!("actions/actions/{id}");
    assert_eq!(world.get(&path).await.ok()["all_changes_deployed"], false);
    let first = world.post(&format!("{path}/deploy"), json!({})).await.ok();
    assert_eq!((&first["number"], &first["deployed"]), (&json!(1), &json!(false)));
    let told = world.get(&path).await.ok();
    assert_eq!(
        (&told["all_changes_deployed"], &told["deployed_version"]["id"]),
        (&json!(true), &first["id"])
    );

    world.patch(&path, json!({ "code": "exports.other = 1" })).await.ok();
    assert_eq!(world.get(&path).await.ok()["all_changes_deployed"], false);
    let second = world.post(&format!("{path}/deploy"), json!({})).await.ok();
    let versions = world.get(&format!("{path}/versions?per_page=10")).await.ok();
    assert_eq!((&versions["total"], &versions["per_page"]), (&json!(2), &json!(10)));
    let old = world.get(&format!("{path}/versions/{}", text(&first, "id"))).await.ok();
    assert_eq!((&old["code"], &old["deployed"]), (&json!(made::CODE), &json!(false)));

    let third = world.post(&format!("{path}/versions/{}/deploy", text(&first, "id")), json!({})).await.ok();
    assert_eq!((&third["number"], &third["code"]), (&json!(3), &json!(made::CODE)));
    let replaced = world.get(&format!("{path}/versions/{}", text(&second, "id"))).await.ok();
    assert_eq!(replaced["deployed"], false);
    world.delete(&path).await.gone();
    assert_eq!(world.get(&format!("{path}/versions")).await.status, 404);
}

/// Its secrets are told by name; one that is sent without a value keeps what it had, and nobody is told.
#[tokio::test]
async fn the_secrets_of_an_action_are_never_told() {
    let world = World::new().await;
    let id = made::action(&world, "greet").await;
    let path = format!("actions/actions/{id}");
    let secrets = json!({ "secrets": [{ "name": "KEY" }, { "name": "NEW", "value": "hush too" }] });
    let changed = world.patch(&path, secrets).await.ok();
    assert_eq!(made::names(&changed, "secrets"), ["KEY", "NEW"]);
    world.post(&format!("{path}/deploy"), json!({})).await.ok();
    for path in [path.clone(), format!("{path}/versions"), "actions/actions".to_owned()] {
        let told = world.get(&path).await.ok().to_string();
        assert!(!told.contains("hush"), "{told}");
    }
}

#[tokio::test]
async fn actions_are_listed_by_trigger_name_and_deployment() {
    let world = World::new().await;
    let first = made::action(&world, "first").await;
    made::action(&world, "second").await;
    world.post(&format!("actions/actions/{first}/deploy"), json!({})).await.ok();
    for (query, names) in [
        ("actionName=second", vec!["second"]),
        ("deployed=true", vec!["first"]),
        ("deployed=false", vec!["second"]),
        ("triggerId=credentials-exchange", vec![]),
        ("installed=true", vec![]),
    ] {
        let found = world.get(&format!("actions/actions?{query}")).await.ok();
        assert_eq!(made::names(&found, "actions"), names, "{query}");
    }
    assert_eq!(world.get("actions/actions?triggerId=nothing").await.status, 400);
}

#[tokio::test]
async fn a_trigger_has_the_actions_it_was_given_in_their_order() {
    let world = World::new().await;
    let path = "actions/triggers/post-login/bindings";
    assert_eq!(world.get(path).await.ok()["bindings"], json!([]));
    let first = made::action(&world, "first").await;
    made::action(&world, "second").await;
    let wish = json!({ "bindings": [
        { "ref": { "type": "action_name", "value": "second" }, "display_name": "B" },
        { "ref": { "type": "action_id", "value": first } },
    ] });
    let bound = world.patch(path, wish).await.ok();
    assert_eq!(bound["bindings"][0]["display_name"], "B");
    assert_eq!(bound["bindings"][1]["display_name"], "first");
    let by_binding = json!({ "bindings": [
        { "ref": { "type": "binding_id", "value": bound["bindings"][1]["id"] } },
    ] });
    let left = world.patch(path, by_binding).await.ok();
    assert_eq!(left["bindings"][0]["id"], bound["bindings"][1]["id"]);
    assert_eq!(world.get(path).await.ok()["total"], 1);

    let unknown = json!({ "bindings": [{ "ref": { "type": "action_name", "value": "nobody" } }] });
    assert_eq!(world.patch(path, unknown).await.status, 404);
    assert_eq!(world.get("actions/triggers/nothing/bindings").await.status, 400);
    world.delete(&format!("actions/actions/{first}")).await.gone();
    assert_eq!(world.get(path).await.ok()["bindings"], json!([]));
    assert!(world.get("actions/triggers").await.ok()["triggers"].as_array().unwrap().len() > 5);
}

#[tokio::test]
async fn nothing_runs_and_whoever_asks_is_told_so() {
    let world = World::new().await;
    let id = made::action(&world, "greet").await;
    let tried = world.post(&format!("actions/actions/{id}/test"), json!({ "payload": { "a": 1 } })).await;
    assert_eq!((tried.status.as_u16(), &tried.body["errorCode"]), (403, &json!("feature_not_enabled")));
    world.get("actions/executions/x").await.refused(404, "That execution does not exist.", None);
}

#[tokio::test]
async fn a_module_is_published_and_goes_back_to_what_it_was() {
    let world = World::new().await;
    let module = json!({ "name": "tools", "code": "1", "publish": true });
    let made = world.post("actions/modules", module).await.made();
    assert_eq!((&made["latest_version_number"], &made["all_changes_published"]), (&json!(1), &json!(true)));
    let path = format!("actions/modules/{}", text(&made, "id"));
    world.patch(&path, json!({ "code": "2" })).await.ok();
    let second = world.post(&format!("{path}/versions"), json!({})).await.ok();
    assert_eq!((&second["version_number"], &second["code"]), (&json!(2), &json!("2")));
    let versions = world.get(&format!("{path}/versions")).await.ok();
    assert_eq!(versions["total"], 2);
    let first = json!({ "module_version_id": made["latest_version"]["id"] });
    assert_eq!(world.post(&format!("{path}/rollback"), first).await.ok()["code"], "1");
    let user = json!({
        "name": "user", "supported_triggers": [{ "id": "post-login" }],
        "modules": [{ "module_id": made["id"], "module_version_number": 2 }],
    });
    world.post("actions/actions", user).await.made();
    let users = world.get(&format!("{path}/actions")).await.ok();
    assert_eq!(users["actions"][0]["action_name"], "user");
    world.delete(&path).await.gone();
    assert_eq!(world.root(Method::GET, &format!("{path}/versions"), None).await.status, 404);
}
