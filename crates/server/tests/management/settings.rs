//! What a tenant has one of: told from the first day, changed a member at a time, and never half.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn put(world: &World, path: &str, body: Value) -> Answer {
    world.root(Method::PUT, path, Some(body)).await
}

/// Every setting that there is before anybody said anything of it: one read for each.
#[tokio::test]
async fn what_is_always_there_is_told_and_can_be_written_as_it_was_told() {
    let world = World::new().await;
    for path in [
        "branding",
        "prompts",
        "attack-protection/bot-detection",
        "attack-protection/breached-password-detection",
        "attack-protection/brute-force-protection",
        "attack-protection/captcha",
        "attack-protection/phone-provider-protection",
        "attack-protection/suspicious-ip-throttling",
    ] {
        let mut first = world.get(path).await.ok();
        // Nothing is at first where a picture may be.
        first.as_object_mut().unwrap().retain(|_, value| value != "");
        world.patch(path, first.clone()).await.ok();
        let again = world.get(path).await.ok();
        for (name, value) in first.as_object().unwrap() {
            assert_eq!(&again[name], value, "{path}: {name}");
        }
    }
}

/// go-auth0's TestAttackProtection.
#[tokio::test]
async fn one_member_is_changed_and_the_others_stay() {
    let world = World::new().await;
    let path = "attack-protection/suspicious-ip-throttling";
    let patch = json!({ "stage": { "pre-login": { "max_attempts": 7 } }, "allowlist": ["192.0.2.0/24"] });
    world.patch(path, patch).await.ok();
    let told = world.get(path).await.ok();
    assert_eq!(told["stage"]["pre-login"], json!({ "max_attempts": 7, "rate": 864_000 }));
    assert_eq!(told["stage"]["pre-user-registration"]["max_attempts"], 50);
    assert_eq!((&told["enabled"], &told["allowlist"]), (&json!(true), &json!(["192.0.2.0/24"])));
    for (body, message) in [
        (
            json!({ "allowlist": ["192.0.2.0/33"] }),
            "Object didn't pass validation for format ip-or-cidr: 192.0.2.0/33' on property allowlist[0].",
        ),
        (
            json!({ "stage": { "pre-login": { "rate": 1 } } }),
            "Value 1 is less than minimum 34560' on property stage.pre-login.rate.",
        ),
        (json!({ "enabled": null }), "Expected type boolean but found type null' on property enabled."),
        (json!({ "shield": [] }), "Additional properties not allowed: shield'."),
    ] {
        let message = format!("Payload validation error: '{message}");
        world.patch(path, body).await.refused(400, &message, Some("invalid_body"));
    }
    assert_eq!(world.get(path).await.ok(), told);
}

#[tokio::test]
async fn a_captchas_secret_is_told_to_nobody() {
    let world = World::new().await;
    let path = "attack-protection/captcha";
    let body =
        json!({ "active_provider_id": "hcaptcha", "hcaptcha": { "site_key": "a", "secret": "tops3cret" } });
    let answer = world.patch(path, body).await;
    assert_eq!(answer.headers["keybound-inert"], "active_provider_id, hcaptcha.secret, hcaptcha.site_key");
    for told in [answer.ok(), world.get(path).await.ok()] {
        assert_eq!(told["hcaptcha"], json!({ "site_key": "a" }));
    }
    let half = world.patch(path, json!({ "arkose": { "site_key": "a" } })).await;
    let message = "Payload validation error: 'Missing required property: secret' on property arkose.";
    half.refused(400, message, Some("invalid_body"));
}

