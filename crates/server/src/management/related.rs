//! Lists of what hangs on one thing, or on nothing but the tenant, a page at a time.
//!
//! The head that every such list has stands here: who may ask, which page, what is told of each.

use std::{future::Future, sync::Arc};

use axum::{
    extract::{RawPathParams, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{
    Kind,
    page::{Paging, next},
};
use keybound_proto::form::Form;
use keybound_store::ledger::Slice;
use serde_json::Value;

use super::{
    answer::told,
    page::{slice, written},
    permit::Permit,
    query::Query,
};
use crate::{app::App, failure::Failure};

/// What hangs on one thing.
pub(crate) trait Related: Send + Sync + 'static {
    /// How they are called.
    const KIND: &'static Kind;

    /// In which ways they are paged.
    const PAGES: Pages = Pages::Any;

    /// Whether a page that shows anything says where to go on, even where nothing comes after it.
    const OPEN_END: bool = false;

    /// Those of the page that is asked for.
    fn rows(asked: &Asked<'_>) -> impl Future<Output = Result<Rows, Failure>> + Send;
}

/// In which ways a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// By number and after the last one seen.
    Any,
    /// After the last one seen.
    Checkpoints,
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(super) app: &'a App,
    /// The first thing the path names; nothing where it names none.
    pub(super) of: &'a str,
    pub(super) paging: &'a Paging,
    pub(super) query: &'a Form,
}

impl Asked<'_> {
    /// The rows the page is made of.
    pub(super) fn slice(&self) -> Slice<'_> {
        slice(self.paging)
    }
}

/// Each with the id it is found after, and how many there are in all.
pub(crate) type Rows = (Vec<(Box<str>, Value)>, i64);

/// `GET`
pub(super) async fn related<R: Related>(
    permit: Permit,
    State(app): State<Arc<App>>,
    path: RawPathParams,
    query: Query,
) -> Result<Response, Failure> {
    let paging = match R::PAGES {
        Pages::Any => query.paging()?,
        Pages::Checkpoints => query.checkpoints()?,
    };
    let selection = query.selection()?;
    let of = path.iter().next().map(|(_, of)| of).unwrap_or_default();
    let (mut rows, total) = R::rows(&Asked { app: &app, of, paging: &paging, query: &query.0 }).await?;
    for (_, row) in &mut rows {
        if let Value::Object(members) = row {
            *members = selection.apply(std::mem::take(members));
        }
    }
    let last = rows.last().filter(|_| R::OPEN_END).map(|(id, _)| next(id));
    let mut page = written(R::KIND, &paging, (rows, total));
    if let (Paging::Checkpoint { .. }, Some(last), Value::Object(page)) = (&paging, last, &mut page) {
        page.entry("next").or_insert_with(|| last.into());
    }
    Ok(told(permit.caller(), StatusCode::OK, &page))
}
