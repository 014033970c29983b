//! Why a body, a query or a path is refused, in Auth0's words.

use std::fmt;

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// In the body.
    Body,
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// Something that is not as it must be. Prints as Auth0 prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where.
    pub place: Where,
    /// On which member, if on one.
    pub property: String,
    /// What.
    pub fault: Fault,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Members nobody knows.
    Additional(Vec<String>),
    /// Not one of the words there are.
    Enum(String),
    /// Does not read as what it must be.
    Format {
        /// What it must be.
        format: &'static str,
        /// What it is.
        found: String,
    },
    /// No JSON object, or one with two meanings.
    Json(String),
    /// A list that is too long.
    ListTooLong {
        /// As many as there are.
        found: usize,
        /// As many as there may be.
        most: usize,
    },
    /// A member that must be there.
    Missing(&'static str),
    /// What the server does not do.
    NotOffered,
    /// In other words.
    Other(String),
    /// A number that is too big.
    TooBig {
        /// The number.
        found: i64,
        /// The biggest.
        most: i64,
    },
    /// A text that is too long.
    TooLong {
        /// As many characters as there are.
        found: usize,
        /// As many as there may be.
        most: usize,
    },
    /// A text that is too short.
    TooShort {
        /// As many characters as there are.
        found: usize,
        /// As many as there must be.
        least: usize,
    },
    /// A number that is too small.
    TooSmall {
        /// The number.
        found: i64,
        /// The smallest.
        least: i64,
    },
    /// In other words, which are all that is said.
    Whole(&'static str),
    /// Another type.
    Type {
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
}

impl Invalid {
    /// A fault on a member of the body.
    pub fn body(property: impl Into<String>, fault: Fault) -> Self {
        Self { place: Where::Body, property: property.into(), fault }
    }

    /// A fault on a part of the path.
    pub fn path(property: impl Into<String>, fault: Fault) -> Self {
        Self { place: Where::Path, property: property.into(), fault }
    }

    /// A fault on a parameter of the query.
    pub fn query(property: impl Into<String>, fault: Fault) -> Self {
        Self { place: Where::Query, property: property.into(), fault }
    }

    /// Whether it asks for what the server does not do, rather than being wrong.
    pub const fn is_not_offered(&self) -> bool {
        matches!(self.fault, Fault::NotOffered)
    }
}

impl std::error::Error for Invalid {}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_not_offered() {
            return write!(
                f,
                "This server does not offer what is asked for by the property {}.",
                self.property
            );
        }
        if let Fault::Whole(text) = self.fault {
            return f.write_str(text);
        }
        let place = match self.place {
            Where::Body => "Payload",
            Where::Path => "Path",
            Where::Query => "Query",
        };
        if let Fault::Other(text) = &self.fault {
            return write!(f, "{place} validation error: {text}");
        }
        write!(f, "{place} validation error: '{}'", self.fault)?;
        if !self.property.is_empty() {
            write!(f, " on property {}", self.property)?;
        }
        f.write_str(".")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Additional(names) => write!(f, "Additional properties not allowed: {}", names.join(",")),
            Self::Enum(found) => write!(f, "No enum match for: {found}"),
            Self::Format { format, found } => {
                write!(f, "Object didn't pass validation for format {format}: {found}")
            }
            Self::Json(reason) => write!(f, "Invalid JSON: {reason}"),
            Self::ListTooLong { found, most } => write!(f, "Array is too long ({found}), maximum {most}"),
            Self::Missing(name) => write!(f, "Missing required property: {name}"),
            Self::NotOffered => f.write_str("Not offered"),
            Self::Other(text) => f.write_str(text),
            Self::TooBig { found, most } => write!(f, "Value {found} is greater than maximum {most}"),
            Self::TooLong { found, most } => write!(f, "String is too long ({found} chars), maximum {most}"),
            Self::TooShort { found, least } => {
                write!(f, "String is too short ({found} chars), minimum {least}")
            }
            Self::TooSmall { found, least } => write!(f, "Value {found} is less than minimum {least}"),
            Self::Whole(text) => f.write_str(text),
            Self::Type { wanted, found } => write!(f, "Expected type {wanted} but found type {found}"),
        }
    }
}
