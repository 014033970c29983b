//! Ways to log in.

use keybound_authority::login::password::PasswordPolicy;
use keybound_authority::model::connection::{
    BruteForceProtection, Connection, EnabledFor, Signup, Usernames,
};
use keybound_authority::model::name::ConnectionName;
use keybound_proto::id::ClientId;
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
    let options = wrote.options.unwrap_or_default();
    let enabled_for = match (wrote.is_domain_connection, wrote.enabled_clients) {
        (Some(true), _) => EnabledFor::All,
        (_, clients) => EnabledFor::These(
            clients.unwrap_or_default().into_iter().filter_map(|id| ClientId::parse(id).ok()).collect(),
        ),
    };
    Ok(Connection {
        id: document.id.clone(),
        name: ConnectionName::parse(wrote.name)
            .map_err(|reason| corrupt::<Connections>(&document.id, reason))?,
        enabled_for,
        password_policy: match options.password_policy {
            Some("none") => PasswordPolicy::None,
            Some("low") => PasswordPolicy::Low,
            Some("fair") => PasswordPolicy::Fair,
            Some("excellent") => PasswordPolicy::Excellent,
            _ => PasswordPolicy::Good,
        },
        signup: match options.disable_signup {
            Some(true) => Signup::Closed,
            _ => Signup::Open,
        },
        usernames: match options.requires_username {
            Some(true) => Usernames::Required,
            _ => Usernames::None,
        },
        brute_force_protection: match options.brute_force_protection {
            Some(false) => BruteForceProtection::Off,
            _ => BruteForceProtection::On,
        },
    })
}

#[derive(Deserialize)]
struct Wrote<'d> {
    name: &'d str,
    #[serde(borrow)]
    enabled_clients: Option<Vec<&'d str>>,
    is_domain_connection: Option<bool>,
    #[serde(borrow)]
    options: Option<WroteOptions<'d>>,
}

#[derive(Default, Deserialize)]
struct WroteOptions<'d> {
    #[serde(rename = "passwordPolicy")]
    password_policy: Option<&'d str>,
    disable_signup: Option<bool>,
    requires_username: Option<bool>,
    brute_force_protection: Option<bool>,
}
