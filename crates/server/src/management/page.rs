//! Pages of what hangs on one thing.

use keybound_api::{Kind, page::Paging};
use keybound_store::{documents::Window, ledger::Slice};
use serde_json::Value;

use super::absent::unfit;
use crate::failure::Failure;

/// The rows a page is made of: by checkpoint one more than it shows, so that it is known whether there are more.
pub(super) fn slice(paging: &Paging) -> Slice<'_> {
    match paging {
        Paging::Offset { page, per_page, .. } => {
            Slice { after: "", skip: page.saturating_mul(*per_page), take: *per_page }
        }
        Paging::Checkpoint { after, take, .. } => {
            Slice { after: after.as_deref().unwrap_or_default(), skip: 0, take: take.saturating_add(1) }
        }
    }
}

/// The same of documents.
pub(super) fn window(paging: &Paging) -> Window {
    let window = match paging {
        Paging::Offset { page, per_page, .. } => Window::page(*page, *per_page),
        Paging::Checkpoint { after, take, .. } => Window::after(after.as_deref(), take.saturating_add(1)),
    };
    if paging.is_counted() { window.counted() } else { window }
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

/// How many are left out before a page of what was searched for: Auth0 shows no more than the first thousand.
pub(super) fn skipped(paging: &Paging) -> Result<u32, Failure> {
    match paging {
        Paging::Checkpoint { .. } => Ok(0),
        Paging::Offset { page, per_page, .. } => {
            let end = page.saturating_add(1).saturating_mul(*per_page);
            match end > FIRST {
                true => Err(unfit(BEYOND, Some("invalid_paging"))),
                false => Ok(page.saturating_mul(*per_page)),
            }
        }
    }
}

const FIRST: u32 = 1_000;

const BEYOND: &str = "You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation";
