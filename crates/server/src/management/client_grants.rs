//! Client grants: between a client and a resource server that exist.

use keybound_api::{Fault, Invalid, Kind, client, client_grant, resource_server};
use keybound_authority::model::name::AudienceName;
use keybound_crypto::entropy;
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, Document, resource_server_identified},
    events,
    ledger::organizations,
};
use serde_json::Value;

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    body::refused,
    list::Filter,
    managed::{Draft, Managed, Members, Work},
    query::flag,
};
use crate::failure::{Failure, ManagementFailure};

/// Client grants.
pub(crate) enum ClientGrant {}

impl Managed for ClientGrant {
    type Store = ClientGrants;
    const KIND: &'static Kind = &client_grant::KIND;
    const TAKEN: &'static str = "A client grant for this client and audience already exists.";

    async fn create(work: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
        let (store, tenant) = (&work.app.store, &work.app.tenant.id);
        let id = format!("cgr_{}", entropy::alphanumeric(16));
        let document = client_grant::create(input, &id);
        match (text(&document, "client_id"), document.contains_key("default_for")) {
            (Some(_), true) => {
                return Err(wrong_body("A default is no single client's: leave client_id out."));
            }
            (None, false) => return Err(refused(Invalid::body("", Fault::Missing("client_id")))),
            (None, true) => {}
            (Some(named), false) => {
                let found = documents::find::<Clients>(store, tenant, named).await?;
                let found = found.ok_or_else(|| absent(&client::KIND))?;
                if client::is_express(&members(&found)?) {
                    return Err(unfit(EXPRESS, Some("validation_error")));
                }
            }
        }
        check_audience(work, &document).await?;
        Ok(Draft { id, document })
    }

    async fn update(
        work: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        Self::KIND.merge(document, input);
        document.entry("scope").or_insert_with(|| Value::Array(Vec::new()));
        check_audience(work, document).await
    }

    async fn delete(
        work: &Work<'_>,
        found: &Document<ClientGrants>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        organizations::forget_grant(batch, &work.app.tenant.id, &found.id);
        Ok(())
    }

    fn filters(query: &Form) -> Result<Vec<Filter>, Failure> {
        let stored = |name: &'static str| query.text(name).map(|text| Filter::Stored(name, text.to_owned()));
        let mut filters: Vec<Filter> = ["client_id", "audience"].into_iter().filter_map(stored).collect();
        if let Some(wanted) = query.text("subject_type").map(str::to_owned) {
            filters.push(Filter::kept(move |grant| text(grant, "subject_type") == Some(&wanted)));
        }
        if let Some(wanted) = flag(query, "allow_any_organization")? {
            filters.push(Filter::kept(move |grant| {
                (grant.get("allow_any_organization") == Some(&Value::Bool(true))) == wanted
            }));
        }
        Ok(filters)
    }
}

/// The audience is there; the scopes are those that it has or will have.
async fn check_audience(work: &Work<'_>, grant: &Members) -> Result<(), Failure> {
    let audience = text(grant, "audience").and_then(|name| AudienceName::parse(name).ok());
    let audience = audience.ok_or_else(|| absent(&resource_server::KIND))?;
    let found = resource_server_identified(&work.app.store, &work.app.tenant.id, &audience).await?;
    found.ok_or_else(|| absent(&resource_server::KIND))?;
    let administers = audience.as_str() == work.app.places.management();
    if administers && text(grant, "subject_type") == Some("user") {
        let message = "System resource servers are not for users.".to_owned();
        return Err(ManagementFailure::NotOffered { message }.into());
    }
    Ok(())
}

/// The grant that a client has by which one of Auth0's own products is configured, from the moment it is made: its
/// administrator cannot write one, and none other is its.
pub(super) fn express(work: &Work<'_>, client: &str, batch: &mut Batch) {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let id = format!("cgr_{}", entropy::alphanumeric(16));
    let grant = client_grant::express(&id, client, &work.app.places.management());
    documents::insert::<ClientGrants>(batch, store, tenant, &id, grant.into());
    events::record(batch, store, tenant, &work.event("Create", client_grant::KIND.name.one, &id));
}

const EXPRESS: &str = "Client of type express_configuration cannot be used";
