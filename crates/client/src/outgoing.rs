//! A request that still has to be signed: its proof, and what else the client's keys say.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header::CONTENT_TYPE};
use keybound_proto::{form::Form, jose::Unsigned};
use serde_json::{Map, Value};

use crate::{
    ClientError, Signer,
    http::{Body, Request},
};

/// A request on its way out. Steps write it; whoever drives them signs it, at once or by waiting for a key
/// that is elsewhere.
#[derive(Debug)]
#[must_use = "it is sent once it is signed"]
pub struct Outgoing {
    request: Request<Body>,
    form: Option<Form>,
    json: Option<Map<String, Value>>,
    unsigned: Vec<(Signer, Unsigned, Goes)>,
}

#[derive(Debug)]
enum Goes {
    Header(HeaderName),
    Field(&'static str),
}

impl Outgoing {
    /// One that goes as it is.
    pub const fn new(request: Request<Body>) -> Self {
        Self { request, form: None, json: None, unsigned: Vec::new() }
    }

    /// One whose body is a form.
    pub fn with_form(request: Request<Body>, form: Form) -> Self {
        Self { form: Some(form), ..Self::new(request) }
    }

    /// One whose body is a JSON object: the members of a form, and some that a form could not hold.
    pub(crate) fn with_json(request: Request<Body>, form: Form, more: Map<String, Value>) -> Self {
        Self { form: Some(form), json: Some(more), ..Self::new(request) }
    }

    /// The same one with a header that `signer` signs.
    pub(crate) fn with_signed_header(
        mut self,
        name: HeaderName,
        signer: &Signer,
        unsigned: Unsigned,
    ) -> Self {
        self.unsigned.push((signer.clone(), unsigned, Goes::Header(name)));
        self
    }

    /// The same one with a field of its form that `signer` signs.
    pub(crate) fn with_signed_field(
        mut self,
        name: &'static str,
        signer: &Signer,
        unsigned: Unsigned,
    ) -> Self {
        self.unsigned.push((signer.clone(), unsigned, Goes::Field(name)));
        self
    }

    /// Signs with keys at hand. A key that is elsewhere is [`ClientError::KeyElsewhere`].
    pub fn sign_here(mut self) -> Result<Request<Body>, ClientError> {
        for (signer, unsigned, goes) in std::mem::take(&mut self.unsigned) {
            let signature = signer.sign_here(unsigned.message()).ok_or(ClientError::KeyElsewhere)??;
            self.put(unsigned.signed(&signature), goes)?;
        }
        self.finish()
    }

    /// Signs, and waits for keys that are elsewhere.
    pub async fn sign(mut self) -> Result<Request<Body>, ClientError> {
        for (signer, unsigned, goes) in std::mem::take(&mut self.unsigned) {
            let signature = signer.sign(unsigned.message()).await?;
            self.put(unsigned.signed(&signature), goes)?;
        }
        self.finish()
    }

    fn put(&mut self, signed: String, goes: Goes) -> Result<(), ClientError> {
        match goes {
            Goes::Header(name) => {
                self.request.headers_mut().insert(name, secret(signed, "proof")?);
            }
            Goes::Field(name) => {
                let form = self.form.take().unwrap_or_default();
                self.form = Some(form.with(name, &signed));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Request<Body>, ClientError> {
        let (kind, body) = match (self.form, self.json) {
            (None, None) => return Ok(self.request),
            (Some(form), None) => ("application/x-www-form-urlencoded", form.encode()),
            (form, Some(mut json)) => {
                let form = form.unwrap_or_default();
                json.extend(form.pairs().map(|(name, value)| (name.to_owned(), value.into())));
                ("application/json", Value::Object(json).to_string())
            }
        };
        self.request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        *self.request.body_mut() = Body::from(Bytes::from(body));
        Ok(self.request)
    }
}

/// A header value that is not printed.
pub(crate) fn secret(text: impl Into<String>, what: &'static str) -> Result<HeaderValue, ClientError> {
    let mut value = HeaderValue::try_from(text.into()).map_err(|_| ClientError::Header(what))?;
    value.set_sensitive(true);
    Ok(value)
}
