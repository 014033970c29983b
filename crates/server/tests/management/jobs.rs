//! Users that come in files and go out in files.

use axum::body::Body;
use http::{Method, Request};
use keybound_crypto::password::{Cost, Pool};
use keybound_proto::{form::Form, id::Subject, time::Lifetime};
use keybound_server::{Config, jobs};
use keybound_store::ledger::{
    job_parts::{self, Kind},
    passwords,
};
use serde_json::{Value, json};

use crate::world::{Answer, World, text};

const DATABASE: &str = "Username-Password-Authentication";
const PASSWORD: &str = "correct horse";

/// Computed by Python's `hashlib`, `hmac` and `crypt`, of the password above.
const HASHES: &[(&str, &str)] = &[
    ("bcrypt", r#"{"password_hash": "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"}"#),
    (
        "sha1",
        r#"{"custom_password_hash": {"algorithm": "sha1", "hash": {"value": "385b9e19eb3c254db3e2c1b9022fd513dd919a5b", "encoding": "hex"}, "salt": {"value": "pepperpepper"}}}"#,
    ),
    (
        "sha256",
        r#"{"custom_password_hash": {"algorithm": "sha256", "hash": {"value": "1D8BQFS6uu/r7G27HsSYWH6ZAgjax4o9Cc57/wXUWAE=", "encoding": "base64"}, "salt": {"value": "pepperpepper", "position": "suffix"}}}"#,
    ),
    (
        "sha512",
        r#"{"custom_password_hash": {"algorithm": "sha512", "hash": {"value": "56b698defedb5a435b634afe3320bbaf3fdcd920b6c503a446fc7b7a776b298d479d1ba6a8b617808eb0bf579ce9a95d668347bcab7149085ac93cb27995197b", "encoding": "hex"}}}"#,
    ),
    (
        "md5",
        r#"{"custom_password_hash": {"algorithm": "md5", "hash": {"value": "3cb4e732631f47e6eb961f34554b7cde", "encoding": "hex"}}}"#,
    ),
    (
        "hmac",
        r#"{"custom_password_hash": {"algorithm": "hmac", "hash": {"value": "16cc4f959aa5338d1138ad5d2340f6ce6fd917fa92acc153331bfd9c3035afd66549712ec0c108c2f5a505aa833c66b31fc8960d5fe5fabedbc7e3fd5205f5ae", "encoding": "hex", "digest": "sha512", "key": {"value": "key"}}}}"#,
    ),
    (
        "ldap",
        r#"{"custom_password_hash": {"algorithm": "ldap", "hash": {"value": "{SSHA}O4aQQn65ngMMpSzpmcyiFqcHS+twZXBwZXJwZXBwZXI="}}}"#,
    ),
    (
        "pbkdf2-sha1",
        r#"{"custom_password_hash": {"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha1$i=500,l=32$cGVwcGVycGVwcGVy$NE6C8+XTAqgAFGfpBZSWDs918yVLsKt13PELEO/tg98", "encoding": "utf8"}}}"#,
    ),
    (
        "pbkdf2-sha256",
        r#"{"custom_password_hash": {"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha256$i=500,l=32$cGVwcGVycGVwcGVy$dLTYSo7syYcJR4bcLxDBEpRpZyqIoDQiviDC4Yd9yHk", "encoding": "utf8"}}}"#,
    ),
    (
        "pbkdf2-sha512",
        r#"{"custom_password_hash": {"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha512$i=500,l=32$cGVwcGVycGVwcGVy$J7+GGSrbYRBpzaIvXXkSis7N5e6uORIChpOYqsMhUV0", "encoding": "utf8"}}}"#,
    ),
    (
        "scrypt",
        r#"{"custom_password_hash": {"algorithm": "scrypt", "hash": {"value": "0c40b418f39dcd3bc03308be20bd77065a7f6aaf34b17af9a10a939e943dbe6f", "encoding": "hex"}, "salt": {"value": "pepperpepper"}, "keylen": 32, "cost": 256}}"#,
    ),
];

/// A tenant, and the id of its database.
struct Files {
    world: World,
    connection: String,
}

impl Files {
    async fn new() -> Self {
        Self::under(Config::default()).await
    }

    async fn under(config: Config) -> Self {
        let world = World::under(config).await;
        let found = world.get(&format!("connections?name={DATABASE}")).await.ok();
        Self { connection: text(&found[0], "id"), world }
    }

    async fn sends(&self, file: &[u8], more: &[(&str, &str)]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in [("connection_id", &*self.connection)].iter().chain(more) {
            let head =
                format!("--bound\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.into_bytes());
        }
        let head =
            "--bound\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\n\r\n";
        body.extend(head.bytes());
        body.extend(file);
        body.extend(b"\r\n--bound--\r\n");
        let media = "multipart/form-data; boundary=bound";
        // As at Auth0, the form says everything: nobody looks at the query.
        self.world.sends_as(media, Method::POST, "jobs/users-imports?test=value", Body::from(body)).await
    }

    /// Sends a file, and waits for the job to be over.
    async fn imports(&self, users: &Value, more: &[(&str, &str)]) -> Value {
        let sent = self.sends(users.to_string().as_bytes(), more).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        jobs::work_off(&self.world.app).await.unwrap();
        self.world.get(&format!("jobs/{}", text(&sent.body, "id"))).await.ok()
    }

    async fn errors(&self, job: &Value) -> Answer {
        self.world.get(&format!("jobs/{}/errors", text(job, "id"))).await
    }

    async fn user(&self, email: &str) -> Value {
        self.world.get(&format!("users-by-email?email={email}")).await.ok()[0].clone()
    }
}

/// An application that asks people for their passwords.
async fn door(files: &Files) -> (String, String) {
    let grants = ["http://auth0.com/oauth/grant-type/password-realm"];
    let client = json!({ "name": "own", "app_type": "regular_web", "grant_types": grants });
    let client = files.world.post("clients", client).await.made();
    let id = text(&client, "client_id");
    let enable = json!([{ "client_id": id, "status": true }]);
    let path = format!("connections/{}/clients", files.connection);
    files.world.root(Method::PATCH, &path, Some(enable)).await.gone();
    (id, text(&client, "client_secret"))
}

async fn signs_in(world: &World, (id, secret): &(String, String), email: &str, password: &str) -> u16 {
    let form = Form::new()
        .with("grant_type", "http://auth0.com/oauth/grant-type/password-realm")
        .with("client_id", id)
        .with("client_secret", secret)
        .with("username", email)
        .with("password", password)
        .with("realm", DATABASE)
        .with("scope", "openid");
    let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(form.encode())).unwrap()).await.status.as_u16()
}

