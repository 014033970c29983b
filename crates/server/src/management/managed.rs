//! What a kind of thing must know to be managed.

use std::future::{Future, ready};

use axum::response::Response;
use http::StatusCode;
use keybound_api::{Kind, Verb, page::Paging};
use keybound_authority::event::{Event, EventKind};
use keybound_proto::{form::Form, time::Timestamp};
use keybound_store::{
    Batch, StoreError,
    documents::{self, Document},
};
use serde_json::{Map, Value};

use super::{
    answer::done,
    journal::Journal,
    list::{Filter, Found},
    permit::Caller,
    query::Query,
};
use crate::{app::App, failure::Failure};

/// The members of a document.
pub(super) type Members = Map<String, Value>;

/// A kind of thing administrators manage.
pub(crate) trait Managed: Send + Sync + 'static {
    /// Its statements.
    type Store: documents::Kind;
    /// Its table.
    const KIND: &'static Kind;
    /// What is said when there is one already.
    const TAKEN: &'static str;
    /// Auth0's code for that.
    const TAKEN_CODE: Option<&'static str> = None;

    /// What a list tells of each, whichever members are asked for.
    const ALWAYS: &[&str] = &[];

    /// The same where one is read alone.
    const ALWAYS_ALONE: &[&str] = &[];

    /// How it is answered that one was made.
    const MADE: StatusCode = StatusCode::CREATED;

    /// What becomes of a checked body. What must be written beside the document goes into the batch.
    fn create(
        work: &Work<'_>,
        input: Members,
        batch: &mut Batch,
    ) -> impl Future<Output = Result<Draft, Failure>> + Send;

    /// What becomes of a document by a checked body.
    fn update(
        work: &Work<'_>,
        document: &mut Members,
        input: Members,
        batch: &mut Batch,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The paths of what a checked body asks of a document, and is only kept; of a document that is made, the body
    /// itself is all there is.
    fn inert(
        _work: &Work<'_>,
        (verb, _): (Verb, &Members),
        written: &Members,
    ) -> impl Future<Output = Result<Vec<String>, Failure>> + Send {
        ready(Ok(Self::KIND.inert(verb, written)))
    }

    /// What must go along with a document that is deleted.
    fn delete(
        _work: &Work<'_>,
        _found: &Document<Self::Store>,
        _batch: &mut Batch,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(Ok(()))
    }

    /// The document a path names.
    fn find(
        app: &App,
        id: &str,
    ) -> impl Future<Output = Result<Option<Document<Self::Store>>, StoreError>> + Send {
        documents::find::<Self::Store>(&app.store, &app.tenant.id, id)
    }

    /// What a list is narrowed by.
    fn filters(query: &Form) -> Result<Vec<Filter>, Failure>;

    /// The page of a list whose kind looks for it in its own way.
    fn look(
        _app: &App,
        _query: &Query,
        _paging: &Paging,
    ) -> impl Future<Output = Result<Option<Found<Self::Store>>, Failure>> + Send {
        ready(Ok(None))
    }

    /// What is shown of it.
    fn view(work: &Work<'_>, document: Members, _sight: Sight) -> Members {
        let _ = work;
        document
    }

    /// What whoever made it is told of it.
    fn made(work: &Work<'_>, document: Members) -> Members {
        Self::view(work, document, Sight::Secrets)
    }

    /// Puts beside it what stands elsewhere.
    fn beside(
        _work: &Work<'_>,
        _view: &mut Members,
        _sight: Sight,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(Ok(()))
    }

    /// What else is told of one that is looked at alone; a list gathers it for all of them together.
    fn alone(_work: &Work<'_>, _view: &mut Members) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(Ok(()))
    }

    /// Whether the caller may see its secrets, and there are any.
    fn shows_secrets(_caller: &Caller, _document: &Members) -> bool {
        false
    }

    /// What is answered when one was deleted.
    fn deleted(work: &Work<'_>) -> Response {
        done(work.caller)
    }

    /// What is answered when there was none to delete: it is deleted already.
    fn gone(work: &Work<'_>) -> Result<Response, Failure> {
        Ok(done(work.caller))
    }

    /// What others must hear when one was made, changed or deleted.
    fn changed(_app: &App) {}
}

/// How much of a document is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything but secrets.
    Plain,
    /// Secrets too.
    Secrets,
}

/// A document to be.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Its id.
    pub(super) id: String,
    /// What it says.
    pub(super) document: Members,
}

/// One request to the Management API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) now: Timestamp,
}

impl Work<'_> {
    /// What to record of a change.
    pub(super) fn event(&self, what: &str, one: &str, id: &str) -> Event {
        let mut event =
            Event::new(EventKind::Managed, self.now).by(&self.caller.client).from(self.caller.from.clone());
        event.thumbprint = self.caller.key;
        event.request = self.caller.journal.as_ref().map(Journal::id);
        event.description = Some(format!("{what} a {one}: {id}").into());
        event
    }

    /// Keeps what is about to be changed, to be seen in the log beside what became of it.
    pub(super) fn was(&self, before: &Members) {
        if let Some(journal) = &self.caller.journal {
            journal.was(before);
        }
    }

    /// What to record of a secret that was read.
    pub(super) fn read_event(&self, many: &str) -> Event {
        let mut event = Event::new(EventKind::SecretRead, self.now)
            .by(&self.caller.client)
            .from(self.caller.from.clone());
        event.thumbprint = self.caller.key;
        event.description = Some(format!("Read {many} with their secrets").into());
        event
    }
}
