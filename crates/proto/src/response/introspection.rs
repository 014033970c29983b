//! What is told of a token (RFC 7662 §2.2).

use serde_json::{Map, Value as Json, json};

use super::token::{InvalidAnswer, TokenType};
use crate::{
    id::{ClientId, Subject},
    jose::{
        Thumbprint,
        json::{self, MemberError, Object, Value},
    },
    scope::Scopes,
    time::Timestamp,
};

/// What is told of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// It is not good, or not the business of whoever asks: which of the two is not told.
    Inactive,
    /// It is good.
    Active(Box<Described>),
}

/// A token that is good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// How it is presented; told of access tokens alone.
    pub token_type: Option<TokenType>,
    /// Who asked for it.
    pub client_id: Option<ClientId>,
    /// On whose behalf it is used.
    pub subject: Option<Subject>,
    /// Who is to accept it.
    pub audiences: Vec<String>,
    /// What it permits.
    pub scopes: Scopes,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// When its time is over.
    pub expires: Option<Timestamp>,
    /// The key it is bound to (RFC 9449 §6.2). Whoever accepts the token checks the proof that comes with it.
    pub key: Option<Thumbprint>,
    /// What else is told of it.
    pub more: Map<String, Json>,
}

impl Introspection {
    /// Reads an answer.
    ///
    /// A binding that cannot be checked is refused, and so is one that the token's type denies: either would let a
    /// bound token pass for one that anybody may use.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        match object.member("active") {
            Some(Value::Bool(true)) => Ok(Self::Active(Box::new(Described::read(&object)?))),
            Some(Value::Bool(false)) => Ok(Self::Inactive),
            _ => Err(wrong("active", "true or false")),
        }
    }

    /// As JSON, for an answer that must not be cached.
    pub fn to_json(&self) -> String {
        match self {
            Self::Inactive => json!({ "active": false }).to_string(),
            Self::Active(described) => Json::Object(described.members()).to_string(),
        }
    }
}

impl Described {
    fn read(object: &Object<'_>) -> Result<Self, InvalidAnswer> {
        let token_type = object.string("token_type")?.map(TokenType::parse);
        let key = key(object)?;
        match (&token_type, key) {
            (Some(TokenType::DPoP), None) => return Err(wrong("cnf", "there, since the token is bound")),
            (Some(TokenType::Bearer), Some(_)) => {
                return Err(wrong("token_type", "`DPoP`, since the token is bound"));
            }
            _ => {}
        }
        let client_id = object.string("client_id")?.map(ClientId::parse).transpose();
        let subject = object.string("sub")?.map(Subject::parse).transpose();
        let scopes = object.string("scope")?.map(Scopes::parse).transpose().map_err(InvalidAnswer::Scope)?;
        let time = |name| Ok::<_, MemberError>(object.number(name)?.map(|n| Timestamp::from_unix(n.floor())));
        let mut more = object.to_serde();
        for name in KNOWN {
            more.remove(name);
        }
        Ok(Self {
            token_type,
            client_id: client_id.map_err(|_| wrong("client_id", "an identifier"))?,
            subject: subject.map_err(|_| wrong("sub", "an identifier"))?,
            audiences: audiences(object)?,
            scopes: scopes.unwrap_or_default(),
            issued: time("iat")?,
            expires: time("exp")?,
            key,
            more,
        })
    }

    fn members(&self) -> Map<String, Json> {
        let mut members = self.more.clone();
        let mut put = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        put("active", Some(true.into()));
        put("token_type", self.token_type.as_ref().map(|kind| kind.as_str().into()));
        put("client_id", self.client_id.as_ref().map(|id| id.as_str().into()));
        put("sub", self.subject.as_ref().map(|subject| subject.as_str().into()));
        put(
            "aud",
            match &self.audiences[..] {
                [] => None,
                [one] => Some(one.as_str().into()),
                many => Some(many.into()),
            },
        );
        put("scope", (!self.scopes.is_empty()).then(|| self.scopes.to_string().into()));
        put("iat", self.issued.map(|time| time.as_unix().into()));
        put("exp", self.expires.map(|time| time.as_unix().into()));
        put("cnf", self.key.map(|key| json!({ "jkt": key.to_string() })));
        members
    }
}

