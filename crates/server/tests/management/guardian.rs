//! Second factors: what a tenant wants, and a way out for who lost theirs.

use http::Method;
use keybound_authority::model::factor::{Authenticator, AuthenticatorId, FactorKind};
use keybound_proto::{id::Subject, secret::Secret};
use keybound_store::{Batch, ledger::authenticators};
use serde_json::{Value, json};

use crate::world::{World, text};

async fn set(world: &World, path: &str, body: Value) -> crate::world::Answer {
    world.root(Method::PUT, &format!("guardian/{path}"), Some(body)).await
}

/// The recorded answers of go-auth0's Guardian tests.
#[tokio::test]
async fn factors_are_switched_on_and_off_and_listed_in_auth0s_order() {
    let world = World::new().await;
    assert_eq!(set(&world, "factors/otp", json!({ "enabled": true })).await.ok(), json!({ "enabled": true }));
    let listed = world.get("guardian/factors").await.ok();
    let on: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| (text(one, "name"), one["enabled"] == true)).collect();
    let expected = [
        ("sms", false),
        ("push-notification", false),
        ("otp", true),
        ("email", false),
        ("duo", false),
        ("webauthn-roaming", false),
        ("webauthn-platform", false),
        ("recovery-code", false),
    ];
    assert_eq!(on, expected.map(|(name, on)| (name.to_owned(), on)));
    assert_eq!(listed[0]["trial_expired"], false);
    set(&world, "factors/otp", json!({ "enabled": false })).await.ok();
    assert_eq!(world.get("guardian/factors").await.ok()[2]["enabled"], false);
    set(&world, "factors/email", json!({ "enabled": true })).await.ok();
    assert_eq!(world.get("guardian/factors").await.ok()[3]["enabled"], true);
}

/// As deploy-cli writes them.
#[tokio::test]
async fn factors_that_are_all_switched_at_once_are_all_switched() {
    let world = World::new().await;
    let names = ["sms", "push-notification", "otp", "email", "duo", "webauthn-roaming", "webauthn-platform"];
    let world = &world;
    let on = json!({ "enabled": true });
    let all = names.map(|name| {
        let (path, on) = (format!("factors/{name}"), on.clone());
        async move { set(world, &path, on).await }
    });
    for answer in futures_util::future::join_all(all).await {
        answer.ok();
    }
    let listed = world.get("guardian/factors").await.ok();
    let on = listed.as_array().unwrap().iter().filter(|one| one["enabled"] == true).count();
    assert_eq!(on, names.len());
}

/// What is not obeyed is kept, and said to be no more than that.
#[tokio::test]
async fn a_factor_that_nobody_is_asked_for_can_be_switched_on_in_vain() {
    let world = World::new().await;
    for name in ["sms", "push-notification", "webauthn-roaming", "webauthn-platform", "duo"] {
        let path = format!("factors/{name}");
        let answer = set(&world, &path, json!({ "enabled": true })).await;
        assert_eq!(answer.headers["keybound-inert"], "enabled", "{name}");
        assert_eq!(answer.ok(), json!({ "enabled": true }));
        let off = set(&world, &path, json!({ "enabled": false })).await;
        assert!(!off.headers.contains_key("keybound-inert"));
    }
    let otp = set(&world, "factors/otp", json!({ "enabled": true })).await;
    assert!(!otp.headers.contains_key("keybound-inert"));
    assert_eq!(set(&world, "factors/pigeon", json!({ "enabled": true })).await.status, 400);
    assert_eq!(set(&world, "factors/otp", json!({ "enabled": "yes" })).await.status, 400);
    assert_eq!(set(&world, "factors/otp", json!({})).await.status, 400);
}

