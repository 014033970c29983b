//! The Management API as `dev` needs it: a bound token of the bootstrap client, and a handful of verbs.

use std::time::Duration;

use keybound_client::{
    crypto::{AwsLc, SigningKey, entropy},
    proto::{
        dpop::{DpopNonce, Draft, ProofBuilder, TokenHash},
        id::Jti,
        jose::Alg,
        time::Timestamp,
        uri::Htu,
    },
};
use reqwest::{
    Certificate, Client, Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};

use super::folder::Kept;
use crate::{clock::unix_now, error::Failure, exit::Exit};

const PAGE: usize = 100;
const PATIENCE: Duration = Duration::from_secs(10);

/// A session of the bootstrap client.
pub(super) struct Management {
    http: Client,
    base: String,
    key: ProofBuilder<SigningKey>,
    nonce: Option<DpopNonce>,
    token: String,
}

/// A request, before it has its proof.
struct Ask<'a> {
    method: Method,
    url: &'a str,
    token: Option<&'a str>,
    body: Option<&'a Value>,
}

impl Management {
    /// Asks for a token bound to a fresh key.
    pub(super) async fn new(issuer: &str, kept: &Kept, root: Option<&[u8]>) -> Result<Self, Failure> {
        let mut builder = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        if let Some(root) = root {
            builder = builder.add_root_certificate(Certificate::from_pem(root).map_err(failed)?);
        }
        let key = SigningKey::generate(Alg::Es256).map_err(failed)?;
        let mut management = Self {
            http: builder.build().map_err(failed)?,
            base: format!("{issuer}api/v2/"),
            key: ProofBuilder::new(key, &AwsLc),
            nonce: None,
            token: String::new(),
        };
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": kept.management_client_id,
            "client_secret": kept.management_client_secret,
            "audience": management.base,
        });
        let url = format!("{issuer}oauth/token");
        let ask = Ask { method: Method::POST, url: &url, token: None, body: Some(&body) };
        let answer = management.send(&ask).await?;
        let answer = accepted(&ask, answer).await?;
        if answer["token_type"] != "DPoP" {
            return Err(Failure::new(
                Exit::Tenant,
                "set the tenant up: the server issued a token without a key",
            ));
        }
        management.token = answer["access_token"].as_str().unwrap_or_default().to_owned();
        management.nonce = None;
        Ok(management)
    }

    /// What is at this place, if anything.
    pub(super) async fn find(&mut self, place: &str) -> Result<Option<Value>, Failure> {
        let (answer, url) = self.call(Method::GET, place, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        accepted(&Ask { method: Method::GET, url: &url, token: None, body: None }, answer).await.map(Some)
    }

    /// The first of this kind with this name.
    pub(super) async fn named(&mut self, kind: &str, name: &str) -> Result<Option<Value>, Failure> {
        for page in 0.. {
            let found = self.list(&format!("{kind}?per_page={PAGE}&page={page}")).await?;
            let is_last = found.len() < PAGE;
            if let Some(one) = found.into_iter().find(|one| one["name"] == *name) {
                return Ok(Some(one));
            }
            if is_last {
                break;
            }
        }
        Ok(None)
    }

    /// A list, as it is answered without totals.
    pub(super) async fn list(&mut self, place: &str) -> Result<Vec<Value>, Failure> {
        let (answer, url) = self.call(Method::GET, place, None).await?;
        let ask = Ask { method: Method::GET, url: &url, token: None, body: None };
        match accepted(&ask, answer).await? {
            Value::Array(list) => Ok(list),
            _ => Err(Failure::new(Exit::Tenant, format!("set the tenant up: GET {url} answered no list"))),
        }
    }

    /// Makes one.
    pub(super) async fn create(&mut self, place: &str, body: &Value) -> Result<Value, Failure> {
        self.change_by(Method::POST, place, body).await
    }

    /// Makes one, unless it is there already.
    pub(super) async fn create_unless_there(&mut self, place: &str, body: &Value) -> Result<(), Failure> {
        let (answer, url) = self.call(Method::POST, place, Some(body)).await?;
        if answer.status() == StatusCode::CONFLICT {
            return Ok(());
        }
        accepted(&Ask { method: Method::POST, url: &url, token: None, body: None }, answer).await.map(drop)
    }

    /// Changes one.
    pub(super) async fn change(&mut self, place: &str, body: &Value) -> Result<Value, Failure> {
        self.change_by(Method::PATCH, place, body).await
    }

    async fn change_by(&mut self, method: Method, place: &str, body: &Value) -> Result<Value, Failure> {
        let (answer, url) = self.call(method.clone(), place, Some(body)).await?;
        accepted(&Ask { method, url: &url, token: None, body: None }, answer).await
    }

    async fn call(
        &mut self,
        method: Method,
        place: &str,
        body: Option<&Value>,
    ) -> Result<(Response, String), Failure> {
        let url = format!("{}{place}", self.base);
        let token = self.token.clone();
        let answer = self.send(&Ask { method, url: &url, token: Some(&token), body }).await?;
        Ok((answer, url))
    }

    /// Sends with a fresh proof; once more when the server wants its nonce in it.
    async fn send(&mut self, ask: &Ask<'_>) -> Result<Response, Failure> {
        let first = self.send_once(ask).await?;
        if !matches!(first.status(), StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
            return Ok(first);
        }
        match nonce(first.headers()) {
            Some(fresh) if self.nonce.as_ref() != Some(&fresh) => {
                self.nonce = Some(fresh);
                self.send_once(ask).await
            }
            _ => Ok(first),
        }
    }

    async fn send_once(&self, ask: &Ask<'_>) -> Result<Response, Failure> {
        let hash = ask.token.map(|token| TokenHash::of(token, &AwsLc));
        let proof = self
            .key
            .prove(&Draft {
                jti: &Jti::parse(&entropy::token::<16>()).map_err(failed)?,
                method: ask.method.as_str(),
                url: &Htu::parse(ask.url).map_err(failed)?,
                now: Timestamp::from_unix(unix_now()),
                token: hash.as_ref(),
                nonce: self.nonce.as_ref(),
            })
            .map_err(failed)?;
        let mut request = self.http.request(ask.method.clone(), ask.url).header("DPoP", proof);
        if let Some(token) = ask.token {
            request = request.header(AUTHORIZATION, format!("DPoP {token}"));
        }
        if let Some(body) = ask.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        request.send().await.map_err(failed)
    }
}

fn nonce(headers: &HeaderMap) -> Option<DpopNonce> {
    DpopNonce::parse(headers.get("DPoP-Nonce")?.to_str().ok()?)
}

/// The answer's body, or what the server had against it. Bodies we sent are not repeated: they hold secrets.
async fn accepted(ask: &Ask<'_>, answer: Response) -> Result<Value, Failure> {
    let status = answer.status();
    let body = answer.text().await.map_err(failed)?;
    if !status.is_success() {
        let Ask { method, url, .. } = ask;
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        let reason =
            ["message", "error_description", "error"].iter().find_map(|name| problem[*name].as_str());
        let reason = reason.unwrap_or("no reason given");
        return Err(Failure::new(
            Exit::Tenant,
            format!("set the tenant up: {method} {url} answered {status}: {reason}"),
        ));
    }
    serde_json::from_str(&body).map_err(failed)
}

fn failed(problem: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Tenant, format!("set the tenant up: {problem}"))
}
