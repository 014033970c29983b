//! Tables of fields as JSON Schema (2020-12), for whoever reads what bodies look like by machine.

use serde_json::{Map, Value, json};

use crate::field::{Field, Heed, Scalar, Shape, Verb};
use crate::format::Format;

/// What is described: what may be written, or what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// What the server tells: every member that must be there within what surrounds it is there.
    Told,
    /// A body, a form or a query.
    Written(Verb),
}

impl Use {
    const fn verb(self) -> Verb {
        match self {
            Self::Told => Verb::Update,
            Self::Written(verb) => verb,
        }
    }
}

/// An object with these members and no others.
pub(crate) fn object(fields: &[Field], used: Use) -> Value {
    let mut schema = open(fields, used);
    if let Value::Object(members) = &mut schema {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    schema
}

/// Parameters of several tables, as a form or as JSON; what is not known is passed over (RFC 6749 §3.2). A number or a
/// truth value in JSON is read as the text that it is written with.
pub(crate) fn parameters(tables: &[&[Field]]) -> Value {
    let fields: Vec<Field> = tables.iter().copied().flatten().copied().collect();
    let mut schema = open(&fields, Use::Written(Verb::Create));
    for field in fields.iter().filter(|field| matches!(field.shape, Shape::Text { .. })) {
        let optional: &[&str] = if field.demanded(Verb::Create) { &[] } else { &["null"] };
        let kinds = [&["string", "number", "boolean"], optional].concat();
        if let Some(Value::Object(member)) = schema.pointer_mut(&format!("/properties/{}", field.name)) {
            member.insert("type".to_owned(), kinds.into());
        }
    }
    schema
}

/// An object with these members, and perhaps others.
fn open(fields: &[Field], used: Use) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields.iter().filter(|field| used == Use::Told || field.writable(used.verb())) {
        properties.insert(field.name.to_owned(), member(field, used));
        if field.demanded(used.verb()) {
            required.push(field.name);
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if let (Value::Object(members), false) = (&mut schema, required.is_empty()) {
        required.sort_unstable();
        required.dedup();
        members.insert("required".to_owned(), required.into());
    }
    schema
}

/// One member, with `null` where it may be written.
pub(crate) fn member(field: &Field, used: Use) -> Value {
    let mut schema = match field.heed {
        Heed::Refused(except) if !matches!(field.shape, Shape::Object(_)) => {
            nothing(field.shape, except, used)
        }
        _ => shape(field.shape, used),
    };
    if field.nullable {
        or_null(&mut schema);
    }
    let fate = match field.heed {
        Heed::Refused(_) => REFUSED,
        Heed::Inert(_) => INERT,
        Heed::Obeyed | Heed::Shown => return schema,
    };
    if let (Use::Written(_), Value::Object(members)) = (used, &mut schema) {
        members.insert("description".to_owned(), fate.into());
    }
    schema
}

/// What a value looks like.
pub(crate) fn shape(shape: Shape, used: Use) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Either(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(|one| self::shape(*one, used)).collect();
            json!({ "anyOf": shapes })
        }
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Nothing => json!({ "type": "null" }),
        Shape::Free { most } => json!({ "type": "object", "maxProperties": most }),
        Shape::Map { of, most } => limited(
            json!({ "type": "object", "additionalProperties": self::shape(*of, used) }),
            "maxProperties",
            most,
        ),
        Shape::Decimal { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
        Shape::List { of, most } => {
            limited(json!({ "type": "array", "items": self::shape(*of, used) }), "maxItems", most)
        }
        Shape::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Object(fields) => object(fields, used),
        Shape::Open(fields) => open(fields, used),
        Shape::OneOf(words) => json!({ "type": "string", "enum": words }),
        Shape::OneOffered { offered, inert, .. } => {
            let words = [offered, inert].concat();
            json!({ "type": "string", "enum": words })
        }
        Shape::Text { least, most, format } => {
            let mut schema = json!({ "type": "string" });
            if let (Value::Object(members), true) = (&mut schema, least > 0) {
                members.insert("minLength".to_owned(), least.into());
            }
            let mut schema = limited(schema, "maxLength", most);
            if let (Value::Object(members), Some((keyword, rule))) = (&mut schema, rule(format)) {
                members.insert(keyword.to_owned(), rule.into());
            }
            schema
        }
    }
}

/// Values that ask for nothing, where they can be listed; where they cannot, all that look like it: asking for
/// anything is answered with 403.
fn nothing(shape: Shape, except: &[Scalar], used: Use) -> Value {
    let plain = |scalar: &Scalar| match scalar {
        Scalar::Flag(flag) => Value::from(*flag),
        Scalar::Number(number) => Value::from(*number),
        Scalar::Text(text) => Value::from(*text),
    };
    let mut values: Vec<Value> = except.iter().map(plain).collect();
    match shape {
        Shape::Flag => values.push(false.into()),
        Shape::Text { least: 0, .. } => values.push("".into()),
        Shape::List { .. } => return json!({ "type": "array", "maxItems": 0 }),
        Shape::Text { .. } | Shape::OneOf(_) | Shape::OneOffered { .. } | Shape::Number { .. } => {}
        _ => return self::shape(shape, used),
    }
    if values.is_empty() {
        return json!({ "not": {} });
    }
    json!({ "type": shape.type_name(), "enum": values })
}

fn or_null(schema: &mut Value) {
    if schema.get("not").is_some() {
        *schema = json!({ "type": "null" });
        return;
    }
    let Value::Object(members) = schema else { return };
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.push(Value::Null);
    }
    if let Some(Value::Array(shapes)) = members.get_mut("anyOf") {
        shapes.push(json!({ "type": "null" }));
    }
    if let Some(kind) = members.remove("type") {
        members.insert("type".to_owned(), json!([kind, "null"]));
    }
}

fn limited(mut schema: Value, keyword: &str, most: usize) -> Value {
    if let (Value::Object(members), true) = (&mut schema, most != usize::MAX) {
        members.insert(keyword.to_owned(), most.into());
    }
    schema
}

/// The rule of a format, or as much of it as JSON Schema can say.
const fn rule(format: Format) -> Option<(&'static str, &'static str)> {
    match format {
        Format::Any => None,
        Format::Callback => Some(("format", "uri")),
        Format::DateTime => Some(("format", "date-time")),
        Format::Email => Some(("format", "email")),
        other => match other.pattern() {
            Some(pattern) => Some(("pattern", pattern)),
            None => None,
        },
    }
}

const INERT: &str = "Kept and given back, and without effect here: `Keybound-Inert` of the answer names it.";
const REFUSED: &str = "Not done here: only what asks for nothing is taken, anything else answered with 403.";
