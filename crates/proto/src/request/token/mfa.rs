//! The second factor of a login whose first one was accepted: the answer to `mfa_required` (Auth0's).

use super::{grant, secret};
use crate::{
    form::{Form, FormError},
    request::InvalidRequest,
    secret::Secret,
};

/// A second factor, and the login it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaRequest {
    /// What came with `mfa_required`.
    pub mfa_token: Secret<String>,
    /// What the user showed.
    pub factor: SecondFactor,
}

/// What a user shows besides the first factor. Each is a grant of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecondFactor {
    /// That a message arrived: by the code in it, or by an answer on the telephone itself.
    Oob {
        /// What came with the challenge.
        code: Secret<String>,
        /// What the user read in the message, where the challenge said `binding_method: prompt`.
        binding_code: Option<Secret<String>>,
    },
    /// The digits an authenticator shows.
    Otp(Secret<String>),
    /// The code kept for the day the others are lost. It is good once; the answer holds the next one.
    RecoveryCode(Secret<String>),
}

impl MfaRequest {
    pub(super) fn read(form: &Form, factor: SecondFactor) -> Result<Self, InvalidRequest> {
        Ok(Self { mfa_token: secret(form, "mfa_token")?, factor })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form.with("mfa_token", self.mfa_token.reveal());
        match &self.factor {
            SecondFactor::Oob { code, binding_code } => form
                .with("oob_code", code.reveal())
                .with_some("binding_code", binding_code.as_ref().map(|code| code.reveal().as_str())),
            SecondFactor::Otp(otp) => form.with("otp", otp.reveal()),
            SecondFactor::RecoveryCode(code) => form.with("recovery_code", code.reveal()),
        }
    }
}

impl SecondFactor {
    /// The name of its grant.
    pub const fn grant_type(&self) -> &'static str {
        match self {
            Self::Oob { .. } => grant::MFA_OOB,
            Self::Otp(_) => grant::MFA_OTP,
            Self::RecoveryCode(_) => grant::MFA_RECOVERY_CODE,
        }
    }

    pub(super) fn read_oob(form: &Form) -> Result<Self, FormError> {
        Ok(Self::Oob { code: secret(form, "oob_code")?, binding_code: form.secret("binding_code") })
    }

    pub(super) fn read_otp(form: &Form) -> Result<Self, FormError> {
        Ok(Self::Otp(secret(form, "otp")?))
    }

    pub(super) fn read_recovery_code(form: &Form) -> Result<Self, FormError> {
        Ok(Self::RecoveryCode(secret(form, "recovery_code")?))
    }
}
