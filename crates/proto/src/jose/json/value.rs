//! What was read.

use std::borrow::Cow;

use super::number::Number;

/// A JSON value, borrowed from what was read where that is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written.
    Number(Number<'a>),
    /// A string with its escapes resolved.
    String(Cow<'a, str>),
    /// Values in order.
    Array(Vec<Value<'a>>),
    /// Members whose names differ.
    Object(Object<'a>),
}

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The name with its escapes resolved.
    pub name: Cow<'a, str>,
    /// Its value.
    pub value: Value<'a>,
}

/// Members in the order they were sent; no two have one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object<'a>(Vec<Member<'a>>);

/// A member is there, but is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not {wanted}")]
pub struct MemberError {
    /// Which member.
    pub name: &'static str,
    /// What it must be: `a string`.
    pub wanted: &'static str,
}

impl<'a> Value<'a> {
    /// The text, when it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members, when it is an object.
    pub const fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The values, when it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The texts, when it is an array of strings and nothing else.
    pub fn as_strings(&self) -> Option<Vec<&str>> {
        self.as_array()?.iter().map(Self::as_str).collect()
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number.into_owned()),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Array(values) => Value::Array(values.into_iter().map(Value::into_owned).collect()),
            Self::Object(object) => Value::Object(object.into_owned()),
        }
    }

    /// The same value for code that speaks serde.
    pub fn to_serde(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => serde_json::from_str(number.as_str()).unwrap_or_default(),
            Self::String(text) => text.as_ref().into(),
            Self::Array(values) => values.iter().map(Self::to_serde).collect(),
            Self::Object(object) => object.to_serde().into(),
        }
    }
}

impl<'a> Object<'a> {
    /// `members` must differ in their names; only the reader calls this.
    pub(super) const fn new(members: Vec<Member<'a>>) -> Self {
        Self(members)
    }

    /// Members in the order they were sent.
    pub fn members(&self) -> &[Member<'a>] {
        &self.0
    }

    /// What `name` stands for.
    pub fn member(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|member| member.name == name).map(|member| &member.value)
    }

    /// Whether `name` is there, whatever it stands for.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// The text of `name`; what is there but is no string is an error.
    pub fn string(&self, name: &'static str) -> Result<Option<&str>, MemberError> {
        let Some(value) = self.member(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or(MemberError { name, wanted: "a string" })
    }

    /// The number of `name`; what is there but is no number is an error.
    pub fn number(&self, name: &'static str) -> Result<Option<&Number<'a>>, MemberError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(MemberError { name, wanted: "a number" }),
        }
    }

    /// The members of `name`; what is there but is no object is an error.
    pub fn object(&self, name: &'static str) -> Result<Option<&Self>, MemberError> {
        let Some(value) = self.member(name) else { return Ok(None) };
        value.as_object().map(Some).ok_or(MemberError { name, wanted: "an object" })
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Object<'static> {
        let owned = |member: Member<'_>| Member {
            name: Cow::Owned(member.name.into_owned()),
            value: member.value.into_owned(),
        };
        Object(self.0.into_iter().map(owned).collect())
    }

    /// The same members for code that speaks serde.
    pub fn to_serde(&self) -> serde_json::Map<String, serde_json::Value> {
        self.0.iter().map(|member| (member.name.to_string(), member.value.to_serde())).collect()
    }
}
