//! The signatures of a token request, and nothing else.

use std::thread;

use anyhow::Result;
use keybound_resource::{Clock as _, SystemClock};

use crate::{
    prover::Prover,
    raw::{Es256, Rs256},
    timer::rate,
};

/// How many requests' worth, over all threads.
const REQUESTS: usize = 1_200;

/// The raw cryptography of token requests on every core, a second: the proof's signature checked, and so many tokens
/// signed.
pub(crate) fn signatures(alg: &str, tokens: usize) -> Result<f64> {
    let prover = Prover::new("POST", "https://login.example/oauth/token", SystemClock.now())?;
    let es256 = Es256::of(prover.builder().key(), &prover.prove_many(REQUESTS)?)?;
    let rs256 = Rs256::generate()?;
    let message = vec![b'x'; 700];
    let threads = thread::available_parallelism()?.get();
    let each = REQUESTS / threads;
    rate(each * threads, || {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        es256.verify();
                        for _ in 0..tokens {
                            match alg {
                                "RS256" => rs256.sign(&message),
                                _ => es256.sign(),
                            }
                        }
                    }
                });
            }
        });
        Ok(())
    })
}
