//! Administering a tenant, by its Management API: Auth0's or ours.

mod apply;
mod ask;
mod kind;
mod log;
mod moving;
mod progress;
mod raw;
mod resource;
mod shown;
mod signing;
mod trial;
mod written;

use keybound_client::{Dpop, management::Management, session::Want};

pub(super) use self::{
    apply::{apply, export},
    log::run as logs,
    raw::run as api,
    resource::{apis, applications, connections, grants, roles, tenant, users},
    signing::{list as signing_keys, revoke, rotate, show as signing_key},
    trial::run as test,
};
use super::{
    asking::{Asker, variable, web},
    saying::failure,
};
use crate::{args::administering::Access, error::Failure};

/// The tenant, asked by whoever administers it.
async fn tenant_of(access: &Access) -> Result<Management, Failure> {
    known_tenant(access).await.map(|(management, _)| management)
}

/// The same, and who asks.
async fn known_tenant(access: &Access) -> Result<(Management, Asker), Failure> {
    let server = access.server();
    let is_named = server.issuer.is_some()
        || server.client_id.is_some()
        || access.speaker.is_some()
        || variable("AUTH0_DOMAIN").is_some()
        || variable("AUTH0_CLIENT_ID").is_some();
    let of_dev = if is_named { None } else { Asker::of_dev(&server).await? };
    let mut asker = match of_dev {
        Some(asker) => asker,
        None => Asker::new(&server, access.speaker).await?,
    };
    if access.unbound {
        asker.config = asker.config.dpop(Dpop::OffAndTokensCanBeStolen);
    }
    let session = asker.session(web(asker.trust.as_ref())?).await?;
    let management = Management::of(&session).map_err(|error| failure(&error))?;
    let management = match &access.management_audience {
        Some(audience) => management.wanting(Want::default().audience(audience)),
        None => management,
    };
    Ok((management, asker))
}
