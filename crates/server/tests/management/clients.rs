use http::Method;
use keybound_store::events;
use serde_json::json;

use crate::world::{World, text};

#[tokio::test]
async fn a_client_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let body = json!({ "name": "Shop", "app_type": "spa", "callbacks": ["https://shop.example/cb"] });
    let made = world.post("clients", body).await.made();
    assert_eq!(made["token_endpoint_auth_method"], "none");
    assert_eq!(made["tenant"], "default");
    let path = format!("clients/{}", text(&made, "client_id"));
    assert_eq!(world.get(&path).await.ok(), made);

    let patch =
        json!({ "callbacks": ["https://shop.example/new"], "client_metadata": { "a": "1", "b": "2" } });
    let changed = world.patch(&path, patch).await.ok();
    assert_eq!(changed["callbacks"], json!(["https://shop.example/new"]));
    let changed = world.patch(&path, json!({ "client_metadata": { "a": null, "c": "3" } })).await.ok();
    assert_eq!(changed["client_metadata"], json!({ "b": "2", "c": "3" }));
    assert_eq!(world.get(&path).await.ok(), changed);

    world.delete(&path).await.gone();
    world.get(&path).await.refused(404, "The client does not exist", Some("inexistent_client"));
    world.patch(&path, json!({})).await.refused(404, "The client does not exist", Some("inexistent_client"));
    world.delete(&path).await.gone();
}

#[tokio::test]
async fn a_secret_is_told_to_its_maker_and_then_only_to_who_holds_the_scope() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let secret = text(&made, "client_secret");
    let path = format!("clients/{}", text(&made, "client_id"));
    assert_eq!(text(&world.get(&path).await.ok(), "client_secret"), secret);

    let reader = world.administrator(&["read:clients"]).await;
    let read = world.with(&reader, Method::GET, &path, None).await.ok();
    assert!(read.get("client_secret").is_none(), "{read}");
    let many = world.with(&reader, Method::GET, "clients", None).await.ok();
    assert!(many.as_array().unwrap().iter().all(|client| client.get("client_secret").is_none()));
    let keeper = world.administrator(&["read:client_keys"]).await;
    assert_eq!(text(&world.with(&keeper, Method::GET, &path, None).await.ok(), "client_secret"), secret);
}

#[tokio::test]
async fn a_secret_is_rotated_or_chosen_by_who_may() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let rotate = format!("{path}/rotate-secret");
    let rotated = world.root(Method::POST, &rotate, None).await.ok();
    assert_ne!(rotated["client_secret"], made["client_secret"]);
    assert_eq!(world.get(&path).await.ok()["client_secret"], rotated["client_secret"]);

    let editor = world.administrator(&["update:clients"]).await;
    let needed = "Insufficient scope, expected any of: update:client_keys";
    let body = json!({ "client_secret": "a-secret-of-ones-own" });
    let refused = world.with(&editor, Method::PATCH, &path, Some(body.clone())).await;
    refused.refused(403, needed, Some("insufficient_scope"));
    world.with(&editor, Method::POST, &rotate, None).await.refused(403, needed, Some("insufficient_scope"));
    let changed = world.with(&editor, Method::PATCH, &path, Some(json!({ "name": "renamed" }))).await.ok();
    assert!(changed.get("client_secret").is_none());
    let keeper = world.administrator(&["update:client_keys", "read:client_keys"]).await;
    let chosen = world.with(&keeper, Method::PATCH, &path, Some(body)).await.ok();
    assert_eq!(chosen["client_secret"], "a-secret-of-ones-own");
    let renamed = world.with(&keeper, Method::PATCH, &path, Some(json!({ "name": "x" }))).await;
    renamed.refused(403, "Insufficient scope, expected any of: update:clients", Some("insufficient_scope"));
}

#[tokio::test]
async fn the_secret_of_a_client_that_was_public_is_a_fresh_one_once_it_opens_something() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "app" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let public = world.patch(&path, json!({ "token_endpoint_auth_method": "none" })).await.ok();
    assert!(public.get("client_secret").is_some(), "as at Auth0, where it opens nothing either");
    let rotate = format!("{path}/rotate-secret");
    let rotated = world.root(Method::POST, &rotate, None).await.ok();
    assert_ne!(rotated["client_secret"], public["client_secret"]);
    let confidential =
        world.patch(&path, json!({ "token_endpoint_auth_method": "client_secret_post" })).await.ok();
    assert_eq!(text(&confidential, "client_secret").len(), 64);
    for known in [&made, &public, &rotated] {
        assert_ne!(confidential["client_secret"], known["client_secret"]);
    }
}

