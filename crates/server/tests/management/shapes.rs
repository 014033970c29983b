//! What Auth0's tools read back beside what they wrote.

use http::Method;
use serde_json::{Value, json};

use crate::world::{MANAGEMENT, World, text};

/// Auth0's `signing_keys` are the tenant's certificate; whoever may not read keys is not told.
#[tokio::test]
async fn a_client_shows_the_certificate_of_the_key_that_signs_for_it_beside_its_secret() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let keys = world.get("keys/signing").await.ok();
    let current = keys.as_array().unwrap().iter().find(|key| key["current"] == true).unwrap();
    assert_eq!(made["signing_keys"][0]["cert"], current["cert"]);
    for (member, value) in
        [("cross_origin_auth", false), ("callback_url_template", false), ("encrypted", true)]
    {
        assert_eq!(made[member], value, "{member}");
    }
    let path = format!("clients/{}", text(&made, "client_id"));
    let reader = world.administrator(&["read:clients"]).await;
    let read = world.with(&reader, Method::GET, &path, None).await.ok();
    assert!(read.get("signing_keys").is_none() && read.get("client_secret").is_none(), "{read}");
    let some = world.get("clients?fields=client_id").await.ok();
    assert!(some.as_array().unwrap().iter().all(|client| client.as_object().unwrap().len() == 2), "{some}");
    world.root(Method::POST, "keys/signing/rotate", None).await.made();
    let after = world.get(&path).await.ok();
    assert_ne!(after["signing_keys"], made["signing_keys"], "the one that signs now");
}

/// RFC 8705 §2: a certificate nobody asks for proves nothing, so a client that has nothing else gets no token.
#[tokio::test]
async fn a_client_that_would_show_a_certificate_gets_in_by_nothing_else() {
    let world = World::new().await;
    let pem = rcgen::generate_simple_self_signed(["client.example".to_owned()]).unwrap().cert.pem();
    let methods = json!({
        "self_signed_tls_client_auth": {
            "credentials": [{ "credential_type": "x509_cert", "name": "mine", "pem": pem }],
        },
    });
    let body =
        json!({ "name": "bank", "app_type": "non_interactive", "client_authentication_methods": methods });
    let answer = world.post("clients", body).await;
    assert!(answer.headers["keybound-inert"].to_str().unwrap().contains("self_signed_tls_client_auth"));
    let made = answer.made();
    let told = &made["client_authentication_methods"]["self_signed_tls_client_auth"]["credentials"][0];
    assert_eq!(told["credential_type"], "x509_cert");
    assert_eq!(text(told, "thumbprint_sha256").len(), 43);
    assert!(told["expires_at"].is_string() && told.get("pem").is_none());

    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    let grant = json!({ "client_id": id, "audience": MANAGEMENT, "scope": ["read:users"] });
    world.post("client-grants", grant).await.made();
    for shown in [&*secret, ""] {
        let refused = world.machine((&id, shown), MANAGEMENT, &[]).await;
        assert_eq!(refused.status, 401, "{}", refused.body);
    }

    let path = format!("clients/{id}");
    let elsewhere = world.patch(&path, json!({ "jwks_uri": "https://app.example/keys.json" })).await;
    assert_eq!(elsewhere.status, 400);
    let other = json!({ "client_authentication_methods": {
        "private_key_jwt": { "credentials": [{ "id": told["id"] }] },
    } });
    assert_eq!(world.patch(&path, other).await.status, 400, "a certificate is no key of that kind");
}

/// Each of these keeps something from happening: while it stands, nobody gets a token for the API.
#[tokio::test]
async fn an_api_whose_tokens_would_have_to_be_encrypted_gets_none() {
    let world = World::new().await;
    let api = json!({ "identifier": "https://orders.example/", "consent_policy": "transactional-authorization-with-mfa" });
    let answer = world.post("resource-servers", api).await;
    assert_eq!(answer.headers["keybound-inert"], "consent_policy");
    let made = answer.made();
    let machine = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let (id, secret) = (text(&machine, "client_id"), text(&machine, "client_secret"));
    let grant = json!({ "client_id": id, "audience": "https://orders.example/", "scope": [] });
    world.post("client-grants", grant).await.made();
    let asks = async || world.machine((&id, &secret), "https://orders.example/", &[]).await.status;
    assert_eq!(asks().await, 403);
    let path = format!("resource-servers/{}", text(&made, "id"));
    world.patch(&path, json!({ "consent_policy": null })).await.ok();
    assert_eq!(asks().await, 200);
}

