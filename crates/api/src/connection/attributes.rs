//! What Auth0 demands of `options.attributes`: by what people are known, and what they are asked when they sign up.

use serde_json::{Map, Value};

use crate::invalid::{Fault, Invalid};

/// Refuses attributes that do not go together, or with what they replace.
pub(super) fn fit(options: &Map<String, Value>) -> Result<(), Invalid> {
    let Some(Value::Object(attributes)) = options.get("attributes") else { return Ok(()) };
    if options.get("requires_username") == Some(&Value::Bool(true)) {
        return Err(wrong("Cannot set both options.attributes and options.requires_username"));
    }
    if options.get("validation").is_some_and(|rules| !rules.is_null()) {
        return Err(wrong("Cannot set both options.attributes and options.validation"));
    }
    let identifies = |attribute: &Value| attribute.pointer("/identifier/active") != Some(&Value::Bool(false));
    if !attributes.is_empty() && !attributes.values().any(identifies) {
        return Err(wrong("attributes must contain one active identifier"));
    }
    for (name, attribute) in attributes {
        let status = attribute.pointer("/signup/status").and_then(Value::as_str);
        let demanded = attribute.get("profile_required") == Some(&Value::Bool(true));
        if demanded && status.is_some_and(|status| status != "required") {
            return Err(wrong(&format!("attribute {name} must also be required on signup")));
        }
    }
    Ok(())
}

/// Refuses that an address becomes more than one person's.
pub(super) fn change(before: &Map<String, Value>, after: &Map<String, Value>) -> Result<(), Invalid> {
    let unique = |connection: &Map<String, Value>| {
        let said = connection.get("options").and_then(|options| options.pointer("/attributes/email/unique"));
        said != Some(&Value::Bool(false))
    };
    if unique(before) && !unique(after) {
        return Err(wrong("cannot add non-unique email attribute"));
    }
    Ok(())
}

fn wrong(text: &str) -> Invalid {
    Invalid::body("options", Fault::Other(text.to_owned()))
}
