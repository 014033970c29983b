//! Who the user is, told to whoever holds the token (OIDC Core §5.3.2).

use serde_json::{Map, Value as Json};

use super::token::InvalidAnswer;
use crate::{
    id::Subject,
    jose::json::{self, MemberError},
};

/// Claims about the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserInfo {
    /// Of whom they speak.
    pub subject: Subject,
    /// The other claims.
    pub claims: Map<String, Json>,
}

/// The answer speaks of somebody else than the ID token (OIDC Core §5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer speaks of another user than the ID token")]
pub struct WrongSubject;

impl UserInfo {
    /// Reads an answer; `sub` must be there.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let subject = object.string("sub")?.ok_or(InvalidAnswer::Missing("sub"))?;
        let subject = Subject::parse(subject);
        let mut claims = object.to_serde();
        claims.remove("sub");
        Ok(Self {
            subject: subject.map_err(|_| MemberError { name: "sub", wanted: "an identifier" })?,
            claims,
        })
    }

    /// The claims, if they speak of this user: an answer about somebody else must not be used.
    pub fn about(self, subject: &Subject) -> Result<Self, WrongSubject> {
        if self.subject == *subject { Ok(self) } else { Err(WrongSubject) }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let mut members = self.claims.clone();
        members.insert("sub".to_owned(), self.subject.as_str().into());
        Json::Object(members).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OIDC Core §5.3.2.
    #[test]
    fn an_answer_names_its_subject_and_must_speak_of_the_right_one() {
        let body = br#"{"sub":"auth0|1","name":"N","address":{"country":"X"}}"#;
        let info = UserInfo::parse(body).unwrap();
        assert_eq!(info.claims["address"]["country"], "X");
        assert_eq!(UserInfo::parse(info.to_json().as_bytes()), Ok(info.clone()));
        assert!(info.clone().about(&Subject::parse("auth0|1").unwrap()).is_ok());
        assert_eq!(info.about(&Subject::parse("auth0|2").unwrap()), Err(WrongSubject));
        assert_eq!(UserInfo::parse(br#"{"name":"N"}"#), Err(InvalidAnswer::Missing("sub")));
        assert!(UserInfo::parse(br#"{"sub":1}"#).is_err());
    }
}
