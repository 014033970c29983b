//! What a tenant wants of second factors.

use std::collections::BTreeMap;

use keybound_authority::model::factor::{FactorKind, FactorPolicy, Wanted};
use serde::Deserialize;

use super::read;
use crate::documents::{Document, Tenants};
use crate::error::StoreError;

/// What the protocol obeys about second factors; without settings, none are wanted and none are offered.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn factors(settings: &Document<Tenants>) -> Result<FactorPolicy, StoreError> {
    let wrote: Wrote = read(settings)?;
    let Some(guardian) = wrote.guardian else { return Ok(FactorPolicy::default()) };
    // A policy this program does not know may ask for more than it can tell: better always than never.
    let when = if guardian.policies.is_empty() { Wanted::Never } else { Wanted::Always };
    let on = |kind: &FactorKind| guardian.factors.get(kind.as_str()).copied().unwrap_or(false);
    Ok(FactorPolicy { when, kinds: FactorKind::ALL.into_iter().filter(on).collect() })
}

#[derive(Deserialize)]
struct Wrote {
    guardian: Option<WroteGuardian>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WroteGuardian {
    policies: Vec<String>,
    factors: BTreeMap<String, bool>,
}
