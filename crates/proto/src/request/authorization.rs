//! What a client may ask at the authorization endpoint (RFC 6749 §4.1.1, OIDC Core §3.1.2.1, RFC 9449 §10).
//!
//! It is read in two steps, because an answer may only be sent to an address that was checked first:
//! [`ReturnAddress`] holds what that check needs, [`AuthorizationRequest`] the rest.

mod claims;
mod prompt;
mod response_type;

pub use claims::{ClaimAsked, ClaimNeed, ClaimsRequest};
pub use prompt::{Prompt, PromptSet, Prompts};
pub use response_type::ResponseType;

use super::{
    InvalidRequest,
    token::{resources, scopes},
};
use crate::{
    form::Form,
    id::{ClientId, IdTokenNonce},
    jose::Thumbprint,
    pkce::CodeChallenge,
    scope::Scopes,
    secret::Secret,
    time::Lifetime,
    uri::Resource,
};

/// What a client sends to know its answer by; given back byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(Box<str>);

impl State {
    /// Takes it as it is.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode, and Auth0's
/// `web_message`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of the redirection address.
    #[default]
    Query,
    /// In its fragment.
    Fragment,
    /// As a form the browser posts there.
    FormPost,
    /// As a message to the window that asked.
    WebMessage,
    /// Signed, as the kind of answer travels by default: for a code in the query (JARM §2.3.4).
    Jwt,
    /// Signed, in the query (JARM §2.3.1).
    QueryJwt,
    /// Signed, in the fragment (JARM §2.3.2).
    FragmentJwt,
    /// Signed, as a form the browser posts (JARM §2.3.3).
    FormPostJwt,
}

impl ResponseMode {
    /// Every mode there is.
    pub const ALL: [Self; 8] = [
        Self::Query,
        Self::Fragment,
        Self::FormPost,
        Self::WebMessage,
        Self::Jwt,
        Self::QueryJwt,
        Self::FragmentJwt,
        Self::FormPostJwt,
    ];

    /// The mode of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::WebMessage => "web_message",
            Self::Jwt => "jwt",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// How whatever is sent travels, signed or not.
    #[must_use]
    pub const fn carrier(self) -> Self {
        match self {
            Self::Jwt | Self::QueryJwt => Self::Query,
            Self::FragmentJwt => Self::Fragment,
            Self::FormPostJwt => Self::FormPost,
            plain => plain,
        }
    }

    /// The same for tokens, which never travel in a query (Multiple Response Types §5): servers and logs see it.
    #[must_use]
    pub const fn of_tokens(self) -> Self {
        match self {
            Self::Query => Self::Fragment,
            Self::Jwt | Self::QueryJwt => Self::FragmentJwt,
            other => other,
        }
    }

    /// Whether the answer is signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Jwt | Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }
}

/// Who asks, and where the answer is to go. Until the address is found registered, nothing may be sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer is to go, byte for byte; a client with one registered address may leave it out.
    pub redirect_uri: Option<String>,
    /// How the answer is to travel; an unknown mode falls back to the query, and is refused later.
    pub response_mode: ResponseMode,
    /// What the answer is to carry back.
    pub state: Option<State>,
}

impl ReturnAddress {
    /// Reads what is needed before an answer, even a refusal, may be sent anywhere.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let reason = "is not a client identifier";
        let client_id = ClientId::parse(form.required("client_id")?);
        let mode = form.text("response_mode").and_then(ResponseMode::parse).unwrap_or_default();
        let kind = form.text("response_type").and_then(ResponseType::parse).unwrap_or_default();
        Ok(Self {
            client_id: client_id.map_err(|_| InvalidRequest::Malformed { name: "client_id", reason })?,
            redirect_uri: form.text("redirect_uri").map(str::to_owned),
            response_mode: if kind.is_implicit() { mode.of_tokens() } else { mode },
            state: form.text("state").map(State::new),
        })
    }
}

/// An authorization request. Whether any of it may be had is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Who asks, and where the answer is to go.
    pub back: ReturnAddress,
    /// What the answer is to hold.
    pub response_type: ResponseType,
    /// What is asked for; `None` is what the client gets by default.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
    /// To be repeated in the ID token.
    pub nonce: Option<IdTokenNonce>,
    /// The public half of PKCE.
    pub code_challenge: Option<CodeChallenge>,
    /// The key the code will be bound to (RFC 9449 §10).
    pub dpop_jkt: Option<Thumbprint>,
    /// What the user must, or must not, be asked.
    pub prompts: Prompts,
    /// How long ago the user may have logged in at the most.
    pub max_age: Option<Lifetime>,
    /// Who the user probably is.
    pub login_hint: Option<String>,
    /// Which page to begin with: `signup`, `login`, `reset-password`.
    pub screen_hint: Option<String>,
    /// An ID token that says who the user is expected to be.
    pub id_token_hint: Option<Secret<String>>,
    /// Languages the user reads, best first.
    pub ui_locales: Vec<String>,
    /// Ways of authentication the client wishes for, best first.
    pub acr_values: Vec<String>,
    /// Single claims the client wishes to be told (OIDC Core §5.5).
    pub claims: ClaimsRequest,
    /// Within which organization, by identifier or name.
    pub organization: Option<String>,
    /// By which invitation.
    pub invitation: Option<String>,
    /// By which connection.
    pub connection: Option<String>,
}

