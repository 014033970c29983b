//! Authorize, come back, redeem (RFC 6749 §4.1, with RFC 7636, RFC 9207 and RFC 9449 §10).

use keybound_proto::{
    form::Form,
    id::IdTokenNonce,
    jose::{Digest, KeySet, Verify, encode_base64url},
    pkce::CodeVerifier,
    request::{
        authorization::{AuthorizationRequest, State},
        token::{CodeRequest, TokenRequest},
    },
    response::authorization::{AuthorizationResponse, InvalidResponse, Outcome},
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
    token::id::IdClaims,
    uri::Resource,
};
use subtle::ConstantTimeEq;

use super::{Ask, jarm};
use crate::{Client, ClientError, Exchange, Tokens, id_token};

/// Random bytes for one flow. Each is used for one thing.
#[derive(Clone, Copy)]
pub struct Chance {
    /// Becomes the `state`.
    pub state: [u8; 32],
    /// Becomes the `nonce` of the ID token.
    pub nonce: [u8; 32],
    /// Becomes the PKCE verifier.
    pub verifier: [u8; 32],
}

/// A user who was sent away, and what must be true when they come back.
///
/// It can be [written](Self::write) down until they do: all it is follows from what was asked, and from the
/// verifier.
#[derive(Clone, Debug)]
pub struct CodeFlow {
    endpoint: String,
    url: String,
    pub(super) form: Form,
    state: State,
    verifier: CodeVerifier,
}

impl CodeFlow {
    /// Prepares to send the user away. Where, is [`url`](Self::url), or what [`depart`](Self::depart) comes to.
    pub fn begin(
        client: &Client,
        ask: &Ask,
        chance: &Chance,
        digest: &impl Digest,
    ) -> Result<Self, ClientError> {
        let endpoint = client.metadata.authorization_endpoint.as_deref();
        let endpoint = endpoint.ok_or(ClientError::Endpoint("authorization_endpoint"))?;
        let nonce = IdTokenNonce::parse(&encode_base64url(chance.nonce))?;
        let verifier = CodeVerifier::from_entropy(chance.verifier);
        let wants_id_token = ask.scopes.contains("openid");
        let scope = (!ask.scopes.is_empty()).then(|| ask.scopes.to_string());
        let thumbprint = client.key.as_ref().map(|key| key.thumbprint().to_string());
        let form = Form::new()
            .with("response_type", "code")
            .with("client_id", client.client_id.as_str())
            .with("redirect_uri", ask.redirect_uri.as_str())
            .with_some("scope", scope.as_deref())
            .with("state", &encode_base64url(chance.state))
            .with_some("nonce", wants_id_token.then_some(nonce.as_str()))
            .with("code_challenge", &verifier.challenge(digest).to_text())
            .with("code_challenge_method", "S256")
            .with_some("dpop_jkt", thumbprint.as_deref());
        Ok(Self::of(endpoint.to_owned(), ask.write(form), verifier))
    }

    fn of(endpoint: String, form: Form, verifier: CodeVerifier) -> Self {
        let url = address(&endpoint, &form);
        let state = State::new(form.text("state").unwrap_or_default());
        Self { endpoint, url, form, state, verifier }
    }

