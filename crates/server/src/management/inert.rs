//! What was written and is only kept is never kept in silence: the answer and the log say so, and an operator may forbid
//! it.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use keybound_api::{Fault, Invalid, Verb};
use keybound_authority::event::Event;

use super::{
    body::refused,
    managed::{Managed, Members, Work},
};
use crate::{config::InertSettings, failure::Failure};

/// The paths of settings that a write asks for, and that do nothing here.
#[derive(Debug)]
pub(super) struct Inert(Vec<String>);

impl Inert {
    /// What a checked body asks of a document in vain.
    ///
    /// # Errors
    /// Where the operator wants that refused.
    pub(super) async fn of<M: Managed>(
        work: &Work<'_>,
        of: (Verb, &Members),
        written: &Members,
    ) -> Result<Self, Failure> {
        Self::judged(work, M::inert(work, of, written).await?)
    }

    /// What was found to be asked in vain.
    ///
    /// # Errors
    /// Where the operator wants that refused.
    pub(super) fn judged(work: &Work<'_>, found: Vec<String>) -> Result<Self, Failure> {
        match (work.app.config.inert_settings, found.first()) {
            (InertSettings::Refused, Some(path)) => {
                Err(refused(Invalid::body(path.clone(), Fault::NotOffered)))
            }
            _ => Ok(Self(found)),
        }
    }

    /// Says so in the log.
    pub(super) fn recorded(&self, mut event: Event) -> Event {
        if !self.0.is_empty() {
            let said = event.description.as_deref().unwrap_or_default();
            event.description = Some(format!("{said}; kept without effect: {}", self.0.join(", ")).into());
        }
        event
    }

    /// Says so in the answer.
    pub(super) fn told(&self, mut answer: Response) -> Response {
        if let (false, Ok(paths)) = (self.0.is_empty(), HeaderValue::from_str(&self.0.join(", "))) {
            answer.headers_mut().insert(HEADER, paths);
        }
        answer
    }
}

const HEADER: HeaderName = HeaderName::from_static("keybound-inert");
