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
    kid: &'d str,
    alg: &'d str,
    jwk: Json,
    expires_at: Option<&'d str>,
}

impl<'d> WroteMethods<'d> {
    /// The keys whose owner the client is, if that is how it authenticates.
    pub(super) fn keys(&self) -> Option<&[WroteName<'d>]> {
        self.private_key_jwt.as_ref().map(|names| names.credentials.as_slice())
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
    keys.filter(|key| names.iter().any(|name| name.id == key.id)).map(read).collect()
}

fn read(wrote: &WroteKey<'_>) -> Result<ClientKey, &'static str> {
    let key = Jwk::parse(wrote.jwk.to_string().as_bytes()).map_err(|_| "a credential that is no key")?;
    let kid = Kid::parse(wrote.kid).map_err(|_| "a credential without a name")?;
    let alg = Alg::parse(wrote.alg).ok_or("a credential without an algorithm")?;
    let ends_at = match wrote.expires_at {
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or("a credential that ends at no time")?),
        None => None,
    };
    Ok(ClientKey { key: key.with_kid(kid).with_alg(alg), ends_at })
}
