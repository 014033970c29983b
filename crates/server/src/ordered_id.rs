//! Ids as Auth0 has them: 24 hexadecimal digits, later ones after earlier ones, so that lists are in the order in which
//! things came to be. They are names and no secrets.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use keybound_crypto::entropy;
use keybound_proto::time::Timestamp;

/// The next id: the moment, what tells this process from others, and how many it made.
pub(crate) fn ordered_id(now: Timestamp) -> String {
    static PROCESS: LazyLock<String> = LazyLock::new(entropy::hex::<5>);
    static MADE: AtomicU32 = AtomicU32::new(0);
    let seconds = u32::try_from(now.as_unix()).unwrap_or_default();
    let number = MADE.fetch_add(1, Ordering::Relaxed) & 0x00ff_ffff;
    format!("{seconds:08x}{}{number:06x}", *PROCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_24_digits_and_are_in_the_order_in_which_they_were_made() {
        let ids: Vec<_> =
            [5, 5, 5, 1_800_000_000, 1_800_000_000].map(|now| ordered_id(Timestamp::from_unix(now))).into();
        assert!(ids.iter().all(|id| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }
}
