//! What to do about a refused proof, for the developer who made it.

use super::ProofError;

impl ProofError {
    /// What to do about it, in a sentence or two.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => {
                "Sign with one of the algorithms that the server's metadata lists under dpop_signing_alg_values_supported."
            }
            Self::AlgorithmForKey { .. } => {
                "Put the algorithm that belongs to the key's type and curve into `alg`, and leave `use` and `key_ops` out of the `jwk`."
            }
            Self::BeforeMemory { .. } => "Make a new proof and send the request again.",
            Self::Claims(_) | Self::Header(_) => {
                "Write one JSON object in UTF-8, each name once, and nothing before or after it."
            }
            Self::Critical => "Leave `crit`, `b64` and `zip` out: a proof needs none of them.",
            Self::Empty | Self::Missing => {
                "Send the proof in a header field named DPoP. A proxy may have removed it on the way."
            }
            Self::Expired { .. } | Self::NotYetValid { .. } => {
                "Leave `exp` and `nbf` out, or make a new proof for every request and set the clock right."
            }
            Self::Jti(_) => {
                "Use 16 or more random bytes as base64url or hexadecimal; 256 bytes are the most."
            }
            Self::Key(_) => {
                "Put the public key, and nothing else, into `jwk`: coordinates of full length in base64url without padding; RSA of 2048 to 8192 bits."
            }
            Self::KeyMismatch { .. } => {
                "Sign with the very key that was used when the token was issued. A new key needs a new token."
            }
            Self::Malformed(_) => {
                "Send the compact form: three parts of base64url without padding, with a full stop between them."
            }
            Self::MemoryFull => "Wait a moment, then make a new proof and send the request again.",
            Self::Method { .. } => {
                "Set `htm` to the method of the request, in capital letters as it is sent."
            }
            Self::MissingMember { .. } => {
                "The header needs typ, alg and jwk; the payload needs jti, htm, htu and iat: texts as strings, times as numbers."
            }
            Self::NonceExpired { .. } | Self::NonceMissing | Self::NonceUnknown => {
                "Take the DPoP-Nonce header of the last response of this very server, put it into `nonce`, and make a new proof."
            }
            Self::PrivateKey { .. } => {
                "Throw the key away: its private half has been sent. Export only the public members of a new one."
            }
            Self::Replayed => "Make a new proof, with a new `jti`, for every request and for every retry.",
            Self::Several => "Send one DPoP header field with one proof in it.",
            Self::Signature => {
                "Sign the first two parts and the full stop between them with the key in `jwk`. ECDSA signatures are the two numbers side by side, not DER."
            }
            Self::Time { .. } => {
                "Set the clock right; `iat` is in seconds, not milliseconds. Where the server offers nonces, one makes the clock irrelevant."
            }
            Self::TokenHash { .. } | Self::TokenHashMissing => {
                "Set `ath` to the base64url of SHA-256 over the access token exactly as it stands after `DPoP ` in the Authorization header."
            }
            Self::TooLong { .. } => "Send a smaller proof: leave out what RFC 9449 does not ask for.",
            Self::Type { .. } => "Set `typ` to dpop+jwt. Any other kind of token is no proof.",
            Self::Url { .. } => {
                "Set `htu` to the URL of the request as the outside world writes it, without query. Behind a proxy, configure the public address at the server."
            }
        }
    }
}
