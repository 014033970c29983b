//! Passwords: our pool of buffers against argon2 with one buffer a thread.
//!
//! The rest of a login, its requests and its commit, is not in it.

use std::{num::NonZeroUsize, thread};

use anyhow::Result;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use keybound_crypto::password::{Pool, Verdict};

use crate::{
    table::{Bar, Table, Unit},
    timer::{median, rate},
};

/// What OWASP asks for: 19 MiB, two passes, one lane.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;

/// Rounds, in which both take turns.
const ROUNDS: usize = 9;

/// Passwords a thread checks in a round.
const EACH: usize = 12;

const PASSWORD: &[u8] = b"correct horse battery staple";

/// Measures logins.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let threads = thread::available_parallelism()?;
    let pool = Pool::new(threads);
    let stored = pool.hash(PASSWORD)?;
    let parameters = Params::new(MEMORY, PASSES, 1, Some(32)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut buffers = vec![vec![Block::new(); parameters.block_count()]; threads.get()];
    let bare = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let (mut ratios, mut pools, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let ours = logins(&pool, &stored, threads)?;
        let theirs = hashes(&bare, &mut buffers)?;
        // The first round makes the buffers.
        if round > 0 {
            ratios.push(ours / theirs * 100.0);
            pools.push(ours);
            bares.push(theirs);
        }
    }
    table.row(
        "passwords checked by the pool that logins wait for, all cores",
        median(ratios),
        Bar::AtLeast(90.0, Unit::Percent),
        format!(
            "{:.0}/s; argon2id (19 MiB, 2 passes) with reused memory on {threads} threads: {:.0}/s",
            median(pools),
            median(bares)
        ),
    );
    Ok(())
}

fn logins(pool: &Pool, stored: &str, threads: NonZeroUsize) -> Result<f64> {
    rate(EACH * threads.get(), || {
        thread::scope(|scope| {
            for _ in 0..threads.get() {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        let verdict = pool.verify(PASSWORD, stored);
                        assert!(matches!(verdict, Ok(Verdict::Match)), "it is the password");
                    }
                });
            }
        });
        Ok(())
    })
}

fn hashes(bare: &Argon2<'_>, buffers: &mut [Vec<Block>]) -> Result<f64> {
    rate(EACH * buffers.len(), || {
        thread::scope(|scope| {
            for buffer in buffers {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        let mut hash = [0; 32];
                        let done = bare.hash_password_into_with_memory(
                            PASSWORD,
                            b"0123456789abcdef",
                            &mut hash,
                            buffer.as_mut_slice(),
                        );
                        assert!(done.is_ok(), "the buffer is large enough");
                    }
                });
            }
        });
        Ok(())
    })
}
