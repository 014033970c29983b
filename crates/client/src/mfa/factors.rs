//! The factors a user has: enrolled, listed, removed.

use bytes::Bytes;
use http::{
    HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use keybound_proto::{
    id::Jti,
    response::{
        mfa::{MfaAssociation, MfaAuthenticator},
        token::{InvalidAnswer, TokenRefusal},
    },
    secret::Secret,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    Client, ClientError, Outgoing, Role, Step, Steps,
    attempt::Attempt,
    http::{Body, Request, Response},
    message::refused,
    outgoing::secret,
};

/// A factor to enrol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaEnrolment {
    /// Messages to this email address.
    Email(String),
    /// An authenticator that shows digits.
    Otp,
    /// An app to confirm in (Auth0 Guardian).
    Push,
    /// Messages to this telephone number.
    Sms(String),
    /// Calls to this telephone number.
    Voice(String),
}

/// A request about a user's factors, on its way.
///
/// What allows it is the `mfa_token`, or an access token for Auth0's MFA API. Neither is bound to a key: the MFA API
/// takes `Bearer` alone, so this is sent to the authorization server and nowhere else.
#[derive(Debug)]
pub struct FactorCall<'a, T> {
    client: &'a Client,
    method: Method,
    url: String,
    body: Option<Value>,
    token: Secret<String>,
    attempt: Attempt,
    read: fn(&[u8]) -> Result<T, InvalidAnswer>,
}

impl Client {
    /// Enrols a factor (`/mfa/associate`). It counts once the user has shown it.
    pub fn mfa_enroll(
        &self,
        token: &Secret<String>,
        factor: &MfaEnrolment,
    ) -> Result<FactorCall<'_, MfaAssociation>, ClientError> {
        let call = FactorCall::new(self, "mfa/associate", token, MfaAssociation::parse)?;
        Ok(FactorCall { method: Method::POST, body: Some(factor.to_json()), ..call })
    }

    /// Lists the user's factors (`/mfa/authenticators`).
    pub fn mfa_factors(
        &self,
        token: &Secret<String>,
    ) -> Result<FactorCall<'_, Vec<MfaAuthenticator>>, ClientError> {
        FactorCall::new(self, "mfa/authenticators", token, MfaAuthenticator::parse_all)
    }

    /// Removes one of them. It takes an access token for Auth0's MFA API: an `mfa_token` does not do.
    pub fn mfa_remove(&self, token: &Secret<String>, id: &str) -> Result<FactorCall<'_, ()>, ClientError> {
        let path = format!("mfa/authenticators/{}", segment(id));
        let call = FactorCall::new(self, &path, token, |_| Ok(()))?;
        Ok(FactorCall { method: Method::DELETE, ..call })
    }
}

impl MfaEnrolment {
    fn to_json(&self) -> Value {
        let by = |channel: &str| json!({ "authenticator_types": ["oob"], "oob_channels": [channel] });
        let (mut whole, to) = match self {
            Self::Email(address) => (by("email"), Some(("email", address))),
            Self::Otp => (json!({ "authenticator_types": ["otp"] }), None),
            Self::Push => (by("auth0"), None),
            Self::Sms(number) => (by("sms"), Some(("phone_number", number))),
            Self::Voice(number) => (by("voice"), Some(("phone_number", number))),
        };
        if let (Some(members), Some((name, to))) = (whole.as_object_mut(), to) {
            members.insert(name.to_owned(), to.as_str().into());
        }
        whole
    }
}

impl<'a, T> FactorCall<'a, T> {
    fn new(
        client: &'a Client,
        path: &str,
        token: &Secret<String>,
        read: fn(&[u8]) -> Result<T, InvalidAnswer>,
    ) -> Result<Self, ClientError> {
        let (url, token) = (client.issuer.join(path), token.clone());
        let attempt = Attempt::to(&url, Role::AuthorizationServer)?;
        Ok(Self { client, method: Method::GET, url, body: None, token, attempt, read })
    }
}

impl<T> Steps for FactorCall<'_, T> {
    type Output = T;

    fn request(&mut self, now: Timestamp, _: &Jti) -> Result<Outgoing, ClientError> {
        self.attempt.sent_at = now;
        let credentials = Secret::new(format!("Bearer {}", self.token.reveal()));
        let request = Request::builder().method(self.method.clone()).uri(&self.url);
        let request = request
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, secret(credentials.reveal(), "credentials")?);
        let body = self.body.as_ref().map_or_else(Bytes::new, |body| body.to_string().into());
        let mut request = request.body(Body::from(body)).map_err(|_| ClientError::Header("address"))?;
        if self.body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(Outgoing::new(request))
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<T>, ClientError> {
        let body = response.body().as_bytes();
        if self.attempt.again(&self.client.origins, response.headers(), None)? {
            return Ok(Step::Again);
        }
        if response.status().is_success() {
            return Ok(Step::Done((self.read)(body)?));
        }
        let refusal = TokenRefusal::parse(body).ok();
        Err(refused(response.status().as_u16(), refusal, response.headers(), self.attempt.sent_at))
    }
}

/// A name as one part of a path: `totp|dev_1` holds what a path does not.
fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let written = name.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    written.collect()
}
