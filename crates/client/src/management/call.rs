//! One request of the Management API.

use std::fmt;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Management, Refusal};
use crate::{Boxed, ClientError, fetch::Response, http::TransportError};

/// A request that has not been sent yet: awaiting it sends it, and gives what it tells.
///
/// What the API refuses is [`ClientError::Management`]. A busy API is asked again when it says so; a token it calls
/// invalid is renewed once.
#[must_use = "nothing is sent before it is awaited"]
pub struct Call<T> {
    asked: Asked,
    read: fn(&[u8]) -> Result<T, ClientError>,
}

/// What was asked for.
#[derive(Clone)]
pub(super) struct Asked {
    management: Management,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<(String, Bytes)>,
    wrong: Option<&'static str>,
}

impl<T: DeserializeOwned> Call<T> {
    /// One at the place these steps lead to, of which each is a name as it is.
    pub(super) fn new(management: &Management, method: Method, steps: &[&str]) -> Self {
        let (path, wrong) = match path(steps) {
            Some(path) => (path, None),
            None => (String::new(), Some("name of a thing")),
        };
        Self { asked: Asked { wrong, ..Asked::new(management, method, path) }, read: json }
    }
}

impl Call<Value> {
    pub(super) fn raw(management: &Management, method: Method, path: &str) -> Self {
        let asked = Asked::new(management, method, path.trim_start_matches('/').to_owned());
        Self { asked, read: json }.told_anything()
    }

    /// The same one, whose answer may have no body, which is `null`.
    pub(super) fn told_anything(self) -> Self {
        Self { read: |body| if body.is_empty() { Ok(Value::Null) } else { json(body) }, ..self }
    }
}

impl<T> Call<T> {
    /// With a parameter in its query; names may come more than once.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.asked.query.push((name.into(), value.to_string()));
        self
    }

    /// With a JSON body: a document of this module, `serde_json::json!`, anything of that shape.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.asked.body = Some(("application/json".to_owned(), bytes.into())),
            Err(_) => self.asked.wrong = Some("JSON body"),
        }
        self
    }

    /// With a body of any kind.
    pub fn body(mut self, kind: impl Into<String>, body: impl Into<Bytes>) -> Self {
        self.asked.body = Some((kind.into(), body.into()));
        self
    }

    /// The same one, of whose answer nothing is read.
    pub(super) fn told_nothing(self) -> Call<()> {
        Call { asked: self.asked, read: |_| Ok(()) }
    }

    /// The same one, whose answer may have no body.
    pub(super) fn told_perhaps<U: DeserializeOwned>(self) -> Call<Option<U>> {
        Call { asked: self.asked, read: |body| if body.is_empty() { Ok(None) } else { json(body).map(Some) } }
    }

    pub(super) fn into_asked(self) -> Asked {
        self.asked
    }

    /// Sends it, and gives the answer as it came, refusals too.
    pub async fn send(self) -> Result<Response, ClientError> {
        self.asked.send().await
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Result<T, ClientError>;
    type IntoFuture = Boxed<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { (self.read)(&self.asked.told().await?) })
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked { method, path, .. } = &self.asked;
        f.debug_struct("Call").field("method", method).field("path", path).finish_non_exhaustive()
    }
}

impl Asked {
    fn new(management: &Management, method: Method, path: String) -> Self {
        Self { management: management.clone(), method, path, query: Vec::new(), body: None, wrong: None }
    }

    pub(super) fn query(&mut self, name: &str, value: impl ToString) {
        self.query.push((name.to_owned(), value.to_string()));
    }

    /// The body of a success.
    pub(super) async fn told(&self) -> Result<Bytes, ClientError> {
        let answer = self.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        match status.is_success() {
            true => Ok(body),
            false => Err(ClientError::Management(Box::new(Refusal::read(status, &body)))),
        }
    }

    async fn send(&self) -> Result<Response, ClientError> {
        if let Some(wrong) = self.wrong {
            return Err(ClientError::Header(wrong));
        }
        let answer = self.request().send().await?;
        // Auth0 names no challenge here, by which the fetcher would know that another token can help.
        if answer.status() == StatusCode::UNAUTHORIZED
            && !answer.headers().contains_key(http::header::WWW_AUTHENTICATE)
        {
            return self.request().refresh().send().await;
        }
        Ok(answer)
    }

    fn request(&self) -> crate::fetch::RequestBuilder<'_> {
        let request = self.management.fetcher.request(self.method.clone(), &self.path).query(&self.query);
        let request = request.header("accept", "application/json");
        match &self.body {
            Some((kind, body)) => request.header("content-type", kind.as_str()).body(body.clone()),
            None => request,
        }
    }
}

/// The answer as what it should be. What it holds is not told: it may be a secret.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        TransportError::new(format!("the answer is not what it should be, at line {line} column {column}"))
            .into()
    })
}

/// A path of names, each written so that it is one step whatever is in it; none of a name that is empty or would lead
/// elsewhere.
fn path(steps: &[&str]) -> Option<String> {
    let is_name = |name: &&str| !matches!(*name, "" | "." | "..");
    let steps = steps.iter().map(|name| Some(*name).filter(is_name).map(step));
    Some(steps.collect::<Option<Vec<_>>>()?.join("/"))
}

/// A name as one step of a path, whatever is in it.
fn step(name: &str) -> String {
    let written = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::path;

    /// RFC 3986 §3.3: a name with a slash, a pipe or a question mark is one step.
    #[test]
    fn a_name_is_one_step_and_never_leads_elsewhere() {
        assert_eq!(path(&["users", "auth0|a/b?c#d"]).as_deref(), Some("users/auth0%7Ca%2Fb%3Fc%23d"));
        assert_eq!(path(&["clients", "é"]).as_deref(), Some("clients/%C3%A9"));
        for wrong in ["", ".", ".."] {
            assert_eq!(path(&["users", wrong]), None, "{wrong:?}");
        }
    }
}
