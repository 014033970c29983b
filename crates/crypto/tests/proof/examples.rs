//! P50: the proofs printed in RFC 9449, with the clock turned back to when they were made.

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Claim, Expect, HeldBy, Proof, TokenHash},
    jose::Thumbprint,
    time::Timestamp,
    uri::Htu,
};
use serde_json::Value;

/// The transcribed examples; `None` when the contract is not there.
fn examples() -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "where the contract lies is told by the environment alone")]
    let Some(folder) = std::env::var_os("KEYBOUND_CONTRACT") else {
        println!("skipped: KEYBOUND_CONTRACT is not set");
        return None;
    };
    let path = std::path::Path::new(&folder).join("contract/rfc-examples.json");
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

#[test]
fn p50_the_proofs_of_rfc_9449_verify_at_their_time_and_are_stale_now() {
    let Some(examples) = examples() else { return };
    let rfc = &examples["rfc9449"];
    let holder = Thumbprint::parse(rfc["jkt"].as_str().unwrap()).unwrap();
    let token = TokenHash::of(rfc["access_token"].as_str().unwrap(), &AwsLc);
    let proofs = rfc["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    let mut remembered = Vec::new();
    for proof in proofs {
        let text = |name: &str| proof[name].as_str().unwrap();
        let urls = [Htu::parse(text("htu")).unwrap()];
        let expect = Expect {
            token: proof.get("ath").map(|_| &token),
            ..Expect::new(text("htm"), &urls, HeldBy::Key(&holder))
        };
        let check =
            |now| Proof::parse([text("jwt").as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, now);
        let made = Timestamp::from_unix(proof["iat"].as_i64().unwrap());
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
