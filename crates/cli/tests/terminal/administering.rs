//! `keybound api`, `apps`, `users` and others: a tenant administered from a terminal, over its Management API.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::{
    dev::Dev,
    run::{free_ports, keybound, stderr, stdout},
};

/// A tenant, and a folder for keys and tokens.
pub(crate) struct Tenant {
    pub(crate) dev: Dev,
    pub(crate) kept: tempfile::TempDir,
}

impl Tenant {
    pub(crate) fn start() -> Self {
        Self { dev: Dev::start(free_ports(), &["--ephemeral"]), kept: tempfile::tempdir().expect("made") }
    }

    /// The command, as the client that administers.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keybound(arguments);
        command
            .env("AUTH0_DOMAIN", self.dev.text("issuer"))
            .env("AUTH0_CLIENT_ID", self.dev.text("management_client_id"))
            .env("AUTH0_CLIENT_SECRET", self.dev.text("management_client_secret"))
            .env_remove("AUTH0_AUDIENCE")
            .env("KEYBOUND_STORE", self.kept.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("it ends")
    }

    /// What it told, as JSON.
    pub(crate) fn told(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}{}", stderr(&output), stdout(&output));
        serde_json::from_str(&stdout(&output)).expect("it is JSON")
    }

    /// The claims of a token for the demo API, asked for anew.
    fn claims(&self) -> Value {
        let mut command = self.command(&["token", "--refresh", "--decode"]);
        let output = command
            .env("AUTH0_CLIENT_ID", self.dev.text("m2m_client_id"))
            .env("AUTH0_CLIENT_SECRET", self.dev.text("m2m_client_secret"))
            .env("AUTH0_AUDIENCE", self.dev.text("audience"))
            .output();
        let output = output.expect("it ends");
        let said: Value = serde_json::from_str(&stdout(&output)).expect("it is JSON");
        said["payload"].clone()
    }
}

/// As `auth0 api patch` does there: felt in the next token.
#[test]
fn a_dialect_patched_by_api_is_seen_in_the_next_token() {
    let tenant = Tenant::start();
    let apis = tenant.told(&["apis", "list", "--json"]);
    let audience = tenant.dev.text("audience");
    let api = apis
        .as_array()
        .expect("a list")
        .iter()
        .find(|api| api["identifier"] == audience)
        .expect("it is there");
    let place = format!("resource-servers/{}", api["id"].as_str().expect("text"));
    assert!(tenant.claims().get("permissions").is_none());
    let data = r#"{"token_dialect":"access_token_authz","enforce_policies":true}"#;
    let changed = tenant.told(&["api", "patch", &place, "--data", data]);
    assert_eq!(changed["token_dialect"], "access_token_authz");
    let permissions = tenant.claims()["permissions"].clone();
    assert!(permissions.as_array().is_some_and(|permissions| !permissions.is_empty()), "{permissions}");
}

