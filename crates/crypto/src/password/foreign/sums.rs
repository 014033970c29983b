//! The sums that passwords were hashed by.

use aws_lc_rs::{digest, hmac, pbkdf2};
use md5::{Digest as _, Md5};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Md4,
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Sum {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "md4" => Self::Md4,
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    pub(super) const fn length(self) -> usize {
        match self {
            Self::Md4 | Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The sum of the parts, one after the other.
    pub(super) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let algorithm = match self {
            Self::Md4 => {
                return parts
                    .iter()
                    .fold(md4::Md4::new(), |sum, part| sum.chain_update(part))
                    .finalize()
                    .to_vec();
            }
            Self::Md5 => {
                return parts.iter().fold(Md5::new(), |sum, part| sum.chain_update(part)).finalize().to_vec();
            }
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        let mut sum = digest::Context::new(algorithm);
        parts.iter().for_each(|part| sum.update(part));
        sum.finish().as_ref().to_vec()
    }

    /// With a key.
    pub(super) const fn mac(self) -> Option<hmac::Algorithm> {
        Some(match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
            Self::Md4 | Self::Md5 => return None,
        })
    }

    /// Many times over.
    pub(super) const fn stretched(self) -> Option<pbkdf2::Algorithm> {
        Some(match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            Self::Md4 | Self::Md5 => return None,
        })
    }
}
