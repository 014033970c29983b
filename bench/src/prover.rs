//! A client that makes proofs, and a world that has seen many.

use anyhow::{Context as _, Result};
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{DpopNonce, Draft, Expect, HeldBy, Proof, ProofBuilder, ReplayKey, TokenHash},
    id::Jti,
    jose::{Alg, BadSignature, Digest, Jwk, Sealer, Verify},
    time::Timestamp,
    uri::Htu,
};

/// A client with a key, about to make one request again and again.
#[derive(Debug)]
pub(crate) struct Prover {
    builder: ProofBuilder<SigningKey>,
    method: &'static str,
    url: Htu,
    now: Timestamp,
    token: Option<TokenHash>,
    nonce: Option<DpopNonce>,
}

impl Prover {
    /// A client with a fresh ES256 key.
    pub(crate) fn new(method: &'static str, url: &str, now: Timestamp) -> Result<Self> {
        let builder = ProofBuilder::new(SigningKey::generate(Alg::Es256)?, &AwsLc);
        Ok(Self { builder, method, url: Htu::parse(url)?, now, token: None, nonce: None })
    }

    /// Sends this token along.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(TokenHash::of(token, &AwsLc)), ..self }
    }

    /// Sends this nonce along.
    pub(crate) fn with_nonce(self, nonce: DpopNonce) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// Its key.
    pub(crate) const fn builder(&self) -> &ProofBuilder<SigningKey> {
        &self.builder
    }

    /// Where it asks.
    pub(crate) const fn url(&self) -> &Htu {
        &self.url
    }

    /// The token it sends along, hashed.
    pub(crate) const fn token(&self) -> Option<&TokenHash> {
        self.token.as_ref()
    }

    /// One proof.
    pub(crate) fn prove(&self) -> Result<String> {
        self.prove_at(self.now, self.nonce.as_ref())
    }

    /// One proof made at another moment, with another nonce.
    pub(crate) fn prove_at(&self, now: Timestamp, nonce: Option<&DpopNonce>) -> Result<String> {
        let jti = Jti::parse(&entropy::token::<16>())?;
        Ok(self.builder.prove(&Draft {
            jti: &jti,
            method: self.method,
            url: &self.url,
            now,
            token: self.token.as_ref(),
            nonce,
        })?)
    }

    /// Many proofs, each to be used once.
    pub(crate) fn prove_many(&self, count: usize) -> Result<Vec<String>> {
        (0..count).map(|_| self.prove()).collect()
    }
}

/// What a replay memory would be asked to remember of this many proofs of one client, and until when.
///
/// Nobody signs and nobody checks these: it is the memory that is looked at.
pub(crate) fn replay_keys(count: usize, now: Timestamp) -> Result<Vec<(ReplayKey, Timestamp)>> {
    let prover = Prover::new("GET", "https://api.example/orders", now)?;
    let urls = [prover.url.clone()];
    let expect = Expect::new("GET", &urls, HeldBy::Anyone);
    let genuine = prover.prove()?;
    let (header, _) = genuine.split_once('.').context("a proof has three parts")?;
    let (_, signature) = genuine.rsplit_once('.').context("a proof has three parts")?;
    let key = |_| {
        let claims = format!(
            r#"{{"jti":"{}","htm":"GET","htu":"{}","iat":{}}}"#,
            entropy::token::<16>(),
            prover.url,
            now.as_unix()
        );
        let claims = keybound_proto::jose::encode_base64url(claims);
        let proof = format!("{header}.{claims}.{signature}");
        let proof = Proof::parse([proof.as_bytes()])?.context("there is a proof")?;
        Ok(proof.check(&expect, &Believing, now)?.replay_key())
    };
    (0..count).map(key).collect()
}

/// Believes every signature.
struct Believing;

impl Digest for Believing {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        AwsLc.sha256(parts)
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        AwsLc.hash_for(alg, message)
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        AwsLc.hmac_sha256(key, parts)
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        AwsLc.sealer(key)
    }
}

impl Verify for Believing {
    fn verify(&self, _: Alg, _: &Jwk, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}
