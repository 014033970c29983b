//! Who is kept out for having failed too often, as administrators see it and take it back.
//!
//! What keeps somebody out is a count that is remembered for moments. When one reaches its end it is written down,
//! under the name that was typed, so that it can be found again.

use std::net::IpAddr;

use keybound_authority::model::name::ConnectionName;
use keybound_proto::{
    id::TenantId,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, Fleeting, FleetingKey, StoreError,
    ledger::login_blocks::{self, LoginBlock},
};

use super::credentials::bucket;
use crate::{app::App, login::new_user};

/// How long failures are counted: days, as at Auth0.
pub(crate) const COUNTED_FOR: Lifetime = Lifetime::seconds(86_400);

/// A count that reached its end.
#[derive(Debug)]
pub(crate) struct Reached<'a> {
    pub(crate) key: FleetingKey,
    /// What was typed.
    pub(crate) identifier: &'a str,
    pub(crate) connection: &'a ConnectionName,
    pub(crate) from: Option<IpAddr>,
    /// How many it takes.
    pub(crate) most: u64,
}

/// Writes down that a count reached its end. Nobody is let in or turned away because that fails.
pub(crate) async fn begin(app: &App, reached: Reached<'_>, now: Timestamp) {
    let identifier = compared(reached.identifier);
    if identifier.len() > LONGEST || identifier.contains('\0') {
        // No user is called that.
        return;
    }
    let block = LoginBlock {
        key: reached.key,
        identifier: identifier.into(),
        connection: reached.connection.clone(),
        address: reached.from.map(|address| address.to_string()),
        most: reached.most,
        until: Fleeting::window_end(COUNTED_FOR, now),
    };
    let mut batch = Batch::new();
    login_blocks::begin(&mut batch, &app.tenant.id, &block);
    if let Err(error) = app.store.apply(batch).await {
        tracing::error!(%error, "a block was not written down");
    }
}

/// Those of a name whose count still stands.
pub(crate) async fn of(app: &App, identifier: &str, now: Timestamp) -> Result<Vec<LoginBlock>, StoreError> {
    let mut standing = Vec::new();
    for block in login_blocks::of(&app.store, &app.tenant.id, &compared(identifier), now).await? {
        if app.fleeting.counted(&block.key, COUNTED_FOR, now).await? >= block.most {
            standing.push(block);
        }
    }
    Ok(standing)
}

/// Takes back what keeps a name out. Whoever goes on guessing begins anew.
pub(crate) async fn release(
    app: &App,
    batch: &mut Batch,
    identifier: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (tenant, identifier): (&TenantId, _) = (&app.tenant.id, compared(identifier));
    let blocks = login_blocks::of(&app.store, tenant, &identifier, now).await?;
    for block in &blocks {
        app.fleeting.uncount(&block.key, COUNTED_FOR, now).await?;
    }
    login_blocks::forget(batch, tenant, &identifier);
    Ok(blocks.len())
}

/// Where failures from a network are counted, at whatever account.
pub(crate) fn failures_from(address: Option<IpAddr>) -> FleetingKey {
    FleetingKey::new("login-address", &[&bucket(address)])
}

/// Forgets what a network did: failed sign-ins, and sign-ups.
pub(crate) async fn release_network(app: &App, address: IpAddr, now: Timestamp) -> Result<(), StoreError> {
    app.fleeting.uncount(&failures_from(Some(address)), COUNTED_FOR, now).await?;
    let (signups, window) = new_user::signups_from(Some(address));
    app.fleeting.uncount(&signups, window, now).await
}

/// A name as it is compared.
fn compared(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// As many bytes as an email address may have.
const LONGEST: usize = 320;