#[tokio::test]
async fn branding_is_merged_and_null_takes_away() {
    let world = World::new().await;
    let colors = json!({ "colors": { "primary": "#0059d6", "page_background": "#000000" } });
    let answer = world.patch("branding", colors).await;
    assert!(!answer.headers.contains_key("keybound-inert"));
    answer.ok();
    world.patch("branding", json!({ "logo_url": "https://a.example/logo.png" })).await.ok();
    let told = world.get("branding").await.ok();
    assert_eq!(told["colors"], json!({ "primary": "#0059d6", "page_background": "#000000" }));
    assert_eq!(told["logo_url"], "https://a.example/logo.png");
    world.patch("branding", json!({ "logo_url": null })).await.ok();
    assert_eq!(world.get("branding").await.ok()["logo_url"], "");
    for body in [
        json!({ "logo_url": "http://a.example/logo.png" }),
        json!({ "logo_url": "javascript:alert(1)" }),
        json!({ "colors": { "primary": "red;}" } }),
    ] {
        assert_eq!(world.patch("branding", body.clone()).await.status, 400, "{body}");
    }
}

/// go-auth0's TestBrandingManager_UniversalLogin.
#[tokio::test]
async fn the_page_around_a_sign_in_is_made_written_anew_and_deleted() {
    let world = World::new().await;
    let path = "branding/templates/universal-login";
    let absent = world.get(path).await;
    absent.refused(404, "Template does not exist.", Some("inexistent_templates_universal_login"));
    let made = put(&world, path, json!("<html></html>")).await;
    assert_eq!(made.headers["keybound-inert"], "template");
    assert_eq!(made.made(), json!({}));
    assert_eq!(world.get(path).await.ok(), json!({ "body": "<html></html>" }));
    put(&world, path, json!({ "template": "<p></p>" })).await.gone();
    assert_eq!(world.get(path).await.ok(), json!({ "body": "<p></p>" }));
    assert_eq!(put(&world, path, json!({ "html": "<p></p>" })).await.status, 400);
    assert_eq!(put(&world, path, json!("x".repeat(102_401))).await.status, 400);
    world.delete(path).await.gone();
    world.delete(path).await.gone();
    assert_eq!(world.get(path).await.status, 404);
}

/// go-auth0's TestEmailManager.
#[tokio::test]
async fn who_carries_letters_is_one_and_keeps_the_password_to_itself() {
    let world = World::new().await;
    let path = "emails/provider";
    let missing = world.get(path).await;
    missing.refused(404, "There is not a configured email provider", Some("inexistent_email_provider"));
    let credentials =
        json!({ "smtp_host": "localhost", "smtp_port": 2525, "smtp_user": "u", "smtp_pass": "s3cret" });
    let body = json!({ "name": "smtp", "default_from_address": "a@b.example", "credentials": credentials });
    let made = world.post(path, body.clone()).await.made();
    let told = json!({ "smtp_host": "localhost", "smtp_port": 2525, "smtp_user": "u" });
    assert_eq!((&made["credentials"], &made["enabled"]), (&told, &json!(true)));
    assert_eq!(world.get(path).await.ok(), made);
    assert_eq!(world.post(path, body).await.status, 409);
    assert_eq!(world.patch(path, json!({ "credentials": { "api_key": "k" } })).await.status, 400);
    assert_eq!(world.patch(path, json!({ "default_from_address": "a b" })).await.status, 400);
    assert_eq!(world.get(path).await.ok(), made);
    let nobody = world.patch(path, json!({ "enabled": false, "default_from_address": "" })).await.ok();
    assert_eq!(nobody["default_from_address"], "");
    world.delete(path).await.gone();
    assert_eq!(world.get(path).await.status, 404);
}

