//! Revoking a refresh token, or what came with it (RFC 7009; RFC 9449 §5).

use keybound_proto::dpop::Possession;
use keybound_proto::token::access::AccessClaims;

use super::Tie;
use super::refresh::{Found, RefreshToken};
use crate::Refusal;
use crate::model::client::Client;
use crate::model::name::FamilyId;

/// Whether a public client proves that it holds its token's key before the token is revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proving {
    /// It may: no SDK of Auth0 does.
    #[default]
    Optional,
    /// It must.
    Required,
}

/// Who asks for a token to be revoked, and what they showed.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The client, authenticated as it owes.
    pub client: &'a Client,
    /// The key it proved to hold.
    pub held: Option<&'a Possession>,
    /// Whether it owes a proof.
    pub proving: Proving,
}

/// What comes of it. Either way the client hears that it is done (RFC 7009 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The token's family ends.
    Family(Box<RefreshToken>),
    /// Nothing happens, since it is no business of theirs: worth a line in the log.
    Nothing(Refusal),
    /// There is nothing left to revoke.
    Done,
}

/// Decides what comes of a token somebody wants revoked.
///
/// A key that was shown counts: the wrong one revokes nothing, the right one does by any token of the family. Without
/// one, a public client's token speaks for itself, but only while it could still be used: a spent one may lie in a
/// thief's hands, who must not end what its owner goes on with. A client that authenticated needs no more.
pub fn revoke(found: Found, asking: &Asking<'_>) -> Result<Revocation, Refusal> {
    let (token, spent) = match found {
        Found::Fresh(token) => (token, false),
        Found::Spent { token, .. } => (token, true),
        Found::Revoked(_) | Found::Unknown => return Ok(Revocation::Done),
    };
    if token.client != asking.client.id {
        return Ok(Revocation::Nothing(Refusal::NotYours));
    }
    let public = asking.client.is_public();
    match (&token.bound_to, asking.held) {
        (Some(key), Some(held)) if key != held.thumbprint() => Err(Refusal::WrongKey),
        (Some(_), Some(_)) => Ok(Revocation::Family(Box::new(token))),
        (Some(_), None) if public && asking.proving == Proving::Required => Err(Refusal::KeyMissing),
        _ if spent && public => Ok(Revocation::Nothing(Refusal::Reused)),
        _ => Ok(Revocation::Family(Box::new(token))),
    }
}

/// The family that ends with an access token somebody wants revoked (RFC 7009 §2.1): AT Protocol's clients show no other,
/// and one for the userinfo endpoint alone tells us what it came with. Whoever it was not issued to ends nothing.
pub fn by_access_token<'t>(
    token: &AccessClaims,
    tie: &'t Tie,
    asking: &Asking<'_>,
) -> Result<Option<&'t FamilyId>, Refusal> {
    match (&token.key, asking.held) {
        _ if token.client_id != asking.client.id || tie.family.is_none() => Ok(None),
        (Some(key), Some(held)) if key != held.thumbprint() => Err(Refusal::WrongKey),
        (_, None) if asking.client.is_public() && asking.proving == Proving::Required => {
            Err(Refusal::KeyMissing)
        }
        _ => Ok(tie.family.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use keybound_proto::id::ClientId;
    use keybound_proto::time::Timestamp;

    use super::*;
    use crate::grant::refresh::{Successor, tests::token};
    use crate::model::client::SecretSent;
    use crate::model::tests::{Key, confidential, held, public};

    const AT: Timestamp = Timestamp::from_unix(9_990);

    fn spent(token: RefreshToken) -> Found {
        Found::Spent { token, at: AT, successor: Successor::Gone }
    }

    fn unbound() -> RefreshToken {
        RefreshToken { bound_to: None, ..token() }
    }

    fn asked(
        found: Found,
        client: &Client,
        key: Option<Key>,
        proving: Proving,
    ) -> Result<Revocation, Refusal> {
        let held = key.map(held);
        revoke(found, &Asking { client, held: held.as_ref(), proving })
    }

    fn ends(result: &Result<Revocation, Refusal>) -> bool {
        matches!(result, Ok(Revocation::Family(_)))
    }

    /// sdks.md C15: no SDK sends a proof; RFC 9449 §5: who sends one is held to it.
    #[test]
    fn a_public_client_revokes_a_live_token_without_a_proof_or_with_the_right_one() {
        let (spa, optional) = (public("spa"), Proving::Optional);
        assert!(ends(&asked(Found::Fresh(token()), &spa, None, optional)));
        assert!(ends(&asked(Found::Fresh(token()), &spa, Some(Key::Owner), optional)));
        assert!(ends(&asked(spent(token()), &spa, Some(Key::Owner), optional)), "its owner may");
        let wrong = asked(Found::Fresh(token()), &spa, Some(Key::Thief), optional);
        assert_eq!(wrong, Err(Refusal::WrongKey));
        assert_eq!(asked(spent(token()), &spa, Some(Key::Thief), optional), Err(Refusal::WrongKey));
        let nothing = Ok(Revocation::Nothing(Refusal::Reused));
        assert_eq!(asked(spent(token()), &spa, None, optional), nothing);
    }

    #[test]
    fn where_a_proof_is_owed_a_bound_token_is_revoked_with_its_key_alone() {
        let (spa, required) = (public("spa"), Proving::Required);
        for found in [Found::Fresh(token()), spent(token())] {
            assert_eq!(asked(found.clone(), &spa, None, required), Err(Refusal::KeyMissing));
            assert_eq!(asked(found.clone(), &spa, Some(Key::Thief), required), Err(Refusal::WrongKey));
            assert!(ends(&asked(found, &spa, Some(Key::Owner), required)));
        }
        assert!(ends(&asked(Found::Fresh(unbound()), &spa, None, required)), "there is no key to prove");
    }

    #[test]
    fn a_proof_makes_nothing_of_a_token_that_is_bound_to_no_key() {
        let spa = public("spa");
        let nothing = Ok(Revocation::Nothing(Refusal::Reused));
        assert_eq!(asked(spent(unbound()), &spa, Some(Key::Thief), Proving::Optional), nothing);
        assert!(ends(&asked(Found::Fresh(unbound()), &spa, Some(Key::Thief), Proving::Optional)));
    }

    /// RFC 7009 §2.1: the client is verified by its own authentication.
    #[test]
    fn a_client_that_authenticated_revokes_by_any_token_of_the_family() {
        let web = confidential("spa", "s", SecretSent::Either);
        for proving in [Proving::Optional, Proving::Required] {
            assert!(ends(&asked(Found::Fresh(unbound()), &web, None, proving)));
            assert!(ends(&asked(spent(unbound()), &web, None, proving)));
        }
    }

    /// RFC 7009 §2.1, §2.2.
    #[test]
    fn another_clients_token_is_left_alone_and_what_is_gone_is_revoked_already() {
        let mut other = token();
        other.client = ClientId::parse("other").unwrap();
        let asks = |found| asked(found, &public("spa"), Some(Key::Owner), Proving::Required);
        assert_eq!(asks(Found::Fresh(other)), Ok(Revocation::Nothing(Refusal::NotYours)));
        assert_eq!(asks(Found::Revoked(token())), Ok(Revocation::Done));
        assert_eq!(asks(Found::Unknown), Ok(Revocation::Done));
    }
}
