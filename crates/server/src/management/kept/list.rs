//! Many of a collection, in the way its operation tells them.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use keybound_api::{
    Kind,
    kept::{Listing, Resource},
    page::{PER_PAGE, Paging, Totals},
    search::Search,
};
use keybound_store::{
    documents::kept::{self, Kept},
    ledger::Slice,
};
use serde_json::{Map, Value};

use super::{
    object,
    place::{Names, Place},
    shown,
};
use crate::{
    app::App,
    failure::Failure,
    management::{
        answer::told,
        page::{slice, written},
        permit::Permit,
        query::Query,
    },
};

/// `GET` of many.
pub(super) async fn list(
    resource: &'static Resource,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    query: Query,
) -> Result<Response, Failure> {
    let (paging, selection) = (query.paging()?, query.selection()?);
    let place = Place::of(&app, resource, &names).await?;
    let filters: Vec<(&str, &str)> =
        query.0.pairs().filter(|(name, _)| !ABOUT_THE_PAGE.contains(name)).collect();
    // Those that can be sorted are sorted by one member alone, and upwards.
    let own = Some(resource.order).filter(|own| !own.is_empty());
    let sort = query.0.text("sort").and_then(|sort| sort.split(':').next()).or(own);
    let search = match resource.searched {
        Some(scope) => query.search("q", scope)?,
        None => None,
    };
    let paging = match (resource.listing, paging) {
        (Listing::Checkpoints, Paging::Offset { .. }) => {
            Paging::Checkpoint { after: None, take: PER_PAGE, totals: Totals::Omitted }
        }
        (_, paging) => paging,
    };
    let whole = matches!(resource.listing, Listing::Plain | Listing::Named);
    let (found, total) = match (whole, filters.is_empty()) {
        (false, true) if sort.is_none() && search.is_none() => {
            let found = kept::page(&app.store, &app.tenant.id, place.kept(), slice(&paging)).await?;
            (found, kept::count(&app.store, &app.tenant.id, place.kept()).await?)
        }
        _ => {
            let mut all = all(&app, &place).await?;
            all.retain(|one| passes(resource, one, &filters) && found_by(search.as_ref(), one));
            if let Some(member) = sort {
                all = sorted(all, member);
            }
            let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
            (if whole { all } else { cut(all, slice(&paging)) }, total)
        }
    };
    let rows = found.into_iter().map(|one| {
        let view = match shown(resource, object(one.doc)) {
            Value::Object(mut view) => {
                (resource.listed)(&mut view);
                Value::Object(selection.apply(view))
            }
            other => other,
        };
        (one.id, view)
    });
    let body = match resource.listing {
        Listing::Paged | Listing::Checkpoints => written(resource.kind, &paging, (rows.collect(), total)),
        Listing::Plain => rows.map(|(_, item)| item).collect(),
        Listing::Named => object_of(resource.kind, rows.map(|(_, item)| item).collect()).into(),
        Listing::Counted => counted(resource.kind, &paging, (rows.map(|(_, item)| item).collect(), total)),
    };
    Ok(told(permit.caller(), StatusCode::OK, &body))
}

/// All that stand there.
pub(super) async fn all(app: &App, place: &Place<'_>) -> Result<Vec<Kept>, Failure> {
    let mut all: Vec<Kept> = Vec::new();
    loop {
        let after = all.last().map(|one| one.id.clone()).unwrap_or_default();
        let slice = Slice { after: &after, skip: 0, take: STEP };
        let page = kept::page(&app.store, &app.tenant.id, place.kept(), slice).await?;
        let full = page.len() >= STEP as usize;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

/// In the order of a member that no two share: each is found after what it says there.
fn sorted(all: Vec<Kept>, member: &str) -> Vec<Kept> {
    let said = |one: &Kept| one.doc.get(member).and_then(Value::as_str).unwrap_or_default().into();
    let mut all: Vec<Kept> = all.into_iter().map(|one| Kept { id: said(&one), ..one }).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn passes(resource: &Resource, one: &Kept, filters: &[(&str, &str)]) -> bool {
    let Value::Object(document) = &one.doc else { return false };
    filters.iter().all(|(name, wanted)| (resource.passes)(document, name, wanted))
}

fn found_by(search: Option<&Search>, one: &Kept) -> bool {
    search.is_none_or(|search| one.doc.as_object().is_some_and(|document| search.holds(document)))
}

fn cut(all: Vec<Kept>, slice: Slice<'_>) -> Vec<Kept> {
    let after = all.into_iter().filter(|one| *one.id > *slice.after);
    after.skip(slice.skip as usize).take(slice.take as usize).collect()
}

/// A page that says its total and its size.
fn counted(kind: &Kind, paging: &Paging, (items, total): (Vec<Value>, i64)) -> Value {
    let mut page = object_of(kind, items);
    page.insert("total".to_owned(), total.into());
    if let Paging::Offset { page: number, per_page, .. } = paging {
        page.insert("page".to_owned(), (*number).into());
        page.insert("per_page".to_owned(), (*per_page).into());
    }
    page.into()
}

/// The page of all of them that was asked for, with its total and its size.
pub(super) fn counted_of(kind: &Kind, paging: &Paging, all: Vec<Value>) -> Value {
    let (total, slice) = (i64::try_from(all.len()).unwrap_or(i64::MAX), slice(paging));
    let items = all.into_iter().skip(slice.skip as usize).take(slice.take as usize).collect();
    counted(kind, paging, (items, total))
}

fn object_of(kind: &Kind, items: Vec<Value>) -> Map<String, Value> {
    let mut page = Map::new();
    page.insert(kind.name.many.to_owned(), Value::Array(items));
    page
}

/// Parameters that say which page, and which members of each; others say which of them.
const ABOUT_THE_PAGE: &[&str] =
    &["page", "per_page", "include_totals", "from", "take", "fields", "include_fields", "sort", "q"];
/// As many as are looked at together.
const STEP: u32 = 500;
