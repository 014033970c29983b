//! A client's key, and the nonce it was last given.

use std::sync::{Mutex, PoisonError};

use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::dpop::{DpopNonce, Draft, ProofBuilder};
use keybound_proto::form::Form;
use keybound_proto::id::Jti;
use keybound_proto::jose::{Alg, Thumbprint};
use keybound_proto::time::Timestamp;
use keybound_proto::uri::Htu;

use crate::tenant::ISSUER;
use crate::wire::Answer;
use crate::world::World;

/// A client's ES256 key, and the nonce it was last given.
pub struct Wallet {
    builder: ProofBuilder<SigningKey>,
    nonce: Mutex<Option<DpopNonce>>,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wallet({})", self.thumbprint())
    }
}

impl Wallet {
    /// A new key.
    ///
    /// # Panics
    /// When no key can be made.
    #[expect(clippy::new_without_default, reason = "a new key is no default")]
    pub fn new() -> Self {
        Self::of(SigningKey::generate(Alg::Es256).expect("a key can be made"))
    }

    /// A key that is kept elsewhere too.
    pub fn of(key: SigningKey) -> Self {
        Self { builder: ProofBuilder::new(key, &AwsLc), nonce: Mutex::new(None) }
    }

    /// Its key's thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        *self.builder.thumbprint()
    }

    /// A proof for the token endpoint, with the newest nonce.
    ///
    /// # Panics
    /// When the key cannot sign.
    pub fn proof(&self, now: Timestamp) -> String {
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let draft = Draft {
            jti: &Jti::parse(&entropy::token::<16>()).expect("a token names a proof"),
            method: "POST",
            url: &Htu::parse(&format!("{ISSUER}oauth/token")).expect("the token endpoint has a URL"),
            now,
            token: None,
            nonce: nonce.as_ref(),
        };
        self.builder.prove(&draft).expect("the key signs")
    }

    /// Remembers the nonce of an answer, if it brings one.
    pub fn learn(&self, answer: &Answer) {
        if let Some(nonce) = answer.header("dpop-nonce").and_then(DpopNonce::parse) {
            *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce);
        }
    }

    /// A token request; made again when a nonce is demanded, as every SDK does.
    pub async fn token(&self, world: &World, form: &Form) -> Answer {
        let answer = self.ask(world, form).await;
        if answer.status != 400 || answer.text("error") != "use_dpop_nonce" {
            return answer;
        }
        self.ask(world, form).await
    }

    async fn ask(&self, world: &World, form: &Form) -> Answer {
        let answer = world.post("/oauth/token", form, &[("dpop", &self.proof(world.now()))]).await;
        self.learn(&answer);
        answer
    }
}
