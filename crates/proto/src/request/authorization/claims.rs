//! Single claims that are asked for by name (OIDC Core §5.5).

use crate::{
    jose::json::{self, Object, Value},
    request::InvalidRequest,
};

/// What is wanted to be told of the user, claim by claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// In the ID token.
    pub id_token: Vec<ClaimAsked>,
    /// At the userinfo endpoint.
    pub userinfo: Vec<ClaimAsked>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimAsked {
    /// Its name.
    pub name: Box<str>,
    /// How much it is wanted.
    pub need: ClaimNeed,
    /// What it should be, best first, as far as that is text; empty where nothing is said.
    pub values: Vec<String>,
}

/// How much a claim is wanted (OIDC Core §5.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimNeed {
    /// What the client does goes smoothly only with it.
    Essential,
    /// It is nice to have.
    #[default]
    Voluntary,
}

impl ClaimsRequest {
    /// Most claims that one request may name.
    pub const MOST: usize = 64;

    /// Reads one. What this document does not know it passes over (OIDC Core §5.5); what it knows and is in another
    /// form is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidRequest> {
        let object = json::object(text.as_bytes()).map_err(|_| malformed("is not a JSON object"))?;
        let read = Self { id_token: list(&object, "id_token")?, userinfo: list(&object, "userinfo")? };
        if read.all().count() > Self::MOST {
            return Err(malformed("names too many claims"));
        }
        Ok(read)
    }

    /// Every claim, wherever it is wanted.
    pub fn all(&self) -> impl Iterator<Item = &ClaimAsked> {
        self.id_token.iter().chain(&self.userinfo)
    }

    /// What is asked of a claim in the ID token, or else at the userinfo endpoint.
    pub fn of(&self, name: &str) -> Option<&ClaimAsked> {
        self.all().find(|asked| &*asked.name == name)
    }
}

fn list(object: &Object<'_>, name: &'static str) -> Result<Vec<ClaimAsked>, InvalidRequest> {
    let members = match object.member(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_object().ok_or(malformed("names claims in what is not an object"))?,
    };
    members.members().iter().map(|member| claim(&member.name, &member.value)).collect()
}

fn claim(name: &str, value: &Value<'_>) -> Result<ClaimAsked, InvalidRequest> {
    let asked = match value {
        Value::Null => {
            return Ok(ClaimAsked { name: name.into(), need: ClaimNeed::Voluntary, values: Vec::new() });
        }
        Value::Object(asked) => asked,
        _ => return Err(malformed("asks for a claim by what is neither null nor an object")),
    };
    let need = match asked.member("essential") {
        None | Some(Value::Bool(false)) => ClaimNeed::Voluntary,
        Some(Value::Bool(true)) => ClaimNeed::Essential,
        Some(_) => return Err(malformed("says whether a claim is essential by what is not true or false")),
    };
    let values = match (asked.member("value"), asked.member("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => texts(name, std::slice::from_ref(value))?,
        (None, Some(Value::Array(values))) if !values.is_empty() => texts(name, values)?,
        (Some(_), Some(_)) => return Err(malformed("has both value and values of one claim")),
        (None, Some(_)) => return Err(malformed("has values that are no list")),
    };
    Ok(ClaimAsked { name: name.into(), need, values })
}

/// What a claim should be. Who the user is and how they signed in is always told in text; any other claim may be
/// wanted to be something else, which is a wish.
fn texts(name: &str, values: &[Value<'_>]) -> Result<Vec<String>, InvalidRequest> {
    let texts: Vec<_> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if ["sub", "acr"].contains(&name) && texts.len() != values.len() {
        return Err(malformed("wants sub or acr to be what is not text"));
    }
    Ok(texts)
}

const fn malformed(reason: &'static str) -> InvalidRequest {
    InvalidRequest::Malformed { name: "claims", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OIDC Core §5.5.
    const EXAMPLE: &str = r#"{
        "userinfo": {
            "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
            "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null
        },
        "id_token": {
            "auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}
        }
    }"#;

    /// OIDC Core §5.5, §5.5.1.
    #[test]
    fn the_example_of_the_document_is_read() {
        let read = ClaimsRequest::parse(EXAMPLE).unwrap();
        assert_eq!((read.userinfo.len(), read.id_token.len()), (6, 2));
        assert_eq!(read.of("given_name").unwrap().need, ClaimNeed::Essential);
        assert_eq!(read.of("nickname").unwrap().need, ClaimNeed::Voluntary);
        assert_eq!(read.of("acr").unwrap().values, ["urn:mace:incommon:iap:silver"]);
        assert_eq!(read.of("birthdate"), None);
        let odd = ClaimsRequest::parse(r#"{"userinfo":{"zoneinfo":{"value":7,"unheard_of":[]}},"more":1}"#)
            .unwrap();
        assert_eq!(odd.userinfo[0].values, Vec::<String>::new());
        assert_eq!(ClaimsRequest::parse("{}"), Ok(ClaimsRequest::default()));
    }

    #[test]
    fn what_is_in_another_form_is_refused() {
        for bad in [
            "",
            "[]",
            "null",
            r#"{"id_token":[]}"#,
            r#"{"userinfo":"email"}"#,
            r#"{"userinfo":{"email":true}}"#,
            r#"{"userinfo":{"email":{"essential":"true"}}}"#,
            r#"{"id_token":{"acr":{"value":1}}}"#,
            r#"{"id_token":{"sub":{"values":["a",null]}}}"#,
            r#"{"id_token":{"acr":{"values":[]}}}"#,
            r#"{"id_token":{"acr":{"values":"a"}}}"#,
            r#"{"id_token":{"acr":{"value":"a","values":["a"]}}}"#,
            r#"{"userinfo":{"email":null,"email":null}}"#,
        ] {
            assert!(ClaimsRequest::parse(bad).is_err(), "{bad}");
        }
        let many: Vec<_> = (0..65).map(|nth| format!("\"c{nth}\":null")).collect();
        let many = format!("{{\"userinfo\":{{{}}}}}", many.join(","));
        assert!(ClaimsRequest::parse(&many).is_err());
    }
}
