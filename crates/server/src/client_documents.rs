//! Clients that describe themselves: read at the address that is their name, and kept for a while (OAuth Client ID
//! Metadata Document §4).

mod freshness;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keybound_authority::{
    Refusal,
    adoption::Adoption,
    model::{client::Client, described::described},
};
use keybound_proto::{
    field::MediaType,
    id::ClientId,
    request::registration::{ClientDocument, DocumentError},
    time::{Lifetime, Timestamp},
    uri::DocumentUrl,
};
use tokio::sync::Semaphore;

use self::freshness::freshness;
use crate::{
    config::{DocumentProofs, LocalhostClients, Reading},
    outbound::{Found, OutboundError, Strangers},
};

/// What was read, by address.
///
/// A document is read again when its answer says so, be that within a minute or a day; one that could not be used,
/// after half a minute. While its address does not answer, the last one serves for a day. Whoever asks for one that is
/// being read waits for that.
#[derive(Debug)]
pub(crate) struct ClientDocuments {
    settings: crate::config::ClientDocuments,
    strangers: Strangers,
    kept: Mutex<HashMap<Box<str>, Arc<Place>>>,
    reading: Semaphore,
}

/// One address, and what is known of what stands there.
type Place = tokio::sync::Mutex<Known>;

#[derive(Debug, Default)]
struct Known {
    client: Option<Arc<Client>>,
    /// What to say in its place.
    refusal: Option<Refusal>,
    read_at: Option<Timestamp>,
    fresh_until: Option<Timestamp>,
}

impl ClientDocuments {
    pub(crate) fn over(strangers: Strangers, settings: crate::config::ClientDocuments) -> Self {
        Self { settings, strangers, kept: Mutex::default(), reading: Semaphore::new(AT_ONCE) }
    }

    /// The client of that name; `None` where no name of that kind is taken, or it is of another kind.
    #[expect(
        clippy::await_holding_invalid_type,
        reason = "one reads, and all who ask for that client wait for it"
    )]
    pub(crate) async fn client(&self, id: &ClientId, now: Timestamp) -> Result<Option<Client>, Refusal> {
        if self.settings.reading == Reading::Closed {
            return Ok(None);
        }
        if self.settings.localhost == LocalhostClients::Taken
            && let Some(said) = ClientDocument::of_this_machine(id.as_str())
        {
            return said.map(|said| Some(self.described(said))).map_err(unusable);
        }
        let Ok(url) = DocumentUrl::parse(id.as_str()) else { return Ok(None) };
        let place = self.place(&url);
        // Only one reads; who waits finds what was found.
        let mut known = place.lock().await;
        if known.fresh_until.is_none_or(|until| until <= now) {
            self.read(&url, &mut known, now).await;
        }
        match (&known.client, &known.refusal) {
            (_, Some(refusal)) => Err(refusal.clone()),
            (Some(client), None) => Ok(Some(Client::clone(client))),
            (None, None) => Err(Refusal::DocumentUnreachable),
        }
    }

    fn place(&self, url: &DocumentUrl) -> Arc<Place> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.get(url.as_str()) {
            return Arc::clone(place);
        }
        // Whoever fills the memory with names drives out any one of those that are there.
        if kept.len() >= MOST
            && let Some(other) = kept.keys().next().cloned()
        {
            kept.remove(&other);
        }
        let place = Arc::<Place>::default();
        kept.insert(url.as_str().into(), Arc::clone(&place));
        place
    }

    async fn read(&self, url: &DocumentUrl, known: &mut Known, now: Timestamp) {
        let (read, fresh) = self.found(url).await;
        known.fresh_until = Some(now.plus(fresh));
        match read {
            Ok(document) => {
                known.client = Some(Arc::new(self.described(document)));
                (known.refusal, known.read_at) = (None, Some(now));
            }
            Err(Refusal::DocumentUnreachable) if known.read_at.is_some_and(|at| now < at.plus(STALE)) => {}
            Err(refusal) => {
                *known = Known { refusal: Some(refusal), fresh_until: known.fresh_until, ..Known::default() };
            }
        }
    }

    /// What stands there, and for how long that is good.
    async fn found(&self, url: &DocumentUrl) -> (Result<ClientDocument, Refusal>, Lifetime) {
        let unreachable = (Err(Refusal::DocumentUnreachable), AGAIN);
        let Ok(_one) = self.reading.try_acquire() else { return unreachable };
        let read = match self.strangers.read(url.as_str(), ClientDocument::BYTES).await {
            Ok(found) => document(&found, url).map(|document| (document, freshness(&found.headers))),
            Err(OutboundError::TooLong { .. }) => Err(DocumentError::TooLong),
            Err(OutboundError::Status(status)) if status < 500 => Err(DocumentError::Status(status)),
            Err(error) => {
                // What is inside is nobody's business: which of them failed, the log alone says.
                tracing::info!(client = %url, %error, "a client's metadata document is not to be had");
                return unreachable;
            }
        };
        match read {
            Ok((document, fresh)) => (Ok(document), fresh),
            Err(problem) => (Err(unusable(problem)), AGAIN),
        }
    }

    fn described(&self, document: ClientDocument) -> Client {
        let least = match self.settings.dpop {
            DocumentProofs::AsDescribed => Adoption::Allow,
            DocumentProofs::Required => Adoption::Require,
        };
        described(document, least)
    }
}

fn document(found: &Found, url: &DocumentUrl) -> Result<ClientDocument, DocumentError> {
    let mut kinds = found.headers.get_all(http::header::CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| MediaType::parse(kind.as_bytes()));
    match (kind, kinds.next()) {
        (Some(kind), None) if kind.is("application/json") => ClientDocument::parse(&found.body, url),
        _ => Err(DocumentError::MediaType),
    }
}

const fn unusable(problem: DocumentError) -> Refusal {
    Refusal::DocumentUnusable { problem }
}

/// How many are read at once: who names addresses that never answer, holds none of those that are known.
const AT_ONCE: usize = 256;

/// How many are remembered.
const MOST: usize = 1_000;

/// How long what could not be used, or be had, is not asked for again.
const AGAIN: Lifetime = Lifetime::seconds(30);

/// How long the last document serves while its address does not answer.
const STALE: Lifetime = Lifetime::seconds(86_400);
