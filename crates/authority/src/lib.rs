//! Decisions: what may be granted, and why not; who the user is; what to log.
//!
//! Nothing here waits, reads a clock, or knows HTTP, SQL or JSON. A shell reads what a decision needs, asks, and
//! applies the verdict.
//!
//! | Question | Function |
//! | --- | --- |
//! | Is the client the one it says? | [`authenticate_client::authenticate`] |
//! | May an answer be sent there? | [`authorize::request::trust`] |
//! | May the client ask that? | [`authorize::request::check`] |
//! | Which audience is meant? | [`authorize::audience::resolve`] |
//! | What of the scopes may be granted? | [`authorize::request::grantable`] |
//! | What must the user still agree to? | [`authorize::consent::owed`] |
//! | What is the user asked next? | [`authorize::prompt::next`] |
//! | What comes of a code? | [`grant::code::redeem`] |
//! | What comes of a refresh token? | [`grant::refresh::redeem`] |
//! | What does revoking one end? | [`grant::revocation::revoke`] |
//! | What does a machine get? | [`grant::client_credentials::issue`] |
//! | Is the token bound to a key? | [`binding::bind`] |
//! | Is it as AT Protocol wants it? | [`atproto::check_request`], [`atproto::check_issue`] |
//! | What do the tokens claim? | [`mint::Minting::access`], [`mint::Minting::id`], [`mint::userinfo`] |
//! | Is a password strong enough? | [`login::password::PasswordPolicy::judge`] |
//! | Is a second factor owed? | [`login::factor::owed`] |
//! | May that sign-in be finished? | [`grant::mfa::admit`] |
//! | Is another attempt let through? | [`login::attempt::admit`] |
//!
//! Every reason to say no is a [`Refusal`]; everything worth recording is an [`event::Event`].

pub mod adoption;
pub mod atproto;
pub mod authenticate_client;
pub mod authorize;
pub mod binding;
pub mod event;
pub mod grant;
pub mod login;
pub mod mint;
pub mod model;
pub mod refusal;

pub use refusal::Refusal;
