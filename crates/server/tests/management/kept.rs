//! Collections that are only kept: made, told, listed, changed, deleted, each in its operation's own way.

use http::Method;
use keybound_api::kept::{ALL, Family, Listing, Resource};
use serde_json::{Value, json};

use crate::world::{Answer, World, text};

#[cfg(test)]
mod samples {
    use super::*;

    pub(super) const NOBODY: &str = "nobody";

    /// What one of each is made of, and what it is changed by.
    pub(super) fn of(resource: &Resource) -> (Value, Value) {
        match resource.kind.name.path {
            "token-exchange-profiles" => (
                json!({
                    "name": "Legacy", "subject_token_type": "urn:acme:legacy", "action_id": "a",
                    "type": "custom_authentication",
                }),
                json!({ "name": "Legacy tokens" }),
            ),
            "hooks" => (
                json!({ "name": "h", "script": "module.exports = () => {}", "triggerId": "pre-user-registration" }),
                json!({ "enabled": true }),
            ),
            "custom-domains" => (
                json!({ "domain": "login.acme.example", "type": "auth0_managed_certs" }),
                json!({ "domain_metadata": { "team": "red" } }),
            ),
            "branding/phone/providers" => (
                json!({
                    "name": "twilio", "credentials": { "auth_token": "hush" },
                    "configuration": { "sid": "s", "default_from": "+1234567890", "delivery_methods": ["text"] },
                }),
                json!({ "disabled": true }),
            ),
            "branding/phone/templates" => {
                (json!({ "type": "otp_verify" }), json!({ "content": { "from": "12345" } }))
            }
            "branding/themes" => (theme(), theme()),
            "log-streams" => (
                json!({ "type": "http", "sink": { "httpEndpoint": "https://logs.example/" } }),
                json!({ "name": "mine", "status": "paused" }),
            ),
            "rules" => (
                json!({ "name": "a rule", "script": "function (user, context, callback) {}" }),
                json!({ "order": 7 }),
            ),
            "keys/encryption" => (json!({ "type": "customer-provided-root-key" }), Value::Null),
            "organizations/discovery-domains" => {
                (json!({ "domain": "acme.example" }), json!({ "use_for_organization_discovery": false }))
            }
            "actions/actions" => (
                json!({
                    "name": "greet", "supported_triggers": [{ "id": "post-login", "version": "v3" }],
                    "code": "exports.onExecutePostLogin = async () => {}",
                    "secrets": [{ "name": "KEY", "value": "hush" }],
                }),
                json!({ "runtime": "node18" }),
            ),
            "actions/modules" => (
                json!({ "name": "tools", "code": "module.exports = {}" }),
                json!({ "code": "module.exports = { a: 1 }" }),
            ),
            other => panic!("no sample of {other}"),
        }
    }

    pub(super) fn theme() -> Value {
        let font = json!({ "bold": true, "size": 100 });
        let colors = [
            "body_text",
            "error",
            "header",
            "icons",
            "input_background",
            "input_border",
            "input_filled_text",
            "input_labels_placeholders",
            "links_focused_components",
            "primary_button",
            "primary_button_label",
            "secondary_button_border",
            "secondary_button_label",
            "success",
            "widget_background",
            "widget_border",
        ];
        let colors: serde_json::Map<_, _> =
            colors.into_iter().map(|name| (name.to_owned(), json!("#00FF00"))).collect();
        json!({
            "borders": {
                "button_border_radius": 2, "button_border_weight": 1.5, "buttons_style": "pill",
                "input_border_radius": 2, "input_border_weight": 2, "inputs_style": "pill",
                "show_widget_shadow": true, "widget_border_weight": 2, "widget_corner_radius": 2,
            },
            "colors": colors,
            "fonts": {
                "body_text": font, "buttons_text": font, "font_url": "https://a.example/f.woff",
                "input_labels": font, "links": font, "links_style": "normal", "reference_text_size": 12,
                "subtitle": font, "title": font,
            },
            "page_background": {
                "background_color": "#000000", "background_image_url": "", "page_layout": "center",
            },
            "widget": {
                "header_text_alignment": "center", "logo_height": 50, "logo_position": "center",
                "logo_url": "", "social_buttons_layout": "top",
            },
        })
    }

