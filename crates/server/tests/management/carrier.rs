//! Letters leave by the mail server that an administrator names, from the next one on.

use std::time::Duration;

use keybound_server::{
    Config, Secret,
    config::{Email, FromAddress, Login, Protection, Reach, Smtp},
};
use keybound_store::events;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{post_office::PostOffice, world::World};

const PATH: &str = "emails/provider";
const FROM: &str = "Acme <id@acme.example>";

fn smtp(port: u16) -> Smtp {
    let mut smtp = Smtp::new("localhost", FromAddress::parse("from", "id@operator.example").unwrap());
    smtp.port = Some(port);
    smtp.protection = Protection::PlaintextOnLoopback;
    smtp
}

fn provider(port: u16) -> Value {
    let credentials = json!({ "smtp_host": "localhost", "smtp_port": port });
    json!({ "name": "smtp", "default_from_address": FROM, "credentials": credentials })
}

/// A world whose operator sends by this, and lets administrators name what they like.
async fn world(email: Email, reach: Reach) -> World {
    let mut config = Config::default();
    config.email = email;
    config.administrators_reach = reach;
    World::under(config).await
}

/// Has a letter sent to somebody new.
async fn writes_to(world: &World, address: &str) {
    let user = json!({
        "connection": "Username-Password-Authentication", "email": address, "password": "Correct horse 7",
    });
    let user = world.post("users", user).await.made();
    world.post("jobs/verification-email", json!({ "user_id": user["user_id"] })).await.made();
}

async fn not_sent(world: &World) -> String {
    for _ in 0..600 {
        let entries = events::after(&world.app.store, &world.app.tenant.id, None, 500).await.unwrap();
        if let Some(found) = entries.into_iter().find(|entry| &*entry.kind == "fn") {
            return found.description.unwrap().into();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing says that a letter was not sent")
}

#[tokio::test]
async fn the_next_letter_leaves_by_whom_was_named_and_by_the_operators_again_after() {
    let (Some(operators), Some(first), Some(second)) =
        (PostOffice::open(&[]).await, PostOffice::open(&[]).await, PostOffice::open(&[]).await)
    else {
        return;
    };
    let world = world(Email::Smtp(smtp(operators.port)), Reach::Anywhere).await;
    writes_to(&world, "one@example.com").await;
    assert_eq!(operators.nth(0).await["to"], json!(["one@example.com"]));

    let made = world.post(PATH, provider(first.port)).await;
    assert!(!made.headers.contains_key("keybound-inert"), "{:?}", made.headers);
    made.made();
    writes_to(&world, "two@example.com").await;
    let letter = first.nth(0).await;
    assert_eq!((&letter["from"], &letter["to"]), (&json!("id@acme.example"), &json!(["two@example.com"])));

    let moved = json!({ "credentials": { "smtp_host": "127.0.0.1", "smtp_port": second.port } });
    world.patch(PATH, moved).await.ok();
    writes_to(&world, "three@example.com").await;
    assert_eq!(second.nth(0).await["to"], json!(["three@example.com"]));

    world.patch(PATH, json!({ "enabled": false })).await.ok();
    writes_to(&world, "four@example.com").await;
    assert_eq!(operators.nth(1).await["to"], json!(["four@example.com"]));
    world.patch(PATH, json!({ "enabled": true })).await.ok();
    writes_to(&world, "five@example.com").await;
    assert_eq!(second.nth(1).await["to"], json!(["five@example.com"]));

    world.delete(PATH).await.gone();
    writes_to(&world, "six@example.com").await;
    assert_eq!(operators.nth(2).await["to"], json!(["six@example.com"]));
    assert_eq!((first.letters().len(), second.letters().len()), (1, 2));
}

/// Where the operator wrote down nobody, letters leave all the same; whom they come from is the issuer's host.
#[tokio::test]
async fn whoever_is_named_carries_letters_where_nobody_did() {
    let Some(office) = PostOffice::open(&[]).await else { return };
    let world = world(Email::Off, Reach::Anywhere).await;
    let mut named = provider(office.port);
    named.as_object_mut().unwrap().remove("default_from_address");
    world.post(PATH, named).await.made();
    writes_to(&world, "one@example.com").await;
    let from = office.nth(0).await["from"].as_str().unwrap().to_owned();
    assert!(from.starts_with("no-reply@"), "{from}");
}

/// RFC 3207, RFC 4954: a name and a password are shown by TLS, to a server whose certificate is good for its name.
#[tokio::test]
async fn the_password_is_shown_by_tls_to_the_host_that_was_named_and_kept_sealed() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let write = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    };
    let certificate = write("certificate.pem", made.cert.pem());
    let key = write("key.pem", made.signing_key.serialize_pem());
    let told = ["--certificate", certificate.to_str().unwrap(), "--key", key.to_str().unwrap()];
    let told = [&told[..], &["--user", "keybound", "--password", "pass word"]].concat();
    let (Some(office), Some(other)) = (PostOffice::open(&told).await, PostOffice::open(&[]).await) else {
        return;
    };
    let mut operators = smtp(other.port);
    operators.root_certificates = Some(certificate.clone());
    operators.login = Some(Login { user: "operator".into(), password: Secret::new("other".into()) });
    let world = world(Email::Smtp(operators), Reach::Anywhere).await;
    let mut named = provider(office.port);
    named["credentials"]["smtp_user"] = "keybound".into();
    named["credentials"]["smtp_pass"] = "pass word".into();
    let told = world.post(PATH, named.clone()).await.made();
    assert!(!told.to_string().contains("pass word"), "{told}");
    assert!(!world.get(PATH).await.ok().to_string().contains("pass word"));
    writes_to(&world, "one@example.com").await;
    let letter = office.nth(0).await;
    assert_eq!((&letter["tls"], &letter["login"]), (&json!(true), &json!("keybound")));

    // By an address that the certificate does not name, nothing is shown.
    named["credentials"]["smtp_host"] = "127.0.0.1".into();
    world.patch(PATH, json!({ "credentials": named["credentials"] })).await.ok();
    writes_to(&world, "two@example.com").await;
    not_sent(&world).await;
    assert_eq!(office.letters().len(), 1);
}

