//! A tenant that wants second factors, a user with a password, and the app on their telephone.

use axum::body::Body;
use http::{Method, Request};
use keybound_proto::{
    form::Form,
    id::Subject,
    request::token::grant,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_server::Config;
use keybound_store::{
    Batch,
    documents::Clients,
    events,
    ledger::passwords::{self, Password},
};
use serde_json::{Value, json};

pub(crate) use crate::factors::{ALL, ALWAYS, BOTH};
use crate::{
    desk::Desk,
    factors::{self, Authenticator},
    world::{API, Answer, USER, World},
};

pub(crate) const APP: &str = "own-app";
pub(crate) const OTHER_APP: &str = "other-app";
pub(crate) const MFA: &str = "https://id.example/mfa/";
const PASSWORD: &str = "correct horse battery";

/// What was enrolled: what shows digits, and the code for the day it is lost.
pub(crate) struct Enrolled {
    app: Authenticator,
    pub(crate) recovery: String,
}

impl Enrolled {
    /// Scans what was told.
    pub(crate) fn of(enrolment: &Value) -> Self {
        let app = Authenticator::of(enrolment["secret"].as_str().unwrap());
        Self { app, recovery: enrolment["recovery_codes"][0].as_str().unwrap_or_default().to_owned() }
    }

    /// What the app shows at that time.
    pub(crate) fn digits(&self, now: Timestamp) -> String {
        self.app.digits(now)
    }
}

/// A world whose tenant always wants a second factor.
pub(crate) async fn world() -> World {
    world_of(Config::default()).await
}

/// The same where codes are sent by letter besides, and where letters end up in it.
pub(crate) async fn world_of_letters() -> (World, Desk) {
    let desk = Desk::default();
    let mut config = Config::default();
    config.email = desk.email();
    let world = world_of(config).await;
    wanted(&world, ALWAYS, ALL).await;
    (world, desk)
}

async fn world_of(config: Config) -> World {
    let world = World::with(config).await;
    let hash = world.app.passwords.hash(Secret::new(PASSWORD.into())).await.unwrap();
    let mut batch = Batch::new();
    let password = Password { hash, set_at: world.now() };
    passwords::set(&mut batch, &world.app.tenant.id, &Subject::parse(USER).unwrap(), &password);
    world.app.store.apply(batch).await.unwrap();
    for id in [APP, OTHER_APP] {
        let doc = json!({
            "client_id": id, "name": id, "app_type": "native", "token_endpoint_auth_method": "none",
            "grant_types": [
                grant::PASSWORD, grant::MFA_OOB, grant::MFA_OTP, grant::MFA_RECOVERY_CODE, "refresh_token",
            ],
            "refresh_token": { "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0 },
        });
        world.put::<Clients>(id, doc).await;
    }
    wanted(&world, ALWAYS, BOTH).await;
    world
}

/// What the tenant wants from now on.
pub(crate) async fn wanted(world: &World, policies: &[&str], factors: &[&str]) {
    factors::wanted(&world.app, policies, factors).await;
}

/// The first half of a sign-in.
pub(crate) fn password(client: &str) -> Form {
    password_for(client, API, "openid offline_access read:orders")
}

pub(crate) fn password_for(client: &str, audience: &str, scopes: &str) -> Form {
    Form::new()
        .with("grant_type", grant::PASSWORD)
        .with("client_id", client)
        .with("username", "ada@example.com")
        .with("password", PASSWORD)
        .with("audience", audience)
        .with("scope", scopes)
}

/// The second.
pub(crate) fn otp(client: &str, token: &str, digits: &str) -> Form {
    finish(client, grant::MFA_OTP, token).with("otp", digits)
}

/// The same for the day the telephone is lost.
pub(crate) fn recovery(client: &str, token: &str, code: &str) -> Form {
    finish(client, grant::MFA_RECOVERY_CODE, token).with("recovery_code", code)
}

/// The same by the code of a letter, and the name of that letter.
pub(crate) fn letter(client: &str, token: &str, (oob_code, typed): (&str, &str)) -> Form {
    finish(client, grant::MFA_OOB, token).with("oob_code", oob_code).with("binding_code", typed)
}

fn finish(client: &str, grant: &str, token: &str) -> Form {
    Form::new().with("grant_type", grant).with("client_id", client).with("mfa_token", token)
}

/// What names the sign-in that was stopped.
#[track_caller]
pub(crate) fn stopped(answer: &Answer) -> String {
    assert_eq!(answer.refused(403, "mfa_required"), "Multifactor authentication required");
    answer.text("mfa_token")
}

/// The first half, as a bearer.
pub(crate) async fn half(world: &World) -> String {
    stopped(&world.post("/oauth/token", password(APP), &[]).await)
}

/// The MFA API.
pub(crate) async fn call(
    world: &World,
    (method, path): (Method, &str),
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    world.send(request.unwrap()).await
}

/// Enrols what shows digits.
pub(crate) async fn associate(world: &World, token: &str) -> Answer {
    let (bearer, body) = (format!("Bearer {token}"), json!({ "authenticator_types": ["otp"] }));
    call(world, (Method::POST, "/mfa/associate"), &[("authorization", &bearer)], Some(body)).await
}

/// A user's factors.
pub(crate) async fn list(world: &World, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    call(world, (Method::GET, "/mfa/authenticators"), &[("authorization", &bearer)], None).await
}

/// Ada, enrolled, confirmed, and half a minute later.
pub(crate) async fn enrolled(world: &World) -> Enrolled {
    let token = half(world).await;
    let authenticator = Enrolled::of(&associate(world, &token).await.ok());
    let digits = authenticator.digits(world.now());
    world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.ok();
    world.clock.turn(Lifetime::seconds(30));
    authenticator
}

/// What the tenant log holds of these kinds, in order.
pub(crate) async fn logged(world: &World, kinds: &[&str]) -> Vec<String> {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 1_000).await.unwrap();
    let kinds_of = entries.iter().map(|entry| entry.kind.to_string());
    kinds_of.filter(|kind| kinds.contains(&kind.as_str())).collect()
}

/// Another code of as many digits.
pub(crate) fn another(code: &str) -> String {
    let last = code.chars().next_back().unwrap().to_digit(10).unwrap();
    format!("{}{}", &code[..code.len() - 1], (last + 1) % 10)
}
