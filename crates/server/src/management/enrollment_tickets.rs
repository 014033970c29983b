//! Tickets by which somebody sets up a second factor.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::post};
use http::StatusCode;
use keybound_api::{Verb, ticket as api, user};
use keybound_authority::{Refusal, event::EventKind, login::identifier::Email};
use keybound_proto::{id::Subject, time::Lifetime};
use keybound_store::{Batch, events};
use serde_json::{Value, json};

use super::{
    absent::{absent, members, text},
    answer::told,
    body::Sent,
    inert::Inert,
    permit::Permit,
    tickets::asked,
    users::user as found_user,
};
use crate::{
    app::App,
    failure::Failure,
    mail::{self, Letter},
    tickets::{Also, Purpose, Wish, issue},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/guardian/enrollments/ticket", post(give))
}

/// `POST /api/v2/guardian/enrollments/ticket`
async fn give(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::ENROLMENT, Verb::Create)?;
    let user = found_user(&app, text(&input, "user_id").unwrap_or_default()).await?;
    let subject = Subject::parse(&user.id).map_err(|_| absent(&user::KIND))?;
    let email = text(&members(&user)?, "email").map(str::to_owned);
    let to = text(&input, "email").or(email.as_deref()).and_then(|to| Email::parse(to).ok());
    let mut vain = api::ENROLMENT.inert(Verb::Create, &input);
    let to = match (input.get("send_mail"), to) {
        (Some(Value::Bool(true)), Some(to)) if mail::is_on(&app).await? => Some(to),
        (Some(Value::Bool(true)), _) => {
            vain.push("send_mail".to_owned());
            None
        }
        _ => None,
    };
    let inert = Inert::judged(&work, vain)?;
    if let Some(to) = &to {
        mail::room(&app, "factors-to", to, work.now).await?;
    }
    let wish = Wish {
        purpose: Purpose::Enrolment,
        account: subject.clone(),
        subject,
        email,
        result_url: None,
        client: None,
        organization: None,
        says_email: Also::LeftAlone,
        verifies: Also::LeftAlone,
    };
    let mut batch = Batch::new();
    let address = issue(&app, &mut batch, &wish, (work.now, Lifetime::seconds(api::GOOD_FOR)));
    let event = work.event("Create", api::ENROLMENT.name.one, wish.subject.as_str());
    events::record(&mut batch, &app.store, &app.tenant.id, &inert.recorded(event));
    app.store.apply(batch).await?;
    if let Some(to) = to {
        let about = asked(&work, EventKind::FactorSent, &wish);
        let letter = Letter { to, subject: "Secure your account".to_owned(), text: words(&address), about };
        mail::send(&app, letter).await.map_err(|_| Refusal::NoMail)?;
    }
    // As at Auth0, what it is called is what opens it.
    let id = address.split_once("ticket=").map(|(_, id)| id);
    Ok(inert.told(told(work.caller, StatusCode::OK, &json!({ "ticket_id": id, "ticket_url": address }))))
}

fn words(address: &str) -> String {
    format!(
        "Please set up something besides your password, by opening this address:\n\n    {address}\n\nIt can be used \
         once, within five days. If you did not expect this letter, you can ignore it: nothing happens.\n"
    )
}
