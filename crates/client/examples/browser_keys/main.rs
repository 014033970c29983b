//! A page whose key the browser keeps: WebCrypto signs, and no script can read it. What the page is given stands in
//! `keybound`, a promise: the pair of keys, its thumbprint, and `prove(method, url, nonce, token)`.
//!
//! ```sh
//! cargo build --package keybound-client --example browser_keys --no-default-features --features webcrypto \
//!   --target wasm32-unknown-unknown
//! cargo run --package xtask --features bindgen --bin bindgen \
//!   target/wasm32-unknown-unknown/debug/examples/browser_keys.wasm page
//! ```
//!
//! The suite `browser-keys` drives it in Chromium.

#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(target_arch = "wasm32")]
fn main() -> Result<(), wasm_bindgen::JsValue> {
    page::offer()
}

/// There is no browser here.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
