//! Which client asks, authenticated as it owes (RFC 6749 §2.3).

use std::net::IpAddr;

use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use keybound_authority::{
    Refusal,
    authenticate_client::{Expected, authenticate},
    model::client::Credential,
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    id::ClientId,
    request::{
        InvalidRequest,
        client::{Credential as Shown, PresentedClient},
    },
    time::{Lifetime, Timestamp},
};
use keybound_store::FleetingKey;

use super::{Known, address};
use crate::{
    app::App,
    failure::{ClientHeader, Failure, Reason, RequestFailure},
    published_keys::with_keys,
    record::Noted,
    registered,
};

/// Why a client is not let in, and who it said it was, for the tenant log.
pub(crate) struct Stranger {
    pub(crate) said: Option<ClientId>,
    pub(crate) failure: Failure,
}

impl<R: Into<Reason>> From<R> for Stranger {
    fn from(reason: R) -> Self {
        Self { said: None, failure: reason.into().into() }
    }
}

/// The client that sent this request, and from where, noted for the record of requests.
pub(crate) async fn known(
    app: &App,
    parts: &Parts,
    form: &Form,
    noted: &Noted,
) -> Result<(Known, IpAddr), Failure> {
    let address = address(parts, &app.config.trusted_proxies);
    let known = client(app, &parts.headers, form, address).await.map_err(|stranger| {
        stranger.said.iter().for_each(|id| noted.client(id));
        stranger.failure
    })?;
    noted.client(&known.client().id);
    Ok((known, address))
}

/// The client that sent this request. A wrong secret is counted, and too many of them are not looked at.
pub(crate) async fn client(
    app: &App,
    headers: &HeaderMap,
    form: &Form,
    from: IpAddr,
) -> Result<Known, Stranger> {
    let presented = presented(headers, form)?;
    let sent = if presented.used_header() { ClientHeader::Used } else { ClientHeader::Unused };
    let refused = |refusal| Stranger {
        said: presented.client_id.clone(),
        failure: Reason::Client { refusal, sent }.into(),
    };
    let now = app.clock.now();
    let expected = expected(app, now);
    let Some(id) = &presented.client_id else {
        return authenticate(&presented, None, &expected).map(Known::new).map_err(refused);
    };
    let guesses = FleetingKey::new("client-secret", &[id.as_str().as_bytes(), from.to_string().as_bytes()]);
    let mut found = registered::client(app, id).await?;
    if let Shown::Assertion { assertion, .. } = &presented.credential
        && let Some(client) = found.take()
    {
        found = Some(with_keys(app, client, assertion.reveal(), now).await);
    }
    let owes_secret = |credential: &Credential| matches!(credential, Credential::Secret { .. });
    let secret_owed = found.as_ref().is_some_and(|client| owes_secret(&client.credential));
    if secret_owed && app.fleeting.counted(&guesses, GUESSING, now).await? >= GUESSES {
        let failure = Reason::TooMany { retry_after: GUESSING.as_secs() }.into();
        return Err(Stranger { said: Some(id.clone()), failure });
    }
    match authenticate(&presented, found, &expected) {
        Ok(known) => Ok(Known::new(known)),
        Err(refusal) => {
            if refusal == Refusal::BadSecret {
                app.fleeting.count(&guesses, GUESSING, now).await?;
            }
            Err(refused(refusal))
        }
    }
}

/// What clients sign is held against.
pub(crate) fn expected(app: &App, now: Timestamp) -> Expected<'_, AwsLc> {
    let (issuer, addresses) = (&app.tenant.issuer, app.places.of_assertions());
    Expected { backend: &AwsLc, issuer, addresses, now }
}

fn presented(headers: &HeaderMap, form: &Form) -> Result<PresentedClient, Reason> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let header = values.next().map(http::HeaderValue::as_bytes);
    if values.next().is_some() {
        return Err(RequestFailure::Invalid(InvalidRequest::TwoAuthentications).into());
    }
    PresentedClient::read(header, form).map_err(|error| match error {
        // RFC 6749 §5.2: who tried the header hears 401 and which scheme would do.
        InvalidRequest::Authorization => {
            Reason::Client { refusal: Refusal::MissingSecret, sent: ClientHeader::Used }
        }
        other => RequestFailure::Invalid(other).into(),
    })
}

/// How many wrong secrets one address may try at one client.
const GUESSES: u64 = 20;

/// In which time.
const GUESSING: Lifetime = Lifetime::seconds(60);
