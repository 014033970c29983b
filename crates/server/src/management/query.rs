//! Parameters of a list or of a single reading.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use keybound_api::{
    Fault, Invalid, Shape,
    operation::{Body as Operand, Operation},
    page::{Paging, Selection},
    search::{Scope, Search},
};
use keybound_proto::form::Form;
use keybound_store::{Order, Sort};

use super::{
    body::{END, refused},
    permit::row,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// The parameters of a request: each at most once, unless its row says that there may be many.
#[derive(Clone)]
pub(crate) struct Query(pub(super) Form);

impl FromRequestParts<Arc<App>> for Query {
    type Rejection = Failure;

    /// A permit has read it already.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        match parts.extensions.remove::<Self>() {
            Some(query) => Ok(query),
            None => Self::of(row(parts)?, parts),
        }
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
        let said = || form.pairs().chain(form.bare().map(|name| (name, "")));
        let unknown = said().map(|(name, _)| name).filter(|name| row.parameter(name).is_none());
        // Whoever sends a file says everything in its form.
        let heeded = !matches!(row.body, Operand::Multipart(_));
        let unknown: Vec<String> = unknown.filter(|_| heeded).map(str::to_owned).collect();
        if !unknown.is_empty() {
            return Err(refused(Invalid::query("", Fault::Additional(unknown))));
        }
        // Each is judged here, whether or not anybody reads it.
        for (name, value) in said() {
            if value.contains('\0') {
                return Err(refused(Invalid::query(name, Fault::Other(END.to_owned()))));
            }
            let judged = row.parameter(name).map(|field| keybound_api::parameter(field, value));
            judged.transpose().map_err(refused)?;
        }
        Ok(Self(form))
    }

    /// Which of many are wanted.
    pub(super) fn paging(&self) -> Result<Paging, Failure> {
        Paging::read(|name| self.0.text(name).map(str::to_owned)).map_err(refused)
    }

    /// The same of a list without numbered pages.
    pub(super) fn checkpoints(&self) -> Result<Paging, Failure> {
        Paging::checkpoints(|name| self.0.text(name).map(str::to_owned)).map_err(refused)
    }

    /// Only how many are wanted after which: what `from` means is for others to say.
    pub(super) fn checkpoint(&self) -> Result<Paging, Failure> {
        let parameter = |name: &str| match name {
            "from" => Some(String::new()),
            name => self.0.text(name).map(str::to_owned),
        };
        Paging::read(parameter).map_err(refused)
    }

    /// In which order: `field:1` or `field:-1`.
    pub(super) fn sort(&self, by: impl Fn(&str, Order) -> Option<Sort>) -> Result<Option<Sort>, Failure> {
        let Some(text) = self.0.text("sort").filter(|text| !text.is_empty()) else { return Ok(None) };
        let sort = match text.rsplit_once(':') {
            Some((member, "1")) => by(member, Order::Ascending),
            Some((member, "-1")) => by(member, Order::Descending),
            _ => None,
        };
        let wrong =
            || refused(Invalid::query("sort", Fault::Format { format: "sort", found: text.to_owned() }));
        sort.map(Some).ok_or_else(wrong)
    }

    /// What is searched for.
    pub(super) fn search(&self, name: &str, scope: &Scope) -> Result<Option<Search>, Failure> {
        let Some(text) = self.0.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        match Search::parse(text, scope) {
            Ok(search) => Ok(Some(search)),
            Err(misread) => {
                let message = format!("Query validation error: {name} has {misread}.");
                Err(ManagementFailure::Query { message }.into())
            }
        }
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
