//! Authorize, come back, redeem (RFC 6749 §4.1, with RFC 7636, RFC 9207 and RFC 9449 §10).

use keybound_proto::{
    form::Form,
    id::IdTokenNonce,
    jose::{AlgSet, Digest, KeySet, Unverified, Verify, encode_base64url},
    pkce::CodeVerifier,
    request::{
        authorization::State,
        token::{CodeRequest, TokenRequest},
    },
    response::authorization::{AuthorizationResponse, Outcome},
    scope::Scopes,
    time::{Lifetime, Timestamp},
    token::id::{Expect, IdClaims},
    uri::{RedirectUri, Resource},
};
use subtle::ConstantTimeEq;

use crate::{Client, ClientError, Exchange, Tokens};

/// What is asked of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where to come back to.
    pub redirect_uri: RedirectUri,
    /// What for; `openid` among them brings an ID token.
    pub scopes: Scopes,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
    /// How long ago the user may have logged in at the most.
    pub max_age: Option<Lifetime>,
    /// Any other parameter: `prompt`, `login_hint`, `organization`.
    pub extra: Vec<(String, String)>,
}

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
#[derive(Clone, Debug)]
pub struct CodeFlow {
    url: String,
    redirect_uri: RedirectUri,
    state: State,
    nonce: IdTokenNonce,
    verifier: CodeVerifier,
    max_age: Option<Lifetime>,
    wants_id_token: bool,
}

impl Ask {
    /// Asks for these scopes and nothing special.
    pub fn new(redirect_uri: RedirectUri, scopes: Scopes) -> Self {
        let (audience, resources, max_age, extra) = (None, Vec::new(), None, Vec::new());
        Self { redirect_uri, scopes, audience, resources, max_age, extra }
    }
}

impl CodeFlow {
    /// Prepares to send the user away.
    pub fn begin(
        client: &Client,
        ask: &Ask,
        chance: &Chance,
        digest: &impl Digest,
    ) -> Result<Self, ClientError> {
        let endpoint = client.metadata.authorization_endpoint.as_deref();
        let endpoint = endpoint.ok_or(ClientError::Endpoint("authorization_endpoint"))?;
        let state = State::new(&encode_base64url(chance.state));
        let nonce = IdTokenNonce::parse(&encode_base64url(chance.nonce))?;
        let verifier = CodeVerifier::from_entropy(chance.verifier);
        let wants_id_token = ask.scopes.contains("openid");
        let scope = (!ask.scopes.is_empty()).then(|| ask.scopes.to_string());
        let max_age = ask.max_age.map(|age| age.as_secs().to_string());
        let thumbprint = client.key.as_ref().map(|key| key.thumbprint().to_string());
        let mut form = Form::new()
            .with("response_type", "code")
            .with("client_id", client.client_id.as_str())
            .with("redirect_uri", ask.redirect_uri.as_str())
            .with_some("scope", scope.as_deref())
            .with("state", state.as_str())
            .with_some("nonce", wants_id_token.then_some(nonce.as_str()))
            .with("code_challenge", &verifier.challenge(digest).to_text())
            .with("code_challenge_method", "S256")
            .with_some("dpop_jkt", thumbprint.as_deref())
            .with_some("audience", ask.audience.as_deref())
            .with_some("max_age", max_age.as_deref());
        for resource in &ask.resources {
            form = form.with("resource", resource.as_str());
        }
        for (name, value) in &ask.extra {
            form = form.with(name, value);
        }
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(Self {
            url: format!("{endpoint}{joint}{}", form.encode()),
            redirect_uri: ask.redirect_uri.clone(),
            state,
            nonce,
            verifier,
            max_age: ask.max_age,
            wants_id_token,
        })
    }

    /// Where to send the user.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes the user back: `query` is what came to the redirection address, without its `?`.
    ///
    /// The issuer is compared first and byte for byte (RFC 9207 §2.4): of what another server says, nothing is
    /// looked at. Then the `state`, then the answer itself.
    pub fn come_back<'a>(&self, client: &'a Client, query: &str) -> Result<Exchange<'a>, ClientError> {
        let form = Form::parse(query.as_bytes()).map_err(|_| ClientError::State)?;
        match form.text("iss") {
            Some(issuer) if issuer == client.issuer.as_str() => {}
            None if client.metadata.authorization_response_iss_parameter_supported != Some(true) => {}
            _ => return Err(ClientError::Issuer),
        }
        let state = form.text("state").unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.as_str().as_bytes())) {
            return Err(ClientError::State);
        }
        match AuthorizationResponse::parse(&form)?.outcome {
            Outcome::Code(code) => Ok(Exchange::new(
                client,
                TokenRequest::AuthorizationCode(CodeRequest {
                    code,
                    redirect_uri: Some(self.redirect_uri.as_str().to_owned()),
                    verifier: Some(self.verifier.clone()),
                    resources: Vec::new(),
                }),
            )),
            Outcome::Refused { error, description } => {
                Err(ClientError::Refused { status: 302, error, description })
            }
            _ => Err(ClientError::State),
        }
    }

    /// Checks the ID token that came along (OIDC Core §3.1.3.7); `None` when none was asked for.
    pub fn check(
        &self,
        client: &Client,
        tokens: &Tokens,
        (keys, backend): (&KeySet, &impl Verify),
        now: Timestamp,
    ) -> Result<Option<IdClaims>, ClientError> {
        let Some(id_token) = &tokens.id_token else {
            return if self.wants_id_token { Err(ClientError::IdTokenMissing) } else { Ok(None) };
        };
        let expect = Expect {
            issuer: &client.issuer,
            client_id: &client.client_id,
            nonce: self.wants_id_token.then_some(&self.nonce),
            access_token: Some(tokens.access_token.reveal()),
            max_age: self.max_age,
            leeway: client.clocks.tolerance,
        };
        let token = Unverified::parse(id_token.reveal().as_bytes())?;
        let token = token.verify_with(backend, keys, AlgSet::of(&[keybound_proto::jose::Alg::Rs256]))?;
        Ok(Some(IdClaims::check(&token, &expect, backend, now)?))
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance(…)")
    }
}
