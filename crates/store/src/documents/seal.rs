//! Secrets inside documents: sealed on the way in, opened on the way out.

use keybound_proto::id::TenantId;
use keybound_proto::jose::{decode_base64url, encode_base64url};
use serde_json::{Value as Json, json};

use super::Kind;
use crate::sql::Store;

/// What a sealed member's value is called inside: a text, or an object with secrets in it.
const SEALED: &str = "sealed";
const SEALED_OBJECT: &str = "sealed_object";

/// Seals the members of a document that are secrets, and brings the others into their normal form.
pub(super) fn seal<K: Kind>(store: &Store, tenant: &TenantId, id: &str, mut doc: Json) -> Json {
    K::normalise(&mut doc);
    for member in K::SECRETS {
        let Some(value) = doc.get_mut(member) else { continue };
        let (name, secret) = match &*value {
            Json::String(secret) => (SEALED, secret.clone()),
            object @ Json::Object(_) => (SEALED_OBJECT, object.to_string()),
            _ => continue,
        };
        let sealed = store.keys().documents.seal(&place::<K>(tenant, id, member), secret.as_bytes());
        *value = json!({ name: encode_base64url(&sealed) });
    }
    doc
}

/// Opens the sealed members of a document, or says in a fragment why they do not open.
pub(super) fn open<K: Kind>(
    store: &Store,
    tenant: &TenantId,
    id: &str,
    mut doc: Json,
) -> Result<Json, &'static str> {
    for member in K::SECRETS {
        let Some(value) = doc.get_mut(member) else { continue };
        let object = value.get(SEALED_OBJECT);
        let is_object = object.is_some();
        let Some(sealed) = object.or_else(|| value.get(SEALED)).and_then(Json::as_str) else { continue };
        let sealed = decode_base64url(sealed).map_err(|_| "a secret that is not base64url")?;
        let opened = store
            .keys()
            .documents
            .open(&place::<K>(tenant, id, member), &sealed)
            .map_err(|_| "a secret sealed by another master key")?;
        let text = std::str::from_utf8(opened.reveal()).map_err(|_| "a secret that is not text")?;
        *value = match is_object {
            true => serde_json::from_str(text).map_err(|_| "a secret that is not JSON")?,
            false => Json::String(text.to_owned()),
        };
    }
    Ok(doc)
}

/// What a sealed secret is bound to: it opens in no other member, document, kind or tenant.
fn place<K: Kind>(tenant: &TenantId, id: &str, member: &str) -> Vec<u8> {
    [tenant.as_str(), K::NAME, id, member].join("\0").into_bytes()
}
