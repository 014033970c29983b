//! Proof Key for Code Exchange (RFC 7636).
//!
//! ```text
//! client: CodeVerifier ── challenge() ──► CodeChallenge ── authorization request ──► server keeps it
//! client: CodeVerifier ────────────────── token request ──────────────────────────► matches()
//! ```

use subtle::ConstantTimeEq;

use crate::{
    jose::{Digest, decode_base64url, encode_base64url},
    secret::Secret,
};

/// Why a verifier or a challenge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PkceError {
    /// RFC 7636 §4.1: 43 to 128 unreserved characters.
    #[error("the code verifier is not 43 to 128 unreserved characters")]
    Verifier,
    /// RFC 7636 §4.2: an S256 challenge is 43 characters of base64url.
    #[error("the code challenge is not 43 characters of base64url")]
    Challenge,
    /// `plain`, or no method, which RFC 7636 §4.3 reads as `plain`.
    #[error("the code challenge method plain is refused; use S256")]
    Plain,
    /// A method nobody registered.
    #[error("the code challenge method is unknown; use S256")]
    Method,
}

/// The secret half: what the client keeps until it redeems the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeVerifier(Secret<String>);

impl CodeVerifier {
    /// Reads one (RFC 7636 §4.1).
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        if (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved) {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(PkceError::Verifier)
        }
    }

    /// Makes one of 32 bytes of chance, as RFC 7636 §4.1 recommends.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(Secret::new(encode_base64url(entropy)))
    }

    /// The text the token request carries.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The public half for the authorization request, by S256.
    pub fn challenge(&self, digest: &impl Digest) -> CodeChallenge {
        CodeChallenge(Method::S256(digest.sha256(&[self.reveal().as_bytes()])))
    }
}

/// The public half: what the server keeps beside the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(Method);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Method {
    S256([u8; 32]),
    Plain(CodeVerifier),
}

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`; anything but S256 is refused (RFC 9700 §2.1.1).
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        match method {
            Some("S256") => Self::s256(challenge),
            Some("plain") | None => Err(PkceError::Plain),
            Some(_) => Err(PkceError::Method),
        }
    }

    /// Reads the same and takes `plain` too, which protects from nobody who can read the request.
    pub fn parse_permitting_plain(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        match method {
            Some("plain") | None => {
                CodeVerifier::parse(challenge).map(|verifier| Self(Method::Plain(verifier)))
            }
            _ => Self::parse(challenge, method),
        }
    }

    /// Whether this is the verifier's other half; takes the same time wherever they differ.
    pub fn matches(&self, verifier: &CodeVerifier, digest: &impl Digest) -> bool {
        match &self.0 {
            Method::S256(hash) => hash.ct_eq(&digest.sha256(&[verifier.reveal().as_bytes()])).into(),
            Method::Plain(own) => own == verifier,
        }
    }

    /// The method's registered name.
    pub const fn method(&self) -> &'static str {
        match self.0 {
            Method::S256(_) => "S256",
            Method::Plain(_) => "plain",
        }
    }

    /// The text of `code_challenge`, for the wire and for keeping.
    pub fn to_text(&self) -> String {
        match &self.0 {
            Method::S256(hash) => encode_base64url(hash),
            Method::Plain(verifier) => verifier.reveal().to_owned(),
        }
    }

    fn s256(challenge: &str) -> Result<Self, PkceError> {
        let hash = decode_base64url(challenge).ok().and_then(|bytes| bytes.try_into().ok());
        hash.map(|hash| Self(Method::S256(hash))).ok_or(PkceError::Challenge)
    }
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Alg, Sealer};

    /// Stands in for a hash: the tests of the real one (RFC 7636 appendix B) are where the backend is.
    struct Folded;

    impl Digest for Folded {
        fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
            let mut folded = [0_u8; 32];
            for (at, byte) in parts.concat().into_iter().enumerate() {
                folded[at % 32] = folded[at % 32].wrapping_mul(31).wrapping_add(byte);
            }
            folded
        }

        fn hash_for(&self, _: Alg, _: &[u8]) -> Vec<u8> {
            unreachable!("PKCE has no use for it")
        }

        fn hmac_sha256(&self, _: &[u8; 32], _: &[&[u8]]) -> [u8; 32] {
            unreachable!("PKCE has no use for it")
        }

        fn sealer(&self, _: &[u8; 16]) -> Box<dyn Sealer> {
            unreachable!("PKCE has no use for it")
        }
    }

    /// RFC 7636 §4.1; conformance A4.
    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        assert_eq!(CodeVerifier::parse(&"a".repeat(42)), Err(PkceError::Verifier));
        assert!(CodeVerifier::parse(&"a".repeat(43)).is_ok());
        assert!(CodeVerifier::parse(&"Az09-._~".repeat(16)).is_ok());
        assert_eq!(CodeVerifier::parse(&"a".repeat(129)), Err(PkceError::Verifier));
        for bad in ["+", "/", "=", " ", "é"] {
            assert_eq!(CodeVerifier::parse(&format!("{}{bad}", "a".repeat(50))), Err(PkceError::Verifier));
        }
    }

    /// RFC 7636 §4.6.
    #[test]
    fn a_challenge_fits_its_verifier_and_no_other() {
        let verifier = CodeVerifier::from_entropy([7; 32]);
        let challenge = verifier.challenge(&Folded);
        let read = CodeChallenge::parse(&challenge.to_text(), Some("S256")).unwrap();
        assert_eq!(read, challenge);
        assert!(read.matches(&verifier, &Folded));
        assert!(!read.matches(&CodeVerifier::from_entropy([8; 32]), &Folded));
        assert_eq!(read.method(), "S256");
    }

    /// RFC 7636 §4.3: a challenge without a method means `plain`; conformance A4.
    #[test]
    fn plain_is_taken_only_by_its_name() {
        let text = "a".repeat(43);
        assert_eq!(CodeChallenge::parse(&text, None), Err(PkceError::Plain));
        assert_eq!(CodeChallenge::parse(&text, Some("plain")), Err(PkceError::Plain));
        assert_eq!(CodeChallenge::parse(&text, Some("s256")), Err(PkceError::Method));
        let plain = CodeChallenge::parse_permitting_plain(&text, None).unwrap();
        assert!(plain.matches(&CodeVerifier::parse(&text).unwrap(), &Folded));
        assert_eq!(plain.method(), "plain");
    }

    /// RFC 7636 §4.2; conformance A4: the challenge must be 43 characters.
    #[test]
    fn a_challenge_has_43_characters_of_base64url() {
        for bad in ["", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(43)), &"+".repeat(43)] {
            assert_eq!(CodeChallenge::parse(bad, Some("S256")), Err(PkceError::Challenge), "{bad}");
        }
    }

    #[test]
    fn a_verifier_is_not_printed() {
        assert_eq!(format!("{:?}", CodeVerifier::from_entropy([0; 32])), "CodeVerifier(…)");
    }
}
