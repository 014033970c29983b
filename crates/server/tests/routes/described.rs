//! Metadata and keys (RFC 8414; conformance A12; sdks.md C1 to C7).

use crate::{
    wallet::get,
    world::{ISSUER, World},
};

/// Conformance A4 and A9.
#[tokio::test]
async fn both_documents_say_the_same_and_name_the_issuer_byte_for_byte() {
    let world = World::new().await;
    let openid = get(&world, "/.well-known/openid-configuration", &[]).await;
    let oauth =
        get(&world, "/.well-known/oauth-authorization-server", &[("origin", "https://any.example")]).await;
    assert_eq!(openid.ok(), oauth.ok());
    assert_eq!(openid.header("content-type"), Some("application/json"));
    assert_eq!(oauth.header("access-control-allow-origin"), Some("*"));
    let document = openid.json();
    assert_eq!(document["issuer"], ISSUER);
    for (name, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "oauth/token"),
        ("userinfo_endpoint", "userinfo"),
        ("jwks_uri", ".well-known/jwks.json"),
        ("revocation_endpoint", "oauth/revoke"),
        ("end_session_endpoint", "oidc/logout"),
    ] {
        assert_eq!(document[name], format!("{ISSUER}{path}"));
    }
    assert_eq!(document["dpop_signing_alg_values_supported"], serde_json::json!(["ES256"]));
    assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["RS256"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert!(document.get("mtls_endpoint_aliases").is_none());
}

/// RFC 7517 §5; sdks.md C3.
#[tokio::test]
async fn the_keys_are_public_named_and_fit_the_tokens() {
    let (world, wallet) = (World::new().await, crate::wallet::Wallet::new());
    let answer = get(&world, "/.well-known/jwks.json", &[]).await;
    let keys = answer.ok()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["alg"], &keys[0]["use"]),
        (&"RSA".into(), &"RS256".into(), &"sig".into())
    );
    assert!(keys[0]["n"].as_str().unwrap().len() >= 342 && keys[0].get("d").is_none());
    let tokens = wallet.sign_in(&world).await;
    let header = tokens["id_token"].as_str().unwrap().split('.').next().unwrap();
    let header = keybound_proto::jose::decode_base64url(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(
        (&header["alg"], &header["typ"], &header["kid"]),
        (&"RS256".into(), &"JWT".into(), &keys[0]["kid"])
    );
}

