//! Credentials of a client: public keys in its document, each enabled where a setting names its id.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{
    Verb, client,
    credential::{self, KIND, Made, Sent as Key},
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::jose::{Digest as _, Thumbprint, encode_base64url};
use keybound_store::{
    Batch,
    documents::{self, Clients, Document},
    events,
};
use serde_json::{Value, json};

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::{done, told},
    body::{Sent, refused},
    clients::Client,
    crud::apply,
    managed::{Managed, Members, Work},
    permit::Permit,
};
use crate::{app::App, failure::Failure};

/// Where they stand in a client's document.
pub(super) const MEMBER: &str = "credentials";

/// Their routes.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/clients/{id}/credentials", get(list).post(create))
        .route("/api/v2/clients/{id}/credentials/{credential}", get(read).patch(update).delete(delete))
}

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (_, document) = owner(&app, &id).await?;
    let shown = all(&document).cloned().map(|own| Value::Object(credential::view(own))).collect();
    Ok(told(permit.caller(), StatusCode::OK, &Value::Array(shown)))
}

async fn create(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&KIND, Verb::Create)?;
    let (found, mut document) = owner(&app, &id).await?;
    let made = make(&work, &input)?;
    add(&mut document, made.clone())?;
    keep(&work, (found, document), ("Create", &made)).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &Value::Object(credential::view(made))))
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (_, document) = owner(&app, &id).await?;
    let found = all(&document).find(|own| text(own, "id") == Some(&name)).ok_or_else(|| absent(&KIND))?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(credential::view(found.clone()))))
}

async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, name)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let mut input = sent.read_by(&KIND, Verb::Update)?;
    if let Some(end) = text(&input, "expires_at").map(credential::utc) {
        input.insert("expires_at".to_owned(), end.into());
    }
    let (found, mut document) = owner(&app, &id).await?;
    let own = all_mut(&mut document).find(|own| text(own, "id") == Some(&name));
    let own = own.ok_or_else(|| absent(&KIND))?;
    KIND.merge(own, input);
    own.insert("updated_at".to_owned(), work.now.to_rfc3339().into());
    let changed = own.clone();
    keep(&work, (found, document), ("Update", &changed)).await?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(credential::view(changed))))
}

/// Nothing is enabled any more that names it. What is not there is deleted already.
async fn delete(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let Some(found) = Client::find(&app, &id).await? else { return Ok(done(permit.caller())) };
    let mut document = members(&found)?;
    let gone = all(&document).find(|own| text(own, "id") == Some(&name)).cloned();
    if let Some(gone) = gone {
        let others = |entry: &Value| entry["id"] != name.as_str();
        if let Some(list) = document.get_mut(MEMBER).and_then(Value::as_array_mut) {
            list.retain(others);
        }
        for way in client::ENABLING {
            enabled_mut(&mut document, way).into_iter().for_each(|list| list.retain(others));
        }
        keep(&work, (found, document), ("Delete", &gone)).await?;
    }
    Ok(done(permit.caller()))
}

/// Makes those that were sent along with a new client, and names them where they stood.
pub(super) fn made_with(work: &Work<'_>, document: &mut Members) -> Result<(), Failure> {
    for way in client::ENABLING {
        let sent = enabled_mut(document, way).map(std::mem::take).unwrap_or_default();
        for input in sent {
            work.caller.must(&["create:client_credentials"])?;
            let made = make(work, input.as_object().unwrap_or(&Members::new()))?;
            let named = json!({ "id": made.get("id") });
            add(document, made)?;
            enabled_mut(document, way).into_iter().for_each(|list| list.push(named.clone()));
        }
    }
    Ok(())
}

/// What is enabled must be there, and a client authenticates in one way.
pub(super) fn check(document: &Members) -> Result<(), Failure> {
    if client::has_keys(document) && text(document, "token_endpoint_auth_method").is_some() {
        return Err(wrong_body(TWO_METHODS));
    }
    let elsewhere = client::has_registered_keys(document) || all(document).next().is_some();
    if client::publishes_keys(document) && elsewhere {
        return Err(wrong_body(TWO_PLACES));
    }
    for way in client::ENABLING {
        let kind = kind_at(way);
        for named in enabled(document, way).into_iter().flatten() {
            let id = named["id"].as_str().unwrap_or_default();
            let fits =
                |own: &Members| text(own, "id") == Some(id) && text(own, "credential_type") == Some(kind);
            if !all(document).any(fits) {
                return Err(wrong_body(format!("The client has no credential: {id}")));
            }
        }
    }
    Ok(())
}

