//! Passwords, hashed cheaply here: the cost is an argument, the rules are not.

use std::num::NonZeroUsize;

use keybound_crypto::password::{Cost, PasswordError, Pool, Verdict};

const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

fn pool(buffers: usize) -> Pool {
    Pool::with_cost(NonZeroUsize::new(buffers).unwrap_or(NonZeroUsize::MIN), CHEAP)
}

#[test]
fn a_password_matches_its_hash_and_nothing_else() {
    let pool = pool(1);
    let stored = pool.hash(b"correct horse").unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    assert_eq!(pool.verify(b"correct horse", &stored), Ok(Verdict::Match));
    for wrong in [&b""[..], b"correct hors", b"correct horsf", b"correct horse "] {
        assert_eq!(pool.verify(wrong, &stored), Ok(Verdict::Mismatch));
    }
    assert_ne!(pool.hash(b"correct horse").unwrap(), stored);
    assert_eq!(pool.dummy(b"correct horse"), Verdict::Mismatch);
}

/// RFC 9106 and the reference implementation: argon2id, v=19, m=65536 KiB, t=2, p=1, `password`, `somesalt`.
#[test]
fn the_reference_implementation_agrees() {
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let pool = pool(1);
    assert_eq!(pool.verify(b"password", stored), Ok(Verdict::Outdated));
    assert_eq!(pool.verify(b"passwore", stored), Ok(Verdict::Mismatch));
}

/// A buffer that was used before must not change a hash, whatever its size was.
#[test]
fn hashes_of_other_costs_are_compared_at_their_own_cost_and_called_outdated() {
    let (small, large) =
        (pool(1), Pool::with_cost(NonZeroUsize::MIN, Cost { memory: 256, passes: 2, lanes: 2 }));
    let (from_small, from_large) = (small.hash(b"p").unwrap(), large.hash(b"p").unwrap());
    for _ in 0..3 {
        assert_eq!(small.verify(b"p", &from_large), Ok(Verdict::Outdated));
        assert_eq!(small.verify(b"p", &from_small), Ok(Verdict::Match));
        assert_eq!(large.verify(b"p", &from_small), Ok(Verdict::Outdated));
        assert_eq!(large.verify(b"p", &from_large), Ok(Verdict::Match));
        small.release();
    }
}

#[test]
fn a_stored_text_that_is_no_hash_is_an_error() {
    let pool = pool(1);
    for bad in [
        "",
        "password",
        "$2b$10$abcdefghijklmnopqrst",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=+64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1,x=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ=$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA$",
    ] {
        assert_eq!(pool.verify(b"p", bad), Err(PasswordError::Hash), "{bad}");
    }
}

/// Whoever can write a hash into the database must not choose how long a login takes.
#[test]
fn a_stored_hash_cannot_ask_for_more_than_the_cap() {
    let pool = pool(1);
    for cost in [
        "m=4294967295,t=1,p=1",
        "m=262145,t=1,p=1",
        "m=65536,t=5,p=1",
        "m=64,t=4294967295,p=1",
        "m=1024,t=1,p=17",
    ] {
        let stored = format!("$argon2id$v=19${cost}$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(pool.verify(b"p", &stored), Err(PasswordError::TooCostly), "{cost}");
    }
    assert_eq!(pool.hash(&[b'a'; Pool::LONGEST + 1]), Err(PasswordError::TooLong));
    assert!(pool.hash(&[b'a'; Pool::LONGEST]).is_ok());
}

#[test]
fn more_threads_than_buffers_wait_for_their_turn() {
    let pool = pool(2);
    let stored = pool.hash(b"p").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(pool.verify(b"p", &stored), Ok(Verdict::Match));
                }
            });
        }
    });
}
