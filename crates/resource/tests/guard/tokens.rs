//! RS01 to RS09, RS15, RS16, P48: which tokens are good, and how they must be presented.

use http::StatusCode;
use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    dpop::TokenHash,
    jose::{Alg, Sign, encode_base64url, mint, sign_compact},
};
use keybound_resource::Mode;
use serde_json::{Value, json};

use super::common::{AUDIENCE, Client, ISSUER, NOW, World, dpop, request};

/// A proof whose `ath` is what it is told to be.
fn proof_with_ath(client: &Client, ath: Option<Value>) -> String {
    let key = client.builder.key();
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public().to_json() });
    let mut claims = json!({
        "jti": keybound_crypto::entropy::token::<16>(), "htm": "GET", "htu": "https://api.example.com/me", "iat": NOW,
    });
    if let Some(ath) = ath {
        claims["ath"] = ath;
    }
    sign_compact(header.to_string().as_bytes(), claims.to_string().as_bytes(), key).unwrap()
}

#[tokio::test]
async fn a_bound_token_with_its_proof_passes() {
    let world = World::new();
    let client = Client::new();
    let answer = world.get(&client, &world.token(&client)).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "alice"));
}

#[tokio::test]
async fn rs01_the_ath_is_the_hash_of_this_very_token() {
    use keybound_proto::jose::Digest;
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let hash = TokenHash::of(&token, &AwsLc);
    let hex = hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let payload = token.split('.').nth(1).unwrap();
    let decoded = AwsLc.sha256(&[&keybound_proto::jose::decode_base64url(payload).unwrap()]);
    for (ath, code) in [
        (None, "proof.ath_missing"),
        (Some(json!("")), "proof.ath_mismatch"),
        (Some(json!(TokenHash::of("other", &AwsLc).to_string())), "proof.ath_mismatch"),
        (Some(json!(hex)), "proof.ath_mismatch"),
        (Some(json!(encode_base64url([7; 64]))), "proof.ath_mismatch"),
        (Some(json!(format!("{hash}="))), "proof.ath_mismatch"),
        (Some(json!(encode_base64url(decoded))), "proof.ath_mismatch"),
        (Some(json!(7)), "proof.member_missing"),
    ] {
        let proof = proof_with_ath(&client, ath);
        let answer =
            world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)])).await;
        answer.refused("invalid_dpop_proof", code);
    }
    let proof = proof_with_ath(&client, Some(json!(hash.to_string())));
    let answer =
        world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)])).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn rs02_a_bound_token_without_a_proof_is_refused() {
    let world = World::new();
    let token = world.token(&Client::new());
    let answer = world.send(request("GET", "/me", &[("authorization", &dpop(&token))])).await;
    answer.refused("invalid_dpop_proof", "proof.missing");
    world.still_works().await;
}

/// RFC 9449 §7.2: the downgrade.
#[tokio::test]
async fn rs03_a_bound_token_is_worthless_as_a_bearer_token_in_every_mode() {
    for mode in [Mode::DpopRequired, Mode::DpopOrBearer, Mode::Observe] {
        let world = World::with(|config| config.mode = mode);
        let token = world.token(&Client::new());
        let answer =
            world.send(request("GET", "/me", &[("authorization", &format!("Bearer {token}"))])).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{mode:?}");
        let told: Vec<_> =
            answer.challenges().iter().filter_map(|c| c.param("error").map(str::to_owned)).collect();
        assert_eq!(told, ["invalid_token"], "{mode:?}");
        world.still_works().await;
    }
}

#[tokio::test]
async fn rs04_a_proof_beside_it_does_not_help() {
    for mode in [Mode::DpopRequired, Mode::DpopOrBearer, Mode::Observe] {
        let world = World::with(|config| config.mode = mode);
        let client = Client::new();
        let token = world.token(&client);
        let proof = client.proof(&world, "GET", "/me", &token);
        let bearer = format!("Bearer {token}");
        let answer = world.send(request("GET", "/me", &[("authorization", &bearer), ("dpop", &proof)])).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{mode:?}");
        world.still_works().await;
    }
}

#[tokio::test]
async fn rs05_an_unbound_token_is_not_made_bound_by_a_proof() {
    for mode in [Mode::DpopRequired, Mode::DpopOrBearer] {
        let world = World::with(|config| config.mode = mode);
        let answer = world.get(&Client::new(), &world.unbound_token()).await;
        answer.refused("invalid_token", "token.unbound_sent_as_bound");
        world.still_works().await;
    }
}

