//! Clients that sign who they are: `private_key_jwt` (RFC 7523, OIDC Core §9).

use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    form::Form,
    jose::{Alg, Digest as _, Sign as _, encode_base64url},
    time::Lifetime,
};
use keybound_store::{
    documents::{ClientGrants, Clients},
    events,
};
use serde_json::{Value, json};

use crate::{
    signing::{credential, key, signed, signed_under},
    wallet::Wallet,
    world::{API, Answer, CALLBACK, ISSUER, SECRET, World},
};

pub(crate) const ID: &str = "signing";
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A world in which a client of that name has this key, and may ask for itself.
pub(crate) async fn furnished(world: &World, id: &str, key: &SigningKey, more: &Value) {
    let mut doc = json!({
        "client_id": id, "name": id, "app_type": "regular_web", "callbacks": [CALLBACK],
        "grant_types": ["client_credentials", "authorization_code", "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code"],
        "client_authentication_methods": { "private_key_jwt": { "credentials": [{ "id": "cred_1" }] } },
        "credentials": [credential("cred_1", key)],
    });
    let members = more.as_object().unwrap().clone();
    doc.as_object_mut().unwrap().extend(members);
    world.put::<Clients>(id, doc).await;
    let grant = json!({ "client_id": id, "audience": API, "scope": ["read:orders"] });
    world.put::<ClientGrants>(&format!("cgr_{id}"), grant).await;
}

async fn begin(alg: Alg) -> (World, SigningKey) {
    let (world, key) = (World::new().await, key(alg));
    furnished(&world, ID, &key, &json!({})).await;
    (world, key)
}

