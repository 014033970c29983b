//! Every operation of the server, one row each: who may ask, what it takes, and what it tells.
//!
//! The server takes from its row which scopes permit a request and which parameters it may have; the OpenAPI document is
//! written from the same rows. An operation is added by a row here, and a handler there.

mod authentication;
mod management;
mod row;

use crate::kept;

use std::{collections::HashMap, sync::LazyLock};

pub(crate) use self::management::parameters::{CHECKPOINTS, PAGES, SELECTION, SIZED};
pub use self::row::{Body, Dialect, Guard, Method, Operation, Told};

/// Every row, in the order of the document.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    authentication::TABLES.iter().chain(management::TABLES).chain(kept::TABLES).copied().flatten()
}

/// The row of a request, by its method and the path of its route; a `HEAD` is a `GET` without a body.
pub fn find(method: &str, path: &str) -> Option<&'static Operation> {
    static ROWS: LazyLock<HashMap<&str, Vec<&'static Operation>>> = LazyLock::new(|| {
        let mut rows: HashMap<&str, Vec<&Operation>> = HashMap::new();
        for row in all() {
            rows.entry(row.path).or_default().push(row);
        }
        rows
    });
    let method = if method == "HEAD" { "GET" } else { method };
    ROWS.get(path)?.iter().find(|row| row.method.as_str() == method).copied()
}

#[cfg(test)]
mod tests;
