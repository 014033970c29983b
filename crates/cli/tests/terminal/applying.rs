//! `keybound apply` and `keybound export`: a tenant from a file, and a file from a tenant.

use std::fs;

use serde_json::Value;

use super::{
    administering::Tenant,
    run::{stderr, stdout},
};

const SHOP: &str = r#"
resourceServers:
  - name: Bills
    identifier: https://bills.example/v1
    scopes:
      - value: read:bills
        description: See your bills
    token_lifetime: 3600
clients:
  - name: Biller
    app_type: non_interactive
    grant_types: [client_credentials]
  - name: Shop
    app_type: spa
    callbacks: [https://shop.example/]
    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 3 }
connections:
  - name: customers
    strategy: auth0
    options: { disable_signup: true }
    enabled_clients: [Shop]
clientGrants:
  - client_id: Biller
    audience: https://bills.example/v1
    scope: [read:bills]
roles:
  - name: Clerk
    description: Sends bills
    permissions:
      - permission_name: read:bills
        resource_server_identifier: https://bills.example/v1
"#;

/// A file with this in it, and the folder that it is gone with.
fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("made");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    let path = path.to_str().expect("text").to_owned();
    (folder, path)
}

fn named(list: &Value, name: &str) -> Value {
    let found = list.as_array().expect("a list").iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).clone()
}

#[test]
fn a_tenant_is_made_as_a_file_says_and_a_second_time_there_is_nothing_to_do() {
    let tenant = Tenant::start();
    let (_folder, path) = file("tenant.yaml", SHOP);
    let checked = tenant.run(&["apply", &path, "--check"]);
    assert_eq!(checked.status.code(), Some(24), "{}", stderr(&checked));
    let plan = stdout(&checked);
    for line in
        ["  + https://bills.example/v1", "  + Biller at https://bills.example/v1", "  + Clerk", "6 to make"]
    {
        assert!(plan.contains(line), "{plan}");
    }
    let unconfirmed = tenant.run(&["apply", &path]);
    assert_eq!(unconfirmed.status.code(), Some(25));
    assert!(!stdout(&tenant.run(&["apps", "list"])).contains("Biller"), "nothing was done");

    let applied = tenant.run(&["apply", &path, "--force"]);
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    let again = tenant.run(&["apply", &path, "--check"]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
    assert!(stdout(&again).contains("0 to make, 0 to change, 0 to delete"), "{}", stdout(&again));

    let shop = named(&tenant.told(&["apps", "list", "--json"]), "Shop");
    let customers = named(&tenant.told(&["connections", "list", "--json"]), "customers");
    assert_eq!(customers["enabled_clients"], serde_json::json!([shop["client_id"]]), "a name became an id");
    let role = named(&tenant.told(&["roles", "list", "--json"]), "Clerk");
    let permissions =
        tenant.told(&["api", &format!("roles/{}/permissions", role["id"].as_str().expect("text"))]);
    assert_eq!(permissions[0]["permission_name"], "read:bills");
}

#[test]
fn only_what_differs_is_changed_and_only_what_is_told_is_deleted() {
    let tenant = Tenant::start();
    let (_folder, path) = file("tenant.yaml", SHOP);
    assert_eq!(tenant.run(&["apply", &path, "--force"]).status.code(), Some(0));
    let changed =
        SHOP.replace("leeway: 3", "leeway: 0").replace("token_lifetime: 3600", "token_lifetime: 7200");
    let changed = changed.replace("  - name: Clerk\n    description: Sends bills", "  - name: Auditor");
    let (_folder, path) = file("tenant.yaml", &changed);
    let plan = tenant.told(&["apply", &path, "--force", "--json"]);
    let done = |section: &str, key: &str| {
        let change = plan
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["section"] == section && one["key"] == key);
        change.map(|change| (change["act"].clone(), change["members"].clone()))
    };
    assert_eq!(done("clients", "Shop"), Some(("change".into(), serde_json::json!(["refresh_token"]))));
    assert_eq!(done("clients", "Biller"), None, "nothing of it differs");
    assert_eq!(done("roles", "Auditor").map(|(act, _)| act), Some("make".into()));
    assert_eq!(done("roles", "Clerk").map(|(act, _)| act), Some("leave".into()));
    let shop = named(&tenant.told(&["apps", "list", "--json"]), "Shop");
    assert_eq!(
        (&shop["refresh_token"]["leeway"], &shop["refresh_token"]["rotation_type"]),
        (&0.into(), &"rotating".into())
    );

    let roles = "roles:\n  - name: Auditor\n";
    let (_folder, path) = file("roles.yaml", roles);
    assert_eq!(tenant.run(&["apply", &path, "--prune", "--force"]).status.code(), Some(0));
    let roles = tenant.told(&["roles", "list", "--json"]);
    assert_eq!(
        roles.as_array().map(Vec::len),
        Some(1),
        "Clerk is gone, and nothing that another section names"
    );
    assert!(stdout(&tenant.run(&["apps", "list"])).contains("Shop"));
}

#[test]
fn what_is_exported_is_there_already_and_makes_another_tenant_the_same() {
    let (one, other) = (Tenant::start(), Tenant::start());
    let (_folder, path) = file("tenant.yaml", SHOP);
    assert_eq!(one.run(&["apply", &path, "--force"]).status.code(), Some(0));
    for name in ["whole.yaml", "whole.json"] {
        let (_folder, whole) = file(name, "");
        let exported = one.run(&["export", &whole]);
        assert_eq!(exported.status.code(), Some(0), "{}", stderr(&exported));
        let text = fs::read_to_string(&whole).expect("written");
        assert!(
            text.contains("Clerk") && !text.contains("client_secret:") && !text.contains("\"client_secret\""),
            "{text}"
        );
        let here = one.run(&["apply", &whole, "--check"]);
        assert_eq!(here.status.code(), Some(0), "{}{}", stdout(&here), stderr(&here));
        let there = other.run(&["apply", &whole, "--force"]);
        assert_eq!(there.status.code(), Some(0), "{}{}", stdout(&there), stderr(&there));
        let again = other.run(&["apply", &whole, "--check"]);
        assert_eq!(again.status.code(), Some(0), "{}{}", stdout(&again), stderr(&again));
    }
}

#[test]
fn a_file_that_cannot_be_meant_changes_nothing() {
    let tenant = Tenant::start();
    for (text, why) in [
        (
            "clients:\n  - name: A\nclientGrants:\n  - { client_id: B, audience: https://a.example, scope: [] }",
            "\"B\"",
        ),
        ("apps: []", "sections are tenant, resourceServers"),
        ("clients:\n  - name: A\n  - name: A", "twice"),
        ("clients: [", "not YAML"),
    ] {
        let (_folder, path) = file("tenant.yaml", text);
        let refused = tenant.run(&["apply", &path, "--force"]);
        assert_eq!(refused.status.code(), Some(3), "{text}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
    assert_eq!(tenant.run(&["apply", "/nonexistent.yaml"]).status.code(), Some(2));
    assert!(
        tenant
            .told(&["apps", "list", "--json"])
            .as_array()
            .expect("a list")
            .iter()
            .all(|app| app["name"] != "A")
    );
}