#[tokio::test]
async fn rs06_another_key_than_the_bound_one_is_refused() {
    let world = World::new();
    let (owner, thief) = (Client::new(), Client::new());
    let token = world.token(&owner);
    world.get(&thief, &token).await.refused("invalid_token", "proof.key_mismatch");
    assert_eq!(world.get(&owner, &token).await.status, StatusCode::OK);
}

/// RFC 9110 §11.1.
#[tokio::test]
async fn rs07_the_scheme_is_compared_without_case() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    for scheme in ["dpop", "DPOP", "DpOp", "DPoP "] {
        let proof = client.proof(&world, "GET", "/me", &token);
        let credentials = format!("{scheme} {token}");
        let answer =
            world.send(request("GET", "/me", &[("authorization", &credentials), ("dpop", &proof)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme}");
    }
}

#[tokio::test]
async fn rs08_there_is_one_set_of_credentials() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    let client = Client::new();
    let token = world.token(&client);
    let bearer = format!("Bearer {}", world.unbound_token());
    let proof = || client.proof(&world, "GET", "/me", &token);
    let bad =
        |answer: super::common::Answer| assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    let twice = [("authorization", dpop(&token)), ("authorization", bearer.clone()), ("dpop", proof())];
    let twice = twice.each_ref().map(|(name, value)| (*name, value.as_str()));
    bad(world.send(request("GET", "/me", &twice)).await);
    let same = [("authorization", dpop(&token)), ("authorization", dpop(&token)), ("dpop", proof())];
    let same = same.each_ref().map(|(name, value)| (*name, value.as_str()));
    bad(world.send(request("GET", "/me", &same)).await);
    for joined in
        [format!("{}, {bearer}", dpop(&token)), "DPoP".to_owned(), "DPoP ".to_owned(), "DPoP a b".to_owned()]
    {
        bad(world.send(request("GET", "/me", &[("authorization", &joined), ("dpop", &proof())])).await);
    }
    // A proof alone is no credential, whatever stands in the body or the URL.
    let answer = world.send(request("GET", "/me", &[("dpop", &proof())])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    world.still_works().await;
}

/// RFC 6750 §2.3, RFC 9700 §4.3.2.
#[tokio::test]
async fn rs09_a_token_in_the_url_is_refused() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    let client = Client::new();
    for token in [world.token(&client), world.unbound_token()] {
        for uri in [format!("/me?access_token={token}"), format!("/me?a=b&access_token={token}")] {
            let answer = world.send(request("GET", &uri, &[])).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            let proof = client.proof(&world, "GET", "/me", &token);
            let answer =
                world.send(request("GET", &uri, &[("authorization", &dpop(&token)), ("dpop", &proof)])).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        }
    }
    world.still_works().await;
}

#[tokio::test]
async fn rs15_a_binding_we_cannot_check_is_not_taken_for_none() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    let client = Client::new();
    let jkt = client.builder.thumbprint().to_string();
    for cnf in [
        json!({ "x5t#S256": jkt }),
        json!({ "jwk": { "kty": "EC" } }),
        json!({ "kid": "x" }),
        json!({}),
        json!({ "jkt": jkt, "x5t#S256": jkt }),
    ] {
        let token = world.token_with(&client, |claims| claims["cnf"] = cnf.clone());
        let bearer = format!("Bearer {token}");
        let answer = world.send(request("GET", "/me", &[("authorization", &bearer)])).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{cnf}");
        world.get(&client, &token).await.refused("invalid_token", "token.malformed");
    }
    world.still_works().await;
}

