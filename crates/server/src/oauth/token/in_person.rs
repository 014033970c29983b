//! What a person who shows a client who they are lets it have: asked for first, and given once it is known who.
//!
//! What is refused whoever the person may be is refused before anybody looks at what they show.

use keybound_authority::{
    Refusal,
    authorize::audience::{Named, resolve},
    event::{Event, EventKind},
    grant::{
        SignedIn,
        password::{Admitted, Fresh, Request, admit},
    },
    model::{
        audience::{Audience, ClientGrant},
        client::GrantKind,
        name::{AudienceName, ConnectionName, FamilyId},
        user::User,
    },
};
use keybound_crypto::entropy;
use keybound_proto::{id::Subject, response::token::TokenResponse, scope::Scopes};
use keybound_store::{Batch, ledger::logins};

use super::redeeming::{Drawn, Read, Redeeming, Refused};
use crate::{
    failure::{Failure, Reason},
    registered,
    tenant_log::record_alone,
};

/// What is asked for, and what was read to judge it.
pub(super) struct Asked {
    kind: GrantKind,
    audience: Option<AudienceName>,
    scopes: Scopes,
    grant: Option<ClientGrant>,
    found: Option<Audience>,
}

impl Asked {
    /// Reads what a grant of this kind asks for.
    pub(super) async fn read(
        by: &Redeeming<'_>,
        kind: GrantKind,
        named: &Named<'_>,
        scopes: Option<&Scopes>,
    ) -> Result<Self, Refused> {
        let audience = resolve(named, &by.app.tenant).map_err(|refusal| Refused::grant(kind, refusal))?;
        let found = registered::audience_if_named(by.app, audience.as_ref()).await?;
        let grant = registered::grant_for_users(by.app, &by.client.id, found.as_ref()).await?;
        Ok(Self { kind, audience, scopes: scopes.cloned().unwrap_or_default(), grant, found })
    }

    /// Judges everything that does not depend on who the person is.
    pub(super) fn admit(&self, by: &Redeeming<'_>) -> Result<Admitted<'_>, Refused> {
        let read = Read { audience: self.found.clone(), user: None };
        let request = Request {
            kind: self.kind,
            audience: self.audience.as_ref(),
            scopes: &self.scopes,
            grant: self.grant.as_ref(),
        };
        admit(request, &by.around(&read)).map_err(|refusal| Refused::grant(self.kind, refusal))
    }

    /// Gives it, now that it is known who they are; the batch may hold what has to be written of them.
    pub(super) async fn give(
        &self,
        by: &Redeeming<'_>,
        admitted: Admitted<'_>,
        user: User,
        mut batch: Batch,
    ) -> Result<TokenResponse, Refused> {
        let signed_in = SignedIn {
            subject: user.subject.clone(),
            connection: user.connection.clone(),
            session: None,
            authenticated_at: by.now,
            id_token_nonce: None,
        };
        let subject = user.subject.clone();
        let read = Read { audience: self.found.clone(), user: Some(user) };
        let next = Drawn::new();
        let family = FamilyId::parse(&entropy::token::<16>())
            .map_err(|error| Reason::Internal { detail: error.to_string() })?;
        let fresh = Fresh { family, next: next.digest };
        let issue = admitted
            .issue(signed_in, &fresh, &by.around(&read))
            .map_err(|refusal| Refused::grant(self.kind, refusal))?;
        let handed = by.first_refresh_token(&mut batch, &issue, &next);
        logins::record(&mut batch, &by.app.tenant.id, &subject, by.from.address, by.now);
        by.record_issue(&mut batch, &issue);
        let tokens = by.mint(&issue, &read, handed).await?;
        by.app.store.apply(batch).await?;
        Ok(tokens)
    }
}

/// Who somebody said they are.
pub(super) struct Said<'a> {
    pub(super) name: &'a str,
    pub(super) connection: &'a ConnectionName,
    pub(super) subject: Option<Subject>,
}

/// That they are not let in, recorded under the name that was tried.
pub(super) async fn not_in(
    by: &Redeeming<'_>,
    grant: GrantKind,
    said: Said<'_>,
    refusal: Refusal,
) -> Refused {
    let mut event = Event::new(EventKind::refused(grant, &refusal), by.now)
        .because(&refusal)
        .by(&by.client.id)
        .from(by.from.clone())
        .named(said.name);
    event.subject = said.subject;
    event.connection = Some(said.connection.clone());
    event.thumbprint = by.held.map(|held| *held.thumbprint());
    record_alone(by.app, &event).await;
    Refused { failure: Failure::from(Reason::Grant { grant, refusal }), recorded: true }
}
