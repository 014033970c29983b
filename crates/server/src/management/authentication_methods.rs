//! Second factors of a user, as administrators enrol, name and remove them.
//!
//! Digits and letters are the ledger's, by which people sign in. Telephones and keys are kept and shown, and nobody is
//! asked for them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{Kind, Verb, authentication_method as api};
use keybound_authority::{
    event::{Event, EventKind},
    model::factor::{Authenticator, FactorKind},
};
use keybound_crypto::{entropy, totp::TotpKey};
use keybound_proto::{
    id::{Subject, TenantId},
    secret::Secret,
};
use keybound_store::{
    Batch, Store,
    documents::kept::{self, Shelf},
    events,
    ledger::{
        Slice,
        authenticators::{self as ledger, Described},
        mfa_tokens,
    },
};
use serde_json::{Value, json};

use super::{
    absent::{absent, text, wrong_body},
    answer::{done, told},
    body::{Sent, refused},
    inert::Inert,
    managed::{Members, Work},
    permit::Permit,
    related::{Asked, Related, Rows, related},
    users::subject_of,
};
use crate::{
    app::App,
    factor,
    failure::{Failure, ManagementFailure},
};

/// Factors that are kept, and by which nobody signs in.
pub(super) static KEPT: Shelf = Shelf::new("authentication_methods");

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    let all = "/api/v2/users/{id}/authentication-methods";
    Router::new()
        .route(all, get(related::<Listed>).post(enrol).put(replace).delete(remove_all))
        .route(&format!("{all}/{{authentication_method_id}}"), get(read).patch(rename).delete(remove))
}

/// `GET /api/v2/users/{id}/authentication-methods`
enum Listed {}

impl Related for Listed {
    const KIND: &'static Kind = &api::KIND;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let subject = subject_of(asked.app, asked.of).await?;
        let all = held(asked.app, &subject).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        // There are a few of each person's.
        let slice = asked.slice();
        let page = all.into_iter().skip(slice.skip as usize).take(slice.take as usize);
        Ok((
            page.map(|held| (text(&held, "id").unwrap_or_default().into(), Value::Object(held))).collect(),
            total,
        ))
    }
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, method)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let found = named(&app, &subject_of(&app, &id).await?, &method).await?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(found)))
}

async fn enrol(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::KIND, Verb::Create)?;
    let inert = Inert::judged(&work, in_vain(&input))?;
    let subject = subject_of(&app, &id).await?;
    let mut batch = Batch::new();
    let mut made = enrolled(&work, (&subject, ledger::add), input, &mut batch)?;
    apply(&app, batch).await?;
    if let Some(Value::String(address)) = made.get_mut("email") {
        *address = api::masked_email(address);
    }
    Ok(inert.told(told(work.caller, StatusCode::CREATED, &Value::Object(made))))
}

/// `PUT /api/v2/users/{id}/authentication-methods`: all of them, or none.
async fn replace(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let inputs = api::all(sent.bytes()).map_err(refused)?;
    let mut vain: Vec<String> = inputs.iter().flat_map(in_vain).collect();
    vain.sort_unstable();
    vain.dedup();
    let inert = Inert::judged(&work, vain)?;
    let subject = subject_of(&app, &id).await?;
    // What takes the place of one is written over it: a batch changes a row once.
    let of = |kind: FactorKind| {
        inputs.iter().filter(move |input| text(input, "type") == Some(kind.prefix())).count()
    };
    if FactorKind::ALL.into_iter().any(|kind| of(kind) > 1) {
        return Err(twice());
    }
    let mut batch = Batch::new();
    for kind in FactorKind::ALL.into_iter().filter(|kind| of(*kind) == 0) {
        ledger::remove(&mut batch, &app.tenant.id, &subject, kind);
    }
    kept::clear(&mut batch, &app.tenant.id, KEPT.of(subject.as_str()));
    removed(&work, &subject, &mut batch);
    let mut made = Vec::with_capacity(inputs.len());
    for input in inputs {
        made.push(Value::Object(enrolled(&work, (&subject, ledger::put), input, &mut batch)?));
    }
    apply(&app, batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(inert.told(told(work.caller, StatusCode::OK, &Value::Array(made))))
}

async fn rename(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, method)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::KIND, Verb::Update)?;
    let subject = subject_of(&app, &id).await?;
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut batch = Batch::new();
    let all = ledger::described(store, tenant, &subject).await?;
    let mut shown = match all.into_iter().find(|one| one.authenticator.id.as_str() == method) {
        Some(mut found) => {
            found.name = text(&input, "name").map(str::to_owned).or(found.name);
            ledger::describe(&mut batch, tenant, &found);
            shown(&found)
        }
        None => {
            let place = KEPT.of(subject.as_str());
            let found = kept::find(store, tenant, place, &method).await?;
            let mut found = found.ok_or_else(|| absent(&api::KIND))?;
            if let Value::Object(members) = &mut found.doc {
                members.extend(input);
            }
            let shown = masked(&found.doc);
            kept::update(&mut batch, store, tenant, place, found);
            shown
        }
    };
    record(&work, ("Update", &method), &mut batch);
    apply(&app, batch).await?;
    shown.remove("confirmed");
    Ok(told(work.caller, StatusCode::OK, &Value::Object(shown)))
}

