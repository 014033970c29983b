//! Whether a document is what a query looks for.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Bound, Expression, Member, Test};

impl Expression {
    pub(super) fn holds(&self, document: &Map<String, Value>) -> bool {
        match self {
            Self::Anything => true,
            Self::All(parts) => parts.iter().all(|part| part.holds(document)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(document)),
            Self::Not(part) => !part.holds(document),
            Self::Term(members, test) => members.iter().any(|member| member.passes(document, test)),
        }
    }
}

impl Member {
    fn passes(&self, document: &Map<String, Value>, test: &Test) -> bool {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            // The part of an address behind its last @ is a member of its own at Auth0.
            ["email", "domain"] => document
                .get("email")
                .and_then(Value::as_str)
                .and_then(|email| email.rsplit_once('@'))
                .is_some_and(|(_, domain)| test.holds(&Value::from(domain), true)),
            [root, rest @ ..] => document.get(*root).is_some_and(|value| self.any(value, rest, test)),
            [] => false,
        }
    }

    /// Whether any value at the end of the path passes; the items of a list are all looked at.
    fn any(&self, value: &Value, path: &[&str], test: &Test) -> bool {
        match (value, path) {
            (Value::Array(items), _) => items.iter().any(|item| self.any(item, path, test)),
            (Value::Object(members), [next, rest @ ..]) => {
                members.get(*next).is_some_and(|value| self.any(value, rest, test))
            }
            (Value::Null, _) | (_, [_, ..]) => false,
            (value, []) => test.holds(value, self.folded),
        }
    }
}

impl Test {
    fn holds(&self, value: &Value, folded: bool) -> bool {
        let text = match value {
            Value::String(text) if folded => text.to_lowercase(),
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Object(members) => return matches!(self, Self::Exists) && !members.is_empty(),
            Value::Null | Value::Array(_) => return false,
        };
        match self {
            Self::Exists => true,
            Self::Is(wanted) => compared(value, &text, wanted) == Ordering::Equal,
            Self::Like(parts) => like(&text, parts),
            Self::Within(least, most) => {
                least.as_ref().is_none_or(|bound| bound.below(value, &text))
                    && most.as_ref().is_none_or(|bound| bound.above(value, &text))
            }
        }
    }
}

impl Bound {
    /// Whether the bound lies below. A day as a bound is the whole day, as is any beginning of a text.
    fn below(&self, value: &Value, text: &str) -> bool {
        match compared(value, text, &self.value) {
            Ordering::Less => false,
            Ordering::Equal => self.inclusive,
            Ordering::Greater => self.inclusive || !self.holds_beginning(value, text),
        }
    }

    fn above(&self, value: &Value, text: &str) -> bool {
        match compared(value, text, &self.value) {
            Ordering::Less => true,
            Ordering::Equal => self.inclusive,
            Ordering::Greater => self.inclusive && self.holds_beginning(value, text),
        }
    }

    fn holds_beginning(&self, value: &Value, text: &str) -> bool {
        value.is_string() && text.starts_with(&self.value)
    }
}

/// Numbers as numbers, everything else by its text.
fn compared(value: &Value, text: &str, wanted: &str) -> Ordering {
    match (value.as_f64(), wanted.parse::<f64>()) {
        (Some(value), Ok(wanted)) => value.total_cmp(&wanted),
        _ => text.cmp(wanted),
    }
}

/// Whether a text begins with the first part, ends with the last, and has the others between in their order.
fn like(text: &str, parts: &[String]) -> bool {
    let [first, between @ .., last] = parts else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in between {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    rest.ends_with(last.as_str())
}
