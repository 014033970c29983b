//! A flat JSON object read as parameters.

use super::{Form, FormError, shown};
use crate::jose::json::{self, Value};

/// Reads one object and nothing after it, and of its members all but `others`.
pub(super) fn parse(body: &[u8], others: &[&str]) -> Result<Form, FormError> {
    let object = json::object(body)?;
    let mut form = Form::default();
    for member in object.members().iter().filter(|member| !others.contains(&member.name.as_ref())) {
        let value = match &member.value {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(FormError::Nested(shown(&member.name))),
        };
        form.add(member.name.to_string(), value, &[])?;
    }
    Ok(form)
}
