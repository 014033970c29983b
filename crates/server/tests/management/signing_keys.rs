//! `/keys/signing`: next, current and previous, rotated and revoked without a failed request.

use http::Method;
use keybound_server::jobs;
use serde_json::{Value, json};

use crate::world::{Answer, World, text};

const PATH: &str = "keys/signing";

/// The one key of which this is true.
fn the<'a>(keys: &'a Value, is: &str) -> &'a Value {
    let mut found = keys.as_array().unwrap().iter().filter(|key| key[is] == true);
    let key = found.next().unwrap_or_else(|| panic!("none is {is}: {keys}"));
    assert!(found.next().is_none(), "two are {is}: {keys}");
    key
}

async fn published(world: &World) -> Vec<String> {
    let answer = world.call(Method::GET, "/.well-known/jwks.json", &[], None).await;
    let keys = answer.ok()["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| text(key, "kid")).collect()
}

async fn names(world: &World) -> Answer {
    world.get("clients?fields=name").await
}

#[tokio::test]
async fn keys_are_shown_with_their_certificates_which_stay_the_same() {
    let world = World::new().await;
    jobs::round(&world.app).await;
    let keys = world.get(PATH).await.ok();
    let (current, next) = (the(&keys, "current"), the(&keys, "next"));
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_eq!(current["current_since"], "2027-01-15T08:00:00.000Z");
    assert_eq!((next.get("current_since"), &next["revoked"]), (None, &json!(false)));
    for key in [current, next] {
        assert!(text(key, "cert").starts_with("-----BEGIN CERTIFICATE-----\r\nMII"), "{key}");
        assert!(text(key, "pkcs7").ends_with("-----END PKCS7-----\r\n"), "{key}");
        let (fingerprint, thumbprint) = (text(key, "fingerprint"), text(key, "thumbprint"));
        assert_eq!((fingerprint.len(), fingerprint.replace(':', "")), (59, thumbprint));
        let kid = text(key, "kid");
        assert_eq!(&world.get(&format!("{PATH}/{kid}")).await.ok(), key);
        assert!(published(&world).await.contains(&kid), "what will sign is known before it does");
    }
    assert_eq!(world.get(PATH).await.ok(), keys);
    assert!(!keys.to_string().contains("PRIVATE"));
}

#[tokio::test]
async fn a_rotation_gives_the_next_key_its_turn_and_everybody_goes_on() {
    let world = World::new().await;
    jobs::round(&world.app).await;
    let before = world.get(PATH).await.ok();
    let (current, next) = (text(the(&before, "current"), "kid"), text(the(&before, "next"), "kid"));
    let answer = world.root(Method::POST, &format!("{PATH}/rotate"), None).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let after = world.get(PATH).await.ok();
    assert_eq!(text(the(&after, "current"), "kid"), next);
    assert_eq!(text(the(&after, "previous"), "kid"), current);
    let coming = the(&after, "next");
    assert_eq!(answer.body, *coming);
    let known = published(&world).await;
    for kid in [&current, &next, &text(coming, "kid")] {
        assert!(known.contains(kid), "{known:?}");
    }
    // The token this asks with was signed by the one before.
    names(&world).await.ok();
}

#[tokio::test]
async fn what_a_revoked_key_signed_is_worthless_at_once_and_signing_goes_on() {
    let world = World::new().await;
    jobs::round(&world.app).await;
    let before = world.get(PATH).await.ok();
    let (current, next) = (text(the(&before, "current"), "kid"), text(the(&before, "next"), "kid"));
    let revoke = |kid: &str| format!("{PATH}/{kid}/revoke");

    // The next one: another takes its place, and nobody notices.
    let answer = world.root(Method::PUT, &revoke(&next), None).await.ok();
    assert_eq!(answer["kid"], next);
    let now = world.get(PATH).await.ok();
    assert_eq!(text(the(&now, "revoked"), "kid"), next);
    assert_ne!(text(the(&now, "next"), "kid"), next);
    assert!(!published(&world).await.contains(&next));

    // The one that signs: what it signed is refused, and new tokens are to be had.
    world.root(Method::PUT, &revoke(&current), None).await.ok();
    names(&world).await.refused(401, "Invalid token", None);
    assert!(!published(&world).await.contains(&current));
    let token = world.token("bootstrap", "bootstrap-secret-of-some-length", &[]).await;
    let keys = world.with(&token, Method::GET, PATH, None).await.ok();
    let gone = keys.as_array().unwrap().iter().find(|key| key["kid"] == *current).unwrap();
    assert_eq!(
        (&gone["revoked"], &gone["current"], &gone["previous"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert!(gone["revoked_at"].is_string());
    the(&keys, "current");
    the(&keys, "next");
    // Again is as good as once.
    world.with(&token, Method::PUT, &revoke(&current), None).await.ok();
}

#[tokio::test]
async fn whoever_may_not_exchanges_no_keys() {
    let world = World::new().await;
    jobs::round(&world.app).await;
    let kid = text(the(&world.get(PATH).await.ok(), "current"), "kid");
    let clerk = world.administrator(&["read:signing_keys", "create:signing_keys"]).await;
    for (method, path) in [(Method::POST, "rotate".to_owned()), (Method::PUT, format!("{kid}/revoke"))] {
        let answer = world.with(&clerk, method, &format!("{PATH}/{path}"), None).await;
        let message = "Insufficient scope, expected any of: update:signing_keys";
        answer.refused(403, message, Some("insufficient_scope"));
    }
    let keys = world.with(&clerk, Method::GET, PATH, None).await.ok();
    assert_eq!(text(the(&keys, "current"), "kid"), kid);
    let stranger = world.administrator(&["read:clients"]).await;
    for path in [PATH, &format!("{PATH}/{kid}")] {
        let message = "Insufficient scope, expected any of: read:signing_keys";
        let answer = world.with(&stranger, Method::GET, path, None).await;
        answer.refused(403, message, Some("insufficient_scope"));
    }
    for (method, path) in [(Method::GET, "nobody"), (Method::PUT, "nobody/revoke")] {
        let answer = world.root(method, &format!("{PATH}/{path}"), None).await;
        answer.refused(404, "Signing key not found.", None);
    }
}