#[tokio::test]
async fn a_body_says_nothing_unknown_and_promises_nothing_we_do_not_do() {
    let world = World::new().await;
    let unknown = world.post("clients", json!({ "name": "a", "colour": "red" })).await;
    let message = "Payload validation error: 'Additional properties not allowed: colour'.";
    unknown.refused(400, message, Some("invalid_body"));
    let nameless = world.post("clients", json!({})).await;
    nameless.refused(
        400,
        "Payload validation error: 'Missing required property: name'.",
        Some("invalid_body"),
    );
    let asking = world.post("clients", json!({ "name": "a", "sso_disabled": true })).await;
    assert_eq!(asking.headers["keybound-inert"], "sso_disabled");
    let list = world.root(Method::POST, "clients", Some(json!([]))).await;
    assert_eq!((list.status.as_u16(), &list.body["errorCode"]), (400, &json!("invalid_body")));
}

/// UAX #9 §2; UTS #39: people decide on the consent page by this name whom they trust.
#[tokio::test]
async fn a_name_that_reorders_what_is_read_is_refused() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "בנק Bank" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    for mark in
        "\u{061C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202D}\u{202E}\u{2066}\u{2067}\u{2069}\n\u{7F}".chars()
    {
        let name = format!("{mark}knaB ruoY");
        let message = format!(
            "Payload validation error: 'Object didn't pass validation for format name: {name}' on property name."
        );
        let body = json!({ "name": name });
        world.post("clients", body.clone()).await.refused(400, &message, Some("invalid_body"));
        world.patch(&path, body).await.refused(400, &message, Some("invalid_body"));
    }
    assert_eq!(world.get(&path).await.ok()["name"], "בנק Bank");
}

/// RFC 9110 §15.5.16; Fetch §2.2.2: a page may send the first three anywhere without asking; conformance A2.
#[tokio::test]
async fn a_body_that_does_not_say_that_it_is_json_is_refused() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "Shop" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
    for media in forms.iter().chain(&["application/jsonp", "application/json, text/plain", ""]) {
        for (method, path) in [(Method::POST, "clients"), (Method::PATCH, &path)] {
            let answer = world.said_to_be(media, method, path, r#"{"name":"Else"}"#).await;
            answer.refused(415, "The content type must be application/json.", None);
        }
    }
    for media in ["application/json", "Application/JSON; charset=utf-8"] {
        world.said_to_be(media, Method::PATCH, &path, r#"{"name":"New"}"#).await.ok();
    }
}

#[tokio::test]
async fn the_global_client_is_there_and_stays() {
    let world = World::new().await;
    let global = world.get("clients?is_global=true").await.ok();
    let [global] = global.as_array().unwrap().as_slice() else { panic!("one: {global}") };
    assert_eq!(global["name"], "All Applications");
    let path = format!("clients/{}", text(global, "client_id"));
    assert_eq!(world.delete(&path).await.status, 400);
    let others = world.get("clients?is_global=false").await.ok();
    assert!(others.as_array().unwrap().iter().all(|client| client["global"] != true));
}

#[tokio::test]
async fn a_deleted_client_takes_its_grants_along() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let id = text(&made, "client_id");
    let grant = json!({ "client_id": id, "audience": crate::world::MANAGEMENT, "scope": ["read:clients"] });
    let grant = world.post("client-grants", grant).await.made();
    world.delete(&format!("clients/{id}")).await.gone();
    let path = format!("client-grants/{}", text(&grant, "id"));
    world.get(&path).await.refused(404, "The grant does not exist.", Some("inexistent_client_grant"));
}

#[tokio::test]
async fn every_change_is_in_the_tenant_log_and_so_is_every_reading_of_a_secret() {
    let world = World::new().await;
    let kinds = || async {
        let newest = events::newest(&world.app.store, &world.app.tenant.id, 0, 3).await.unwrap();
        newest.iter().map(|entry| entry.kind.to_string()).collect::<Vec<_>>()
    };
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    assert_eq!(kinds().await[0], "sapi");
    let path = format!("clients/{}", text(&made, "client_id"));
    world.get(&path).await.ok();
    assert_eq!(kinds().await[..2], ["mgmt_api_read", "sapi"]);
    world.patch(&path, json!({ "name": "x" })).await.ok();
    world.delete(&path).await.gone();
    assert_eq!(kinds().await, ["sapi", "sapi", "mgmt_api_read"]);
    world.get(&format!("{path}?fields=name")).await.refused(
        404,
        "The client does not exist",
        Some("inexistent_client"),
    );
    world.post("clients", json!({ "colour": "red" })).await;
    assert_eq!(kinds().await, ["sapi", "sapi", "mgmt_api_read"], "nothing happened");
}

