//! Devices that cannot show a browser: they are given two codes, and a person takes one to another screen (RFC 8628).
//!
//! While nobody has answered, a device is a fleeting thing. A yes makes of it what an authorization code is in the
//! ledger, under the digest of the device's own code: so it is redeemed once, and a second time revokes the first.

mod endpoint;
mod user_code;

pub(crate) use endpoint::begin;
pub(crate) use user_code::UserCode;

use axum::response::Response;
use keybound_proto::time::Lifetime;

use crate::login::shown;

/// How long a person may take to find another screen; as at Auth0.
pub(crate) const LIFETIME: Lifetime = Lifetime::seconds(900);

/// What a person sees who said no.
pub(crate) fn not_connected() -> Response {
    let text =
        "You said no, and your device will say so too. Nothing was shared with it. You can close this page.";
    shown::notice("Your device was not connected", text)
}