impl AuthorizationRequest {
    /// Parameters that may come more than once, for [`Form::parse_repeatable`].
    pub const REPEATABLE: &'static [&'static str] = &["resource"];

    /// Reads a whole request; what it does not know it passes over (RFC 6749 §3.1).
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let back = ReturnAddress::parse(form)?;
        if form.text("request").is_some() {
            return Err(InvalidRequest::RequestObject);
        }
        if form.text("request_uri").is_some() {
            return Err(InvalidRequest::RequestUri);
        }
        let response_type = ResponseType::parse(form.required("response_type")?);
        let response_type = response_type.ok_or(InvalidRequest::ResponseType)?;
        if let Some(mode) = form.text("response_mode") {
            let mode = ResponseMode::parse(mode).ok_or(InvalidRequest::ResponseMode)?;
            let in_query = matches!(mode, ResponseMode::Query | ResponseMode::QueryJwt);
            if response_type.is_implicit() && in_query {
                return Err(InvalidRequest::ResponseMode);
            }
        }
        let scopes = scopes(form)?;
        if response_type.brings_id_token() {
            // OIDC Core §3.2.2.1: nothing else ties it to this request.
            form.required("nonce")?;
            if !scopes.as_ref().is_some_and(|scopes| scopes.contains("openid")) {
                let reason = "holds no openid, without which there is no ID token";
                return Err(InvalidRequest::Malformed { name: "scope", reason });
            }
        }
        Ok(Self {
            back,
            response_type,
            scopes,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
            nonce: nonce(form)?,
            code_challenge: code_challenge(form)?,
            dpop_jkt: dpop_jkt(form)?,
            prompts: Prompts::parse(form.text("prompt").unwrap_or_default())?,
            max_age: max_age(form)?,
            login_hint: form.text("login_hint").map(str::to_owned),
            screen_hint: form.text("screen_hint").map(str::to_owned),
            id_token_hint: form.secret("id_token_hint"),
            ui_locales: words(form.text("ui_locales")),
            acr_values: words(form.text("acr_values")),
            claims: form.text("claims").map(ClaimsRequest::parse).transpose()?.unwrap_or_default(),
            organization: form.text("organization").map(str::to_owned),
            invitation: form.text("invitation").map(str::to_owned),
            connection: form.text("connection").map(str::to_owned),
        })
    }
}

/// Words separated by blanks; none when nothing is there.
pub(super) fn words(text: Option<&str>) -> Vec<String> {
    text.into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect()
}

fn nonce(form: &Form) -> Result<Option<IdTokenNonce>, InvalidRequest> {
    let reason = "is too long or holds characters that are not allowed";
    let nonce = form.text("nonce").map(IdTokenNonce::parse).transpose();
    nonce.map_err(|_| InvalidRequest::Malformed { name: "nonce", reason })
}

fn code_challenge(form: &Form) -> Result<Option<CodeChallenge>, InvalidRequest> {
    let method = form.text("code_challenge_method");
    match form.text("code_challenge") {
        Some(challenge) => Ok(Some(CodeChallenge::parse(challenge, method)?)),
        None if method.is_some() => Err(InvalidRequest::Malformed {
            name: "code_challenge",
            reason: "is missing, and its method is not",
        }),
        None => Ok(None),
    }
}

fn dpop_jkt(form: &Form) -> Result<Option<Thumbprint>, InvalidRequest> {
    let reason = "is not a SHA-256 thumbprint of 43 characters";
    let thumbprint = form.text("dpop_jkt").map(Thumbprint::parse).transpose();
    thumbprint.map_err(|_| InvalidRequest::Malformed { name: "dpop_jkt", reason })
}

fn max_age(form: &Form) -> Result<Option<Lifetime>, InvalidRequest> {
    let Some(text) = form.text("max_age") else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| digits).map(Lifetime::seconds);
    let reason = "is not a number of seconds";
    seconds.map(Some).ok_or(InvalidRequest::Malformed { name: "max_age", reason })
}

#[cfg(test)]
mod tests;