#[test]
fn any_request_can_be_made_and_the_status_says_how_it_was_answered() {
    let tenant = Tenant::start();
    let named = tenant.told(&["api", "clients", "-q", "fields=name", "-q", "per_page=1"]);
    assert_eq!(named.as_array().map(Vec::len), Some(1));
    assert!(named[0]["name"].is_string() && named[0].get("grant_types").is_none(), "{named}");
    let made = tenant.told(&["api", "/api/v2/roles", "-d", r#"{"name":"Clerk"}"#]);
    assert_eq!(made["name"], "Clerk", "there is data, so it is POST");
    let gone = tenant.run(&["api", "get", "roles/rol_nothing", "-i"]);
    assert_eq!(gone.status.code(), Some(22));
    assert!(
        stdout(&gone).starts_with("HTTP 404\r\n") && stdout(&gone).contains("statusCode"),
        "{}",
        stdout(&gone)
    );
    assert_eq!(tenant.run(&["api", "brew", "coffee"]).status.code(), Some(2));
    let place = format!("roles/{}", made["id"].as_str().expect("text"));
    assert_eq!(tenant.run(&["api", "delete", &place]).status.code(), Some(25), "nobody confirms");
    assert_eq!(tenant.run(&["api", "delete", &place, "--force"]).status.code(), Some(0));
}

#[test]
fn things_are_made_listed_shown_changed_and_deleted_of_every_kind_alike() {
    let tenant = Tenant::start();
    let made = tenant.told(&[
        "apps",
        "create",
        "--set",
        "name=Shop, \"Ltd\"",
        "--set",
        "app_type=regular_web",
        "-s",
        r#"callbacks=["https://shop.example/back"]"#,
        "--json",
    ]);
    let id = made["client_id"].as_str().expect("text");
    let secret = made["client_secret"].as_str().expect("text");
    let shown = stdout(&tenant.run(&["apps", "show", id]));
    assert!(shown.contains("https://shop.example/back") && !shown.contains(secret), "{shown}");
    assert!(stdout(&tenant.run(&["apps", "show", id, "--reveal"])).contains(secret));
    let changed = tenant.told(&["apps", "update", id, "--data", r#"{"name":"Shop 2"}"#, "--json"]);
    assert_eq!((&changed["name"], &changed["callbacks"]), (&"Shop 2".into(), &made["callbacks"]));
    let listed = stdout(&tenant.run(&["apps", "list"]));
    let row = listed.lines().find(|line| line.starts_with(id)).expect("it is listed");
    assert!(
        listed.starts_with("CLIENT_ID") && row.contains("Shop 2") && row.contains("regular_web"),
        "{listed}"
    );
    let csv =
        stdout(&tenant.run(&["apps", "list", "--csv", "--columns", "client_id,name,jwt_configuration.alg"]));
    assert!(csv.lines().any(|line| line == format!("{id},Shop 2,RS256")), "{csv}");
    assert_eq!(tenant.told(&["apps", "list", "-n", "1", "--json"]).as_array().map(Vec::len), Some(1));

    let unconfirmed = tenant.run(&["apps", "delete", id]);
    assert_eq!(unconfirmed.status.code(), Some(25));
    assert!(stderr(&unconfirmed).contains("--force") && stderr(&unconfirmed).contains("Shop 2"));
    assert_eq!(tenant.run(&["apps", "show", id]).status.code(), Some(0), "it is still there");
    assert_eq!(tenant.run(&["apps", "delete", id, "--force"]).status.code(), Some(0));
    let gone = tenant.run(&["apps", "show", id]);
    assert_eq!(gone.status.code(), Some(22));
    assert!(stderr(&gone).contains("hint:"), "{}", stderr(&gone));

    for (kind, sets) in [
        ("roles", &["name=Clerk"][..]),
        (
            "apis",
            &["name=Bills", "identifier=https://bills.example/v1", "scopes=[{\"value\":\"read:bills\"}]"],
        ),
        ("connections", &["name=partners", "strategy=auth0"]),
        (
            "users",
            &[
                "connection=Username-Password-Authentication",
                "email=grace@example.com",
                "password=Correct-horse-battery-8",
            ],
        ),
    ] {
        let mut arguments = vec![kind, "create", "--json"];
        arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
        let made = tenant.told(&arguments);
        let id = made.get("user_id").or(made.get("id")).and_then(Value::as_str).expect("it has an id");
        assert!(stdout(&tenant.run(&[kind, "list"])).contains(id), "{kind}");
        assert_eq!(tenant.told(&[kind, "show", id, "--json"])["name"], made["name"]);
        assert_eq!(tenant.run(&[kind, "delete", id, "--force"]).status.code(), Some(0), "{kind}");
    }
}

/// An id that is empty or leads elsewhere is refused before anything is asked.
#[test]
fn what_cannot_be_meant_is_refused_with_what_to_do() {
    let tenant = Tenant::start();
    for id in ["", "..", "."] {
        let refused = tenant.run(&["users", "delete", id, "--force"]);
        assert_eq!(refused.status.code(), Some(21), "{id:?}: {}", stderr(&refused));
    }
    let nothing = tenant.run(&["apps", "create"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("--set"));
    let broken = tenant.run(&["apps", "create", "--data", "{\"client_secret\": hush}"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(!stderr(&broken).contains("hush"), "{}", stderr(&broken));
    let unknown = tenant.run(&["apps", "create", "--set", "name=a", "--set", "colour=red"]);
    assert_eq!(unknown.status.code(), Some(22));
    assert!(stderr(&unknown).contains("colour"), "{}", stderr(&unknown));
    let stranger = tenant
        .command(&["apps", "list"])
        .env("AUTH0_CLIENT_ID", tenant.dev.text("m2m_client_id"))
        .env("AUTH0_CLIENT_SECRET", tenant.dev.text("m2m_client_secret"))
        .output()
        .expect("it ends");
    assert_eq!(stranger.status.code(), Some(20), "{}", stderr(&stranger));
}

/// The keys a tenant signs with, beside the key of whoever sits here.
#[test]
fn signing_keys_are_listed_and_rotated_and_ones_own_key_is_another() {
    let tenant = Tenant::start();
    let before = tenant.told(&["keys", "list", "--json"]);
    let current = |keys: &Value| {
        let keys = keys.as_array().expect("a list").iter();
        keys.clone().find(|key| key["current"] == true).expect("one signs")["kid"].clone()
    };
    assert_eq!(tenant.run(&["keys", "rotate"]).status.code(), Some(25));
    tenant.told(&["keys", "rotate", "--force", "--json"]);
    let after = tenant.told(&["keys", "list", "--json"]);
    assert_ne!(current(&before), current(&after));
    let kid = current(&after);
    assert_eq!(tenant.told(&["keys", "show", kid.as_str().expect("text"), "--json"])["kid"], kid);
    assert!(
        tenant.told(&["keys", "show", "--json"])["thumbprint"].is_string(),
        "without a name it is one's own"
    );
}

/// In the folder of a `keybound dev` nothing has to be typed; elsewhere nothing is guessed.
#[test]
fn in_the_folder_of_dev_its_tenant_is_administered_without_a_word() {
    let (here, elsewhere) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    let _dev = Dev::start_in(here.path(), free_ports(), &[]);
    let list = |folder: &Path| {
        let mut command = keybound(&["apps", "list", "--csv"]);
        for name in ["AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_AUDIENCE"] {
            command.env_remove(name);
        }
        command.current_dir(folder).env("KEYBOUND_STORE", elsewhere.path()).output().expect("it ends")
    };
    let listed = list(here.path());
    assert!(stdout(&listed).contains("Keybound demo page"), "{}", stderr(&listed));
    assert_eq!(list(elsewhere.path()).status.code(), Some(9));
}
