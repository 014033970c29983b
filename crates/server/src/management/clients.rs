//! Clients: their secrets, and what goes with them.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{
    Kind, Verb,
    client::{self, secret},
};
use keybound_crypto::entropy;
use keybound_proto::{
    form::Form,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, Document, Window},
    events,
    ledger::organizations,
};
use serde_json::{Value, json};

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::told,
    body::{Sent, refused},
    client_grants, credentials,
    crud::apply,
    list::Filter,
    managed::{Draft, Managed, Members, Sight, Work},
    permit::{Caller, Permit},
    query::flag,
};
use crate::{app::App, failure::Failure, key_ring::host, oauth::register};

/// Clients.
pub(crate) enum Client {}

impl Managed for Client {
    type Store = Clients;
    const KIND: &'static Kind = &client::KIND;
    const TAKEN: &'static str = "Another client exists with the same id.";
    const ALWAYS: &[&str] = &["tenant"];
    const ALWAYS_ALONE: &[&str] = &["signing_keys"];

    async fn create(work: &Work<'_>, input: Members, batch: &mut Batch) -> Result<Draft, Failure> {
        let id = if client::is_strict(&input) {
            format!("tpc_{}", entropy::alphanumeric(22))
        } else {
            entropy::alphanumeric(32)
        };
        let mut document = client::create(input, &id, &drawn());
        credentials::made_with(work, &mut document)?;
        credentials::check(&document)?;
        client::check(&document).map_err(refused)?;
        // Nobody makes a client that may do more than they could have let it.
        if client::is_express(&document) && work.caller.may("create:client_grants") {
            client_grants::express(work, &id, batch);
        }
        Ok(Draft { document, id })
    }

    async fn update(
        work: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        if input.contains_key("client_secret") {
            work.caller.must(&["update:client_keys"])?;
        }
        let enables = |name: &str| client::ENABLING.iter().any(|way| way.first() == Some(&name));
        if input.keys().any(|name| enables(name)) {
            work.caller.must(&["update:client_credentials"])?;
        }
        if input.keys().any(|name| name != "client_secret" && !enables(name)) {
            work.caller.must(&["update:clients"])?;
        }
        if input.contains_key(secret::MEMBER) {
            secret::forget_previous(document);
        } else if idle(document) {
            // What opened nothing may have gone around: a secret that is to open something is a fresh one.
            secret::forget(document);
        }
        for (said, other) in LOGOUT {
            if input.contains_key(said) && !input.contains_key(other) {
                document.remove(other);
            }
        }
        Self::KIND.merge(document, client::in_new_words(input));
        client::complete(document);
        credentials::check(document)?;
        client::check(document).map_err(refused)?;
        if idle(document) {
            secret::forget_previous(document);
        }
        if !document.contains_key(secret::MEMBER) {
            document.insert(secret::MEMBER.to_owned(), drawn().into());
        }
        Ok(())
    }

    async fn delete(work: &Work<'_>, found: &Document<Clients>, batch: &mut Batch) -> Result<(), Failure> {
        if found.doc.get("global").and_then(Value::as_bool) == Some(true) {
            return Err(unfit("The global client cannot be deleted.", Some("operation_not_supported")));
        }
        grants_too(work.app, ("client_id", &found.id), batch).await
    }

    fn filters(query: &Form) -> Result<Vec<Filter>, Failure> {
        let mut filters = Vec::new();
        if let Some(wanted) = flag(query, "is_global")? {
            filters.push(Filter::kept(move |client| is(client, "global", false) == wanted));
        }
        if let Some(wanted) = flag(query, "is_first_party")? {
            filters.push(Filter::kept(move |client| is(client, "is_first_party", true) == wanted));
        }
        filters.extend(query.text("app_type").map(|wanted| Filter::one_of("app_type", wanted)));
        Ok(filters)
    }

    fn view(work: &Work<'_>, mut document: Members, sight: Sight) -> Members {
        document.remove(credentials::MEMBER);
        document.remove(register::MEMBER);
        document.remove(secret::PREVIOUS);
        if text(&document, secret::PREVIOUS_UNTIL)
            .and_then(Timestamp::parse_rfc3339)
            .is_none_or(|end| end <= work.now)
        {
            document.remove(secret::PREVIOUS_UNTIL);
        }
        if sight == Sight::Plain {
            document.retain(|name, _| !client::KEYS.contains(&name.as_str()));
        }
        client::view(&mut document);
        document.insert("tenant".to_owned(), work.app.tenant.id.as_str().into());
        document
    }

