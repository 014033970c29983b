//! One of our own access tokens for another (RFC 8693).
//!
//! Who exchanges a token never has more by it than before: no key less, no scope that was not granted to somebody, no
//! longer life.

use keybound_proto::dpop::Binding;
use keybound_proto::id::Subject;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use keybound_proto::token::access::AccessClaims;
use keybound_proto::token::actor::Actor;

use super::{Circumstances, Holder, Issue, Refresh, Tie, held_by};
use crate::Refusal;
use crate::binding::bind;
use crate::model::audience::{ClientGrant, MachineAccess, OnBehalfOf, Target, UserAccess};
use crate::model::client::GrantKind;
use crate::model::name::{AudienceName, OrganizationId};
use crate::model::organization::Organization;

/// What a client shows, and what it wants for it. The tokens are ours and live: the shell saw to that.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Speaks for the one on whose behalf the new token is.
    pub subject: &'a AccessClaims,
    /// What that token ends with, and so what comes of it.
    pub tie: &'a Tie,
    /// The only one who may act with the subject token, where it says so (`may_act`, RFC 8693 §4.4).
    pub may_act: Option<&'a Subject>,
    /// Speaks for the one who acts.
    pub actor: Option<&'a AccessClaims>,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<&'a AudienceName>,
    /// Which scopes; empty for all there are to be had.
    pub scopes: &'a Scopes,
    /// What an administrator granted the client there, on behalf of whom the subject token speaks for.
    pub grant: Option<&'a ClientGrant>,
}

/// Somebody's authority in other hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// On whose behalf.
    pub subject: Subject,
    /// When they showed who they are, where the token said so.
    pub authenticated_at: Option<Timestamp>,
    /// Who acts.
    pub actor: Option<Actor>,
    /// When the token ends that was shown: the new one does not outlive it.
    pub ends_at: Timestamp,
}

/// On whose behalf a token speaks. A user's name begins with where they come from (`auth0|…`), and so is no machine's,
/// however it ends.
pub fn on_behalf_of(subject: &AccessClaims) -> OnBehalfOf {
    let name = subject.subject.as_str();
    if name.ends_with(MACHINE) && !name.contains('|') { OnBehalfOf::Itself } else { OnBehalfOf::User }
}

/// The API a token is for, under which it is exchanged when no other is named; `None` is the userinfo endpoint only.
pub fn own_audience(subject: &AccessClaims, userinfo: &str) -> Option<AudienceName> {
    let mut apis = subject.audiences.iter().filter(|name| *name != userinfo);
    apis.find_map(|name| AudienceName::parse(name).ok())
}

/// Decides what a client gets for a token.
///
/// The key comes first: a bound token is exchanged with its key or not at all, and what comes of it is bound to the
/// same. One that is not bound could be anybody's loot, so a public client cannot exchange it.
pub fn issue(request: &Request<'_>, around: &Circumstances<'_>) -> Result<Issue, Refusal> {
    around.may(GrantKind::TokenExchange)?;
    let subject = request.subject;
    around.holds(subject.key.as_ref())?;
    if subject.key.is_none() && around.client.is_public() {
        return Err(Refusal::UnboundSubject);
    }
    let actor = actor(request, around)?;
    let target = around.target(request.audience)?;
    let scopes = scopes(request, &target, around)?;
    let scopes = match on_behalf_of(subject) {
        OnBehalfOf::User => held_by(around.user(&subject.subject)?, &target, scopes),
        OnBehalfOf::Itself => scopes,
    };
    let organization = within(subject, around)?;
    let binding = bind(around.client, &target, around.held)?;
    if subject.key.is_some() && binding == Binding::Bearer {
        return Err(Refusal::WouldUnbind);
    }
    Ok(Issue {
        grant: GrantKind::TokenExchange,
        client: around.client.id.clone(),
        holder: Holder::Delegated(Delegation {
            subject: subject.subject.clone(),
            authenticated_at: subject.auth_time,
            actor,
            ends_at: subject.expires,
        }),
        organization,
        audience: request.audience.cloned(),
        asked: request.scopes.clone(),
        scopes,
        binding,
        refresh: Refresh::None,
        tie: request.tie.clone(),
    })
}

