//! The caller may ask that. Having a [`Permit`] is the check; which scopes it takes stands in the row of the operation.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use http::{header::USER_AGENT, request::Parts};
use keybound_api::{
    Fault, Invalid,
    operation::{self, Guard, Operation},
};
use keybound_authority::event::Sender;
use keybound_proto::{
    dpop::DpopNonce,
    id::{ClientId, Subject},
    jose::Thumbprint,
    scope::{Scope, Scopes},
};

use super::{body::refused, query::Query};
use crate::{
    app::{App, sender},
    extract::{access, address},
    failure::{AccessFailure, AccessScheme, Failure, Reason},
};

/// The caller may ask what the row of the route stands for.
#[derive(Debug)]
pub(crate) struct Permit {
    caller: Caller,
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

impl Permit {
    /// Who calls.
    pub(super) const fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl FromRequestParts<Arc<App>> for Permit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let row = row(parts)?;
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
        match row.guard {
            Guard::Any(scopes) => caller.must(scopes)?,
            Guard::All(scopes) => scopes.iter().try_for_each(|scope| caller.must(&[*scope]))?,
            Guard::Client | Guard::Anybody | Guard::Token => return Err(unguarded(row.path)),
        }
        // Who may ask is told what is wrong with the question, whether or not the handler has parameters.
        Query::of(row, parts)?;
        if let Err(error) = RawPathParams::from_request_parts(parts, app).await {
            return Err(refused(Invalid::path("", Fault::Other(format!("{error}.")))));
        }
        Ok(Self { caller })
    }
}

/// The row of the route that was taken: what stands there is all that is known of who may ask, and with what.
pub(super) fn row(parts: &Parts) -> Result<&'static Operation, Failure> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    operation::find(parts.method.as_str(), path).ok_or_else(|| unguarded(path))
}

/// Nobody gets in where nothing says who may.
fn unguarded(path: &str) -> Failure {
    Reason::Internal { detail: format!("no row says who may ask for {path}") }.into()
}
