//! JSON as signed messages may use it: one meaning or refused.
//!
//! Two readers must never see different values in the same signed bytes. So a name that stands twice in an
//! object is refused at any depth, also when the two differ by escapes; so are lone surrogates, NUL, a byte
//! order mark and anything after the value. Depth and size have small limits, and strings are borrowed from
//! the input where they hold no escape.

mod elements;
mod number;
mod reader;
mod value;

pub use elements::Elements;
pub use number::Number;
pub(crate) use reader::first_fault;
pub use reader::{JsonError, LIMITS, Limits, object, object_within};
pub use value::{Member, MemberError, Object, Value};

#[cfg(test)]
mod tests;
