//! At the token endpoint.

use std::collections::HashSet;

use keybound_client::{
    Again, Ambient, ClientError, DpopKey, System,
    crypto::AwsLc,
    drive,
    proto::{
        code::ErrorCode,
        dpop::{Expect, HeldBy, Proof},
        request::token::{MachineRequest, RefreshRequest},
        scope::Scopes,
        secret::Secret,
        time::Lifetime,
        uri::Htu,
    },
};

use crate::wire::{
    NOW, Standing, TOKEN, Wire, answer, ask, client, client_of, granted, granted_with, metadata, wants_nonce,
};

/// RFC 9449 §4.2; CL01, CL03; conformance CL10.
#[tokio::test]
async fn a_proof_says_what_it_must_and_nothing_else() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP")]));
    ask(&client, &wire).await.unwrap();
    wire.with(0, |seen| {
        let (header, claims) = seen.proof();
        assert_eq!(header["typ"], "dpop+jwt");
        assert_eq!(header["alg"], "ES256");
        let names =
            |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<HashSet<_>>();
        let set = |words: &str| words.split(' ').map(str::to_owned).collect::<HashSet<_>>();
        assert_eq!(names(&header), set("typ alg jwk"));
        assert_eq!(names(&header["jwk"]), set("kty crv x y"));
        assert_eq!(names(&claims), set("jti htm htu iat"));
        assert_eq!(claims["htm"], "POST");
        assert_eq!(claims["htu"], "https://tenant.example/oauth/token");
        assert_eq!(seen.method, "POST");
        assert_eq!(seen.url, "https://tenant.example/oauth/token");
        let urls = [Htu::parse(&seen.url).unwrap()];
        let expect = Expect::new("POST", &urls, HeldBy::Key(client.key().unwrap().thumbprint()));
        let proof = Proof::parse([seen.header("dpop").unwrap().as_bytes()]).unwrap().unwrap();
        assert!(proof.check(&expect, &AwsLc, NOW).is_ok());
    });
}

/// RFC 9449 §4.2, §11.1; CL02.
#[test]
fn no_two_proofs_have_one_jti() {
    let mut seen = HashSet::new();
    assert!((0..100_000).all(|_| seen.insert(System.entropy())));
}

/// RFC 9449 §5; CL04.
#[tokio::test]
async fn every_grant_carries_a_proof() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP"), granted("DPoP")]));
    ask(&client, &wire).await.unwrap();
    let refresh =
        RefreshRequest { token: Secret::new("r1".into()), scopes: None, audience: None, resources: vec![] };
    let tokens = drive(client.refresh(refresh), &wire, &Standing).await.unwrap();
    assert_eq!(tokens.refresh_token, Some(Secret::new("r1".into())));
    for at in 0..2 {
        wire.with(at, |seen| assert!(seen.header("dpop").is_some()));
    }
    wire.with(1, |seen| {
        assert_eq!(
            seen.body,
            "grant_type=refresh_token&refresh_token=r1&client_id=app&client_secret=client-s3cret"
        );
        assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    });
}

/// RFC 9449 §5, RFC 6749 §5.1; CL05.
#[tokio::test]
async fn a_token_that_is_not_bound_is_dropped() {
    for good in ["DPoP", "dPoP", "dpop", "DPOP"] {
        let tokens = ask(&client(), &Wire::answering([granted(good)])).await.unwrap();
        assert!(tokens.is_bound());
    }
    for bad in ["Bearer", "mac", "DPoP2", ""] {
        let error = ask(&client(), &Wire::answering([granted(bad)])).await.unwrap_err();
        assert!(matches!(&error, ClientError::TokenType { wanted: "DPoP", .. }), "{bad}");
        assert!(!format!("{error} {error:?}").contains(TOKEN));
    }
}

/// RFC 9449 §8; CL06, CL13.
#[tokio::test]
async fn a_nonce_is_asked_for_once() {
    let (client, wire) = (client(), Wire::answering([wants_nonce(&["n1"]), granted("DPoP")]));
    ask(&client, &wire).await.unwrap();
    assert_eq!(wire.sent(), 2);
    let seen = wire.seen.lock().unwrap();
    let [first, second] = &seen[..] else { panic!("two requests") };
    assert_eq!(first.claim("nonce"), None);
    assert_eq!(second.claim("nonce").as_deref(), Some("n1"));
    assert_ne!(first.claim("jti"), second.claim("jti"));
    assert_eq!(first.body, second.body);
}

/// RFC 9449 §8; CL06.
#[tokio::test]
async fn a_server_that_is_never_content_is_left_alone() {
    let wire = Wire::answering([wants_nonce(&["n1"]), wants_nonce(&["n2"])]);
    let error = ask(&client(), &wire).await.unwrap_err();
    assert!(matches!(error, ClientError::NonceRetrySpent { .. }));
    assert_eq!((wire.sent(), error.again()), (2, Again::Later));
}

/// RFC 9449 §8, §8.1; CL06, CL14.
#[tokio::test]
async fn a_challenge_without_one_usable_nonce_is_an_error_and_no_loop() {
    for nonces in [&[][..], &["n1", "n2"], &["a b"], &["\"x\""]] {
        let wire = Wire::answering([wants_nonce(nonces)]);
        let error = ask(&client(), &wire).await.unwrap_err();
        assert!(matches!(error, ClientError::Nonce("gave none")), "{nonces:?}");
        assert_eq!(wire.sent(), 1);
    }
}

