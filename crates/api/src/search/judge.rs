//! Whether a document is what a query looks for.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Bound, Expression, Member, Test, number};

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
        match value {
            Value::Array(items) => items.iter().any(|item| self.one(item, path, test)),
            value => self.one(value, path, test),
        }
    }

    fn one(&self, value: &Value, path: &[&str], test: &Test) -> bool {
        match (value, path) {
            (Value::Object(members), [next, rest @ ..]) => {
                members.get(*next).is_some_and(|value| self.any(value, rest, test))
            }
            (_, [_, ..]) => false,
            (value, []) => test.holds(value, self.folded),
        }
    }
}

impl Test {
    fn holds(&self, value: &Value, folded: bool) -> bool {
        match value {
            Value::String(text) if folded => self.holds_text(&text.to_lowercase()),
            Value::String(text) => self.holds_text(text),
            Value::Bool(flag) => self.holds_text(if *flag { "true" } else { "false" }),
            Value::Number(number) => number.as_f64().is_some_and(|number| self.holds_number(number)),
            Value::Object(members) => matches!(self, Self::Exists) && !members.is_empty(),
            Value::Null | Value::Array(_) => false,
        }
    }

    /// Whether a text passes.
    pub fn holds_text(&self, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(wanted) => text == wanted,
            Self::Like(parts) => like(text, parts),
            Self::Within(least, most) => {
                least.as_ref().is_none_or(|bound| bound.is_below(text))
                    && most.as_ref().is_none_or(|bound| bound.is_above(text))
            }
        }
    }

    fn holds_number(&self, value: f64) -> bool {
        let passes = |bound: &Option<Bound>, wanted: Ordering| match bound {
            None => true,
            Some(bound) => number(&bound.value).is_some_and(|limit| match value.partial_cmp(&limit) {
                Some(Ordering::Equal) => bound.inclusive,
                other => other == Some(wanted),
            }),
        };
        match self {
            Self::Exists => true,
            Self::Is(wanted) => number(wanted) == Some(value),
            Self::Like(_) => false,
            Self::Within(least, most) => passes(least, Ordering::Greater) && passes(most, Ordering::Less),
        }
    }
}

impl Bound {
    /// Whether the bound lies below. A day as a bound is the whole day, as is any beginning of a text.
    fn is_below(&self, text: &str) -> bool {
        match text.cmp(&self.value) {
            Ordering::Less => false,
            Ordering::Equal => self.inclusive,
            Ordering::Greater => self.inclusive || !text.starts_with(&self.value),
        }
    }

    fn is_above(&self, text: &str) -> bool {
        match text.cmp(&self.value) {
            Ordering::Less => true,
            Ordering::Equal => self.inclusive,
            Ordering::Greater => self.inclusive && text.starts_with(&self.value),
        }
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
