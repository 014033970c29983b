//! Hashes in Rust alone, for where aws-lc-rs cannot go.

use keybound_proto::jose::{Alg, Digest, Sealer};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// SHA-2 without a line of C: for WebAssembly, and for keys that are elsewhere.
///
/// ```
/// use keybound_client::{crypto::AwsLc, key::PureDigest, proto::jose::Digest as _};
///
/// assert_eq!(PureDigest.sha256(&[b"a", b"bc"]), AwsLc.sha256(&[b"abc"]));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PureDigest;

impl Digest for PureDigest {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        match alg {
            Alg::Es384 => Sha384::digest(message).to_vec(),
            Alg::EdDsa => Sha512::digest(message).to_vec(),
            _ => Sha256::digest(message).to_vec(),
        }
    }

    /// RFC 2104 with a key of half a block.
    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        let padded = |with: u8| {
            let mut block = [with; 64];
            for (byte, own) in block.iter_mut().zip(key) {
                *byte ^= own;
            }
            block
        };
        let (outer, inner) = (padded(0x5c), padded(0x36));
        let inside = self.sha256(&[&[&inner[..]], parts].concat());
        self.sha256(&[&outer, &inside])
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        let derived = |what: &[u8]| PureDigest.sha256(&[what, key]);
        Box::new(Synthetic { tags: derived(b"tag"), masks: derived(b"mask") })
    }
}

/// The construction of RFC 5297 over HMAC: the tag is made of what is sealed, the mask of the tag.
struct Synthetic {
    tags: [u8; 32],
    masks: [u8; 32],
}

impl Synthetic {
    fn tag(&self, place: [u8; 3], open: [u8; 5]) -> [u8; 16] {
        let [tag, _] = halves(PureDigest.hmac_sha256(&self.tags, &[&place, &open]));
        tag
    }

    fn masked(&self, tag: &[u8; 16], text: [u8; 5]) -> [u8; 5] {
        let mask = PureDigest.hmac_sha256(&self.masks, &[tag]);
        let mut masked = text;
        for (byte, mask) in masked.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        masked
    }
}

impl Sealer for Synthetic {
    fn seal(&self, place: [u8; 3], open: [u8; 5]) -> [u8; 21] {
        let tag = self.tag(place, open);
        let mut sealed = [0; 21];
        let both = self.masked(&tag, open).into_iter().chain(tag);
        for (byte, from) in sealed.iter_mut().zip(both) {
            *byte = from;
        }
        sealed
    }

    fn open(&self, place: [u8; 3], sealed: [u8; 21]) -> Option<[u8; 5]> {
        let (masked, tag) = sealed.split_first_chunk::<5>()?;
        let tag: &[u8; 16] = tag.try_into().ok()?;
        let open = self.masked(tag, *masked);
        bool::from(subtle::ConstantTimeEq::ct_eq(&self.tag(place, open)[..], &tag[..])).then_some(open)
    }
}

fn halves(bytes: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, from) in halves.iter_mut().zip(bytes.chunks_exact(16)) {
        half.copy_from_slice(from);
    }
    halves
}

#[cfg(all(test, feature = "crypto"))]
mod tests {
    use keybound_crypto::AwsLc;

    use super::*;

    /// FIPS 180-4, RFC 2104: two implementations say the same.
    #[test]
    fn hashes_are_those_of_the_other_backend() {
        for length in [0, 1, 55, 56, 63, 64, 65, 200] {
            let text: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            let (front, back) = text.split_at(length / 3);
            let key: [u8; 32] = std::array::from_fn(|at| (at + length) as u8);
            assert_eq!(PureDigest.sha256(&[front, back]), AwsLc.sha256(&[&text]));
            for alg in Alg::ALL {
                assert_eq!(PureDigest.hash_for(alg, &text), AwsLc.hash_for(alg, &text));
            }
            assert_eq!(PureDigest.hmac_sha256(&key, &[front, back]), AwsLc.hmac_sha256(&key, &[&text]));
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let sealer = PureDigest.sealer(&[7; 16]);
        let sealed = sealer.seal([1, 2, 3], *b"hello");
        assert_eq!(sealer.open([1, 2, 3], sealed), Some(*b"hello"));
        assert_eq!(sealer.open([1, 2, 4], sealed), None);
        assert_eq!(PureDigest.sealer(&[8; 16]).open([1, 2, 3], sealed), None);
        for at in 0..sealed.len() {
            let mut altered = sealed;
            altered[at] ^= 1;
            assert_eq!(sealer.open([1, 2, 3], altered), None);
        }
    }
}