pub(crate) fn claims(world: &World) -> Value {
    let now = world.now().as_unix();
    json!({ "iss": ID, "sub": ID, "aud": ISSUER, "jti": entropy::token::<16>(), "iat": now, "exp": now + 60 })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn asserting(form: Form, assertion: &str) -> Form {
    form.with("client_assertion_type", KIND).with("client_assertion", assertion)
}

pub(crate) fn machine(assertion: &str) -> Form {
    let form = Form::new().with("grant_type", "client_credentials").with("audience", API);
    asserting(form, assertion)
}

async fn token(world: &World, assertion: &str) -> Answer {
    world.post("/oauth/token", machine(assertion), &[]).await
}

#[track_caller]
fn refused(answer: &Answer, words: &str) {
    let said = answer.refused(401, "invalid_client");
    assert!(said.contains(words), "{words}: {said}");
    assert!(answer.challenges().is_empty(), "no header was tried");
}

/// RFC 7523 §3; RFC 7521 §4.2: the assertion alone names the client.
#[tokio::test]
async fn a_client_signs_who_it_is_with_every_algorithm_that_is_advertised() {
    for alg in [Alg::Es256, Alg::EdDsa, Alg::Ps256, Alg::Rs256] {
        let (world, key) = begin(alg).await;
        for typ in ["JWT", "client-authentication+jwt"] {
            token(&world, &signed(&key, typ, &claims(&world))).await.ok();
        }
        let named = machine(&signed(&key, "JWT", &claims(&world))).with("client_id", ID);
        world.post("/oauth/token", named, &[]).await.ok();
        for aud in [json!(format!("{ISSUER}oauth/token")), json!([ISSUER, format!("{ISSUER}oauth/token")])] {
            token(&world, &signed(&key, "JWT", &with(claims(&world), "aud", aud))).await.ok();
        }
    }
}

/// RFC 7523 §3 (7): once, at whatever endpoint; OIDC Core §9; conformance A27.
#[tokio::test]
async fn an_assertion_serves_one_request_at_one_endpoint() {
    let (world, key) = begin(Alg::Es256).await;
    let endpoints = [
        ("/oauth/token", Form::new().with("grant_type", "client_credentials").with("audience", API)),
        (
            "/oauth/par",
            Form::new().with("response_type", "code").with("redirect_uri", CALLBACK).with("scope", "openid"),
        ),
        ("/oauth/device/code", Form::new().with("scope", "openid")),
        ("/oauth/revoke", Form::new().with("token", "no-such-token")),
    ];
    for (first, form) in &endpoints {
        let assertion = signed(&key, "JWT", &claims(&world));
        let answer = world.post(first, asserting(form.clone(), &assertion), &[]).await;
        assert!(answer.status.is_success(), "{first}: {answer:?}");
        for (again, form) in &endpoints {
            let answer = world.post(again, asserting(form.clone(), &assertion), &[]).await;
            refused(&answer, "used before");
        }
    }
    // As long as it could be believed it is remembered, and no longer.
    let assertion = signed(&key, "JWT", &claims(&world));
    token(&world, &assertion).await.ok();
    world.clock.turn(Lifetime::seconds(69));
    refused(&token(&world, &assertion).await, "used before");
    world.clock.turn(Lifetime::seconds(1));
    refused(&token(&world, &assertion).await, "expired");
}

/// RFC 7523 §3, §3.2; RFC 7521 §4.2.1; conformance A27.
#[tokio::test]
async fn an_assertion_that_says_anything_else_is_refused_and_told_why() {
    let (world, key) = begin(Alg::Es256).await;
    let now = world.now().as_unix();
    for (name, value, words) in [
        ("iss", json!("other"), "iss and sub"),
        ("aud", json!("https://evil.example/"), "not meant for this server"),
        ("aud", json!([ISSUER, "https://evil.example/"]), "not meant for this server"),
        ("aud", json!("https://id.example"), "not meant for this server"),
        ("aud", json!(format!("{ISSUER}oauth/revoke")), "not meant for this server"),
        ("exp", json!(now - 10), "expired"),
        ("exp", json!(now + 311), "lives longer"),
        ("exp", Value::Null, "RFC 7523"),
        ("exp", json!("soon"), "RFC 7523"),
        ("nbf", json!(now + 11), "not valid yet"),
        ("iat", json!(now + 11), "not valid yet"),
        ("jti", Value::Null, "RFC 7523"),
        ("jti", json!(7), "RFC 7523"),
    ] {
        let assertion = signed(&key, "JWT", &with(claims(&world), name, value.clone()));
        refused(&token(&world, &assertion).await, words);
    }
    let text = signed(&key, "JWT", &claims(&world));
    for (form, words) in [
        (machine("a.b.c"), "RFC 7523"),
        (machine(&format!("{text}%")), "RFC 7523"),
        (Form::new().with("grant_type", "client_credentials").with("client_assertion", &text), "RFC 7523"),
        (
            machine(&signed(&key, "JWT", &with(claims(&world), "sub", json!("m2m")))).with("client_id", ID),
            "iss and sub",
        ),
    ] {
        refused(&world.post("/oauth/token", form, &[]).await, words);
    }
    token(&world, &text).await.ok();
}

/// RFC 8725 §2.1, §3.1, §3.9; RFC 7515 §4.1.4; conformance P48.
#[tokio::test]
async fn no_other_key_and_no_other_algorithm_signs_for_a_client() {
    let (world, own) = begin(Alg::Rs256).await;
    let thief = key(Alg::Rs256);
    furnished(&world, "thief", &thief, &json!({})).await;
    let kid = |key: &SigningKey| key.kid().unwrap().as_str().to_owned();
    let head = |alg: &str, kid: &str| json!({ "alg": alg, "typ": "JWT", "kid": kid });

    // A stranger's key, under its own name, under that of the client's, and under none.
    for header in [head("RS256", &kid(&thief)), head("RS256", &kid(&own)), json!({ "alg": "RS256" })] {
        let assertion = signed_under(&thief, &header, &claims(&world));
        refused(&token(&world, &assertion).await, "no key of the client");
    }
    // The right key for another algorithm than the one it is registered for.
    let pss = SigningKey::from_pkcs8(Alg::Ps256, own.to_pkcs8().unwrap().reveal()).unwrap();
    let assertion = signed_under(&pss, &head("PS256", &kid(&own)), &claims(&world));
    refused(&token(&world, &assertion).await, "no key of the client");

    // The public key as the secret of an HMAC, and no signature at all.
    let payload = encode_base64url(claims(&world).to_string());
    let message = format!("{}.{payload}", encode_base64url(head("HS256", &kid(&own)).to_string()));
    let public = own.public().to_json().to_string();
    let secret = AwsLc.sha256(&[public.as_bytes()]);
    let mac = AwsLc.hmac_sha256(&secret, &[message.as_bytes()]);
    let hmac = format!("{message}.{}", encode_base64url(mac));
    let none = format!("{}.{payload}.", encode_base64url(head("none", &kid(&own)).to_string()));
    for forged in [hmac, none] {
        refused(&token(&world, &forged).await, "RFC 7523");
    }
    // A key that the header brings along is not looked at.
    let mut header = head("RS256", &kid(&own));
    header["jwk"] = thief.public().to_json();
    refused(&token(&world, &signed_under(&thief, &header, &claims(&world))).await, "no key of the client");
    // What was signed for other purposes.
    for typ in ["dpop+jwt", "at+jwt", "oauth-authz-req+jwt", "logout+jwt"] {
        refused(&token(&world, &signed(&own, typ, &claims(&world))).await, "RFC 7523");
    }
    token(&world, &signed(&own, "JWT", &claims(&world))).await.ok();
}

/// RFC 6749 §2.3: one way, and the registered one.
#[tokio::test]
async fn a_client_authenticates_in_the_one_way_it_registered() {
    let (world, key) = begin(Alg::Es256).await;
    let assertion = || signed(&key, "JWT", &claims(&world));
    let both = machine(&assertion()).with("client_id", ID).with("client_secret", SECRET);
    world.post("/oauth/token", both, &[]).await.refused(400, "invalid_request");
    let basic = ("authorization", "Basic c2lnbmluZzpzM2NyZXQ=");
    world.post("/oauth/token", machine(&assertion()), &[basic]).await.refused(400, "invalid_request");

    let grant = || Form::new().with("grant_type", "client_credentials").with("audience", API);
    let nothing = world.post("/oauth/token", grant().with("client_id", ID), &[]).await;
    nothing.refused(401, "invalid_client");
    let secret = grant().with("client_id", ID).with("client_secret", SECRET);
    world.post("/oauth/token", secret, &[]).await.refused(401, "invalid_client");

    // Whoever has no key is not believed by one, be it a client with a secret or one with nothing.
    for id in ["m2m", "spa"] {
        let own = with(with(claims(&world), "iss", json!(id)), "sub", json!(id));
        refused(&token(&world, &signed(&key, "JWT", &own)).await, "as it registered");
    }
}

/// The claim is last: what is refused for another reason leaves the assertion unused, and a client that is asked for a
/// nonce may send the same one again, as some libraries do.
#[tokio::test]
async fn a_request_that_is_refused_before_leaves_its_assertion_unused() {
    let (world, key) = begin(Alg::Es256).await;
    let (wallet, assertion) = (Wallet::new(), signed(&key, "JWT", &claims(&world)));
    let bad = wallet.proof(world.now(), "GET", "/oauth/token", None);
    let answer = world.post("/oauth/token", machine(&assertion), &[("dpop", &bad)]).await;
    answer.refused(400, "invalid_dpop_proof");
    let good = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let answer = world.post("/oauth/token", machine(&assertion), &[("dpop", &good)]).await;
    assert_eq!(answer.ok()["token_type"], "DPoP");
    let next = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let stolen = world.post("/oauth/token", machine(&assertion), &[("dpop", &next)]).await;
    refused(&stolen, "used before");
    // The replay has not used up the proof that came with it.
    let fresh = machine(&signed(&key, "JWT", &claims(&world)));
    world.post("/oauth/token", fresh, &[("dpop", &next)]).await.ok();
}

/// A key that ended, and one that is there without being enabled.
#[tokio::test]
async fn a_key_signs_as_long_as_it_is_enabled_and_has_not_ended() {
    let (world, own, other) = (World::new().await, key(Alg::Es256), key(Alg::EdDsa));
    let mut ending = credential("cred_1", &own);
    ending["expires_at"] = json!(world.now().plus(Lifetime::seconds(30)).to_rfc3339());
    let both = json!({ "credentials": [ending, credential("cred_2", &other)] });
    furnished(&world, ID, &own, &both).await;
    token(&world, &signed(&own, "JWT", &claims(&world))).await.ok();
    refused(&token(&world, &signed(&other, "JWT", &claims(&world))).await, "no key of the client");
    world.clock.turn(Lifetime::seconds(30));
    refused(&token(&world, &signed(&own, "JWT", &claims(&world))).await, "no key of the client");
}

/// Conformance A6: by the documents the issuer alone is named, as a text; conformance A22.
#[tokio::test]
async fn a_client_that_goes_by_the_documents_names_the_issuer_alone() {
    let (world, own) = (World::new().await, key(Alg::Ps256));
    furnished(&world, ID, &own, &json!({ "profile": "rfc" })).await;
    for aud in [json!([ISSUER]), json!(format!("{ISSUER}oauth/token")), json!(format!("{ISSUER}oauth/par"))] {
        let assertion = signed(&own, "JWT", &with(claims(&world), "aud", aud));
        refused(&token(&world, &assertion).await, "not meant for this server");
    }
    token(&world, &signed(&own, "JWT", &claims(&world))).await.ok();
}

#[tokio::test]
async fn a_refused_assertion_is_recorded_with_its_reason_and_not_with_itself() {
    let (world, key) = begin(Alg::Es256).await;
    let assertion = signed(&key, "JWT", &claims(&world));
    token(&world, &assertion).await.ok();
    refused(&token(&world, &assertion).await, "used before");
    let log = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    let last = log.iter().rev().find(|event| &*event.kind == "feccft").unwrap();
    let text = format!("{last:?}");
    assert!(text.contains("client.assertion_reused") && text.contains(ID), "{text}");
    assert!(!text.contains(&assertion), "{text}");
}
