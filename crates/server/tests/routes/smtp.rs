//! Letters on their way: RFC 5321 to a mail server that nobody here wrote.

use std::time::{Duration, Instant};

use keybound_proto::request::token::grant;
use keybound_server::{
    Config, Secret,
    config::{Email, FromAddress, Login, Protection, Smtp},
};
use keybound_store::{
    documents::{Clients, Connections},
    events,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    post_office::PostOffice,
    world::{Answer, World, request},
};

fn smtp(port: u16, protection: Protection) -> Smtp {
    let from = FromAddress::parse("from", "Keybound <id@keybound.example>").unwrap();
    let mut smtp = Smtp::new("localhost", from);
    smtp.port = Some(port);
    smtp.protection = protection;
    smtp
}

/// A world whose letters leave by this.
async fn world(smtp: Smtp) -> World {
    let mut config = Config::default();
    config.email = Email::Smtp(smtp);
    let world = World::with(config).await;
    let app = json!({
        "client_id": "app", "name": "Grüße\r\nBcc: all@example.com\u{202E}", "app_type": "native",
        "token_endpoint_auth_method": "none", "grant_types": [grant::PASSWORDLESS_OTP],
    });
    world.put::<Clients>("app", app).await;
    let connection =
        json!({ "id": "con_email", "name": "email", "strategy": "email", "is_domain_connection": true });
    world.put::<Connections>("con_email", connection).await;
    world
}

async fn start(world: &World, address: &str) -> Answer {
    let form = format!("client_id=app&connection=email&send=code&email={address}");
    world.send(request("/passwordless/start", form, &[])).await
}

/// The first event of this kind, once it is there.
async fn event(world: &World, kind: &str) -> events::Entry {
    for _ in 0..600 {
        let entries = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
        if let Some(found) = entries.into_iter().find(|entry| &*entry.kind == kind) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no {kind}")
}

/// RFC 5321 §3.3; RFC 5322 §2.2: one recipient, one subject, whatever the application is called. RFC 3834 §5.
#[tokio::test]
async fn a_letter_arrives_with_one_recipient_and_the_headers_that_we_wrote() {
    let Some(office) = PostOffice::open(&[]).await else { return };
    let world = world(smtp(office.port, Protection::PlaintextOnLoopback)).await;
    start(&world, "eve@example.com").await.ok();
    let letter = office.nth(0).await;
    assert_eq!(
        (&letter["from"], &letter["to"]),
        (&"id@keybound.example".into(), &json!(["eve@example.com"]))
    );
    let headers = letter["headers"].as_array().unwrap();
    let all = |name: &str| {
        let named =
            headers.iter().filter(move |header| header[0].as_str().unwrap().eq_ignore_ascii_case(name));
        named.map(|header| header[1].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(all("subject"), ["Your code for GrüßeBcc: all@example.com"]);
    assert_eq!((all("bcc"), all("auto-submitted")), (vec![], vec!["auto-generated"]));
    assert_eq!((all("to"), all("from")), (vec!["eve@example.com"], vec!["Keybound <id@keybound.example>"]));
    assert!(all("message-id")[0].ends_with("@keybound.example>"));
    assert_eq!(letter["tls"], false);
    let text = letter["text"].as_str().unwrap();
    let code = text.lines().map(str::trim).find(|line| line.len() == 6).unwrap();
    let form = format!(
        "grant_type={}&client_id=app&realm=email&username=eve@example.com&otp={code}",
        grant::PASSWORDLESS_OTP
    );
    world.send(request("/oauth/token", form, &[])).await.ok();
}

/// RFC 3207 §4, RFC 8314 §3.3, RFC 4954: nothing is said before TLS stands, to a server whose certificate is trusted.
#[tokio::test]
async fn letters_and_passwords_cross_the_network_by_tls_to_whom_is_trusted() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let write = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    };
    let certificate = write("certificate.pem", made.cert.pem());
    let key = write("key.pem", made.signing_key.serialize_pem());
    let (cert, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    for (protection, more) in [(Protection::StartTls, None), (Protection::Tls, Some("--tls"))] {
        let told = ["--certificate", cert, "--key", key, "--user", "keybound", "--password", "pass word"];
        let told: Vec<_> = told.into_iter().chain(more).collect();
        let Some(office) = PostOffice::open(&told).await else { return };
        let mut trusted = smtp(office.port, protection);
        let login = |password: &str| {
            Some(Login { user: "keybound".to_owned(), password: Secret::new(password.to_owned()) })
        };
        trusted.login = login("pass word");
        let mut untrusted = trusted.clone();
        trusted.root_certificates = Some(certificate.clone());
        let mut mistyped = trusted.clone();
        mistyped.login = login("password");
        untrusted.root_certificates = None;
        for wrong in [untrusted, mistyped] {
            let world = world(wrong).await;
            start(&world, "eve@example.com").await.ok();
            let failed = event(&world, "fn").await;
            assert_eq!(failed.reason.as_deref(), Some("mail.not_sent"));
            assert!(office.letters().is_empty(), "{failed:?}");
        }
        let world = world(trusted).await;
        start(&world, "eve@example.com").await.ok();
        let letter = office.nth(0).await;
        assert_eq!((&letter["tls"], &letter["login"]), (&true.into(), &"keybound".into()));
    }
}

/// RFC 3207 §5: a server that offers no TLS is told nothing, be it a man in the middle or a mistake.
#[tokio::test]
async fn who_was_to_speak_tls_and_does_not_gets_no_letter() {
    let Some(office) = PostOffice::open(&[]).await else { return };
    let world = world(smtp(office.port, Protection::StartTls)).await;
    start(&world, "eve@example.com").await.ok();
    event(&world, "fn").await;
    assert!(office.letters().is_empty());
}

/// RFC 5321 §4.2.1: 4xx means later, 5xx means never. The tenant log says whose letter it was, and not what it said.
#[tokio::test]
async fn a_letter_is_tried_again_where_that_may_help_and_given_up_aloud() {
    let Some(office) = PostOffice::open(&[]).await else { return };
    let world = world(smtp(office.port, Protection::PlaintextOnLoopback)).await;
    start(&world, "later@example.com").await.ok();
    start(&world, "never@example.com").await.ok();
    let failed = event(&world, "fn").await;
    assert_eq!(failed.user_name.as_deref(), Some("never@example.com"));
    assert!(failed.description.as_deref().unwrap().contains("nobody here has that name"), "{failed:?}");
    assert_eq!(office.nth(0).await["to"], json!(["later@example.com"]));
    assert_eq!(office.letters().len(), 1);
}

/// A mail server that takes the connection and says nothing: nobody who asks waits for it.
#[tokio::test]
async fn a_silent_mail_server_holds_no_request() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let world = world(smtp(port, Protection::PlaintextOnLoopback)).await;
    let began = Instant::now();
    for nth in 0..20 {
        start(&world, &format!("eve{nth}@example.com")).await.ok();
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // It was asked; the others wait for a line of their own.
    let (_stream, _) = silent.accept().await.unwrap();
}
