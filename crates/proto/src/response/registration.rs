//! The answer to a registration (RFC 7591 §3.2.1).

use super::token::InvalidAnswer;
use crate::{
    id::ClientId,
    jose::json::{self, MemberError, Value},
    secret::Secret,
    time::Timestamp,
};

/// A client as the server registered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationResponse {
    /// Its name at this server.
    pub client_id: ClientId,
    /// What it shows that it is this client with.
    pub client_secret: Option<Secret<String>>,
    /// When the secret ends; `None` for never.
    pub client_secret_expires: Option<Timestamp>,
    /// How it is to show who it is, where the server says so: it may have chosen another way than was asked for.
    pub token_endpoint_auth_method: Option<String>,
    /// What opens `registration_client_uri` (RFC 7592 §3).
    pub registration_access_token: Option<Secret<String>>,
    /// Where the registration can be read, changed and ended (RFC 7592).
    pub registration_client_uri: Option<String>,
}

impl RegistrationResponse {
    /// Reads an answer; members it does not know are passed over, and `null` is as good as nothing.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let text = |name: &'static str| -> Result<Option<&str>, InvalidAnswer> {
            let is_null = object.member(name) == Some(&Value::Null);
            let text = if is_null { None } else { object.string(name)? };
            Ok(text.filter(|text| !text.is_empty()))
        };
        let secret = |name| Ok::<_, InvalidAnswer>(text(name)?.map(|text| Secret::new(text.to_owned())));
        let name = text("client_id")?.ok_or(InvalidAnswer::Missing("client_id"))?;
        let wrong = MemberError { name: "client_id", wanted: "an identifier" };
        let expires = match object.member("client_secret_expires_at") {
            Some(Value::Null) => None,
            _ => object.number("client_secret_expires_at")?.map(json::Number::floor),
        };
        Ok(Self {
            client_id: ClientId::parse(name).map_err(|_| wrong)?,
            client_secret: secret("client_secret")?,
            client_secret_expires: expires.filter(|&at| at != 0).map(Timestamp::from_unix),
            token_endpoint_auth_method: text("token_endpoint_auth_method")?.map(str::to_owned),
            registration_access_token: secret("registration_access_token")?,
            registration_client_uri: text("registration_client_uri")?.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7591 §3.2.1: 0 means that the secret does not expire.
    #[test]
    fn a_registration_is_read_and_its_secrets_are_not_printed() {
        let body = br#"{"client_id":"c","client_secret":"s3cret","client_secret_expires_at":0,
            "token_endpoint_auth_method":"client_secret_post","registration_access_token":"s3cret","more":[1]}"#;
        let read = RegistrationResponse::parse(body).unwrap();
        assert_eq!(read.client_id.as_str(), "c");
        assert_eq!(read.client_secret_expires, None);
        assert_eq!(read.token_endpoint_auth_method.as_deref(), Some("client_secret_post"));
        assert!(!format!("{read:?}").contains("s3cret"));
        let ends = br#"{"client_id":"c","client_secret":null,"client_secret_expires_at":1800000000}"#;
        let ends = RegistrationResponse::parse(ends).unwrap();
        assert_eq!(ends.client_secret_expires, Some(Timestamp::from_unix(1_800_000_000)));
        assert_eq!(ends.client_secret, None);
    }

    #[test]
    fn an_answer_without_a_name_is_none() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"client_id":""}"#,
            r#"{"client_id":1}"#,
            r#"{"client_id":"a\u0000b"}"#,
            r#"{"client_id":"c","client_secret":1}"#,
            r#"{"client_id":"c","client_id":"d"}"#,
            r#"{"client_id":"c","client_secret_expires_at":"soon"}"#,
        ] {
            assert!(RegistrationResponse::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
