//! Proof of possession (RFC 9449): what a proof must pass before anybody believes it.
//!
//! ```text
//! DPoP header ─ Proof::parse ─ Proof ─ check ─ Checked ─ claimed ─ Possession
//!               well formed            RFC 9449          a replay   the sender
//!               and unbelieved         §4.3              memory     held the key
//! ```
//!
//! | RFC 9449 | here |
//! | --- | --- |
//! | §4.2 making a proof | [`ProofBuilder`]; [`ProofWriter`] where the key is elsewhere |
//! | §4.3 checking one | [`Proof::parse`], [`Proof::check`] with an [`Expect`] |
//! | §6 confirmation | [`Binding`] |
//! | §7 the access token's hash | [`TokenHash`] |
//! | §8, §9 nonces | [`NonceKeys`], [`NonceRule`] |
//! | §11.1 replay | [`Checked::replay_key`], [`Claim`] |
//!
//! Between `check` and `claimed` the shell asks its replay memory, and nothing else gives a [`Possession`]:
//! forgetting to ask does not compile.
//!
//! ```
//! use keybound_proto::{dpop::{Claim, Expect, HeldBy, Possession, Proof, ProofError}, jose::Verify, time::Timestamp, uri::Htu};
//!
//! fn holds_its_key(
//!     header: &[u8], url: Htu, keys: &impl Verify, now: Timestamp, claim: impl Fn(&[u8; 32], Timestamp) -> Claim,
//! ) -> Result<Possession, ProofError> {
//!     let proof = Proof::parse([header])?.ok_or(ProofError::Missing)?;
//!     let urls = [url];
//!     let checked = proof.check(&Expect::new("POST", &urls, HeldBy::Anyone), keys, now)?;
//!     let (key, until) = checked.replay_key();
//!     checked.claimed(claim(key.as_bytes(), until))
//! }
//! ```

mod advice;
mod check;
mod error;
mod explain;
mod nonce;
mod possession;
mod proof;
mod prove;
mod token_hash;

pub use check::{Expect, HeldBy, NonceRule, Window};
pub use error::{ProofClass, ProofError, Shown};
pub use explain::{Asked, Explanation, Finding, Outcome};
pub use nonce::{DpopNonce, NonceKeys, NoncePurpose};
pub use possession::{Binding, Checked, Claim, Possession, ReplayKey};
pub use proof::Proof;
pub use prove::{Draft, ProofBuilder, ProofWriter};
pub use token_hash::TokenHash;

/// Most bytes a proof may have.
pub const LIMIT: usize = 8 * 1024;
