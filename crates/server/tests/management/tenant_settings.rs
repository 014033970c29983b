//! The settings of the tenant itself: told as Auth0 tells them, and obeyed at once.

use http::{Method, Request};
use keybound_server::{Config, config::Registration};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const SETTINGS: &str = "tenants/settings";

async fn told(world: &World) -> Value {
    world.get(SETTINGS).await.ok()
}

async fn say(world: &World, body: Value) -> Answer {
    world.patch(SETTINGS, body).await
}

async fn page(world: &World, path: &str) -> Answer {
    world.send(Request::get(path).body(axum::body::Body::empty()).unwrap()).await
}

/// What every recorded tenant tells (go-auth0's and deploy-cli's recordings).
#[tokio::test]
async fn a_fresh_tenant_tells_what_auth0s_tell() {
    let world = World::new().await;
    let told = told(&world).await;
    assert_eq!(told["enabled_locales"], json!(["en"]));
    assert_eq!(told["sandbox_versions_available"], json!(["22", "18", "12"]));
    assert_eq!((&told["session_lifetime"], &told["idle_session_lifetime"]), (&json!(168), &json!(72)));
    let flags = ["allow_changing_enable_sso", "disable_clickjack_protection_headers"];
    for flag in flags.into_iter().chain(["revoke_refresh_token_grant", "enable_dynamic_client_registration"])
    {
        assert_eq!(told["flags"][flag], false, "{flag}");
    }
    for flag in ["disable_impersonation", "enable_sso", "universal_login"] {
        assert_eq!(told["flags"][flag], true, "{flag}");
    }
    assert!(told.get("guardian").is_none() && told["flags"].get("skip_consent_on_localhost").is_none());
    let some = world.get("tenants/settings?fields=flags,sandbox_version").await.ok();
    assert_eq!(some.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_written_is_told_again_and_what_is_in_vain_is_said() {
    let world = World::new().await;
    let body = json!({
        "friendly_name": "Acme",
        "change_password": { "enabled": true, "html": "<html></html>" },
        "country_codes": { "list": ["US", "GB"], "mode": "allow" },
        "session_lifetime_in_minutes": 181,
        "flags": { "enable_apis_section": true, "enable_sso": true },
    });
    let answer = say(&world, body).await;
    let inert =
        "change_password.enabled, change_password.html, country_codes.list, flags.enable_apis_section";
    assert_eq!(answer.headers["keybound-inert"], inert);
    assert_eq!(answer.ok()["session_lifetime"], json!(181.0 / 60.0));
    say(&world, json!({ "flags": { "enable_apis_section": false }, "session_lifetime": 2 })).await.ok();
    let now = told(&world).await;
    assert_eq!(now["session_lifetime"], 2);
    assert_eq!(now["flags"]["enable_apis_section"], false);
    assert_eq!(now["change_password"], json!({ "enabled": true, "html": "<html></html>" }));
    say(&world, json!({ "country_codes": { "list": ["FR"], "mode": "deny" } })).await.ok();
    assert_eq!(told(&world).await["country_codes"], json!({ "list": ["FR"], "mode": "deny" }));
    say(&world, json!({ "country_codes": null })).await.ok();
    assert!(told(&world).await.get("country_codes").is_none());
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_auth0s_words_and_changes_nothing() {
    let world = World::new().await;
    let before = told(&world).await;
    let long = "9".repeat(9);
    for (body, message) in [
        (json!({ "color": 1 }), "Additional properties not allowed: color'."),
        (json!({ "flags": { "fly": true } }), "Additional properties not allowed: fly' on property flags."),
        (json!({ "session_lifetime": 0 }), "Value 0 is less than minimum 1' on property session_lifetime."),
        (
            json!({ "session_lifetime": "1" }),
            "Expected type integer but found type string' on property session_lifetime.",
        ),
        (
            json!({ "session_lifetime": 1.5 }),
            "Expected type integer but found type number' on property session_lifetime.",
        ),
        (
            json!({ "sandbox_version": long }),
            "String is too long (9 chars), maximum 8' on property sandbox_version.",
        ),
        (json!({ "enabled_locales": ["xx"] }), "No enum match for: xx' on property enabled_locales[0]."),
        (
            json!({ "default_token_quota": { "clients": { "client_credentials": null } } }),
            "Expected type object but found type null' on property default_token_quota.clients.client_credentials.",
        ),
        (json!({ "session_cookie": {} }), "Missing required property: mode' on property session_cookie."),
        (
            json!({ "friendly_name": "New", "support_email": "nobody" }),
            "Object didn't pass validation for format email-or-empty: nobody' on property support_email.",
        ),
    ] {
        let message = format!("Payload validation error: '{message}");
        say(&world, body).await.refused(400, &message, Some("invalid_body"));
    }
    assert_eq!(told(&world).await, before);
}

#[tokio::test]
async fn settings_take_their_own_scopes() {
    let world = World::new().await;
    let reader = world.administrator(&["read:tenant_settings"]).await;
    assert_eq!(world.with(&reader, Method::GET, SETTINGS, None).await.status, 200);
    let refused =
        world.with(&reader, Method::PATCH, SETTINGS, Some(json!({ "friendly_name": "Mine" }))).await;
    refused.refused(
        403,
        "Insufficient scope, expected any of: update:tenant_settings",
        Some("insufficient_scope"),
    );
}

/// RFC 7591 §3: where nobody may register, there is no such path, and discovery tells none.
#[tokio::test]
async fn who_may_register_is_obeyed_at_once() {
    let world = World::new().await;
    let flag = |open: bool| json!({ "flags": { "enable_dynamic_client_registration": open } });
    let endpoint = async || {
        page(&world, "/.well-known/openid-configuration").await.body.get("registration_endpoint").is_some()
    };
    let body = json!({ "redirect_uris": ["https://a.example/cb"] });
    let register = async || {
        let request = Request::post("/oidc/register").header("content-type", "application/json");
        world.send(request.body(body.to_string().into()).unwrap()).await.status.as_u16()
    };
    assert!(!endpoint().await);
    assert_eq!(register().await, 404);
    say(&world, flag(true)).await.ok();
    assert!(endpoint().await);
    assert_eq!(register().await, 201);
    say(&world, flag(false)).await.ok();
    assert!(!endpoint().await);
    assert_eq!(register().await, 404);
}

#[tokio::test]
async fn what_the_operator_opened_a_tenant_may_close() {
    let mut config = Config::default();
    config.registration = Registration::Open;
    let world = World::under(config).await;
    assert_eq!(told(&world).await["flags"]["enable_dynamic_client_registration"], true);
    say(&world, json!({ "flags": { "enable_dynamic_client_registration": false } })).await.ok();
    let document = page(&world, "/.well-known/openid-configuration").await.body;
    assert!(document.get("registration_endpoint").is_none());
}

/// OpenID Connect RP-Initiated Logout §2.1: what is told is what the tenant wants told.
#[tokio::test]
async fn where_people_are_signed_out_is_told_unless_the_tenant_keeps_it() {
    let world = World::new().await;
    let logout = async || {
        page(&world, "/.well-known/openid-configuration").await.body.get("end_session_endpoint").is_some()
    };
    assert!(logout().await);
    say(&world, json!({ "oidc_logout": { "rp_logout_end_session_endpoint_discovery": false } })).await.ok();
    assert!(!logout().await);
}

#[tokio::test]
async fn the_default_audience_is_obeyed_at_once() {
    let world = World::new().await;
    let id = "aud-client";
    let body = json!({ "name": id, "app_type": "non_interactive", "grant_types": ["client_credentials"] });
    let client = world.post("clients", body).await.made();
    world
        .post("resource-servers", json!({ "identifier": "https://api.example/", "name": "API" }))
        .await
        .made();
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let grant = json!({ "client_id": id, "audience": "https://api.example/", "scope": [] });
    world.post("client-grants", grant).await.made();
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let ask = async || {
        let request =
            Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        world.send(request.body(form.clone().into()).unwrap()).await.status.as_u16()
    };
    assert_ne!(ask().await, 200);
    say(&world, json!({ "default_audience": "https://api.example/" })).await.ok();
    assert_eq!(ask().await, 200);
    say(&world, json!({ "default_audience": "" })).await.ok();
    assert_ne!(ask().await, 200);
}

#[tokio::test]
async fn of_two_who_write_at_once_neither_takes_anything_from_the_other() {
    let world = World::new().await;
    let (one, two) = tokio::join!(
        say(&world, json!({ "friendly_name": "Acme" })),
        say(&world, json!({ "support_email": "help@acme.example" })),
    );
    one.ok();
    two.ok();
    let now = told(&world).await;
    assert_eq!((&now["friendly_name"], &now["support_email"]), (&json!("Acme"), &json!("help@acme.example")));
}