#[tokio::test]
async fn the_policy_is_always_or_never() {
    let world = World::new().await;
    assert_eq!(world.get("guardian/policies").await.ok(), json!([]));
    let always = json!(["all-applications"]);
    assert_eq!(set(&world, "policies", always.clone()).await.ok(), always);
    assert_eq!(world.get("guardian/policies").await.ok(), always);
    let adaptive = set(&world, "policies", json!(["confidence-score"])).await;
    assert_eq!(adaptive.headers["keybound-inert"], "confidence-score");
    assert_eq!(set(&world, "policies", always.clone()).await.ok(), always);
    assert_eq!(set(&world, "policies", json!(["sometimes"])).await.status, 400);
    assert_eq!(set(&world, "policies", json!({ "policies": [] })).await.status, 400);
    assert_eq!(world.get("guardian/policies").await.ok(), always);
    assert_eq!(set(&world, "policies", json!([])).await.ok(), json!([]));
}

#[tokio::test]
async fn each_setting_takes_its_own_scope() {
    let world = World::new().await;
    let reader = world.administrator(&["read:guardian_factors"]).await;
    assert_eq!(world.with(&reader, Method::GET, "guardian/factors", None).await.status, 200);
    let policies = world.with(&reader, Method::GET, "guardian/policies", None).await;
    let message = "Insufficient scope, expected any of: read:mfa_policies";
    policies.refused(403, message, Some("insufficient_scope"));
    let on = Some(json!({ "enabled": true }));
    let factor = world.with(&reader, Method::PUT, "guardian/factors/otp", on).await;
    factor.refused(
        403,
        "Insufficient scope, expected any of: update:guardian_factors",
        Some("insufficient_scope"),
    );
    let always = Some(json!(["all-applications"]));
    let policies = world.with(&reader, Method::PUT, "guardian/policies", always).await;
    policies.refused(
        403,
        "Insufficient scope, expected any of: update:mfa_policies",
        Some("insufficient_scope"),
    );
    let delete = world.with(&reader, Method::DELETE, "users/auth0%7C1/authenticators", None).await;
    let message = "Insufficient scope, expected any of: delete:guardian_enrollments";
    delete.refused(403, message, Some("insufficient_scope"));
}

async fn enrol(world: &World, subject: &Subject) {
    let otp = Authenticator {
        id: AuthenticatorId::parse("totp|dev_1").unwrap(),
        subject: subject.clone(),
        kind: FactorKind::Otp,
        enrolled_at: world.clock.now(),
        confirmed_at: None,
        last_step: None,
    };
    let mut batch = Batch::new();
    let key = Secret::new(vec![7; 20]);
    authenticators::enrol_otp(&mut batch, &world.app.store, &world.app.tenant.id, &otp, &key);
    world.app.store.apply(batch).await.unwrap();
}

/// For who lost what they enrolled, and for whoever is deleted: nothing of it stays.
#[tokio::test]
async fn a_users_factors_go_when_an_administrator_says_so_and_with_the_user() {
    let world = World::new().await;
    let made = json!({
        "connection": "Username-Password-Authentication", "email": "ann@example.com", "password": "abcDEF12",
    });
    let made = world.post("users", made).await.made();
    let subject = Subject::parse(&text(&made, "user_id")).unwrap();
    let path = format!("users/{}", subject.as_str().replace('|', "%7C"));
    let held =
        async || authenticators::of_user(&world.app.store, &world.app.tenant.id, &subject).await.unwrap();
    enrol(&world, &subject).await;
    world.delete(&format!("{path}/authenticators")).await.gone();
    assert_eq!(held().await, []);
    enrol(&world, &subject).await;
    world.delete(&path).await.gone();
    assert_eq!(held().await, []);
    assert_eq!(world.delete(&format!("{path}/authenticators")).await.status, 404);
}

/// go-auth0's TestGuardian: what nobody enrolled is not there.
#[tokio::test]
async fn what_nobody_enrolled_is_neither_told_nor_taken() {
    let world = World::new().await;
    let absent = ("Enrollment not found", Some("enrollment_not_found"));
    world.get("guardian/enrollments/dev_1").await.refused(404, absent.0, absent.1);
    world.delete("guardian/enrollments/dev_1").await.refused(404, absent.0, absent.1);
}
