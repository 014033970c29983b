//! What recorded tenants tell of things that are kept.

use serde_json::{Value, json};

use crate::world::{World, text};

fn names(page: &Value, list: &str, member: &str) -> Vec<String> {
    page[list].as_array().unwrap().iter().map(|one| text(one, member)).collect()
}

#[tokio::test]
async fn custom_domains_come_by_name_and_are_found_by_what_they_say() {
    let world = World::new().await;
    for (name, team) in [("b", "red"), ("a", "blue"), ("c", "red")] {
        let domain = format!("{name}.acme.example");
        let body =
            json!({ "domain": domain, "type": "self_managed_certs", "domain_metadata": { "team": team } });
        let made = world.post("custom-domains", body).await.made();
        assert_eq!(made.get("origin_domain_name"), None, "it has none before it is verified");
    }
    let first = world.get("custom-domains?take=2").await.ok();
    assert_eq!(names(&first, "custom_domains", "domain"), ["a.acme.example", "b.acme.example"]);
    let next = world.get(&format!("custom-domains?take=2&from={}", text(&first, "next"))).await.ok();
    assert_eq!(names(&next, "custom_domains", "domain"), ["c.acme.example"]);
    for (q, found) in [
        ("domain:A.acme.example", vec!["a.acme.example"]),
        ("domain_metadata.team:red", vec!["b.acme.example", "c.acme.example"]),
        ("NOT%20domain:a*", vec!["b.acme.example", "c.acme.example"]),
        ("status:ready", vec![]),
    ] {
        let page = world.get(&format!("custom-domains?take=9&q={q}")).await.ok();
        assert_eq!(names(&page, "custom_domains", "domain"), found, "{q}");
    }
    assert_eq!(world.get("custom-domains?q=(").await.status, 400);
}

#[tokio::test]
async fn the_default_domain_is_told_whole_and_an_unknown_one_is_unverified() {
    let world = World::new().await;
    let body = json!({ "domain": "login.acme.example", "type": "auth0_managed_certs" });
    let made = world.post("custom-domains", body).await.made();
    let chosen = world.patch("custom-domains/default", json!({ "domain": "login.acme.example" })).await.ok();
    assert_eq!(
        (&chosen["custom_domain_id"], &chosen["is_default"]),
        (&made["custom_domain_id"], &json!(true))
    );
    assert_eq!(world.get("custom-domains/default").await.ok(), chosen);
    world.patch("custom-domains/default", json!({ "domain": "evil.example" })).await.refused(
        400,
        "The domain must be verified before it can be set as default.",
        Some("invalid_body"),
    );
}

#[tokio::test]
async fn hooks_are_told_in_part_and_with_a_total() {
    let world = World::new().await;
    let hook = json!({ "name": "h", "script": "s", "triggerId": "pre-user-registration" });
    let id = text(&world.post("hooks", hook).await.made(), "id");
    let page = world.get("hooks?fields=id&include_fields=true&include_totals=true&per_page=50").await.ok();
    assert_eq!(page, json!({ "start": 0, "limit": 50, "total": 1, "hooks": [{ "id": id }] }));
}

#[tokio::test]
async fn a_stream_says_whether_it_is_first_and_how_people_are_hidden() {
    let world = World::new().await;
    let mut stream = json!({ "type": "datadog", "sink": { "datadogApiKey": "k", "datadogRegion": "eu" } });
    assert_eq!(world.post("log-streams", stream.clone()).await.ok()["isPriority"], false);
    stream["pii_config"] = json!({ "log_fields": ["email"] });
    let told = world.post("log-streams", stream).await.ok();
    assert_eq!(
        told["pii_config"],
        json!({ "log_fields": ["email"], "method": "hash", "algorithm": "xxhash" })
    );
    for account in ["12345678901", "1234567890123", "12345678901x"] {
        let sink = json!({ "awsAccountId": account, "awsRegion": "eu-west-1" });
        let refused = world.post("log-streams", json!({ "type": "eventbridge", "sink": sink })).await;
        assert_eq!(refused.status, 400, "{account}");
    }
}

#[tokio::test]
async fn an_action_says_which_module_it_has_and_in_which_version() {
    let world = World::new().await;
    let module = world.post("actions/modules", json!({ "name": "tools", "code": "" })).await.made();
    let id = text(&module, "id");
    let version = world.post(&format!("actions/modules/{id}/versions"), json!({})).await.ok();
    let used = json!({ "module_id": id, "module_version_id": version["id"] });
    let triggers = json!([{ "id": "post-login", "version": "v3" }]);
    let body = json!({ "name": "a", "supported_triggers": triggers, "modules": [used] });
    let action = world.post("actions/actions", body).await.made();
    assert_eq!(action["modules"][0]["module_name"], "tools");
    assert_eq!(action["modules"][0]["module_version_number"], 1);
    let modules = json!({ "modules": [{ "module_id": "nobody" }] });
    let changed = world.patch(&format!("actions/actions/{}", text(&action, "id")), modules).await.ok();
    assert_eq!(changed["modules"], json!([{ "module_id": "nobody" }]));
}

