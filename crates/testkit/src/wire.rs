//! Request in, whole response out.

use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Waits for the whole of it.
    ///
    /// # Panics
    /// When the body breaks off.
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Its body, which must be JSON.
    ///
    /// # Panics
    /// When it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A text in its JSON; empty when there is none.
    pub fn text(&self, member: &str) -> String {
        self.json().get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The one header of that name, if there is one.
    ///
    /// # Panics
    /// When there are two.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().and_then(|value| value.to_str().ok());
        assert!(values.next().is_none(), "{name} stands there twice");
        value
    }

    /// Its JSON, when it is a success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

/// A form, sent to a path with further headers.
pub(crate) fn posted(path: &str, form: String, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(form.into())
        .expect("a request")
}
