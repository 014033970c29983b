//! `/u/consent`: may this application do that.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{authorize::prompt::Step, model::client::Source};
use keybound_crypto::entropy;
use keybound_proto::{scope::Scopes, time::Timestamp, uri::DocumentUrl};
use keybound_store::{
    Batch, StoreError,
    documents::resource_server_identified,
    ledger::consents::{self, Consent as Kept},
};
use serde_json::Value;

use super::{
    pages::Consent,
    place::{Lost, Place},
    shown,
    transaction::Answered,
    words::words,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Failure,
    oauth::authorize::{Approach, Matter, Person, Standing, standing},
};

/// `GET /u/consent`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_query(&app, query.as_deref(), &visitor, now).await?;
    match asked(&app, &place, visitor, now).await? {
        Some((matter, standing, person)) => Ok(page(&app, &place, &matter, &standing, &person).await?),
        None => Ok(shown::found(&place.address("/authorize/resume"))),
    }
}

/// `POST /u/consent`
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let mut place = Place::of_form(&app, &form, &visitor, now).await?;
    let back = shown::see_other(&place.address("/authorize/resume"));
    let Some((matter, standing, person)) = asked(&app, &place, visitor, now).await? else { return Ok(back) };
    let answered = match form.text("action") {
        Some("accept") => Answered::Accepted,
        _ => Answered::Declined,
    };
    if answered == Answered::Accepted {
        let mut batch = Batch::new();
        consents::give(&mut batch, &app.tenant.id, &given(&place, &matter, standing, &person, now));
        app.store.apply(batch).await.map_err(Failure::from)?;
    }
    place.transaction.progress.consent = Some((person.user.subject.as_str().to_owned(), answered));
    place.keep(&app, now).await?;
    Ok(back)
}

/// What is asked, of whom; nothing when something else comes first.
async fn asked(
    app: &App,
    place: &Place,
    visitor: Visitor,
    now: Timestamp,
) -> Result<Option<(Matter, Standing, Person)>, Failure> {
    let matter = Matter::read(app, &place.asker, &place.form).await?;
    let pair = (&place.asker, &matter);
    let mut standing = standing(app, pair, visitor.session, Some(&place.transaction), now).await?;
    let person = standing.person.take().filter(|_| matches!(standing.step, Step::Consent(_)));
    Ok(person.map(|person| (matter, standing, person)))
}

/// All that was ever agreed to, and this.
fn given(place: &Place, matter: &Matter, standing: Standing, person: &Person, now: Timestamp) -> Kept {
    let before = standing.given.map(|given| given.scopes).unwrap_or_default();
    Kept {
        id: entropy::hex::<12>().into(),
        subject: person.user.subject.clone(),
        client: place.asker.client.id.clone(),
        audience: matter.asked.audience.clone(),
        scopes: before.union(&standing.scopes),
        given_at: now,
    }
}

async fn page(
    app: &App,
    place: &Place,
    matter: &Matter,
    standing: &Standing,
    person: &Person,
) -> Result<Response, Failure> {
    let described = described(app, matter).await?;
    let scopes = words(asked_for(standing), |scope| described.get(scope).cloned());
    let account = account(person);
    let redirect_uri = &place.asker.trusted.redirect_uri;
    let origin = redirect_uri.origin();
    let destination = match &place.asker.approach {
        Approach::Device(_) => "your device",
        Approach::Called(_) => &place.asker.client.name,
        Approach::Plain | Approach::Signed | Approach::Pushed(_) => {
            origin.as_ref().map_or(redirect_uri.as_str(), |origin| origin.as_str())
        }
    };
    // A stranger chose the name; what it is known by is what nobody else can show.
    let client = &place.asker.client;
    let address = match client.source {
        Source::Document => Some(
            DocumentUrl::parse(client.id.as_str())
                .map_or_else(|_| "this machine".to_owned(), |url| url.host()),
        ),
        Source::Register => None,
    };
    let page = Consent {
        application: &place.asker.client.name,
        address: address.as_deref(),
        account,
        audience: matter.target.api().map(|api| api.name.as_str()),
        scopes: &scopes,
        destination,
        state: place.handle.as_str(),
    };
    Ok(shown::shown(&page, StatusCode::OK, &place.policy()))
}

/// What a person is called on a page of theirs.
pub(super) fn account(person: &Person) -> &str {
    let profile = &person.user.profile;
    profile.email.as_deref().or(profile.name.as_deref()).unwrap_or(person.user.subject.as_str())
}

/// What is new; everything, where nothing is and the client wants it asked again.
fn asked_for(standing: &Standing) -> &Scopes {
    match &standing.step {
        Step::Consent(scopes) if !scopes.is_empty() => scopes,
        _ => &standing.scopes,
    }
}

pub(super) type Described = std::collections::BTreeMap<String, String>;

/// What the audience's administrator wrote about its scopes.
pub(super) async fn described(app: &App, matter: &Matter) -> Result<Described, StoreError> {
    let Some(api) = matter.target.api() else { return Ok(Described::new()) };
    let found = resource_server_identified(&app.store, &app.tenant.id, &api.name).await?;
    let scopes = found.as_ref().and_then(|found| found.doc.get("scopes")).and_then(Value::as_array);
    let text = |scope: &Value, member| scope.get(member).and_then(Value::as_str).map(str::to_owned);
    let pairs = scopes.into_iter().flatten().filter_map(|scope| {
        Some((text(scope, "value")?, text(scope, "description").filter(|words| !words.is_empty())?))
    });
    Ok(pairs.collect())
}
