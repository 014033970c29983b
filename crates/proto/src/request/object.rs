//! Authorization requests that are signed (RFC 9101).

use super::authorization::AuthorizationRequest;
use crate::{
    form::{Form, FormError},
    id::ClientId,
    jose::{Alg, AlgSet, Jwk, JwtError, Unverified, Verify, json::Value},
    time::{Lifetime, Timestamp},
    uri::Issuer,
};

/// Why a request object is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestObjectError {
    /// What stands in it are not parameters.
    #[error(transparent)]
    Form(#[from] FormError),
    /// It is no token, or its time is not now.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// `iss`, `client_id` and the client that sends it are not one, or it speaks of the client as its subject.
    #[error("iss and client_id are not both the client's identifier, or sub is")]
    Names,
    /// It holds a request object itself, or the name of one (RFC 9101 §4).
    #[error("it holds request or request_uri")]
    Nested,
    /// It would live too long.
    #[error("it lives longer than {limit} s", limit = RequestObject::LONGEST.as_secs())]
    TooLong,
}

/// Who must have signed a request, for whom.
#[derive(Clone, Copy, Debug)]
pub struct ExpectObject<'a> {
    /// The client that is named beside it.
    pub client: &'a ClientId,
    /// Who must be its audience.
    pub issuer: &'a Issuer,
    /// Whether it must say what it is (RFC 8725 §3.11), or may leave that out or be a mere `JWT`.
    pub typing: Typing,
}

/// How plainly a signed request must say what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// By its own media type.
    Explicit,
    /// By that, as a `JWT`, or not at all.
    Lenient,
}

/// A signed request. Nothing in it is believed yet.
#[derive(Clone, Debug)]
pub struct RequestObject<'a>(Unverified<'a>);

impl<'a> RequestObject<'a> {
    /// How long one may live: FAPI 2.0 Message Signing §5.3.1.
    pub const LONGEST: Lifetime = Lifetime::seconds(3600);

    /// How far apart the two clocks may be.
    pub const LEEWAY: Lifetime = Lifetime::seconds(10);

    /// How it may be signed.
    pub const ALGS: AlgSet = AlgSet::of(&[Alg::Es256, Alg::EdDsa, Alg::Ps256, Alg::Rs256]);

    /// The media type RFC 9101 §10.8 gives it.
    pub const TYPE: &'static str = "oauth-authz-req+jwt";

    /// Reads one.
    pub fn parse(text: &'a str) -> Result<Self, RequestObjectError> {
        Ok(Self(Unverified::parse(text.as_bytes())?))
    }

    /// Checks it, and gives the parameters in it: nothing that stood beside it counts (RFC 9101 §6.3).
    pub fn check<'k>(
        self,
        backend: &impl Verify,
        keys: impl IntoIterator<Item = &'k Jwk>,
        expect: &ExpectObject<'_>,
        now: Timestamp,
    ) -> Result<Form, RequestObjectError> {
        let token = self.0.verify_among(backend, keys, Self::ALGS)?;
        match expect.typing {
            Typing::Explicit => token.check_type(&[Self::TYPE])?,
            Typing::Lenient if token.typ().is_some() => token.check_type(&[Self::TYPE, "JWT"])?,
            Typing::Lenient => {}
        }
        let claims = token.claims();
        let client = Some(expect.client.as_str());
        let names = claims.issuer() == client && claims.text("client_id") == client;
        // What shows who the client is has the client as its subject (RFC 9101 §10.8): the two are not to be mixed up.
        if !names || claims.subject() == client {
            return Err(RequestObjectError::Names);
        }
        claims.check_audience(expect.issuer.as_str())?;
        claims.check_time(now, Self::LEEWAY)?;
        if claims.expires().is_some_and(|end| end > now.plus(Self::LONGEST).plus(Self::LEEWAY)) {
            return Err(RequestObjectError::TooLong);
        }
        let mut form = Form::new();
        for member in claims.members().members() {
            let name = member.name.as_ref();
            if ["request", "request_uri"].contains(&name) {
                return Err(RequestObjectError::Nested);
            }
            if !OWN.contains(&name) {
                form = parameter(form, name, &member.value)?;
            }
        }
        if form.pairs().count() > Form::LIMIT {
            return Err(FormError::TooMany.into());
        }
        Ok(form)
    }
}

/// As a parameter: what is empty counts as omitted, as it does in a form. The one object that is known is that of the
/// claims (OIDC Core §6.1), which a form writes as text; others are parameters of extensions that
/// nobody here knows, and are passed over.
fn parameter(form: Form, name: &str, value: &Value<'_>) -> Result<Form, RequestObjectError> {
    let several = || AuthorizationRequest::REPEATABLE.contains(&name);
    match value {
        Value::Object(claims) if name == "claims" => {
            Ok(form.with(name, &serde_json::Value::Object(claims.to_serde()).to_string()))
        }
        Value::Null | Value::Object(_) => Ok(form),
        Value::String(text) if text.is_empty() => Ok(form),
        Value::String(text) => Ok(form.with(name, text)),
        Value::Bool(flag) => Ok(form.with(name, if *flag { "true" } else { "false" })),
        Value::Number(number) => Ok(form.with(name, number.as_str())),
        Value::Array(values) if several() && values.iter().all(|value| value.as_str().is_some()) => {
            values.iter().try_fold(form, |form, value| parameter(form, name, value))
        }
        Value::Array(_) => Err(FormError::Nested(name.chars().take(40).collect()).into()),
    }
}

/// What speaks of the object itself (RFC 7519 §4.1).
const OWN: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
