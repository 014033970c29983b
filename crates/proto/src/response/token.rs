//! What comes back from the token endpoint (RFC 6749 §5.1, §5.2), written and read.

mod kind;

use serde_json::{Map, Value as Json};

pub use self::kind::TokenKind;
use super::mfa::MfaRequirements;
use crate::{
    code::ErrorCode,
    id::Subject,
    jose::json::{self, JsonError, MemberError, Object, Value},
    scope::{ScopeError, Scopes},
    secret::Secret,
    time::Lifetime,
};

/// How a token is to be presented.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenType {
    /// By whoever holds it (RFC 6750).
    Bearer,
    /// With a proof of the key it is bound to (RFC 9449 §5).
    DPoP,
    /// Not at all: what was issued is no access token (`N_A`, RFC 8693 §2.2.1).
    NotApplicable,
    /// In a way we do not know.
    Other(String),
}

impl TokenType {
    /// Reads the name, in whatever case it is written (RFC 6749 §5.1).
    pub fn parse(name: &str) -> Self {
        match name {
            name if name.eq_ignore_ascii_case("bearer") => Self::Bearer,
            name if name.eq_ignore_ascii_case("dpop") => Self::DPoP,
            name if name.eq_ignore_ascii_case("n_a") => Self::NotApplicable,
            name => Self::Other(name.to_owned()),
        }
    }

    /// Its name in exactly the case that picky clients compare.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
            Self::NotApplicable => "N_A",
            Self::Other(name) => name,
        }
    }
}

/// Tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenResponse {
    /// For resource servers; opaque to clients. By RFC 8693 §2.2.1 it may be another kind of token, and then its
    /// type is [`TokenType::NotApplicable`].
    pub access_token: Secret<String>,
    /// How to present it.
    pub token_type: TokenType,
    /// How long it lives.
    pub expires_in: Option<Lifetime>,
    /// For the next one.
    pub refresh_token: Option<Secret<String>>,
    /// Who the user is, for the client (OIDC Core §3.1.3.3).
    pub id_token: Option<Secret<String>>,
    /// What was granted; must be told when it is not what was asked for.
    pub scopes: Option<Scopes>,
    /// What was issued, told where one token was exchanged for another.
    pub issued_token_type: Option<TokenKind>,
    /// Whose the tokens are, as AT Protocol's clients want to be told; for others that stands in the ID token.
    pub subject: Option<Subject>,
    /// The one that takes the place of the recovery code that was spent (Auth0's).
    pub recovery_code: Option<Secret<String>>,
}

/// A refusal of the token endpoint, or of another that speaks the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRefusal {
    /// Its code as spelled.
    pub error: String,
    /// The same for a developer to read.
    pub description: Option<String>,
    /// Where to read more.
    pub uri: Option<String>,
    /// What the second factor is shown with, where one is needed (Auth0's `mfa_required`).
    pub mfa_token: Option<Secret<String>>,
    /// Which factors there are.
    pub mfa_requirements: Option<MfaRequirements>,
}

