//! A few documents of many: by offset with a total, or after the last one seen.

use keybound_proto::id::TenantId;

use super::{Document, Kind, read};
use crate::error::StoreError;
use crate::sql::{Bind, Store};

/// Which of many documents are wanted, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Only those after this id.
    after: Option<Box<str>>,
    /// How many to leave out.
    skip: u32,
    /// How many at most.
    take: u32,
    /// Whether to count all that match.
    total: bool,
    /// What each of the kind's filters must equal; empty for anything.
    filters: [Box<str>; 2],
}

impl Window {
    /// The page of that number, from 0, of pages of that size, with the total.
    pub fn page(number: u32, size: u32) -> Self {
        Self { skip: number.saturating_mul(size), take: size, total: true, ..Self::default() }
    }

    /// At most `take` documents after the one of that id, or from the first one.
    pub fn after(id: Option<&str>, take: u32) -> Self {
        Self { after: id.map(Into::into), take, ..Self::default() }
    }

    /// Only documents with this text in that member, which must be one of [`Kind::FILTERS`].
    #[must_use]
    pub fn matching<K: Kind>(mut self, member: &str, text: &str) -> Self {
        for (filter, name) in self.filters.iter_mut().zip(K::FILTERS) {
            if name == member {
                *filter = text.into();
            }
        }
        self
    }
}

/// A few documents of many.
#[derive(Debug)]
pub struct Page<K: Kind> {
    /// The documents.
    pub documents: Vec<Document<K>>,
    /// How many match in all, where that was asked.
    pub total: Option<i64>,
}

/// The documents in a window.
///
/// # Errors
/// Where the database cannot say, or secrets were sealed by another master key.
pub async fn page<K: Kind>(store: &Store, tenant: &TenantId, window: &Window) -> Result<Page<K>, StoreError> {
    let [first, second] = &window.filters;
    let after = window.after.as_deref().unwrap_or("");
    let values =
        [tenant.bind(), after.bind(), window.take.bind(), window.skip.bind(), first.bind(), second.bind()];
    let mut documents = Vec::new();
    for mut row in store.rows(K::STATEMENTS.page, values).await? {
        documents.push(read(store, tenant, &mut row)?);
    }
    let total = match window.total {
        true => {
            let values = [tenant.bind(), first.bind(), second.bind()];
            match store.rows(K::STATEMENTS.count, values).await?.first_mut() {
                Some(row) => Some(row.take()?),
                None => None,
            }
        }
        false => None,
    };
    Ok(Page { documents, total })
}
