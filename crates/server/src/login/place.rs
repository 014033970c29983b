//! Where a person is: the page they see, the request it belongs to, and who made it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keybound_proto::{form::Form, time::Timestamp};

use super::{
    content_policy::ContentPolicy,
    pages::{Link, Notice},
    same_site::Sent,
    shown,
    transaction::{Handle, Transaction},
};
use crate::{app::App, extract::Visitor, failure::Failure, oauth::authorize::Asker};

/// A transaction that was found again, with what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) handle: Handle,
    pub(crate) transaction: Transaction,
    pub(crate) form: Form,
    pub(crate) asker: Asker,
}

/// Why a page leads nowhere any more.
#[derive(Debug)]
pub(crate) enum Lost {
    /// Something failed.
    Failed(Failure),
    /// The request was answered before.
    Finished(Box<Asker>),
    /// It took too long, it began in another browser, or somebody made the address up.
    Gone,
}

impl<F: Into<Failure>> From<F> for Lost {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl Place {
    /// The place that the query of a `GET` names, still to be answered.
    pub(crate) async fn of_query(
        app: &App,
        query: Option<&str>,
        visitor: &Visitor,
        now: Timestamp,
    ) -> Result<Self, Lost> {
        let place = Self::resumed(app, query, visitor, now).await?;
        // The back button: what was answered is not answered again by looking at it.
        if place.transaction.is_finished() { Err(place.into_finished()) } else { Ok(place) }
    }

    /// The same, where it may have been answered a moment ago: forms are sent twice.
    pub(crate) async fn resumed(
        app: &App,
        query: Option<&str>,
        visitor: &Visitor,
        now: Timestamp,
    ) -> Result<Self, Lost> {
        let query = Form::parse(query.unwrap_or_default().as_bytes())?;
        Self::find(app, query.text("state"), visitor, now).await
    }

    /// The same, by a form: which must have been sent by a page of ours.
    pub(crate) async fn of_form(
        app: &App,
        form: &Form,
        visitor: &Visitor,
        now: Timestamp,
    ) -> Result<Self, Lost> {
        if visitor.sent == Sent::Elsewhere {
            return Err(Lost::Gone);
        }
        Self::find(app, form.text("state"), visitor, now).await
    }

    async fn find(app: &App, state: Option<&str>, visitor: &Visitor, now: Timestamp) -> Result<Self, Lost> {
        let (Some(handle), Some(browser)) = (state.and_then(Handle::parse), &visitor.browser) else {
            return Err(Lost::Gone);
        };
        let found = Transaction::find(&handle, browser, &app.fleeting, now).await?;
        let transaction = found.ok_or(Lost::Gone)?;
        let form = transaction.request()?;
        let asker = Asker::find(app, &form, transaction.approach.clone()).await?;
        let place = Self { handle, transaction, form, asker };
        if place.transaction.is_over(now) { Err(place.into_finished()) } else { Ok(place) }
    }

    fn into_finished(self) -> Lost {
        Lost::Finished(Box::new(self.asker))
    }

    /// Keeps how far the person has come.
    pub(crate) async fn keep(&self, app: &App, now: Timestamp) -> Result<(), Failure> {
        Ok(self.transaction.keep(&self.handle, &app.fleeting, now).await?)
    }

    /// Whether a device waits for the answer, and nobody said yet that the code is the one it shows.
    pub(crate) const fn waits_for_confirmation(&self) -> bool {
        self.asker.approach.device().is_some() && !self.transaction.progress.confirmed
    }

    /// Whether a client had somebody called, and they did not say yes yet.
    pub(crate) const fn waits_for_approval(&self) -> bool {
        self.asker.approach.call().is_some() && !self.transaction.progress.confirmed
    }

    /// One of our pages about it.
    pub(crate) fn address(&self, page: &str) -> String {
        format!("{page}?state={}", self.handle.as_str())
    }

    /// What a page with a form may do: end where the asker is.
    pub(crate) fn policy(&self) -> ContentPolicy {
        ContentPolicy::page()
            .forms_to_client(&self.asker.client, &self.asker.trusted.redirect_uri)
            .within(self.form.text("organization"))
    }
}

impl IntoResponse for Lost {
    fn into_response(self) -> Response {
        match self {
            Self::Failed(failure) => shown::refused(failure),
            Self::Finished(asker) => finished(&asker),
            Self::Gone => gone(),
        }
    }
}

/// Back button, second tab, second click: nothing went wrong.
fn finished(asker: &Asker) -> Response {
    let application = &asker.client.name;
    let origin = asker.trusted.redirect_uri.origin().filter(|_| asker.approach.waits().is_none());
    let text = format!("Go to {application}");
    let link = origin.as_ref().map(|origin| Link { href: origin.as_str(), text: &text });
    let page = Notice {
        heading: "This is done already",
        text: "This page has been answered, and nothing more is needed here. \
               Go on in the application, or begin again there.",
        link,
        detail: None,
    };
    shown::shown(&page, StatusCode::OK, &ContentPolicy::page())
}

fn gone() -> Response {
    let page = Notice {
        heading: "This page has expired",
        text: "It was open for too long, or it was opened in another browser. \
               Nothing is lost: go back to the application and begin again. Cookies must be allowed.",
        link: None,
        detail: None,
    };
    shown::shown(&page, StatusCode::BAD_REQUEST, &ContentPolicy::page())
}
