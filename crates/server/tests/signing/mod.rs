//! Keys of clients, and what they sign.

use keybound_crypto::SigningKey;
use keybound_proto::jose::{Alg, Sign as _, sign_compact};
use serde_json::{Value, json};

/// A key named by its thumbprint.
pub(crate) fn key(alg: Alg) -> SigningKey {
    SigningKey::generate(alg).unwrap().named_by_thumbprint()
}

/// The credential as it stands in a client's document.
pub(crate) fn credential(id: &str, key: &SigningKey) -> Value {
    json!({
        "id": id, "name": "", "kid": key.kid().unwrap().as_str(), "alg": key.alg().name(),
        "credential_type": "public_key", "jwk": key.public().to_json(),
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
    })
}

/// A JWT of that key, under its name.
pub(crate) fn signed(key: &SigningKey, typ: &str, claims: &Value) -> String {
    let header = json!({ "alg": key.alg().name(), "typ": typ, "kid": key.kid().unwrap().as_str() });
    signed_under(key, &header, claims)
}

/// The same under any header.
pub(crate) fn signed_under(key: &SigningKey, header: &Value, claims: &Value) -> String {
    sign_compact(header.to_string().as_bytes(), claims.to_string().as_bytes(), key).unwrap()
}
