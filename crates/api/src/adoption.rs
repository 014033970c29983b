//! The ladder by which a client or an API comes to bound tokens: a member of our own beside Auth0's.

use serde_json::{Map, Value};

use crate::field::{Field, Shape};
use crate::invalid::{Fault, Invalid};

/// `dpop_adoption`.
pub(crate) const FIELD: Field =
    Field::obeyed(NAME, Shape::OneOf(&["off", "observe", "bind_refresh_tokens", "allow", "require"]))
        .or_null();

/// Refuses a rung below the highest where Auth0's own member, found at `path`, asks for bound tokens.
pub(crate) fn check(document: &Map<String, Value>, path: &[&str]) -> Result<(), Invalid> {
    let rung = document.get(NAME).and_then(Value::as_str);
    let mut member = path.first().and_then(|name| document.get(*name));
    for name in path.iter().skip(1) {
        member = member.and_then(|member| member.get(*name));
    }
    if rung.is_none_or(|rung| rung == "require") || member != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let text = format!("'It contradicts {}, which is true' on property {NAME}.", path.join("."));
    Err(Invalid::body(NAME, Fault::Other(text)))
}

/// `dpop_refresh_tokens`: the choice that RFC 9449 §5 forbids has a name that says so.
pub(crate) const REFRESH_TOKENS: Field =
    Field::obeyed(UNBOUND.0, Shape::OneOf(&["bound", UNBOUND.1])).or_null();

/// Refuses refresh tokens that are not bound where the client is to have bound tokens alone.
pub(crate) fn check_refresh_tokens(client: &Map<String, Value>) -> Result<(), Invalid> {
    let (name, unbound) = UNBOUND;
    if client.get(name).and_then(Value::as_str) != Some(unbound) {
        return Ok(());
    }
    let required = [(NAME, Value::from("require")), ("require_proof_of_possession", Value::Bool(true))];
    match required.iter().find(|(other, value)| client.get(*other) == Some(value)) {
        Some((other, value)) => {
            let text = format!("'It contradicts {other}, which is {value}' on property {name}.");
            Err(Invalid::body(name, Fault::Other(text)))
        }
        None => Ok(()),
    }
}

const UNBOUND: (&str, &str) = ("dpop_refresh_tokens", "unbound_despite_rfc_9449");

const NAME: &str = "dpop_adoption";
