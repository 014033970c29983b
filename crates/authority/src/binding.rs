//! Whether an access token is bound to a key: Auth0's issuance matrix as one function.

use keybound_proto::dpop::{Binding, Possession};

use crate::Refusal;
use crate::model::audience::{ProofPolicy, RequiredFor, Target};
use crate::model::client::{Bearer, Client};

/// Decides how an access token will be bound.
///
/// The userinfo endpoint is ours and takes whatever we issue, so a proof always binds there. An API without a policy
/// is one that would not understand a bound token: for a client that does not insist, the proof is passed over.
pub fn bind(client: &Client, target: &Target, held: Option<&Possession>) -> Result<Binding, Refusal> {
    match (may_bind(client, target), client.bearer, held) {
        (MayBind::Must | MayBind::May, _, Some(held)) => Ok(Binding::Key(*held.thumbprint())),
        (_, Bearer::Forbid, None) => Err(Refusal::BearerForbidden),
        (MayBind::Cannot, Bearer::Forbid, Some(_)) => Err(Refusal::AudienceCannotBind),
        (MayBind::Must, Bearer::Permit, None) => Err(Refusal::ProofRequired),
        (MayBind::May, Bearer::Permit, None) | (MayBind::Cannot, Bearer::Permit, _) => Ok(Binding::Bearer),
    }
}

enum MayBind {
    Cannot,
    May,
    Must,
}

const fn may_bind(client: &Client, target: &Target) -> MayBind {
    let Target::Api(audience) = target else { return MayBind::May };
    match audience.proof {
        ProofPolicy::None => MayBind::Cannot,
        ProofPolicy::Allowed => MayBind::May,
        ProofPolicy::Required(RequiredFor::AllClients) => MayBind::Must,
        ProofPolicy::Required(RequiredFor::PublicClients) if client.is_public() => MayBind::Must,
        ProofPolicy::Required(RequiredFor::PublicClients) => MayBind::May,
    }
}

#[cfg(test)]
mod tests;
