//! Holds a JSON value against a table of fields.

use keybound_proto::jose::json;
use serde_json::{Map, Value};

use crate::field::{Field, Heed, Scalar, Shape, Verb};
use crate::format::Format;
use crate::invalid::{Fault, Invalid, Where};
use crate::kind::LIMITS;

/// Checks an object and everything in it.
pub(crate) fn object(
    fields: &[Field],
    members: &Map<String, Value>,
    verb: Verb,
    path: &str,
) -> Result<(), Invalid> {
    let known = |name: &str| fields.iter().find(|field| field.name == name && field.writable(verb));
    let unknown: Vec<String> = members.keys().filter(|name| known(name).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(Invalid::body(path, Fault::Additional(unknown)));
    }
    known_members(fields, members, verb, path)
}

/// Reads a body that is an array, unlike any other: what it must look like is said by the one field there is.
pub(crate) fn array(field: &Field, body: &[u8]) -> Result<Vec<Value>, Invalid> {
    let whole = [b"{\"", field.name.as_bytes(), b"\":", body, b"}"].concat();
    let object = json::object(&whole).map_err(|reason| Invalid::body("", Fault::Json(reason.to_string())))?;
    let members: Map<String, Value> = object.to_serde();
    self::object(std::slice::from_ref(field), &members, Verb::Create, "")?;
    Ok(members.get(field.name).and_then(Value::as_array).cloned().unwrap_or_default())
}

/// Checks what the table knows of an object.
fn known_members(
    fields: &[Field],
    members: &Map<String, Value>,
    verb: Verb,
    path: &str,
) -> Result<(), Invalid> {
    let known = |name: &str| fields.iter().find(|field| field.name == name && field.writable(verb));
    for field in fields.iter().filter(|field| field.demanded(verb)) {
        if !members.contains_key(field.name) {
            return Err(Invalid::body(path, Fault::Missing(field.name)));
        }
    }
    for (name, value) in members {
        if let Some(field) = known(name) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            member(field, value, verb, &path)?;
        }
    }
    Ok(())
}

/// Reads a body of that shape.
///
/// # Errors
/// What is wrong with it, in Auth0's words; duplicate members are wrong too.
pub fn read(shape: Shape, body: &[u8]) -> Result<Value, Invalid> {
    // The reader of JSON takes objects alone.
    let whole = [br#"{"body":"#, body, b"}"].concat();
    let wrong = |reason: String| Invalid::body("", Fault::Json(reason));
    let read = json::object_within(&whole, LIMITS).map_err(|reason| wrong(reason.to_string()))?;
    let mut members = read.to_serde();
    let value = members.remove("body").filter(|_| members.is_empty());
    let value = value.ok_or_else(|| wrong("more than one value".to_owned()))?;
    self::shape(shape, &value, Verb::Create, "")?;
    Ok(value)
}

/// Checks a parameter of a query; one that may come more than once, each time.
///
/// # Errors
/// What is wrong with it, in Auth0's words.
pub fn parameter(field: &Field, text: &str) -> Result<(), Invalid> {
    let one = match field.shape {
        Shape::List { of, .. } => *of,
        one => one,
    };
    let plain = || Value::from(text);
    let value = match one {
        Shape::Flag => text.parse::<bool>().map_or_else(|_| plain(), Value::from),
        Shape::Number { .. } => text.parse::<i64>().map_or_else(|_| plain(), Value::from),
        _ => plain(),
    };
    shape(one, &value, Verb::Create, field.name).map_err(|invalid| Invalid { place: Where::Query, ..invalid })
}

fn member(field: &Field, value: &Value, verb: Verb, path: &str) -> Result<(), Invalid> {
    if value.is_null() && field.nullable {
        return Ok(());
    }
    shape(field.shape, value, verb, path)?;
    match field.heed {
        // Where the members are known, each was judged by itself.
        Heed::Refused(_) if matches!(field.shape, Shape::Object(_)) => Ok(()),
        Heed::Obeyed | Heed::Shown | Heed::Inert(_) => Ok(()),
        Heed::Refused(except) if asks_for_nothing(value, except) => Ok(()),
        Heed::Refused(_) => Err(Invalid::body(path, Fault::NotOffered)),
    }
}

/// Whether a value asks for nothing by itself, or is one of those that do not. An object asks for nothing when none of
/// its members does.
pub(crate) fn asks_for_nothing(value: &Value, except: &[Scalar]) -> bool {
    let by_itself = match value {
        Value::Null => true,
        // Where nothing is what `true` asks for, `false` asks for something.
        Value::Bool(flag) => !flag && !except.contains(&Scalar::Flag(true)),
        Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(|member| asks_for_nothing(member, &[])),
    };
    by_itself || except.iter().any(|scalar| scalar.is(value))
}

impl Scalar {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Flag(flag) => value.as_bool() == Some(*flag),
            Self::Number(number) => value.as_i64() == Some(*number),
            Self::Text(text) => value.as_str() == Some(text),
        }
    }
}

