//! The shell around [`keybound_authority::grant::exchange`]: read the tokens, decide, apply.

use keybound_authority::{
    Refusal,
    authorize::audience::{Named, resolve},
    grant::exchange::{self, Request, on_behalf_of, own_audience},
    model::{
        audience::OnBehalfOf,
        client::GrantKind,
        name::{AudienceName, OrganizationId},
        organization::{Membership, Residence},
        user::User,
    },
};
use keybound_proto::{
    request::token::{ExchangeRequest, GivenToken},
    response::token::{TokenKind, TokenResponse},
    token::{access::AccessClaims, actor::may_act},
};
use keybound_store::{
    Batch,
    documents::{self, Organizations},
    policy,
};

use super::redeeming::{Read, Redeeming, Refused};
use crate::{
    extract::{Live, live},
    failure::RequestFailure,
    organizations, registered,
};

const GRANT: GrantKind = GrantKind::TokenExchange;

/// Gives a client a token for one of ours that it shows.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &ExchangeRequest) -> Result<TokenResponse, Refused> {
    let refused = |refusal| Refused::grant(GRANT, refusal);
    if !by.client.grants.allow(GRANT) {
        return Err(refused(Refusal::GrantNotAllowed { grant: GRANT }));
    }
    offered(request)?;
    let Live { claims: subject, all, tie } = shown(by, &request.subject).await?;
    let may_act = may_act(&all).map_err(|_| refused(Refusal::BadToken))?;
    let actor = match &request.actor {
        Some(actor) => Some(shown(by, actor).await?.claims),
        None => None,
    };
    let audience = named(by, request, &subject).map_err(refused)?;

    let whose = on_behalf_of(&subject);
    let found = registered::audience_if_named(by.app, audience.as_ref()).await?;
    let (mut read, mut grant) = (Read { audience: found, ..Read::default() }, None);
    if let Some(audience) = &read.audience {
        grant = registered::client_grant(by.app, &by.client.id, audience, whose).await?;
    }
    if whose == OnBehalfOf::User {
        let (api, within) = (read.audience.as_ref(), within(&subject));
        read.user = registered::user_at(by.app, &subject.subject, api, within.as_ref()).await?;
    }
    read.residence = residence(by, &subject, read.user.as_ref()).await?;
    let scopes = request.scopes.clone().unwrap_or_default();
    let asked = Request {
        subject: &subject,
        tie: &tie,
        may_act: may_act.as_ref(),
        actor: actor.as_ref(),
        audience: audience.as_ref(),
        scopes: &scopes,
        grant: grant.as_ref(),
    };
    let issue = exchange::issue(&asked, &by.around(&read)).map_err(refused)?;
    let mut tokens = by.mint(&issue, &read, None).await?;
    // RFC 8693 §2.2.1: it must be said.
    tokens.issued_token_type = Some(TokenKind::AccessToken);
    let mut batch = Batch::new();
    by.record_issue(&mut batch, &issue);
    by.app.store.apply(batch).await?;
    Ok(tokens)
}

/// Access tokens for access tokens. Auth0's profiles for tokens of others are refused aloud, not taken for ours.
fn offered(request: &ExchangeRequest) -> Result<(), RequestFailure> {
    let unknown = |parameter, problem| Err(RequestFailure::Parameter { parameter, problem });
    if !is_access(&request.subject.kind) {
        return unknown("subject_token_type", "names no kind that is exchanged here");
    }
    if request.actor.as_ref().is_some_and(|actor| !is_access(&actor.kind)) {
        return unknown("actor_token_type", "names no kind that is known here");
    }
    if request.requested.as_ref().is_some_and(|kind| !is_access(kind)) {
        return unknown("requested_token_type", "names no kind that is issued here");
    }
    if request.organization.is_some() {
        return unknown("organization", "is not taken here: a token stays within the organization it is for");
    }
    Ok(())
}

/// Those for an API are JWTs, and may be called so.
const fn is_access(kind: &TokenKind) -> bool {
    matches!(kind, TokenKind::AccessToken | TokenKind::Jwt)
}

/// A token of ours that can still be used.
async fn shown(by: &Redeeming<'_>, given: &GivenToken) -> Result<Live, Refused> {
    let live = live(by.app, given.token.reveal(), by.now).await?;
    live.map_err(|_| Refused::grant(GRANT, Refusal::BadToken))
}

/// The audience that is named, or the token's own: never the tenant's default, for which nobody asked.
fn named(
    by: &Redeeming<'_>,
    request: &ExchangeRequest,
    subject: &AccessClaims,
) -> Result<Option<AudienceName>, Refusal> {
    if request.audience.is_none() && request.resources.is_empty() {
        return Ok(own_audience(subject, &by.app.tenant.issuer.join("userinfo")));
    }
    resolve(&Named { audience: request.audience.as_deref(), resources: &request.resources }, by.tenant)
}

/// The organization the token is for, as it is now: to its user, or to a machine that has no part in it.
async fn residence(
    by: &Redeeming<'_>,
    subject: &AccessClaims,
    user: Option<&User>,
) -> Result<Option<Residence>, Refused> {
    let Some(id) = within(subject) else { return Ok(None) };
    if let Some(user) = user {
        let pair = (&user.subject, &user.connection);
        return Ok(organizations::residence(by.app, Some(&id), pair).await?);
    }
    let found = documents::find::<Organizations>(&by.app.store, &by.app.tenant.id, id.as_str()).await?;
    let organization = found.as_ref().map(policy::organization).transpose()?;
    let machine = |organization| Residence { organization, entrance: None, membership: Membership::Stranger };
    Ok(organization.map(machine))
}

/// The organization a token is for.
fn within(subject: &AccessClaims) -> Option<OrganizationId> {
    OrganizationId::parse(&subject.organization.as_ref()?.id).ok()
}
