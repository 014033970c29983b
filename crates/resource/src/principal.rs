//! Whom a guarded request speaks for.

use std::sync::Arc;

use keybound_proto::{
    dpop::{Binding, Possession},
    id::{ClientId, Subject},
    jose::Claims,
    request::resource::TokenScheme,
    scope::Scopes,
    time::Timestamp,
    token::access::AccessClaims,
};

use crate::{Authentication, Refused, Rejection, rejection::Offer};

/// Whom a request speaks for: a token that was checked and, where it is bound, the key that was shown to be held.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(crate) token: Arc<AccessToken>,
    pub(crate) possession: Option<Possession>,
    pub(crate) remark: Option<Refused>,
    pub(crate) presented: TokenScheme,
    pub(crate) at: Timestamp,
    pub(crate) offer: Arc<Offer>,
}

/// An access token that was checked.
#[derive(Debug)]
pub(crate) struct AccessToken {
    pub(crate) access: AccessClaims,
    pub(crate) claims: Claims,
}

impl Principal {
    /// On whose behalf: a user, or the client itself.
    pub fn subject(&self) -> &Subject {
        &self.token.access.subject
    }

    /// Which client asks.
    pub fn client_id(&self) -> &ClientId {
        &self.token.access.client_id
    }

    /// What the token permits.
    pub fn scopes(&self) -> &Scopes {
        &self.token.access.scopes
    }

    /// What the user may do at this audience, where the token tells.
    pub fn permissions(&self) -> &[String] {
        self.token.access.permissions.as_deref().unwrap_or_default()
    }

    /// What the token says, as far as there are standards for it.
    pub fn access(&self) -> &AccessClaims {
        &self.token.access
    }

    /// Everything the token says.
    pub fn claims(&self) -> &Claims {
        &self.token.claims
    }

    /// How the token is held.
    pub fn binding(&self) -> Binding {
        self.token.access.key.map_or(Binding::Bearer, Binding::Key)
    }

    /// That the sender held the key; `None` for an unbound token.
    pub const fn possession(&self) -> Option<&Possession> {
        self.possession.as_ref()
    }

    /// Why this request would have been refused, in [`crate::Mode::Observe`].
    pub const fn remark(&self) -> Option<&Refused> {
        self.remark.as_ref()
    }

    /// Refuses with `insufficient_scope` unless the token permits all of `scopes` (RFC 6750 §3.1).
    pub fn require(&self, scopes: &Scopes) -> Result<(), Rejection> {
        if scopes.is_subset(self.scopes()) {
            return Ok(());
        }
        Err(self.refuse(Refused::Scope(scopes.clone())))
    }

    /// Refuses with `insufficient_user_authentication` unless the token tells of such a sign-in (RFC 9470 §3).
    pub fn require_authentication(&self, needed: &Authentication) -> Result<(), Rejection> {
        if needed.is_met_by(self.access(), self.at) {
            return Ok(());
        }
        Err(self.refuse(Refused::Authentication(needed.clone())))
    }

    fn refuse(&self, why: Refused) -> Rejection {
        Rejection::new(why, Some(self.presented), None, &self.offer)
    }
}
