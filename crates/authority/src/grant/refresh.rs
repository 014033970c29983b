//! Redeeming a refresh token (RFC 6749 §6; RFC 9449 §5; RFC 9700 §4.14).

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::{Scope, Scopes};
use keybound_proto::time::{Lifetime, Timestamp};

use super::{Circumstances, Holder, Issue, Refresh, SignedIn, Tie, Verdict};
use crate::Refusal;
use crate::adoption::binds_refresh_tokens;
use crate::atproto::{PUBLIC_FAMILY, ROTATION, is_spoken};
use crate::authorize::request::{Grantee, LASTING, PROFILE, grantable};
use crate::binding::bind;
use crate::model::audience::ClientGrant;
use crate::model::client::{Client, Elsewhere, GrantKind, Rotation};
use crate::model::digest::RefreshDigest;
use crate::model::factor::Factors;
use crate::model::name::{AudienceName, ConnectionName, FamilyId, OrganizationId, SessionId};
use crate::model::organization::Organization;
use crate::model::session::Session;

/// A refresh token as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What the token hashes to.
    pub digest: RefreshDigest,
    /// Which grant it descends from.
    pub family: FamilyId,
    /// Whose it is.
    pub client: ClientId,
    /// On whose behalf.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// In which browser session it was granted, where there was one.
    pub session: Option<SessionId>,
    /// When they then showed who they are (`auth_time`).
    pub authenticated_at: Timestamp,
    /// How much of it they then showed.
    pub factors: Factors,
    /// Within which organization: never another.
    pub organization: Option<OrganizationId>,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What was granted.
    pub scopes: Scopes,
    /// The only key that may use it (RFC 9449 §5).
    pub bound_to: Option<Thumbprint>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When the family ends, however much it is used.
    pub expires_at: Option<Timestamp>,
    /// When this token ends if it is not used.
    pub idle_at: Option<Timestamp>,
}

/// What a family of refresh tokens springs from.
pub(super) struct Root<'a> {
    /// Its name.
    pub(super) family: &'a FamilyId,
    /// On whose behalf.
    pub(super) signed_in: &'a SignedIn,
    /// Within which organization.
    pub(super) organization: Option<&'a Organization>,
    /// For what.
    pub(super) audience: Option<&'a AudienceName>,
    /// What is granted.
    pub(super) scopes: &'a Scopes,
}

impl Root<'_> {
    /// The refresh token that belongs to it, if `offline_access` is granted and the client may use one; by
    /// `online_access` one that ends with the session, for a public client with its key alone (Auth0's).
    pub(super) fn refresh(
        &self,
        digest: RefreshDigest,
        around: &Circumstances<'_>,
    ) -> Result<Refresh, Refusal> {
        let online = self.scopes.contains(ONLINE) && self.signed_in.session.is_some();
        let atproto = is_spoken(around.client, around.audience, self.scopes);
        let stays = online || atproto || self.scopes.contains("offline_access");
        if !stays || !around.client.grants.allow(GrantKind::RefreshToken) {
            return Ok(Refresh::None);
        }
        let first = self.first(digest, around);
        if online && around.client.is_public() && first.bound_to.is_none() {
            return Err(Refusal::OnlineUnbound);
        }
        Ok(Refresh::Issue(Box::new(first)))
    }

    /// The first of the family.
    ///
    /// A public client's is bound to the key it showed, as [`binds_refresh_tokens`] says, whatever becomes of the access
    /// token.
    fn first(&self, digest: RefreshDigest, around: &Circumstances<'_>) -> RefreshToken {
        let policy = &around.client.refresh;
        let atproto = is_spoken(around.client, around.audience, self.scopes);
        let binds = atproto || binds_refresh_tokens(around.client, around.audience);
        let bound_to = around.held.filter(|_| binds);
        let most = (atproto && around.client.is_public()).then_some(PUBLIC_FAMILY);
        let longest = |own: Option<Lifetime>| own.into_iter().chain(most).min();
        RefreshToken {
            digest,
            family: self.family.clone(),
            client: around.client.id.clone(),
            subject: self.signed_in.subject.clone(),
            connection: self.signed_in.connection.clone(),
            session: self.signed_in.session.clone(),
            authenticated_at: self.signed_in.authenticated_at,
            factors: self.signed_in.factors,
            organization: self.organization.map(|organization| organization.id.clone()),
            audience: self.audience.cloned(),
            scopes: self.scopes.clone(),
            bound_to: bound_to.map(|held| *held.thumbprint()),
            issued_at: around.now,
            expires_at: end(around.now, longest(policy.absolute)),
            idle_at: end(around.now, longest(policy.idle)),
        }
    }
}

