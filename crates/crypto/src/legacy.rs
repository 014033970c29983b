//! What is no security any more, and still the name of things.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// The SHA-1 by which people and tools call a certificate. A name and no proof: it can be forged.
pub fn fingerprint(certificate: &[u8]) -> [u8; 20] {
    let mut name = [0; 20];
    for (to, from) in name.iter_mut().zip(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref()) {
        *to = *from;
    }
    name
}