    /// Collections that things are put into.
    pub(super) fn made_of() -> impl Iterator<Item = &'static Resource> {
        ALL.iter().copied().filter(|resource| !matches!(resource.family, Family::Of(_)))
    }

    /// The path of many, in a world that has whom they belong to.
    pub(super) async fn many(world: &World, resource: &Resource) -> String {
        let path = resource.many.trim_start_matches("/api/v2/").to_owned();
        match resource.family {
            Family::OfOrganization => {
                let made = world.post("organizations", json!({ "name": "acme" })).await.made();
                path.replace("{id}", &text(&made, "id"))
            }
            _ => path,
        }
    }

    /// The members of a list, however it is told.
    pub(super) fn items(resource: &Resource, told: &Value) -> Vec<Value> {
        let listed = match resource.listing {
            Listing::Plain | Listing::Paged => told,
            _ => &told[resource.kind.name.many],
        };
        listed.as_array().cloned().unwrap_or_default()
    }

    pub(super) async fn made(world: &World, path: &str, body: Value) -> Value {
        let answer = world.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        answer.body
    }

    /// What a write was told to be without effect.
    pub(super) fn inert(answer: &Answer) -> String {
        let told = answer.headers.get("keybound-inert");
        told.map(|told| told.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

#[tokio::test]
async fn every_collection_lives_through_all_its_verbs() {
    for resource in samples::made_of() {
        let world = World::new().await;
        let path = samples::many(&world, resource).await;
        let (new, change) = samples::of(resource);
        let made = samples::made(&world, &path, new).await;
        let id = text(&made, resource.id);
        let one = format!("{path}/{id}");
        assert_eq!(world.get(&one).await.ok(), made, "{path}");
        if keybound_api::operation::find("GET", resource.many).is_some() {
            let mut listed = made.as_object().unwrap().clone();
            (resource.listed)(&mut listed);
            let told = samples::items(resource, &world.get(&path).await.ok());
            assert_eq!(told, [Value::Object(listed)], "{path}");
        }
        if let Value::Object(members) = &change {
            let changed = world.patch(&one, change.clone()).await.ok();
            for (name, value) in members.iter().filter(|(_, value)| !value.is_object()) {
                assert_eq!(changed[name], *value, "{path}");
            }
            assert_eq!(world.get(&one).await.ok(), changed, "{path}");
        }
        world.delete(&one).await.gone();
        if resource.end.is_none() {
            assert_eq!(world.get(&one).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_words_of_its_kind() {
    let world = World::new().await;
    let alone = |resource: &&Resource| matches!(resource.family, Family::Alone | Family::Owners(_));
    for resource in samples::made_of().filter(alone) {
        let path = format!("{}/{}", samples::many(&world, resource).await, samples::NOBODY);
        let code = Some(resource.kind.absent_code).filter(|code| !code.is_empty());
        world.get(&path).await.refused(404, resource.kind.absent, code);
    }
}

#[tokio::test]
async fn nothing_is_kept_in_silence() {
    let world = World::new().await;
    let profile = samples::of(ALL[0]).0;
    let answer = world.post("token-exchange-profiles", profile).await;
    assert_eq!(samples::inert(&answer), "action_id, subject_token_type, type");
    let stream = json!({ "type": "sumo", "sink": { "sumoSourceAddress": "https://logs.example/" } });
    assert_eq!(samples::inert(&world.post("log-streams", stream).await), "type");
}

#[tokio::test]
async fn what_must_be_unique_is_taken_once() {
    for resource in samples::made_of().filter(|resource| !resource.unique.is_empty()) {
        let world = World::new().await;
        let path = samples::many(&world, resource).await;
        let new = samples::of(resource).0;
        samples::made(&world, &path, new.clone()).await;
        world.post(&path, new).await.refused(409, resource.taken, None);
    }
}

#[tokio::test]
async fn what_fits_no_table_is_refused_and_nothing_is_made() {
    let world = World::new().await;
    for (path, body) in [
        ("hooks", json!({ "name": "x".repeat(251), "script": "s", "triggerId": "pre-user-registration" })),
        ("hooks", json!({ "name": "h", "script": "s", "triggerId": "post-login" })),
        ("custom-domains", json!({ "domain": "a.example", "type": "auth0_managed_certs", "more": 1 })),
        ("log-streams", json!({ "type": "http", "sink": { "httpEndpoint": "http://plain.example/" } })),
        ("log-streams", json!({ "type": "http", "sink": { "splunkDomain": "x" } })),
        ("log-streams", json!({ "type": "pigeon", "sink": {} })),
        ("token-exchange-profiles", json!({ "name": "abc" })),
        ("branding/phone/templates", json!({ "content": { "from": "x".repeat(17) } })),
    ] {
        let answer = world.post(path, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errorCode"]),
            (400, &json!("invalid_body")),
            "{body}"
        );
    }
    for path in ["hooks", "custom-domains", "log-streams"] {
        assert_eq!(world.get(path).await.ok(), json!([]));
    }
}

/// One organization's domain is not another's, and an encoded slash is part of a name.
#[tokio::test]
async fn what_belongs_to_one_organization_is_not_found_in_another() {
    let world = World::new().await;
    let mut paths = Vec::new();
    for name in ["acme", "umbrella"] {
        let made = world.post("organizations", json!({ "name": name })).await.made();
        paths.push(format!("organizations/{}/discovery-domains", text(&made, "id")));
    }
    let made = world.post(&paths[0], json!({ "domain": "Shop.Example" })).await.made();
    assert_eq!(made["domain"], "shop.example");
    let id = text(&made, "id");
    let found = world.get(&format!("{}/name/SHOP.example", paths[0])).await.ok();
    assert_eq!(found, made);
    for path in [format!("{}/{id}", paths[1]), format!("{}/name/shop.example", paths[1])] {
        assert_eq!(world.get(&path).await.status, 404, "{path}");
    }
    world.delete(&format!("{}/{id}", paths[1])).await.gone();
    assert_eq!(world.get(&format!("{}/{id}", paths[0])).await.ok(), made);
    assert_eq!(world.get(&format!("{}/..%2F{id}", paths[0])).await.status, 404);
    let nowhere = world.get("organizations/org_nowhere/discovery-domains").await;
    assert_eq!(nowhere.status, 404);
    world.delete(paths[0].trim_end_matches("/discovery-domains")).await.gone();
    assert_eq!(world.get(&paths[0]).await.status, 404);
}

#[tokio::test]
async fn the_secrets_of_a_hook_are_told_by_name_alone_and_go_with_it() {
    let world = World::new().await;
    let hook = samples::made(&world, "hooks", samples::of(ALL[1]).0).await;
    let path = format!("hooks/{}/secrets", text(&hook, "id"));
    assert_eq!(world.get(&path).await.ok(), json!({}));
    assert_eq!(world.post(&path, json!({ "A": "hush", "B": "hush" })).await.made(), json!({}));
    assert_eq!(world.post(&path, json!({ "A": "again" })).await.status, 409);
    assert_eq!(world.patch(&path, json!({ "B": "other", "C": "new" })).await.made(), json!({}));
    let hidden = "_VALUE_NOT_SHOWN_";
    assert_eq!(world.get(&path).await.ok(), json!({ "A": hidden, "B": hidden, "C": hidden }));
    world.root(Method::DELETE, &path, Some(json!(["A", "C", "unknown"]))).await.gone();
    assert_eq!(world.get(&path).await.ok(), json!({ "B": hidden }));
    for bad in [json!({}), json!({ "A": 1 }), json!(["A"]), json!({ "A": "x".repeat(4_097) })] {
        assert_eq!(world.post(&path, bad.clone()).await.status, 400, "{bad}");
    }
    assert_eq!(world.get("hooks/nobody/secrets").await.status, 404);
    assert_eq!(world.post("hooks/nobody/secrets", json!({ "A": "x" })).await.status, 404);
    world.delete(path.trim_end_matches("/secrets")).await.gone();
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_default_domain_is_the_tenants_own_until_another_is_chosen() {
    let world = World::new().await;
    let own = world.get("custom-domains/default").await.ok();
    let made = samples::made(&world, "custom-domains", samples::of(ALL[2]).0).await;
    let chosen = json!({ "domain": "login.acme.example" });
    let path = format!("custom-domains/{}", text(&made, "custom_domain_id"));
    let told = world.patch("custom-domains/default", chosen).await.ok();
    assert_eq!((&told["domain"], &told["is_default"]), (&json!("login.acme.example"), &json!(true)));
    assert_eq!(world.get(&path).await.ok(), told, "of a custom domain everything is told");
    assert_eq!(world.get("custom-domains/default").await.ok(), told);
    assert_eq!(world.get(&path).await.ok()["is_default"], true);
    let foreign = world.patch("custom-domains/default", json!({ "domain": "evil.example" })).await;
    assert_eq!(foreign.status, 400);
    assert_eq!(world.patch("custom-domains/default", own.clone()).await.ok(), own);
    assert_eq!(world.get(&path).await.ok()["is_default"], false);
    assert_eq!(
        world.post(&format!("{path}/verify"), json!({})).await.made()["status"],
        "pending_verification"
    );
    assert_eq!(world.post(&format!("{path}/test"), json!({})).await.ok()["success"], false);
    let metadata = json!({ "domain_metadata": { "team": "red", "site": "x" } });
    world.patch(&path, metadata).await.ok();
    let merged = world.patch(&path, json!({ "domain_metadata": { "site": null } })).await.ok();
    assert_eq!(merged["domain_metadata"], json!({ "team": "red" }));
}

#[tokio::test]
async fn a_tenant_has_another_encryption_key_in_name_alone() {
    let world = World::new().await;
    for _ in 0..2 {
        let answer = world.post("keys/encryption/rekey", json!({})).await;
        assert_eq!((answer.status.as_u16(), samples::inert(&answer)), (204, "rekey".to_owned()));
    }
    let keys = world.get("keys/encryption").await.ok();
    let mut states: Vec<String> = keys.as_array().unwrap().iter().map(|key| text(key, "state")).collect();
    states.sort();
    assert_eq!(states, ["active", "deactivated"]);
    let made =
        samples::made(&world, "keys/encryption", json!({ "type": "customer-provided-root-key" })).await;
    let path = format!("keys/encryption/{}", text(&made, "kid"));
    world.delete(&path).await.gone();
    assert_eq!(world.get(&path).await.ok()["state"], "destroyed");
}

#[tokio::test]
async fn nothing_is_weighed_whatever_the_settings_of_risk_assessments_say() {
    let world = World::new().await;
    let path = "risk-assessments/settings";
    assert_eq!(world.get(path).await.ok(), json!({ "enabled": false }));
    let answer = world.patch(path, json!({ "enabled": true })).await;
    assert_eq!((samples::inert(&answer), answer.ok()), ("enabled".to_owned(), json!({ "enabled": true })));
    assert_eq!(world.get(path).await.ok(), json!({ "enabled": true }));
    let device = format!("{path}/new-device");
    assert_eq!(world.get(&device).await.ok(), json!({ "remember_for": 0 }));
    assert_eq!(world.patch(&device, json!({ "remember_for": 30 })).await.ok(), json!({ "remember_for": 30 }));
    for bad in [json!({}), json!({ "remember_for": 366 }), json!({ "remember_for": null })] {
        assert_eq!(world.patch(&device, bad.clone()).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn custom_domains_come_in_the_order_of_their_names_to_who_asks_for_it() {
    let world = World::new().await;
    for name in ["c", "a", "d", "b"] {
        let mut domain = samples::of(ALL[2]).0;
        domain["domain"] = json!(format!("{name}.acme.example"));
        samples::made(&world, "custom-domains", domain).await;
    }
    let names = |page: &Value| {
        let some = page["custom_domains"].as_array().unwrap().iter().map(|one| text(one, "domain"));
        some.collect::<Vec<_>>()
    };
    let first = world.get("custom-domains?sort=domain:1&take=3").await.ok();
    assert_eq!(names(&first), ["a.acme.example", "b.acme.example", "c.acme.example"]);
    let next = format!("custom-domains?sort=domain:1&take=3&from={}", text(&first, "next"));
    let last = world.get(&next).await.ok();
    assert_eq!((names(&last), last.get("next")), (vec!["d.acme.example".to_owned()], None));
}

#[tokio::test]
async fn pages_of_kept_things_go_on_where_the_last_one_ended() {
    let world = World::new().await;
    for n in 0..5 {
        let mut profile = samples::of(ALL[0]).0;
        profile["subject_token_type"] = json!(format!("urn:acme:{n}"));
        samples::made(&world, "token-exchange-profiles", profile).await;
        samples::made(&world, "keys/encryption", json!({ "type": "customer-provided-root-key" })).await;
    }
    let (mut seen, mut from) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("token-exchange-profiles?take=2{from}")).await.ok();
        seen.extend(page["token_exchange_profiles"].as_array().unwrap().iter().map(|one| text(one, "id")));
        match page["next"].as_str() {
            Some(next) => from = format!("&from={next}"),
            None => break,
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let page = world.get("keys/encryption?page=2&per_page=2&include_totals=true").await.ok();
    assert_eq!((&page["start"], &page["limit"], &page["total"]), (&json!(4), &json!(2), &json!(5)));
    assert_eq!(page["keys"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("hooks?fields=id&include_fields=true").await.ok(), json!([]));
    for bad in ["hooks?enabled=perhaps", "hooks?triggerId=post-login"] {
        assert_eq!(world.get(bad).await.status, 400, "{bad}");
    }
    assert_eq!(world.get("token-exchange-profiles?page=0").await.status, 400);
}

#[tokio::test]
async fn a_theme_says_how_people_are_asked_who_they_are_once_somebody_has_said_so() {
    let world = World::new().await;
    let made = samples::made(&world, "branding/themes", samples::theme()).await;
    assert!(made.get("identifiers").is_none());
    let path = format!("branding/themes/{}", text(&made, "themeId"));
    let mut theme = samples::theme();
    let phones = json!({ "formatting": "regional", "masking": "show_all" });
    theme["identifiers"] =
        json!({ "login_display": "separate", "otp_autocomplete": false, "phone_display": phones });
    assert_eq!(world.patch(&path, theme.clone()).await.ok()["identifiers"], theme["identifiers"]);
    theme["identifiers"] = json!({ "login_display": "separate" });
    assert_eq!(world.patch(&path, theme).await.status, 400);
}