/// Auth0, "Bulk User Imports": people keep the passwords they had elsewhere; we keep the hashes no longer than we must.
#[tokio::test]
async fn a_password_from_elsewhere_opens_once_and_is_then_hashed_our_way() {
    let files = Files::new().await;
    let mut all: Vec<(String, Value)> =
        HASHES.iter().map(|(name, hash)| ((*name).to_owned(), serde_json::from_str(hash).unwrap())).collect();
    let cheap = Cost { memory: 64, passes: 1, lanes: 1 };
    let argon = Pool::with_cost(std::num::NonZeroUsize::MIN, cheap).hash(PASSWORD.as_bytes()).unwrap();
    let custom = json!({ "algorithm": "argon2", "hash": { "value": argon, "encoding": "utf8" } });
    all.push(("argon2id".to_owned(), json!({ "custom_password_hash": custom })));
    let users: Vec<Value> = all
        .iter()
        .map(|(name, hash)| {
            let mut user = hash.clone();
            user["email"] = format!("{name}@example.com").into();
            user
        })
        .collect();
    let job = files.imports(&users.into(), &[]).await;
    assert_eq!(job["summary"]["inserted"], all.len(), "{job} {:?}", files.errors(&job).await.body);
    let door = door(&files).await;
    for (name, _) in &all {
        let (world, email) = (&files.world, format!("{name}@example.com"));
        let user = files.user(&email).await;
        let shown = user.to_string();
        assert!(!shown.contains("hash") && !shown.contains("password"), "{shown}");
        let subject = Subject::parse(&text(&user, "user_id")).unwrap();
        let kept = async || {
            let found =
                passwords::find(&world.app.store, &world.app.tenant.id, &subject).await.unwrap().unwrap();
            found.hash.reveal().to_owned()
        };
        let brought = kept().await;
        assert_eq!(signs_in(world, &door, &email, "wrong horse").await, 403, "{name}");
        assert_eq!(kept().await, brought, "{name}");
        assert_eq!(signs_in(world, &door, &email, PASSWORD).await, 200, "{name}");
        let ours = kept().await;
        assert!(ours.starts_with("$argon2id$v=19$m=19456,"), "{name}: {ours}");
        assert_eq!(signs_in(world, &door, &email, PASSWORD).await, 200, "{name}");
        assert_eq!(kept().await, ours, "{name}");
    }
}

