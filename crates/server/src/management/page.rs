//! Pages of what hangs on one thing.

use keybound_api::{Kind, page::Paging};
use keybound_store::ledger::Slice;
use serde_json::Value;

/// The rows a page is made of: by checkpoint one more than it shows, so that it is known whether there are more.
pub(super) fn slice(paging: &Paging) -> Slice<'_> {
    match paging {
        Paging::Offset { page, per_page, .. } => {
            Slice { after: "", skip: page.saturating_mul(*per_page), take: *per_page }
        }
        Paging::Checkpoint { after, take } => {
            Slice { after: after.as_deref().unwrap_or_default(), skip: 0, take: take.saturating_add(1) }
        }
    }
}

/// A page: each row with the id it is found after.
pub(super) fn written(
    kind: &Kind,
    paging: &Paging,
    (mut rows, total): (Vec<(Box<str>, Value)>, i64),
) -> Value {
    let last = match paging {
        Paging::Checkpoint { take, .. } if rows.len() > *take as usize => {
            rows.truncate(*take as usize);
            rows.last().map(|(id, _)| id.clone())
        }
        _ => None,
    };
    let items = rows.into_iter().map(|(_, item)| item).collect();
    paging.write(&kind.name, items, total, last.as_deref())
}
