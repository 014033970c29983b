//! Keys of clients: each credential stands in the document once, and is enabled where its id is named.

use keybound_authority::model::client::{ClientKey, ClientKeys, RequestObjectPolicy, Signing};
use keybound_proto::id::Kid;
use keybound_proto::jose::{Alg, Jwk};
use keybound_proto::time::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

/// `client_authentication_methods`.
#[derive(Deserialize)]
pub(super) struct WroteMethods<'d> {
    #[serde(borrow)]
    private_key_jwt: Option<WroteNames<'d>>,
    tls_client_auth: Option<serde::de::IgnoredAny>,
    self_signed_tls_client_auth: Option<serde::de::IgnoredAny>,
}

/// `signed_request_object`.
#[derive(Deserialize)]
pub(super) struct WroteSigning<'d> {
    required: Option<bool>,
    #[serde(borrow)]
    credentials: Option<Vec<WroteName<'d>>>,
}

#[derive(Deserialize)]
struct WroteNames<'d> {
    #[serde(borrow)]
    credentials: Vec<WroteName<'d>>,
}

/// Where a credential is enabled.
#[derive(Deserialize)]
pub(super) struct WroteName<'d> {
    id: &'d str,
}

/// A credential.
#[derive(Deserialize)]
pub(super) struct WroteKey<'d> {
    id: &'d str,
    kid: Option<&'d str>,
    alg: Option<&'d str>,
    /// What is no key is only kept.
    jwk: Option<Json>,
    expires_at: Option<&'d str>,
}

impl<'d> WroteMethods<'d> {
    /// The keys whose owner the client is, if that is how it authenticates. Nobody is asked for a certificate here: who
    /// has nothing else has no key.
    pub(super) fn keys(&self) -> Option<&[WroteName<'d>]> {
        match &self.private_key_jwt {
            Some(names) => Some(names.credentials.as_slice()),
            None if self.certified() => Some(&[]),
            None => None,
        }
    }

    /// Whether it would show a certificate.
    pub(super) const fn certified(&self) -> bool {
        self.tls_client_auth.is_some() || self.self_signed_tls_client_auth.is_some()
    }
}

/// How a client signs its requests.
pub(super) fn request_objects(
    wrote: Option<&WroteSigning<'_>>,
    keys: Option<&[WroteKey<'_>]>,
) -> Result<RequestObjectPolicy, &'static str> {
    let names = wrote.and_then(|wrote| wrote.credentials.as_deref()).unwrap_or_default();
    let required = match wrote.and_then(|wrote| wrote.required) {
        Some(true) => Signing::Required,
        _ => Signing::Optional,
    };
    Ok(RequestObjectPolicy { required, keys: named(names, keys)? })
}

/// The keys of these names. A name without a key enables nothing.
pub(super) fn named(
    names: &[WroteName<'_>],
    keys: Option<&[WroteKey<'_>]>,
) -> Result<ClientKeys, &'static str> {
    let keys = keys.unwrap_or_default().iter();
    let enabled = |key: &&WroteKey<'_>| key.jwk.is_some() && names.iter().any(|name| name.id == key.id);
    keys.filter(enabled).map(read).collect()
}

fn read(wrote: &WroteKey<'_>) -> Result<ClientKey, &'static str> {
    let key = wrote.jwk.as_ref().and_then(|key| Jwk::parse(key.to_string().as_bytes()).ok());
    let key = key.ok_or("a credential that is no key")?;
    let kid = wrote.kid.and_then(|kid| Kid::parse(kid).ok()).ok_or("a credential without a name")?;
    let alg = wrote.alg.and_then(Alg::parse).ok_or("a credential without an algorithm")?;
    let ends_at = match wrote.expires_at {
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or("a credential that ends at no time")?),
        None => None,
    };
    Ok(ClientKey { key: key.with_kid(kid).with_alg(alg), ends_at })
}
