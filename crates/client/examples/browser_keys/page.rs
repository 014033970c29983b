//! What the page is given.

use std::{fmt::Display, rc::Rc};

use js_sys::{Object, Promise, Reflect};
use keybound_client::{
    DpopKey, Prover, Proving,
    key::{Browser, BrowserKey, PureDigest},
};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// How the page asks for a proof.
type Prove = dyn Fn(String, String, Option<String>, Option<String>) -> Promise;

/// Puts the promise where the page finds it.
pub(crate) fn offer() -> Result<(), JsValue> {
    let begun = future_to_promise(async { begin().await.map(JsValue::from) });
    Reflect::set(&js_sys::global(), &"keybound".into(), &begun).map(drop)
}

async fn begin() -> Result<Object, JsValue> {
    let kept = BrowserKey::generate().await.map_err(told)?;
    let given = Object::new();
    Reflect::set(&given, &"pair".into(), kept.pair())?;
    let key = DpopKey::elsewhere(kept, PureDigest);
    Reflect::set(&given, &"thumbprint".into(), &key.thumbprint().to_string().into())?;
    let prover = Rc::new(Prover::holding(key));
    let prove: Box<Prove> = Box::new(move |method, url, nonce, token| {
        let prover = Rc::clone(&prover);
        future_to_promise(async move {
            let request = Proving::new(&method, &url);
            let request = token.as_deref().map_or(request, |token| request.with_token(token));
            let request = nonce.as_deref().map_or(request, |nonce| request.with_nonce(nonce));
            let proof = prover.prove(&request, &Browser).await.map_err(told)?;
            proof.to_str().map(JsValue::from).map_err(told)
        })
    });
    Reflect::set(&given, &"prove".into(), &Closure::wrap(prove).into_js_value())?;
    Ok(given)
}

fn told(error: impl Display) -> JsValue {
    JsValue::from(error.to_string())
}
