//! The only room that links a cipher: aws-lc-rs behind the traits of [`keybound_proto::jose`].
//!
//! Six nouns: [`AwsLc`] checks signatures and hashes, [`SigningKey`] signs, [`seal::SealKey`] keeps what a
//! database must not show, [`password::Pool`] hashes passwords, [`totp::TotpKey`] makes digits that change, and
//! [`entropy`] is the system's randomness. With the feature `pkcs11`, `pkcs11::Token` keeps keys to itself.
//!
//! ```
//! use keybound_crypto::{AwsLc, SigningKey};
//! use keybound_proto::jose::{Alg, AlgSet, Sign, Thumbprint, Unverified, mint};
//!
//! let key = SigningKey::generate(Alg::Es256)?;
//! let token = mint("JWT", &std::collections::BTreeMap::from([("sub", "alice")]), &key)?;
//! let verified = Unverified::parse(token.as_bytes())?.verify(&AwsLc, key.public(), AlgSet::ES256)?;
//! assert_eq!(verified.claims().subject(), Some("alice"));
//! assert_eq!(Thumbprint::of(key.public(), &AwsLc).to_string().len(), 43);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Another backend is another type that implements the same three traits; nothing else changes.

pub mod entropy;
pub mod password;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
pub mod seal;
pub mod totp;

mod legacy;
mod portable;
mod sign;
mod verify;

pub use legacy::fingerprint;
pub use sign::{KeyError, SigningKey};
pub use verify::AwsLc;
