//! Throttling of sign-ins: pure, from counts.

use keybound_proto::time::Lifetime;

use crate::Refusal;
use crate::event::EventKind;
use crate::model::connection::BruteForceProtection;

/// How many failures are too many.
///
/// Counted for an account *from one address*: were it the account alone, anybody could lock anybody out. Addresses are
/// counted across accounts, against who tries one password everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At one account, from one address.
    pub account: u32,
    /// From one address, at any account.
    pub address: u32,
    /// How long failures count.
    pub window: Lifetime,
}

impl Default for Limits {
    /// Auth0's ten at an account and a hundred from an address, forgotten after a day and not before.
    fn default() -> Self {
        Self { account: 10, address: 100, window: Lifetime::seconds(86_400) }
    }
}

/// Failures within the window, this attempt not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// At this account, from this address.
    pub account: u64,
    /// From this address, at any account.
    pub address: u64,
}

/// Says whether another attempt is let through. Asked before any password is looked at, so that a blocked attempt costs
/// nothing and tells nothing.
pub fn admit(failures: Failures, limits: &Limits, protection: BruteForceProtection) -> Result<(), Refusal> {
    if failures.address >= u64::from(limits.address) {
        return Err(Refusal::AddressLocked);
    }
    if protection == BruteForceProtection::On && failures.account >= u64::from(limits.account) {
        return Err(Refusal::AccountLocked);
    }
    Ok(())
}

/// What to record of a refused sign-in.
pub const fn event(refusal: &Refusal) -> EventKind {
    match refusal {
        Refusal::AccountLocked => EventKind::AccountBlocked,
        Refusal::AddressLocked => EventKind::AddressBlocked,
        Refusal::UnknownUser => EventKind::UnknownUser,
        Refusal::WrongPassword => EventKind::WrongPassword,
        _ => EventKind::LoginFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { account: 3, address: 5, window: Lifetime::seconds(60) };

    fn admits(account: u64, address: u64) -> Result<(), Refusal> {
        admit(Failures { account, address }, &LIMITS, BruteForceProtection::On)
    }

    #[test]
    fn an_account_takes_so_many_failures_from_one_address() {
        assert_eq!(admits(2, 2), Ok(()));
        assert_eq!(admits(3, 3), Err(Refusal::AccountLocked));
        assert_eq!(admits(u64::MAX, 3), Err(Refusal::AccountLocked));
    }

    #[test]
    fn an_address_takes_so_many_failures_at_any_account() {
        assert_eq!(admits(0, 4), Ok(()));
        assert_eq!(admits(0, 5), Err(Refusal::AddressLocked));
        assert_eq!(admits(3, 5), Err(Refusal::AddressLocked));
    }

    #[test]
    fn a_connection_may_leave_accounts_open_but_not_addresses() {
        let off = |account, address| admit(Failures { account, address }, &LIMITS, BruteForceProtection::Off);
        assert_eq!(off(1_000, 4), Ok(()));
        assert_eq!(off(0, 5), Err(Refusal::AddressLocked));
    }

    #[test]
    fn each_failure_is_recorded_as_auth0_does() {
        for (refusal, code) in [
            (Refusal::AccountLocked, "limit_wc"),
            (Refusal::AddressLocked, "limit_mu"),
            (Refusal::UnknownUser, "fu"),
            (Refusal::WrongPassword, "fp"),
            (Refusal::UserBlocked, "f"),
        ] {
            assert_eq!(event(&refusal).code(), code);
        }
    }
}
