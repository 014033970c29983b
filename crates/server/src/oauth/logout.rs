//! `/oidc/logout`: RP-Initiated Logout.
//!
//! Who shows an ID token of the session that ends, or names that session, is believed. Anybody else could be any
//! site at all: the person is asked first.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{Method, StatusCode};
use keybound_authority::{
    Refusal,
    model::{client::Client, session::Session, tenant::UnnamedLogout},
};
use keybound_proto::{
    form::Form,
    id::ClientId,
    jose::{decode_base64url, encode_base64url},
    request::logout::LogoutRequest,
    time::{Lifetime, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::id_token_hint::{self, Hint};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Failure,
    login::{
        content_policy::ContentPolicy,
        leave::{leave, not_left},
        pages::Logout,
        same_site::Sent,
        shown,
    },
    registered,
    tenant_log::record_alone,
};

/// `GET /oidc/logout`
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let form = Form::parse(query.unwrap_or_default().as_bytes())?;
    logout(&app, &form, visitor, &Method::GET).await
}

/// `POST /oidc/logout`
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Failure> {
    logout(&app, &form, visitor, &Method::POST).await
}

/// `POST /oidc/logout/confirm`: the person answers.
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let question = form.text("state").and_then(|state| Question::open(&app, state));
    let session = visitor.session.as_ref();
    let question = question.filter(|question| question.is_for(session, now) && visitor.sent == Sent::Here);
    let Some(question) = question else { return Ok(shown::notice(EXPIRED, AGAIN)) };
    if form.text("action") != Some("accept") {
        return Ok(shown::notice("You are still signed in", "Nothing was changed. You can close this page."));
    }
    let client = question.client.as_deref().and_then(|id| ClientId::parse(id).ok());
    let response = match &question.address {
        Some(address) => shown::see_other(address),
        None => shown::signed_out(),
    };
    leave(&app, &visitor, client.as_ref(), response, now).await
}

async fn logout(app: &Arc<App>, form: &Form, visitor: Visitor, method: &Method) -> Result<Response, Failure> {
    let now = app.clock.now();
    let request = LogoutRequest::parse(form)?;
    let asked = match Asked::read(app, &request).await {
        Ok(asked) => asked,
        Err(failure) => {
            let event = not_left(&failure, &visitor, request.client_id.as_ref(), now);
            record_alone(app, &event).await;
            return Ok(shown::refused(failure.logged()));
        }
    };
    let unnamed = visitor.session.as_ref().filter(|session| !asked.names(session, &request));
    if let (Some(session), UnnamedLogout::Asked) = (unnamed, asked.unnamed) {
        return question(app, &asked, session, now).await;
    }
    let response = match &asked.address {
        Some(address) if *method == Method::GET => shown::found(address),
        Some(address) => shown::see_other(address),
        None => shown::signed_out(),
    };
    leave(app, &visitor, asked.client.as_ref().map(|client| &client.id), response, now).await
}

/// A logout somebody may ask for.
struct Asked {
    hint: Option<Hint>,
    client: Option<Client>,
    address: Option<String>,
    /// What becomes of it where nothing shows that whoever asks knows the session.
    unnamed: UnnamedLogout,
}

impl Asked {
    async fn read(app: &App, request: &LogoutRequest) -> Result<Self, Failure> {
        let hint = match &request.id_token_hint {
            Some(token) => Some(id_token_hint::read(app, token.reveal())?),
            None => None,
        };
        let id = match (&request.client_id, &hint) {
            // RP-Initiated Logout §2: both name the same client.
            (Some(id), Some(hint)) if *id != hint.client => return Err(Refusal::BadHint.into()),
            (Some(id), _) => Some(id),
            (None, Some(hint)) => Some(&hint.client),
            (None, None) => None,
        };
        let client = match id {
            Some(id) => Some(registered::client(app, id).await?.ok_or(Refusal::UnknownClient)?),
            None => None,
        };
        let tenant = registered::tenant(app).await?;
        let allowed = client.as_ref().map_or(&tenant.logout_urls, |client| &client.logout_urls);
        let address = match &request.return_to {
            Some(asked) if allowed.iter().any(|known| **known == **asked) => Some(with_state(asked, request)),
            Some(_) => return Err(Refusal::ReturnToUnknown.into()),
            None => None,
        };
        Ok(Self { hint, client, address, unnamed: tenant.logout.unnamed })
    }

    /// Whether this can only have been asked by somebody the session was told to.
    fn names(&self, session: &Session, request: &LogoutRequest) -> bool {
        let hinted = self.hint.as_ref().is_some_and(|hint| match &hint.session {
            Some(sid) => **sid == *session.id.as_str(),
            None => hint.subject == session.subject,
        });
        hinted || request.logout_hint.as_deref() == Some(session.id.as_str())
    }
}

fn with_state(address: &str, request: &LogoutRequest) -> String {
    let Some(state) = &request.state else { return address.to_owned() };
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, format!("#{fragment}")),
        None => (address, String::new()),
    };
    let joint = if before.contains('?') { '&' } else { '?' };
    let state = Form::new().with("state", state.as_str()).encode();
    format!("{before}{joint}{state}{fragment}")
}

/// A question put to one person, in one session: what their answer will do travels with it, sealed.
#[derive(Serialize, Deserialize)]
struct Question {
    session: String,
    client: Option<String>,
    address: Option<String>,
    ends_at: i64,
}

impl Question {
    fn open(app: &App, text: &str) -> Option<Self> {
        let sealed = decode_base64url(text).ok()?;
        let opened = app.browser.open(PLACE, &sealed).ok()?;
        serde_json::from_slice(opened.reveal()).ok()
    }

    fn seal(&self, app: &App) -> String {
        let Ok(text) = serde_json::to_vec(self) else { unreachable!("text and numbers always have a JSON") };
        encode_base64url(app.browser.seal(PLACE, &text))
    }

    fn is_for(&self, session: Option<&Session>, now: Timestamp) -> bool {
        let same = session.is_some_and(|session| session.id.as_str() == self.session);
        same && now.as_unix() < self.ends_at
    }
}

async fn question(app: &App, asked: &Asked, session: &Session, now: Timestamp) -> Result<Response, Failure> {
    let user = registered::user(app, &session.subject).await?;
    let question = Question {
        session: session.id.as_str().to_owned(),
        client: asked.client.as_ref().map(|client| client.id.as_str().to_owned()),
        address: asked.address.clone(),
        ends_at: now.plus(PATIENCE).as_unix(),
    };
    let page = Logout {
        account: user.as_ref().and_then(|user| user.profile.email.as_deref()),
        state: &question.seal(app),
    };
    let mut policy = ContentPolicy::page();
    if let Some(address) = &asked.address {
        policy = policy.forms_to(address);
    }
    Ok(shown::shown(&page, StatusCode::OK, &policy))
}

/// What the seal is for, so that nothing sealed for another purpose opens here.
const PLACE: &[u8] = b"oidc-logout";

/// How long the question stands.
const PATIENCE: Lifetime = Lifetime::seconds(3600);

const EXPIRED: &str = "This page has expired";
const AGAIN: &str = "Your session may have ended already. If you are not sure, sign out again.";
