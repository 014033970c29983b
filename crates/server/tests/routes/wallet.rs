//! A client's key, and the nonce it was last given.

use std::sync::Mutex;

use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{DpopNonce, Draft, ProofBuilder, TokenHash},
    form::Form,
    id::Jti,
    jose::{Alg, Thumbprint},
    time::Timestamp,
    uri::Htu,
};
use serde_json::Value;

use crate::world::{Answer, ISSUER, World};

pub(crate) struct Wallet {
    builder: ProofBuilder<SigningKey>,
    nonce: Mutex<Option<String>>,
}

impl Wallet {
    pub(crate) fn new() -> Self {
        Self::of(Alg::Es256)
    }

    pub(crate) fn of(alg: Alg) -> Self {
        let builder = ProofBuilder::new(SigningKey::generate(alg).unwrap(), &AwsLc);
        Self { builder, nonce: Mutex::new(None) }
    }

    pub(crate) fn thumbprint(&self) -> Thumbprint {
        *self.builder.thumbprint()
    }

    pub(crate) fn nonce(&self) -> Option<String> {
        self.nonce.lock().unwrap().clone()
    }

    /// A proof for a path of the server.
    pub(crate) fn proof(&self, now: Timestamp, method: &str, path: &str, token: Option<&str>) -> String {
        self.proof_at(now, method, &format!("{}{path}", ISSUER.trim_end_matches('/')), token)
    }

    /// A proof for any URL.
    pub(crate) fn proof_at(&self, now: Timestamp, method: &str, url: &str, token: Option<&str>) -> String {
        let hash = token.map(|token| TokenHash::of(token, &AwsLc));
        let nonce = self.nonce().and_then(|nonce| DpopNonce::parse(&nonce));
        let draft = Draft {
            jti: &Jti::parse(&entropy::token::<16>()).unwrap(),
            method,
            url: &Htu::parse(url).unwrap(),
            now,
            token: hash.as_ref(),
            nonce: nonce.as_ref(),
        };
        self.builder.prove(&draft).unwrap()
    }

    pub(crate) fn learn(&self, answer: &Answer) {
        if let Some(nonce) = answer.header("dpop-nonce") {
            *self.nonce.lock().unwrap() = Some(nonce.to_owned());
        }
    }

    /// One token request with a proof of this key and the newest nonce.
    pub(crate) async fn ask(&self, world: &World, form: Form) -> Answer {
        let proof = self.proof(world.now(), "POST", "/oauth/token", None);
        let answer = world.post("/oauth/token", form, &[("dpop", &proof)]).await;
        self.learn(&answer);
        answer
    }

    /// The same, asking again when a nonce is demanded, as every SDK does.
    pub(crate) async fn token(&self, world: &World, form: Form) -> Answer {
        let (_, again) = (0, form.encode());
        let answer = self.ask(world, form).await;
        if answer.status != 400 || answer.json()["error"] != "use_dpop_nonce" {
            return answer;
        }
        self.ask(world, Form::parse(again.as_bytes()).unwrap()).await
    }

    /// A request to one of the server's own resources.
    pub(crate) async fn call(&self, world: &World, path: &str, token: &str) -> Answer {
        let proof = self.proof(world.now(), "GET", path, Some(token));
        let authorization = format!("DPoP {token}");
        get(world, path, &[("authorization", &authorization), ("dpop", &proof)]).await
    }

    /// Tokens for the standing user at the standing browser app.
    pub(crate) async fn sign_in(&self, world: &World) -> Value {
        let code = world.code(&crate::world::Wish::default()).await;
        self.token(world, crate::world::redeem(&code, crate::world::SPA)).await.ok()
    }
}

pub(crate) async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = http::Request::get(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(axum::body::Body::empty()).unwrap()).await
}