/// go-auth0's TestEmailTemplateManager.
#[tokio::test]
async fn each_letter_is_written_once_and_changed_after() {
    let world = World::new().await;
    let one = "email-templates/verify_email";
    world.get(one).await.refused(404, "The template does not exist.", Some("inexistent_email_template"));
    assert_eq!(world.patch(one, json!({ "enabled": false })).await.status, 404);
    let body = json!({
        "template": "verify_email", "body": "<p></p>", "from": "me@example.com", "subject": "Hi",
        "syntax": "liquid", "enabled": true, "includeEmailInRedirect": true,
    });
    assert_eq!(world.post("email-templates", body.clone()).await.ok(), body);
    let taken = world.post("email-templates", body.clone()).await;
    taken.refused(409, "Template verify_email already exists.", None);
    let bare = json!({
        "template": "welcome_email", "body": null, "from": null, "subject": null, "syntax": null, "enabled": null,
    });
    let mut nulls = bare.clone();
    (nulls["resultUrl"], nulls["urlLifetimeInSeconds"]) = (Value::Null, Value::Null);
    assert_eq!(world.post("email-templates", nulls).await.ok(), bare);
    assert_eq!(world.get("email-templates/welcome_email").await.ok(), bare);
    assert_eq!(world.patch(one, json!({ "enabled": false, "from": null })).await.ok()["from"], Value::Null);
    assert_eq!(world.get(one).await.ok()["enabled"], false);
    assert_eq!(put(&world, one, body).await.ok()["from"], "me@example.com");
    assert_eq!(world.get("email-templates/reset_email").await.status, 404);
    let strange = world.get("email-templates/pigeon").await;
    let message = "Path validation error: 'No enum match for: pigeon' on property templateName.";
    strange.refused(400, message, Some("invalid_uri"));
}

#[tokio::test]
async fn words_and_pieces_of_screens_are_kept_for_each_prompt() {
    let world = World::new().await;
    let path = "prompts/login/custom-text/en";
    assert_eq!(world.get(path).await.ok(), json!({}));
    let words = json!({ "login": { "title": "Hello" } });
    put(&world, path, words.clone()).await.ok();
    assert_eq!(world.get(path).await.ok(), words);
    assert_eq!(world.get("prompts/login/custom-text/de").await.ok(), json!({}));
    put(&world, path, json!({ "login": {} })).await.ok();
    assert_eq!(world.get(path).await.ok(), json!({}));
    for (path, body) in [
        (path, json!({ "login": { "title": 1 } })),
        (path, json!({ "login": "Hello" })),
        ("prompts/login/custom-text/xx", json!({})),
        ("prompts/pigeon/partials", json!({})),
        ("prompts/mfa/partials", json!({})),
    ] {
        assert_eq!(put(&world, path, body).await.status, 400, "{path}");
    }
    let pieces = json!({ "signup": { "form-content-start": "<div></div>" } });
    assert_eq!(put(&world, "prompts/signup/partials", pieces.clone()).await.ok(), pieces);
    assert_eq!(put(&world, "prompts/signup/partials", json!({ "signup": {} })).await.ok(), json!({}));
}

#[tokio::test]
async fn many_screens_are_written_together_or_not_at_all() {
    let world = World::new().await;
    let config =
        |prompt: &str, mode: &str| json!({ "prompt": prompt, "screen": prompt, "rendering_mode": mode });
    let both = json!({ "configs": [config("login-id", "advanced"), config("signup", "standard")] });
    world.patch("prompts/rendering", both).await.ok();
    let half = json!({ "configs": [config("login-id", "standard"), config("signup", "pigeon")] });
    assert_eq!(world.patch("prompts/rendering", half).await.status, 400);
    let one = world.get("prompts/login-id/screen/login-id/rendering").await.ok();
    assert_eq!((&one["rendering_mode"], &one["tenant"]), (&json!("advanced"), &json!("id.example")));
    let listed = world.get("prompts/rendering?include_totals=true&rendering_mode=advanced").await.ok();
    assert_eq!((&listed["total"], &listed["configs"][0]["prompt"]), (&json!(1), &json!("login-id")));
    assert_eq!(world.get("prompts/rendering?prompt=pigeon").await.status, 400);
}

