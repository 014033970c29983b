//! The only code that knows there are two databases.

mod batch;
mod composed;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod store;
mod text;
mod value;

pub use batch::{Batch, Guard};
pub use composed::Composed;
pub(crate) use composed::Dialect;
pub use row::{Column, Row};
pub(crate) use store::STATEMENTS;
pub use store::Store;
pub use text::{EXCEPTIONS, Sql};
pub use value::{Bind, Value};
