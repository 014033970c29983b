//! `keybound test`: an application is tried, and nothing of it is kept.

use serde_json::Value;

use super::{
    administering::Tenant,
    person::{Answer, sign_in},
    place::Login,
    run::{stderr, stdout},
};

#[test]
fn an_applications_token_is_got_without_its_secret_being_typed() {
    let tenant = Tenant::start();
    let (machine, audience) = (tenant.dev.text("m2m_client_id"), tenant.dev.text("audience"));
    let said = tenant.told(&["test", "token", machine, "-a", audience, "-s", "read:orders", "--decode"]);
    assert_eq!(
        (&said["payload"]["azp"], &said["payload"]["scope"]),
        (&machine.into(), &"read:orders".into())
    );
    assert!(said["payload"]["cnf"]["jkt"].is_string());
    let told = tenant.told(&["test", "token", machine, "-a", audience, "--json"]);
    assert_eq!(told["token_type"], "DPoP");
    let secretless = tenant.run(&["test", "token", tenant.dev.text("spa_client_id"), "-a", audience]);
    assert_eq!(secretless.status.code(), Some(3), "{}", stderr(&secretless));
    assert!(stderr(&secretless).contains("test login"));
    let refused = tenant.run(&["test", "token", machine, "-a", "https://nobody.example"]);
    assert_eq!(refused.status.code(), Some(20), "{}", stderr(&refused));
    assert!(stdout(&refused).is_empty());
}

#[test]
fn a_person_tries_a_login_and_sees_what_it_brings() {
    let tenant = Tenant::start();
    let native = tenant.dev.text("native_client_id");
    let mut command = tenant.command(&["test", "login", native, "--no-browser", "--json"]);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let login = Login::begin(command);
    assert_eq!(login.asked("client_id"), Some(native));
    let who = (tenant.dev.text("user"), tenant.dev.text("password"));
    assert_eq!(sign_in(&login.url, who, Answer::Accept).status, 200);
    let (status, told, problem) = login.end();
    assert_eq!(status, Some(0), "{problem}");
    let told: Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(told["claims"]["email"], tenant.dev.text("user"));
    assert_eq!(told["token"]["token_type"], "DPoP");
    assert!(!tenant.kept.path().join("logins").exists(), "nobody is logged in");
    let elsewhere = tenant.run(&["test", "login", native, "--callback", "http://localhost:1/x"]);
    assert_eq!(elsewhere.status.code(), Some(3));
    assert!(stderr(&elsewhere).contains("apps update"), "{}", stderr(&elsewhere));
}