/// go-auth0's TestGuardian.
#[tokio::test]
async fn providers_of_factors_are_kept_under_both_of_their_names() {
    let world = World::new().await;
    let twilio = json!({ "from": "+123", "auth_token": "test_token", "sid": "test_sid" });
    put(&world, "guardian/factors/phone/providers/twilio", twilio).await.ok();
    let told = world.get("guardian/factors/sms/providers/twilio").await.ok();
    assert_eq!((&told["auth_token"], &told["messaging_service_sid"]), (&json!("test_token"), &Value::Null));
    put(&world, "guardian/factors/sms/selected-provider", json!({ "provider": "twilio" })).await.ok();
    assert_eq!(
        world.get("guardian/factors/phone/selected-provider").await.ok(),
        json!({ "provider": "twilio" })
    );
    let apns = json!({ "sandbox": false, "bundle_id": "com.my.app", "p12": "MIIP" });
    let wrote = put(&world, "guardian/factors/push-notification/providers/apns", apns).await.ok();
    assert_eq!(wrote, json!({ "sandbox": false, "bundle_id": "com.my.app" }));
    let read = world.get("guardian/factors/push-notification/providers/apns").await.ok();
    assert_eq!(read, json!({ "sandbox": false, "bundle_id": "com.my.app", "enabled": true }));
    let key = json!({ "server_key": "abc" });
    assert_eq!(put(&world, "guardian/factors/push-notification/providers/fcm", key).await.ok(), json!({}));
}

/// go-auth0's TestRuleConfigManager.
#[tokio::test]
async fn what_rules_know_is_listed_by_its_keys_alone() {
    let world = World::new().await;
    let set = put(&world, "rules-configs/foo", json!({ "value": "bar" })).await;
    assert_eq!(set.headers["keybound-inert"], "value");
    assert_eq!(set.ok(), json!({ "key": "foo", "value": "bar" }));
    put(&world, "rules-configs/foo", json!({ "value": "baz" })).await.ok();
    assert_eq!(world.get("rules-configs").await.ok(), json!([{ "key": "foo" }]));
    assert_eq!(put(&world, "rules-configs/a%20b", json!({ "value": "c" })).await.status, 400);
    assert_eq!(put(&world, "rules-configs/a", json!({ "value": 1 })).await.status, 400);
    assert_eq!(put(&world, "rules-configs/a", json!({})).await.status, 400);
    world.delete("rules-configs/foo").await.gone();
    world.delete("rules-configs/foo").await.gone();
    assert_eq!(world.get("rules-configs").await.ok(), json!([]));
}

/// go-auth0's TestRuleManager: rules are kept, and nobody runs them.
#[tokio::test]
async fn rules_are_kept_in_their_order_and_said_to_run_nowhere() {
    let world = World::new().await;
    let script = "function (user, context, callback) { callback(null, user, context); }";
    let made = world.post("rules", json!({ "name": "a rule", "script": script })).await;
    assert_eq!(made.headers["keybound-inert"], "script");
    let one = made.made();
    assert_eq!(
        (&one["order"], &one["enabled"], &one["stage"]),
        (&json!(1), &json!(true), &json!("login_success"))
    );
    let id = one["id"].as_str().unwrap();
    assert!(id.starts_with("rul_") && id.len() == 20, "{id}");
    let two = world.post("rules", json!({ "name": "b", "script": script, "enabled": false })).await.made();
    assert_eq!(two["order"], 2);
    assert_eq!(world.get("rules?enabled=true").await.ok(), json!([one]));
    assert_eq!(world.get("rules?include_totals=true&per_page=1").await.ok()["total"], 2);
    let path = format!("rules/{id}");
    assert_eq!(world.patch(&path, json!({ "name": "b" })).await.status, 409);
    assert_eq!(world.patch(&path, json!({ "order": 9 })).await.ok()["order"], 9);
    for body in [
        json!({ "name": "-", "script": script }),
        json!({ "name": "c" }),
        json!({ "name": "c", "script": "" }),
        json!({ "name": "c", "script": script, "order": -1 }),
        json!({ "name": "c", "script": script, "id": "rul_1" }),
    ] {
        assert_eq!(world.post("rules", body.clone()).await.status, 400, "{body}");
    }
    world.delete(&path).await.gone();
    world.delete(&path).await.gone();
    world.get(&path).await.refused(404, "The rule does not exist", Some("inexistent_rule"));
}
