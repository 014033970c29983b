//! Time and chance, which the steps take as arguments and the shell takes from here.

use std::time::Duration;

use keybound_proto::time::Timestamp;

use crate::both::{Both, Boxed};

/// Where the shell gets the time and its randomness from.
pub trait Ambient: Both {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Random bytes no one can guess.
    fn entropy(&self) -> [u8; 32];

    /// Lets time pass. A shell that cannot wait goes on at once.
    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        let _ = length;
        Box::pin(std::future::ready(()))
    }
}

/// This machine's.
#[cfg(feature = "crypto")]
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

#[cfg(feature = "crypto")]
impl Ambient for System {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the shell's clock: every step takes the time as an argument"
        )]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    fn entropy(&self) -> [u8; 32] {
        keybound_crypto::entropy::bytes()
    }

    #[cfg(feature = "web")]
    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        Box::pin(tokio::time::sleep(length))
    }
}