#[tokio::test]
async fn a_row_comes_to_a_user_or_to_an_error_that_says_why() {
    let files = Files::new().await;
    let users = json!([
        { "email": "ANN@example.com", "email_verified": true, "user_id": "a1", "app_metadata": { "plan": "x" } },
        { "email": "ann@example.com" },
        { "email": "none" },
        { "given_name": "Nobody" },
        { "email": "bob@example.com", "colour": "red" },
        { "email": "cid@example.com", "password_hash": "$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
        { "email": "dan@example.com", "custom_password_hash": { "algorithm": "rot13", "hash": { "value": "x" } } },
        { "email": "eve@example.com", "mfa_factors": [{ "totp": { "secret": "PGXSWNBR" } }] },
        "nobody",
    ]);
    let job = files.imports(&users, &[("external_id", "first")]).await;
    assert_eq!(job["summary"], json!({ "failed": 8, "inserted": 1, "updated": 0, "total": 9 }));
    assert_eq!((&job["status"], &job["percentage_done"]), (&json!("completed"), &json!(100)));
    assert_eq!(job["external_id"], "first");
    assert!(job.get("work").is_none() && job.get("upsert").is_none(), "{job}");
    let errors = files.errors(&job).await.ok();
    let codes: Vec<&str> =
        errors.as_array().unwrap().iter().map(|error| error["errors"][0]["code"].as_str().unwrap()).collect();
    assert_eq!(codes[0], "DUPLICATED_USER");
    assert_eq!(codes[1], "INVALID_FORMAT");
    assert_eq!((codes[3], codes.len()), ("OBJECT_ADDITIONAL_PROPERTIES", 8));
    assert_eq!(errors[0]["user"], json!({ "email": "ann@example.com" }));
    assert!(!errors.to_string().contains("$2b$31"), "a hash is nobody's to read");
    let ann = files.user("ann@example.com").await;
    assert_eq!((&ann["user_id"], &ann["app_metadata"]["plan"]), (&json!("auth0|a1"), &json!("x")));
}

#[tokio::test]
async fn who_is_there_already_stays_or_is_brought_up_to_date() {
    let files = Files::new().await;
    let first = json!([{ "email": "ann@example.com", "given_name": "Ann", "user_metadata": { "a": 1 } }]);
    files.imports(&first, &[]).await;
    let again = json!([{ "email": "ann@example.com", "given_name": "Anna", "user_metadata": { "b": 2 } }]);
    let refused = files.imports(&again, &[]).await;
    assert_eq!(refused["summary"]["failed"], 1);
    let verified = json!([{ "email": "ann@example.com", "email_verified": true, "given_name": "Anna" }]);
    let refused = files.imports(&verified, &[]).await;
    let about = json!({ "email": "ann@example.com", "email_verified": true });
    assert_eq!(files.errors(&refused).await.ok()[0]["user"], about);
    assert_eq!(files.user("ann@example.com").await["given_name"], "Ann");
    let taken = files.imports(&again, &[("upsert", "true")]).await;
    assert_eq!(taken["summary"]["updated"], 1);
    let ann = files.user("ann@example.com").await;
    assert_eq!((&ann["given_name"], &ann["user_metadata"]), (&json!("Anna"), &json!({ "a": 1, "b": 2 })));
    assert_eq!(files.errors(&taken).await.status, 204);
}

/// What is no JSON array of users is told so, and nobody comes of it.
#[tokio::test]
async fn hostile_files_come_to_nothing() {
    let mut config = Config::default();
    config.limits.import_bytes = 200_000;
    let files = Files::under(config).await;
    let wide: Vec<u8> = "[{\"email\":\"a@b.c\"}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in
        [&b""[..], b"{}", b"[{\"email\":\"a@b.c\"}", b"[{\"email\":\"\0@b.c\"}]", b"[\"\xff\"]", &wide]
    {
        let sent = files.sends(file, &[]).await;
        assert_eq!((sent.status.as_u16(), &sent.body["status"]), (202, &json!("failed")), "{}", sent.body);
        assert_eq!(files.errors(&sent.body).await.ok()["status"], "failed");
    }
    let deep = format!(
        "[{{\"email\":\"deep@example.com\",\"app_metadata\":{}{}}}]",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let twice = "[{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}]";
    for file in [deep.as_str(), twice] {
        let sent = files.sends(file.as_bytes(), &[]).await;
        jobs::work_off(&files.world.app).await.unwrap();
        let job = files.world.get(&format!("jobs/{}", text(&sent.body, "id"))).await.ok();
        assert_eq!(job["summary"]["failed"], 1, "{job}");
    }
    assert_eq!(files.sends(&[b' '; 200_001], &[]).await.status, 413);
    assert_eq!(files.sends(b"[]", &[("colour", "red")]).await.status, 400);
    assert_eq!(files.sends(b"[]", &[("upsert", "maybe")]).await.status, 400);
    let json = files.world.post("jobs/users-imports", json!({})).await;
    assert_eq!(json.status, 415);
    let clerk = files.world.administrator(&["read:users"]).await;
    let refused = files.world.with(&clerk, Method::POST, "jobs/users-imports", None).await;
    refused.refused(403, "Insufficient scope, expected any of: create:users", Some("insufficient_scope"));
    for email in ["deep@example.com", "a@example.com", "b@example.com"] {
        assert_eq!(files.user(email).await, Value::Null, "{email}");
    }
}

/// Auth0: four at a time. Two that name the same people make each of them once, also when both are worked off at once.
#[tokio::test]
async fn imports_wait_for_one_another_and_make_nobody_twice() {
    let files = Files::new().await;
    let users: Vec<Value> = (0..250).map(|n| json!({ "email": format!("u{n}@example.com") })).collect();
    let file = Value::from(users).to_string();
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(files.sends(file.as_bytes(), &[]).await.body);
    }
    let fifth = files.sends(b"[]", &[]).await;
    assert_eq!(fifth.status, 429, "{}", fifth.body);
    assert!(text(&fifth.body, "message").starts_with("There are 4 active import users jobs"));
    let app = &files.world.app;
    let (one, other) = tokio::join!(jobs::work_off(app), jobs::work_off(app));
    one.unwrap();
    other.unwrap();
    let (mut inserted, mut failed) = (0, 0);
    for job in &sent {
        let job = files.world.get(&format!("jobs/{}", text(job, "id"))).await.ok();
        assert_eq!(job["status"], "completed", "{job}");
        inserted += job["summary"]["inserted"].as_i64().unwrap();
        failed += job["summary"]["failed"].as_i64().unwrap();
    }
    assert_eq!((inserted, failed), (250, 750));
    let found = files.world.get("users?include_totals=true&per_page=1").await.ok();
    assert_eq!(found["total"], 250);
    files.sends(b"[]", &[]).await;
}

/// Killed in between: what was not applied was not done, and what was done is not done again.
#[tokio::test]
async fn an_import_that_was_cut_off_goes_on_where_it_was() {
    let files = Files::new().await;
    let users: Vec<Value> = (0..450).map(|n| json!({ "email": format!("u{n}@example.com") })).collect();
    let sent = files.sends(Value::from(users).to_string().as_bytes(), &[]).await.body;
    let path = format!("jobs/{}", text(&sent, "id"));
    let mut rounds = 0;
    while files.world.get(&path).await.ok()["status"] != "completed" {
        // Dropped at whatever it was waiting for, more and more of it each time.
        let mut work = Box::pin(jobs::work_off(&files.world.app));
        for _ in 0..rounds {
            if futures_poll(work.as_mut()).await {
                break;
            }
        }
        rounds += 1;
        assert!(rounds < 100_000, "it never ends");
    }
    let job = files.world.get(&path).await.ok();
    assert_eq!(job["summary"], json!({ "failed": 0, "inserted": 450, "updated": 0, "total": 450 }));
    let found = files.world.get("users?include_totals=true&per_page=1").await.ok();
    assert_eq!(found["total"], 450);
}

/// Polls a future once, lets others go on, and says whether it was over.
async fn futures_poll(future: std::pin::Pin<&mut impl Future>) -> bool {
    let mut future = future;
    let over =
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready()))
            .await;
    tokio::task::yield_now().await;
    over
}

