//! A key that the browser keeps: it signs, and no script can read it.

use js_sys::{Array, JSON, JsString, Object, Reflect, Uint8Array};
use keybound_proto::{
    jose::{Alg, Jwk, SignError},
    time::Timestamp,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, CryptoKeyPair, SubtleCrypto};

use super::{DpopKey, PureDigest, SignElsewhere};
use crate::{Ambient, ClientError, both::Boxed};

/// A P-256 key of WebCrypto, not extractable. Give it to [`DpopKey::elsewhere`] with [`PureDigest`], or take
/// [`DpopKey::in_browser`].
#[derive(Clone, Debug)]
pub struct BrowserKey {
    pair: CryptoKeyPair,
    public: Jwk,
}

impl BrowserKey {
    /// Has the browser make one.
    pub async fn generate() -> Result<Self, ClientError> {
        let alg = record(&[("name", "ECDSA"), ("namedCurve", "P-256")]).map_err(|_| UNUSABLE)?;
        let uses = Array::of2(&"sign".into(), &"verify".into());
        let made = subtle().and_then(|subtle| subtle.generate_key_with_object(&alg, false, &uses));
        let pair = JsFuture::from(made.map_err(|_| UNUSABLE)?).await.map_err(|_| UNUSABLE)?;
        Self::of(pair.unchecked_into()).await
    }

    /// Takes a pair that was made before, for instance one that was kept in IndexedDB, which keeps keys as
    /// they are.
    pub async fn of(pair: CryptoKeyPair) -> Result<Self, ClientError> {
        let public = field(&pair, "publicKey").and_then(|key| subtle()?.export_key("jwk", &key));
        let public = JsFuture::from(public.map_err(|_| UNUSABLE)?).await.map_err(|_| UNUSABLE)?;
        let text = JSON::stringify(&public).map(String::from).map_err(|_| UNUSABLE)?;
        let public = Jwk::parse(text.as_bytes()).map_err(|_| UNUSABLE)?;
        if !public.alg_allowed(Alg::Es256) {
            return Err(UNUSABLE);
        }
        Ok(Self { pair, public })
    }

    /// The pair, to be kept in IndexedDB.
    pub const fn pair(&self) -> &CryptoKeyPair {
        &self.pair
    }

    async fn signed(&self, message: &[u8]) -> Result<Vec<u8>, JsValue> {
        let alg = record(&[("name", "ECDSA"), ("hash", "SHA-256")])?;
        let key = field(&self.pair, "privateKey")?;
        let message = Uint8Array::from(message);
        let signature = JsFuture::from(subtle()?.sign_with_object_and_buffer_source(&alg, &key, &message)?);
        Ok(Uint8Array::new(&signature.await?).to_vec())
    }
}

/// WebCrypto signs as JOSE wants it: `R ‖ S`.
impl SignElsewhere for BrowserKey {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn public(&self) -> &Jwk {
        &self.public
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> Boxed<'a, Result<Vec<u8>, SignError>> {
        Box::pin(async move { self.signed(message).await.map_err(|_| SignError) })
    }
}

impl DpopKey {
    /// A new key that the browser keeps, and that nobody can export.
    pub async fn in_browser() -> Result<Self, ClientError> {
        Ok(Self::elsewhere(BrowserKey::generate().await?, PureDigest))
    }
}

/// Time and randomness of a browser, or of its workers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser;

impl Ambient for Browser {
    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for long")]
        Timestamp::from_unix((js_sys::Date::now() / 1000.0) as i64)
    }

    fn entropy(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let Ok(_) = crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes)) else {
            unreachable!("every browser and worker has `crypto.getRandomValues`")
        };
        bytes
    }

    fn pause(&self, length: std::time::Duration) -> Boxed<'_, ()> {
        let waited = js_sys::Promise::new(&mut |resolve, _| {
            let global = js_sys::global();
            if let Ok(timer) = Reflect::get(&global, &"setTimeout".into()) {
                let wait = JsValue::from_f64(length.as_secs_f64() * 1000.0);
                let _ = timer.unchecked_into::<js_sys::Function>().call2(&global, &resolve, &wait);
            }
        });
        Box::pin(async move {
            let _ = JsFuture::from(waited).await;
        })
    }
}

const UNUSABLE: ClientError = ClientError::WebCrypto;

fn crypto() -> Result<Crypto, JsValue> {
    Reflect::get(&js_sys::global(), &"crypto".into()).map(JsValue::unchecked_into)
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let subtle = crypto()?.subtle();
    if subtle.is_undefined() { Err(JsValue::from_str("no secure context")) } else { Ok(subtle) }
}

fn field(pair: &CryptoKeyPair, name: &str) -> Result<CryptoKey, JsValue> {
    Reflect::get(pair, &name.into())?.dyn_into()
}

fn record(members: &[(&str, &str)]) -> Result<Object, JsValue> {
    let record = Object::new();
    for (name, value) in members {
        Reflect::set(&record, &JsString::from(*name), &JsString::from(*value))?;
    }
    Ok(record)
}