/// An answer that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAnswer {
    /// It is not a JSON object.
    #[error("the answer is not a JSON object: {0}")]
    Json(#[from] JsonError),
    /// A member is not what it must be.
    #[error("{0}")]
    Member(#[from] MemberError),
    /// A member is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// The scope is not a list of scopes.
    #[error("{0}")]
    Scope(ScopeError),
}

impl TokenResponse {
    /// Reads a successful answer; unknown members are passed over (RFC 6749 §5.1).
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let token_type = object.string("token_type")?.map(TokenType::parse);
        let scopes = text(&object, "scope")?.map(Scopes::parse).transpose().map_err(InvalidAnswer::Scope)?;
        Ok(Self {
            access_token: secret(&object, "access_token")?.ok_or(InvalidAnswer::Missing("access_token"))?,
            token_type: token_type.ok_or(InvalidAnswer::Missing("token_type"))?,
            expires_in: lifetime(&object, "expires_in")?,
            refresh_token: secret(&object, "refresh_token")?,
            id_token: secret(&object, "id_token")?,
            scopes,
            subject: text(&object, "sub")?.and_then(|sub| Subject::parse(sub).ok()),
            issued_token_type: text(&object, "issued_token_type")?.map(TokenKind::parse),
            recovery_code: secret(&object, "recovery_code")?,
        })
    }

    /// As JSON, for an answer that must not be cached.
    pub fn to_json(&self) -> String {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        let shown = |secret: &Secret<String>| Json::from(secret.reveal().as_str());
        put("access_token", Some(shown(&self.access_token)));
        put("refresh_token", self.refresh_token.as_ref().map(shown));
        put("id_token", self.id_token.as_ref().map(shown));
        put("scope", self.scopes.as_ref().map(|scopes| scopes.to_string().into()));
        put("sub", self.subject.as_ref().map(|subject| subject.as_str().into()));
        put("expires_in", self.expires_in.map(|lifetime| lifetime.as_secs().into()));
        put("issued_token_type", self.issued_token_type.as_ref().map(|kind| kind.as_str().into()));
        put("recovery_code", self.recovery_code.as_ref().map(shown));
        put("token_type", Some(self.token_type.as_str().into()));
        Json::Object(members).to_string()
    }
}

impl TokenRefusal {
    /// A refusal with a code and a text.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let (error, description) = (code.as_str().to_owned(), Some(description.into()));
        Self { error, description, uri: None, mfa_token: None, mfa_requirements: None }
    }

    /// Reads a refusal (RFC 6749 §5.2).
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        Ok(Self {
            error: object.string("error")?.ok_or(InvalidAnswer::Missing("error"))?.to_owned(),
            description: text(&object, "error_description")?.map(str::to_owned),
            uri: text(&object, "error_uri")?.map(str::to_owned),
            mfa_token: secret(&object, "mfa_token")?,
            mfa_requirements: object
                .member("mfa_requirements")
                .and_then(Value::as_object)
                .map(MfaRequirements::read),
        })
    }

    /// Its code, when it is one we know.
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::parse(&self.error)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let mfa_token = self.mfa_token.as_ref().map(|token| token.reveal().as_str());
        let members = [
            ("error", Some(self.error.as_str())),
            ("error_description", self.description.as_deref()),
            ("error_uri", self.uri.as_deref()),
            ("mfa_token", mfa_token),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, Json::from(value?))));
        let more = self.mfa_requirements.as_ref().map(|more| ("mfa_requirements", more.to_json()));
        Json::Object(members.chain(more).map(|(name, value)| (name.to_owned(), value)).collect()).to_string()
    }
}

/// A string that may be left out, also as `null`.
fn text<'a>(object: &'a Object<'_>, name: &'static str) -> Result<Option<&'a str>, InvalidAnswer> {
    if object.member(name) == Some(&Value::Null) { Ok(None) } else { Ok(object.string(name)?) }
}

fn secret(object: &Object<'_>, name: &'static str) -> Result<Option<Secret<String>>, InvalidAnswer> {
    let text = text(object, name)?.filter(|text| !text.is_empty());
    Ok(text.map(|text| Secret::new(text.to_owned())))
}

/// Seconds as a number, or as the string of digits that some servers send.
pub(super) fn lifetime(object: &Object<'_>, name: &'static str) -> Result<Option<Lifetime>, InvalidAnswer> {
    let wrong = MemberError { name, wanted: "a number of seconds" };
    let seconds = match object.member(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.floor(),
        Some(Value::String(digits)) => digits.parse().map_err(|_| wrong)?,
        Some(_) => return Err(wrong.into()),
    };
    let seconds = u32::try_from(seconds.min(i64::from(u32::MAX))).map_err(|_| wrong)?;
    Ok(Some(Lifetime::seconds(seconds)))
}

#[cfg(test)]
mod tests;
