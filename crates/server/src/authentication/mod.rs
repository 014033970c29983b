//! Auth0's own Authentication API, beside the standards.

pub(crate) mod logout;
pub(crate) mod passwordless;
pub(crate) mod signup;
