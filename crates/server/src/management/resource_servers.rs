//! Resource servers: found by id or by identifier.

use keybound_api::{Fault, Invalid, Kind, Verb, resource_server};
use keybound_authority::{authorize::audience::is_userinfo, model::name::AudienceName};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{form::Form, jose::Thumbprint};
use keybound_store::{
    Batch, StoreError,
    documents::{self, Clients, Document, ResourceServers, Window, resource_server_identified},
    ledger::roles,
};
use serde_json::Value;

use super::{
    absent::{text, unfit},
    body::refused,
    clients::grants_too,
    list::Filter,
    managed::{Draft, Managed, Members, Sight, Work},
};
use crate::{app::App, failure::Failure};

/// Resource servers.
pub(crate) enum ResourceServer {}

impl Managed for ResourceServer {
    type Store = ResourceServers;
    const KIND: &'static Kind = &resource_server::KIND;
    const TAKEN: &'static str = "A resource server with the same identifier already exists.";

    async fn create(work: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
        let identifier = text(&input, "identifier").unwrap_or_default();
        let taken = is_userinfo(identifier, &work.app.tenant.issuer);
        if taken || AudienceName::parse(identifier).is_err() {
            let found = identifier.to_owned();
            return Err(refused(Invalid::body("identifier", Fault::Format { format: "identifier", found })));
        }
        let id = entropy::hex::<12>();
        let document = match own(work, identifier) {
            Some(own) => resource_server::create_system(own, input, &id),
            None => resource_server::create(input, &id),
        };
        resource_server::check(&document).map_err(refused)?;
        Ok(Draft { id, document })
    }

    /// Nothing answers here at an API of Auth0's own.
    async fn inert(
        work: &Work<'_>,
        (verb, _): (Verb, &Members),
        written: &Members,
    ) -> Result<Vec<String>, Failure> {
        let mut found = Self::KIND.inert(verb, written);
        if text(written, "identifier").is_some_and(|identifier| own(work, identifier).is_some()) {
            found.insert(0, "identifier".to_owned());
        }
        Ok(found)
    }

    async fn update(
        _: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        let system = document.get("is_system").and_then(Value::as_bool) == Some(true);
        // How long our own API's tokens live and who gets one is the administrator's business, what it is called is ours.
        let own = [
            "token_lifetime",
            "token_lifetime_for_web",
            "proof_of_possession",
            "dpop_adoption",
            "subject_type_authorization",
            "authorization_policy",
        ];
        if system && input.keys().any(|name| !own.contains(&name.as_str())) {
            return Err(unfit("System resource servers cannot be changed.", Some("operation_not_supported")));
        }
        Self::KIND.merge(document, input);
        resource_server::check(document).map_err(refused)
    }

    async fn delete(
        work: &Work<'_>,
        found: &Document<ResourceServers>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let identifier = found.doc.get("identifier").and_then(Value::as_str).unwrap_or_default();
        if identifier == work.app.places.management() {
            return Err(unfit("System resource servers cannot be deleted.", Some("operation_not_supported")));
        }
        if let Ok(name) = AudienceName::parse(identifier) {
            roles::forget_audience(batch, &work.app.tenant.id, &name);
        }
        grants_too(work.app, ("audience", identifier), batch).await
    }

    /// Auth0 takes the identifier, percent-encoded, where it takes the id.
    async fn find(app: &App, id: &str) -> Result<Option<Document<ResourceServers>>, StoreError> {
        if let Some(found) = documents::find::<ResourceServers>(&app.store, &app.tenant.id, id).await? {
            return Ok(Some(found));
        }
        let identified = async |name: &str| match AudienceName::parse(name) {
            Ok(name) => resource_server_identified(&app.store, &app.tenant.id, &name).await,
            Err(_) => Ok(None),
        };
        match identified(id).await? {
            // Auth0's Go SDK encodes it twice.
            None if id.contains('%') => {
                match Form::parse(format!("id={}", id.replace('+', "%2B")).as_bytes()) {
                    Ok(form) => identified(form.text("id").unwrap_or_default()).await,
                    Err(_) => Ok(None),
                }
            }
            found => Ok(found),
        }
    }

    fn filters(query: &Form) -> Result<Vec<Filter>, Failure> {
        let names: Vec<String> = query.all("identifiers").map(str::to_owned).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Filter::kept(move |api| {
            text(api, "identifier").is_some_and(|own| names.iter().any(|name| name == own))
        })])
    }

    /// Of the key that tokens are to be encrypted to, its name is told: the one it was given, or what it comes to.
    fn view(_: &Work<'_>, mut document: Members, _: Sight) -> Members {
        let key = document.get_mut("token_encryption").and_then(|wanted| wanted.get_mut("encryption_key"));
        if let Some(key) = key.and_then(Value::as_object_mut)
            && let Some(Value::String(pem)) = key.remove("pem")
            && !key.contains_key("kid")
            && let Ok(read) = resource_server::encryption_key(&pem)
        {
            key.insert("thumbprint_sha256".to_owned(), Thumbprint::of(&read, &AwsLc).to_string().into());
        }
        document
    }

    /// Which client exchanges the tokens that were meant for it.
    async fn beside(work: &Work<'_>, view: &mut Members, _: Sight) -> Result<(), Failure> {
        let Some(identifier) = text(view, "identifier") else { return Ok(()) };
        let window = Window::after(None, MOST).matching::<Clients>("app_type", "resource_server");
        let page = documents::page::<Clients>(&work.app.store, &work.app.tenant.id, &window).await?;
        let linked = |client: &&Document<Clients>| {
            client.doc.get("resource_server_identifier").is_some_and(|named| *named == *identifier)
        };
        if let Some(client) = page.documents.iter().find(linked) {
            view.insert("client_id".to_owned(), (*client.id).into());
        }
        Ok(())
    }
}

/// What an API of Auth0's own says, if the identifier is one's.
fn own(work: &Work<'_>, identifier: &str) -> Option<Members> {
    resource_server::system(identifier, work.app.tenant.issuer.as_str())
}

/// As many clients of that kind are looked at.
const MOST: u32 = 500;
