//! RFC 9449 §8 and rows AS11 to AS18 of A1.2, as far as they need no server.

use std::collections::HashSet;

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Checked, DpopNonce, Expect, HeldBy, NonceKeys, NoncePurpose, NonceRule, Proof, ProofError},
    secret::Secret,
    time::{Lifetime, Timestamp},
};

use super::common::{Forge, NOW, URL, urls};

fn keys() -> NonceKeys {
    NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 0)
}

fn at(offset: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + offset)
}

fn judge(forge: &Forge, rule: NonceRule<'_>) -> Result<Checked, ProofError> {
    let urls = urls(URL);
    let expect = Expect { nonce: rule, ..Expect::new("POST", &urls, HeldBy::Anyone) };
    Proof::parse([forge.sign().as_bytes()])?.unwrap().check(&expect, &AwsLc, NOW)
}

fn with_nonce(nonce: &str) -> Forge {
    Forge::new().claim("nonce", nonce)
}

#[test]
fn as11_a_required_nonce_is_required() {
    let keys = keys();
    let rule = NonceRule::Required(&keys);
    let why = judge(&Forge::new(), rule).unwrap_err();
    assert_eq!(why, ProofError::NonceMissing);
    assert!(why.asks_for_nonce());
    assert!(judge(&with_nonce(keys.mint(NOW, &AwsLc).as_str()), rule).is_ok());
}

#[test]
fn an_optional_nonce_may_be_missing_but_not_wrong() {
    let keys = keys();
    let rule = NonceRule::Optional(&keys);
    assert!(
        judge(&Forge::new(), rule).unwrap().claimed(keybound_proto::dpop::Claim::First).unwrap().nonce_due()
    );
    assert_eq!(judge(&with_nonce("made-up"), rule).unwrap_err(), ProofError::NonceUnknown);
    assert!(judge(&with_nonce("made-up"), NonceRule::Off).is_ok());
    assert!(judge(&with_nonce(keys.mint(NOW, &AwsLc).as_str()), rule).is_ok());
}

#[test]
fn as12_a_forged_or_damaged_nonce_is_refused() {
    let keys = keys();
    let good = keys.mint(NOW, &AwsLc).to_string();
    assert_eq!(keys.open(&good, NOW, &AwsLc), Ok(NOW));
    for at in 0..good.len() {
        for other in ["A", "B", "_"] {
            let mut changed = good.clone();
            changed.replace_range(at..=at, other);
            if changed != good {
                assert_eq!(keys.open(&changed, NOW, &AwsLc), Err(ProofError::NonceUnknown), "{changed}");
            }
        }
    }
    for bad in ["", &good[..31], &format!("{good}A"), &"A".repeat(32), &"ä".repeat(16)] {
        assert_eq!(keys.open(bad, NOW, &AwsLc), Err(ProofError::NonceUnknown));
        assert!(judge(&with_nonce(bad), NonceRule::Required(&keys)).unwrap_err().asks_for_nonce());
    }
    assert_eq!(keys.open(&good, NOW, &AwsLc), Ok(NOW));
}

#[test]
fn as12_nonces_show_neither_time_nor_order_and_never_repeat() {
    let keys = keys();
    let nonces: Vec<String> = (0..10_000).map(|n| keys.mint(at(n), &AwsLc).to_string()).collect();
    assert_eq!(nonces.iter().collect::<HashSet<_>>().len(), nonces.len());
    // Behind version, cell and key id, neighbours share no more characters than strangers would.
    let shared: usize = nonces
        .windows(2)
        .map(|pair| pair[0][4..].bytes().zip(pair[1][4..].bytes()).filter(|(a, b)| a == b).count())
        .sum();
    let average = shared as f64 / nonces.len() as f64;
    assert!((0.3..0.6).contains(&average), "{average}");
}

#[test]
fn as13_a_nonce_of_somebody_else_is_refused() {
    let keys = keys();
    let good = keys.mint(NOW, &AwsLc).to_string();
    for other in [
        NonceKeys::new(Secret::new([2; 32]), NoncePurpose::AuthorizationServer, 0),
        NonceKeys::new(Secret::new([1; 32]), NoncePurpose::ResourceServer, 0),
        NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 1),
    ] {
        assert_eq!(other.open(&good, NOW, &AwsLc), Err(ProofError::NonceUnknown));
        assert_eq!(keys.open(other.mint(NOW, &AwsLc).as_str(), NOW, &AwsLc), Err(ProofError::NonceUnknown));
    }
    let twin = NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 0);
    assert_eq!(twin.open(&good, NOW, &AwsLc), Ok(NOW));
}

/// RFC 9449 §8.1.
#[test]
fn as15_a_nonce_is_made_of_allowed_characters() {
    let nonce = keys().mint(NOW, &AwsLc);
    assert_eq!(nonce.as_str().len(), 32);
    assert_eq!(DpopNonce::parse(nonce.as_str()), Some(nonce));
    for bad in ["", "a\"b", "a\\b", "a b", "a\u{7F}", "ä", "a\r\nSet-Cookie: x"] {
        assert_eq!(DpopNonce::parse(bad), None, "{bad}");
    }
}