/// A resource server that knows the old document still knows the key that signs next.
#[tokio::test]
async fn keys_overlap_when_they_rotate() {
    use keybound_proto::{jose::Alg, time::Lifetime};

    let world = World::new().await;
    let kids = || async {
        let keys = get(&world, "/.well-known/jwks.json", &[]).await.ok()["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = kids().await;
    let lifetime = world.app.config.token.signing_key_lifetime;
    let look = || async {
        world.app.keys.rotate_when_due(&world.app.store, lifetime, world.now()).await.unwrap();
    };
    look().await;
    let both = kids().await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "the next one is published long before its turn");
    world.clock.turn(Lifetime::seconds(lifetime.as_secs() - 86_400));
    look().await;
    assert_eq!(kids().await, both, "nothing is due");
    let signs = || world.app.keys.now().signer(Alg::Rs256).unwrap().clone();
    let name = |key: &dyn keybound_proto::jose::Sign| key.kid().unwrap().to_string();
    assert_eq!(name(&*signs()), first[0], "published, and not signing yet");
    world.clock.turn(Lifetime::seconds(86_401));
    look().await;
    assert_eq!(name(&*signs()), both[1]);
    look().await;
    let three = kids().await;
    assert_eq!((three.len(), &three[..2]), (3, &both[..]), "what the old one signed still counts");
    world.clock.turn(Lifetime::seconds(31 * 86_400));
    look().await;
    assert_eq!(kids().await, three[1..]);
}

/// What one process revokes, another believes for no longer than until it looks again, which is five seconds.
#[tokio::test]
async fn a_key_revoked_by_one_process_is_worthless_at_the_other() {
    use keybound_proto::jose::{Alg, Sign as _};
    use keybound_server::jobs;

    use crate::wallet::Wallet;

    let (world, wallet) = (World::new().await, Wallet::new());
    let other = world.beside().await;
    let tokens = wallet.sign_in(&world).await;
    let token = tokens["access_token"].as_str().unwrap();
    wallet.call(&other, "/userinfo", token).await.ok();
    let kid = world.app.keys.now().signer(Alg::Rs256).unwrap().kid().unwrap().clone();
    world.app.keys.revoke(&world.app.store, &kid, world.now()).await.unwrap();
    assert_eq!(wallet.call(&world, "/userinfo", token).await.status, 401);
    jobs::look(&other.app).await;
    assert_eq!(wallet.call(&other, "/userinfo", token).await.status, 401);
    let tokens = wallet.sign_in(&other).await;
    wallet.call(&world, "/userinfo", tokens["access_token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn the_process_says_that_it_lives_and_that_it_can_work() {
    let world = World::new().await;
    assert_eq!(get(&world, "/health/live", &[]).await.ok()["status"], "live");
    assert_eq!(get(&world, "/health/ready", &[]).await.ok()["status"], "ready");
}

/// sdks.md C4: what is told of ID tokens must hold for every access token too.
#[tokio::test]
async fn an_algorithm_is_told_as_soon_as_a_token_is_signed_with_it() {
    use keybound_proto::{form::Form, jose::Unverified};
    use keybound_store::documents::{ClientGrants, ResourceServers};

    let world = World::new().await;
    let api = serde_json::json!({
        "identifier": "urn:fast", "signing_alg": "ES256", "scopes": [{ "value": "read" }],
        "token_dialect": "rfc9068_profile",
    });
    world.put::<ResourceServers>("fast", api).await;
    let grant = serde_json::json!({ "client_id": "m2m", "audience": "urn:fast", "scope": ["read"] });
    world.put::<ClientGrants>("cgr_fast", grant).await;
    let form = crate::world::machine();
    let rest = form.pairs().filter(|(name, _)| *name != "audience");
    let form =
        rest.fold(Form::new(), |form, (name, value)| form.with(name, value)).with("audience", "urn:fast");
    let token = world.post("/oauth/token", form, &[]).await.text("access_token");
    let keys = world.app.keys.now();
    let read = Unverified::parse(token.as_bytes()).unwrap();
    let verified =
        read.verify_with(&keybound_crypto::AwsLc, keys.published(), keybound_proto::jose::AlgSet::ALL);
    let verified = verified.unwrap();
    assert_eq!((verified.alg().name(), verified.typ()), ("ES256", Some("at+jwt")));
    let claims = crate::world::claims(&token);
    assert!(claims["jti"].is_string() && claims["client_id"] == "m2m" && claims.get("azp").is_none());
    let document = get(&world, "/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["ES256", "RS256"]));
    let keys = get(&world, "/.well-known/jwks.json", &[]).await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
}

/// The document of operations is for everybody, speaks of this server, and may be kept for a while.
#[tokio::test]
async fn what_can_be_asked_is_published_for_machines() {
    let world = World::new().await;
    let answer = get(&world, "/api/v2/openapi.json", &[("origin", "https://any.example")]).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let document = answer.ok();
    assert_eq!(document["servers"][0]["url"], ISSUER.trim_end_matches('/'));
    assert_eq!(document, keybound_api::openapi::document(ISSUER));
    for (path, method) in [("/oauth/token", "post"), ("/api/v2/clients/{id}", "patch")] {
        assert!(document["paths"][path][method]["operationId"].is_string(), "{path}");
    }
}

/// The worlds of these tests hold every answer against that document: what it does not say would be noticed.
#[test]
#[should_panic(expected = "enum")]
fn an_answer_that_the_document_does_not_know_is_noticed() {
    let wrong = br#"{"status":"asleep"}"#;
    crate::document::hold(&http::Method::GET, "/health/live", http::StatusCode::OK, wrong);
}