#[tokio::test]
async fn rs16_a_malformed_binding_is_refused() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    let client = Client::new();
    let jkt = client.builder.thumbprint().to_string();
    for cnf in
        [json!(7), json!([]), json!("x"), Value::Null, json!({ "jkt": 7 }), json!({ "jkt": &jkt[..42] })]
    {
        let token = world.token_with(&client, |claims| claims["cnf"] = cnf.clone());
        world.get(&client, &token).await.refused("invalid_token", "token.malformed");
    }
    let twice =
        world.claims().to_string().replacen('{', &format!(r#"{{"cnf":{{"jkt":"{jkt}","jkt":"{jkt}"}},"#), 1);
    let header = br#"{"alg":"ES256","typ":"at+jwt","kid":"one"}"#;
    let token = sign_compact(header, twice.as_bytes(), &world.issuer).unwrap();
    world.get(&client, &token).await.refused("invalid_token", "token.malformed");
    world.still_works().await;
}

/// Conformance A10.
#[tokio::test]
async fn a_token_is_good_only_as_its_issuer_made_it() {
    let world = World::new();
    let client = Client::new();
    let stranger = SigningKey::generate(Alg::Es256).unwrap();
    for (change, code) in [
        (json!({ "iss": "https://login.example.com" }), "token.iss_mismatch"),
        (json!({ "iss": "https://evil.example/" }), "token.iss_mismatch"),
        (json!({ "aud": "https://other.example/" }), "token.aud_mismatch"),
        (json!({ "aud": ["a", "b"] }), "token.aud_mismatch"),
        (json!({ "exp": NOW - 6 }), "token.expired"),
        (json!({ "exp": "soon" }), "token.malformed"),
        (json!({ "nbf": NOW + 60 }), "token.not_yet_valid"),
        (json!({ "sub": 7 }), "token.malformed"),
    ] {
        let token = world.token_with(&client, |claims| {
            for (name, value) in change.as_object().unwrap() {
                claims[name] = value.clone();
            }
        });
        world.get(&client, &token).await.refused("invalid_token", code);
    }
    let mut claims = world.claims();
    claims["cnf"] = json!({ "jkt": client.builder.thumbprint().to_string() });
    let forged = mint("at+jwt", &claims, &stranger).unwrap();
    world.get(&client, &forged).await.refused("invalid_token", "token.signature_invalid");
    let named = stranger.with_kid(keybound_proto::id::Kid::parse("two").unwrap());
    world
        .get(&client, &mint("at+jwt", &claims, &named).unwrap())
        .await
        .refused("invalid_token", "token.key_unknown");
    world.get(&client, "opaque").await.refused("invalid_token", "token.malformed");
    world.still_works().await;
}

/// Both profiles: Auth0's `typ: JWT` with `azp` and no `jti`, and RFC 9068's.
#[tokio::test]
async fn both_profiles_of_access_tokens_are_accepted() {
    let world = World::new();
    let client = Client::new();
    let cnf = json!({ "jkt": client.builder.thumbprint().to_string() });
    let auth0 = json!({
        "iss": ISSUER, "sub": "auth0|1", "aud": [AUDIENCE, format!("{ISSUER}userinfo")], "azp": "spa", "iat": NOW,
        "exp": NOW + 3600, "scope": "openid", "cnf": cnf,
    });
    for typ in ["JWT", "jwt"] {
        let answer = world.get(&client, &mint(typ, &auth0, &world.issuer).unwrap()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "auth0|1"), "{typ}");
    }
    let mut rfc9068 = world.claims();
    rfc9068["cnf"] = cnf;
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        assert_eq!(
            world.get(&client, &mint(typ, &rfc9068, &world.issuer).unwrap()).await.status,
            StatusCode::OK
        );
    }
}

/// Conformance A10.
#[tokio::test]
async fn p48_other_kinds_of_token_are_no_access_tokens() {
    let world = World::new();
    let client = Client::new();
    let mut claims = world.claims();
    claims["cnf"] = json!({ "jkt": client.builder.thumbprint().to_string() });
    for typ in ["dpop+jwt", "logout+jwt", "oauth-authz-req+jwt", "id+jwt", ""] {
        let token = mint(typ, &claims, &world.issuer).unwrap();
        world.get(&client, &token).await.refused("invalid_token", "token.typ_mismatch");
    }
    for mark in ["nonce", "at_hash", "c_hash", "events"] {
        let mut id_token = claims.clone();
        id_token[mark] = json!("x");
        let token = mint("JWT", &id_token, &world.issuer).unwrap();
        world.get(&client, &token).await.refused("invalid_token", "token.typ_mismatch");
    }
    // And a token is no proof.
    let token = world.token(&client);
    let answer =
        world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &token)])).await;
    answer.refused("invalid_dpop_proof", "proof.typ_mismatch");
    world.still_works().await;
}

/// Rule 2 of A0: whoever has no good proof learns nothing about the token.
#[tokio::test]
async fn a_bad_proof_is_told_the_same_whether_the_token_is_good_or_not() {
    let world = World::new();
    let client = Client::new();
    let good = world.token(&client);
    let expired = world.token_with(&client, |claims| claims["exp"] = json!(NOW - 3600));
    let mut told = Vec::new();
    for token in [good.as_str(), expired.as_str(), "not-a-token"] {
        let proof = client.proof(&world, "POST", "/me", token);
        let answer =
            world.send(request("GET", "/me", &[("authorization", &dpop(token)), ("dpop", &proof)])).await;
        answer.refused("invalid_dpop_proof", "proof.htm_mismatch");
        told.push((answer.status, answer.header("www-authenticate").map(str::to_owned), answer.body));
    }
    assert!(told.iter().all(|answer| *answer == told[0]));
    world.still_works().await;
}
