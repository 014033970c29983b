use http::Method;
use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::jose::{Alg, Sign as _, Thumbprint};
use keybound_store::events;
use serde_json::{Value, json};

use crate::world::{World, text};

fn pem(alg: Alg) -> String {
    SigningKey::generate(alg).unwrap().public_pem().unwrap()
}

fn body(pem: &str) -> Value {
    json!({ "credential_type": "public_key", "name": "first", "pem": pem })
}

fn methods(ids: &[&str]) -> Value {
    let named: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "private_key_jwt": { "credentials": named } })
}

/// Auth0's Management API: `/clients/{client_id}/credentials`.
#[tokio::test]
async fn a_credential_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let all = format!("{path}/credentials");
    assert_eq!(world.get(&all).await.ok(), json!([]));

    let key = SigningKey::generate(Alg::Rs256).unwrap();
    let credential = world.post(&all, body(&key.public_pem().unwrap())).await.made();
    assert_eq!(credential["alg"], "RS256");
    assert_eq!(text(&credential, "kid"), Thumbprint::of(key.public(), &AwsLc).to_string());
    assert!(credential.get("jwk").is_none() && credential.get("pem").is_none());
    let one = format!("{all}/{}", text(&credential, "id"));
    assert_eq!(world.get(&one).await.ok(), credential);
    assert_eq!(world.get(&all).await.ok(), json!([credential]));
    assert!(world.get(&path).await.ok().get("credentials").is_none());

    let end = json!({ "expires_at": "2027-02-01T00:00:00.000Z" });
    assert_eq!(world.patch(&one, end).await.ok()["expires_at"], "2027-02-01T00:00:00.000Z");
    assert!(world.patch(&one, json!({ "expires_at": null })).await.ok().get("expires_at").is_none());
    assert_eq!(world.patch(&one, json!({ "pem": "x" })).await.status, 400);

    world.delete(&one).await.gone();
    world.delete(&one).await.gone();
    world.get(&one).await.refused(404, "The credential does not exist", Some("inexistent_credential"));
    let log = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    let wrote = |what: &str| log.iter().any(|event| format!("{event:?}").contains(what));
    for what in ["Create a client credential", "Update a client credential", "Delete a client credential"] {
        assert!(wrote(what), "{what}");
    }
}

/// Auth0: private key JWT and secrets are alternatives; what is enabled must be there.
#[tokio::test]
async fn a_client_with_enabled_keys_has_no_secret_and_no_other_way() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    assert!(made.get("client_secret").is_some());
    let path = format!("clients/{}", text(&made, "client_id"));
    let credential = world.post(&format!("{path}/credentials"), body(&pem(Alg::Es256))).await.made();
    let id = text(&credential, "id");

    let unknown = json!({ "client_authentication_methods": methods(&["cred_x"]) });
    assert_eq!(world.patch(&path, unknown).await.status, 400);
    let both = json!({
        "client_authentication_methods": methods(&[&id]), "token_endpoint_auth_method": "client_secret_post",
    });
    assert_eq!(world.patch(&path, both).await.status, 400);
    let changed = json!({
        "client_authentication_methods": methods(&[&id]), "token_endpoint_auth_method": null,
    });
    let changed = world.patch(&path, changed).await.ok();
    assert_ne!(changed["client_secret"], Value::Null, "as at Auth0, where it opens nothing either");
    assert_eq!(changed["client_authentication_methods"], methods(&[&id]));

    world.delete(&format!("{path}/credentials/{id}")).await.gone();
    assert_eq!(world.get(&path).await.ok()["client_authentication_methods"], methods(&[]));
    let back = world.patch(&path, json!({ "client_authentication_methods": null })).await.ok();
    assert_ne!(back["client_secret"], made["client_secret"], "{back}");
}

/// RFC 9101 §10.5; Auth0's `signed_request_object`.
#[tokio::test]
async fn a_key_is_enabled_for_signed_requests_by_itself() {
    let world = World::new().await;
    let keys = json!({ "required": true, "credentials": [body(&pem(Alg::Es256))] });
    let spa = json!({ "name": "spa", "app_type": "spa", "signed_request_object": keys });
    let made = world.post("clients", spa).await.made();
    assert_eq!(made["token_endpoint_auth_method"], "none");
    let path = format!("clients/{}", text(&made, "client_id"));
    let all = world.get(&format!("{path}/credentials")).await.ok();
    let id = text(&all[0], "id");
    assert_eq!(made["signed_request_object"], json!({ "required": true, "credentials": [all[0]] }));
    let eased = json!({ "signed_request_object": { "required": false } });
    let eased = world.patch(&path, eased).await.ok();
    assert_eq!(eased["signed_request_object"], json!({ "required": false, "credentials": [{ "id": id }] }));
    let unknown = json!({ "signed_request_object": { "credentials": [{ "id": "cred_x" }] } });
    assert_eq!(world.patch(&path, unknown).await.status, 400);
    world.delete(&format!("{path}/credentials/{id}")).await.gone();
    assert_eq!(world.get(&path).await.ok()["signed_request_object"]["credentials"], json!([]));
}