/// Who acts with the new token. A client goes on by itself with what was issued to it, and acts for others with what
/// was meant for the API it is, or with what names it.
fn actor(request: &Request<'_>, around: &Circumstances<'_>) -> Result<Option<Actor>, Refusal> {
    let (subject, client) = (request.subject, around.client);
    let own = subject.client_id == client.id;
    let is = |api: &AudienceName| subject.audiences.iter().any(|name| name == api.as_str());
    let meant = client.api.as_ref().is_some_and(is);
    let acting = match request.actor {
        Some(actor) if actor.client_id != client.id => return Err(Refusal::NotItsActor),
        Some(actor) => {
            around.holds(actor.key.as_ref())?;
            Some(actor.subject.clone())
        }
        None if own => None,
        None => Some(Subject::of_client(&client.id)),
    };
    let named = match (request.may_act, &acting) {
        (Some(named), Some(acting)) if named != acting => return Err(Refusal::MayNotAct),
        (named, Some(_)) => named.is_some(),
        (_, None) => false,
    };
    if !(own || meant || named) {
        return Err(Refusal::NotItsToken);
    }
    let before = subject.act.clone();
    let Some(acting) = acting else { return Ok(before) };
    let actor = Actor::after(acting, before);
    if actor.count() > MOST_ACTORS { Err(Refusal::TooManyActors) } else { Ok(Some(actor)) }
}

/// At the audience it is already for, a token brings what it has, or less. Elsewhere it brings what an administrator
/// granted the client there by name, and no user is asked: that the audience is open to all is not enough.
fn scopes(request: &Request<'_>, target: &Target, around: &Circumstances<'_>) -> Result<Scopes, Refusal> {
    let (subject, asked) = (request.subject, request.scopes);
    let Some(audience) = target.api() else {
        // Every token with `openid` is for the userinfo endpoint.
        let there = subject.scopes.contains("openid");
        return if there { narrowed(asked, &subject.scopes) } else { Err(Refusal::AudienceChanged) };
    };
    if subject.audiences.iter().any(|name| name == audience.name.as_str()) {
        return narrowed(asked, &subject.scopes);
    }
    let whose = on_behalf_of(subject);
    let closed = match whose {
        OnBehalfOf::User => audience.users == UserAccess::DenyAll,
        OnBehalfOf::Itself => audience.machines == MachineAccess::DenyAll,
    };
    let grant = request.grant.filter(|grant| {
        !closed
            && grant.client == around.client.id
            && grant.audience == audience.name
            && grant.on_behalf_of == whose
    });
    let granted = &grant.ok_or_else(|| Refusal::NoClientGrant { audience: audience.name.clone() })?.scopes;
    match asked {
        asked if asked.is_empty() => Ok(granted.clone()),
        asked if asked.is_subset(granted) => Ok(asked.clone()),
        asked => Err(Refusal::ScopeNotGranted { scopes: asked.without(granted) }),
    }
}

/// What is within an organization stays within it, as long as it takes its user in.
fn within(subject: &AccessClaims, around: &Circumstances<'_>) -> Result<Option<Organization>, Refusal> {
    let Some(named) = &subject.organization else { return Ok(None) };
    let id = OrganizationId::parse(&named.id).map_err(|_| Refusal::OrganizationUnknown)?;
    match on_behalf_of(subject) {
        OnBehalfOf::User => around.resides(&id).map(Some),
        OnBehalfOf::Itself => {
            let still = around.residence.filter(|residence| residence.organization.id == id);
            let still = still.ok_or(Refusal::OrganizationUnknown)?;
            Ok(Some(still.organization.clone()))
        }
    }
}

/// Never more than there was, and never what lets a client go on without its user: there is no refresh token.
fn narrowed(asked: &Scopes, had: &Scopes) -> Result<Scopes, Refusal> {
    let wanted = if asked.is_empty() { had } else { asked };
    if !wanted.is_subset(had) {
        return Err(Refusal::ScopeWider { scopes: wanted.without(had) });
    }
    Ok(wanted.iter().filter(|scope| scope.as_str() != "offline_access").cloned().collect())
}

/// How many may act one after the other: each makes the token longer.
const MOST_ACTORS: usize = 5;

/// How the subject of a machine's token ends (`Subject::of_client`).
const MACHINE: &str = "@clients";

#[cfg(test)]
pub(crate) mod tests;
