//! Proofs forged in every detail.

use std::sync::atomic::{AtomicU64, Ordering};

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    dpop::{Checked, Expect, HeldBy, Proof, ProofError},
    jose::{Alg, Sign, encode_base64url},
    time::Timestamp,
    uri::Htu,
};
use serde_json::{Value, json};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const URL: &str = "https://server.example.com/token";

/// A proof to be, every part of it open to change.
pub(crate) struct Forge {
    pub(crate) key: SigningKey,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Forge {
    pub(crate) fn new() -> Self {
        Self::with(Alg::Es256)
    }

    pub(crate) fn with(alg: Alg) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let key = SigningKey::generate(alg).unwrap();
        let jti = format!("jti-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let header = json!({ "typ": "dpop+jwt", "alg": alg.name(), "jwk": key.public().to_json() });
        let claims = json!({ "jti": jti, "htm": "POST", "htu": URL, "iat": NOW.as_unix() });
        Self { key, header, claims }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name);
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    pub(crate) fn sign(&self) -> String {
        self.sign_texts(&self.header.to_string(), self.claims.to_string().as_bytes())
    }

    /// Signs a header and a payload as they are written.
    pub(crate) fn sign_texts(&self, header: &str, payload: &[u8]) -> String {
        let signed = format!("{}.{}", encode_base64url(header), encode_base64url(payload));
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode_base64url(signature))
    }

    /// Signs a payload as it is written.
    pub(crate) fn sign_payload(&self, payload: impl AsRef<[u8]>) -> String {
        self.sign_texts(&self.header.to_string(), payload.as_ref())
    }

    /// Signs a header as it is written.
    pub(crate) fn sign_header(&self, header: &str) -> String {
        self.sign_texts(header, self.claims.to_string().as_bytes())
    }
}

pub(crate) fn urls(url: &str) -> [Htu; 1] {
    [Htu::parse(url).unwrap()]
}

/// Checks a proof for `POST` to [`URL`] at [`NOW`].
pub(crate) fn check(proof: &str) -> Result<Checked, ProofError> {
    check_with(proof, NOW, |_| {})
}

pub(crate) fn check_with(
    proof: &str,
    now: Timestamp,
    change: impl for<'a> FnOnce(&mut Expect<'a>),
) -> Result<Checked, ProofError> {
    let urls = urls(URL);
    let mut expect = Expect::new("POST", &urls, HeldBy::Anyone);
    change(&mut expect);
    Proof::parse([proof.as_bytes()])?.expect("a header is there").check(&expect, &AwsLc, now)
}

/// The proof is refused for this reason, and a good one is still accepted.
#[track_caller]
pub(crate) fn refused(proof: &str, code: &str) {
    let why = check(proof).expect_err("it must be refused");
    assert_eq!(why.code(), code, "{why}: {proof}");
    accepted(&Forge::new().sign());
}

#[track_caller]
pub(crate) fn accepted(proof: &str) {
    if let Err(why) = check(proof) {
        panic!("{why} ({}): {proof}", why.code());
    }
}
