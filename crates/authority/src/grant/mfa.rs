//! Finishing a sign-in with its second factor (Auth0's MFA grants).

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};

use super::{Circumstances, SignedIn};
use crate::Refusal;
use crate::model::client::GrantKind;
use crate::model::digest::MfaDigest;
use crate::model::factor::{FactorKind, Factors};
use crate::model::name::{AudienceName, ConnectionName};

/// How long a sign-in waits for its second factor.
pub const LIFETIME: Lifetime = Lifetime::seconds(600);

/// A sign-in that was stopped for want of a second factor: all that was asked for, so that nothing can be changed
/// between the two halves. Its name, the `mfa_token`, gives nothing away by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What its name hashes to.
    pub digest: MfaDigest,
    /// Whose request it was.
    pub client: ClientId,
    /// By which grant.
    pub grant: GrantKind,
    /// Who showed their first factor.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// Which scopes were asked for; empty for all.
    pub scopes: Scopes,
    /// The key that was shown: the only one that may finish.
    pub key: Option<Thumbprint>,
    /// When they showed it.
    pub authenticated_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Waiting {
    /// Whether it is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Who signs in, once the second factor was shown. `auth_time` is that of the first: the older of the two.
    pub fn signed_in(&self) -> SignedIn {
        SignedIn {
            subject: self.subject.clone(),
            connection: self.connection.clone(),
            session: None,
            authenticated_at: self.authenticated_at,
            factors: Factors::Two,
            id_token_nonce: None,
        }
    }
}

/// The grant that shows a factor of this kind.
pub const fn grant(kind: FactorKind) -> GrantKind {
    match kind {
        FactorKind::Email => GrantKind::MfaOob,
        FactorKind::Otp => GrantKind::MfaOtp,
        FactorKind::RecoveryCode => GrantKind::MfaRecoveryCode,
    }
}

/// Says whether a code is worth looking at: whoever has the `mfa_token` alone, without the client and the key it
/// belongs to, has no guess.
pub fn admit(
    waiting: Option<Waiting>,
    kind: FactorKind,
    around: &Circumstances<'_>,
) -> Result<Waiting, Refusal> {
    around.may(grant(kind))?;
    let waiting = waiting.ok_or(Refusal::UnknownGrant)?;
    own(&waiting, around)?;
    around.holds(waiting.key.as_ref())?;
    around.user(&waiting.subject)?;
    Ok(waiting)
}

/// Says whether a client may call for a factor: it owes no proof, but one that it sends is by the sign-in's key.
pub fn called(waiting: &Waiting, around: &Circumstances<'_>) -> Result<(), Refusal> {
    own(waiting, around)?;
    if around.held.is_some() { around.holds(waiting.key.as_ref()) } else { Ok(()) }
}

/// Says whether it is this client's, and not over.
fn own(waiting: &Waiting, around: &Circumstances<'_>) -> Result<(), Refusal> {
    if waiting.client != around.client.id {
        return Err(Refusal::NotYours);
    }
    if waiting.is_over(around.now) {
        return Err(Refusal::MfaTokenExpired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::{Client, Grants};
    use crate::model::tests::{Key, held, public, user};
    use crate::model::user::{Standing, User};

    const NOW: Timestamp = Timestamp::from_unix(10_000);

    fn waiting() -> Waiting {
        Waiting {
            digest: MfaDigest::from_bytes([1; 32]),
            client: ClientId::parse("spa").unwrap(),
            grant: GrantKind::Password,
            subject: Subject::parse("auth0|1").unwrap(),
            connection: ConnectionName::parse("db").unwrap(),
            audience: None,
            scopes: Scopes::none(),
            key: Some(*held(Key::Owner).thumbprint()),
            authenticated_at: Timestamp::from_unix(9_900),
            expires_at: Timestamp::from_unix(10_500),
        }
    }

    fn finds(waiting: Option<Waiting>, key: Option<Key>, now: Timestamp) -> Result<Waiting, Refusal> {
        let client = Client { grants: Grants::NONE.with(GrantKind::MfaOtp), ..public("spa") };
        let (held, user) = (key.map(held), user("auth0|1"));
        let around = Circumstances {
            client: &client,
            audience: None,
            user: Some(&user),
            held: held.as_ref(),
            residence: None,
            now,
        };
        admit(waiting, FactorKind::Otp, &around)
    }

    /// RFC 9449 §5: the key of the first half finishes, or nobody.
    #[test]
    fn a_sign_in_is_finished_by_its_client_with_its_key_in_its_time() {
        let owner = Some(Key::Owner);
        assert_eq!(finds(Some(waiting()), owner, NOW), Ok(waiting()));
        assert_eq!(finds(None, owner, NOW), Err(Refusal::UnknownGrant));
        assert_eq!(finds(Some(waiting()), Some(Key::Thief), NOW), Err(Refusal::WrongKey));
        assert_eq!(finds(Some(waiting()), None, NOW), Err(Refusal::KeyMissing));
        let late = Timestamp::from_unix(10_500);
        assert_eq!(finds(Some(waiting()), owner, late), Err(Refusal::MfaTokenExpired));
        let others = Waiting { client: ClientId::parse("other").unwrap(), ..waiting() };
        assert_eq!(finds(Some(others), owner, NOW), Err(Refusal::NotYours));
        let bare = Waiting { key: None, ..waiting() };
        assert_eq!(finds(Some(bare.clone()), None, NOW), Ok(bare));
    }

    #[test]
    fn a_client_without_the_grant_and_a_blocked_user_finish_nothing() {
        let (client, held, active) = (public("spa"), held(Key::Owner), user("auth0|1"));
        let bare = Client { grants: Grants::NONE, ..client.clone() };
        let around = Circumstances {
            client: &bare,
            audience: None,
            user: Some(&active),
            held: Some(&held),
            residence: None,
            now: NOW,
        };
        let grant = GrantKind::MfaRecoveryCode;
        let refused = admit(Some(waiting()), FactorKind::RecoveryCode, &around);
        assert_eq!(refused, Err(Refusal::GrantNotAllowed { grant }));
        let client = Client { grants: Grants::NONE.with(GrantKind::MfaOtp), ..client };
        let blocked = User { standing: Standing::Blocked, ..active.clone() };
        let around = Circumstances { client: &client, user: Some(&blocked), ..around };
        assert_eq!(admit(Some(waiting()), FactorKind::Otp, &around), Err(Refusal::UserBlocked));
    }

    #[test]
    fn whoever_finished_showed_two_factors_the_first_when_it_began() {
        let signed_in = waiting().signed_in();
        assert_eq!((signed_in.factors, signed_in.session), (Factors::Two, None));
        assert_eq!(signed_in.authenticated_at, Timestamp::from_unix(9_900));
    }
}
