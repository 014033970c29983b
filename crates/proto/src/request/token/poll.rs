//! What is asked for again and again, until a user elsewhere is done.

use super::secret;
use crate::{form::Form, request::InvalidRequest, secret::Secret};

/// A device asks whether its user is done (RFC 8628 §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// What it was told to ask with.
    pub device_code: Secret<String>,
}

/// A client asks whether the user it had called is done (CIBA Core §10.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CibaRequest {
    /// What it was told to ask with.
    pub auth_req_id: Secret<String>,
}

impl DeviceRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self { device_code: secret(form, "device_code")? })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        form.with("device_code", self.device_code.reveal())
    }
}

impl CibaRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self { auth_req_id: secret(form, "auth_req_id")? })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        form.with("auth_req_id", self.auth_req_id.reveal())
    }
}
