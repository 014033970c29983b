//! Devices that cannot show a browser: they are given two codes, and a person takes one to another screen (RFC 8628).
//!
//! While nobody has answered, a device is a fleeting thing. A yes makes of it what an authorization code is in the
//! ledger, under the digest of the device's own code: so it is redeemed once, and a second time revokes the first.

mod endpoint;
mod user_code;
mod waiting;

pub(crate) use endpoint::begin;
pub(crate) use user_code::UserCode;
pub(crate) use waiting::{DeviceName, Waiting, not_connected};

use keybound_proto::time::Lifetime;

/// How long a person may take to find another screen; as at Auth0.
pub(crate) const LIFETIME: Lifetime = Lifetime::seconds(900);

/// How long a device waits between two questions.
pub(crate) const INTERVAL: Lifetime = Lifetime::seconds(5);
