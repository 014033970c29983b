//! Signed JSON: keys, signatures and tokens (RFC 7515, 7517, 7518, 7519, 7638, 8037).
//!
//! ```text
//! bytes ─ Compact ─ Header ─ Jwk ─┬─ Verify ─ believed bytes      (a DPoP proof)
//!                                 └─ Unverified ─ Verified        (a token)
//! ```
//!
//! Nothing here knows a cipher: a backend implements [`Digest`], [`Verify`] and [`Sign`].

mod alg;
mod base64url;
mod edwards;
mod jwk;
mod jwk_rsa;
mod jws;
mod jwt;
mod key_set;
mod keys;
mod pem;
mod thumbprint;
mod unsigned;

pub mod json;

pub use alg::{Alg, AlgSet, AlgSetIter};
pub use base64url::{NotBase64Url, decode as decode_base64url, encode as encode_base64url};
pub use edwards::is_weak as is_weak_edwards_point;
pub use jwk::{Jwk, JwkError, KeyShape};
pub use jws::{Compact, Header, JwsError, is_media_type, sign_compact, sign_encoded};
pub use jwt::{Claims, JwtError, MintError, Unverified, Verified, mint};
pub use key_set::{KeySet, KeySetError};
pub use keys::{BadSignature, Digest, Kept, Sealer, Sign, SignError, Verify};
pub use pem::{Attribute, Certificate, PemError};
pub use thumbprint::{Thumbprint, ThumbprintError};
pub use unsigned::Unsigned;
