//! `/bc-authorize`: a client has somebody called who is not in front of it (OpenID Connect CIBA Core §7), and asks by
//! polling what they said.
//!
//! They are sent a letter with a link. It leads to a page on which that very person, signed in, sees who asks for what
//! and the message that the client shows them too; what they say there is kept as a device's answer is.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    login::identifier::Email,
    model::{
        client::Client,
        user::{Standing, User},
    },
};
use keybound_crypto::entropy;
use keybound_proto::{
    dpop::Possession, form::Form, id::Subject, jose::json, response::ciba::CibaResponse, secret::Secret,
    time::Lifetime,
};

use super::{
    ahead::Ahead,
    authorize::{Approach, Asker, Called},
    waiting::{INTERVAL, Link, Sign, Waiting, WaitingName},
};
use crate::{
    app::App,
    extract::{FromClient, Known},
    failure::{Failure, Reason, RequestFailure},
    login::shown,
    mail::{self, Letter, one_line},
    registered,
    tenant_log::record_alone,
};

/// `POST /bc-authorize`
pub(crate) async fn call(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, noted, address, now }: FromClient,
) -> Result<Response, Failure> {
    let ahead = Ahead { app: &app, path: "/bc-authorize", address, now };
    ahead.told(called(&app, ahead, (known, noted.sender().clone()), &headers, &form).await)
}

async fn called(
    app: &Arc<App>,
    ahead: Ahead<'_>,
    (known, from): (Known, Sender),
    headers: &HeaderMap,
    form: &Form,
) -> Result<(String, Option<Possession>), Failure> {
    let (client, evidence) = ahead.evidence(known, headers)?;
    let message = message(form)?;
    let lifetime = lifetime(form)?;
    // What would widen a yes must not be passed over.
    if form.text("authorization_details").is_some() {
        return Err(RequestFailure::Parameter {
            parameter: "authorization_details",
            problem: "is not understood here",
        }
        .into());
    }
    let user = user(app, form).await?;
    let (auth_req_id, link) = (Secret::new(entropy::token::<32>()), entropy::token::<32>());
    let name = WaitingName::of_call(&auth_req_id);
    let call = Called { name, subject: user.subject.as_str().to_owned() };
    let asker = Asker::waiting(app, client, Approach::Called(call))?;
    let (request, held) = ahead.judged(&asker, wanted(&asker.client, form), evidence).await?;
    let to = reachable(app, &user).await?;
    mail::room(app, "calls-to", &to, ahead.now).await?;
    let sign = Sign::Link(Link::new(&link, &user.subject, message.clone()));
    let waiting = Waiting::begin(&asker.client.id, &request, sign, lifetime, ahead.now);
    if !name.keep(app, &waiting, ahead.now).await? {
        return Err(Reason::Unavailable { detail: "no name is free".to_owned() }.into());
    }
    let mut event = Event::new(EventKind::BackchannelBegun, ahead.now)
        .by(&asker.client.id)
        .about(&user.subject)
        .from(from)
        .named(to.as_str());
    event.connection = Some(user.connection.clone());
    event.thumbprint = held.as_ref().map(|held| *held.thumbprint());
    record_alone(app, &event).await;
    let link = format!("{}?request={link}", app.tenant.issuer.join("approve"));
    let letter = letter(&asker.client, (&message, lifetime), (to, &link), event);
    mail::send(app, letter).await.map_err(|_| Refusal::Unreachable)?;
    Ok((CibaResponse { auth_req_id, expires_in: lifetime, interval: INTERVAL }.to_json(), held))
}

/// Of all that was sent, what a call can want.
fn wanted(client: &Client, sent: &Form) -> Form {
    let named = Form::new().with("client_id", client.id.as_str()).with("response_type", "code");
    let named = WANTED.iter().fold(named, |form, name| form.with_some(name, sent.text(name)));
    sent.all("resource").fold(named, |form, resource| form.with("resource", resource))
}

/// What both see. Auth0's letters, of which none can turn, hide or break what stands around them.
fn message(form: &Form) -> Result<String, Failure> {
    let text = form.required("binding_message")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-_.,:# ".contains(c);
    let fits = (1..=MESSAGE).contains(&text.len()) && text.chars().all(plain) && !text.trim().is_empty();
    if fits { Ok(text.to_owned()) } else { Err(Refusal::BadBindingMessage.into()) }
}

fn lifetime(form: &Form) -> Result<Lifetime, Failure> {
    let Some(text) = form.text("requested_expiry") else { return Ok(LIFETIME) };
    let asked = text.parse().ok().filter(|seconds| (1..=LIFETIME.as_secs()).contains(seconds));
    asked.map(Lifetime::seconds).ok_or_else(|| {
        RequestFailure::Parameter { parameter: "requested_expiry", problem: "is not between 1 and 300" }
            .into()
    })
}

/// Whom to call: named by our own name for them (`iss_sub`), as Auth0 has it.
async fn user(app: &App, form: &Form) -> Result<User, Failure> {
    // CIBA Core §7.1: exactly one hint.
    if ["login_hint_token", "id_token_hint"].into_iter().any(|other| form.text(other).is_some()) {
        let problem = "is the only hint that is understood here";
        return Err(RequestFailure::Parameter { parameter: "login_hint", problem }.into());
    }
    let found = match subject(app, form.required("login_hint")?) {
        Some(subject) => registered::user(app, &subject).await?,
        None => None,
    };
    let found = found.filter(|user| user.standing == Standing::Active);
    found.ok_or_else(|| Refusal::UnknownUserId.into())
}

fn subject(app: &App, hint: &str) -> Option<Subject> {
    let object = json::object(hint.as_bytes()).ok()?;
    let text = |name| object.string(name).ok().flatten();
    let ours = text("format") == Some("iss_sub") && text("iss") == Some(app.tenant.issuer.as_str());
    Subject::parse(text("sub").filter(|_| ours)?).ok()
}

/// Where to: the address that is known of them.
async fn reachable(app: &App, user: &User) -> Result<Email, Failure> {
    let on = mail::is_on(app).await?;
    let address = user.profile.email.as_deref().filter(|_| on);
    Ok(Email::parse(address.ok_or(Refusal::Unreachable)?).map_err(|_| Refusal::Unreachable)?)
}

fn letter(
    client: &Client,
    (message, lifetime): (&str, Lifetime),
    (to, link): (Email, &str),
    about: Event,
) -> Letter {
    let application = one_line(&client.name, 80);
    let minutes = lifetime.as_secs().div_ceil(60);
    Letter {
        to,
        subject: format!("{application} asks for your approval"),
        text: format!(
            "{application} asks for your approval of:\n\n    {message}\n\nSee what it asks for, and approve or \
             deny it, within {minutes} minutes:\n\n{link}\n\nOnly approve what you are doing yourself right now, \
             where you see the same message. If you are not, deny it, or ignore this letter: nothing happens \
             without you.\n"
        ),
        about,
    }
}

/// What a person sees who said no.
pub(crate) fn not_approved() -> Response {
    let text = "You said no, and the application will hear so. Nothing was shared. You can close this page.";
    shown::notice("You denied it", text)
}

const WANTED: [&str; 3] = ["scope", "audience", "dpop_jkt"];

/// Most characters of a binding message, as at Auth0.
const MESSAGE: usize = 64;

/// How long a person may take at the most, and does where nothing is said; as at Auth0.
const LIFETIME: Lifetime = Lifetime::seconds(300);
