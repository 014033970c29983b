//! What is written: from `--data`, from `--set`, or by asking.

use serde_json::{Map, Value};

use super::{ask, kind::Question};
use crate::{args::administering::Written, command::call::body, error::Failure, exit::Exit};

/// The document that was given. Where nothing was, the person is asked; where nobody is there, that is an error.
pub(super) fn document(written: &Written, questions: &[Question], there: &Value) -> Result<Value, Failure> {
    let mut document = match &written.data {
        Some(data) => json(data)?,
        None if !written.set.is_empty() => Value::Object(Map::new()),
        None if ask::is_somebody_here() => Value::Object(ask::members(questions, there)?),
        None => {
            return Err(Failure::new(Exit::Usage, "write: nothing was given and nobody is here to ask")
                .hint("--set MEMBER=VALUE, or --data JSON, @FILE or - for standard input"));
        }
    };
    for (name, value) in &written.set {
        put(&mut document, name, value)?;
    }
    Ok(document)
}

/// What `--data` says, as JSON.
pub(super) fn json(data: &str) -> Result<Value, Failure> {
    let bytes = body(data)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // What it says is not repeated: it may be a secret.
        let (line, column) = (error.line(), error.column());
        Failure::new(Exit::Usage, format!("read the data: it is not JSON at line {line} column {column}"))
    })
}

/// Puts a member where its name leads: JSON as it is, anything else as text.
fn put(document: &mut Value, name: &str, value: &str) -> Result<(), Failure> {
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    let mut place = document;
    for step in name.split('.') {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let members = place.as_object_mut().ok_or_else(|| {
            Failure::new(Exit::Usage, format!("set {name}: what stands before {step} is no object"))
        })?;
        place = members.entry(step).or_insert(Value::Null);
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_set_as_json_or_as_text_however_deep() {
        let mut document = json!({ "name": "a" });
        for (name, value) in [
            ("name", "Shop 2"),
            ("is_first_party", "false"),
            ("refresh_token.leeway", "3"),
            ("callbacks", "[\"b\"]"),
        ] {
            put(&mut document, name, value).unwrap();
        }
        assert_eq!(
            document,
            json!({
                "name": "Shop 2", "is_first_party": false, "refresh_token": { "leeway": 3 }, "callbacks": ["b"],
            })
        );
        assert!(put(&mut document, "name.x", "1").is_err());
    }
}
