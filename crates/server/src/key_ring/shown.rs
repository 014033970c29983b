//! The keys as administrators see them, the revoked ones too, each with a certificate of its own.

use std::sync::Arc;

use keybound_proto::{
    id::Kid,
    jose::{Alg, Sign as _},
    time::Timestamp,
};
use keybound_store::{
    Batch,
    ledger::keys::{self, KeyRecord},
};

use super::{KeyRing, KeyRingError, certificate::Certificate};
use crate::app::App;

impl KeyRing {
    /// Every key there was, with its certificate.
    pub(crate) async fn shown(&self, app: &App) -> Result<Vec<Shown>, KeyRingError> {
        let store = &app.store;
        let records = keys::history(store, &self.tenant).await?;
        if records.iter().all(|record| record.certificate.is_some()) {
            return Ok(records.into_iter().filter_map(Shown::of).collect());
        }
        let mut batch = Batch::new();
        let host = host(app.tenant.issuer.as_str());
        for record in records.iter().filter(|record| record.certificate.is_none()) {
            let key = (record.alg, &record.private);
            let made = Certificate::make(host, key, record.made_at)?;
            keys::certify(&mut batch, &self.tenant, &record.kid, made.der());
        }
        store.apply(batch).await?;
        // Of processes that make one at once, one is heard.
        let records = keys::history(store, &self.tenant).await?;
        Ok(records.into_iter().filter_map(Shown::of).collect())
    }

    /// The certificate of the key that signs with RS256. It is read once, and again when another key takes its turn.
    pub(crate) async fn certificate(&self, app: &App) -> Result<Arc<Certificate>, KeyRingError> {
        let kid = self.now().signer(Alg::Rs256).and_then(|key| key.kid().cloned());
        if let Some((of, certificate)) = self.certified.load().as_deref()
            && Some(of) == kid.as_ref()
        {
            return Ok(Arc::clone(certificate));
        }
        let found = self.shown(app).await?.into_iter().find(|key| Some(&key.kid) == kid.as_ref());
        let Some(Shown { kid, certificate, .. }) = found else { return Err(KeyRingError::GivenUp) };
        let certificate = Arc::new(certificate);
        self.certified.store(Some(Arc::new((kid, Arc::clone(&certificate)))));
        Ok(certificate)
    }
}

/// A key as administrators see it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// How tokens name it.
    pub(crate) kid: Kid,
    /// What it signs with.
    pub(crate) alg: Alg,
    /// Since when it signs or signed.
    pub(crate) since: Option<Timestamp>,
    /// Until when it did.
    pub(crate) until: Option<Timestamp>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<Timestamp>,
    /// Its certificate.
    pub(crate) certificate: Certificate,
}

impl Shown {
    fn of(record: KeyRecord) -> Option<Self> {
        let certificate = Certificate::of_der(record.certificate?);
        let (since, until) = (record.signs_from, record.signs_until);
        Some(Self {
            kid: record.kid,
            alg: record.alg,
            since,
            until,
            revoked_at: record.revoked_at,
            certificate,
        })
    }

    /// Whether it signs.
    pub(crate) const fn is_current(&self) -> bool {
        self.since.is_some() && self.until.is_none() && self.revoked_at.is_none()
    }

    /// Whether it will.
    pub(crate) const fn is_next(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.revoked_at.is_none()
    }

    /// Whether it did.
    pub(crate) const fn is_previous(&self) -> bool {
        self.until.is_some() && self.revoked_at.is_none()
    }
}

/// The host of an issuer, by which its certificates call themselves.
pub(crate) fn host(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}