impl RefreshToken {
    /// The session it ends with, if it is one of those.
    pub fn ends_with(&self) -> Option<&SessionId> {
        self.session.as_ref().filter(|_| self.scopes.contains(ONLINE))
    }

    /// Refuses one whose session is over, or that of somebody else.
    pub fn lives_in(&self, session: Option<&Session>, now: Timestamp) -> Result<(), Refusal> {
        let own = |session: &&Session| {
            Some(&session.id) == self.ends_with() && session.subject == self.subject && session.is_live(now)
        };
        if self.ends_with().is_none() || session.filter(own).is_some() {
            return Ok(());
        }
        Err(Refusal::SessionOver)
    }

    /// The one that takes this one's place. The family ends when it would have.
    fn successor(&self, digest: RefreshDigest, around: &Circumstances<'_>) -> Self {
        Self {
            digest,
            issued_at: around.now,
            idle_at: end(around.now, around.client.refresh.idle),
            ..self.clone()
        }
    }
}

/// The scope that asks for a refresh token which ends with the session.
const ONLINE: &str = "online_access";

fn end(start: Timestamp, length: Option<Lifetime>) -> Option<Timestamp> {
    length.map(|length| start.plus(length))
}

/// What the ledger knows of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was never used, or it is of the kind that may be used again.
    Fresh(RefreshToken),
    /// Its family was revoked.
    Revoked(RefreshToken),
    /// It was used, and a successor took its place.
    Spent {
        /// The token.
        token: RefreshToken,
        /// When it was used.
        at: Timestamp,
        /// What became of its successor.
        successor: Successor,
    },
    /// There is no such token.
    Unknown,
}

/// The token that took a spent one's place, for a client that lost the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Successor {
    /// It was used, or can be told no more.
    Gone,
    /// Nobody used it, and until then it can be told once more.
    Waits {
        /// Until when.
        until: Timestamp,
    },
}

impl Successor {
    const fn waits(self, now: Timestamp) -> bool {
        matches!(self, Self::Waits { until } if now.as_unix() < until.as_unix())
    }
}

impl Found {
    /// The token, whatever became of it: it says which audience and which user to read before deciding.
    pub const fn token(&self) -> Option<&RefreshToken> {
        match self {
            Self::Fresh(token) | Self::Revoked(token) | Self::Spent { token, .. } => Some(token),
            Self::Unknown => None,
        }
    }
}

/// What the client sent along with the refresh token.
#[derive(Clone, Debug)]
pub struct Redemption<'a> {
    /// The scopes it wants; empty for all that were granted.
    pub scopes: &'a Scopes,
    /// The audience it names again, if it does, or another one that the client's policies let it have.
    pub audience: Option<&'a AudienceName>,
    /// What an administrator allowed the client there on behalf of users, where the audience demands that.
    pub grant: Option<&'a ClientGrant>,
    /// The session it ends with, as it is now, where it ends with one.
    pub session: Option<&'a Session>,
    /// What the successor hashes to, if there is to be one.
    ///
    /// Derive the successor's secret from the presented one, and the same token always has the same successor.
    pub next: RefreshDigest,
}

