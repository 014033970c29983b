//! Requests that are signed (RFC 9101), brought by a browser or sent ahead.

use http::{Request, header};
use keybound_authority::{grant::code::Found, model::digest::CodeDigest};
use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    form::Form,
    jose::{Alg, Digest as _, Sign as _, encode_base64url},
};
use keybound_store::{documents::Clients, ledger::codes};
use serde_json::{Map, Value, json};

use crate::{
    signing::{credential, key, signed, signed_under},
    world::{CALLBACK, ISSUER, Page, World, ask, but},
};

const ID: &str = "signer";
const TYPE: &str = "oauth-authz-req+jwt";

async fn begin(alg: Alg, required: bool) -> (World, SigningKey) {
    let (world, key) = (World::new().await, key(alg));
    insert(&world, ID, &key, required).await;
    (world, key)
}

async fn insert(world: &World, id: &str, key: &SigningKey, required: bool) {
    let doc = json!({
        "client_id": id, "name": "Signer", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code"],
        "credentials": [credential("cred_1", key)],
        "signed_request_object": { "required": required, "credentials": [{ "id": "cred_1" }] },
    });
    world.insert::<Clients>(id, doc).await;
}

/// What a client of that name asks, as it stands in an object.
fn claims(world: &World, id: &str) -> Value {
    let asked = ask(id);
    let mut claims: Map<String, Value> =
        asked.pairs().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let now = world.clock.now().as_unix();
    for (name, value) in
        [("iss", json!(id)), ("aud", json!(ISSUER)), ("nbf", json!(now)), ("exp", json!(now + 300))]
    {
        claims.insert(name.to_owned(), value);
    }
    claims.into()
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn beside(object: &str) -> Form {
    Form::new().with("client_id", ID).with("request", object)
}

async fn pushes(world: &World, form: &Form) -> Page {
    let request =
        Request::post("/oauth/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.browser().send(request, form.encode()).await
}

#[track_caller]
fn refused(page: &Page, error: &str, words: &str) {
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!((page.status.as_u16(), told["error"].as_str()), (400, Some(error)), "{}", page.body);
    assert!(page.body.contains(words), "{words}: {}", page.body);
}

/// RFC 9101 §5, §6.3: what stands in it counts, and nothing beside it but the client's name; conformance A7.
#[tokio::test]
async fn a_signed_request_is_answered_and_nothing_beside_it_counts() {
    for alg in [Alg::Es256, Alg::EdDsa, Alg::Ps256, Alg::Rs256] {
        let (world, key) = begin(alg, true).await;
        let mut browser = world.browser();
        let form = beside(&signed(&key, TYPE, &claims(&world, ID)))
            .with("redirect_uri", "https://evil.example/cb")
            .with("state", "other")
            .with("scope", "openid write:orders")
            .with("response_mode", "fragment");
        let page = browser.signs_in(&form).await;
        page.goes_to(&format!("{CALLBACK}?"));
        page.brings_a_code();
        // Whoever is signed in is answered at once, and by a form that is posted, too.
        let form = beside(&signed(&key, "JWT", &with(claims(&world, ID), "max_age", json!(600))));
        browser.post("/authorize", &form).await.brings_a_code();
    }
}

/// RFC 9449 §10; conformance AS24: the key that was signed for is the key, whatever stands beside it.
#[tokio::test]
async fn the_key_in_a_signed_request_counts_and_none_beside_it() {
    let (world, key) = begin(Alg::Es256, true).await;
    let [inside, beside_it] =
        ["0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"];
    let object = signed(&key, TYPE, &with(claims(&world, ID), "dpop_jkt", json!(inside)));
    let form = beside(&object).with("dpop_jkt", beside_it);
    let code = world.browser().signs_in(&form).await.brings_a_code();
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()]));
    let found = codes::find(&world.app.store, &world.app.tenant.id, &digest).await.unwrap();
    let Found::Fresh(kept) = found else { panic!("{found:?}") };
    assert_eq!(kept.jkt.unwrap().to_string(), inside);
}

