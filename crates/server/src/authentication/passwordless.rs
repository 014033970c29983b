//! `/passwordless/start`: a code to sign in with, sent to an address (Auth0's passwordless).
//!
//! Everybody is answered alike, in the same time: that a letter was sent says nothing, and none was where strangers
//! may not sign up and nobody has the address.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};
use http::header::USER_AGENT;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    login::identifier::Email,
    model::{
        client::{Client, GrantKind},
        connection::{ByEmail, Signup},
    },
};
use keybound_crypto::entropy;
use keybound_proto::{form::Form, secret::Secret, time::Timestamp};
use keybound_store::StoreError;
use serde_json::json;

use crate::{
    app::{App, sender},
    extract::{Parameters, client},
    failure::{Failure, RequestFailure},
    login::{account, connection::by_email, sent_code::SentTo},
    mail::{self, Letter, one_line},
    oauth::answer,
    record::Noted,
    tenant_log::record_alone,
};

/// `POST /passwordless/start`
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Extension(noted): Extension<Noted>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned);
    let headers = parts.clone();
    // What stands in them belongs to a link, and none is sent.
    let request = Request::from_parts(parts, body);
    let Parameters { form, .. } = Parameters::without(&["authParams"], request, &app).await?;
    let (known, address) = client::known(&app, &headers, &form, &noted).await?;
    let (from, now) = (sender(address, agent.as_deref()), app.clock.now());
    let (client, evidence) = known.without_proof();
    evidence.claim(&app, now).await?;
    let address = begin(&app, &client, &form, from, now).await?;
    // Auth0 shows who has the address. This is nobody's name.
    let told = json!({ "_id": entropy::hex::<12>(), "email": address.as_str(), "email_verified": false });
    Ok(answer::json(told.to_string(), None))
}

async fn begin(
    app: &Arc<App>,
    client: &Client,
    form: &Form,
    from: Sender,
    now: Timestamp,
) -> Result<Email, Failure> {
    let grant = GrantKind::Passwordless;
    if !client.grants.allow(grant) {
        return Err(Refusal::GrantNotAllowed { grant }.into());
    }
    let connection = match form.required("connection")? {
        "email" => by_email(app, client).await?,
        _ => None,
    };
    let connection = connection.ok_or(Refusal::NotByEmail)?;
    let typed = form.required("email")?;
    let address = Email::parse(typed.trim()).map_err(|_| Refusal::BadAddress)?;
    if form.text("send").is_some_and(|send| send != "code") {
        let problem = "must be code: links are not sent here";
        return Err(RequestFailure::Parameter { parameter: "send", problem }.into());
    }
    if !mail::is_on(app).await? {
        return Err(Refusal::NoMail.into());
    }
    let sent_to = SentTo { connection: &connection, client: &client.id, address: &address };
    // To a mailbox whether or not anybody has an account there; from one network, `config::rates` says how many.
    mail::room(app, "codes-to", &address, now).await?;
    let code = sent_to.draw(app, now).await?;
    let mut event = Event::new(EventKind::CodeSent, now).by(&client.id).from(from).named(address.as_str());
    event.connection = Some(connection.name.clone());
    if is_welcome(app, &connection, &address).await? {
        record_alone(app, &event).await;
        mail::send(app, letter(client, &connection, &address, &code, event))
            .await
            .map_err(|_| Refusal::NoMail)?;
    }
    Ok(address)
}

/// Whether a code would be of use: to somebody who has an account, or may have one by it.
async fn is_welcome(app: &App, connection: &ByEmail, address: &Email) -> Result<bool, StoreError> {
    let found = account::by_email(app, &connection.name, address.as_str()).await?;
    Ok(found.is_some() || connection.signup == Signup::Open)
}

fn letter(
    client: &Client,
    connection: &ByEmail,
    address: &Email,
    code: &Secret<String>,
    about: Event,
) -> Letter {
    let application = one_line(&client.name, 80);
    let minutes = connection.lifetime.as_secs().div_ceil(60);
    let code = code.reveal();
    Letter {
        to: address.clone(),
        // No code here: it would show on a locked screen.
        subject: format!("Your code for {application}"),
        text: format!(
            "Your code to sign in to {application} is:\n\n    {code}\n\nIt can be used once, within {minutes} \
             minutes, where you asked for it.\n\nNobody of {application} will ever ask you for it. If you did not \
             ask for it, you can ignore this letter: without the code nobody signs in as you.\n"
        ),
        about,
    }
}
