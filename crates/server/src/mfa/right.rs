//! On whose factors somebody may look, or lay hands.

use http::{HeaderValue, header::AUTHORIZATION, header::USER_AGENT, request::Parts};
use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    grant::mfa::Waiting,
    model::{
        factor::MULTI_FACTOR,
        user::{Standing, User},
    },
};
use keybound_proto::{
    dpop::DpopNonce,
    id::{ClientId, Subject},
    jose::Thumbprint,
    request::resource::{PresentedToken, TokenScheme},
    scope::{Scope, Scopes},
    secret::Secret,
};
use keybound_store::ledger::mfa_tokens;

use crate::{
    app::{App, sender},
    extract::{access, address},
    failure::{AccessFailure, AccessScheme, Failure, Reason},
    oauth::token::MfaToken,
    record::Noted,
    registered,
};

/// Whose factors it is about, and by what right.
pub(super) struct Right {
    pub(super) user: User,
    pub(super) client: ClientId,
    pub(super) from: Sender,
    pub(super) key: Option<Thumbprint>,
    /// A nonce for the answer, where one is due.
    pub(super) nonce: Option<DpopNonce>,
    by: By,
}

enum By {
    /// A sign-in that waits for its second factor: its user showed one.
    MfaToken(Box<Waiting>),
    /// An access token for the MFA API.
    AccessToken { scopes: Scopes, acr: Option<String>, scheme: AccessScheme },
}

impl Right {
    /// Finds out who asks.
    ///
    /// An `mfa_token` goes without a proof, as SDKs send it, even where its sign-in is bound to a key: what is enrolled
    /// with it counts once it was shown at the token endpoint, and there the key is owed.
    pub(super) async fn find(app: &App, parts: &Parts) -> Result<Self, Failure> {
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let from = sender(address(parts, &app.config.trusted_proxies), agent);
        if let Some(waiting) = waiting(app, parts).await? {
            let user = user(app, &waiting.subject, AccessScheme::Bearer).await?;
            if let Some(noted) = parts.extensions.get::<Noted>() {
                noted.client(&waiting.client);
                noted.subject(&waiting.subject);
            }
            let (client, key) = (waiting.client.clone(), waiting.key);
            let by = By::MfaToken(Box::new(waiting));
            return Ok(Self { user, client, from, key, nonce: None, by });
        }
        let access = access(app, parts, app.places.mfa()).await?;
        let claims = access.claims;
        let scheme = if claims.key.is_some() { AccessScheme::Dpop } else { AccessScheme::Bearer };
        let user = user(app, &claims.subject, scheme).await?;
        let by = By::AccessToken { scopes: claims.scopes, acr: claims.acr, scheme };
        Ok(Self { user, client: claims.client_id, from, key: claims.key, nonce: access.nonce, by })
    }

    /// Refuses an access token without that scope. An `mfa_token` has none, and is good for what its sign-in needs.
    pub(super) fn may(&self, scope: &str) -> Result<(), Failure> {
        match &self.by {
            By::AccessToken { scopes, scheme, .. } if !scopes.contains(scope) => {
                Err(self.lacking(scope, *scheme))
            }
            _ => Ok(()),
        }
    }

    /// The same, and refuses an `mfa_token` altogether.
    pub(super) fn may_with_token(&self, scope: &str) -> Result<(), Failure> {
        match &self.by {
            By::MfaToken(_) => Err(self.lacking(scope, AccessScheme::Bearer)),
            By::AccessToken { .. } => self.may(scope),
        }
    }

    /// Refuses who showed one factor only, since the user has a second: changing it takes it.
    pub(super) fn showed_two(&self) -> Result<(), Failure> {
        match &self.by {
            By::MfaToken(_) => Err(Refusal::AlreadyEnrolled.into()),
            By::AccessToken { acr, .. } if acr.as_deref() == Some(MULTI_FACTOR) => Ok(()),
            By::AccessToken { .. } => Err(self.with_nonce(Refusal::StepUpNeeded.into())),
        }
    }

    /// The sign-in that waits, if that is the right.
    pub(super) fn waiting(&self) -> Option<&Waiting> {
        match &self.by {
            By::MfaToken(waiting) => Some(waiting),
            By::AccessToken { .. } => None,
        }
    }

    /// What to record of it.
    pub(super) fn event(&self, app: &App, kind: EventKind) -> Event {
        let mut event = Event::new(kind, app.clock.now()).by(&self.client).about(&self.user.subject);
        event.thumbprint = self.key;
        event.from(self.from.clone())
    }

    /// A failure, with a nonce where one is due.
    pub(super) fn with_nonce(&self, failure: Failure) -> Failure {
        match &self.nonce {
            Some(nonce) => failure.with_nonce(nonce.clone()),
            None => failure,
        }
    }

    fn lacking(&self, scope: &str, scheme: AccessScheme) -> Failure {
        let needed = Scope::parse(scope).into_iter().collect();
        self.with_nonce(Reason::Access { failure: AccessFailure::Scope { needed }, scheme }.into())
    }
}

/// The sign-in of an `mfa_token`. It has no dots in it, an access token two.
async fn waiting(app: &App, parts: &Parts) -> Result<Option<Waiting>, Failure> {
    let headers = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let token = match PresentedToken::read(headers, parts.uri.query()) {
        Ok(Some(shown)) if shown.scheme == TokenScheme::Bearer && !shown.token.contains('.') => shown.token,
        // Whatever else it is, the check of access tokens has the words for it.
        _ => return Ok(None),
    };
    let name = MfaToken::shown(Secret::new(token.to_owned()));
    let found = mfa_tokens::find(&app.store, &app.tenant.id, &name.digest()).await?;
    let unknown = AccessFailure::Untrusted { why: "it is no mfa_token of a sign-in that waits" };
    let waiting = found.ok_or_else(|| refused(unknown, AccessScheme::Bearer))?;
    match waiting.is_over(app.clock.now()) {
        true => Err(Refusal::MfaTokenExpired.into()),
        false => Ok(Some(waiting)),
    }
}

async fn user(app: &App, subject: &Subject, scheme: AccessScheme) -> Result<User, Failure> {
    let found = registered::user(app, subject).await?;
    let active = found.filter(|user| user.standing == Standing::Active);
    active.ok_or_else(|| refused(AccessFailure::UserGone, scheme))
}

fn refused(failure: AccessFailure, scheme: AccessScheme) -> Failure {
    Reason::Access { failure, scheme }.into()
}