/// RFC 9449 §8.2.
#[test]
fn as16_previous_nonces_are_accepted_through_two_epochs_of_keys() {
    let keys = keys().with_lifetime(Lifetime::seconds(600));
    for start in [0, 599, 600, 3599, 3600, 7199] {
        let given = at(start);
        let nonce = keys.mint(given, &AwsLc).to_string();
        for age in [0, 1, 300, 599, 600] {
            assert_eq!(keys.open(&nonce, at(start + age), &AwsLc), Ok(given), "{start} + {age}");
        }
        let why = keys.open(&nonce, at(start + 601), &AwsLc).unwrap_err();
        assert_eq!(why, ProofError::NonceExpired { age: 601, limit: Lifetime::seconds(600) });
        assert!(why.asks_for_nonce());
    }
    assert!(keys.open(keys.mint(at(0), &AwsLc).as_str(), at(3 * 3600), &AwsLc).is_err());
}

#[test]
fn as16_a_long_life_makes_the_keys_live_longer() {
    let keys = keys().with_lifetime(Lifetime::seconds(86_400));
    let nonce = keys.mint(at(0), &AwsLc).to_string();
    assert_eq!(keys.open(&nonce, at(86_400), &AwsLc), Ok(at(0)));
    let short = NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 0)
        .with_lifetime(Lifetime::seconds(10))
        .with_epoch(Lifetime::seconds(1));
    let nonce = short.mint(at(0), &AwsLc).to_string();
    assert_eq!(short.open(&nonce, at(10), &AwsLc), Ok(at(0)));
}

#[test]
fn a_fresh_nonce_is_due_when_the_presented_one_is_past_half_its_life() {
    let keys = keys().with_lifetime(Lifetime::seconds(600));
    let due = |age: i64| {
        let forge = with_nonce(keys.mint(at(-age), &AwsLc).as_str());
        let checked = judge(&forge, NonceRule::Required(&keys)).unwrap();
        checked.claimed(keybound_proto::dpop::Claim::First).unwrap().nonce_due()
    };
    assert!(!due(0) && !due(300));
    assert!(due(301) && due(600));
}

#[test]
fn as18_the_nonce_is_judged_after_the_signature() {
    let keys = keys();
    let mut forge = with_nonce("made-up");
    forge.header["jwk"] = Forge::new().header["jwk"].clone();
    let why = judge(&forge, NonceRule::Required(&keys)).unwrap_err();
    assert_eq!(why, ProofError::Signature);
    assert!(!why.asks_for_nonce());
}

#[test]
fn a_fresh_nonce_makes_a_wrong_clock_harmless() {
    let keys = keys();
    let nonce = keys.mint(NOW, &AwsLc).to_string();
    for offset in [-86_400, -3600, 3600, 86_400 * 365] {
        let iat = NOW.as_unix() + offset;
        let wrong = || Forge::new().claim("iat", iat);
        let why = judge(&wrong(), NonceRule::Optional(&keys)).unwrap_err();
        assert!(why.asks_for_nonce() && why.to_string().contains(" s "), "{why}");
        let checked = judge(&wrong().claim("nonce", nonce.as_str()), NonceRule::Optional(&keys)).unwrap();
        // It is remembered for as long as its nonce lives, whatever its clock says.
        assert_eq!(checked.replay_key().1, at(3601));
        let lived = wrong().claim("nonce", nonce.as_str()).claim("nbf", iat).claim("exp", iat + 60);
        assert!(judge(&lived, NonceRule::Required(&keys)).is_ok());
    }
    let why = judge(&Forge::new().claim("iat", NOW.as_unix() - 3600), NonceRule::Off).unwrap_err();
    assert!(!why.asks_for_nonce());
    // A clock that may be right is believed: what it says has expired has expired.
    let expired = with_nonce(&nonce).claim("exp", NOW.as_unix() - 1);
    assert_eq!(judge(&expired, NonceRule::Required(&keys)).unwrap_err().code(), "proof.expired");
}

#[test]
fn a_nonce_that_must_be_exactly_one_is_that_one() {
    let rule = NonceRule::Exactly("abc");
    assert!(judge(&with_nonce("abc"), rule).is_ok());
    assert_eq!(judge(&with_nonce("abd"), rule).unwrap_err(), ProofError::NonceUnknown);
    assert_eq!(judge(&Forge::new(), rule).unwrap_err(), ProofError::NonceMissing);
    assert_eq!(judge(&Forge::new().claim("nonce", 7), rule).unwrap_err().code(), "proof.member_missing");
}

#[test]
fn nonce_keys_do_not_print_their_secret() {
    let shown = format!("{:?}", keys());
    assert!(shown.contains("AuthorizationServer") && !shown.contains("secret"), "{shown}");
}
