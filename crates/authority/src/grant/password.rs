//! A user's own password at the token endpoint (RFC 6749 §4.3), which RFC 9700 §2.4 wants nobody to use.

use keybound_proto::dpop::Binding;
use keybound_proto::scope::Scopes;

use super::refresh::Root;
use super::{Circumstances, Holder, Issue, SignedIn, Tie};
use crate::Refusal;
use crate::authorize::organization::usage;
use crate::authorize::request::{Grantee, grantable};
use crate::binding::bind;
use crate::login::factor::Owed;
use crate::model::audience::{ClientGrant, Target};
use crate::model::client::{GrantKind, Party};
use crate::model::digest::RefreshDigest;
use crate::model::factor::Factors;
use crate::model::name::{AudienceName, FamilyId};

/// What is asked for along with a password.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// [`GrantKind::Password`] or [`GrantKind::PasswordRealm`].
    pub kind: GrantKind,
    /// For what: the audience named, or the tenant's default; `None` is the userinfo endpoint only.
    pub audience: Option<&'a AudienceName>,
    /// Which scopes; empty for all that the audience knows.
    pub scopes: &'a Scopes,
    /// What an administrator allowed the client on behalf of users, where the audience demands that.
    pub grant: Option<&'a ClientGrant>,
}

/// A request that deserves that a password is looked at.
#[derive(Clone, Debug)]
pub struct Admitted<'a> {
    request: Request<'a>,
    target: Target,
    binding: Binding,
}

/// What the shell made out of chance, in case a refresh token is issued.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The family of whatever is issued.
    pub family: FamilyId,
    /// What the refresh token hashes to.
    pub next: RefreshDigest,
}

/// Says whether a password is worth looking at: what is refused whoever the user may be is refused before, so that
/// nobody tries passwords by requests that could never succeed.
///
/// A third party is told no user's password: there is no page on which the user could have agreed to it.
pub fn admit<'a>(request: Request<'a>, around: &Circumstances<'_>) -> Result<Admitted<'a>, Refusal> {
    around.may(request.kind)?;
    if around.client.party == Party::Third {
        return Err(Refusal::GrantNotAllowed { grant: request.kind });
    }
    // A password alone leads to no organization.
    usage(around.client.organizations, None::<&()>)?;
    let target = around.target(request.audience)?;
    let grantee = Grantee { client: around.client, grant: request.grant, user: None };
    grantable(request.scopes, &target, &grantee)?;
    let binding = bind(around.client, &target, around.held)?;
    Ok(Admitted { request, target, binding })
}

impl Admitted<'_> {
    /// Decides what somebody gets whose password was right: nothing, while they owe a second factor.
    pub fn issue(
        self,
        signed_in: SignedIn,
        owed: &Owed,
        fresh: &Fresh,
        around: &Circumstances<'_>,
    ) -> Result<Issue, Refusal> {
        let user = around.user(&signed_in.subject)?;
        if *owed != Owed::Nothing && signed_in.factors == Factors::One {
            return Err(Refusal::FactorOwed);
        }
        let Self { request, target, binding } = self;
        let everything = target.api().map(|audience| audience.scopes.clone()).unwrap_or_default();
        // Auth0: who names no scope gets all there are.
        let wanted = if request.scopes.is_empty() { &everything } else { request.scopes };
        let grantee = Grantee { client: around.client, grant: request.grant, user: Some(user) };
        let scopes = grantable(wanted, &target, &grantee)?;
        let root = Root {
            family: &fresh.family,
            signed_in: &signed_in,
            organization: None,
            audience: request.audience,
            scopes: &scopes,
        };
        let refresh = root.refresh(fresh.next, around)?;
        let tie = Tie::of(fresh.family.clone(), signed_in.session.as_ref(), &refresh);
        Ok(Issue {
            grant: request.kind,
            client: around.client.id.clone(),
            holder: Holder::User(signed_in),
            organization: None,
            audience: request.audience.cloned(),
            asked: request.scopes.clone(),
            scopes,
            binding,
            refresh,
            tie,
        })
    }
}

#[cfg(test)]
mod tests;