#[tokio::test]
async fn a_connection_says_which_clients_come_by_it_and_a_client_by_which() {
    let world = World::new().await;
    let connection = world.post("connections", json!({ "name": "Staff", "strategy": "auth0" })).await.made();
    let client = world.post("clients", json!({ "name": "shop" })).await.made();
    let (id, client) = (text(&connection, "id"), text(&client, "client_id"));
    let (clients, of_client) = (format!("connections/{id}/clients"), format!("clients/{client}/connections"));
    let enable = |status: bool| json!([{ "client_id": client, "status": status }]);
    world.root(Method::PATCH, &clients, Some(enable(true))).await.gone();
    world.root(Method::PATCH, &clients, Some(enable(true))).await.gone();
    assert_eq!(world.get(&clients).await.ok(), json!({ "clients": [{ "client_id": client }] }));
    assert_eq!(world.get(&format!("{of_client}?strategy=auth0")).await.ok()["connections"][0]["id"], *id);
    assert_eq!(world.get(&format!("{of_client}?strategy=okta")).await.ok(), json!({ "connections": [] }));
    world.root(Method::PATCH, &clients, Some(enable(false))).await.gone();
    assert_eq!(world.get(&clients).await.ok(), json!({ "clients": [] }));

    for wrong in [
        json!({}),
        json!([{ "client_id": client }]),
        json!([{ "client_id": client, "status": "yes" }]),
        json!([{ "client_id": "nobody", "status": true }]),
        json!([{ "client_id": client, "status": true, "more": 1 }]),
        Value::Array(vec![json!({ "client_id": client, "status": true }); 51]),
    ] {
        assert_eq!(world.root(Method::PATCH, &clients, Some(wrong.clone())).await.status, 400, "{wrong}");
    }
    assert_eq!(world.get(&format!("connections/{id}/status")).await.status, 404);
    assert_eq!(world.get("connections/con_0000000000000000/clients").await.status, 404);
}

#[tokio::test]
async fn a_user_of_a_connection_is_deleted_by_their_address() {
    let world = World::new().await;
    let connection = world.post("connections", json!({ "name": "Staff", "strategy": "auth0" })).await.made();
    let user = json!({ "connection": "Staff", "email": "ann@example.com", "password": "abcDEF12" });
    world.post("users", user).await.made();
    let path = format!("connections/{}/users", text(&connection, "id"));
    assert_eq!(world.delete(&path).await.status, 400, "whose?");
    world.delete(&format!("{path}?email=ANN@example.com")).await.gone();
    world.delete(&format!("{path}?email=ann@example.com")).await.gone();
    assert_eq!(world.get("users-by-email?email=ann@example.com").await.ok(), json!([]));
}

#[tokio::test]
async fn a_connection_has_a_key_and_another_after_it_and_never_tells_them() {
    let world = World::new().await;
    let okta = json!({ "name": "work", "strategy": "okta", "options": { "domain": "x.okta.com" } });
    let made = world.post("connections", okta).await.made();
    let path = format!("connections/{}/keys", text(&made, "id"));
    let first = world.get(&path).await.ok();
    assert_eq!((first.as_array().unwrap().len(), &first[0]["current"]), (2, &json!(true)));
    assert_eq!((&first[0]["subject_dn"], &first[1]["next"]), (&json!("/CN=work"), &json!(true)));
    assert_eq!(world.root(Method::POST, &path, None).await.status, 409);
    let next = world.root(Method::POST, &format!("{path}/rotate"), None).await.made();
    assert!(next["next"] == true && next["kid"] != first[0]["kid"] && next["kid"] != first[1]["kid"]);
    let all = world.get(&path).await.ok();
    let kids = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
    };
    let turned = [&first[1], &first[0], &next].map(|key| key["kid"].clone());
    assert_eq!(kids(&all), turned, "the next one is the current one now");
    assert!(all[0]["current"] == true && all[1]["previous"] == true && all[2]["next"] == true, "{all}");
    world.root(Method::POST, &format!("{path}/rotate"), None).await.made();
    let again = world.get(&path).await.ok();
    assert_eq!((&again[0]["kid"], &again[1]["kid"]), (&all[2]["kid"], &all[0]["kid"]));
    assert!(!format!("{first}{next}{all}{again}").contains("private"));
    world.delete(&format!("connections/{}", text(&made, "id"))).await;
    assert_eq!(world.get(&path).await.status, 404);
}