    fn made(work: &Work<'_>, document: Members) -> Members {
        credentials::expanded(&document.clone(), Self::view(work, document, Sight::Secrets))
    }

    async fn beside(work: &Work<'_>, view: &mut Members, sight: Sight) -> Result<(), Failure> {
        if sight == Sight::Secrets {
            let key = work.app.keys.certificate(work.app).await?;
            let subject = format!("/CN={}", host(work.app.tenant.issuer.as_str()));
            let shown = json!([{ "cert": key.pem(), "pkcs7": key.pkcs7(), "subject": subject }]);
            view.insert("signing_keys".to_owned(), shown);
        }
        Ok(())
    }

    fn shows_secrets(caller: &Caller, document: &Members) -> bool {
        caller.may("read:client_keys") && client::SECRETS.iter().any(|name| document.contains_key(*name))
    }

    fn changed(app: &App) {
        app.origins.forget();
    }
}

/// `POST /api/v2/clients/{id}/rotate-secret`
pub(super) async fn rotate_secret(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Option<Sent>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let asked = match sent {
        Some(sent) => sent.read_by(&secret::ROTATION, Verb::Update)?,
        None => Members::new(),
    };
    if text(&asked, "id").is_some_and(|named| named != id) {
        return Err(wrong_body("The body names another client than the path."));
    }
    let mut found = Client::find(&app, &id).await?.ok_or_else(|| absent(Client::KIND))?;
    let mut document = members(&found)?;
    let until = overlap(&asked).map(|length| work.now.plus(length).to_rfc3339());
    secret::replace(&mut document, &drawn(), until.as_deref());
    found.doc = Value::Object(document.clone());
    let mut batch = Batch::new();
    events::record(
        &mut batch,
        &app.store,
        &app.tenant.id,
        &work.event("Rotate the secret of", "client", &id),
    );
    documents::update(&mut batch, &app.store, &app.tenant.id, found);
    apply::<Client>(&app, batch).await?;
    let mut view = Client::view(&work, document, Sight::Secrets);
    Client::beside(&work, &mut view, Sight::Secrets).await?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(view)))
}

/// How long the secret that is rotated away is still taken: not at all, as at Auth0, unless somebody says so.
fn overlap(asked: &Members) -> Option<Lifetime> {
    let seconds = asked.get("previous_secret_lifetime").and_then(Value::as_u64)?;
    u32::try_from(seconds).ok().filter(|&seconds| seconds > 0).map(Lifetime::seconds)
}

/// Deletes the client grants that name a client or an audience.
pub(crate) async fn grants_too(
    app: &App,
    (member, name): (&str, &str),
    batch: &mut Batch,
) -> Result<(), Failure> {
    let mut last: Option<Box<str>> = None;
    loop {
        let window = Window::after(last.as_deref(), STEP).matching::<ClientGrants>(member, name);
        let page = documents::page::<ClientGrants>(&app.store, &app.tenant.id, &window).await?;
        for grant in &page.documents {
            documents::delete::<ClientGrants>(batch, &app.tenant.id, &grant.id);
            organizations::forget_grant(batch, &app.tenant.id, &grant.id);
        }
        match page.documents.last() {
            Some(grant) if page.documents.len() >= STEP as usize => last = Some(grant.id.clone()),
            _ => return Ok(()),
        }
    }
}

/// Whether its secret opens nothing.
fn idle(client: &Members) -> bool {
    client::is_public(client) || client::has_keys(client)
}

fn is(client: &Members, name: &str, default: bool) -> bool {
    client.get(name).and_then(Value::as_bool).unwrap_or(default)
}

/// 48 random bytes: 64 characters.
fn drawn() -> String {
    entropy::token::<48>()
}

/// Each is the other's name.
const LOGOUT: [(&str, &str); 2] =
    [("oidc_logout", "oidc_backchannel_logout"), ("oidc_backchannel_logout", "oidc_logout")];

const STEP: u32 = 100;
