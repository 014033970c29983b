//! Making a proof (RFC 9449 §4.2).

use super::{DpopNonce, TokenHash};
use crate::{
    id::Jti,
    jose::{Alg, Digest, Jwk, Sign, SignError, Thumbprint, Unsigned, encode_base64url},
    time::Timestamp,
    uri::Htu,
};

/// Writes proofs for one key, to be signed wherever that key is. The header is written once: it never changes.
#[derive(Clone, Debug)]
pub struct ProofWriter {
    header: Box<str>,
    thumbprint: Thumbprint,
}

/// Makes proofs with one key that is at hand.
#[derive(Debug)]
pub struct ProofBuilder<K> {
    key: K,
    writer: ProofWriter,
}

/// What a proof is to say.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Never used before: 96 random bits or more. A retry is another proof and needs another one.
    pub jti: &'a Jti,
    /// The method of the request.
    pub method: &'a str,
    /// Where the request goes.
    pub url: &'a Htu,
    /// The time.
    pub now: Timestamp,
    /// The access token that goes along, at a protected resource.
    pub token: Option<&'a TokenHash>,
    /// The newest nonce of that server.
    pub nonce: Option<&'a DpopNonce>,
}

impl ProofWriter {
    /// Takes the public half, and writes the header every proof by this key has.
    pub fn new(alg: Alg, public: &Jwk, digest: &impl Digest) -> Self {
        let mut jwk = public.to_json();
        if let Some(members) = jwk.as_object_mut() {
            members.retain(|name, _| !matches!(name.as_str(), "kid" | "alg" | "use"));
        }
        let header = format!(r#"{{"typ":"dpop+jwt","alg":"{}","jwk":{jwk}}}"#, alg.name());
        let thumbprint = Thumbprint::of(public, digest);
        Self { header: encode_base64url(header).into_boxed_str(), thumbprint }
    }

    /// The name of the key: `dpop_jkt` at an authorization request, `cnf.jkt` in a token.
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// One proof for one request, but for its signature.
    pub fn write(&self, draft: &Draft<'_>) -> Unsigned {
        let mut claims = String::with_capacity(384);
        claims.push_str(r#"{"jti":"#);
        push_quoted(draft.jti.as_str(), &mut claims);
        claims.push_str(r#","htm":"#);
        push_quoted(draft.method, &mut claims);
        claims.push_str(r#","htu":"#);
        push_quoted(draft.url.as_str(), &mut claims);
        claims.push_str(r#","iat":"#);
        claims.push_str(&draft.now.as_unix().to_string());
        if let Some(token) = draft.token {
            claims.push_str(r#","ath":"#);
            push_quoted(&encode_base64url(token.as_bytes()), &mut claims);
        }
        if let Some(nonce) = draft.nonce {
            claims.push_str(r#","nonce":"#);
            push_quoted(nonce.as_str(), &mut claims);
        }
        claims.push('}');
        Unsigned::new(&self.header, claims.as_bytes())
    }
}

impl<K: Sign> ProofBuilder<K> {
    /// Takes the key.
    pub fn new(key: K, digest: &impl Digest) -> Self {
        let writer = ProofWriter::new(key.alg(), key.public(), digest);
        Self { key, writer }
    }

    /// The name of the key: `dpop_jkt` at an authorization request, `cnf.jkt` in a token.
    pub const fn thumbprint(&self) -> &Thumbprint {
        self.writer.thumbprint()
    }

    /// The key.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// One proof, for one request.
    pub fn prove(&self, draft: &Draft<'_>) -> Result<String, SignError> {
        let unsigned = self.writer.write(draft);
        let signature = self.key.sign(unsigned.message())?;
        Ok(unsigned.signed(&signature))
    }
}

/// Writes a JSON string. What was parsed holds no control characters, so two escapes are enough; any that came
/// by another way is left out rather than written raw.
fn push_quoted(text: &str, into: &mut String) {
    into.push('"');
    if text.bytes().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~')) {
        into.push_str(text);
    } else {
        for c in text.chars().filter(|c| !c.is_control()) {
            if matches!(c, '"' | '\\') {
                into.push('\\');
            }
            into.push(c);
        }
    }
    into.push('"');
}
