//! How a client shows who it is (RFC 6749 §2.3, RFC 7523 §2.2).

use http::{HeaderMap, header::AUTHORIZATION};
use keybound_proto::{
    form::Form,
    id::{ClientId, Jti},
    jose::{Unsigned, encode_base64url},
    metadata::ServerMetadata,
    request::client::write_basic,
    secret::Secret,
    time::{Lifetime, Timestamp},
};

use crate::{Client, ClientError, Signer, outgoing::secret};

/// How a client shows who it is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Authentication {
    /// It cannot: an app on somebody else's device.
    #[default]
    Public,
    /// A secret in the `Authorization` header.
    SecretBasic(Secret<String>),
    /// A secret in the body.
    SecretPost(Secret<String>),
    /// A statement signed with a key of its own, `private_key_jwt`: nothing that could be stolen is sent.
    PrivateKeyJwt(Signer),
}

impl Authentication {
    /// How a client with this secret shows it to that server: in the header, unless the server takes it in the body
    /// alone. A server that says nothing takes the header (RFC 8414 §2).
    pub fn by_secret(secret: Secret<String>, server: &ServerMetadata) -> Self {
        let accepted = &server.token_endpoint_auth_methods_supported;
        let takes = |method: &str| accepted.iter().any(|accepted| accepted == method);
        if !takes("client_secret_basic") && takes("client_secret_post") {
            Self::SecretPost(secret)
        } else {
            Self::SecretBasic(secret)
        }
    }

    /// The form with who asks; the header where the secret goes there.
    pub(crate) fn write(
        &self,
        client_id: &ClientId,
        form: Form,
        headers: &mut HeaderMap,
    ) -> Result<Form, ClientError> {
        Ok(match self {
            Self::Public => form.with("client_id", client_id.as_str()),
            Self::SecretBasic(own) => {
                let credentials = write_basic(client_id, own);
                headers.insert(AUTHORIZATION, secret(credentials.reveal(), "credentials")?);
                form
            }
            Self::SecretPost(own) => {
                form.with("client_id", client_id.as_str()).with("client_secret", own.reveal())
            }
            Self::PrivateKeyJwt(_) => {
                form.with("client_id", client_id.as_str()).with("client_assertion_type", ASSERTION_TYPE)
            }
        })
    }
}

/// The statement of RFC 7523 §3, for one request. Its audience is the issuer, which every profile accepts.
pub(crate) fn assertion(client: &Client, signer: &Signer, now: Timestamp, jti: &Jti) -> Unsigned {
    let header = serde_json::json!({
        "typ": "JWT",
        "alg": signer.alg().name(),
        "kid": signer.kid().map(|kid| kid.as_str()),
    });
    let header = without_nulls(header);
    let id = client.client_id.as_str();
    let claims = serde_json::json!({
        "iss": id,
        "sub": id,
        "aud": client.issuer.as_str(),
        "jti": jti.as_str(),
        "iat": now.as_unix(),
        "exp": now.plus(LIFETIME).as_unix(),
    });
    Unsigned::new(&encode_base64url(header.to_string()), claims.to_string().as_bytes())
}

pub(crate) fn without_nulls(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    value
}

/// The form field the statement goes into.
pub(crate) const ASSERTION: &str = "client_assertion";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long the statement holds: the journey, and two clocks.
const LIFETIME: Lifetime = Lifetime::seconds(60);