fn shape(shape: Shape, value: &Value, verb: Verb, path: &str) -> Result<(), Invalid> {
    let wrong = |fault| Err(Invalid::body(path, fault));
    match (shape, value) {
        (Shape::Any, _) | (Shape::Flag, Value::Bool(_)) | (Shape::Nothing, Value::Null) => Ok(()),
        (Shape::Either(shapes), value)
            if shapes.iter().any(|one| self::shape(*one, value, verb, path).is_ok()) =>
        {
            Ok(())
        }
        (Shape::Free { most }, Value::Object(members)) if members.len() > most => wrong(Fault::Other(
            format!("'Too many properties defined ({}), maximum {most}' on property {path}.", members.len()),
        )),
        (Shape::Free { .. }, Value::Object(_)) => Ok(()),
        (Shape::Map { of, most }, Value::Object(members)) => {
            self::shape(Shape::Free { most }, value, verb, path)?;
            members
                .iter()
                .try_for_each(|(name, member)| self::shape(*of, member, verb, &format!("{path}.{name}")))
        }
        (Shape::List { most, .. }, Value::Array(items)) if items.len() > most => {
            wrong(Fault::ListTooLong { found: items.len(), most })
        }
        (Shape::List { of, .. }, Value::Array(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| self::shape(*of, item, verb, &format!("{path}[{at}]"))),
        (Shape::Number { least, most }, Value::Number(number)) => match number.as_i64() {
            Some(found) if found < least => wrong(Fault::TooSmall { found, least }),
            Some(found) if found > most => wrong(Fault::TooBig { found, most }),
            Some(_) => Ok(()),
            None => wrong(Fault::Type { wanted: "integer", found: "number" }),
        },
        (Shape::Decimal { least, most }, Value::Number(number)) => {
            match number.as_f64().filter(|number| number.is_finite()) {
                Some(found) if found < least as f64 => wrong(Fault::TooSmall { found: found as i64, least }),
                Some(found) if found > most as f64 => {
                    wrong(Fault::TooBig { found: found.ceil() as i64, most })
                }
                _ => Ok(()),
            }
        }
        (Shape::Object(fields), Value::Object(members)) => object(fields, members, verb, path),
        (Shape::Open(fields), Value::Object(members)) => known_members(fields, members, verb, path),
        (Shape::OneOf(words), Value::String(text)) => {
            if words.contains(&text.as_str()) {
                Ok(())
            } else {
                wrong(Fault::Enum(text.clone()))
            }
        }
        (Shape::OneOffered { offered, inert, others }, Value::String(text)) => match text.as_str() {
            word if offered.contains(&word) || inert.contains(&word) => Ok(()),
            word if others.contains(&word) => wrong(Fault::NotOffered),
            _ => wrong(Fault::Enum(text.clone())),
        },
        (Shape::Text { least, most, format }, Value::String(text)) => {
            self::text(text, (least, most), format).map_err(|fault| Invalid::body(path, fault))
        }
        (shape, value) => wrong(Fault::Type { wanted: shape.type_name(), found: type_name(value) }),
    }
}

/// Checks a text.
pub(crate) fn text(text: &str, (least, most): (usize, usize), format: Format) -> Result<(), Fault> {
    let found = text.chars().count();
    if found < least {
        return Err(Fault::TooShort { found, least });
    }
    if found > most {
        return Err(Fault::TooLong { found, most });
    }
    if !format.holds(text) {
        return Err(Fault::Format { format: format.name(), found: text.to_owned() });
    }
    Ok(())
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
