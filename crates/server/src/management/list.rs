//! Many of a kind, a page at a time.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keybound_api::page::Paging;
use keybound_store::documents::{self, Document, Window};
use serde_json::Value;

use super::{
    absent::{members, text},
    answer::told,
    crud::{record_reading, shown},
    managed::{Managed, Members},
    page::window,
    permit::Permit,
    query::Query,
};
use crate::{app::App, failure::Failure};

/// What a list is narrowed by.
pub(crate) enum Filter {
    /// Something only a look at each document can tell.
    Kept(Box<dyn Fn(&Members) -> bool + Send + Sync>),
    /// The text of a member the store knows.
    Stored(&'static str, String),
}

impl Filter {
    /// Only documents in which a member the store knows is that text, or one of several between commas.
    pub(super) fn one_of(member: &'static str, wanted: &str) -> Self {
        if !wanted.contains(',') {
            return Self::Stored(member, wanted.to_owned());
        }
        let several: Vec<String> = wanted.split(',').map(str::to_owned).collect();
        Self::kept(move |document| {
            text(document, member).is_some_and(|own| several.iter().any(|one| one == own))
        })
    }

    /// Only documents that pass a look.
    pub(super) fn kept(pass: impl Fn(&Members) -> bool + Send + Sync + 'static) -> Self {
        Self::Kept(Box::new(pass))
    }
}

/// A page of them, and what to say about the rest.
pub(crate) struct Found<K> {
    pub(super) documents: Vec<Document<K>>,
    pub(super) total: i64,
    pub(super) last: Option<Box<str>>,
}

/// `GET /api/v2/<kind>`
pub(super) async fn list<M: Managed>(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (paging, selection) = (query.paging()?, query.selection()?);
    let filters = M::filters(&query.0)?;
    let found = if let Some(found) = M::look(&app, &query, &paging).await? {
        found
    } else if filters.iter().any(|filter| matches!(filter, Filter::Kept(_))) {
        sifted::<M>(&app, &paging, &filters).await?
    } else {
        stored::<M>(&app, &paging, &filters).await?
    };
    let mut items = Vec::with_capacity(found.documents.len());
    let mut secrets = false;
    for document in &found.documents {
        let (view, sight) = shown::<M>(&work, members(document)?).await?;
        let view = selection.apply_but(M::ALWAYS, view);
        secrets |= sight && M::shows_secrets(work.caller, &view);
        items.push(Value::Object(view));
    }
    if secrets {
        record_reading::<M>(&work).await?;
    }
    let body = paging.write(&M::KIND.name, items, found.total, found.last.as_deref());
    Ok(told(permit.caller(), StatusCode::OK, &body))
}

/// The store finds the page.
async fn stored<M: Managed>(
    app: &App,
    paging: &Paging,
    filters: &[Filter],
) -> Result<Found<M::Store>, Failure> {
    let mut window = window(paging);
    for filter in filters {
        if let Filter::Stored(member, text) = filter {
            window = window.matching::<M::Store>(member, text);
        }
    }
    let page = documents::page::<M::Store>(&app.store, &app.tenant.id, &window).await?;
    let mut documents = page.documents;
    let last = match paging {
        Paging::Checkpoint { take, .. } => cut(&mut documents, *take),
        Paging::Offset { .. } => None,
    };
    Ok(Found { documents, total: page.total.unwrap_or_default(), last })
}

/// Every document is looked at, in the order of their ids.
async fn sifted<M: Managed>(
    app: &App,
    paging: &Paging,
    filters: &[Filter],
) -> Result<Found<M::Store>, Failure> {
    let mut passed = Vec::new();
    let mut last: Option<Box<str>> = None;
    loop {
        let mut window = Window::after(last.as_deref(), STEP);
        for filter in filters {
            if let Filter::Stored(member, text) = filter {
                window = window.matching::<M::Store>(member, text);
            }
        }
        let page = documents::page::<M::Store>(&app.store, &app.tenant.id, &window).await?;
        let full = page.documents.len() >= STEP as usize;
        last = page.documents.last().map(|document| document.id.clone());
        for document in page.documents {
            let members = members(&document)?;
            let passes = |filter: &Filter| match filter {
                Filter::Kept(pass) => pass(&members),
                Filter::Stored(..) => true,
            };
            if filters.iter().all(passes) {
                passed.push(document);
            }
        }
        if !full {
            break;
        }
    }
    let total = i64::try_from(passed.len()).unwrap_or(i64::MAX);
    match paging {
        Paging::Offset { page, per_page, .. } => {
            let skip = u64::from(*page) * u64::from(*per_page);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            let documents = passed.into_iter().skip(skip).take(*per_page as usize).collect();
            Ok(Found { documents, total, last: None })
        }
        Paging::Checkpoint { after, take, .. } => {
            passed.retain(|document| after.as_deref().is_none_or(|after| *document.id > *after));
            let last = cut(&mut passed, *take);
            Ok(Found { documents: passed, total, last })
        }
    }
}

/// Leaves at most that many, and says after which the next page begins if there were more.
pub(super) fn cut<K>(documents: &mut Vec<Document<K>>, take: u32) -> Option<Box<str>> {
    if documents.len() <= take as usize {
        return None;
    }
    documents.truncate(take as usize);
    documents.last().map(|last| last.id.clone())
}

/// As many as are looked at together.
const STEP: u32 = 500;