/// The members that have a place of their own.
const KNOWN: [&str; 9] = ["active", "token_type", "client_id", "sub", "aud", "scope", "iat", "exp", "cnf"];

/// `cnf.jkt`; another kind of binding is no binding of ours, and refused.
fn key(object: &Object<'_>) -> Result<Option<Thumbprint>, InvalidAnswer> {
    let Some(confirmation) = object.member("cnf") else { return Ok(None) };
    let jkt = confirmation.as_object().and_then(|methods| methods.member("jkt")).and_then(Value::as_str);
    let key = jkt.and_then(|jkt| Thumbprint::parse(jkt).ok());
    key.map(Some).ok_or_else(|| wrong("cnf", "a key thumbprint in `jkt`"))
}

fn audiences(object: &Object<'_>) -> Result<Vec<String>, InvalidAnswer> {
    match object.member("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.to_string()]),
        Some(many) => {
            let many = many.as_strings().ok_or_else(|| wrong("aud", "a string or an array of strings"))?;
            Ok(many.into_iter().map(str::to_owned).collect())
        }
    }
}

fn wrong(name: &'static str, wanted: &'static str) -> InvalidAnswer {
    MemberError { name, wanted }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    fn parse(body: &str) -> Result<Introspection, InvalidAnswer> {
        Introspection::parse(body.as_bytes())
    }

    /// RFC 7662 §2.2; RFC 9449 §6.2; conformance AS10.
    #[test]
    fn a_bound_token_is_told_with_its_key_and_read_as_it_was_written() {
        let body = format!(
            r#"{{"active":true,"token_type":"DPoP","client_id":"app","sub":"auth0|1","aud":["a","b"],"scope":"x y","iat":1,"exp":2,"cnf":{{"jkt":"{JKT}"}},"org_id":"org_1"}}"#
        );
        let read = parse(&body).unwrap();
        let Introspection::Active(described) = &read else { panic!("it is active") };
        assert_eq!(described.key.unwrap().to_string(), JKT);
        assert_eq!((&described.token_type, described.audiences.len()), (&Some(TokenType::DPoP), 2));
        assert_eq!(described.more.keys().collect::<Vec<_>>(), ["org_id"]);
        assert_eq!(parse(&read.to_json()), Ok(read.clone()));
    }

    /// RFC 7662 §2.2: of a token that is not good nothing else is told, and nothing else is believed.
    #[test]
    fn an_inactive_token_is_inactive_whatever_else_is_said() {
        assert_eq!(Introspection::Inactive.to_json(), r#"{"active":false}"#);
        assert_eq!(parse(r#"{"active":false,"sub":"auth0|1","scope":"x"}"#), Ok(Introspection::Inactive));
        for odd in ["{}", r#"{"active":"true"}"#, r#"{"active":1}"#, r#"{"active":null}"#, "[]", ""] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }

    /// Conformance RS15: a binding that is not understood is not none.
    #[test]
    fn a_binding_that_cannot_be_checked_does_not_pass_for_none() {
        for (members, reason) in [
            (r#""token_type":"DPoP""#.to_owned(), "no key"),
            (format!(r#""token_type":"Bearer","cnf":{{"jkt":"{JKT}"}}"#), "denied"),
            (r#""cnf":{"x5t#S256":"x"}"#.to_owned(), "another method"),
            (r#""cnf":{"jkt":"short"}"#.to_owned(), "no thumbprint"),
            (r#""cnf":null"#.to_owned(), "nothing"),
        ] {
            assert!(parse(&format!(r#"{{"active":true,{members}}}"#)).is_err(), "{reason}");
        }
        let unnamed = parse(&format!(r#"{{"active":true,"cnf":{{"jkt":"{JKT}"}}}}"#)).unwrap();
        assert!(matches!(unnamed, Introspection::Active(described) if described.key.is_some()));
    }
}
