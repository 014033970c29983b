//! `/oauth/introspect` (RFC 7662). Auth0 has none.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use keybound_authority::{
    Refusal,
    event::EventKind,
    grant::{
        Circumstances,
        introspection::{access, concerns, may_ask, own, refresh},
        refresh::RefreshToken,
    },
    model::{client::Client, name::ConnectionName, user::User},
};
use keybound_proto::{
    dpop::{DpopNonce, Possession},
    id::Subject,
    request::about_token::AboutToken,
    response::{
        introspection::{Described, Introspection},
        token::TokenType,
    },
    time::Timestamp,
    token::access::AccessClaims,
};
use keybound_store::{
    StoreError,
    ledger::{families, refresh_tokens},
};

use super::{
    answer,
    token::{refresh_digest, session_of},
};
use crate::{
    app::App,
    extract::{FromClient, Live},
    failure::{ClientHeader, Failure, Reason},
    organizations, registered,
    tenant_log::{self, record_alone},
};

/// `POST /oauth/introspect`: what a token is good for, told to the client it was issued to and to the API it is for.
///
/// Of any other token, and of one that is over, nothing is told but that (RFC 7662 §2.2). That somebody asks about a
/// token of others is recorded.
pub(crate) async fn introspect(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, noted, now, .. }: FromClient,
) -> Result<Response, Failure> {
    may_ask(known.client()).map_err(|refusal| Reason::Client { refusal, sent: ClientHeader::Unused })?;
    let request = AboutToken::parse(&form)?;
    let (client, held) = known.shown(&app, &headers, "/oauth/introspect", now).await?;
    let asked = Asked { app: &app, client: &client, now };
    let told = match asked.about(&request).await? {
        Ok(described) => Introspection::Active(Box::new(described)),
        Err(refusal) => {
            if refusal == Refusal::NotYours {
                let event = tenant_log::refusal(&refusal.into(), EventKind::LoginFailed, now);
                record_alone(&app, &event.by(&client.id).from(noted.sender().clone())).await;
            }
            Introspection::Inactive
        }
    };
    let nonce = held.filter(Possession::nonce_due).map(|_| app.nonce(now));
    Ok(answer::json(told.to_json(), nonce.as_ref().map(DpopNonce::as_str)))
}

/// A client that is who it says asks about a token.
struct Asked<'a> {
    app: &'a App,
    client: &'a Client,
    now: Timestamp,
}

impl Asked<'_> {
    /// What is told of the token, or why nothing is. The hint is not needed: what is an access token of ours is no other token.
    async fn about(&self, request: &AboutToken) -> Result<Result<Described, Refusal>, StoreError> {
        match Live::read(self.app, request.token.reveal(), self.now) {
            Ok(live) => self.about_access(&live).await,
            Err(_) => self.about_refresh(request).await,
        }
    }

    async fn about_access(&self, live: &Live) -> Result<Result<Described, Refusal>, StoreError> {
        let token = &live.claims;
        if let Err(refusal) = concerns(token, self.client) {
            return Ok(Err(refusal));
        }
        if !live.stands(self.app, self.now).await? {
            return Ok(Err(Refusal::Revoked));
        }
        let user = self.holder(live).await?;
        let around = Circumstances { user: user.as_ref(), ..self.around() };
        Ok(access(token, &around).map(|()| described(token)))
    }

    /// Whose an access token is. AT Protocol's name somebody as no document does, so what they came with says who it is.
    async fn holder(&self, live: &Live) -> Result<Option<User>, StoreError> {
        if let Some(user) = registered::user(self.app, &live.claims.subject).await? {
            return Ok(Some(user));
        }
        let Some(family) = &live.tie.family else { return Ok(None) };
        match families::find(&self.app.store, &self.app.tenant.id, family, self.now).await? {
            Some(family) => registered::user(self.app, &family.subject).await,
            None => Ok(None),
        }
    }

    async fn about_refresh(&self, request: &AboutToken) -> Result<Result<Described, Refusal>, StoreError> {
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        let found = refresh_tokens::find(store, tenant, &refresh_digest(&request.token)).await?;
        let token = match own(&found, self.client) {
            Ok(token) => token,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = registered::user(self.app, &token.subject).await?;
        let whose: (&Subject, &ConnectionName) = (&token.subject, &token.connection);
        let residence = organizations::residence(self.app, token.organization.as_ref(), whose).await?;
        let around = Circumstances { user: user.as_ref(), residence: residence.as_ref(), ..self.around() };
        let session = session_of(self.app, token).await?;
        if let Err(refusal) = token.lives_in(session.as_ref(), self.now) {
            return Ok(Err(refusal));
        }
        Ok(refresh(found, &around).map(|token| self.kept(token)))
    }

    const fn around(&self) -> Circumstances<'_> {
        Circumstances {
            client: self.client,
            audience: None,
            user: None,
            residence: None,
            held: None,
            now: self.now,
        }
    }

    /// A refresh token has no type: it is presented to nobody but us.
    fn kept(&self, token: RefreshToken) -> Described {
        let mut described = Described {
            client_id: Some(token.client),
            subject: Some(token.subject),
            audiences: token.audience.map(|audience| audience.as_str().to_owned()).into_iter().collect(),
            scopes: token.scopes,
            issued: Some(token.issued_at),
            expires: token.expires_at.into_iter().chain(token.idle_at).min(),
            key: token.bound_to,
            ..Described::default()
        };
        described.more.insert("iss".to_owned(), self.app.tenant.issuer.as_str().into());
        described
    }
}

/// An access token says all there is to say.
fn described(token: &AccessClaims) -> Described {
    let more = serde_json::to_value(token).ok().and_then(|claims| claims.as_object().cloned());
    let mut more = more.unwrap_or_default();
    more.retain(|name, _| SAID.contains(&name.as_str()));
    Described {
        token_type: Some(if token.key.is_some() { TokenType::DPoP } else { TokenType::Bearer }),
        client_id: Some(token.client_id.clone()),
        subject: Some(token.subject.clone()),
        audiences: token.audiences.clone(),
        scopes: token.scopes.clone(),
        issued: Some(token.issued),
        expires: Some(token.expires),
        key: token.key,
        more,
    }
}

/// What is told beside what every answer has (RFC 7662 §2.2, RFC 8693 §4.1, RFC 9470 §6.2).
const SAID: [&str; 8] = ["iss", "jti", "act", "acr", "auth_time", "org_id", "org_name", "permissions"];
