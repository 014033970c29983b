//! Answers that are signed (JWT Secured Authorization Response Mode for OAuth 2.0, JARM §2.4).

use keybound_proto::{
    form::Form,
    jose::{KeySet, Unverified, Verify},
    response::authorization::InvalidResponse,
    time::Timestamp,
};

use crate::{Client, ClientError, id_token};

/// The parameters inside, once the server is found to have signed them for this client and not too long ago.
pub(super) fn open(
    client: &Client,
    response: &str,
    (keys, backend): (&KeySet, &impl Verify),
    now: Timestamp,
) -> Result<Form, ClientError> {
    // RFC 7516 §7.1: an encrypted one has five parts.
    if response.split('.').count() == 5 {
        return Err(InvalidResponse::Encrypted.into());
    }
    let token = Unverified::parse(response.as_bytes())?;
    if token.unbelieved().issuer() != Some(client.issuer.as_str()) {
        return Err(ClientError::Issuer);
    }
    let token = token.verify_with(backend, keys, id_token::algorithms(client.metadata()))?;
    let claims = token.claims();
    claims.check_audience(client.client_id.as_str())?;
    claims.check_time(client.time_there(now), client.clocks.tolerance)?;
    Ok(PARAMETERS.iter().fold(Form::new(), |form, name| form.with_some(name, claims.text(name))))
}

/// What an answer may hold (RFC 6749 §4.1.2).
const PARAMETERS: [&str; 5] = ["code", "error", "error_description", "iss", "state"];