/// A host is not exchanged under a password that whoever does it does not know.
#[tokio::test]
async fn another_host_does_not_get_the_password_of_the_one_before() {
    let world = world(Email::Off, Reach::Anywhere).await;
    let mut named = provider(25);
    named["credentials"]["smtp_user"] = "keybound".into();
    named["credentials"]["smtp_pass"] = "pass word".into();
    world.post(PATH, named).await.made();
    let moved =
        json!({ "credentials": { "smtp_host": "evil.example", "smtp_port": 25, "smtp_user": "keybound" } });
    world.patch(PATH, moved).await.ok();
    let kept = keybound_store::documents::kept::Shelf {
        name: "email_provider",
        secrets: &["credentials"],
        unique: "",
    };
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let found = keybound_store::documents::kept::find(store, tenant, kept.whole(), "email_provider").await;
    let doc = found.unwrap().unwrap().doc;
    assert_eq!(doc["credentials"]["smtp_host"], "evil.example");
    assert!(!doc.to_string().contains("pass word"), "{doc}");
}

/// An administrator reaches nothing by letters that lies inside, unless the operator says so.
#[tokio::test]
async fn a_mail_server_inside_is_not_called() {
    let Some(office) = PostOffice::open(&[]).await else { return };
    for host in ["localhost", "127.0.0.1", "::1", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"] {
        let world = world(Email::Off, Reach::Public).await;
        let mut named = provider(office.port);
        named["credentials"]["smtp_host"] = host.into();
        world.post(PATH, named).await.made();
        writes_to(&world, "one@example.com").await;
        let why = not_sent(&world).await;
        assert!(why.contains("not one of the public internet"), "{host}: {why}");
    }
    assert_eq!(office.letters().len(), 0);
}

/// Other providers are kept as before, and each write says so, whatever part it writes.
#[tokio::test]
async fn who_is_not_called_is_said_to_be_kept() {
    let world = World::new().await;
    let other = json!({ "name": "sendgrid", "credentials": { "api_key": "k" } });
    let made = world.post(PATH, other).await;
    assert_eq!(made.headers["keybound-inert"], "credentials.api_key, name");
    made.made();
    let again = world.patch(PATH, json!({ "enabled": true })).await;
    assert_eq!(again.headers["keybound-inert"], "name");
    again.ok();
    let user = json!({
        "connection": "Username-Password-Authentication", "email": "a@example.com", "password": "Correct horse 7",
    });
    let user = world.post("users", user).await.made();
    let job = world.post("jobs/verification-email", json!({ "user_id": user["user_id"] })).await.made();
    let path = format!("jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.ok()["status"], "failed");
}