#[tokio::test]
async fn a_client_may_bring_its_keys_when_it_is_made() {
    let world = World::new().await;
    let with_keys = |keys: Value| {
        let methods = json!({ "private_key_jwt": { "credentials": keys } });
        json!({ "name": "native", "app_type": "native", "client_authentication_methods": methods })
    };
    let made = world.post("clients", with_keys(json!([body(&pem(Alg::EdDsa))]))).await.made();
    assert!(made.get("token_endpoint_auth_method").is_none());
    let all = world.get(&format!("clients/{}/credentials", text(&made, "client_id"))).await.ok();
    assert_eq!(all[0]["alg"], "EdDSA");
    let named = &made["client_authentication_methods"]["private_key_jwt"]["credentials"];
    assert_eq!(named[0], all[0], "who makes it is told the whole of it");
    let read = world.get(&format!("clients/{}", text(&made, "client_id"))).await.ok();
    let named = &read["client_authentication_methods"]["private_key_jwt"]["credentials"];
    assert_eq!(named[0], json!({ "id": all[0]["id"] }));

    for (keys, why) in [
        (json!([body("no key")]), "pem"),
        (json!([{ "id": "cred_1" }]), "id"),
        (json!([body(&pem(Alg::Es384))]), "alg"),
    ] {
        let refused = world.post("clients", with_keys(keys)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.to_string().contains(why), "{why}: {}", refused.body);
    }
    let mutual =
        json!({ "name": "x", "client_authentication_methods": { "tls_client_auth": { "credentials": [] } } });
    assert!(world.post("clients", mutual).await.status.is_success(), "what asks for nothing is taken");
}

/// RFC 7518 §3.3: 2048 bits; RFC 7517 §9.3: what only the owner may know; conformance A22.
#[tokio::test]
async fn a_weak_key_and_a_private_one_are_refused_at_the_door() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let all = format!("clients/{}/credentials", text(&made, "client_id"));
    let private = SigningKey::generate(Alg::Es256).unwrap().to_pem().unwrap();
    for (pem, why) in [(SHORT, "1024 bits"), (private.reveal().as_str(), "private key"), ("", "pem")] {
        let refused = world.post(&all, body(pem)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.to_string().contains(why), "{why}: {}", refused.body);
    }
    let own = pem(Alg::Es256);
    for more in
        [json!({ "alg": "RS256" }), json!({ "alg": "RS384" }), json!({ "parse_expiry_from_cert": true })]
    {
        let mut body = body(&own);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = world.post(&all, body.clone()).await.status;
        assert!([400, 403].contains(&refused.as_u16()), "{body}: {refused}");
    }
    world.post(&all, body(&own)).await.made();
    assert_eq!(world.post(&all, body(&own)).await.status, 400, "one key, one name");
    for _ in 1..20 {
        world.post(&all, body(&pem(Alg::EdDsa))).await.made();
    }
    assert_eq!(world.post(&all, body(&pem(Alg::EdDsa))).await.status, 400, "twenty are enough");
}

#[tokio::test]
async fn keys_are_the_business_of_who_holds_their_scopes() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let path = format!("clients/{}", text(&made, "client_id"));
    let all = format!("{path}/credentials");
    let editor = world.administrator(&["read:clients", "create:clients", "update:clients"]).await;
    let keeper = world.administrator(&["create:client_credentials", "update:client_credentials"]).await;
    let new = Some(body(&pem(Alg::Es256)));
    assert_eq!(world.with(&editor, Method::GET, &all, None).await.status, 403);
    assert_eq!(world.with(&editor, Method::POST, &all, new.clone()).await.status, 403);
    assert_eq!(world.with(&keeper, Method::GET, &all, None).await.status, 403);
    let credential = world.with(&keeper, Method::POST, &all, new.clone()).await.made();
    let enabling = Some(json!({ "client_authentication_methods": methods(&[&text(&credential, "id")]) }));
    assert_eq!(world.with(&editor, Method::PATCH, &path, enabling.clone()).await.status, 403);
    world.with(&keeper, Method::PATCH, &path, enabling).await.ok();
    assert_eq!(world.with(&keeper, Method::PATCH, &path, Some(json!({ "name": "x" }))).await.status, 403);
    let keys = json!({ "private_key_jwt": { "credentials": [new] } });
    let whole = Some(json!({ "name": "x", "client_authentication_methods": keys }));
    assert_eq!(world.with(&editor, Method::POST, "clients", whole).await.status, 403);
}

const SHORT: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC2kHycu3QKHJf6Qo7j4hFAWk0H
reMC2ORUq/O9L3AAChppwMxZghk7Ex4IOFBHdVz/7NGJvvRaSLHolwlnGHWvfkZF
RX2rb3sPo/uxWBp3yZqo2F45nbcdbPB38AzarOHA6ucXRbooRtmBhiYSoOvqvq04
KnmoRHvw7OpFE4TFpQIDAQAB
-----END PUBLIC KEY-----";

/// RFC 7591 §2: keys are registered, or at an address, and the address is one that can be believed.
#[tokio::test]
async fn a_client_publishes_its_keys_or_has_credentials() {
    let world = World::new().await;
    let address = "https://app.example/keys.json";
    let made = world.post("clients", json!({ "name": "app", "jwks_uri": address })).await.made();
    assert_eq!(text(&made, "jwks_uri"), address);
    assert!(made.get("token_endpoint_auth_method").is_none());
    let path = format!("clients/{}", text(&made, "client_id"));
    for odd in ["http://app.example/keys.json", "ftp://app.example/", "keys.json", ""] {
        assert_eq!(world.patch(&path, json!({ "jwks_uri": odd })).await.status, 400, "{odd}");
    }
    let key = SigningKey::generate(Alg::Es256).unwrap().public_pem().unwrap();
    assert_eq!(world.post(&format!("{path}/credentials"), body(&key)).await.status, 201);
    let both = world.patch(&path, json!({ "jwks_uri": address })).await;
    assert_eq!(both.status, 400, "in which of the two places are they?");
    let back = json!({ "jwks_uri": null, "token_endpoint_auth_method": "client_secret_post" });
    let back = world.patch(&path, back).await.ok();
    assert!(back.get("jwks_uri").is_none_or(Value::is_null) && back.get("client_secret").is_some());
}
