//! Secrets inside documents: sealed on the way in, opened on the way out.

use keybound_proto::id::TenantId;
use keybound_proto::jose::{decode_base64url, encode_base64url};
use serde_json::{Value as Json, json};

use super::Kind;
use crate::sql::Store;

/// What a sealed member's value is called inside: a text, or an object or a list with secrets in it.
const SEALED: &str = "sealed";
const SEALED_OBJECT: &str = "sealed_object";

/// Seals the members of a document that are secrets, and brings the others into their normal form.
pub(super) fn seal<K: Kind>(store: &Store, tenant: &TenantId, id: &str, mut doc: Json) -> Json {
    K::normalise(&mut doc);
    seal_members(store, K::SECRETS, &[tenant.as_str(), K::NAME, id], doc)
}

/// Seals these members of what stands at that place.
pub(super) fn seal_members(store: &Store, secrets: &[&str], place: &[&str], mut doc: Json) -> Json {
    for member in secrets {
        let Some(value) = doc.get_mut(member) else { continue };
        let (name, secret) = match &*value {
            Json::String(secret) => (SEALED, secret.clone()),
            whole @ (Json::Object(_) | Json::Array(_)) => (SEALED_OBJECT, whole.to_string()),
            _ => continue,
        };
        let sealed = store.keys().documents.seal(&bound_to(place, member), secret.as_bytes());
        *value = json!({ name: encode_base64url(&sealed) });
    }
    doc
}

/// Opens the sealed members of a document, or says in a fragment why they do not open.
pub(super) fn open<K: Kind>(
    store: &Store,
    tenant: &TenantId,
    id: &str,
    doc: Json,
) -> Result<Json, &'static str> {
    open_members(store, K::SECRETS, &[tenant.as_str(), K::NAME, id], doc)
}

/// Opens these members of what stands at that place.
pub(super) fn open_members(
    store: &Store,
    secrets: &[&str],
    place: &[&str],
    mut doc: Json,
) -> Result<Json, &'static str> {
    for member in secrets {
        let Some(value) = doc.get_mut(member) else { continue };
        let whole = value.get(SEALED_OBJECT);
        let is_whole = whole.is_some();
        let Some(sealed) = whole.or_else(|| value.get(SEALED)).and_then(Json::as_str) else { continue };
        let sealed = decode_base64url(sealed).map_err(|_| "a secret that is not base64url")?;
        let opened = store
            .keys()
            .documents
            .open(&bound_to(place, member), &sealed)
            .map_err(|_| "a secret sealed by another master key")?;
        let text = std::str::from_utf8(opened.reveal()).map_err(|_| "a secret that is not text")?;
        *value = match is_whole {
            true => serde_json::from_str(text).map_err(|_| "a secret that is not JSON")?,
            false => Json::String(text.to_owned()),
        };
    }
    Ok(doc)
}

/// What a sealed secret is bound to: it opens in no other member, document, kind or tenant.
fn bound_to(place: &[&str], member: &str) -> Vec<u8> {
    [place, &[member]].concat().join("\0").into_bytes()
}