/// Decides what comes of a refresh token.
///
/// In this order: ownership, key, expiry, reuse. A thief without the client's credentials and the key learns
/// nothing, spends nothing, and revokes nothing by presenting a spent token.
pub fn redeem(found: Found, sent: &Redemption<'_>, around: &Circumstances<'_>) -> Result<Verdict, Refusal> {
    around.may(GrantKind::RefreshToken)?;
    let Some(token) = found.token() else { return Err(Refusal::UnknownGrant) };
    if token.client != around.client.id {
        return Err(Refusal::NotYours);
    }
    around.holds(token.bound_to.as_ref())?;
    check_life(token, around.now)?;
    let (token, spent) = match found {
        Found::Fresh(token) => (token, None),
        Found::Spent { token, at, successor } => (token, Some((at, successor))),
        Found::Revoked(_) => return Err(Refusal::Revoked),
        Found::Unknown => return Err(Refusal::UnknownGrant),
    };
    token.lives_in(sent.session, around.now)?;
    // One that ends with a session does not rotate: the same one goes on (Auth0's).
    let rotation = match token.ends_with() {
        Some(_) => Rotation::Keep,
        None if is_spoken(around.client, around.audience, &token.scopes) => ROTATION,
        None => around.client.refresh.rotation,
    };
    let refresh = match (spent, rotation) {
        (None, Rotation::Rotate { .. }) => Refresh::Issue(Box::new(token.successor(sent.next, around))),
        (None, Rotation::Keep) => {
            Refresh::Keep { digest: token.digest, idle_at: end(around.now, around.client.refresh.idle) }
        }
        // Auth0: only the token before the newest may come again within the leeway, an older one is a breach ("Configure
        // Refresh Token Rotation", overlap period).
        (Some((at, successor)), Rotation::Rotate { leeway })
            if around.now < at.plus(leeway) && successor.waits(around.now) =>
        {
            Refresh::Again
        }
        (Some(_), _) => {
            return Ok(Verdict::RevokeFamily { family: token.family, refusal: Refusal::Reused });
        }
    };
    let user = around.user(&token.subject)?;
    let organization = around.within(token.organization.as_ref())?;
    let (audience, scopes) = match elsewhere(&token, sent, around.client)? {
        Some(policy) => (Some(policy.audience.clone()), policy.scopes(&token)),
        None => (token.audience.clone(), narrowed(&token, sent.scopes)?),
    };
    let target = around.target(audience.as_ref())?;
    let scopes = if audience == token.audience {
        super::held_by(user, &target, scopes)
    } else {
        let asked = if sent.scopes.is_empty() { &scopes } else { sent.scopes };
        let grantee = Grantee { client: around.client, grant: sent.grant, user: Some(user) };
        grantable(&asked.intersect(&scopes), &target, &grantee)?
    };
    let binding = bind(around.client, &target, around.held)?;
    let tie = Tie { session: token.ends_with().cloned(), family: Some(token.family) };
    Ok(Verdict::Issue(Box::new(Issue {
        grant: GrantKind::RefreshToken,
        client: token.client,
        holder: Holder::User(SignedIn {
            subject: token.subject,
            connection: token.connection,
            session: token.session,
            authenticated_at: token.authenticated_at,
            factors: token.factors,
            id_token_nonce: None,
        }),
        organization,
        audience,
        asked: if sent.scopes.is_empty() { scopes.clone() } else { sent.scopes.clone() },
        scopes,
        binding,
        refresh,
        tie,
    })))
}

pub(super) fn check_life(token: &RefreshToken, now: Timestamp) -> Result<(), Refusal> {
    if token.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Expired);
    }
    if token.idle_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Idle);
    }
    Ok(())
}

/// The policy by which another audience is to be had than the one first granted; none is needed for that one.
fn elsewhere<'a>(
    token: &RefreshToken,
    sent: &Redemption<'_>,
    client: &'a Client,
) -> Result<Option<&'a Elsewhere>, Refusal> {
    match sent.audience {
        Some(named) if token.audience.as_ref() != Some(named) => {
            let policy = client.elsewhere.iter().find(|policy| policy.audience == *named);
            policy.map(Some).ok_or(Refusal::AudienceChanged)
        }
        _ => Ok(None),
    }
}

impl Elsewhere {
    /// What a token can bring there: the policy's scopes, and what was granted about the user themselves. As Auth0,
    /// anything else that is asked for is left out, and the answer says what is in.
    fn scopes(&self, token: &RefreshToken) -> Scopes {
        let own = |scope: &&Scope| PROFILE.contains(&scope.as_str()) || LASTING.contains(&scope.as_str());
        self.scopes.union(&token.scopes.iter().filter(own).cloned().collect())
    }
}

/// RFC 6749 §6: never more than was granted.
fn narrowed(token: &RefreshToken, asked: &Scopes) -> Result<Scopes, Refusal> {
    if asked.is_empty() {
        return Ok(token.scopes.clone());
    }
    if asked.is_subset(&token.scopes) {
        return Ok(asked.clone());
    }
    Err(Refusal::ScopeWider { scopes: asked.without(&token.scopes) })
}

#[cfg(test)]
pub(crate) mod tests;
