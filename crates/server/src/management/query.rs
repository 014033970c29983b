//! Parameters of a list or of a single reading.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use keybound_api::{
    Fault, Invalid,
    page::{Paging, Selection},
};
use keybound_proto::form::Form;

use super::body::refused;
use crate::{app::App, failure::Failure};

/// The parameters of a request, each at most once but `identifiers`.
pub(crate) struct Query(pub(super) Form);

impl FromRequestParts<Arc<App>> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        let form = Form::parse_repeatable(query.as_bytes(), &["identifiers"]);
        form.map(Self).map_err(|error| refused(Invalid::query("", Fault::Other(format!("{error}.")))))
    }
}

impl Query {
    /// Refuses what nobody knows.
    pub(super) fn only(&self, known: &[&[&str]]) -> Result<(), Failure> {
        let is_known = |name: &str| known.iter().any(|names| names.contains(&name));
        let unknown: Vec<String> =
            self.0.pairs().map(|(name, _)| name).filter(|name| !is_known(name)).map(str::to_owned).collect();
        if unknown.is_empty() { Ok(()) } else { Err(refused(Invalid::query("", Fault::Additional(unknown)))) }
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

/// Parameters of paging.
pub(super) const PAGING: &[&str] = &["page", "per_page", "include_totals", "from", "take"];

/// Parameters of selection.
pub(super) const SELECTION: &[&str] = &["fields", "include_fields"];