/// House §3.5: a stale write is a conflict, not a lost update.
#[tokio::test(flavor = "multi_thread")]
async fn of_changes_at_the_same_moment_none_is_lost_in_silence() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "app" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let change = |at: usize| {
        let (world, path) = (&world, &path);
        async move { world.patch(path, json!({ "client_metadata": { format!("k{at}"): "v" } })).await }
    };
    let answers = futures_util::future::join_all((0..8).map(change)).await;
    let kept = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(409, "The client was changed by somebody else meanwhile.", None);
    }
    let metadata = world.get(&path).await.ok()["client_metadata"].as_object().unwrap().len();
    assert_eq!(metadata, kept);
    assert!(kept >= 1);
}

/// docs/guides/turning-dpop-on.md: the rungs are words of our own, and what contradicts Auth0's member is refused.
#[tokio::test]
async fn the_ladder_to_bound_tokens_is_climbed_by_known_words_alone() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "app", "app_type": "spa" })).await.made();
    assert!(made.get("dpop_adoption").is_none() && made.get("dpop_nonce").is_none());
    let path = format!("clients/{}", text(&made, "client_id"));
    for rung in ["off", "observe", "bind_refresh_tokens", "allow", "require"] {
        let changed =
            world.patch(&path, json!({ "dpop_adoption": rung, "dpop_nonce": "optional" })).await.ok();
        assert_eq!((&changed["dpop_adoption"], &changed["dpop_nonce"]), (&json!(rung), &json!("optional")));
    }
    for wrong in [
        json!({ "dpop_adoption": "on" }),
        json!({ "dpop_adoption": true }),
        json!({ "dpop_nonce": "sometimes" }),
        json!({ "dpop_adoption": "observe", "require_proof_of_possession": true }),
    ] {
        let answer = world.patch(&path, wrong.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errorCode"]),
            (400, &json!("invalid_body")),
            "{wrong}"
        );
    }
    let both = json!({ "dpop_adoption": "require", "require_proof_of_possession": true });
    world.patch(&path, both).await.ok();
    let answer = world.patch(&path, json!({ "dpop_adoption": "allow" })).await;
    assert!(
        text(&answer.body, "message").contains("contradicts require_proof_of_possession"),
        "{}",
        answer.body
    );
    let back = json!({ "dpop_adoption": null, "dpop_nonce": null, "require_proof_of_possession": false });
    world.patch(&path, back).await.ok();

    let api = json!({ "identifier": "https://orders.example", "dpop_adoption": "observe" });
    let api = world.post("resource-servers", api).await.made();
    let path = format!("resource-servers/{}", text(&api, "id"));
    let required = json!({ "proof_of_possession": { "mechanism": "dpop", "required": true } });
    let answer = world.patch(&path, required).await;
    assert!(text(&answer.body, "message").contains("proof_of_possession.required"), "{}", answer.body);
    assert_eq!(world.patch(&path, json!({ "dpop_adoption": "never" })).await.status, 400);
    world.patch(&path, json!({ "dpop_adoption": "require" })).await.ok();
}

/// RFC 9449 §5: the choice it forbids is typed out, and contradicts whoever requires bound tokens.
#[tokio::test]
async fn refresh_tokens_go_unbound_only_by_a_name_that_says_so_and_never_beside_a_requirement() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "app", "app_type": "spa" })).await.made();
    assert!(made.get("dpop_refresh_tokens").is_none(), "nobody gets it by default");
    let path = format!("clients/{}", text(&made, "client_id"));
    let unbound = json!({ "dpop_refresh_tokens": "unbound_despite_rfc_9449" });
    for wrong in [json!("unbound"), json!("none"), json!(false)] {
        assert_eq!(world.patch(&path, json!({ "dpop_refresh_tokens": wrong })).await.status, 400);
    }
    for required in [json!({ "dpop_adoption": "require" }), json!({ "require_proof_of_possession": true })] {
        world.patch(&path, unbound.clone()).await.ok();
        let refused = world.patch(&path, required.clone()).await;
        let message = text(&refused.body, "message");
        assert!(refused.status == 400 && message.contains("on property dpop_refresh_tokens"), "{message}");
        world.patch(&path, json!({ "dpop_refresh_tokens": "bound" })).await.ok();
        world.patch(&path, required.clone()).await.ok();
        assert_eq!(world.patch(&path, unbound.clone()).await.status, 400, "{required}");
        world.patch(&path, json!({ "dpop_adoption": null, "require_proof_of_possession": false })).await.ok();
    }
    for below in ["off", "observe", "bind_refresh_tokens", "allow"] {
        let mut both = unbound.clone();
        both["dpop_adoption"] = json!(below);
        assert_eq!(world.patch(&path, both).await.ok()["dpop_refresh_tokens"], "unbound_despite_rfc_9449");
    }
    let mut made = json!({ "name": "strict", "app_type": "spa", "require_proof_of_possession": true });
    made["dpop_refresh_tokens"] = json!("unbound_despite_rfc_9449");
    assert_eq!(world.post("clients", made).await.status, 400);
}
