//! What all grants share: who asks, what is read for the decision, and how tokens are made of it.

use keybound_authority::{
    Refusal,
    adoption::{Adoption, Shown, observe},
    atproto::check_issue,
    event::{Event, EventKind, Sender},
    grant::{Circumstances, Holder, Issue, Refresh},
    mint::scope_to_tell,
    model::{
        audience::{Audience, ProofPolicy},
        client::{Client, GrantKind},
        digest::RefreshDigest,
        name::{AudienceName, ConnectionName, FamilyId, OrganizationId},
        organization::Residence,
        tenant::Tenant,
        user::User,
    },
};
use keybound_crypto::entropy;
use keybound_proto::{
    dpop::{Binding, DpopNonce, Possession},
    id::Subject,
    response::token::{TokenResponse, TokenType},
    secret::Secret,
    time::Timestamp,
};
use keybound_store::{Batch, StoreError, events, ledger::refresh_tokens};

use super::{refresh, signing::ToSign};
use crate::{
    app::App,
    failure::{Failure, Reason},
    metered, organizations, registered,
};

/// Who asks for tokens, when and from where.
#[derive(Clone, Copy)]
pub(super) struct Redeeming<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a Tenant,
    pub(super) client: &'a Client,
    pub(super) held: Option<&'a Possession>,
    /// The same, with why it is none.
    pub(super) shown: Shown<'a>,
    pub(super) from: &'a Sender,
    pub(super) now: Timestamp,
}

/// What was read for a decision.
#[derive(Default)]
pub(super) struct Read {
    pub(super) audience: Option<Audience>,
    pub(super) user: Option<User>,
    pub(super) residence: Option<Residence>,
}

impl<'a> Redeeming<'a> {
    /// Reads what a decision about a user's tokens looks at, be they for an organization.
    pub(super) async fn read(
        &self,
        audience: Option<&AudienceName>,
        subject: &Subject,
        organization: Option<&OrganizationId>,
    ) -> Result<Read, StoreError> {
        let audience = registered::audience_if_named(self.app, audience).await?;
        let user = registered::user_at(self.app, subject, audience.as_ref(), organization).await?;
        Ok(Read { audience, user, residence: None })
    }

    /// The same, where it was granted within an organization, to a user of this connection.
    pub(super) async fn within(
        &self,
        read: Read,
        organization: Option<&OrganizationId>,
        user: (&Subject, &ConnectionName),
    ) -> Result<Read, StoreError> {
        Ok(Read { residence: organizations::residence(self.app, organization, user).await?, ..read })
    }

    /// Adds to a batch the first refresh token of a family, where a decision issues one, and hands it out.
    pub(super) fn first_refresh_token(
        &self,
        batch: &mut Batch,
        issue: &Issue,
        drawn: &Drawn,
    ) -> Option<Secret<String>> {
        let Refresh::Issue(token) = &issue.refresh else { return None };
        refresh_tokens::issue(batch, &self.app.tenant.id, token);
        Some(drawn.token.clone())
    }

