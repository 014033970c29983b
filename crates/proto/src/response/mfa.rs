//! What a server says of second factors (Auth0's MFA API).

use serde_json::{Map, Value as Json, json};

use super::token::InvalidAnswer;
use crate::{
    jose::json::{self, MemberError, Object, Value},
    secret::Secret,
};

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

    /// As JSON, in the first of the two forms.
    pub fn to_json(&self) -> Json {
        let lists = [("enroll", &self.enroll), ("challenge", &self.challenge)];
        let lists = lists.into_iter().filter(|(_, kinds)| !kinds.is_empty());
        let typed = |kinds: &[String]| kinds.iter().map(|kind| json!({ "type": kind })).collect::<Json>();
        Json::Object(lists.map(|(name, kinds)| (name.to_owned(), typed(kinds))).collect::<Map<_, _>>())
    }
}

/// A factor that was called (`/mfa/challenge`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaChallenge {
    /// `otp` or `oob`.
    pub kind: String,
    /// What the answer is given with, of a factor that answers by another channel.
    pub oob_code: Option<Secret<String>>,
    /// `prompt` where the user has to type in what arrived.
    pub binding_method: Option<String>,
}

/// A factor that was enrolled (`/mfa/associate`). It counts once the user has shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaAssociation {
    /// `otp` or `oob`.
    pub kind: String,
    /// By which channel.
    pub channel: Option<String>,
    /// What an authenticator makes its digits of.
    pub secret: Option<Secret<String>>,
    /// The same, to be shown as a picture to scan.
    pub barcode_uri: Option<Secret<String>>,
    /// What the answer is given with.
    pub oob_code: Option<Secret<String>>,
    /// `prompt` where the user has to type in what arrived.
    pub binding_method: Option<String>,
    /// For the day the factor is lost; shown this once.
    pub recovery_codes: Vec<Secret<String>>,
}

/// A factor of the user's (`/mfa/authenticators`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaAuthenticator {
    /// Its name at the server.
    pub id: String,
    /// `otp`, `oob` or `recovery-code`.
    pub kind: String,
    /// By which channel.
    pub channel: Option<String>,
    /// What the user knows it by, such as the end of a telephone number.
    pub name: Option<String>,
    /// Whether the user has ever shown it.
    pub standing: MfaStanding,
}

/// Whether a factor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaStanding {
    /// It does.
    Confirmed,
    /// It was enrolled and never shown.
    Unconfirmed,
}

impl MfaChallenge {
    /// Reads an answer.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        Ok(Self {
            kind: text(&object, "challenge_type")?.ok_or(InvalidAnswer::Missing("challenge_type"))?,
            oob_code: text(&object, "oob_code")?.map(Secret::new),
            binding_method: text(&object, "binding_method")?,
        })
    }
}

impl MfaAssociation {
    /// Reads an answer.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let wrong = MemberError { name: "recovery_codes", wanted: "an array of strings" };
        let codes = match object.member("recovery_codes") {
            None | Some(Value::Null) => Vec::new(),
            Some(codes) => codes.as_strings().ok_or(wrong)?,
        };
        Ok(Self {
            kind: text(&object, "authenticator_type")?.ok_or(InvalidAnswer::Missing("authenticator_type"))?,
            channel: text(&object, "oob_channel")?,
            secret: text(&object, "secret")?.map(Secret::new),
            barcode_uri: text(&object, "barcode_uri")?.map(Secret::new),
            oob_code: text(&object, "oob_code")?.map(Secret::new),
            binding_method: text(&object, "binding_method")?,
            recovery_codes: codes.into_iter().map(|code| Secret::new(code.to_owned())).collect(),
        })
    }
}

impl MfaAuthenticator {
    /// Reads an answer: an array, unlike any other.
    pub fn parse_all(body: &[u8]) -> Result<Vec<Self>, InvalidAnswer> {
        let whole = [br#"{"all":"#, body, b"}"].concat();
        let object = json::object(&whole)?;
        let wrong = MemberError { name: "authenticators", wanted: "an array of objects" };
        let all = match object.members() {
            [all] => all.value.as_array().ok_or(wrong)?,
            _ => return Err(wrong.into()),
        };
        all.iter().map(|one| Self::read(one.as_object().ok_or(wrong)?)).collect()
    }

    fn read(object: &Object<'_>) -> Result<Self, InvalidAnswer> {
        let active = object.member("active") == Some(&Value::Bool(true));
        Ok(Self {
            id: text(object, "id")?.ok_or(InvalidAnswer::Missing("id"))?,
            kind: text(object, "authenticator_type")?.ok_or(InvalidAnswer::Missing("authenticator_type"))?,
            channel: text(object, "oob_channel")?,
            name: text(object, "name")?,
            standing: if active { MfaStanding::Confirmed } else { MfaStanding::Unconfirmed },
        })
    }
}

/// A string that may be left out, be `null` or be empty.
fn text(object: &Object<'_>, name: &'static str) -> Result<Option<String>, InvalidAnswer> {
    if object.member(name) == Some(&Value::Null) {
        return Ok(None);
    }
    Ok(object.string(name)?.filter(|text| !text.is_empty()).map(str::to_owned))
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

    /// Auth0's Authentication API, `/mfa/challenge`.
    #[test]
    fn a_challenge_says_what_to_answer_with() {
        let body = br#"{"challenge_type":"oob","oob_code":"s3cret","binding_method":"prompt"}"#;
        let read = MfaChallenge::parse(body).unwrap();
        assert_eq!((read.kind.as_str(), read.binding_method.as_deref()), ("oob", Some("prompt")));
        assert_eq!(read.oob_code.as_ref().unwrap().reveal(), "s3cret");
        assert!(!format!("{read:?}").contains("s3cret"));
        assert_eq!(MfaChallenge::parse(br#"{"challenge_type":"otp"}"#).unwrap().oob_code, None);
        assert!(MfaChallenge::parse(b"{}").is_err());
    }

    /// Auth0's Authentication API, `/mfa/associate`.
    #[test]
    fn what_an_enrolment_tells_once_is_not_printed() {
        let body = br#"{"authenticator_type":"otp","secret":"s3cret","barcode_uri":"otpauth://totp/a?secret=s3cret","recovery_codes":["s3cret"]}"#;
        let read = MfaAssociation::parse(body).unwrap();
        assert_eq!(read.recovery_codes.len(), 1);
        assert!(!format!("{read:?}").contains("s3cret"));
        let odd = br#"{"authenticator_type":"otp","recovery_codes":"one"}"#;
        assert!(MfaAssociation::parse(odd).is_err());
    }

    /// Auth0's Authentication API, `/mfa/authenticators`.
    #[test]
    fn authenticators_come_as_an_array_and_as_nothing_else() {
        let body = br#"[{"id":"totp|dev_1","authenticator_type":"otp","active":true},{"id":"sms|dev_2","authenticator_type":"oob","oob_channel":"sms","active":false,"name":"+1***5678"}]"#;
        let read = MfaAuthenticator::parse_all(body).unwrap();
        let standing: Vec<_> = read.iter().map(|one| (one.id.as_str(), one.standing)).collect();
        let expected = [("totp|dev_1", MfaStanding::Confirmed), ("sms|dev_2", MfaStanding::Unconfirmed)];
        assert_eq!(standing, expected);
        assert_eq!(MfaAuthenticator::parse_all(b" [] "), Ok(vec![]));
        for bad in ["", "{}", "[1]", "[{}]", r#"[],"more":[]"#, "[]}{", "[]]", r#"[{"id":"a"}]"#] {
            assert!(MfaAuthenticator::parse_all(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
