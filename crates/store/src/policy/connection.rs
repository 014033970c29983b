//! Ways to log in.

use keybound_authority::login::password::PasswordPolicy;
use keybound_authority::model::connection::{
    BruteForceProtection, ByEmail, Connection, EnabledFor, Signup, Usernames,
};
use keybound_authority::model::name::ConnectionName;
use keybound_proto::id::ClientId;
use keybound_proto::time::Lifetime;
use serde::Deserialize;

use super::{corrupt, read};
use crate::documents::{Connections, Document};
use crate::error::StoreError;

/// What the protocol obeys about a connection.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn connection(document: &Document<Connections>) -> Result<Connection, StoreError> {
    let wrote: Wrote<'_> = read(document)?;
    let options = wrote.options.clone().unwrap_or_default();
    Ok(Connection {
        id: document.id.clone(),
        name: wrote.name(document)?,
        enabled_for: wrote.enabled_for(),
        password_policy: match options.password_policy {
            Some("none") => PasswordPolicy::None,
            Some("low") => PasswordPolicy::Low,
            Some("fair") => PasswordPolicy::Fair,
            Some("excellent") => PasswordPolicy::Excellent,
            _ => PasswordPolicy::Good,
        },
        signup: options.signup(),
        usernames: match options.requires_username {
            Some(true) => Usernames::Required,
            _ => Usernames::None,
        },
        brute_force_protection: options.brute_force_protection(),
    })
}

/// What the protocol obeys about a connection that sends codes; `None` where it is of another strategy.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn by_email(document: &Document<Connections>) -> Result<Option<ByEmail>, StoreError> {
    let wrote: Wrote<'_> = read(document)?;
    if wrote.strategy != Some("email") {
        return Ok(None);
    }
    let options = wrote.options.clone().unwrap_or_default();
    let code = options.totp.unwrap_or_default();
    Ok(Some(ByEmail {
        id: document.id.clone(),
        name: wrote.name(document)?,
        enabled_for: wrote.enabled_for(),
        signup: options.signup(),
        brute_force_protection: options.brute_force_protection(),
        // A shorter code is written in vain.
        digits: code.length.unwrap_or(DIGITS).max(DIGITS),
        lifetime: code.time_step.map_or(CODE_LIFETIME, Lifetime::seconds),
    }))
}

impl Wrote<'_> {
    fn name(&self, document: &Document<Connections>) -> Result<ConnectionName, StoreError> {
        ConnectionName::parse(self.name).map_err(|reason| corrupt::<Connections>(&document.id, reason))
    }

    fn enabled_for(&self) -> EnabledFor {
        if self.is_off() {
            return EnabledFor::These(Vec::new());
        }
        match (self.is_domain_connection, &self.enabled_clients) {
            (Some(true), _) => EnabledFor::All,
            (_, clients) => {
                let clients = clients.iter().flatten();
                EnabledFor::These(clients.filter_map(|id| ClientId::parse(id).ok()).collect())
            }
        }
    }
}

impl Wrote<'_> {
    /// Nobody gets in by it: it is switched off, or the passwords are that are the only way in.
    fn is_off(&self) -> bool {
        let methods = self.options.as_ref().and_then(|options| options.authentication_methods);
        let passwords = methods.and_then(|methods| methods.password);
        let by_password = self.strategy.is_none_or(|strategy| strategy == "auth0");
        self.authentication.is_some_and(Switch::off) || by_password && passwords.is_some_and(Switch::off)
    }
}

impl Switch {
    fn off(self) -> bool {
        self.on == Some(false)
    }
}

impl WroteOptions<'_> {
    fn signup(&self) -> Signup {
        match self.disable_signup {
            Some(true) => Signup::Closed,
            _ => Signup::Open,
        }
    }

    fn brute_force_protection(&self) -> BruteForceProtection {
        match self.brute_force_protection {
            Some(false) => BruteForceProtection::Off,
            _ => BruteForceProtection::On,
        }
    }
}

/// Auth0's defaults for a code.
const DIGITS: u32 = 6;
const CODE_LIFETIME: Lifetime = Lifetime::seconds(180);

#[derive(Deserialize)]
struct Wrote<'d> {
    name: &'d str,
    strategy: Option<&'d str>,
    #[serde(borrow)]
    enabled_clients: Option<Vec<&'d str>>,
    is_domain_connection: Option<bool>,
    authentication: Option<Switch>,
    #[serde(borrow)]
    options: Option<WroteOptions<'d>>,
}

#[derive(Clone, Default, Deserialize)]
struct WroteOptions<'d> {
    #[serde(rename = "passwordPolicy")]
    password_policy: Option<&'d str>,
    disable_signup: Option<bool>,
    requires_username: Option<bool>,
    brute_force_protection: Option<bool>,
    totp: Option<WroteCode>,
    authentication_methods: Option<WroteMethods>,
}

#[derive(Clone, Copy, Deserialize)]
struct WroteMethods {
    password: Option<Switch>,
}

#[derive(Clone, Copy, Deserialize)]
struct Switch {
    #[serde(alias = "active", alias = "enabled")]
    on: Option<bool>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct WroteCode {
    length: Option<u32>,
    time_step: Option<u32>,
}
