//! Auth0's `q` for users: the honest part of it that needs no index of words.
//!
//! `field:value` and `field:"value"`, joined by `AND`; a `*` at the end stands for anything. Values are compared
//! without regard to case, as Auth0 does for the fields there are here.

use serde_json::{Map, Value};

/// What is searched for: every term must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    value: String,
    prefix: bool,
}

/// Fields that can be searched.
const FIELDS: [&str; 9] = [
    "user_id",
    "email",
    "email_verified",
    "username",
    "name",
    "nickname",
    "given_name",
    "family_name",
    "identities.connection",
];

impl Search {
    /// Reads a query; `None` when it asks for more than this knows.
    pub fn parse(query: &str) -> Option<Self> {
        if query.trim() == "*" {
            return Some(Self(Vec::new()));
        }
        let mut terms = Vec::new();
        let mut rest = query.trim();
        loop {
            let (field, after) = rest.split_once(':')?;
            if !FIELDS.contains(&field) {
                return None;
            }
            let (value, quoted, after) = match after.strip_prefix('"') {
                Some(after) => {
                    let (value, after) = after.split_once('"')?;
                    (value, true, after)
                }
                None => {
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    let (value, after) = after.split_at_checked(end)?;
                    (value, false, after)
                }
            };
            terms.push(term(field, value, quoted)?);
            if after.trim_start().is_empty() {
                return Some(Self(terms));
            }
            let joined = after.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix("AND")?;
            rest = joined.strip_prefix(char::is_whitespace)?.trim_start();
        }
    }

    /// Whether a user is meant.
    pub fn holds(&self, user: &Map<String, Value>) -> bool {
        self.0.iter().all(|term| {
            let found = match term.field.as_str() {
                "identities.connection" => user
                    .get("identities")
                    .and_then(|identities| identities.get(0))
                    .and_then(|identity| identity.get("connection")),
                field => user.get(field),
            };
            let found = match found {
                Some(Value::String(text)) => text.to_lowercase(),
                Some(Value::Bool(flag)) => flag.to_string(),
                _ => return false,
            };
            if term.prefix { found.starts_with(&term.value) } else { found == term.value }
        })
    }
}

fn term(field: &str, value: &str, quoted: bool) -> Option<Term> {
    let (value, prefix) = match value.strip_suffix('*') {
        Some(value) if !quoted => (value, true),
        _ => (value, false),
    };
    let odd = |c: char| "()[]{}*?~^\\".contains(c);
    if value.is_empty() || (!quoted && value.contains(odd)) {
        return None;
    }
    Some(Term { field: field.to_owned(), value: value.to_lowercase(), prefix })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finds(query: &str) -> Option<bool> {
        let user = json!({
            "user_id": "auth0|1", "email": "ann@example.com", "email_verified": true, "name": "Ann Example",
            "identities": [{"connection": "Staff"}],
        });
        let Value::Object(user) = user else { panic!("an object") };
        Search::parse(query).map(|search| search.holds(&user))
    }

    #[test]
    fn plain_terms_are_understood() {
        for query in [
            "email:ann@example.com",
            "email:\"Ann@Example.com\"",
            "email:ann*",
            "name:\"ann example\"",
            "user_id:\"auth0|1\"",
            "email_verified:true AND name:Ann*",
            "email_verified:true\tAND \n name:Ann*\t",
            "identities.connection:\"Staff\"",
            "*",
        ] {
            assert_eq!(finds(query), Some(true), "{query}");
        }
        for query in ["email:bob@example.com", "email:ann", "name:ann* AND username:ann"] {
            assert_eq!(finds(query), Some(false), "{query}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for query in [
            "",
            "ann",
            "email:",
            "shoe_size:42",
            "email:ann* OR name:bob",
            "NOT email:x",
            "email:a?n",
            "(email:x)",
            "created_at:[2020 TO *]",
            "email:\"open",
            "email:\"x\"AND name:y",
            "email:x ANDname:y",
            "email:x AND ",
        ] {
            assert_eq!(finds(query), None, "{query}");
        }
    }
}
