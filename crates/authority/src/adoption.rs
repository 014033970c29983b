//! How far a client, or an API, has come with bound tokens, and what would happen if it went all the way.
//!
//! The ladder is ours; Auth0's members are rungs of it. A client without `require_proof_of_possession` is at *allow* and
//! one with it at *require*; an API without `proof_of_possession` is at *bind refresh tokens*, since it would not
//! understand a bound access token, and one with it is at *allow* or at *require*.

use keybound_proto::dpop::Possession;

use crate::binding::between;
use crate::model::audience::{Audience, ProofPolicy, RequiredFor, Target};
use crate::model::client::{Client, RefreshBinding, Source};

/// A rung of the ladder; the higher, the more is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adoption {
    /// Nothing is bound, and what is wrong with a proof harms nobody.
    Off,
    /// The same, and what [`Adoption::Require`] would have refused is counted.
    Observe,
    /// Refresh tokens are bound to the key that was shown; access tokens are not.
    BindRefreshTokens,
    /// What can be bound is, when a key was shown.
    Allow,
    /// Nothing is issued that is not bound.
    Require,
}

impl Adoption {
    /// Every rung, from below.
    pub const ALL: [Self; 5] =
        [Self::Off, Self::Observe, Self::BindRefreshTokens, Self::Allow, Self::Require];

    /// Its name in documents and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::BindRefreshTokens => "bind_refresh_tokens",
            Self::Allow => "allow",
            Self::Require => "require",
        }
    }

    /// The rung of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.as_str() == name)
    }

    /// Whether a proof that does not stand is passed over: whoever is not there yet must not fail by trying.
    pub const fn passes_over_bad_proofs(self) -> bool {
        matches!(self, Self::Off | Self::Observe)
    }
}

impl Audience {
    /// Where the API is, as it meets this client.
    pub const fn adoption(&self, client: &Client) -> Adoption {
        match self.proof {
            ProofPolicy::Off => Adoption::Off,
            ProofPolicy::Observed => Adoption::Observe,
            ProofPolicy::None => Adoption::BindRefreshTokens,
            ProofPolicy::Allowed => Adoption::Allow,
            ProofPolicy::Required(RequiredFor::PublicClients) if !client.is_public() => Adoption::Allow,
            ProofPolicy::Required(_) => Adoption::Require,
        }
    }
}

impl Target {
    /// Where what a token is for is. The userinfo endpoint is ours and takes whatever we issue.
    pub const fn adoption(&self, client: &Client) -> Adoption {
        match self {
            Self::Api(audience) => audience.adoption(client),
            Self::Userinfo => Adoption::Allow,
        }
    }
}

/// Whether a refresh token is bound to the key that was shown (RFC 9449 §5). A confidential client's is bound by the
/// client's own authentication, so that it may change keys; but for one that describes itself, and may say tomorrow that
/// it shows nothing any more. Who requires bound tokens, the client or the API, hears of no exception.
pub fn binds_refresh_tokens(client: &Client, audience: Option<&Audience>) -> bool {
    let there = audience.map_or(Adoption::Allow, |audience| audience.adoption(client));
    let both = client.adoption.min(there) >= Adoption::BindRefreshTokens;
    let exempt = client.refresh_binding == RefreshBinding::UnboundDespiteRfc9449
        && client.adoption != Adoption::Require;
    let loose = client.is_public() || client.source == Source::Document;
    loose && (both && !exempt || there == Adoption::Require)
}

/// Who is being observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The API a token is for.
    Api,
    /// The client that asks.
    Client,
}

impl Observed {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Client => "client",
        }
    }
}

/// What a token request showed of a key.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A proof that did not stand and was passed over; why, by its sub-reason.
    Bad(&'static str),
    /// A proof that stood.
    Good(&'a Possession),
    /// Nothing.
    Nothing,
}

/// For each side that is being observed, what would have become of this request had that side been at
/// [`Adoption::Require`]: nothing, or the sub-reason of a refusal. Without an audience it is for the userinfo endpoint.
pub fn observe(
    client: &Client,
    audience: Option<&Audience>,
    shown: Shown<'_>,
) -> impl Iterator<Item = (Observed, Option<&'static str>)> {
    let would = |own, there| match shown {
        Shown::Bad(reason) => Some(reason),
        Shown::Good(held) => between(own, there, Some(held)).err().map(|refusal| refusal.code()),
        Shown::Nothing => between(own, there, None).err().map(|refusal| refusal.code()),
    };
    let there = audience.map_or(Adoption::Allow, |audience| audience.adoption(client));
    let of_client =
        (client.adoption == Adoption::Observe).then(|| (Observed::Client, would(Adoption::Require, there)));
    let of_api = audience
        .filter(|api| api.proof == ProofPolicy::Observed)
        .map(|_| (Observed::Api, would(client.adoption, Adoption::Require)));
    of_client.into_iter().chain(of_api)
}

#[cfg(test)]
mod tests;
