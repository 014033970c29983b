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
    token::access::AccessClaims,
};

use super::{
    body::{END, refused},
    journal::Journal,
    managed::Work,
    query::Query,
};
use crate::{
    app::{App, sender},
    extract::{access, address},
    failure::{AccessFailure, AccessScheme, Failure, ManagementFailure, Reason},
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
    /// On behalf of which person, if it does not speak for itself.
    pub(super) person: Option<Subject>,
    /// What it may do.
    pub(super) scopes: Scopes,
    /// The key its token is bound to.
    pub(super) key: Option<Thumbprint>,
    /// From where.
    pub(super) from: Sender,
    /// A nonce for the answer, where one is due.
    pub(super) nonce: Option<DpopNonce>,
    /// Where it is written down what they changed.
    pub(super) journal: Option<Journal>,
}

impl Caller {
    /// Whether they may do that.
    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Refuses people what is another's.
    pub(super) fn is_about(&self, subject: &str) -> Result<(), Failure> {
        match &self.person {
            Some(person) if person.as_str() != subject => {
                Err(ManagementFailure::Forbidden { message: NOT_THEIRS.to_owned(), code: None }.into())
            }
            _ => Ok(()),
        }
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

    /// What they ask for now.
    pub(super) fn work<'a>(&'a self, app: &'a App) -> Work<'a> {
        Work { app, caller: &self.caller, now: app.clock.now() }
    }
}

impl FromRequestParts<Arc<App>> for Permit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let row = row(parts)?;
        let caller = caller(app, parts, row.own).await?;
        match (row.guard, &caller.person) {
            (_, Some(_)) if !row.own.is_empty() => caller.must(row.own)?,
            (Guard::Any(scopes), _) => caller.must(scopes)?,
            (Guard::All(scopes), _) => scopes.iter().try_for_each(|scope| caller.must(&[*scope]))?,
            (Guard::Client | Guard::Anybody | Guard::Token, _) => return Err(unguarded(row.path)),
        }
        // Who may ask is told what is wrong with the question, whether or not the handler has parameters.
        let query = Query::of(row, parts)?;
        parts.extensions.insert(query);
        let named = RawPathParams::from_request_parts(parts, app).await;
        let named = named.map_err(|error| refused(Invalid::path("", Fault::Other(format!("{error}.")))))?;
        if let Some((name, _)) = named.iter().find(|(_, text)| text.contains('\0')) {
            return Err(refused(Invalid::path(name, Fault::Other(END.to_owned()))));
        }
        if row.path.starts_with(PEOPLE) {
            let id = named.iter().next().map(|(_, id)| id).unwrap_or_default();
            caller.is_about(id)?;
        }
        if let Some(journal) = &caller.journal {
            journal.by(&caller);
        }
        Ok(Self { caller })
    }
}

/// Who calls, whatever they ask for; of a person's scopes, only those that are for what is their own.
pub(super) async fn caller(app: &Arc<App>, parts: &mut Parts, own: &[&str]) -> Result<Caller, Failure> {
    let access = access(app, parts, &app.places.management()).await?;
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    // What an administrator granted, they granted to a machine: a user's token never has a part in it. People have
    // a few scopes for what is theirs.
    let AccessClaims { subject, client_id: client, scopes, key, .. } = access.claims;
    let person = (subject != Subject::of_client(&client)).then_some(subject);
    let scopes = match &person {
        None => scopes,
        Some(_) => scopes.iter().filter(|scope| own.contains(&scope.as_str())).cloned().collect(),
    };
    let from = sender(address(parts, &app.config.trusted_proxies), agent);
    let journal = parts.extensions.get::<Journal>().cloned();
    Ok(Caller { client, person, scopes, key, from, nonce: access.nonce, journal })
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

/// What is asked about one person.
const PEOPLE: &str = "/api/v2/users/{";
const NOT_THEIRS: &str = "User to be acted on does not match subject in bearer token.";
