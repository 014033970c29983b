//! `keybound dev`: everything comes up, is reachable, survives a restart, and ends when told.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Stdio},
};

use super::run::{fetch, free_ports, keybound, run, stderr};
use axum::http::{HeaderValue, Method, header::CONTENT_TYPE};
use keybound_client::{
    Authentication, Client, DpopKey, Resource, System, discovery, drive,
    http::{Body, Http, Limits, Request, Web},
    proto::{id::ClientId, request::token::MachineRequest, secret::Secret, uri::Issuer},
};
use serde_json::Value;

/// A `dev` at work, on ports of its own. Dropping it kills it.
pub(crate) struct Dev {
    child: Child,
    paste: Value,
}

impl Dev {
    pub(crate) fn start(ports: [u16; 3], further: &[&str]) -> Self {
        Self::start_in(&std::env::temp_dir(), ports, further)
    }

    /// With `folder` as its working folder and the one for temporary files.
    pub(crate) fn start_in(folder: &Path, ports: [u16; 3], further: &[&str]) -> Self {
        let [server, api, page] = ports.map(|port| port.to_string());
        let mut command =
            keybound(&["dev", "--json", "--listen", &server, "--api-listen", &api, "--page-listen", &page]);
        let mut child = command
            .args(further)
            .current_dir(folder)
            .env("TMPDIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("it is piped")).read_line(&mut line).expect("it is read");
        if line.is_empty() {
            let mut said = String::new();
            let _ = child.stderr.take().expect("it is piped").read_to_string(&mut said);
            panic!("it did not come up: {said}");
        }
        Self { child, paste: serde_json::from_str(&line).expect("it is JSON") }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.paste[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {}", self.paste))
    }

    /// SIGTERM; returns the exit status and what was logged.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let told = std::process::Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(told.expect("kill runs").success());
        let mut log = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut log).expect("it is text");
        (self.child.wait().expect("it ends").code(), log)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn everything_comes_up_and_the_api_wants_a_proof() {
    let dev = Dev::start(free_ports(), &["--ephemeral"]);
    let api = dev.text("api").to_owned();

    let (status, _, body) = fetch(&format!("{api}public"), "");
    assert_eq!(status, 200, "{body}");
    let (status, head, _) = fetch(&format!("{api}me"), "");
    assert_eq!(status, 401);
    assert!(head.contains("www-authenticate: dpop ") && !head.contains("error="), "{head}");
    let (status, head, _) = fetch(&format!("{api}orders"), "Authorization: Bearer abc\r\n");
    assert_eq!(status, 401);
    assert!(head.contains("error="), "{head}");

    let (status, _, body) = fetch(&format!("{api}.well-known/oauth-protected-resource"), "");
    assert_eq!(status, 200);
    let metadata: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(metadata["authorization_servers"][0], dev.text("issuer"));
    assert_eq!(metadata["resource"], dev.text("audience"));
    assert_eq!(metadata["dpop_bound_access_tokens_required"], true);

    let (status, head, _) = fetch(dev.text("page"), "");
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    let (status, _, body) = fetch(&format!("{}.well-known/openid-configuration", dev.text("issuer")), "");
    assert_eq!(status, 200);
    let metadata: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(metadata["issuer"], dev.text("issuer"));
    assert_eq!(dev.stop().0, Some(0));
}

#[test]
fn both_names_of_this_machine_reach_all_three() {
    let ports = free_ports();
    let dev = Dev::start(ports, &["--ephemeral"]);
    for (port, path) in ports.into_iter().zip([".well-known/jwks.json", "public", ""]) {
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(fetch(&format!("http://{host}:{port}/{path}"), "").0, 200, "{host}:{port}");
        }
    }
    drop(dev);
}

#[test]
fn a_browser_of_the_pages_origin_may_call_the_api_and_read_what_it_needs() {
    let dev = Dev::start(free_ports(), &["--ephemeral"]);
    let origin = dev.text("page").trim_end_matches('/');
    let (_, head, _) = fetch(&format!("{}me", dev.text("api")), &format!("Origin: {origin}\r\n"));
    assert!(head.contains(&format!("access-control-allow-origin: {origin}")), "{head}");
    let exposed =
        head.lines().find(|line| line.starts_with("access-control-expose-headers:")).expect("it is there");
    assert!(exposed.contains("dpop-nonce") && exposed.contains("www-authenticate"), "{exposed}");

    let (_, head, _) = fetch(&format!("{}me", dev.text("api")), "Origin: https://evil.example\r\n");
    assert!(!head.contains("access-control-allow-origin"), "{head}");
}

#[test]
fn a_restart_keeps_the_tenant() {
    let folder = tempfile::tempdir().expect("it is made");
    let data = folder.path().to_str().expect("it is text");
    let ports = free_ports();
    let names = [
        "spa_client_id",
        "native_client_id",
        "m2m_client_id",
        "m2m_client_secret",
        "user",
        "password",
        "management_client_id",
    ];
    let said = |dev: &Dev| names.map(|name| dev.text(name).to_owned());
    let first = Dev::start(ports, &["--data", data]);
    let before = said(&first);
    assert_eq!(first.stop().0, Some(0));
    let second = Dev::start(ports, &["--data", data]);
    assert_eq!(said(&second), before);
}

#[test]
fn on_other_ports_the_same_folder_has_the_same_clients_and_another_audience() {
    let folder = tempfile::tempdir().expect("it is made");
    let data = folder.path().to_str().expect("it is text");
    let names = ["spa_client_id", "m2m_client_id", "m2m_client_secret", "user", "password", "audience"];
    let said = || {
        let dev = Dev::start(free_ports(), &["--data", data]);
        let said = names.map(|name| dev.text(name).to_owned());
        assert_eq!(dev.stop().0, Some(0));
        said
    };
    let (before, after) = (said(), said());
    assert_eq!(before[..5], after[..5]);
    assert_ne!(before[5], after[5]);
}

#[tokio::test]
async fn the_machine_reads_and_writes_orders_with_its_key_and_nobody_does_without() {
    let dev = Dev::start(free_ports(), &["--ephemeral"]);
    let web = Web::new(Limits::default()).expect("it is built");
    let issuer = Issuer::parse(dev.text("issuer")).expect("it is one");
    let metadata = discovery::discover(&issuer, &web).await.expect("it is found");
    let client_id = ClientId::parse(dev.text("m2m_client_id")).expect("it is one");
    let secret = Secret::new(dev.text("m2m_client_secret").to_owned());
    let client = Client::new(issuer, metadata, client_id)
        .authenticated(Authentication::SecretPost(secret))
        .bound_to(DpopKey::generate().expect("keys are made"));
    let audience = Some(dev.text("audience").to_owned());
    let request = MachineRequest { audience, ..MachineRequest::default() };
    let tokens = drive(client.client_credentials(request), &web, &System).await.expect("it is issued");
    assert!(tokens.is_bound());

    let orders = Resource::new(dev.text("api"), &client).expect("it is built");
    let answer = drive(orders.get(&tokens, "orders").expect("it may go there"), &web, &System).await;
    assert_eq!(answer.expect("it answers").status(), 200);
    let call = orders.call(&tokens, Method::POST, "orders").expect("it may go there");
    let call = call.with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = drive(call.with_body(r#"{"item":"a lock"}"#), &web, &System).await.expect("it answers");
    assert_eq!(answer.status(), 201);

    let stolen = format!("Authorization: Bearer {}\r\n", tokens.access_token.reveal());
    assert_eq!(fetch(&format!("{}orders", dev.text("api")), &stolen).0, 401);
    let stolen = stolen.replace("Bearer", "DPoP");
    assert_eq!(fetch(&format!("{}orders", dev.text("api")), &stolen).0, 401);
}

#[test]
fn what_is_ephemeral_is_new_each_time_and_leaves_nothing_behind() {
    let here = tempfile::tempdir().expect("it is made");
    let start = || Dev::start_in(here.path(), free_ports(), &["--ephemeral", "--tls"]);
    let (one, other) = (start(), start());
    assert_ne!(one.text("password"), other.text("password"));
    assert_ne!(one.text("spa_client_id"), other.text("spa_client_id"));
    for dev in [one, other] {
        assert_eq!(dev.stop().0, Some(0));
    }
    assert_eq!(std::fs::read_dir(here.path()).expect("it is read").count(), 0);
}

#[test]
fn no_secret_is_ever_logged() {
    let dev = Dev::start(free_ports(), &["--ephemeral", "--log", "trace"]);
    let secrets =
        ["password", "m2m_client_secret", "management_client_secret"].map(|name| dev.text(name).to_owned());
    let (status, log) = dev.stop();
    assert_eq!(status, Some(0));
    assert!(log.len() > 1000, "trace says a lot: {log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret is in the log");
    }
}

#[test]
fn a_taken_port_is_an_error_that_names_it_and_its_option() {
    for option in ["--listen", "--api-listen", "--page-listen"] {
        let held = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = held.local_addr().expect("it has an address").port().to_string();
        let others =
            ["--listen", "--api-listen", "--page-listen"].into_iter().filter(|other| *other != option);
        let mut arguments = vec!["dev", "--ephemeral", option, &port];
        arguments.extend(others.flat_map(|other| [other, "0"]));
        let output = run(&arguments, "");
        assert_eq!(output.status.code(), Some(4));
        let said = stderr(&output);
        assert!(said.contains(&format!("port {port} is taken")) && said.contains(option), "{said}");
    }
}

#[tokio::test]
async fn with_tls_all_three_have_a_certificate_of_the_local_authority_and_nobody_elses() {
    let dev = Dev::start(free_ports(), &["--ephemeral", "--tls"]);
    let ca = std::fs::read(dev.text("ca")).expect("it is there");
    let trusting = Web::trusting(Limits::default(), &ca).expect("it is built");
    let wary = Web::new(Limits::default()).expect("it is built");
    let issuer = dev.text("issuer");
    for url in [
        format!("{issuer}.well-known/openid-configuration"),
        format!("{}public", dev.text("api")),
        dev.text("page").to_owned(),
    ] {
        assert!(url.starts_with("https://localhost:"), "{url}");
        let request = || Request::get(&url).body(Body::default()).expect("it is a request");
        let answer = trusting.send(request()).await.expect("it answers");
        assert_eq!(answer.status(), 200, "{url}");
        assert!(wary.send(request()).await.is_err(), "{url} is trusted without a reason");
    }
}

#[test]
fn tls_for_another_issuer_is_refused_with_a_hint() {
    let output = run(&["dev", "--ephemeral", "--tls", "--issuer", "https://id.example.com/"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("hint: "), "{}", stderr(&output));
}