async fn remove(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, method)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let subject = subject_of(&app, &id).await?;
    named(&app, &subject, &method).await?;
    let tenant = &app.tenant.id;
    let mut batch = Batch::new();
    let all = ledger::described(&app.store, tenant, &subject).await?;
    match all.into_iter().find(|one| one.authenticator.id.as_str() == method) {
        Some(found) => ledger::remove_named(&mut batch, tenant, &subject, &found.authenticator.id),
        None => kept::delete(&mut batch, tenant, KEPT.of(subject.as_str()), &method),
    }
    removed(&work, &subject, &mut batch);
    record(&work, ("Delete", &method), &mut batch);
    apply(&app, batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(done(work.caller))
}

async fn remove_all(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let subject = subject_of(&app, &id).await?;
    let mut batch = Batch::new();
    forget(&work, &subject, &mut batch);
    app.store.apply(batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(done(work.caller))
}

/// Everything somebody has, as it is shown.
pub(super) async fn held(app: &App, subject: &Subject) -> Result<Vec<Members>, Failure> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut all: Vec<Members> = ledger::described(store, tenant, subject).await?.iter().map(shown).collect();
    let slice = Slice { after: "", skip: 0, take: MOST };
    for found in kept::page(store, tenant, KEPT.of(subject.as_str()), slice).await? {
        all.push(masked(&found.doc));
    }
    Ok(all)
}

async fn named(app: &App, subject: &Subject, id: &str) -> Result<Members, Failure> {
    let found = held(app, subject).await?.into_iter().find(|one| text(one, "id") == Some(id));
    found.ok_or_else(|| absent(&api::KIND))
}

/// What a body asks for, and nobody is signed in by.
fn in_vain(input: &Members) -> Vec<String> {
    let mut vain = api::KIND.inert(Verb::Create, input);
    if text(input, "type").is_some_and(|kind| !api::OBEYED.contains(&kind)) {
        vain.push("type".to_owned());
    }
    vain
}

/// How a factor is written: beside the others, or in the place of one.
type Write = fn(&mut Batch, &Store, &TenantId, &Described, Option<&Secret<Vec<u8>>>);

/// Enrols what a body describes: an administrator vouches for it, so it counts at once.
fn enrolled(
    work: &Work<'_>,
    (subject, write): (&Subject, Write),
    mut input: Members,
    batch: &mut Batch,
) -> Result<Members, Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let kind = text(&input, "type").unwrap_or_default().to_owned();
    let name = format!("dev_{}", entropy::alphanumeric(16));
    let new = |kind| {
        let authenticator = factor::vouched(subject, kind, &name, work.now)?;
        let called = text(&input, "name").map(str::to_owned);
        Ok::<_, Failure>(Described { authenticator, name: called, address: None })
    };
    let made = match kind.as_str() {
        "totp" => {
            let (key, told) = totp_key(&input)?;
            let described = new(FactorKind::Otp)?;
            write(batch, store, tenant, &described, Some(key.bytes()));
            let mut shown = shown(&described);
            if told == Drawn::Here {
                shown.insert("totp_secret".to_owned(), key.to_base32().reveal().as_str().into());
            }
            shown
        }
        "email" => {
            let address = text(&input, "email").ok_or_else(|| wrong_body(missing("email")))?;
            let address = address.to_lowercase();
            let described = Described { address: Some(address.clone()), ..new(FactorKind::Email)? };
            write(batch, store, tenant, &described, None);
            let mut shown = shown(&described);
            shown.insert("email".to_owned(), address.into());
            shown
        }
        kind => {
            let (id, at) = (format!("{kind}|{name}"), work.now.to_rfc3339());
            if kind == "phone" {
                let channel = text(&input, "preferred_authentication_method").unwrap_or("sms").to_owned();
                let part = json!([{ "id": format!("{channel}|{name}"), "type": channel }]);
                input.insert("preferred_authentication_method".to_owned(), channel.into());
                input.insert("authentication_methods".to_owned(), part);
                text(&input, "phone_number").ok_or_else(|| wrong_body(missing("phone_number")))?;
            }
            input.insert("id".to_owned(), id.as_str().into());
            input.insert("created_at".to_owned(), at.into());
            let place = KEPT.of(subject.as_str());
            kept::insert(batch, store, tenant, (place, &id), Value::Object(input.clone()));
            input.clone()
        }
    };
    let event = Event::new(EventKind::FactorConfirmed, work.now).by(&work.caller.client).about(subject);
    events::record(batch, store, tenant, &event.from(work.caller.from.clone()));
    record(work, ("Create", text(&made, "id").unwrap_or_default()), batch);
    let mut made = made;
    made.remove("confirmed");
    Ok(made)
}

