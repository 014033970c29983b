//! Parameters of a list or of a single reading.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use keybound_api::{
    Fault, Invalid, Shape,
    operation::Operation,
    page::{Paging, Selection},
};
use keybound_proto::form::Form;

use super::{body::refused, permit::row};
use crate::{app::App, failure::Failure};

/// The parameters of a request: each at most once, unless its row says that there may be many.
pub(crate) struct Query(pub(super) Form);

impl FromRequestParts<Arc<App>> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        Self::of(row(parts)?, parts)
    }
}

impl Query {
    /// Reads what the row knows, and refuses what it does not.
    pub(super) fn of(row: &Operation, parts: &Parts) -> Result<Self, Failure> {
        let many =
            |name: &&str| row.parameter(name).is_some_and(|field| matches!(field.shape, Shape::List { .. }));
        let names = row.query.iter().copied().flatten().map(|field| field.name);
        let query = parts.uri.query().unwrap_or_default();
        let form = Form::parse_repeatable(query.as_bytes(), &names.filter(many).collect::<Vec<_>>());
        let form = form.map_err(|error| refused(Invalid::query("", Fault::Other(format!("{error}.")))))?;
        let unknown: Vec<String> = form
            .pairs()
            .map(|(name, _)| name)
            .filter(|name| row.parameter(name).is_none())
            .map(str::to_owned)
            .collect();
        if unknown.is_empty() {
            Ok(Self(form))
        } else {
            Err(refused(Invalid::query("", Fault::Additional(unknown))))
        }
    }

    /// Which of many are wanted.
    pub(super) fn paging(&self) -> Result<Paging, Failure> {
        Paging::read(|name| self.0.text(name).map(str::to_owned)).map_err(refused)
    }

    /// Which members of each are wanted.
    pub(super) fn selection(&self) -> Result<Selection, Failure> {
        Selection::read(|name| self.0.text(name).map(str::to_owned)).map_err(refused)
    }
}

/// `true`, `false`, or nothing.
pub(super) fn flag(form: &Form, name: &str) -> Result<Option<bool>, Failure> {
    keybound_api::page::flag(name, form.text(name).map(str::to_owned)).map_err(refused)
}
