//! Which proof of identity a client owes, and whether it gave it (RFC 6749 §2.3).

use keybound_proto::jose::{JwtError, Verify};
use keybound_proto::request::client::{
    AssertionAudience, AssertionError, CheckedAssertion, ClientAssertion, Credential as Shown,
    PresentedClient,
};
use keybound_proto::secret::Secret;
use keybound_proto::time::Timestamp;
use keybound_proto::uri::Issuer;

use crate::Refusal;
use crate::model::client::{Client, ClientKeys, ClientProfile, Credential, SecretSent};

/// What a client owes to show who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// A signed assertion (`private_key_jwt`).
    Assertion,
    /// Nothing: it is a public client, and must not try.
    Nothing,
    /// Its secret.
    Secret(SecretSent),
}

/// What assertions are held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a, V> {
    /// Checks signatures.
    pub backend: &'a V,
    /// The issuer: the one address the documents leave.
    pub issuer: &'a Issuer,
    /// What else Auth0 and older documents let an assertion name: endpoints of ours, and the issuer.
    pub addresses: &'a [String],
    /// The time.
    pub now: Timestamp,
}

/// A client that showed what it owes. An assertion still has to be claimed.
#[derive(Debug)]
#[must_use = "an assertion may still be a replay: claim it"]
pub struct Authenticated {
    /// Which.
    pub client: Client,
    /// What it signed, where it did.
    pub assertion: Option<CheckedAssertion>,
}

/// The client, if it is the one it says and showed what it owes.
///
/// `found` is what is registered under the name presented. Secrets are compared in constant time; that a client
/// exists is no secret, since its id travels through browsers. A Basic header with an empty secret shows nothing:
/// libraries send it for public clients.
pub fn authenticate<V: Verify>(
    presented: &PresentedClient,
    found: Option<Client>,
    expected: &Expected<'_, V>,
) -> Result<Authenticated, Refusal> {
    let id = match (&presented.client_id, &presented.credential) {
        (Some(id), _) => id,
        (None, Shown::Assertion { .. }) => return Err(Refusal::AssertionMalformed),
        (None, _) => return Err(Refusal::NoClient),
    };
    let client = found.filter(|client| client.id == *id).ok_or(Refusal::UnknownClient)?;
    let assertion = match (&client.credential, shown(&presented.credential)) {
        (Credential::None, Shown::None) => None,
        (Credential::Keys(keys), Shown::Assertion { kind, assertion }) => {
            Some(check(&client, keys, (kind, assertion), expected)?)
        }
        (
            Credential::Secret { secret, previous, sent: SecretSent::Basic | SecretSent::Either },
            Shown::SecretBasic(given),
        )
        | (
            Credential::Secret { secret, previous, sent: SecretSent::Body | SecretSent::Either },
            Shown::SecretPost(given),
        ) => {
            let live = previous.as_ref().filter(|previous| expected.now < previous.ends_at);
            // Each comparison takes its time, whatever the other said.
            if !((secret == given) | live.is_some_and(|previous| previous.secret == *given)) {
                return Err(Refusal::BadSecret);
            }
            None
        }
        (Credential::Keys(_) | Credential::Secret { .. }, Shown::None) => return Err(Refusal::MissingSecret),
        (owed, _) => return Err(Refusal::WrongMethod { owed: owed.owed() }),
    };
    Ok(Authenticated { client, assertion })
}

/// Checks an assertion (RFC 7523 §3).
fn check<V: Verify>(
    client: &Client,
    keys: &ClientKeys,
    (kind, assertion): (&str, &Secret<String>),
    expected: &Expected<'_, V>,
) -> Result<CheckedAssertion, Refusal> {
    let assertion = ClientAssertion::read(kind, assertion)?;
    if *assertion.client() != client.id {
        return Err(Refusal::AssertionNames);
    }
    let audience = match client.profile {
        ClientProfile::Auth0 => AssertionAudience::AnyOf(expected.addresses),
        ClientProfile::Rfc => AssertionAudience::Issuer(expected.issuer),
    };
    Ok(assertion.check(expected.backend, keys.live(expected.now), audience, expected.now)?)
}

impl Credential {
    const fn owed(&self) -> Owed {
        match self {
            Self::None => Owed::Nothing,
            Self::Keys(_) => Owed::Assertion,
            Self::Secret { sent, .. } => Owed::Secret(*sent),
        }
    }
}

impl From<AssertionError> for Refusal {
    fn from(error: AssertionError) -> Self {
        match error {
            AssertionError::Audience | AssertionError::Jwt(JwtError::Audience) => Self::AssertionAudience,
            AssertionError::Jwt(JwtError::Expired { .. } | JwtError::NotYet { .. }) => Self::AssertionExpired,
            AssertionError::Jwt(JwtError::NoKey | JwtError::Signature(_)) => Self::AssertionSignature,
            AssertionError::Names => Self::AssertionNames,
            AssertionError::Reused => Self::AssertionReused,
            AssertionError::TooLong => Self::AssertionTooLong,
            _ => Self::AssertionMalformed,
        }
    }
}

fn shown(credential: &Shown) -> &Shown {
    let empty = |secret: &Secret<String>| secret.reveal().is_empty();
    match credential {
        Shown::SecretBasic(secret) | Shown::SecretPost(secret) if empty(secret) => &Shown::None,
        other => other,
    }
}

#[cfg(test)]
mod tests;
