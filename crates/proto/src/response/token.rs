//! What comes back from the token endpoint (RFC 6749 §5.1, §5.2), written and read.

use serde_json::{Map, Value as Json};

use crate::{
    code::ErrorCode,
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
    /// In a way we do not know.
    Other(String),
}

impl TokenType {
    /// Reads the name, in whatever case it is written (RFC 6749 §5.1).
    pub fn parse(name: &str) -> Self {
        match name {
            name if name.eq_ignore_ascii_case("bearer") => Self::Bearer,
            name if name.eq_ignore_ascii_case("dpop") => Self::DPoP,
            name => Self::Other(name.to_owned()),
        }
    }

    /// Its name in exactly the case that picky clients compare.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
            Self::Other(name) => name,
        }
    }
}

/// Tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenResponse {
    /// For resource servers; opaque to clients.
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
        put("expires_in", self.expires_in.map(|lifetime| lifetime.as_secs().into()));
        put("token_type", Some(self.token_type.as_str().into()));
        Json::Object(members).to_string()
    }
}

impl TokenRefusal {
    /// A refusal with a code and a text.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self { error: code.as_str().to_owned(), description: Some(description.into()), uri: None }
    }

    /// Reads a refusal (RFC 6749 §5.2).
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        Ok(Self {
            error: object.string("error")?.ok_or(InvalidAnswer::Missing("error"))?.to_owned(),
            description: text(&object, "error_description")?.map(str::to_owned),
            uri: text(&object, "error_uri")?.map(str::to_owned),
        })
    }

    /// Its code, when it is one we know.
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::parse(&self.error)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let members = [("error_description", &self.description), ("error_uri", &self.uri)];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let members = std::iter::once(("error", self.error.as_str())).chain(members);
        Json::Object(members.map(|(name, value)| (name.to_owned(), value.into())).collect()).to_string()
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
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    /// RFC 6749 §5.1; RFC 9449 §5; conformance AS02.
    #[test]
    fn tokens_are_written_as_picky_clients_want_them() {
        let response = TokenResponse {
            access_token: secret("at"),
            token_type: TokenType::DPoP,
            expires_in: Some(Lifetime::seconds(86_400)),
            refresh_token: Some(secret("rt")),
            id_token: None,
            scopes: Some(Scopes::parse("openid email").unwrap()),
        };
        let written = response.to_json();
        let read: Json = serde_json::from_str(&written).unwrap();
        assert_eq!(read["token_type"], "DPoP");
        assert_eq!(read["expires_in"], 86_400);
        assert_eq!(read["scope"], "openid email");
        assert!(read.get("id_token").is_none());
        assert_eq!(TokenResponse::parse(written.as_bytes()), Ok(response));
    }

    /// RFC 6749 §5.1: the type is case-insensitive; conformance CL05.
    #[test]
    fn the_token_type_is_read_in_any_case() {
        for name in ["DPoP", "dpop", "dPoP", "DPOP"] {
            let body = format!(r#"{{"access_token":"a","token_type":"{name}"}}"#);
            assert_eq!(TokenResponse::parse(body.as_bytes()).unwrap().token_type, TokenType::DPoP);
        }
        assert_eq!(TokenType::parse("mac"), TokenType::Other("mac".into()));
    }

    #[test]
    fn odd_but_harmless_answers_are_read() {
        let body =
            br#"{"access_token":"a","token_type":"Bearer","expires_in":"60","refresh_token":null,"x":[1]}"#;
        let read = TokenResponse::parse(body).unwrap();
        assert_eq!(read.expires_in, Some(Lifetime::seconds(60)));
        assert_eq!(read.refresh_token, None);
    }

    #[test]
    fn answers_that_mean_nothing_are_refused() {
        for bad in [
            "",
            "<html>",
            "[]",
            r#"{"token_type":"DPoP"}"#,
            r#"{"access_token":"","token_type":"DPoP"}"#,
            r#"{"access_token":"a"}"#,
            r#"{"access_token":1,"token_type":"DPoP"}"#,
            r#"{"access_token":"a","access_token":"b","token_type":"DPoP"}"#,
            r#"{"access_token":"a","token_type":"DPoP","expires_in":-1}"#,
            r#"{"access_token":"a","token_type":"DPoP","scope":["a"]}"#,
        ] {
            assert!(TokenResponse::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    /// RFC 6749 §5.2.
    #[test]
    fn a_refusal_is_read_and_written() {
        let refusal = TokenRefusal::new(ErrorCode::InvalidGrant, "Unknown or invalid refresh token.");
        let written = refusal.to_json();
        let expected = r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#;
        assert_eq!(written, expected);
        assert_eq!(TokenRefusal::parse(written.as_bytes()), Ok(refusal));
        assert_eq!(TokenRefusal::parse(br#"{"error":"odd"}"#).unwrap().code(), None);
        assert_eq!(TokenRefusal::parse(b"{}"), Err(InvalidAnswer::Missing("error")));
    }

    #[test]
    fn tokens_are_not_printed() {
        let body =
            br#"{"access_token":"s3cret","id_token":"s3cret","refresh_token":"s3cret","token_type":"DPoP"}"#;
        assert!(!format!("{:?}", TokenResponse::parse(body)).contains("s3cret"));
    }
}
