//! Properties: what is written is read back, and nothing that is thrown at a reader makes it panic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use keybound_crypto::{AwsLc, SigningKey, seal::SealKey};
use keybound_proto::{
    jose::{
        Alg, AlgSet, Compact, Header, Jwk, KeySet, Sign as _, Thumbprint, Unverified, decode_base64url,
        encode_base64url, json, mint,
    },
    secret::Secret,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::EdDsa).unwrap());

/// Values of every kind, not too deep; numbers are integers, since serde rounds others.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[^\0]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec(("[^\0]{0,6}", inner), 0..25).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    vec(("[^\0]{0,6}", value()), 0..25).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn base64url_reads_what_it_wrote_and_only_in_that_spelling(bytes in vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        let text = encode_base64url(&bytes);
        prop_assert_eq!(decode_base64url(&text).unwrap(), bytes);
        for stray in ['=', ' ', '\n', '+', '/'] {
            let mut other = text.clone();
            other.insert(at.index(text.len() + 1), stray);
            prop_assert!(decode_base64url(&other).is_err());
        }
    }

    #[test]
    fn a_text_that_is_read_is_written_the_same(text in "[A-Za-z0-9_-]{0,64}") {
        if let Ok(bytes) = decode_base64url(&text) {
            prop_assert_eq!(encode_base64url(bytes), text);
        }
    }

    #[test]
    fn json_is_read_as_serde_reads_it(value in object()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let ours = json::object(text.as_bytes()).unwrap();
            prop_assert_eq!(Value::from(ours.to_serde()), value.clone());
            prop_assert_eq!(Value::from(ours.into_owned().to_serde()), value.clone());
        }
    }

    #[test]
    fn json_that_we_read_serde_reads_too(text in r#"[\{\}\[\]",:0-9eE+\-.\\/ua-f \tnulltruefalse]{0,40}"#) {
        let text = format!("{{{text}}}");
        if let Ok(ours) = json::object(text.as_bytes()) {
            if let Ok(theirs) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(Value::from(ours.to_serde()), theirs);
            } else {
                // The one thing serde refuses and the grammar allows: a number too large for a float.
                prop_assert!(text.contains(['e', 'E']) || text.len() > 300);
            }
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_minted(members in vec(("[^\0]{1,6}", value()), 0..6)) {
        let registered = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
        let claims: Value = members.into_iter().filter(|(name, _)| !registered.contains(&name.as_str())).collect();
        let token = mint("JWT", &claims, &*KEY).unwrap();
        let verified = Unverified::parse(token.as_bytes()).unwrap().verify(&AwsLc, KEY.public(), AlgSet::ALL).unwrap();
        prop_assert_eq!(Value::from(verified.claims().members().to_serde()), claims);
    }

    #[test]
    fn a_key_is_read_as_it_was_written(x in any::<[u8; 32]>(), y in any::<[u8; 32]>()) {
        let text = serde_json::json!({ "kty": "EC", "crv": "P-256", "x": encode_base64url(x), "y": encode_base64url(y) });
        let key = Jwk::parse(text.to_string().as_bytes()).unwrap();
        prop_assert_eq!(key.to_json(), text);
        let thumbprint = Thumbprint::of(&key, &AwsLc);
        prop_assert_eq!(Thumbprint::parse(&thumbprint.to_string()).unwrap(), thumbprint);
    }

    #[test]
    fn what_is_sealed_opens_and_nothing_else_does(place in vec(any::<u8>(), 0..20), bytes in vec(any::<u8>(), 0..100), noise in vec(any::<u8>(), 0..100)) {
        let key = SealKey::derive(&Secret::new([7; 32]), "test");
        let opened = key.open(&place, &key.seal(&place, &bytes)).unwrap();
        prop_assert_eq!(opened.reveal(), &bytes);
        prop_assert!(key.open(&place, &noise).is_err());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = json::object(&bytes);
        let _ = Jwk::parse(&bytes);
        let _ = KeySet::parse(&bytes);
        let _ = Header::read(&bytes);
        let _ = Unverified::parse(&bytes);
        if let Ok(compact) = Compact::parse(&bytes, 300) {
            let _ = (compact.header(), compact.payload(), compact.signature());
        }
    }

    #[test]
    fn no_claims_make_a_token_reader_panic(text in r#"\{("(iss|sub|aud|exp|nbf|iat|jti)":(-?[0-9]{1,30}(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?|"x"|\["x"\]|null),?){0,4}\}"#) {
        let token = format!("eyJhbGciOiJFUzI1NiJ9.{}.AAAA", encode_base64url(text));
        if let Ok(token) = Unverified::parse(token.as_bytes()) {
            use keybound_proto::time::{Lifetime, Timestamp};
            let _ = token.unbelieved().check_time(Timestamp::from_unix(i64::MAX), Lifetime::seconds(u32::MAX));
            let _ = token.unbelieved().check_time(Timestamp::from_unix(i64::MIN), Lifetime::seconds(u32::MAX));
        }
    }
}
