//! What a tenant wants of second factors: Auth0's Guardian.

use keybound_proto::jose::json;
use serde_json::Value;

use crate::check;
use crate::field::{Field, Shape, Verb, Write};
use crate::invalid::{Fault, Invalid};

/// Every factor Auth0 knows, in its order.
pub const FACTORS: &[&str] = &[
    "sms",
    "push-notification",
    "otp",
    "email",
    "duo",
    "webauthn-roaming",
    "webauthn-platform",
    "recovery-code",
];

/// Those that are obeyed; that others are on is only kept.
pub const OFFERED: &[&str] = &["otp", "email", "recovery-code"];

/// The policy that is obeyed.
pub const ALWAYS: &str = "all-applications";

/// The one that is obeyed as if it were the other: nobody here reckons how likely it is that somebody is who they say,
/// so it is never likely enough.
pub const ADAPTIVE: &str = "confidence-score";

/// Reads whether a factor is to be on.
///
/// # Errors
/// What is wrong with the body, in Auth0's words.
pub fn factor(name: &str, body: &[u8]) -> Result<bool, Invalid> {
    if !FACTORS.contains(&name) {
        return Err(Invalid::path("name", Fault::Enum(name.to_owned())));
    }
    let object = json::object(body).map_err(|reason| Invalid::body("", Fault::Json(reason.to_string())))?;
    let members = object.to_serde();
    check::object(FIELDS, &members, Verb::Create, "")?;
    Ok(members.get("enabled") == Some(&Value::Bool(true)))
}

/// Reads which policies hold: an array, unlike any other body.
///
/// # Errors
/// What is wrong with it, in Auth0's words.
pub fn policies(body: &[u8]) -> Result<Vec<String>, Invalid> {
    let words = check::read(POLICY_LIST, body)?;
    let words = words.as_array().into_iter().flatten();
    Ok(words.filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Whether a factor is on.
pub(crate) const FIELDS: &[Field] = &[Field::obeyed("enabled", Shape::Flag).when(Write::Within)];

const POLICY: Shape = Shape::OneOffered { offered: &[ALWAYS], inert: &[ADAPTIVE], others: &[] };

/// When factors are asked for.
pub(crate) const POLICY_LIST: Shape = Shape::List { of: &POLICY, most: 2 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_can_be_switched_on_and_off() {
        assert_eq!(factor("otp", br#"{"enabled":true}"#), Ok(true));
        assert_eq!(factor("recovery-code", br#"{"enabled":true}"#), Ok(true));
        for name in FACTORS {
            assert_eq!(factor(name, br#"{"enabled":false}"#), Ok(false), "{name}");
            assert_eq!(factor(name, br#"{"enabled":true}"#), Ok(true), "{name}");
        }
    }

    #[test]
    fn what_is_no_factor_or_no_switch_is_refused() {
        for (name, body) in [
            ("carrier-pigeon", r#"{"enabled":true}"#),
            ("otp", "{}"),
            ("otp", r#"{"enabled":"yes"}"#),
            ("otp", r#"{"enabled":true,"more":1}"#),
            ("otp", "[]"),
        ] {
            assert!(factor(name, body.as_bytes()).is_err(), "{name} {body}");
        }
    }

    #[test]
    fn policies_come_as_an_array_and_as_nothing_else() {
        assert_eq!(policies(b"[]"), Ok(vec![]));
        assert_eq!(policies(br#"["all-applications"]"#), Ok(vec![ALWAYS.to_owned()]));
        assert_eq!(policies(br#"["confidence-score"]"#), Ok(vec![ADAPTIVE.to_owned()]));
        for bad in ["", "{}", r#""all-applications""#, r#"["sometimes"]"#, "[1]", r#"[],"more":[]"#, "[]}{"] {
            assert!(policies(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