/// The status of a challenge, and where it stands, differ from server to server.
#[tokio::test]
async fn a_challenge_counts_in_the_body_and_in_the_header_at_400_and_401() {
    let nonce = ("dpop-nonce", "n1");
    let header = ("www-authenticate", r#"Bearer, dPOP error="use_dpop_nonce""#);
    let body = r#"{"error":"use_dpop_nonce"}"#;
    for challenge in
        [answer(401, &[nonce], body), answer(401, &[nonce, header], ""), answer(400, &[nonce, header], "")]
    {
        let wire = Wire::answering([challenge, granted("DPoP")]);
        assert!(ask(&client(), &wire).await.is_ok());
    }
}

/// RFC 9449 §8.2; CL07, CL10.
#[tokio::test]
async fn the_nonce_of_any_answer_is_used_next() {
    let client = client();
    let refused =
        answer(403, &[("dpop-nonce", "n2")], r#"{"error":"access_denied","error_description":"no"}"#);
    let wire = Wire::answering([
        granted("DPoP"),
        granted_with("DPoP", &[("dpop-nonce", "n1")]),
        refused,
        granted("DPoP"),
    ]);
    ask(&client, &wire).await.unwrap();
    ask(&client, &wire).await.unwrap();
    let error = ask(&client, &wire).await.unwrap_err();
    assert_eq!(error.refusal(), Some(ErrorCode::AccessDenied));
    ask(&client, &wire).await.unwrap();
    let nonces: Vec<_> = (0..4).map(|at| wire.with(at, |seen| seen.claim("nonce"))).collect();
    assert_eq!(nonces, [None, None, Some("n1".into()), Some("n2".into())]);
}

/// CL13: a request that got no answer is another proof when it is made again.
#[tokio::test]
async fn a_broken_connection_is_an_error_and_the_next_attempt_another_proof() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP")]).breaks_off());
    let error = ask(&client, &wire).await.unwrap_err();
    assert!(matches!(error, ClientError::Transport(_)));
    assert_eq!(error.again(), Again::Later);
    ask(&client, &wire).await.unwrap();
    assert_ne!(wire.with(0, |seen| seen.claim("jti")), wire.with(1, |seen| seen.claim("jti")));
}

/// CL15.
#[tokio::test]
async fn a_wrong_clock_is_learnt_from_the_answers() {
    let date = ("date", "Sun, 06 Nov 1994 07:49:37 GMT");
    let refused = answer(400, &[date], r#"{"error":"invalid_dpop_proof"}"#);
    let (client, wire) =
        (client(), Wire::answering([refused, granted_with("DPoP", &[date]), granted_with("DPoP", &[date])]));
    ask(&client, &wire).await.unwrap();
    ask(&client, &wire).await.unwrap();
    let iat = |at| wire.with(at, |seen| seen.claim("iat").unwrap().parse::<i64>().unwrap());
    assert_eq!([iat(0), iat(1), iat(2)], [784_111_777, 784_108_177, 784_108_177]);
}

#[tokio::test]
async fn a_bad_proof_under_a_right_clock_is_not_tried_twice() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:38 GMT");
    let wire = Wire::answering([answer(400, &[date], r#"{"error":"invalid_dpop_proof"}"#)]);
    let error = ask(&client(), &wire).await.unwrap_err();
    assert_eq!(error.refusal(), Some(ErrorCode::InvalidDpopProof));
}

/// CL11, CL16: neither tokens, nor secrets, nor the private key.
#[tokio::test]
async fn nothing_secret_is_printed() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP")]));
    let mut exchange = client.client_credentials(MachineRequest::default());
    let request = exchange
        .request(NOW, &keybound_client::proto::id::Jti::parse("j").unwrap())
        .unwrap()
        .sign_here()
        .unwrap();
    let printed = format!("{client:?} {exchange:?} {request:?}");
    let tokens = ask(&client, &wire).await.unwrap();
    let printed = format!("{printed} {tokens:?}");
    let proof = wire.with(0, |seen| seen.header("dpop").unwrap().to_owned());
    for secret in ["client-s3cret", TOKEN, proof.split('.').next().unwrap()] {
        assert!(!printed.contains(secret), "{secret}");
    }
}

/// RFC 9449 §5.1; CL18.
#[tokio::test]
async fn a_server_that_takes_other_algorithms_is_not_asked() {
    let mut metadata = metadata();
    metadata.dpop_signing_alg_values_supported = vec!["EdDSA".into(), "ES512".into()];
    let wire = Wire::default();
    let error = ask(&client_of(metadata), &wire).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server accepts proofs by EdDSA, ES512, and the key makes them by ES256"
    );
    assert_eq!(wire.sent(), 0);
}

/// RFC 6749 §5.1.
#[tokio::test]
async fn tokens_know_their_end_and_what_they_are_for() {
    let request = MachineRequest { scopes: Some(Scopes::parse("a b").unwrap()), ..MachineRequest::default() };
    let client = client();
    let wire = Wire::answering([granted("DPoP")]);
    let tokens = drive(client.client_credentials(request), &wire, &Standing).await.unwrap();
    assert_eq!(tokens.expires, Some(NOW.plus(Lifetime::seconds(60))));
    assert!(tokens.is_fresh(NOW, Lifetime::seconds(59)) && !tokens.is_fresh(NOW, Lifetime::seconds(60)));
    assert_eq!(tokens.scopes.unwrap().to_string(), "a b");
    assert_eq!(tokens.bound_to.as_ref(), client.key().map(DpopKey::thumbprint));
}

#[tokio::test]
async fn answers_that_are_no_answers_are_errors() {
    for (status, body) in [(200, "<html>"), (200, "{}"), (302, ""), (500, "oops"), (204, "")] {
        let error = ask(&client(), &Wire::answering([answer(status, &[], body)])).await.unwrap_err();
        assert!(matches!(error, ClientError::Answer(_) | ClientError::Status { .. }), "{status}");
    }
}
