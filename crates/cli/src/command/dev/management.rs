//! The Management API as `dev` needs it: bound tokens of the bootstrap client, and a handful of verbs.

use std::fmt::Display;

use axum::http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use keybound_client::{
    Authentication, Client, DpopKey, Resource, System, Tokens, discovery, drive,
    http::{Body, Limits, Response, Web},
    proto::{id::ClientId, request::token::MachineRequest, secret::Secret, uri::Issuer},
};
use serde_json::Value;

use super::folder::Kept;
use crate::{error::Failure, exit::Exit};

/// How many of a kind are asked for at a time.
const PAGE: usize = 100;

/// A session of the bootstrap client.
pub(super) struct Management {
    web: Web,
    resource: Resource,
    tokens: Tokens,
    offers_devices: bool,
}

impl Management {
    /// Finds the server's endpoints and asks for a token, bound to a fresh key.
    pub(super) async fn new(issuer: &str, kept: &Kept, root: Option<&[u8]>) -> Result<Self, Failure> {
        let web = match root {
            Some(root) => Web::trusting(Limits::default(), root),
            None => Web::new(Limits::default()),
        };
        let web = web.map_err(failed)?;
        let issuer = Issuer::parse(issuer).map_err(failed)?;
        let metadata = discovery::discover(&issuer, &web).await.map_err(failed)?;
        let client_id = ClientId::parse(&kept.management_client_id).map_err(failed)?;
        let secret = Secret::new(kept.management_client_secret.clone());
        let audience = issuer.join("api/v2/");
        let offers_devices = metadata.device_authorization_endpoint.is_some();
        let client = Client::new(issuer, metadata, client_id)
            .authenticated(Authentication::SecretPost(secret))
            .bound_to(DpopKey::generate().map_err(failed)?);
        let request = MachineRequest { audience: Some(audience.clone()), ..MachineRequest::default() };
        let tokens = drive(client.client_credentials(request), &web, &System).await.map_err(failed)?;
        let resource = Resource::new(&audience, &client).map_err(failed)?;
        Ok(Self { web, resource, tokens, offers_devices })
    }

    /// Whether people may log in on another device than the one that asks (RFC 8628).
    pub(super) const fn offers_devices(&self) -> bool {
        self.offers_devices
    }

    /// What is at this place, if anything.
    pub(super) async fn find(&self, place: &str) -> Result<Option<Value>, Failure> {
        let answer = self.call(Method::GET, place, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        accepted("GET", place, &answer).map(Some)
    }

    /// The first of this kind with this name.
    pub(super) async fn named(&self, kind: &str, name: &str) -> Result<Option<Value>, Failure> {
        for page in 0.. {
            let found = self.list(&format!("{kind}?per_page={PAGE}&page={page}")).await?;
            let is_last = found.len() < PAGE;
            let wanted = found.into_iter().find(|one| one["name"] == *name);
            if wanted.is_some() || is_last {
                return Ok(wanted);
            }
        }
        Ok(None)
    }

    /// A list, as it is answered without totals.
    pub(super) async fn list(&self, place: &str) -> Result<Vec<Value>, Failure> {
        let answer = self.call(Method::GET, place, None).await?;
        match accepted("GET", place, &answer)? {
            Value::Array(list) => Ok(list),
            _ => Err(failed(format!("GET {place} answered no list"))),
        }
    }

    /// Makes one.
    pub(super) async fn create(&self, place: &str, body: &Value) -> Result<Value, Failure> {
        accepted("POST", place, &self.call(Method::POST, place, Some(body)).await?)
    }

    /// Makes one, unless it is there already.
    pub(super) async fn create_unless_there(&self, place: &str, body: &Value) -> Result<(), Failure> {
        let answer = self.call(Method::POST, place, Some(body)).await?;
        if answer.status() == StatusCode::CONFLICT {
            return Ok(());
        }
        accepted("POST", place, &answer).map(drop)
    }

    /// Changes one.
    pub(super) async fn change(&self, place: &str, body: &Value) -> Result<Value, Failure> {
        accepted("PATCH", place, &self.call(Method::PATCH, place, Some(body)).await?)
    }

    async fn call(
        &self,
        method: Method,
        place: &str,
        body: Option<&Value>,
    ) -> Result<Response<Body>, Failure> {
        let mut call = self.resource.call(&self.tokens, method, place).map_err(failed)?;
        if let Some(body) = body {
            let json = HeaderValue::from_static("application/json");
            call = call.with_header(CONTENT_TYPE, json).with_body(body.to_string());
        }
        drive(call, &self.web, &System).await.map_err(failed)
    }
}

/// The answer's body, or what the server had against it. What we sent is not repeated: it holds secrets.
fn accepted(method: &str, place: &str, answer: &Response<Body>) -> Result<Value, Failure> {
    let status = answer.status();
    let body = answer.body().as_bytes();
    if status.is_success() {
        return serde_json::from_slice(body).map_err(failed);
    }
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let reason = ["message", "error_description", "error"]
        .into_iter()
        .find_map(|name| problem.get(name).and_then(Value::as_str));
    Err(failed(format!("{method} {place} answered {status}: {}", reason.unwrap_or("no reason given"))))
}

fn failed(problem: impl Display) -> Failure {
    Failure::new(Exit::Tenant, format!("set the tenant up: {problem}"))
}
