//! Who acts on somebody's behalf: the claims `act` and `may_act` (RFC 8693 §4.1, §4.4).

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{
    id::Subject,
    jose::{Claims, JwtError, json::MemberError, json::Object, json::Value},
};

/// Who acts, and for whom that one acted before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub subject: Subject,
    /// Who acted before. Only the outermost counts for what is permitted (RFC 8693 §4.1).
    pub before: Option<Box<Self>>,
}

impl Actor {
    /// Somebody who acts, after those who did before.
    pub fn after(subject: Subject, before: Option<Self>) -> Self {
        Self { subject, before: before.map(Box::new) }
    }

    /// How many there are, this one and those before.
    pub fn count(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.before.as_deref()).count()
    }

    /// The `act` of a token. One that names nobody by `sub` is passed over: issuers may name actors in other ways.
    pub fn read(claims: &Claims) -> Option<Self> {
        claims.claim("act").and_then(Value::as_object).and_then(Self::of)
    }

    fn of(object: &Object<'_>) -> Option<Self> {
        let subject = Subject::parse(object.member("sub")?.as_str()?).ok()?;
        let before = object.member("act").and_then(Value::as_object).and_then(Self::of);
        Some(Self::after(subject, before))
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sub", self.subject.as_str())?;
        if let Some(before) = &self.before {
            map.serialize_entry("act", before)?;
        }
        map.end()
    }
}

/// The only one who may act on behalf of a token's subject; `None` when the token does not say.
///
/// Whatever else it may say there is refused: a limit that is not understood must not pass for none.
pub fn may_act(claims: &Claims) -> Result<Option<Subject>, JwtError> {
    let wrong = JwtError::Member(MemberError { name: "may_act", wanted: "a `sub` and nothing else" });
    match claims.claim("may_act") {
        None => Ok(None),
        Some(Value::Object(named)) if named.members().len() == 1 => {
            let subject = named.member("sub").and_then(Value::as_str);
            subject.and_then(|subject| Subject::parse(subject).ok()).map(Some).ok_or(wrong)
        }
        Some(_) => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        Claims::read(json.as_bytes()).unwrap()
    }

    /// RFC 8693 §4.1: the outermost acts now, those within did before.
    #[test]
    fn a_chain_of_actors_is_written_as_it_was_read() {
        let chain = r#"{"sub":"api@clients","act":{"sub":"web@clients"}}"#;
        let actor = Actor::read(&claims(&format!(r#"{{"act":{chain}}}"#))).unwrap();
        assert_eq!((actor.subject.as_str(), actor.count()), ("api@clients", 2));
        assert_eq!(serde_json::to_string(&actor).unwrap(), chain);
        assert_eq!(Actor::read(&claims("{}")), None);
        assert_eq!(Actor::read(&claims(r#"{"act":{"client_id":"x"}}"#)), None);
    }

    /// RFC 8693 §4.4.
    #[test]
    fn who_may_act_is_named_by_sub_alone_or_the_token_is_refused() {
        let named = may_act(&claims(r#"{"may_act":{"sub":"api@clients"}}"#)).unwrap();
        assert_eq!(named, Subject::parse("api@clients").ok());
        assert_eq!(may_act(&claims("{}")), Ok(None));
        for other in [r#"{"iss":"x","sub":"a"}"#, r#"{"client_id":"a"}"#, "[]", "null", r#"{"sub":1}"#] {
            assert!(may_act(&claims(&format!(r#"{{"may_act":{other}}}"#))).is_err(), "{other}");
        }
    }
}
