//! What a client asks at the token endpoint: one variant per grant, and one file per idea of what is redeemed.

mod assertion;
mod code;
mod exchange;
pub mod grant;
mod machine;
mod mfa;
mod password;
mod passwordless;
mod poll;
mod refresh;

pub use self::{
    assertion::AssertionRequest,
    code::CodeRequest,
    exchange::{ExchangeRequest, GivenToken},
    machine::MachineRequest,
    mfa::{MfaRequest, SecondFactor},
    password::PasswordRequest,
    passwordless::{PasswordlessRealm, PasswordlessRequest},
    poll::{CibaRequest, DeviceRequest},
    refresh::RefreshRequest,
};

use super::InvalidRequest;
use crate::{
    form::{Form, FormError},
    scope::Scopes,
    secret::Secret,
    uri::Resource,
};

/// A token request, read and not believed. Who asks is read beside it, by [`super::client`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRequest {
    /// [`grant::AUTHORIZATION_CODE`]
    AuthorizationCode(CodeRequest),
    /// [`grant::CIBA`]
    Ciba(CibaRequest),
    /// [`grant::CLIENT_CREDENTIALS`]
    ClientCredentials(MachineRequest),
    /// [`grant::DEVICE_CODE`]
    Device(DeviceRequest),
    /// [`grant::TOKEN_EXCHANGE`]
    Exchange(ExchangeRequest),
    /// [`grant::JWT_BEARER`]
    JwtBearer(AssertionRequest),
    /// [`grant::MFA_OOB`], [`grant::MFA_OTP`] and [`grant::MFA_RECOVERY_CODE`]
    Mfa(MfaRequest),
    /// [`grant::PASSWORD`], or with a realm [`grant::PASSWORD_REALM`]
    Password(PasswordRequest),
    /// [`grant::PASSWORDLESS_OTP`]
    Passwordless(PasswordlessRequest),
    /// [`grant::REFRESH_TOKEN`]
    RefreshToken(RefreshRequest),
    /// A grant this room does not know, by its name: `unsupported_grant_type`.
    Other(String),
}

impl TokenRequest {
    /// Parameters that may come more than once, for [`Form::parse_repeatable`].
    pub const REPEATABLE: &'static [&'static str] = &["resource"];

    /// Reads the parameters its grant needs, and no others.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(match form.required("grant_type")? {
            grant::AUTHORIZATION_CODE => Self::AuthorizationCode(CodeRequest::read(form)?),
            grant::CIBA => Self::Ciba(CibaRequest::read(form)?),
            grant::CLIENT_CREDENTIALS => Self::ClientCredentials(MachineRequest::read(form)?),
            grant::DEVICE_CODE => Self::Device(DeviceRequest::read(form)?),
            grant::TOKEN_EXCHANGE => Self::Exchange(ExchangeRequest::read(form)?),
            grant::JWT_BEARER => Self::JwtBearer(AssertionRequest::read(form)?),
            grant::MFA_OOB => Self::Mfa(MfaRequest::read(form, SecondFactor::read_oob(form)?)?),
            grant::MFA_OTP => Self::Mfa(MfaRequest::read(form, SecondFactor::read_otp(form)?)?),
            grant::MFA_RECOVERY_CODE => {
                Self::Mfa(MfaRequest::read(form, SecondFactor::read_recovery_code(form)?)?)
            }
            grant::PASSWORD => Self::Password(PasswordRequest::read(form, None)?),
            grant::PASSWORD_REALM => {
                let realm = form.required("realm")?.to_owned();
                Self::Password(PasswordRequest::read(form, Some(realm))?)
            }
            grant::PASSWORDLESS_OTP => Self::Passwordless(PasswordlessRequest::read(form)?),
            grant::REFRESH_TOKEN => Self::RefreshToken(RefreshRequest::read(form)?),
            other => Self::Other(other.to_owned()),
        })
    }

    /// The registered name of its grant.
    pub fn grant_type(&self) -> &str {
        match self {
            Self::AuthorizationCode(_) => grant::AUTHORIZATION_CODE,
            Self::Ciba(_) => grant::CIBA,
            Self::ClientCredentials(_) => grant::CLIENT_CREDENTIALS,
            Self::Device(_) => grant::DEVICE_CODE,
            Self::Exchange(_) => grant::TOKEN_EXCHANGE,
            Self::JwtBearer(_) => grant::JWT_BEARER,
            Self::Mfa(request) => request.factor.grant_type(),
            Self::Password(request) if request.realm.is_some() => grant::PASSWORD_REALM,
            Self::Password(_) => grant::PASSWORD,
            Self::Passwordless(_) => grant::PASSWORDLESS_OTP,
            Self::RefreshToken(_) => grant::REFRESH_TOKEN,
            Self::Other(name) => name,
        }
    }

    /// The parameters, as a client sends them; who it is comes on top.
    pub fn to_form(&self) -> Form {
        let form = Form::new().with("grant_type", self.grant_type());
        match self {
            Self::AuthorizationCode(request) => request.write(form),
            Self::Ciba(request) => request.write(form),
            Self::ClientCredentials(request) => request.write(form),
            Self::Device(request) => request.write(form),
            Self::Exchange(request) => request.write(form),
            Self::JwtBearer(request) => request.write(form),
            Self::Mfa(request) => request.write(form),
            Self::Password(request) => request.write(form),
            Self::Passwordless(request) => request.write(form),
            Self::RefreshToken(request) => request.write(form),
            Self::Other(_) => form,
        }
    }

    /// What is asked for, where the grant lets a client ask; `None` is all there is to be had.
    pub fn scopes(&self) -> Option<&Scopes> {
        match self {
            Self::ClientCredentials(request) => request.scopes.as_ref(),
            Self::Exchange(request) => request.scopes.as_ref(),
            Self::JwtBearer(request) => request.scopes.as_ref(),
            Self::Password(request) => request.scopes.as_ref(),
            Self::Passwordless(request) => request.scopes.as_ref(),
            Self::RefreshToken(request) => request.scopes.as_ref(),
            _ => None,
        }
    }
}

/// `scope`, when it is there.
pub(super) fn scopes(form: &Form) -> Result<Option<Scopes>, InvalidRequest> {
    Ok(form.text("scope").map(Scopes::parse).transpose()?)
}

/// Every `resource` (RFC 8707 §2).
pub(super) fn resources(form: &Form) -> Result<Vec<Resource>, InvalidRequest> {
    form.all("resource").map(Resource::parse).collect::<Result<_, _>>().map_err(InvalidRequest::Target)
}

/// A parameter that must be there and not be printed.
fn secret(form: &Form, name: &'static str) -> Result<Secret<String>, FormError> {
    Ok(Secret::new(form.required(name)?.to_owned()))
}

fn text(scopes: Option<&Scopes>) -> Option<String> {
    scopes.map(Scopes::to_string)
}

fn with_resources(form: Form, resources: &[Resource]) -> Form {
    resources.iter().fold(form, |form, resource| form.with("resource", resource.as_str()))
}

#[cfg(test)]
mod tests;
