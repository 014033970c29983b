//! `keybound apply` and `keybound export`: a tenant from a file, and a file from a tenant.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

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
        ("clients:\n  - name: A\nclients: []", "a second time at line 3"),
        ("rulesConfigs:\n  - key: A", "has no value"),
        ("organizations:\n  - name: a\n    members:\n      - user: nobody@example.com", "no user \"nobody"),
        (
            "organizations:\n  - name: a\n    members:\n      - user: auth0|5f7c8ec7c33c6c004bbafe82",
            "no user",
        ),
        (
            "organizations:\n  - name: a\n    members:\n      - user: ada@example.com\n        roles: [rol_of_another]",
            "no role \"rol_of_another\"",
        ),
        (
            "connections:\n  - name: a\n    strategy: auth0\n    enabled_clients: [idOfAnotherTenant]",
            "\"idOfAnotherTenant\"",
        ),
    ] {
        let (_folder, path) = file("tenant.yaml", text);
        let refused = tenant.run(&["apply", &path, "--force"]);
        assert_eq!(refused.status.code(), Some(3), "{text}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
    for (name, text, why) in [
        (
            "twice.json",
            r#"{"clients": [{"name": "A"}], "clients": []}"#.to_owned(),
            "a second time at line 1",
        ),
        (
            "large.yaml",
            format!("clients:\n  - name: A\n    description: {}\n", "x".repeat(17 << 20)),
            "larger than",
        ),
    ] {
        let (_folder, path) = file(name, &text);
        let refused = tenant.run(&["apply", &path, "--force"]);
        assert_eq!(refused.status.code(), Some(3), "{name}: {}", stderr(&refused));
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

/// As auth0-deploy-cli does: what nobody is told is written each time, and neither deleted nor exported.
#[test]
fn what_rules_know_is_written_each_time_and_never_told() {
    let tenant = Tenant::start();
    let (_folder, path) = file("tenant.yaml", "rulesConfigs:\n  - key: API_KEY\n    value: hush\n");
    let applied = tenant.run(&["apply", &path, "--force"]);
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    assert!(
        stdout(&applied).contains("+ API_KEY") && !stdout(&applied).contains("hush"),
        "{}",
        stdout(&applied)
    );
    assert_eq!(tenant.told(&["api", "rules-configs"]), serde_json::json!([{ "key": "API_KEY" }]));
    let checked = tenant.run(&["apply", &path, "--check"]);
    assert_eq!(checked.status.code(), Some(0), "nothing is known to differ");
    let plan = stdout(&checked);
    assert!(plan.contains("= API_KEY: written again") && plan.contains("1 to write again"), "{plan}");
    let (_other, none) = file("none.yaml", "rulesConfigs: []\n");
    let pruned = tenant.run(&["apply", &none, "--prune", "--force"]);
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    assert_eq!(tenant.told(&["api", "rules-configs"]).as_array().map(Vec::len), Some(1));
    let exported = tenant.run(&["export"]);
    assert!(stderr(&exported).contains("API_KEY") && !stdout(&exported).contains("API_KEY"));
}

#[test]
fn members_of_an_organization_come_with_their_roles_and_go_only_when_told() {
    let tenant = Tenant::start();
    let grace = tenant.told(&[
        "users",
        "create",
        "--json",
        "-s",
        "connection=Username-Password-Authentication",
        "-s",
        "email=grace@example.com",
        "-s",
        "password=Correct-horse-battery-8",
    ]);
    let grace = grace["user_id"].as_str().expect("text").to_owned();
    let text = "roles:\n  - name: Clerk\n  - name: Chief\norganizations:\n  - name: acme\n    members:\n";
    let both = format!(
        "{text}      - user: ada@example.com\n        roles: [Clerk, Chief]\n      - user: {grace}\n"
    );
    let (_folder, path) = file("tenant.yaml", &both);
    let applied = tenant.run(&["apply", &path, "--force"]);
    assert_eq!(applied.status.code(), Some(0), "{}{}", stdout(&applied), stderr(&applied));
    let again = tenant.run(&["apply", &path, "--check"]);
    assert_eq!(again.status.code(), Some(0), "{}{}", stdout(&again), stderr(&again));
    let exported = stdout(&tenant.run(&["export", "--json"]));
    let exported: Value = serde_json::from_str(&exported).expect("it is JSON");
    let members = &named(&exported["organizations"], "acme")["members"];
    assert_eq!(
        *members,
        serde_json::json!([
            { "user": "ada@example.com", "roles": ["Chief", "Clerk"] },
            { "user": "grace@example.com" },
        ])
    );

    let one = format!("{text}      - user: ada@example.com\n        roles: [Chief]\n");
    let (_folder, path) = file("tenant.yaml", &one);
    let applied = tenant.run(&["apply", &path, "--force"]);
    assert!(stdout(&applied).contains("~ acme: members (+1 −1)"), "{}", stdout(&applied));
    let members = |tenant: &Tenant| {
        let exported = stdout(&tenant.run(&["export", "--json"]));
        let exported: Value = serde_json::from_str(&exported).expect("it is JSON");
        named(&exported["organizations"], "acme")["members"].clone()
    };
    assert_eq!(members(&tenant)[0]["roles"], serde_json::json!(["Chief"]));
    assert_eq!(members(&tenant).as_array().map(Vec::len), Some(2), "who is not named stays");
    let untold = format!("{text}      - user: ada@example.com\n");
    let (_folder, path) = file("tenant.yaml", &untold);
    assert_eq!(tenant.run(&["apply", &path, "--prune", "--force"]).status.code(), Some(0));
    assert_eq!(
        members(&tenant),
        serde_json::json!([{ "user": "ada@example.com", "roles": ["Chief"] }]),
        "whose roles are not told keeps them"
    );
}

/// Its `type` is set only when a role is made.
#[test]
fn a_role_keeps_its_type_and_says_so_before_anything_is_written() {
    let tenant = Tenant::start();
    let (_folder, path) = file("tenant.yaml", "roles:\n  - name: Clerk\n    type: tenant\n");
    assert_eq!(tenant.run(&["apply", &path, "--force"]).status.code(), Some(0));
    assert_eq!(tenant.run(&["apply", &path, "--check"]).status.code(), Some(0));
    let text = "roles:\n  - name: Auditor\n  - name: Clerk\n    type: organization\n";
    let (_folder, path) = file("tenant.yaml", text);
    let refused = tenant.run(&["apply", &path, "--force"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(stderr(&refused).contains("roles Clerk: its type cannot be changed"), "{}", stderr(&refused));
    assert_eq!(tenant.told(&["roles", "list", "--json"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_interrupted_or_refused_says_how_far_it_came_and_goes_on() {
    let tenant = Tenant::start();
    let many: String = (0..400).map(|number| format!("  - name: Role {number}\n")).collect();
    let (_folder, path) = file("tenant.yaml", &format!("roles:\n{many}"));
    let mut applying = tenant.command(&["apply", &path, "--force"]);
    let mut child = applying.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut told = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut first = String::new();
    told.read_line(&mut first).expect("it is read");
    assert!(first.starts_with("done: roles + Role"), "{first}");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let mut rest = String::new();
    told.read_to_string(&mut rest).expect("it is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest}");
    let done = 1 + rest.lines().filter(|line| line.starts_with("done: ")).count();
    assert!(
        rest.contains(&format!("interrupted: {done} of 400 are done, and the same command goes on")),
        "{rest}"
    );
    let list = tenant.told(&["roles", "list", "--json"]);
    assert_eq!(list.as_array().map(Vec::len), Some(done), "what is told is what is there");
    assert_eq!(tenant.run(&["apply", &path, "--force"]).status.code(), Some(0));

    let text = "roles:\n  - name: Clerk\n    permissions:\n      - { permission_name: a, resource_server_identifier: 'https://none.example' }\n";
    let (_folder, path) = file("tenant.yaml", text);
    let refused = tenant.run(&["apply", &path, "--force"]);
    assert_eq!(refused.status.code(), Some(22), "{}", stderr(&refused));
    for told in ["half done: roles + Clerk: its permissions", "not done: roles + Clerk: 0 of 1"] {
        assert!(stderr(&refused).contains(told), "{}", stderr(&refused));
    }
}
