//! What a server says of second factors (Auth0's MFA API).

use serde_json::{Map, Value as Json, json};

use crate::jose::json::{Object, Value};

/// What a user can, or first must, do about `mfa_required`. Both lists empty means that the server did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MfaRequirements {
    /// Kinds of factors of which one has to be enrolled first.
    pub enroll: Vec<String>,
    /// Kinds of factors the user has.
    pub challenge: Vec<String>,
}

impl MfaRequirements {
    /// Reads them in both forms that are documented: `{"challenge": [{"type": "otp"}]}` and
    /// `{"challenge_types": ["otp"]}`. What is in another form is passed over: that a factor is needed at all is
    /// what matters, and is said elsewhere.
    pub(super) fn read(object: &Object<'_>) -> Self {
        let list = |name| object.member(name).and_then(Value::as_array).into_iter().flatten();
        let of = |entry: &Value<'_>| match entry {
            Value::Object(entry) => entry.member("type").and_then(Value::as_str).map(str::to_owned),
            entry => entry.as_str().map(str::to_owned),
        };
        let challenge = list("challenge").chain(list("challenge_types")).filter_map(of).collect();
        Self { enroll: list("enroll").filter_map(of).collect(), challenge }
    }

    pub(super) fn to_json(&self) -> Json {
        let lists = [("enroll", &self.enroll), ("challenge", &self.challenge)];
        let lists = lists.into_iter().filter(|(_, kinds)| !kinds.is_empty());
        let typed = |kinds: &[String]| kinds.iter().map(|kind| json!({ "type": kind })).collect::<Json>();
        Json::Object(lists.map(|(name, kinds)| (name.to_owned(), typed(kinds))).collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::json::object;

    fn read(text: &str) -> MfaRequirements {
        MfaRequirements::read(&object(text.as_bytes()).unwrap())
    }

    /// Auth0's documents disagree about the form.
    #[test]
    fn both_documented_forms_are_read() {
        let challenge = vec!["otp".to_owned(), "recovery-code".to_owned()];
        let typed = read(r#"{"challenge":[{"type":"otp"},{"type":"recovery-code"},{"odd":1}]}"#);
        assert_eq!(typed.challenge, challenge);
        assert_eq!(read(r#"{"challenge_types":["otp","recovery-code"]}"#), typed);
        assert_eq!(read(r#"{"enroll":[{"type":"otp"}]}"#).enroll, ["otp"]);
        assert_eq!(read(r#"{"enroll":"otp","challenge":7}"#), MfaRequirements::default());
        let again =
            object(typed.to_json().to_string().as_bytes()).map(|object| MfaRequirements::read(&object));
        assert_eq!(again, Ok(typed));
    }
}