    /// What a decision looks at.
    pub(super) fn around(&self, read: &'a Read) -> Circumstances<'a> {
        Circumstances {
            client: self.client,
            audience: read.audience.as_ref(),
            user: read.user.as_ref(),
            residence: read.residence.as_ref(),
            held: self.held,
            now: self.now,
        }
    }

    /// Counts what would have been refused to those who are only watched on their way to bound tokens.
    fn observe(&self, audience: Option<&Audience>) {
        let client = self.client.id.as_str();
        let api = audience.map_or("-", |audience| audience.name.as_str());
        for (who, refused) in observe(self.client, audience, self.shown) {
            let (observed, reason) = (who.as_str(), refused.unwrap_or("none"));
            metered::observed(observed, reason);
            match refused {
                Some(reason) => {
                    tracing::warn!(
                        observed,
                        client,
                        api,
                        reason,
                        "would have been refused with DPoP required"
                    );
                }
                None => tracing::debug!(observed, client, api, "would have passed with DPoP required"),
            }
        }
    }

    /// Signs what a decision issues.
    pub(super) async fn mint(
        &self,
        issue: &Issue,
        read: &Read,
        refresh_token: Option<Secret<String>>,
    ) -> Result<TokenResponse, Failure> {
        let to_sign = ToSign {
            app: self.app,
            tenant: self.tenant,
            client: self.client,
            issue,
            read: (read.audience.as_ref(), read.user.as_ref()),
        };
        let audience = to_sign.audience();
        if self.client.adoption == Adoption::Observe
            || audience.is_some_and(|audience| audience.proof == ProofPolicy::Observed)
        {
            self.observe(audience);
        }
        let minting = to_sign.minting(self.now);
        let refused = |refusal| Reason::Grant { grant: issue.grant, refusal };
        check_issue(issue, &minting).map_err(refused)?;
        let access_token = to_sign.access_token(self.now).await?;
        let id_token = to_sign.id_token(Some(&access_token), self.now).await?;
        Ok(TokenResponse {
            access_token,
            token_type: match issue.binding {
                Binding::Bearer => TokenType::Bearer,
                Binding::Key(_) => TokenType::DPoP,
            },
            expires_in: Some(minting.lifetime(issue)),
            refresh_token,
            id_token,
            scopes: scope_to_tell(issue).cloned(),
            issued_token_type: None,
            subject: minting.subject_to_tell(issue),
            recovery_code: None,
        })
    }

    /// Adds to a batch that it issues tokens.
    pub(super) fn record_issue(&self, batch: &mut Batch, issue: &Issue) {
        let mut event = Event::redeemed(issue.grant, self.now).by(&self.client.id).from(self.from.clone());
        if let Holder::User(signed_in) = &issue.holder {
            event = event.about(&signed_in.subject);
            event.connection = Some(signed_in.connection.clone());
            event.session = signed_in.session.clone();
        }
        if let Holder::Delegated(delegation) = &issue.holder {
            event = event.about(&delegation.subject);
        }
        event.organization = issue.organization.as_ref().map(|organization| organization.id.clone());
        event.audience = issue.audience.clone();
        event.scopes = Some(issue.scopes.clone());
        event.thumbprint = match issue.binding {
            Binding::Bearer => None,
            Binding::Key(key) => Some(key),
        };
        self.record(batch, &event);
    }

    /// Applies a batch that takes something back, and says so in it.
    pub(super) async fn take_back(
        &self,
        mut batch: Batch,
        grant: GrantKind,
        refusal: Refusal,
    ) -> Result<Refused, StoreError> {
        let mut event = Event::new(EventKind::refused(grant, &refusal), self.now).because(&refusal);
        event = event.by(&self.client.id).from(self.from.clone());
        event.thumbprint = self.held.map(|held| *held.thumbprint());
        self.record(&mut batch, &event);
        self.app.store.apply(batch).await?;
        Ok(Refused { failure: Reason::Grant { grant, refusal }.into(), recorded: true })
    }

    /// Revokes a family, and says why.
    pub(super) async fn revoke_family(
        &self,
        family: &FamilyId,
        grant: GrantKind,
        refusal: Refusal,
    ) -> Result<Refused, StoreError> {
        let mut batch = Batch::new();
        refresh_tokens::revoke_family(&mut batch, &self.app.tenant.id, family, self.now);
        self.take_back(batch, grant, refusal).await
    }

    fn record(&self, batch: &mut Batch, event: &Event) {
        events::record(batch, &self.app.store, &self.app.tenant.id, event);
    }
}

/// A refresh token that may be handed out, and what is kept of it.
pub(super) struct Drawn {
    pub(super) token: Secret<String>,
    pub(super) digest: RefreshDigest,
}

impl Drawn {
    pub(super) fn new() -> Self {
        let token = Secret::new(entropy::token::<32>());
        Self { digest: refresh::digest(&token), token }
    }
}

/// A refusal, and whether the tenant log has it already.
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) recorded: bool,
}

impl Refused {
    /// A grant is refused, and nothing was written about it yet.
    pub(super) fn grant(grant: GrantKind, refusal: Refusal) -> Self {
        Self { failure: Reason::Grant { grant, refusal }.into(), recorded: false }
    }

    /// Sends a nonce along.
    pub(super) fn with_nonce(self, nonce: DpopNonce) -> Self {
        Self { failure: self.failure.with_nonce(nonce), ..self }
    }

    /// Others changed the same things again and again while we decided.
    pub(super) fn contended() -> Self {
        Reason::Unavailable { detail: "others changed it while it was decided".to_owned() }.into()
    }
}

impl<F: Into<Failure>> From<F> for Refused {
    fn from(failure: F) -> Self {
        Self { failure: failure.into(), recorded: false }
    }
}

/// How often to decide again when somebody else was faster.
pub(super) const TRIES: u32 = 3;
