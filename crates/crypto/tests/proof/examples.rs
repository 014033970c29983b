//! P50: the proofs printed in RFC 9449, with the clock turned back to when they were made.

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Claim, Expect, HeldBy, Proof, TokenHash},
    jose::Thumbprint,
    time::Timestamp,
    uri::Htu,
};
use serde_json::Value;

const VECTORS: &str = include_str!("../../../proto/tests/vectors/rfc9449.json");

#[test]
fn p50_the_proofs_of_rfc_9449_verify_at_their_time_and_are_stale_now() {
    let rfc: Value = serde_json::from_str(VECTORS).unwrap();
    let holder = Thumbprint::parse(rfc["thumbprint"].as_str().unwrap()).unwrap();
    let token = TokenHash::of(rfc["token"].as_str().unwrap(), &AwsLc);
    let proofs = rfc["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    let mut remembered = Vec::new();
    for proof in proofs {
        let text = |name: &str| proof[name].as_str().unwrap();
        let lines = proof["lines"].as_array().unwrap().iter();
        let jwt: String = lines.map(|line| line.as_str().unwrap()).collect();
        let urls = [Htu::parse(text("url")).unwrap()];
        // Only the last of the three goes with an access token (RFC 9449 §7.1).
        let with_token = remembered.len() == 2;
        let expect = Expect {
            token: with_token.then_some(&token),
            ..Expect::new(text("method"), &urls, HeldBy::Key(&holder))
        };
        let check = |now| Proof::parse([jwt.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, now);
        let made = Timestamp::from_unix(proof["issued"].as_i64().unwrap());
        let (key, until) = check(made).unwrap().replay_key();
        assert!(check(made).unwrap().claimed(Claim::First).is_ok());
        let why = check(Timestamp::from_unix(1_800_000_000)).unwrap_err();
        assert_eq!(why.code(), "proof.iat_too_old");
        remembered.push((key, until, made));
    }
    // The refresh example repeats the `jti` of the code example, long after it has been forgotten.
    assert_eq!(remembered[0].0, remembered[1].0);
    assert!(remembered[0].1 < remembered[1].2);
    assert_ne!(remembered[0].0, remembered[2].0);
}
