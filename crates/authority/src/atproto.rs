//! AT Protocol's profile of OAuth ("OAuth for AT Protocol"): what a client that goes by the documents of the IETF is
//! granted with the scope `atproto`, at the API that speaks the protocol.
//!
//! Its users are named by their DID, in the access token and beside it; there is no ID token. Requests are pushed, with
//! PKCE and by the key that everything is bound to from then on; proofs carry nonces. Access tokens live a quarter of an
//! hour, since no API is told that one was taken back; refresh tokens are used once, and a public client's end after two
//! weeks. Its clients end a session by its access token, which therefore names its family.

use keybound_proto::dpop::Binding;
use keybound_proto::id::{IdError, Jti};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Lifetime;
use keybound_proto::token::access::AccessClaims;

use crate::Refusal;
use crate::authorize::push::Arrival;
use crate::authorize::request::Asked;
use crate::grant::{Issue, Tie};
use crate::mint::Minting;
use crate::model::audience::{Audience, Protocol};
use crate::model::client::{Client, ClientProfile, GrantKind, NonceDemand, Rotation};
use crate::model::name::{AudienceName, FamilyId};
use crate::model::tenant::Tenant;

/// The scope that asks for it.
pub const SCOPE: &str = "atproto";

/// The longest life of an access token that nothing takes back.
pub(crate) const ACCESS: Lifetime = Lifetime::seconds(900);

/// The longest life of a public client's refresh tokens, used or not.
pub(crate) const PUBLIC_FAMILY: Lifetime = Lifetime::seconds(14 * 86_400);

/// How a refresh token is used: once, but for an answer that was lost on its way.
pub(crate) const ROTATION: Rotation = Rotation::Rotate { leeway: Lifetime::seconds(30) };

/// Whether it is AT Protocol that a client speaks with an API, by these scopes.
pub fn is_spoken(client: &Client, audience: Option<&Audience>, scopes: &Scopes) -> bool {
    wants(client, scopes) && audience.is_some_and(|audience| audience.protocol == Protocol::Atproto)
}

/// The API that is meant by a request of the protocol that names none.
pub(crate) fn meant<'t>(
    client: &Client,
    scopes: Option<&Scopes>,
    tenant: &'t Tenant,
) -> Option<&'t AudienceName> {
    tenant.atproto.as_ref().filter(|_| scopes.is_some_and(|scopes| wants(client, scopes)))
}

/// Says whether a client may ask that, and like that. `key` is the one that pushed it.
///
/// It is the request as it counts: what is pushed is judged when it is, and again when its browser comes.
pub fn check_request(
    client: &Client,
    audience: Option<&Audience>,
    asked: &Asked,
    arrival: Arrival,
) -> Result<(), Refusal> {
    if !is_spoken(client, audience, &asked.scopes) {
        return Ok(());
    }
    if client.nonces != NonceDemand::Required {
        return Err(Refusal::AtprotoNonces);
    }
    if asked.challenge.is_none() {
        return Err(Refusal::ChallengeMissing);
    }
    if arrival != Arrival::Pushed {
        return Err(Refusal::PushRequired);
    }
    if asked.jkt.is_none() { Err(Refusal::BearerForbidden) } else { Ok(()) }
}

/// Says whether what was decided may be issued: to a key, of a user who has a DID, by a code.
pub fn check_issue(issue: &Issue, minting: &Minting<'_>) -> Result<(), Refusal> {
    if !is_spoken(minting.client, minting.audience, &issue.scopes) {
        return Ok(());
    }
    if !matches!(issue.grant, GrantKind::AuthorizationCode | GrantKind::RefreshToken) {
        return Err(Refusal::AtprotoGrant);
    }
    if minting.user.is_none_or(|user| user.did.is_none()) {
        return Err(Refusal::DidMissing);
    }
    match issue.binding {
        Binding::Bearer => Err(Refusal::AudienceCannotBind),
        Binding::Key(_) => Ok(()),
    }
}

/// What names an access token: its family and something unique.
///
/// The protocol's clients end a session by its access token.
pub fn jti(family: &FamilyId, unique: &str) -> Result<Jti, IdError> {
    Jti::parse(&format!("{family}{BETWEEN}{unique}"))
}

/// What an access token ends with before its own time is over.
pub fn tie(token: &AccessClaims) -> Tie {
    let jti = token.jti.as_ref().filter(|_| token.scopes.contains(SCOPE));
    let family = jti.and_then(|jti| jti.as_str().split_once(BETWEEN)).map(|(family, _)| family);
    Tie { family: family.and_then(|family| FamilyId::parse(family).ok()), session: None }
}

/// Stands in neither half.
const BETWEEN: char = '.';

fn wants(client: &Client, scopes: &Scopes) -> bool {
    client.profile == ClientProfile::Rfc && scopes.contains(SCOPE)
}

#[cfg(test)]
mod tests;
