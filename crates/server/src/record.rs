//! One log line per request. It never holds a token, a proof, a code or a secret: only what is listed here.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode, header::USER_AGENT};
use keybound_authority::event::Sender;
use keybound_proto::id::{ClientId, Subject};
use keybound_store::Standing;

use crate::{
    app::{App, sender},
    extract::address,
    failure::Told,
    metered, tenant_log,
};

/// What a handler learns on the way, and the logs and the answer's headers should tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    from: Sender,
    client: OnceLock<ClientId>,
    subject: OnceLock<Subject>,
    standing: Mutex<Option<Standing>>,
}

impl Noted {
    /// Which client asked.
    pub(crate) fn client(&self, id: &ClientId) {
        // The first one stands: a request has one client.
        let _ = self.0.client.set(id.clone());
    }

    /// On whose behalf.
    pub(crate) fn subject(&self, subject: &Subject) {
        let _ = self.0.subject.set(subject.clone());
    }

    /// Where the request came from.
    pub(crate) fn sender(&self) -> &Sender {
        &self.0.from
    }

    /// How they stand to a limit. The last one, which is the narrowest, is told.
    pub(crate) fn stands(&self, standing: Standing) {
        *self.0.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }

    /// How they stand to the narrowest limit, if they met one.
    pub(crate) fn standing(&self) -> Option<Standing> {
        *self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which client asked, as far as it is known.
    pub(crate) fn who(&self) -> Option<&ClientId> {
        self.0.client.get()
    }

    /// On whose behalf, as far as it is known.
    pub(crate) fn whom(&self) -> Option<&Subject> {
        self.0.subject.get()
    }
}

/// The log line of a request, as far as it is known before the answer.
pub(crate) struct Line {
    began: Instant,
    noted: Noted,
    method: &'static str,
    route: Option<MatchedPath>,
    from: IpAddr,
}

impl Line {
    /// A request came; its handler may note what it learns.
    pub(crate) fn begin(app: &App, request: Request) -> (Self, Request) {
        let began = Instant::now();
        let (mut parts, body) = request.into_parts();
        let from = address(&parts, &app.config.trusted_proxies);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let known = Known { from: sender(from, agent), ..Known::default() };
        let noted = Noted(Arc::new(known));
        parts.extensions.insert(noted.clone());
        let (method, route) = (named(&parts.method), parts.extensions.get::<MatchedPath>().cloned());
        let line = Self { began, noted, method, route, from };
        (line, Request::from_parts(parts, body))
    }

    /// Which route it took, if any.
    pub(crate) fn route(&self) -> Option<&str> {
        self.route.as_ref().map(MatchedPath::as_str)
    }

    /// What its handler notes.
    pub(crate) const fn noted(&self) -> &Noted {
        &self.noted
    }

    /// It was answered, and this was told of a failure.
    pub(crate) async fn end(self, app: &App, status: StatusCode, told: Option<&Told>) {
        let Self { began, noted, method, from, .. } = &self;
        let status = status.as_u16();
        let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
        let took = began.elapsed();
        metered::answered(route, method, status, took.as_secs_f64());
        let client = noted.who().map_or("-", ClientId::as_str);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let Some(Told(failure)) = told else {
            tracing::info!(method, route, status, micros, %from, client, "answered");
            return;
        };
        let answer = failure.answer();
        metered::refused(answer.reason);
        let (error, reason) = (answer.code.as_str(), answer.reason);
        let detail = failure.reason().detail().unwrap_or_default();
        if status >= 500 {
            tracing::error!(method, route, status, micros, %from, client, error, reason, detail, "failed");
        } else {
            tracing::info!(method, route, status, micros, %from, client, error, reason, detail, "refused");
        }
        tenant_log::record_refusal(app, route, failure, noted, noted.sender().clone()).await;
    }
}

/// The method's name, from a closed list: a label must not be a stranger's to invent.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
