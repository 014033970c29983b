//! P31 to P35, P43: when a proof was made.

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{NonceKeys, NoncePurpose, NonceRule, ProofError, Window},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use serde_json::{Value, json};

use super::common::{Forge, NOW, URL, accepted, check, check_with, refused};

fn at(offset: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + offset)
}

fn payload(iat: &str) -> String {
    Forge::new().sign_payload(format!(r#"{{"jti":"a","htm":"POST","htu":"{URL}","iat":{iat}}}"#))
}

#[test]
fn p31_another_time_is_refused() {
    for iat in [NOW.as_unix() - 3600, 0, -1, i64::MIN] {
        refused(&payload(&iat.to_string()), "proof.iat_too_old");
    }
    for iat in [NOW.as_unix() + 3600, 1 << 53, i64::MAX] {
        refused(&payload(&iat.to_string()), "proof.iat_in_future");
    }
    for iat in ["1e300", "9".repeat(300).as_str()] {
        refused(&payload(iat), "proof.iat_in_future");
    }
    for iat in ["-1e300", "-9e18"] {
        refused(&payload(iat), "proof.iat_too_old");
    }
    for iat in ["NaN", "Infinity", "+1", "01", "0x10", ".5", "1.", "1e400", "-1e400"] {
        refused(&payload(iat), "proof.claims_malformed");
    }
    for iat in [json!("123"), json!(NOW.as_unix().to_string()), json!(true), Value::Null, json!([1])] {
        refused(&Forge::new().claim("iat", iat).sign(), "proof.member_missing");
    }
    refused(&Forge::new().claim("iat", NOW.as_unix() * 1000).sign(), "proof.iat_in_future");
}

#[test]
fn p31_a_refusal_for_time_names_the_offset() {
    let why = check(&Forge::new().claim("iat", NOW.as_unix() - 3600).sign()).unwrap_err();
    assert_eq!(why.to_string(), "the clock that made it is 3600 s behind ours; at most 60 s are allowed");
    assert!(why.found().unwrap().contains("3600 s behind"));
    assert_eq!(why.expected(), Some(format!("iat {}", NOW.as_unix())));
    let why = check(&Forge::new().claim("iat", NOW.as_unix() + 90).sign()).unwrap_err();
    assert_eq!(why.to_string(), "the clock that made it is 90 s ahead of ours; at most 30 s are allowed");
}

#[test]
fn p32_ten_seconds_either_way_are_accepted() {
    for offset in [-10, 0, 10] {
        accepted(&Forge::new().claim("iat", NOW.as_unix() + offset).sign());
    }
}

#[test]
fn p33_the_window_ends_where_it_says() {
    let proof = |offset: i64| Forge::new().claim("iat", NOW.as_unix() + offset).sign();
    accepted(&proof(-60));
    refused(&proof(-61), "proof.iat_too_old");
    accepted(&proof(30));
    refused(&proof(31), "proof.iat_in_future");
    let wide = Window { past: Lifetime::seconds(300), future: Lifetime::seconds(0) };
    let judge = |offset| check_with(&proof(offset), NOW, |expect| expect.window = wide);
    assert!(judge(-300).is_ok() && judge(0).is_ok());
    assert_eq!(judge(-301).unwrap_err().code(), "proof.iat_too_old");
    assert_eq!(judge(1).unwrap_err().code(), "proof.iat_in_future");
}

#[test]
fn p33_a_proof_is_remembered_until_it_can_no_longer_be_accepted() {
    for offset in [-60, 0, 30] {
        let proof = Forge::new().claim("iat", NOW.as_unix() + offset).sign();
        let (_, until) = check(&proof).unwrap().replay_key();
        let last = (0..200).map(at).rfind(|now| check_with(&proof, *now, |_| {}).is_ok()).unwrap();
        assert!(until > last, "{offset}");
    }
}

/// RFC 7519 §2: a `NumericDate` may have a fraction.
#[test]
fn p34_a_fraction_of_a_second_is_cut_off() {
    let now = NOW.as_unix();
    accepted(&payload(&format!("{now}.5")));
    accepted(&payload(&format!("{}.999", now + 30)));
    accepted(&payload(&format!("{}e-3", (now * 1000) + 123)));
    refused(&payload(&format!("{}.999", now - 61)), "proof.iat_too_old");
    refused(&payload(&format!("{}.001", now + 31)), "proof.iat_in_future");
}

#[test]
fn p35_nbf_and_exp_are_honoured_where_they_are_there() {
    let now = NOW.as_unix();
    let with = |nbf: i64, exp: i64| Forge::new().claim("nbf", nbf).claim("exp", exp).sign();
    accepted(&with(now, now + 300));
    accepted(&with(now + 20, now + 300));
    refused(&with(now, now), "proof.expired");
    refused(&with(now - 100, now - 1), "proof.expired");
    refused(&with(now + 3600, now + 7200), "proof.not_yet_valid");
    refused(&Forge::new().claim("exp", "soon").sign(), "proof.member_missing");
    refused(&Forge::new().claim("nbf", Value::Null).sign(), "proof.member_missing");
}

#[test]
fn p43_what_was_made_before_the_memory_began_is_not_accepted() {
    let boot = at(-5);
    let judge = |offset: i64| {
        let proof = Forge::new().claim("iat", NOW.as_unix() + offset).sign();
        check_with(&proof, NOW, |expect| expect.remembered_since = Some(boot))
    };
    let why = judge(-6).unwrap_err();
    assert_eq!(why, ProofError::BeforeMemory { remedied_by_nonce: false });
    assert!(!why.asks_for_nonce());
    assert_eq!(judge(-5).unwrap_err().code(), "proof.before_restart");
    assert!(judge(-4).is_ok());
}

#[test]
fn p43_a_nonce_settles_whether_a_proof_is_older_than_the_memory() {
    let boot = at(-5);
    let keys = NonceKeys::new(Secret::new([1; 32]), NoncePurpose::ResourceServer, 0);
    let judge = |forge: Forge| {
        let urls = super::common::urls(URL);
        let expect = keybound_proto::dpop::Expect {
            nonce: NonceRule::Optional(&keys),
            remembered_since: Some(boot),
            ..keybound_proto::dpop::Expect::new("POST", &urls, keybound_proto::dpop::HeldBy::Anyone)
        };
        let proof = forge.sign();
        keybound_proto::dpop::Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW)
    };
    let nonce = |given| keys.mint(given, &AwsLc).to_string();
    // A clock that is 30 s ahead may date a proof of before the start after it: without a nonce nobody can tell.
    assert!(judge(Forge::new()).unwrap_err().asks_for_nonce());
    assert_eq!(judge(Forge::new().claim("nonce", nonce(at(-6)))).unwrap_err().code(), "proof.before_restart");
    assert!(judge(Forge::new().claim("nonce", nonce(at(-6)))).unwrap_err().asks_for_nonce());
    assert!(judge(Forge::new().claim("nonce", nonce(at(-4)))).is_ok());
    assert!(judge(Forge::new().claim("iat", NOW.as_unix() + 26)).is_ok());
    // In the second of the start itself, nonces are given out that are younger than it.
    let keys = keys.remembered_since(boot);
    assert_eq!(keys.open(keys.mint(boot, &AwsLc).as_str(), boot, &AwsLc), Ok(at(-4)));
}
