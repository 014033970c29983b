//! At a protected resource.

use http::{HeaderName, HeaderValue, Method};
use keybound_client::{
    Client, ClientError, Resource, Tokens,
    crypto::AwsLc,
    drive,
    http::{Body, Response},
    proto::{
        dpop::{Expect, HeldBy, Proof, TokenHash},
        secret::Secret,
        uri::{Htu, Origin},
    },
};

use crate::wire::{NOW, Standing, TOKEN, Wire, answer, ask, client, granted_with};

fn tokens(client: &Client) -> Tokens {
    Tokens {
        access_token: Secret::new(TOKEN.into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    }
}

fn wants_nonce(challenge: &str) -> Response<Body> {
    answer(401, &[("www-authenticate", challenge), ("dpop-nonce", "r1")], "")
}

fn ok() -> Response<Body> {
    answer(200, &[], "[]")
}

/// RFC 9449 §4.2, §7.1; CL01, CL03, CL11.
#[tokio::test]
async fn a_call_carries_the_token_in_its_header_and_a_proof_for_it() {
    let client = client();
    let (tokens, wire) = (tokens(&client), Wire::answering([ok()]));
    let resource = Resource::new("https://api.example/v1/", &client).unwrap();
    let call = resource.call(&tokens, Method::POST, "orders?state=new#top").unwrap().with_body("{}");
    let call = call.with_header(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer other"));
    let call = call.with_header(HeaderName::from_static("x-request"), HeaderValue::from_static("7"));
    drive(call, &wire, &Standing).await.unwrap();
    wire.with(0, |seen| {
        assert_eq!(seen.url, "https://api.example/v1/orders?state=new");
        assert_eq!(seen.header("authorization"), Some(format!("DPoP {TOKEN}").as_str()));
        assert_eq!(seen.header("x-request"), Some("7"));
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
        assert_eq!(seen.claim("htu").as_deref(), Some("https://api.example/v1/orders"));
        assert_eq!(seen.claim("htm").as_deref(), Some("POST"));
        assert!(!seen.url.contains(TOKEN) && !seen.body.contains(TOKEN));
        let urls = [Htu::parse(&seen.url).unwrap()];
        let hash = TokenHash::of(TOKEN, &AwsLc);
        let holder = HeldBy::Key(client.key().unwrap().thumbprint());
        let expect = Expect { token: Some(&hash), ..Expect::new("POST", &urls, holder) };
        let proof = Proof::parse([seen.header("dpop").unwrap().as_bytes()]).unwrap().unwrap();
        assert!(proof.check(&expect, &AwsLc, NOW).is_ok());
    });
}

/// RFC 9449 §9, RFC 9110 §11.1; CL09.
#[tokio::test]
async fn a_resource_that_wants_a_nonce_gets_it_with_the_same_body() {
    for challenge in [
        r#"DPoP error="use_dpop_nonce", algs="ES256""#,
        r#"dpOP error=use_dpop_nonce"#,
        r#"Bearer error="invalid_token", DPoP algs="ES256", error="use_dpop_nonce""#,
    ] {
        let client = client();
        let (tokens, wire) = (tokens(&client), Wire::answering([wants_nonce(challenge), ok()]));
        let resource = Resource::new("https://api.example", &client).unwrap();
        let call = resource.call(&tokens, Method::POST, "/orders").unwrap().with_body("{\"n\":1}");
        assert_eq!(drive(call, &wire, &Standing).await.unwrap().status(), 200);
        let seen = wire.seen.lock().unwrap();
        assert_eq!(seen[1].claim("nonce").as_deref(), Some("r1"), "{challenge}");
        assert_eq!(seen[0].body, seen[1].body);
        assert_ne!(seen[0].claim("jti"), seen[1].claim("jti"));
    }
}

/// CL06 at a resource.
#[tokio::test]
async fn a_resource_that_is_never_content_is_left_alone() {
    let client = client();
    let challenge = r#"DPoP error="use_dpop_nonce""#;
    let (tokens, wire) = (tokens(&client), Wire::answering([wants_nonce(challenge), wants_nonce(challenge)]));
    let resource = Resource::new("https://api.example", &client).unwrap();
    let result = drive(resource.get(&tokens, "/").unwrap(), &wire, &Standing).await;
    assert!(matches!(result, Err(ClientError::NonceRetrySpent { .. })));
    assert_eq!(wire.sent(), 2);
}

/// RFC 9449 §9; CL08.
#[tokio::test]
async fn nonces_of_servers_are_not_mixed() {
    let client = client();
    let wire = Wire::answering([
        granted_with("DPoP", &[("dpop-nonce", "as1")]),
        answer(200, &[("dpop-nonce", "rs1")], ""),
        answer(200, &[("dpop-nonce", "rs2")], ""),
        ok(),
        granted_with("DPoP", &[]),
    ]);
    let tokens = ask(&client, &wire).await.unwrap();
    let one = Resource::new("https://one.example", &client).unwrap();
    let two = Resource::new("https://two.example", &client).unwrap();
    for resource in [&one, &two, &one] {
        drive(resource.get(&tokens, "/x").unwrap(), &wire, &Standing).await.unwrap();
    }
    ask(&client, &wire).await.unwrap();
    let nonces: Vec<_> = (0..5).map(|at| wire.with(at, |seen| seen.claim("nonce"))).collect();
    assert_eq!(nonces, [None, None, None, Some("rs1".into()), Some("as1".into())]);
}

/// One origin that is both servers has nonces of two kinds.
#[tokio::test]
async fn nonces_of_roles_are_not_mixed() {
    let client = client();
    let wire = Wire::answering([granted_with("DPoP", &[("dpop-nonce", "as1")]), ok()]);
    let tokens = ask(&client, &wire).await.unwrap();
    let userinfo = Resource::new("https://tenant.example/", &client).unwrap();
    drive(userinfo.get(&tokens, "userinfo").unwrap(), &wire, &Standing).await.unwrap();
    assert_eq!(wire.with(1, |seen| seen.claim("nonce")), None);
}

/// CL11; auth0-spa-js sends a token wherever an absolute address points.
#[test]
fn a_token_goes_to_named_origins_only() {
    let client = client();
    let tokens = tokens(&client);
    let resource = Resource::new("https://api.example/v1/", &client).unwrap();
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/x",
        "http://api.example/v1/",
        "https://api.example:8443/",
        "https://api.example.evil.example/",
    ] {
        let refused = resource.get(&tokens, elsewhere);
        assert!(matches!(refused, Err(ClientError::OriginNotAllowed { .. })), "{elsewhere}");
    }
    for odd in [
        "https://api.example@evil.example/",
        "javascript:alert(1)",
        "https:\\\\evil.example",
        "/a\r\nX: y",
        "/a b",
    ] {
        assert!(resource.get(&tokens, odd).is_err(), "{odd}");
    }
    let resource = resource.allowing(Origin::parse("https://files.example").unwrap());
    assert!(resource.get(&tokens, "https://files.example/a").is_ok());
    assert!(resource.get(&tokens, "https://API.example:443/v2").is_ok());
}

/// RFC 9449 §7.2: what is bound is never sent as if it were not.
#[tokio::test]
async fn a_bound_token_without_its_key_is_not_sent() {
    let (client, other) = (client(), crate::wire::client());
    let (tokens, wire) = (tokens(&client), Wire::default());
    let resource = Resource::new("https://api.example", &other).unwrap();
    let result = drive(resource.get(&tokens, "/").unwrap(), &wire, &Standing).await;
    assert!(matches!(result, Err(ClientError::TokenType { .. })));
    assert_eq!(wire.sent(), 0);
}

/// CL10, CL19: no nonce, and a token nobody can look into.
#[tokio::test]
async fn a_refusal_is_handed_over_as_it_came() {
    let client = client();
    let refusal = answer(403, &[("www-authenticate", r#"DPoP error="insufficient_scope", scope="a""#)], "no");
    let (tokens, wire) = (tokens(&client), Wire::answering([refusal]));
    let resource = Resource::new("https://api.example", &client).unwrap();
    let response = drive(resource.get(&tokens, "/").unwrap(), &wire, &Standing).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_bytes()), (403, &b"no"[..]));
}
