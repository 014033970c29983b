//! One log line per request. It never holds a token, a proof, a code or a secret: only what is listed here.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::extract::{MatchedPath, Request};
use http::{HeaderValue, Method, StatusCode, header::USER_AGENT};
use keybound_proto::id::{ClientId, Subject};

use crate::{
    app::{App, sender},
    extract::address,
    failure::Told,
    metered, tenant_log,
};

/// What a handler learns on the way and the logs should tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    client: OnceLock<ClientId>,
    subject: OnceLock<Subject>,
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
    agent: Option<HeaderValue>,
}

impl Line {
    /// A request came; its handler may note what it learns.
    pub(crate) fn begin(app: &App, mut request: Request) -> (Self, Request) {
        let (began, noted) = (Instant::now(), Noted::default());
        request.extensions_mut().insert(noted.clone());
        let (parts, body) = request.into_parts();
        let line = Self {
            began,
            noted,
            method: named(&parts.method),
            route: parts.extensions.get::<MatchedPath>().cloned(),
            from: address(&parts, &app.config.trusted_proxies),
            agent: parts.headers.get(USER_AGENT).cloned(),
        };
        (line, Request::from_parts(parts, body))
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
        let agent = self.agent.as_ref().and_then(|agent| agent.to_str().ok());
        tenant_log::record_refusal(app, route, failure, noted, sender(*from, agent)).await;
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