/// Who chose what makes the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drawn {
    Here,
    Elsewhere,
}

fn totp_key(input: &Members) -> Result<(TotpKey, Drawn), Failure> {
    match text(input, "totp_secret") {
        Some(written) => {
            let key = TotpKey::from_base32(written).ok_or_else(|| wrong_body(NO_SECRET))?;
            Ok((key, Drawn::Elsewhere))
        }
        None => Ok((TotpKey::generate(), Drawn::Here)),
    }
}

/// Removes everything somebody has; sign-ins that wait for it are over.
fn forget(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    let tenant = &work.app.tenant.id;
    ledger::forget(batch, tenant, subject);
    kept::clear(batch, tenant, KEPT.of(subject.as_str()));
    removed(work, subject, batch);
    let event = work.event("Delete all authentication methods of", "user", subject.as_str());
    events::record(batch, &work.app.store, tenant, &event);
}

/// Sign-ins that wait for what is removed are over, and the log says that it is.
pub(super) fn removed(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    mfa_tokens::forget_all_of(batch, &work.app.tenant.id, subject);
    let event = Event::new(EventKind::FactorRemoved, work.now).by(&work.caller.client).about(subject);
    events::record(batch, &work.app.store, &work.app.tenant.id, &event.from(work.caller.from.clone()));
}

async fn apply(app: &App, batch: Batch) -> Result<(), Failure> {
    match app.store.apply(batch).await {
        Ok(_) => Ok(()),
        Err(error) if error.conflict() == Some(ledger::UNCONFIRMED) => Err(twice()),
        Err(error) if error.conflict() == Some(ledger::HELD) => Err(absent(&api::KIND)),
        Err(error) => Err(error.into()),
    }
}

fn twice() -> Failure {
    ManagementFailure::Conflict { message: TWICE.to_owned(), code: None }.into()
}

fn record(work: &Work<'_>, (what, id): (&str, &str), batch: &mut Batch) {
    let event = work.event(what, api::KIND.name.one, id);
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

fn shown(described: &Described) -> Members {
    let Authenticator { id, kind, enrolled_at, confirmed_at, last_step, .. } = &described.authenticator;
    let mut shown = Members::new();
    let mut say = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    say("id", id.as_str().into());
    say("type", kind.prefix().into());
    say("confirmed", confirmed_at.is_some().into());
    say("created_at", enrolled_at.to_rfc3339().into());
    if let Some(at) = last_step.map(|step| keybound_proto::time::Timestamp::from_unix(step * TotpKey::STEP)) {
        say("last_auth_at", at.to_rfc3339().into());
    }
    if let Some(name) = &described.name {
        say("name", name.as_str().into());
    }
    if let Some(address) = &described.address {
        say("email", api::masked_email(address).into());
    }
    shown
}

/// A kept one, as it is shown.
fn masked(doc: &Value) -> Members {
    let mut shown = doc.as_object().cloned().unwrap_or_default();
    if let Some(Value::String(number)) = shown.get_mut("phone_number") {
        *number = api::masked_phone(number);
    }
    shown.insert("confirmed".to_owned(), true.into());
    shown
}

fn missing(member: &str) -> String {
    format!("Payload validation error: 'Missing required property: {member}'.")
}

/// More than anybody has.
const MOST: u32 = 100;
const TWICE: &str = "Authentication method already exists.";
const NO_SECRET: &str = "Payload validation error: 'totp_secret' must be Base32 of at least 80 bits.";
