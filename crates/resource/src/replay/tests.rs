use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    dpop::{Draft, Expect, HeldBy, Proof, ProofBuilder},
    id::Jti,
    jose::Alg,
    uri::Htu,
};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Keys as proofs have them: hashes of a thumbprint and a number.
fn keys(count: usize) -> Vec<ReplayKey> {
    let builder = ProofBuilder::new(SigningKey::generate(Alg::Es256).unwrap(), &AwsLc);
    let urls = [Htu::parse("https://a.example/").unwrap()];
    let key = |n: usize| {
        let jti = Jti::parse(&format!("jti-{n}")).unwrap();
        let draft = Draft { jti: &jti, method: "GET", url: &urls[0], now: NOW, token: None, nonce: None };
        let proof = builder.prove(&draft).unwrap();
        let proof = Proof::parse([proof.as_bytes()]).unwrap().unwrap();
        proof.check(&Expect::new("GET", &urls, HeldBy::Anyone), &AwsLc, NOW).unwrap().replay_key().0
    };
    (0..count).map(key).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + seconds)
}

/// A well spread number, never zero.
fn spread(n: u64) -> u128 {
    let mixed = |salt: u64| {
        let mut z = (n ^ salt).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u128::from(z ^ (z >> 31))
    };
    (mixed(1) << 64 | mixed(2)).max(1)
}

#[test]
fn a_proof_is_first_once_and_forgotten_when_its_time_is_over() {
    let memory = ReplayMemory::new(100);
    let [key, other] = keys(2).try_into().unwrap();
    assert_eq!(memory.claim(&key, at(10), at(0)), Claim::First);
    assert_eq!(memory.claim(&key, at(10), at(0)), Claim::Again);
    assert_eq!(memory.claim(&key, at(10), at(10)), Claim::Again);
    assert_eq!(memory.claim(&other, at(10), at(10)), Claim::First);
    assert_eq!(memory.claim(&key, at(30), at(11)), Claim::First);
    assert_eq!(memory.claim(&key, at(30), at(11)), Claim::Again);
}

#[test]
fn a_full_memory_says_so_and_forgets_nothing() {
    let memory = ReplayMemory::new(20);
    let keys = keys(22);
    for key in &keys[..20] {
        assert_eq!(memory.claim(key, at(60), at(0)), Claim::First);
    }
    for now in 0..=60 {
        assert_eq!(memory.claim(&keys[20], at(now + 60), at(now)), Claim::Full);
        assert!(keys[..20].iter().all(|key| memory.claim(key, at(60), at(now)) == Claim::Again));
    }
    assert_eq!(memory.claim(&keys[20], at(121), at(61)), Claim::First);
    assert_eq!(memory.claim(&keys[0], at(121), at(61)), Claim::First);
    assert_eq!(memory.claim(&keys[20], at(121), at(61)), Claim::Again);
}

/// P42, in one process.
#[test]
fn of_fifty_claims_at_once_exactly_one_is_first() {
    let memory = ReplayMemory::new(10_000);
    for key in keys(20) {
        let first = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    if memory.claim(&key, at(60), at(0)) == Claim::First {
                        first.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(first.into_inner(), 1);
    }
}

/// P40: what a proof costs does not depend on its `jti`, and is at most 32 bytes.
#[test]
fn a_live_proof_takes_at_most_32_bytes() {
    let mut shard = Shard::new(1 << 20);
    for n in 0..200_000_u64 {
        assert_eq!(shard.claim(spread(n), 100, 10), Claim::First);
        if n >= 64 {
            let bytes = shard.keys.capacity() * 16 + shard.ends.capacity() * 4;
            assert!(bytes as u64 <= 32 * (n + 1), "{bytes} for {}", n + 1);
        }
    }
    assert!((0..200_000).all(|n| shard.claim(spread(n), 100, 10) == Claim::Again));
}

#[test]
fn a_steady_stream_stays_as_small_as_what_lives() {
    let mut shard = Shard::new(1 << 20);
    let mut number = 0;
    for now in 0..2000_u32 {
        for _ in 0..50 {
            number += 1;
            assert_eq!(shard.claim(spread(number), now + 90, now), Claim::First);
        }
    }
    let live = 50 * 91;
    let bytes = shard.keys.capacity() * 16 + shard.ends.capacity() * 4;
    assert!(bytes <= 32 * live, "{bytes} bytes for {live} proofs");
    // Everything that may still be used is remembered.
    assert!((number - 50 * 90 + 1..=number).all(|n| shard.claim(spread(n), 3000, 2000) == Claim::Again));
}

proptest! {
    #[test]
    fn it_agrees_with_a_map(steps in proptest::collection::vec((0_u64..40, 0_u32..20, 0_u32..4), 1..400)) {
        let mut shard = Shard::new(30);
        let mut model: HashMap<u128, u32> = HashMap::new();
        let mut now = 100;
        for (key, life, pause) in steps {
            now += pause;
            let key = spread(key);
            model.retain(|_, end| *end >= now);
            let expected = if model.contains_key(&key) {
                Claim::Again
            } else if model.len() >= 30 {
                Claim::Full
            } else {
                model.insert(key, now + life);
                Claim::First
            };
            prop_assert_eq!(shard.claim(key, now + life, now), expected);
        }
    }
}
