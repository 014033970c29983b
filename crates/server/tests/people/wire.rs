//! A machine that asks, with a key or without, and what it hears.

use http::{Request, StatusCode, header};
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{DpopNonce, Draft, ProofBuilder},
    form::Form,
    id::Jti,
    jose::Alg,
    uri::Htu,
};
use serde_json::Value;

use crate::world::{Browser, ISSUER, Page, World};

/// A machine, and the way it asks.
pub(crate) struct Wire<'a> {
    world: &'a World,
    wire: Browser,
    key: Option<ProofBuilder<SigningKey>>,
    nonce: Option<String>,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, wire: world.browser(), key: None, nonce: None }
    }

    pub(crate) fn with_key(self) -> Self {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        Self { key: Some(ProofBuilder::new(key, &AwsLc)), ..self }
    }

    async fn send(&mut self, path: &str, form: &Form) -> Page {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(key) = &self.key {
            let nonce = self.nonce.as_deref().and_then(DpopNonce::parse);
            let draft = Draft {
                jti: &Jti::parse(&entropy::token::<16>()).unwrap(),
                method: "POST",
                url: &Htu::parse(&format!("{}{path}", ISSUER.trim_end_matches('/'))).unwrap(),
                now: self.world.clock.now(),
                token: None,
                nonce: nonce.as_ref(),
            };
            request = request.header("dpop", key.prove(&draft).unwrap());
        }
        let page = self.wire.send(request, form.encode()).await;
        if let Some(nonce) = page.headers.get("dpop-nonce") {
            self.nonce = Some(nonce.to_str().unwrap().to_owned());
        }
        page
    }

    /// Sends, and again where a nonce was wanted.
    pub(crate) async fn sends(&mut self, path: &str, form: &Form) -> Page {
        let page = self.send(path, form).await;
        match page.body.contains("use_dpop_nonce") {
            true => self.send(path, form).await,
            false => page,
        }
    }
}

pub(crate) fn text<'v>(told: &'v Value, member: &str) -> &'v str {
    told[member].as_str().unwrap()
}

/// What a refused device hears, and with which status.
#[track_caller]
pub(crate) fn heard(page: &Page) -> (u16, String) {
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert!(told.get("access_token").is_none(), "{told}");
    (page.status.as_u16(), text(&told, "error").to_owned())
}

pub(crate) fn says(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}

#[track_caller]
pub(crate) fn tokens(page: &Page) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    serde_json::from_str(&page.body).unwrap()
}
