//! Who carries letters, where an administrator named somebody.

use keybound_proto::secret::Secret;
use serde::Deserialize;

use crate::documents::kept::Kept;
use crate::error::StoreError;

/// A mail server that an administrator named.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Its name, or its address.
    pub host: Box<str>,
    /// Its port.
    pub port: u16,
    /// As whom to sign in, if at all.
    pub login: Option<(Box<str>, Secret<String>)>,
    /// Whom letters come from, where they said.
    pub from: Option<Box<str>>,
}

/// The mail server that letters leave by; `None` where the administrator named none that there is, or wants none.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn carrier(provider: &Kept) -> Result<Option<Carrier>, StoreError> {
    let wrote = Wrote::deserialize(&provider.doc)
        .map_err(|reason| StoreError::corrupt("email_provider", format!("{}: {reason}", provider.id)))?;
    if wrote.name != "smtp" || wrote.enabled == Some(false) {
        return Ok(None);
    }
    let WroteCredentials { smtp_host, smtp_port, smtp_user, smtp_pass } = wrote.credentials;
    let (Some(host), Some(port)) = (smtp_host, smtp_port) else { return Ok(None) };
    Ok(Some(Carrier {
        host: host.into(),
        port,
        login: smtp_user.map(|user| (user.into(), Secret::new(smtp_pass.unwrap_or_default().to_owned()))),
        from: wrote.default_from_address.filter(|from| !from.is_empty()).map(Into::into),
    }))
}

#[derive(Deserialize)]
struct Wrote<'d> {
    name: &'d str,
    enabled: Option<bool>,
    default_from_address: Option<&'d str>,
    #[serde(borrow, default)]
    credentials: WroteCredentials<'d>,
}

#[derive(Default, Deserialize)]
struct WroteCredentials<'d> {
    smtp_host: Option<&'d str>,
    smtp_port: Option<u16>,
    smtp_user: Option<&'d str>,
    smtp_pass: Option<&'d str>,
}
