//! Whether an access token is bound to a key: Auth0's issuance matrix as one function.

use keybound_proto::dpop::{Binding, Possession};

use crate::Refusal;
use crate::adoption::Adoption;
use crate::model::audience::Target;
use crate::model::client::Client;

/// Decides how an access token will be bound.
///
/// The userinfo endpoint is ours and takes whatever we issue, so there the client alone decides. An API without a policy
/// is one that would not understand a bound token: for a client that does not insist, the proof is passed over. Who is
/// at [`Adoption::Require`] is obeyed; below it the lower rung of the two holds.
pub fn bind(client: &Client, target: &Target, held: Option<&Possession>) -> Result<Binding, Refusal> {
    between(client.adoption, target.adoption(client), held)
}

/// The same for a client at one rung and what a token is for at another.
pub(crate) fn between(own: Adoption, there: Adoption, held: Option<&Possession>) -> Result<Binding, Refusal> {
    let can_bind = there >= Adoption::Allow;
    match (own, held) {
        (Adoption::Require, None) => Err(Refusal::BearerForbidden),
        (Adoption::Require, Some(_)) if !can_bind => Err(Refusal::AudienceCannotBind),
        (_, None) if there == Adoption::Require => Err(Refusal::ProofRequired),
        (own, Some(held)) if there == Adoption::Require || (can_bind && own >= Adoption::Allow) => {
            Ok(Binding::Key(*held.thumbprint()))
        }
        _ => Ok(Binding::Bearer),
    }
}

#[cfg(test)]
mod tests;
