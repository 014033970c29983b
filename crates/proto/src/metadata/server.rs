//! An authorization server (RFC 8414 §2, OpenID Connect Discovery §3).

use serde::{Deserialize, Serialize};

use super::read::{MetadataError, algs, read, same};
use crate::{
    jose::AlgSet,
    uri::{Issuer, Origin},
};

/// What an authorization server says about itself, in the order Auth0 says it.
///
/// Endpoints that are `None` and lists that are empty are not written: RFC 8414 §3.2 wants no empty lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerMetadata {
    /// Its name, byte for byte.
    pub issuer: String,
    /// Where users are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// RFC 8628.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// OIDC Core §5.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// Auth0's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_challenge_endpoint: Option<String>,
    /// The keys tokens are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// RFC 7591.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// RFC 7009.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// RFC 7662.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// RFC 9126.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// RP-Initiated Logout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// CIBA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_endpoint: Option<String>,
    /// How a client hears what became of a call (CIBA Core §4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backchannel_token_delivery_modes_supported: Vec<String>,
    /// Scopes a client may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// Kinds of answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// Ways an answer travels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// Grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// PKCE methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Prompts (Initiating User Registration §5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompt_values_supported: Vec<String>,
    /// Whether users are known by one name or by one for each client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_types_supported: Vec<String>,
    /// How clients may authenticate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// And with which algorithms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Claims a client may get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// Whether single claims may be asked for (OIDC Core §5.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_parameter_supported: Option<bool>,
    /// Languages of the pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
    /// Levels of authentication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    /// RFC 9101.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameter_supported: Option<bool>,
    /// Algorithms of signed requests (RFC 9101 §10.5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_alg_values_supported: Vec<String>,
    /// Algorithms of signed answers (JARM §4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_signing_alg_values_supported: Vec<String>,
    /// RFC 9101.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_uri_parameter_supported: Option<bool>,
    /// RFC 9126 §5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// RFC 9207 §3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// Algorithms of ID tokens; some resource servers read it for access tokens too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Back-Channel Logout §2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_supported: Option<bool>,
    /// Back-Channel Logout §2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_supported: Option<bool>,
    /// RFC 9449 §5.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Whether a client may be known by the address of its own description (Client ID Metadata Document §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id_metadata_document_supported: Option<bool>,
}

impl ServerMetadata {
    /// A description that says a name and nothing else yet.
    pub fn of(issuer: &Issuer) -> Self {
        Self { issuer: issuer.as_str().to_owned(), ..Self::default() }
    }

    /// Reads what was found where `issuer` is asked for; it must describe exactly that issuer (RFC 8414 §3.3).
    ///
    /// Where the issuer has TLS, no endpoint may do without.
    pub fn parse(bytes: &[u8], issuer: &Issuer) -> Result<Self, MetadataError> {
        let read: Self = read(bytes)?;
        same(issuer.as_str(), &read.issuer)?;
        for (name, address) in read.endpoints() {
            let origin = Origin::of_url(address).map_err(|_| MetadataError::Address(name))?;
            if issuer.origin().is_secure() && !origin.is_secure() {
                return Err(MetadataError::Address(name));
            }
        }
        Ok(read)
    }

    /// The algorithms for proofs that both it and we know; `None` when it does not say (RFC 9449 §5.1).
    pub fn dpop_algs(&self) -> Option<AlgSet> {
        algs(&self.dpop_signing_alg_values_supported)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn endpoints(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("device_authorization_endpoint", &self.device_authorization_endpoint),
            ("userinfo_endpoint", &self.userinfo_endpoint),
            ("mfa_challenge_endpoint", &self.mfa_challenge_endpoint),
            ("jwks_uri", &self.jwks_uri),
            ("registration_endpoint", &self.registration_endpoint),
            ("revocation_endpoint", &self.revocation_endpoint),
            ("introspection_endpoint", &self.introspection_endpoint),
            ("pushed_authorization_request_endpoint", &self.pushed_authorization_request_endpoint),
            ("end_session_endpoint", &self.end_session_endpoint),
            ("backchannel_authentication_endpoint", &self.backchannel_authentication_endpoint),
        ]
        .into_iter()
        .filter_map(|(name, address)| Some((name, address.as_deref()?)))
    }
}
