//! A request that is being put together.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use keybound_proto::{form::Form, scope::Scopes};
use serde::Serialize;

use super::{Fetcher, Redirects, Response, send::Sending};
use crate::{
    ClientError,
    attempt::DPOP,
    http::{Body, Upload},
    session::{Renew, Want},
};

/// A request that has not been sent yet. What cannot be written is an error when it is sent.
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder<'a> {
    fetcher: &'a Fetcher,
    asked: Asked,
    wrong: Option<ClientError>,
}

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    /// Nothing once a stream was sent.
    pub(super) upload: Option<Upload>,
    pub(super) want: Want,
    pub(super) renew: Renew,
    pub(super) redirects: Redirects,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(fetcher: &'a Fetcher, method: Method, target: &str) -> Self {
        let asked = Asked {
            method,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            upload: Some(Upload::default()),
            want: fetcher.want.clone(),
            renew: Renew::WhenDue,
            redirects: fetcher.redirects,
        };
        Self { fetcher, asked, wrong: None }
    }

    /// With these names and values at the end of its query.
    pub fn query<K: AsRef<str>, V: AsRef<str>>(mut self, pairs: &[(K, V)]) -> Self {
        if pairs.is_empty() {
            return self;
        }
        let target = &mut self.asked.target;
        let fragment = target.find('#').unwrap_or(target.len());
        target.truncate(fragment);
        let glue = if target.contains('?') { '&' } else { '?' };
        target.push(glue);
        target.push_str(&form(pairs).encode());
        self
    }

    /// With a header. `Authorization`, `DPoP` and `Host` are not the caller's to set.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => {
                if name != AUTHORIZATION && name != HOST && name != DPOP {
                    self.asked.headers.append(name, value);
                }
            }
            (Err(_), _) => self.wrong = Some(ClientError::Header("name of a header")),
            (_, Err(_)) => self.wrong = Some(ClientError::Header("value of a header")),
        }
        self
    }

    /// With these headers, as [`header`](Self::header) has it.
    pub fn headers(self, headers: HeaderMap) -> Self {
        let mut last = None;
        headers.into_iter().fold(self, |this, (name, value)| {
            last = name.or_else(|| last.take());
            match last.clone() {
                Some(name) => this.header(name, value),
                None => this,
            }
        })
    }

    /// With a JSON body.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.typed("application/json").body(bytes),
            Err(_) => {
                self.wrong = Some(ClientError::Header("JSON body"));
                self
            }
        }
    }

    /// With a form as its body.
    pub fn form<K: AsRef<str>, V: AsRef<str>>(self, pairs: &[(K, V)]) -> Self {
        self.typed("application/x-www-form-urlencoded").body(form(pairs).encode())
    }

    /// With a body that can be sent again.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.upload(body.into())
    }

    /// With a body of either kind. A stream is sent once: an API that asks for a nonce then is
    /// [`ClientError::BodySpent`], with the nonce learnt.
    pub fn upload(mut self, upload: impl Into<Upload>) -> Self {
        self.asked.upload = Some(upload.into());
        self
    }

    /// With a token that has at least these scopes.
    pub fn scopes(mut self, scopes: &Scopes) -> Self {
        self.asked.want = self.asked.want.scopes(scopes);
        self
    }

    /// With a token for this API.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.asked.want = self.asked.want.audience(audience);
        self
    }

    /// With a token for this organization.
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.asked.want = self.asked.want.organization(organization);
        self
    }

    /// With a token that is new, whatever is cached.
    pub const fn refresh(mut self) -> Self {
        self.asked.renew = Renew::Now;
        self
    }

    /// Followed to wherever redirects lead, within the origins tokens may go to.
    pub const fn following_redirects(mut self) -> Self {
        self.asked.redirects = Redirects::Followed;
        self
    }

    /// Sends it, and again where that helps. Any answer the API means is a response, refusals too.
    pub async fn send(self) -> Result<Response, ClientError> {
        match self.wrong {
            Some(error) => Err(error),
            None => Sending::new(self.fetcher, self.asked).run().await,
        }
    }

    fn typed(mut self, kind: &'static str) -> Self {
        self.asked.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        self
    }
}

fn form<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Form {
    pairs.iter().fold(Form::new(), |form, (name, value)| form.with(name.as_ref(), value.as_ref()))
}
