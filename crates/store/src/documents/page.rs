//! A few documents of many: by offset with a total, or after the last one seen.

use keybound_proto::id::TenantId;

use super::{Document, Kind, read};
use crate::error::StoreError;
use crate::sql::{Composed, Row, Store};

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
    /// The page of that number, from 0, of pages of that size.
    pub fn page(number: u32, size: u32) -> Self {
        Self { skip: number.saturating_mul(size), take: size, ..Self::default() }
    }

    /// All that match are counted too.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { total: true, ..self }
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
    let mut documents = Vec::new();
    for mut row in store.found(statement::<K>(store, tenant, window)).await? {
        documents.push(read(store, tenant, &mut row)?);
    }
    let total = match window.total {
        true => {
            let mut out = store.compose(K::NAME);
            out.say("SELECT count(*)");
            matching::<K>(&mut out, tenant, window);
            store.found(out).await?.first_mut().map(Row::take).transpose()?
        }
        false => None,
    };
    Ok(Page { documents, total })
}

/// The statement that finds them; public for who looks at its plan.
pub(super) fn statement<K: Kind>(store: &Store, tenant: &TenantId, window: &Window) -> Composed {
    let mut out = store.compose(K::NAME);
    out.say("SELECT id, revision, doc");
    matching::<K>(&mut out, tenant, window);
    if let Some(after) = &window.after {
        out.say(" AND id > ").give(&**after);
    }
    out.say(" ORDER BY id LIMIT ").give(window.take).say(" OFFSET ").give(window.skip);
    out
}

/// Only what is asked for is looked at: an index may know it.
fn matching<K: Kind>(out: &mut Composed, tenant: &TenantId, window: &Window) {
    out.say(" FROM ").say(K::NAME).say(" WHERE tenant = ").give(tenant);
    for (member, wanted) in K::FILTERS.iter().zip(&window.filters) {
        if !wanted.is_empty() {
            out.say(" AND (doc ->> '").say(member).say("') = ").give(&**wanted);
        }
    }
}
