//! Letters that administrators have sent, as jobs: what is told of one is kept as it is told.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::post};
use http::StatusCode;
use keybound_api::{Verb, job as kind, ticket as api};
use keybound_authority::{event::EventKind, login::identifier::Email};
use keybound_crypto::entropy;
use keybound_proto::time::Lifetime;
use keybound_store::{Batch, documents::kept, events};
use serde_json::json;

use super::{
    answer::told,
    body::Sent,
    managed::Work,
    permit::Permit,
    tickets::{asked, wished},
};
use crate::{
    app::App,
    failure::Failure,
    jobs::bulk::JOBS,
    mail::{self, Letter},
    tickets::{Purpose, Wish, issue},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/jobs/verification-email", post(verification))
}

/// `POST /api/v2/jobs/verification-email`: a letter with a ticket. It is on its way, or nobody will read it, before the
/// job is told; Auth0 has it pending for a moment.
async fn verification(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::VERIFICATION, Verb::Create)?;
    let wish = wished(&work, &input, Purpose::Email).await?;
    let (store, tenant) = (&app.store, &app.tenant.id);
    let id = format!("job_{}", entropy::alphanumeric(16));
    let mut job = json!({
        "id": id, "type": "verification_email", "status": "pending", "created_at": work.now.to_rfc3339(),
    });
    let first = job.clone();
    let mut batch = Batch::new();
    let ticket = issue(&app, &mut batch, &wish, (work.now, Lifetime::seconds(api::GOOD_FOR)));
    let mut event = asked(&work, EventKind::VerificationSent, &wish);
    let status = match letter(&app, &work, &wish, &ticket).await? {
        true => "completed",
        false => {
            event = event.because_of("mail.not_sent", "letters are not sent here");
            event.kind = EventKind::VerificationNotSent;
            "failed"
        }
    };
    if let Some(members) = job.as_object_mut() {
        members.insert("status".to_owned(), status.into());
    }
    events::record(&mut batch, store, tenant, &event);
    events::record(&mut batch, store, tenant, &work.event("Create", kind::KIND.name.one, &id));
    kept::insert(&mut batch, store, tenant, (JOBS.whole(), &id), job);
    store.apply(batch).await?;
    Ok(told(work.caller, StatusCode::CREATED, &first))
}

/// Sends the letter, if any leaves.
async fn letter(app: &Arc<App>, work: &Work<'_>, wish: &Wish, ticket: &str) -> Result<bool, Failure> {
    let Some(to) = wish.email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(false) };
    if !mail::is_on(app).await? {
        return Ok(false);
    }
    mail::room(app, "verifications-to", &to, work.now).await?;
    let text = format!(
        "Please show that this email address is yours, by opening this address:\n\n    {ticket}\n\nIt can be used \
         once, within five days. If you did not expect this letter, you can ignore it: nothing happens.\n"
    );
    let about = asked(work, EventKind::VerificationNotSent, wish);
    let letter = Letter { to, subject: "Verify your email address".to_owned(), text, about };
    Ok(mail::send(app, letter).await.is_ok())
}
