//! `keybound serve`: what it says when it cannot start.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::Stdio,
};

use super::run::{fetch, free_ports, keybound, run, stderr};

#[test]
fn an_unknown_configuration_key_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().expect("it is made");
    let file = folder.path().join("keybound.toml");
    std::fs::write(&file, "lissten = \"127.0.0.1:1\"\n").expect("it is written");
    let output = run(&["serve", "--config", file.to_str().expect("it is text")], "");
    assert_eq!(output.status.code(), Some(3));
    let said = stderr(&output);
    assert!(said.starts_with("failed to read the configuration") && said.contains("lissten"), "{said}");
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn a_configuration_that_is_not_there_is_an_error_that_names_it() {
    let output = run(&["serve", "--config", "no-such-file.toml"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no-such-file.toml"), "{}", stderr(&output));
}

#[test]
fn a_wrong_value_is_an_error_that_names_its_key() {
    let output =
        keybound(&["serve"]).env("KEYBOUND_DATABASE", "mysql://localhost").output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("KEYBOUND_DATABASE"), "{}", stderr(&output));
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let held = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = held.local_addr().expect("it has an address").to_string();
    let output = run(&["serve", "--listen", &addr, "--database", "sqlite::memory:"], "");
    assert_eq!(output.status.code(), Some(4));
    let said = stderr(&output);
    assert!(said.contains(&format!("port {} is taken", addr.rsplit(':').next().expect("a port"))), "{said}");
    assert!(said.contains("--listen"), "{said}");
}

#[test]
fn a_database_that_cannot_be_used_is_status_5() {
    let folder = tempfile::tempdir().expect("it is made");
    let corrupt = folder.path().join("corrupt.db");
    std::fs::write(&corrupt, "this is not a database, however long one looks at it\n".repeat(100))
        .expect("it is written");
    let [closed, _, listen] = free_ports();
    for database in [
        format!("sqlite:{}", corrupt.display()),
        format!("sqlite:{}", folder.path().display()),
        format!("postgres://127.0.0.1:{closed}/keybound"),
    ] {
        let output = keybound(&["serve", "--listen", &format!("127.0.0.1:{listen}")])
            .env("KEYBOUND_DATABASE", &database)
            .env("KEYBOUND_MASTER_KEY", "A".repeat(43))
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(5), "{database}: {}", stderr(&output));
        assert!(stderr(&output).starts_with("failed to "), "{database}: {}", stderr(&output));
    }
}

#[test]
fn a_wrong_command_line_is_status_2_and_a_wrong_log_filter_is_3() {
    assert_eq!(run(&["serve", "--no-such-option"], "").status.code(), Some(2));
    let output = run(&["serve", "--log", "keybound=loud"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("log filter"), "{}", stderr(&output));
}

#[test]
fn options_win_over_the_environment_and_sigterm_drains() {
    let [port, metrics, other] = free_ports();
    let listen = format!("127.0.0.1:{port}");
    let mut serve = keybound(&["serve", "--listen", &listen, "--database", "sqlite::memory:"])
        .args(["--metrics-listen", &format!("127.0.0.1:{metrics}"), "--log-format", "json"])
        .env("KEYBOUND_LISTEN", format!("127.0.0.1:{other}"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut log = BufReader::new(serve.stderr.take().expect("it is piped"));
    let mut said = String::new();
    while !said.contains("\"ready\"") {
        assert_ne!(log.read_line(&mut said).expect("it is read"), 0, "it did not come up: {said}");
    }
    assert!(said.contains("everything is gone when this process ends"), "{said}");
    assert_eq!(fetch(&format!("http://{listen}/health/ready"), "").0, 200);
    let (status, _, told) = fetch(&format!("http://127.0.0.1:{metrics}/metrics"), "");
    assert_eq!(status, 200);
    assert!(told.contains("# TYPE "), "{told}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", other)).is_err(), "the option wins");

    let told = std::process::Command::new("kill").arg(serve.id().to_string()).status();
    assert!(told.expect("kill runs").success());
    assert_eq!(serve.wait().expect("it ends").code(), Some(0));
    log.read_to_string(&mut said).expect("it is text");
    assert!(said.contains("draining"), "{said}");
    for line in said.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not JSON: {line}");
    }
}
