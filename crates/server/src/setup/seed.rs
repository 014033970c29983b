//! A tenant's first things, and the client that sets the rest up.

mod scopes;
mod shapes;

use keybound_authority::model::{audience::OnBehalfOf, name::AudienceName};
use keybound_crypto::entropy;
use keybound_proto::id::{ClientId, TenantId};
use keybound_store::{
    Batch, Store, StoreError,
    documents::{
        self, ClientGrants, Clients, Connections, Document, Kind, ResourceServers, Tenants,
        client_grant_between, resource_server_identified,
    },
};
use serde_json::Value;

use crate::{
    StartError,
    config::{Bootstrap, Config, ConfigError, TenantSettings},
    places::Places,
};

/// Where first things go.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a TenantId,
    pub(crate) places: &'a Places,
}

/// Whether somebody may have used this database before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Past {
    /// Nobody: it was empty a moment ago, and what fills it is ours.
    None,
    /// Somebody may have.
    Some,
}

/// Makes what a tenant starts with, once, and the bootstrap client, when it is missing or has another secret.
pub(crate) async fn seed(ground: Ground<'_>, config: &Config) -> Result<Past, StartError> {
    let past = first_things(ground, &config.tenant).await?;
    own_api(ground).await?;
    if let Some(bootstrap) = &config.bootstrap {
        bootstrap_client(ground, bootstrap).await?;
    }
    Ok(past)
}

/// The tenant's own document says whether the rest was made: all of it is made in one batch.
async fn first_things(ground: Ground<'_>, settings: &TenantSettings) -> Result<Past, StoreError> {
    let Ground { store, tenant, .. } = ground;
    if documents::find::<Tenants>(store, tenant, tenant.as_str()).await?.is_some() {
        return Ok(Past::Some);
    }
    let mut batch = Batch::new();
    documents::insert::<Tenants>(&mut batch, store, tenant, tenant.as_str(), shapes::tenant(settings));
    let id = format!("con_{}", entropy::alphanumeric(16));
    documents::insert::<Connections>(&mut batch, store, tenant, &id, shapes::connection(&id));
    let id = entropy::alphanumeric(32);
    let secret = entropy::token::<48>();
    documents::insert::<Clients>(&mut batch, store, tenant, &id, shapes::global_client(&id, &secret));
    match store.apply(batch).await {
        Ok(()) => Ok(Past::None),
        // Of several servers that start at once on one database, one makes the first things.
        Err(error) if error.conflict().is_some() => Ok(Past::Some),
        Err(error) => Err(error),
    }
}

/// The Management API under the name it has at this issuer: a tenant that moved has another one from then on.
async fn own_api(ground: Ground<'_>) -> Result<(), StartError> {
    let Ground { store, tenant, places } = ground;
    let name = places.management();
    let audience = AudienceName::parse(&name).map_err(|error| StartError::Issuer(error.to_string()))?;
    if resource_server_identified(store, tenant, &audience).await?.is_some() {
        return Ok(());
    }
    let (mut batch, id) = (Batch::new(), entropy::hex::<12>());
    let api = shapes::management_api(&id, &name);
    documents::insert::<ResourceServers>(&mut batch, store, tenant, &id, api);
    Ok(unless_another_did(store.apply(batch).await)?)
}

async fn bootstrap_client(ground: Ground<'_>, bootstrap: &Bootstrap) -> Result<(), StartError> {
    let Ground { store, tenant, places } = ground;
    let id = ClientId::parse(&bootstrap.client_id).map_err(|error| ConfigError::Value {
        key: "KEYBOUND_BOOTSTRAP_CLIENT_ID".to_owned(),
        problem: error.to_string(),
    })?;
    let secret = bootstrap.client_secret.reveal();
    let mut batch = Batch::new();
    match documents::find::<Clients>(store, tenant, id.as_str()).await? {
        None => {
            let doc = shapes::bootstrap_client(id.as_str(), secret);
            documents::insert::<Clients>(&mut batch, store, tenant, id.as_str(), doc);
        }
        Some(found) if found.doc.get("client_secret").and_then(Value::as_str) != Some(secret) => {
            documents::update(
                &mut batch,
                store,
                tenant,
                with(found, "client_secret", secret.as_str().into()),
            );
        }
        Some(_) => {}
    }
    let name = places.management();
    let audience = AudienceName::parse(&name).map_err(|error| StartError::Issuer(error.to_string()))?;
    let granted = client_grant_between(store, tenant, (&id, &audience), OnBehalfOf::Itself).await?;
    let scopes = shapes::scope_names();
    match granted {
        None => {
            let grant = format!("cgr_{}", entropy::alphanumeric(16));
            let doc = shapes::client_grant(&grant, id.as_str(), &name);
            documents::insert::<ClientGrants>(&mut batch, store, tenant, &grant, doc);
        }
        Some(found) if found.doc.get("scope") != Some(&scopes) => {
            documents::update(&mut batch, store, tenant, with(found, "scope", scopes));
        }
        Some(_) => {}
    }
    Ok(unless_another_did(store.apply(batch).await)?)
}

fn with<K: Kind>(mut document: Document<K>, member: &str, value: Value) -> Document<K> {
    if let Some(object) = document.doc.as_object_mut() {
        object.insert(member.to_owned(), value);
    }
    document
}

/// Of several servers that start at once on one database, one makes what is missing.
fn unless_another_did(applied: Result<(), StoreError>) -> Result<(), StoreError> {
    match applied {
        Err(error) if error.conflict().is_none() => Err(error),
        _ => Ok(()),
    }
}