#[tokio::test]
async fn users_go_out_in_a_file_behind_a_link_that_ends() {
    let files = Files::new().await;
    let users = json!([
        { "email": "ann@example.com", "given_name": "=1+1", "app_metadata": { "plan": "gold" } },
        { "email": "bob@example.com" },
    ]);
    files.imports(&users, &[]).await;
    let world = &files.world;
    let columns = json!([{ "name": "email" }, { "name": "app_metadata.plan", "export_as": "plan" }, { "name": "given_name" }]);
    let ask = json!({ "connection_id": files.connection, "format": "csv", "fields": columns });
    let asked = world.post("jobs/users-exports", ask).await.ok();
    assert_eq!((&asked["status"], &asked["type"]), (&json!("pending"), &json!("users_export")));
    jobs::work_off(&world.app).await.unwrap();
    let path = format!("jobs/{}", text(&asked, "id"));
    let job = world.get(&path).await.ok();
    let link = text(&job, "location").replace("https://id.example", "");
    let file = world.text(&link).await;
    let mut lines: Vec<&str> = file.1.split("\r\n").collect();
    assert_eq!((file.0, lines.remove(0)), (200, "\"email\",\"plan\",\"given_name\""));
    lines.sort_unstable();
    assert_eq!(lines, ["", "\"ann@example.com\",\"gold\",\"'=1+1\"", "\"bob@example.com\",,"]);
    let other = world.post("jobs/users-exports", json!({ "limit": 1 })).await.ok();
    jobs::work_off(&world.app).await.unwrap();
    let other = world.get(&format!("jobs/{}", text(&other, "id"))).await.ok();
    let lines = world.text(&text(&other, "location").replace("https://id.example", "")).await.1;
    assert_eq!(lines.lines().count(), 1);
    assert!(serde_json::from_str::<Value>(lines.lines().next().unwrap()).unwrap()["Email"].is_string());

    world.get("jobs/job_0000000000000000").await.refused(
        404,
        "The job does not exist.",
        Some("inexistent_job"),
    );
    let key = link.split("key=").nth(1).unwrap();
    let stolen = format!("/files/{}?key={key}", text(&other, "id"));
    assert_eq!(world.text(&stolen).await.0, 404, "a key opens one file");
    assert_eq!(world.text(&link.replace(key, "AAAA")).await.0, 404);
    world.clock.turn(Lifetime::seconds(601));
    assert_eq!(world.text(&link).await.0, 404);
    let again = text(&world.get(&path).await.ok(), "location").replace("https://id.example", "");
    assert_eq!(world.text(&again).await.0, 200, "whoever may ask is told another");
    world.clock.turn(Lifetime::seconds(86_400));
    jobs::round(&world.app).await;
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let left = job_parts::next(store, tenant, (&text(&asked, "id"), Kind::Output, -1)).await.unwrap();
    assert_eq!(left, None, "after a day it is forgotten");
}
