//! The MFA API: what people do to their own second factors (Auth0's).
//!
//! What allows it is the `mfa_token` of a sign-in that waits for its second factor, or an access token for the
//! audience `mfa/` of this issuer.

mod associate;
mod authenticators;
mod challenge;
mod letter;
mod right;

pub(crate) use associate::associate;
pub(crate) use authenticators::{list, remove};
pub(crate) use challenge::challenge;
