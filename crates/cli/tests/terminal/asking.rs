//! `keybound keys`, `token`, `call` and `discover`: whoever asks, from a terminal.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Output};

use serde_json::Value;

use super::{
    dev::Dev,
    run::{free_ports, keybound, run, stderr, stdout},
};

/// Runs it with a folder for keys of its own, as the machine client of `dev` where there is one.
fn ask(folder: &Path, dev: Option<&Dev>, arguments: &[&str]) -> Output {
    let mut command = keybound(arguments);
    for name in ["AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_AUDIENCE"] {
        command.env_remove(name);
    }
    if let Some(dev) = dev {
        command
            .env("AUTH0_DOMAIN", dev.text("issuer"))
            .env("AUTH0_CLIENT_ID", dev.text("m2m_client_id"))
            .env("AUTH0_CLIENT_SECRET", dev.text("m2m_client_secret"))
            .env("AUTH0_AUDIENCE", dev.text("audience"));
    }
    command.env("KEYBOUND_STORE", folder).output().expect("it ends")
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).expect("it is JSON")
}

#[test]
fn a_key_is_kept_shown_written_out_and_read_in_again() {
    let (here, there) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    for (alg, formats) in [("ES256", &["pem", "jwk"][..]), ("EdDSA", &["pem", "jwk"]), ("PS256", &["pem"])] {
        let profile = ["--profile", alg];
        let made = json(&ask(
            here.path(),
            None,
            &[&["keys", "generate", "--json", "--alg", alg], &profile[..]].concat(),
        ));
        assert_eq!(made["alg"], alg);
        for format in formats {
            let out =
                ask(here.path(), None, &[&["keys", "export", "--format", format], &profile[..]].concat());
            let file = there.path().join("key");
            fs::write(&file, &out.stdout).expect("written");
            let name = file.to_str().expect("text");
            let arguments = [&["keys", "import", name, "--replace"], &profile[..]].concat();
            assert_eq!(ask(there.path(), None, &arguments).status.code(), Some(0));
            let again = json(&ask(there.path(), None, &[&["keys", "show", "--json"], &profile[..]].concat()));
            assert_eq!(again, made, "{format}");
        }
        let kept = here.path().join(format!("keys/{alg}.pem"));
        assert_eq!(fs::metadata(kept).expect("kept").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_key_in_use_is_not_replaced_by_mistake_and_no_key_is_said() {
    let here = tempfile::tempdir().expect("made");
    let none = ask(here.path(), None, &["keys", "show"]);
    assert_eq!(none.status.code(), Some(8));
    assert!(stderr(&none).contains("keybound keys generate"));
    let first = json(&ask(here.path(), None, &["keys", "generate", "--json"]));
    let again = ask(here.path(), None, &["keys", "generate"]);
    assert_eq!(again.status.code(), Some(8));
    assert!(stderr(&again).contains("--replace"));
    assert_eq!(json(&ask(here.path(), None, &["keys", "show", "--json"])), first);
    assert_ne!(json(&ask(here.path(), None, &["keys", "generate", "--replace", "--json"])), first);
    assert_eq!(ask(here.path(), None, &["keys", "import", "/nonexistent"]).status.code(), Some(8));
}

#[test]
fn the_lines_for_auth0s_sdks_are_two_and_are_taken_from_the_environment() {
    let here = tempfile::tempdir().expect("made");
    let key = json(&ask(here.path(), None, &["keys", "generate", "--json"]));
    let lines = stdout(&ask(here.path(), None, &["keys", "export"]));
    let dev = Dev::start(free_ports(), &["--ephemeral"]);
    let empty = tempfile::tempdir().expect("made");
    let mut command = keybound(&["token", "--json", "--issuer", dev.text("issuer")]);
    for line in lines.lines() {
        let (name, value) = line.split_once('=').expect("a line of an environment file");
        command.env(name, value.trim_matches('"'));
    }
    let output = command
        .env("AUTH0_CLIENT_ID", dev.text("m2m_client_id"))
        .env("AUTH0_CLIENT_SECRET", dev.text("m2m_client_secret"))
        .env("AUTH0_AUDIENCE", dev.text("audience"))
        .env("KEYBOUND_STORE", empty.path())
        .output()
        .expect("it ends");
    assert_eq!(json(&output)["bound_to"], key["thumbprint"]);
    assert!(!empty.path().join("keys").exists(), "no key of its own was made");
}

#[test]
fn a_token_is_bound_to_the_kept_key_kept_itself_and_renewed_when_told() {
    let (here, dev) = (tempfile::tempdir().expect("made"), Dev::start(free_ports(), &["--ephemeral"]));
    let token = |further: &[&str]| ask(here.path(), Some(&dev), &[&["token"], further].concat());
    let first = stdout(&token(&[]));
    assert_eq!(stdout(&token(&[])), first);
    let said = json(&token(&["--decode"]));
    let key = json(&ask(here.path(), None, &["keys", "show", "--json"]));
    assert_eq!(said["payload"]["cnf"]["jkt"], key["thumbprint"]);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_ne!(stdout(&token(&["--refresh"])), first, "another second, another token");
    assert_eq!(json(&token(&["--json"]))["token_type"], "DPoP");
}

#[test]
fn a_call_carries_a_proof_shows_its_second_attempt_and_says_how_it_ended() {
    let (here, dev) = (tempfile::tempdir().expect("made"), Dev::start(free_ports(), &["--ephemeral"]));
    let orders = format!("{}orders", dev.text("api"));
    let call = |further: &[&str]| ask(here.path(), Some(&dev), &[&["call"], further].concat());
    let kind = "Content-Type: application/json";
    let posted = call(&["post", &orders, "-d", r#"{"item":"a lock"}"#, "-H", kind, "-v", "-i"]);
    assert_eq!(posted.status.code(), Some(0), "{}", stderr(&posted));
    let (shown, told) = (stderr(&posted), stdout(&posted));
    assert!(told.starts_with("HTTP 201\r\n") && told.contains("a lock"), "{told}");
    assert!(shown.contains("use_dpop_nonce") && shown.contains("dpop: redacted"), "{shown}");
    assert!(!shown.contains(dev.text("m2m_client_secret")) && !shown.contains("eyJ"), "{shown}");
    assert!(stdout(&call(&["GET", &orders])).contains("a lock"));
    assert_eq!(call(&["GET", &format!("{}nothing", dev.text("api"))]).status.code(), Some(22));
    assert_eq!(call(&["GET", "http://127.0.0.1:1/"]).status.code(), Some(21));
    assert_eq!(call(&["GET", "no address"]).status.code(), Some(21));
}

#[test]
fn what_a_server_can_do_is_told_and_one_that_is_none_is_an_error() {
    let dev = Dev::start(free_ports(), &["--ephemeral"]);
    let text = stdout(&run(&["discover", dev.text("issuer").trim_end_matches('/')], ""));
    assert!(text.contains("DPoP                  yes, with ES256"), "{text}");
    let told = json(&run(&["discover", dev.text("issuer"), "--json"], ""));
    assert_eq!(told["metadata"]["issuer"], dev.text("issuer"));
    let none = run(&["discover", dev.text("page")], "");
    assert_eq!(none.status.code(), Some(21), "{}", stdout(&none));
}

#[test]
fn what_is_missing_or_refused_is_said_with_what_to_do() {
    let (here, dev) = (tempfile::tempdir().expect("made"), Dev::start(free_ports(), &["--ephemeral"]));
    let nobody = ask(here.path(), None, &["token"]);
    assert_eq!(nobody.status.code(), Some(9));
    assert!(stderr(&nobody).contains("keybound login"));
    let secretless = ask(here.path(), None, &["token", "--as", "client"]);
    assert_eq!(secretless.status.code(), Some(3));
    assert!(stderr(&secretless).contains("AUTH0_CLIENT_SECRET"));
    let other = ask(here.path(), Some(&dev), &["token", "--client-id", dev.text("spa_client_id")]);
    assert_eq!(other.status.code(), Some(20), "{}", stderr(&other));
    assert!(stderr(&other).contains("hint:"));
}