/// The whole of each credential where its id is named: whoever makes a client is told so, once.
pub(super) fn expanded(document: &Members, mut view: Members) -> Members {
    for way in client::ENABLING {
        for named in enabled_mut(&mut view, way).into_iter().flatten() {
            let own = all(document).find(|own| text(own, "id") == named["id"].as_str());
            if let Some(own) = own {
                *named = Value::Object(credential::view(own.clone()));
            }
        }
    }
    view
}

/// What is enabled there.
fn kind_at(way: &[&str]) -> &'static str {
    match way.last() {
        Some(&"tls_client_auth") => "cert_subject_dn",
        Some(&"self_signed_tls_client_auth") => "x509_cert",
        _ => "public_key",
    }
}

fn make(work: &Work<'_>, input: &Members) -> Result<Members, Failure> {
    let (id, at) = (format!("cred_{}", entropy::alphanumeric(22)), work.now.to_rfc3339());
    let made = |kid| Made { id: &id, kid, at: &at };
    match text(input, "credential_type") {
        Some("x509_cert") => {
            let pem = text(input, "pem").unwrap_or_default();
            let certificate = credential::certified(pem).map_err(refused)?;
            let thumbprint = encode_base64url(AwsLc.sha256(&[certificate.der()]));
            let facts =
                [("thumbprint_sha256", thumbprint), ("expires_at", certificate.ends_at().to_rfc3339())];
            Ok(credential::keep(input, facts, made("")))
        }
        Some("cert_subject_dn") => {
            let subject = credential::subject(input).map_err(refused)?;
            Ok(credential::keep(input, [("subject_dn", subject)], made("")))
        }
        _ => {
            let key = Key::read(input).map_err(refused)?;
            let kid = Thumbprint::of(&key.key, &AwsLc).to_string();
            Ok(credential::create(input, &key, made(&kid)))
        }
    }
}

fn add(document: &mut Members, made: Members) -> Result<(), Failure> {
    let others = document.entry(MEMBER).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(others) = others else { return Ok(()) };
    if others.len() >= credential::MOST {
        return Err(unfit(format!("A client has at most {} credentials.", credential::MOST), None));
    }
    let same = |other: &&Value| made.contains_key("kid") && other.get("kid") == made.get("kid");
    if others.iter().any(|other| same(&other)) {
        return Err(unfit("The client has a credential of that kid.", None));
    }
    others.push(Value::Object(made));
    Ok(())
}

async fn keep(
    work: &Work<'_>,
    (mut found, document): (Document<Clients>, Members),
    (what, credential): (&str, &Members),
) -> Result<(), Failure> {
    found.doc = Value::Object(document);
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let id = text(credential, "id").unwrap_or_default();
    let mut batch = Batch::new();
    events::record(&mut batch, store, tenant, &work.event(what, KIND.name.one, id));
    documents::update(&mut batch, store, tenant, found);
    apply::<Client>(work.app, batch).await
}

async fn owner(app: &App, id: &str) -> Result<(Document<Clients>, Members), Failure> {
    let found = Client::find(app, id).await?.ok_or_else(|| absent(Client::KIND))?;
    let document = members(&found)?;
    Ok((found, document))
}

fn all(document: &Members) -> impl Iterator<Item = &Members> {
    document.get(MEMBER).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn all_mut(document: &mut Members) -> impl Iterator<Item = &mut Members> {
    let list = document.get_mut(MEMBER).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn enabled<'d>(document: &'d Members, way: &[&str]) -> Option<&'d Vec<Value>> {
    let (first, rest) = way.split_first()?;
    rest.iter().try_fold(document.get(*first)?, |value, step| value.get(step))?.get(MEMBER)?.as_array()
}

fn enabled_mut<'d>(document: &'d mut Members, way: &[&str]) -> Option<&'d mut Vec<Value>> {
    let (first, rest) = way.split_first()?;
    let last = rest.iter().try_fold(document.get_mut(*first)?, |value, step| value.get_mut(step))?;
    last.get_mut(MEMBER)?.as_array_mut()
}

const TWO_PLACES: &str = "The keys of a client are its credentials or at its jwks_uri, not both.";
const TWO_METHODS: &str =
    "client_authentication_methods and token_endpoint_auth_method cannot both be set: one must be null.";
