//! A protected resource (RFC 9728).

use serde::{Deserialize, Serialize};

use super::read::{MetadataError, algs, read, same};
use crate::{
    jose::AlgSet,
    uri::{Issuer, Origin, Resource},
};

/// What a protected resource says about itself (RFC 9728 §2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceMetadata {
    /// Its name, byte for byte.
    pub resource: String,
    /// Who issues tokens for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// The keys it signs answers with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Scopes it knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// Where a token may stand: `header`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bearer_methods_supported: Vec<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Where developers read more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<String>,
    /// Algorithms a proof may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Whether a token must be bound to a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens_required: Option<bool>,
}

impl ResourceMetadata {
    /// A description that says a name, who issues tokens for it, and that they travel in the header.
    pub fn of(resource: &Resource, issuer: &Issuer, algs: AlgSet) -> Self {
        Self {
            resource: resource.as_str().to_owned(),
            authorization_servers: vec![issuer.as_str().to_owned()],
            bearer_methods_supported: vec!["header".to_owned()],
            dpop_signing_alg_values_supported: algs.names().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Reads what was found where `resource` is asked for; it must describe exactly that (RFC 9728 §3.3).
    ///
    /// Where the resource has TLS, whoever issues its tokens has it too.
    pub fn parse(bytes: &[u8], resource: &Resource) -> Result<Self, MetadataError> {
        let read: Self = read(bytes)?;
        same(resource.as_str(), &read.resource)?;
        let with_tls = |url: &str| Origin::of_url(url).is_ok_and(|origin| origin.is_secure());
        let gives_up_tls = |issuer: &Issuer| with_tls(&read.resource) && !issuer.origin().is_secure();
        let usable = |issuer: &String| Issuer::parse(issuer).is_ok_and(|issuer| !gives_up_tls(&issuer));
        if read.authorization_servers.iter().all(usable) {
            Ok(read)
        } else {
            Err(MetadataError::Address("authorization_servers"))
        }
    }

    /// Who issues tokens for it, the first one first.
    pub fn issuers(&self) -> impl Iterator<Item = Issuer> {
        self.authorization_servers.iter().filter_map(|issuer| Issuer::parse(issuer).ok())
    }

    /// The algorithms for proofs that both it and we know; `None` when it does not say.
    pub fn dpop_algs(&self) -> Option<AlgSet> {
        algs(&self.dpop_signing_alg_values_supported)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Where RFC 9728 §3.1 looks for a resource's description: the well-known part goes between host and path, and
/// a query stays. `None` when the resource's name is not a web address.
pub fn resource_metadata_url(resource: &Resource) -> Option<String> {
    let origin = Origin::of_url(resource.as_str()).ok()?;
    let (_, rest) = resource.as_str().split_once("://")?;
    let tail = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default();
    let tail = if tail == "/" { "" } else { tail };
    Some(format!("{origin}/.well-known/oauth-protected-resource{tail}"))
}
