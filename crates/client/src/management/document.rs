//! What is exchanged: the members people use by name, and whatever else there is.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use keybound_proto::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Members of any name, as they came and as they go. Printed, it shows names alone: some values are secrets.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Members(pub Map<String, Value>);

impl Deref for Members {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Members {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<Map<String, Value>> for Members {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A value of any kind, as it came and as it goes. Printed, it shows nothing: it may be a secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anything(pub Value);

impl fmt::Debug for Anything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anything(..)")
    }
}

/// A member that is not printed: a secret, or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden(Secret<String>);

impl Hidden {
    /// The text itself.
    pub const fn reveal(&self) -> &String {
        self.0.reveal()
    }
}

impl<T: Into<String>> From<T> for Hidden {
    fn from(text: T) -> Self {
        Self(Secret::new(text.into()))
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A document: every member may be missing, since a request names those it changes and an answer those that were asked
/// for. `Type::default()` has none.
macro_rules! document {
    ($(#[$about:meta])* $name:ident { $($(#[$told:meta])* $member:ident: $kind:ty,)* }) => {
        $(#[$about])*
        ///
        /// Every member may be missing: a request names those it changes, an answer those that were asked for.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$told])* #[serde(skip_serializing_if = "Option::is_none")] pub $member: Option<$kind>,)*
            /// Whatever else there is, by its name at the API.
            #[serde(flatten)]
            pub more: $crate::management::Members,
        }
    };
}

pub(super) use document;