    /// Where to send the user, when nothing has to be pushed or signed before: see [`depart`](Self::depart).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the answer will be known by.
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// The flow as text, to be kept until the user comes back. It holds the verifier: seal it, or keep it at home.
    ///
    /// ```
    /// # use keybound_client::{Client, crypto::AwsLc, proto::{id::ClientId, metadata::ServerMetadata, scope::Scopes, uri::{Issuer, RedirectUri}}};
    /// use keybound_client::flow::{Ask, Chance, CodeFlow};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let mut metadata = ServerMetadata::of(&issuer);
    /// # metadata.authorization_endpoint = Some("https://tenant.example/authorize".into());
    /// # let client = Client::new(issuer, metadata, ClientId::parse("app")?);
    /// # let ask = Ask::new(RedirectUri::parse("https://app.example/callback")?, Scopes::parse("openid")?);
    /// # let chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
    /// let flow = CodeFlow::begin(&client, &ask, &chance, &AwsLc)?;
    /// let kept = flow.write();
    /// assert_eq!(CodeFlow::read(kept.reveal())?.url(), flow.url());
    /// assert_eq!(CodeFlow::read("{}").unwrap_err().code(), "client.transaction");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self) -> Secret<String> {
        let whole = serde_json::json!({
            "endpoint": self.endpoint,
            "asked": self.form.encode(),
            "verifier": self.verifier.reveal(),
        });
        Secret::new(whole.to_string())
    }

    /// Reads what [`write`](Self::write) wrote.
    pub fn read(text: &str) -> Result<Self, ClientError> {
        let whole: serde_json::Value = serde_json::from_str(text).map_err(|_| ClientError::Transaction)?;
        let part = |name: &str| whole.get(name).and_then(serde_json::Value::as_str);
        let part = |name: &str| part(name).ok_or(ClientError::Transaction);
        let asked = part("asked")?.as_bytes();
        let form = Form::parse_repeatable(asked, AuthorizationRequest::REPEATABLE);
        let verifier = CodeVerifier::parse(part("verifier")?).map_err(|_| ClientError::Transaction)?;
        let flow =
            Self::of(part("endpoint")?.to_owned(), form.map_err(|_| ClientError::Transaction)?, verifier);
        if flow.state().is_empty() { Err(ClientError::Transaction) } else { Ok(flow) }
    }

    /// Takes the user back: `query` is what came to the redirection address, without its `?`, or the body of the
    /// form that was posted there.
    ///
    /// The issuer is compared first and byte for byte (RFC 9207 §2.4): of what another server says, nothing is
    /// looked at. Then the `state`, then the answer itself.
    pub fn come_back<'a>(&self, client: &'a Client, query: &str) -> Result<Exchange<'a>, ClientError> {
        if self.wants_signed() {
            return Err(InvalidResponse::Unsigned.into());
        }
        let form = Form::parse(query.as_bytes()).map_err(|_| ClientError::State)?;
        match form.text("iss") {
            Some(issuer) if issuer == client.issuer.as_str() => {}
            None if client.metadata.authorization_response_iss_parameter_supported != Some(true) => {}
            _ => return Err(ClientError::Issuer),
        }
        self.redeem(client, &form)
    }

    /// Takes the user back with a signed answer (JARM §2.4), where one was asked for; any other as
    /// [`come_back`](Self::come_back) does. `query` may also be the form that was posted, or the fragment without its
    /// `#`.
    pub fn come_back_signed<'a>(
        &self,
        client: &'a Client,
        query: &str,
        (keys, backend): (&KeySet, &impl Verify),
        now: Timestamp,
    ) -> Result<Exchange<'a>, ClientError> {
        if !self.wants_signed() {
            return self.come_back(client, query);
        }
        let form = Form::parse(query.as_bytes()).map_err(|_| ClientError::State)?;
        let response = form.secret("response").ok_or(InvalidResponse::Unsigned)?;
        self.redeem(client, &jarm::open(client, response.reveal(), (keys, backend), now)?)
    }

    /// Whether a query can be the answer to this flow: it has its `state`, or is signed and must be opened first.
    pub fn expects(&self, query: &str) -> bool {
        let Ok(form) = Form::parse(query.as_bytes()) else { return false };
        let signed = self.wants_signed() && form.names("response");
        signed || form.text("state").is_some_and(|state| self.is_known_by(state))
    }

    /// Whether the answer has to be signed.
    pub fn wants_signed(&self) -> bool {
        let mode = self.form.text("response_mode").unwrap_or_default();
        mode == "jwt" || mode.ends_with(".jwt")
    }

    /// Checks the ID token that came along (OIDC Core §3.1.3.7); `None` when none was asked for.
    pub fn check(
        &self,
        client: &Client,
        tokens: &Tokens,
        (keys, backend): (&KeySet, &impl Verify),
        now: Timestamp,
    ) -> Result<Option<IdClaims>, ClientError> {
        if tokens.id_token.is_none() && !self.wants_id_token() {
            return Ok(None);
        }
        let nonce = self.form.text("nonce").map(IdTokenNonce::parse).transpose()?;
        let max_age = self.form.text("max_age").and_then(|age| age.parse().ok()).map(Lifetime::seconds);
        let organization = self.form.text("organization");
        let wanted = id_token::Wanted { nonce: nonce.as_ref(), max_age, organization, code: None };
        id_token::check(client, tokens, &wanted, (keys, backend), now).map(Some)
    }

    pub(super) fn wants_id_token(&self) -> bool {
        self.form.text("scope").is_some_and(|scope| scope.split(' ').any(|scope| scope == "openid"))
    }

    /// Whether an answer with this `state` is the one waited for, in a time that says nothing.
    pub(super) fn is_known_by(&self, state: &str) -> bool {
        state.as_bytes().ct_eq(self.state.as_str().as_bytes()).into()
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn redeem<'a>(&self, client: &'a Client, form: &Form) -> Result<Exchange<'a>, ClientError> {
        if !self.is_known_by(form.text("state").unwrap_or_default()) {
            return Err(ClientError::State);
        }
        match AuthorizationResponse::parse(form)?.outcome {
            Outcome::Code(code) => {
                let request = TokenRequest::AuthorizationCode(CodeRequest {
                    code,
                    redirect_uri: self.form.text("redirect_uri").map(str::to_owned),
                    verifier: Some(self.verifier.clone()),
                    resources: self.form.all("resource").map(Resource::parse).collect::<Result<_, _>>()?,
                });
                // A form that was read again is what was written of one: its scopes were scopes once.
                let asked = self.form.text("scope").and_then(|scope| Scopes::parse(scope).ok());
                Ok(Exchange::new(client, request).asked(asked))
            }
            Outcome::Refused { error, description } => {
                Err(ClientError::Refused { status: 302, error, description })
            }
            _ => Err(ClientError::State),
        }
    }
}

/// An endpoint with parameters.
pub(crate) fn address(endpoint: &str, form: &Form) -> String {
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{joint}{}", form.encode())
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance(…)")
    }
}