#[tokio::test]
async fn somebody_must_send_what_twilio_carries_and_no_list_tells_the_secret() {
    let world = World::new().await;
    let mut provider = json!({
        "name": "twilio", "credentials": { "auth_token": "hush" },
        "configuration": { "sid": "s", "delivery_methods": ["text"] },
    });
    let path = "branding/phone/providers";
    world.post(path, provider.clone()).await.refused(400, "Bad Operation on Notification Resource", None);
    provider["configuration"]["default_from"] = "+1234567890".into();
    let made = world.post(path, provider).await.made();
    assert_eq!(made.get("credentials"), None);
    assert_eq!(world.get(path).await.ok()["providers"][0]["credentials"], Value::Null);
    let one = format!("{path}/{}", text(&made, "id"));
    world.patch(&one, json!({ "configuration": { "delivery_methods": ["voice"] } })).await.refused(
        400,
        "Bad Operation on Notification Resource",
        None,
    );
}

#[tokio::test]
async fn an_organization_is_told_with_the_connections_it_was_made_with_and_who_may_name_it() {
    let world = World::new().await;
    let connection = json!({ "name": "staff", "strategy": "auth0" });
    let con = text(&world.post("connections", connection).await.made(), "id");
    let body = json!({
        "name": "acme",
        "enabled_connections": [{ "connection_id": con, "assign_membership_on_login": true }],
    });
    let made = world.post("organizations", body).await.made();
    let told = &made["enabled_connections"][0];
    assert_eq!(told["connection"], json!({ "name": "staff", "strategy": "auth0" }));
    assert_eq!((&told["connection_id"], &told["show_as_button"]), (&json!(con), &json!(true)));
    let read = world.get(&format!("organizations/{}", text(&made, "id"))).await.ok();
    assert_eq!((read.get("enabled_connections"), read.get("third_party_client_access")), (None, None));
    let body = json!({ "name": "umbrella", "is_app_entitlement_active": true });
    assert_eq!(world.post("organizations", body).await.made()["third_party_client_access"], "block");
    let body = json!({ "name": "initech", "third_party_client_access": "allow" });
    assert_eq!(world.post("organizations", body).await.made()["is_app_entitlement_active"], false);
}

/// More than any of chance would be in this order.
#[tokio::test]
async fn discovery_domains_come_in_the_order_in_which_they_were_given() {
    let world = World::new().await;
    let id = text(&world.post("organizations", json!({ "name": "acme" })).await.made(), "id");
    let path = format!("organizations/{id}/discovery-domains");
    let given: Vec<String> = (0..12).map(|n| format!("d{}.example", n * 7 % 12)).collect();
    for domain in &given {
        world.post(&path, json!({ "domain": domain })).await.made();
    }
    let first = world.get(&format!("{path}?take=5")).await.ok();
    assert_eq!(names(&first, "domains", "domain"), given[..5]);
    let rest = world.get(&format!("{path}?take=50&from={}", text(&first, "next"))).await.ok();
    assert_eq!(names(&rest, "domains", "domain"), given[5..]);
}

/// The recorded answers of Terraform's provider.
#[tokio::test]
async fn an_organization_is_given_clients_and_loses_them() {
    let world = World::new().await;
    let id = text(&world.post("organizations", json!({ "name": "acme" })).await.made(), "id");
    let mut clients = Vec::new();
    for name in ["a", "b", "c"] {
        let client =
            world.post("clients", json!({ "name": name, "organization_usage": "allow" })).await.made();
        clients.push(text(&client, "client_id"));
    }
    clients.sort();
    let path = format!("organizations/{id}/clients");
    let wishes: Vec<Value> =
        clients.iter().map(|id| json!({ "client_id": id, "use_for_member_access": true })).collect();
    let answer = world.post(&path, json!({ "clients": wishes })).await;
    assert_eq!(answer.headers["keybound-inert"], "clients");
    let given = answer.made();
    assert_eq!(given[0]["client"]["organization_usage"], "allow");
    assert_eq!(given[0]["client"].get("client_secret"), None);
    assert_eq!(world.post(&path, json!({ "clients": wishes })).await.status, 409);
    let nobody = json!({ "clients": [{ "client_id": "nobody" }] });
    assert_eq!(world.post(&path, nobody).await.body["errorCode"], "inexistent_client");
    let first = world.get(&format!("{path}?take=2")).await.ok();
    assert_eq!(names(&first, "clients", "client_id"), clients[..2]);
    let rest = world.get(&format!("{path}?take=2&from={}", text(&first, "next"))).await.ok();
    assert_eq!(names(&rest, "clients", "client_id"), clients[2..]);
    let one = format!("{path}/{}", clients[0]);
    assert_eq!(world.get(&one).await.ok(), given[0]);
    let changed = world.patch(&one, json!({ "use_for_member_access": false })).await.ok();
    assert_eq!(changed["use_for_member_access"], false);
    assert_eq!(world.get(&one).await.ok(), changed);
    // Who is deleted is nobody's, and hides nobody behind it.
    world.delete(&format!("clients/{}", clients[0])).await.gone();
    assert_eq!(world.get(&one).await.status, 404);
    let left = world.get(&format!("{path}?take=1")).await.ok();
    assert_eq!(names(&left, "clients", "client_id"), clients[1..2]);
    let all = json!({ "clients": clients });
    world.root(http::Method::DELETE, &path, Some(all)).await.gone();
    assert_eq!(world.get(&path).await.ok(), json!({ "clients": [] }));
}
