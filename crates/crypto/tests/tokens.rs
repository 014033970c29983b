//! Tokens: from claims to text and back (RFC 7519), with every check a verifier owes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    id::Kid,
    jose::{
        Alg, AlgSet, BadSignature, Claims, JwsError, JwtError, KeySet, Sign as _, Unverified, Verified, mint,
        sign_compact,
    },
    time::{Lifetime, Timestamp},
};
use serde_json::{Value, json};

fn key(alg: Alg, kid: &str) -> SigningKey {
    SigningKey::generate(alg).unwrap().with_kid(Kid::parse(kid).unwrap())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn claims(json: &Value) -> Claims {
    Claims::read(json.to_string().as_bytes()).unwrap()
}

fn refused(payload: &str) -> JwtError {
    Claims::read(payload.as_bytes()).unwrap_err()
}

#[test]
fn what_is_minted_is_verified_and_says_the_same() {
    for alg in Alg::ALL {
        let key = key(alg, "k1");
        let body = json!({ "iss": "https://a/", "sub": "u", "aud": ["x", "y"], "exp": 20, "nbf": 5, "iat": 10.9, "jti": "j" });
        let token = mint("at+jwt", &body, &key).unwrap();
        let unverified = Unverified::parse(token.as_bytes()).unwrap();
        assert_eq!((unverified.alg(), unverified.kid().unwrap().as_str()), (alg, "k1"));
        assert_eq!(unverified.unbelieved().issuer(), Some("https://a/"));
        let verified = unverified.verify(&AwsLc, key.public(), AlgSet::ALL).unwrap();
        assert_eq!(
            (verified.alg(), verified.kid().unwrap().as_str(), verified.typ()),
            (alg, "k1", Some("at+jwt"))
        );
        let claims = verified.into_claims();
        assert_eq!(
            (claims.issuer(), claims.subject(), claims.id()),
            (Some("https://a/"), Some("u"), Some("j"))
        );
        assert_eq!(claims.audiences().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(
            (claims.expires(), claims.not_before(), claims.issued()),
            (Some(at(20)), Some(at(5)), Some(at(10)))
        );
        assert_eq!(Value::from(claims.members().to_serde()), body);
    }
}

/// RFC 7515 §5.2: the signature covers header and payload.
#[test]
fn no_character_of_a_token_can_be_changed() {
    let key = key(Alg::EdDsa, "k");
    let token = mint("JWT", &json!({ "sub": "u" }), &key).unwrap();
    for place in 0..token.len() {
        let mut bent = token.clone().into_bytes();
        bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
        let outcome =
            Unverified::parse(&bent).and_then(|token| token.verify(&AwsLc, key.public(), AlgSet::ALL));
        assert!(outcome.is_err(), "{place}");
    }
}

/// RFC 8725 §3.1: the verifier says which algorithms, never the token; conformance A2.
#[test]
fn only_the_algorithms_that_are_wanted_here_are_accepted() {
    let key = key(Alg::Rs256, "k");
    let token = mint("JWT", &json!({}), &key).unwrap();
    let verify =
        |algs| Unverified::parse(token.as_bytes()).unwrap().verify(&AwsLc, key.public(), algs).map(|_| ());
    assert_eq!(verify(AlgSet::ES256), Err(JwtError::Alg { found: Alg::Rs256 }));
    assert_eq!(verify(AlgSet::of(&[Alg::Rs256])), Ok(()));
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#] {
        let token = sign_compact(header.as_bytes(), b"{}", &key).unwrap();
        assert!(
            matches!(Unverified::parse(token.as_bytes()), Err(JwtError::Jws(JwsError::Alg { .. }))),
            "{header}"
        );
    }
}

#[test]
fn a_key_set_is_searched_by_name_and_else_by_algorithm() {
    let (first, second, foreign) = (key(Alg::Rs256, "a"), key(Alg::Rs256, "b"), key(Alg::Rs256, "c"));
    let elliptic = key(Alg::Es256, "a");
    let keys: Vec<_> = [&first, &elliptic, &second].into_iter().map(|key| key.public().clone()).collect();
    let set = KeySet::parse(KeySet::new(keys).to_json().to_string().as_bytes()).unwrap();
    let verify = |token: &str| {
        Unverified::parse(token.as_bytes()).unwrap().verify_with(&AwsLc, &set, AlgSet::ALL).map(|_| ())
    };
    for key in [&first, &second, &elliptic] {
        assert_eq!(verify(&mint("JWT", &json!({}), key).unwrap()), Ok(()));
    }
    assert_eq!(verify(&mint("JWT", &json!({}), &foreign).unwrap()), Err(JwtError::NoKey));
    let unnamed = |key: &SigningKey| sign_compact(br#"{"alg":"RS256"}"#, b"{}", key).unwrap();
    assert_eq!(verify(&unnamed(&second)), Ok(()));
    assert_eq!(verify(&unnamed(&foreign)), Err(JwtError::Signature(BadSignature)));
    let lying = sign_compact(br#"{"alg":"RS256","kid":"a"}"#, b"{}", &second).unwrap();
    assert_eq!(verify(&lying), Err(JwtError::Signature(BadSignature)));
}

/// `kid` need not be unique (RFC 7517 §4.5): all that bear it are tried; conformance A2.
#[test]
fn keys_that_share_a_name_are_all_tried() {
    let twins = [key(Alg::Es256, "k"), key(Alg::Es256, "k"), key(Alg::Es256, "k")];
    let set = KeySet::new(twins.iter().map(|key| key.public().clone()).collect());
    for twin in &twins {
        let token = mint("JWT", &json!({}), twin).unwrap();
        assert!(Unverified::parse(token.as_bytes()).unwrap().verify_with(&AwsLc, &set, AlgSet::ALL).is_ok());
    }
}

/// RFC 7519 §4.1.4 and §4.1.5, at the edge and one second beyond; conformance A2.
#[test]
fn exp_and_nbf_are_exact_to_the_second() {
    let both = claims(&json!({ "exp": 100, "nbf": 50 }));
    assert_eq!(both.check_time(at(99), Lifetime::ZERO), Ok(()));
    assert_eq!(both.check_time(at(100), Lifetime::ZERO), Err(JwtError::Expired { ago: 0 }));
    assert_eq!(both.check_time(at(50), Lifetime::ZERO), Ok(()));
    assert_eq!(both.check_time(at(49), Lifetime::ZERO), Err(JwtError::NotYet { early: 1 }));
    assert_eq!(both.check_time(at(109), Lifetime::seconds(10)), Ok(()));
    assert_eq!(both.check_time(at(110), Lifetime::seconds(10)), Err(JwtError::Expired { ago: 10 }));
    assert_eq!(both.check_time(at(40), Lifetime::seconds(10)), Ok(()));
    assert_eq!(both.check_time(at(39), Lifetime::seconds(10)), Err(JwtError::NotYet { early: 11 }));
    assert_eq!(claims(&json!({})).check_time(at(0), Lifetime::ZERO), Err(JwtError::Missing { name: "exp" }));
}

/// A number no clock reaches saturates: it neither overflows nor lives for ever by wrapping round; conformance A2.
#[test]
fn times_beyond_all_clocks_do_not_overflow() {
    let far = claims(&json!({ "exp": 1e300, "nbf": -1e300 }));
    assert_eq!(far.check_time(at(i64::MAX - 1), Lifetime::seconds(u32::MAX)), Ok(()));
    let past = claims(&json!({ "exp": -1e300 }));
    assert!(matches!(
        past.check_time(at(0), Lifetime::seconds(u32::MAX)),
        Err(JwtError::Expired { ago: i64::MAX })
    ));
    let future = claims(&json!({ "exp": 1e300, "nbf": 1e300 }));
    assert!(matches!(future.check_time(at(0), Lifetime::seconds(u32::MAX)), Err(JwtError::NotYet { .. })));
}

/// RFC 7519 §4.1.1 and §4.1.3: compared as they stand.
#[test]
fn issuer_and_audience_are_compared_character_by_character() {
    let one = claims(&json!({ "iss": "https://a/", "aud": "x" }));
    assert_eq!(one.check_issuer("https://a/"), Ok(()));
    assert_eq!(one.check_issuer("https://a"), Err(JwtError::Issuer));
    assert_eq!(one.check_audience("x"), Ok(()));
    assert_eq!(one.check_audience("X"), Err(JwtError::Audience));
    assert_eq!(claims(&json!({ "aud": ["x", "y"] })).check_audience("y"), Ok(()));
    assert_eq!(claims(&json!({ "aud": [] })).check_audience("y"), Err(JwtError::Audience));
    assert_eq!(claims(&json!({})).check_audience("y"), Err(JwtError::Missing { name: "aud" }));
    assert_eq!(claims(&json!({})).check_issuer("y"), Err(JwtError::Missing { name: "iss" }));
}

/// RFC 8725 §3.11; `conformance` P48; conformance A5.
#[test]
fn a_token_of_one_type_is_not_taken_for_another() {
    let key = key(Alg::Es256, "k");
    let verified = |header: &str| -> Verified {
        let token = sign_compact(header.as_bytes(), b"{}", &key).unwrap();
        Unverified::parse(token.as_bytes()).unwrap().verify(&AwsLc, key.public(), AlgSet::ALL).unwrap()
    };
    let access = verified(r#"{"alg":"ES256","typ":"application/AT+jwt"}"#);
    assert_eq!(access.check_type(&["JWT", "at+jwt"]), Ok(()));
    assert_eq!(access.check_type(&["dpop+jwt"]), Err(JwtError::Type));
    assert_eq!(verified(r#"{"alg":"ES256"}"#).check_type(&["JWT"]), Err(JwtError::Missing { name: "typ" }));
}

/// RFC 7519 §4.1 and RFC 8259; `conformance` P46 and A2.
#[test]
fn registered_claims_of_the_wrong_type_and_strange_payloads_are_refused() {
    for bad in [
        r#"{"exp":"1"}"#,
        r#"{"exp":true}"#,
        r#"{"exp":null}"#,
        r#"{"nbf":[]}"#,
        r#"{"iat":{}}"#,
        r#"{"iss":1}"#,
        r#"{"sub":null}"#,
        r#"{"jti":{}}"#,
        r#"{"aud":1}"#,
        r#"{"aud":["a",1]}"#,
        r#"{"aud":{}}"#,
    ] {
        assert!(matches!(refused(bad), JwtError::Member(_)), "{bad}");
    }
    for bad in ["", "[]", "\"x\"", "null", "{}x", "\u{FEFF}{}", r#"{"exp":1,"e\u0078p":2}"#, r#"{"exp":NaN}"#]
    {
        assert!(matches!(refused(bad), JwtError::Jws(JwsError::Json { part: "payload", .. })), "{bad}");
    }
}

/// `conformance` A2: size is checked before anything is decoded.
#[test]
fn a_token_beyond_16_kib_is_refused_unread() {
    let limit = Unverified::LIMIT;
    let long = "a".repeat(limit + 1);
    let error = Unverified::parse(long.as_bytes()).unwrap_err();
    assert_eq!(error, JwtError::Jws(JwsError::TooLong { found: limit + 1, limit }));
}

/// Conformance A2.
#[test]
fn a_kid_that_is_no_identifier_is_refused() {
    let key = key(Alg::Es256, "k");
    for kid in ["7", "\"\"", &format!("\"{}\"", "k".repeat(300)), "\"a\\nb\""] {
        let token =
            sign_compact(format!(r#"{{"alg":"ES256","kid":{kid}}}"#).as_bytes(), b"{}", &key).unwrap();
        assert!(
            matches!(Unverified::parse(token.as_bytes()), Err(JwtError::Member(_) | JwtError::Jws(_))),
            "{kid}"
        );
    }
}
