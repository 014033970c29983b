//! The caller may do that to this kind of thing. Having a [`Permit`] is the check.

use std::{marker::PhantomData, sync::Arc};

use axum::extract::FromRequestParts;
use http::{header::USER_AGENT, request::Parts};
use keybound_authority::event::Sender;
use keybound_proto::{
    dpop::DpopNonce,
    id::{ClientId, Subject},
    jose::Thumbprint,
    scope::{Scope, Scopes},
};

use super::managed::Scoped;
use crate::{
    app::{App, sender},
    extract::{access, address},
    failure::{AccessFailure, AccessScheme, Failure, Reason},
};

/// A verb, as a type.
pub(crate) trait Verb: Send + Sync + 'static {
    /// The scopes that permit it; any will do.
    fn scopes<M: Scoped>() -> &'static [&'static str];
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $scopes:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) enum $name {}

            impl Verb for $name {
                fn scopes<M: Scoped>() -> &'static [&'static str] {
                    M::$scopes
                }
            }
        )*
    };
}

verbs! {
    /// Making one.
    Create = CREATE;
    /// Deleting one.
    Delete = DELETE;
    /// Reading one or many.
    Read = READ;
    /// Changing one.
    Update = UPDATE;
}

/// The caller may do `V` to an `M`.
#[derive(Debug)]
pub(crate) struct Permit<V, M> {
    caller: Caller,
    kind: PhantomData<fn() -> (V, M)>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Which client.
    pub(super) client: ClientId,
    /// What it may do.
    pub(super) scopes: Scopes,
    /// The key its token is bound to.
    pub(super) key: Option<Thumbprint>,
    /// From where.
    pub(super) from: Sender,
    /// A nonce for the answer, where one is due.
    pub(super) nonce: Option<DpopNonce>,
}

impl Caller {
    /// Whether they may do that.
    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Refuses who may do none of these.
    pub(super) fn must(&self, needed: &[&str]) -> Result<(), Failure> {
        if needed.iter().any(|scope| self.may(scope)) {
            return Ok(());
        }
        let needed: Scopes = needed.iter().filter_map(|scope| Scope::parse(scope).ok()).collect();
        let scheme = if self.key.is_some() { AccessScheme::Dpop } else { AccessScheme::Bearer };
        let failure = Failure::from(Reason::Access { failure: AccessFailure::Scope { needed }, scheme });
        Err(match &self.nonce {
            Some(nonce) => failure.with_nonce(nonce.clone()),
            None => failure,
        })
    }
}

impl<V: Verb, M: Scoped> Permit<V, M> {
    /// Who calls.
    pub(super) const fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl<V: Verb, M: Scoped> FromRequestParts<Arc<App>> for Permit<V, M> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let access = access(app, parts, &app.places.management()).await?;
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        // What an administrator granted, they granted to a machine: a user's token never has a part in it.
        let speaks_for_itself = access.claims.subject == Subject::of_client(&access.claims.client_id);
        let caller = Caller {
            client: access.claims.client_id,
            scopes: if speaks_for_itself { access.claims.scopes } else { Scopes::none() },
            key: access.claims.key,
            from: sender(address(parts, &app.config.trusted_proxies), agent),
            nonce: access.nonce,
        };
        caller.must(V::scopes::<M>())?;
        Ok(Self { caller, kind: PhantomData })
    }
}