/// RFC 9101 §10.5; RFC 9126 §3; conformance A7.
#[tokio::test]
async fn a_client_that_must_sign_is_heard_in_no_other_way() {
    let (world, key) = begin(Alg::Es256, true).await;
    world.signed_in().await.asks(&ask(ID)).await.refuses("invalid_request");
    refused(&pushes(&world, &ask(ID)).await, "invalid_request", "must sign");
    let pushed = pushes(&world, &beside(&signed(&key, TYPE, &claims(&world, ID))).with("state", "x")).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let told: Value = serde_json::from_str(&pushed.body).unwrap();
    let named = Form::new().with("client_id", ID).with("request_uri", told["request_uri"].as_str().unwrap());
    world.browser().signs_in(&named).await.brings_a_code();

    let (world, key) = begin(Alg::Es256, false).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask(ID)).await.brings_a_code();
    let object = signed(&key, TYPE, &claims(&world, ID));
    let both = beside(&object).with("request_uri", "urn:ietf:params:oauth:request_uri:x");
    browser.asks(&both).await.is_an_error_page("pushed request");
}

/// RFC 9101 §4, §6.1, §6.2, §10.8; conformance A7. Nobody is redirected by a request that nobody signed.
/// Conformance A22.
#[tokio::test]
async fn a_request_object_that_is_anything_else_is_refused_without_a_redirect() {
    let (world, own) = begin(Alg::Rs256, false).await;
    let thief = key(Alg::Rs256);
    insert(&world, "thief", &thief, false).await;
    let now = world.clock.now().as_unix();
    let good = || claims(&world, ID);
    let kid = |key: &SigningKey| key.kid().unwrap().as_str().to_owned();
    let head = |alg: &str| json!({ "alg": alg, "kid": kid(&own) });
    let message =
        format!("{}.{}", encode_base64url(head("HS256").to_string()), encode_base64url(good().to_string()));
    let secret = AwsLc.sha256(&[own.public().to_json().to_string().as_bytes()]);
    let hmac = format!("{message}.{}", encode_base64url(AwsLc.hmac_sha256(&secret, &[message.as_bytes()])));
    let payload = encode_base64url(good().to_string());
    let none = format!("{}.{payload}.", encode_base64url(r#"{"alg":"none"}"#));
    let sign = |name: &str, value: Value| signed(&own, TYPE, &with(good(), name, value));
    for (object, words) in [
        (hmac, "RFC 9101"),
        (none, "RFC 9101"),
        ("a.b.c".to_owned(), "RFC 9101"),
        (signed(&own, "dpop+jwt", &good()), "RFC 9101"),
        (signed(&own, "client-authentication+jwt", &good()), "RFC 9101"),
        (signed(&thief, TYPE, &good()), "no key of the client"),
        (signed_under(&thief, &head("RS256"), &good()), "no key of the client"),
        (signed(&thief, TYPE, &claims(&world, "thief")), "no key of the client"),
        (sign("iss", json!("thief")), "iss and client_id"),
        (sign("client_id", json!("thief")), "iss and client_id"),
        (sign("sub", json!(ID)), "iss and client_id"),
        (sign("aud", json!("https://evil.example/")), "not meant for this server"),
        (sign("exp", json!(now - 10)), "expired"),
        (sign("exp", json!(now + 3611)), "lives longer"),
        (sign("nbf", json!(now + 11)), "not valid yet"),
        (sign("request_uri", json!("https://evil.example/")), "request or request_uri"),
        (sign("request", json!("a.b.c")), "request or request_uri"),
        (sign("scope", json!(["openid"])), "RFC 9101"),
    ] {
        let form = beside(&object);
        world.signed_in().await.asks(&form).await.is_an_error_page("invalid_request_object");
        refused(&pushes(&world, &form).await, "invalid_request_object", words);
    }
    let other = but(&beside(&signed(&own, TYPE, &good())), "client_id", "spa");
    world.signed_in().await.asks(&other).await.is_an_error_page("invalid_request_object");
}

/// What was signed is judged like any other request: a callback nobody registered is not made good by a signature.
#[tokio::test]
async fn a_signature_vouches_for_who_asks_and_not_for_what() {
    let (world, key) = begin(Alg::Es256, false).await;
    let sign = |name: &str, value: Value| beside(&signed(&key, TYPE, &with(claims(&world, ID), name, value)));
    let elsewhere = sign("redirect_uri", json!("https://evil.example/cb"));
    world.signed_in().await.asks(&elsewhere).await.is_an_error_page("Callback URL mismatch");
    world.signed_in().await.asks(&sign("code_challenge", Value::Null)).await.refuses("invalid_request");
    refused(&pushes(&world, &elsewhere).await, "invalid_request", "Callback URL mismatch");
}
