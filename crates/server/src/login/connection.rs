//! Which connection a client's users come from.

use keybound_authority::{
    Refusal,
    model::{
        client::Client,
        connection::{ByEmail, Connection},
        name::ConnectionName,
    },
};
use keybound_store::{
    StoreError,
    documents::{self, Connections, Document, Window},
    policy,
};

use crate::{app::App, failure::Failure, registered};

/// The connection that is named, or the one the client's users come from.
pub(crate) async fn connection(
    app: &App,
    client: &Client,
    named: Option<&str>,
) -> Result<Connection, Failure> {
    let found = match named {
        Some(name) => by_name(app, name).await?.filter(|connection| connection.enabled_for.serves(client)),
        None => first(app, client).await?,
    };
    found.ok_or_else(|| Refusal::ConnectionNotEnabled.into())
}

/// The connection that sends codes to addresses of the client's users.
pub(crate) async fn by_email(app: &App, client: &Client) -> Result<Option<ByEmail>, StoreError> {
    let Ok(name) = ConnectionName::parse(BY_EMAIL) else { return Ok(None) };
    let found = documents::connection_named(&app.store, &app.tenant.id, &name).await?;
    let found = found.as_ref().map(policy::by_email).transpose()?.flatten();
    Ok(found.filter(|connection| connection.enabled_for.serves(client)))
}

async fn by_name(app: &App, name: &str) -> Result<Option<Connection>, StoreError> {
    let Ok(name) = ConnectionName::parse(name) else { return Ok(None) };
    let found = documents::connection_named(&app.store, &app.tenant.id, &name).await?;
    found.as_ref().filter(|found| keeps_passwords(found)).map(policy::connection).transpose()
}

/// The tenant's default directory where it serves the client, or else the first that does.
async fn first(app: &App, client: &Client) -> Result<Option<Connection>, StoreError> {
    if let Some(default) = &registered::tenant(app).await?.default_directory {
        let default = by_name(app, default.as_str()).await?;
        if let Some(default) = default.filter(|connection| connection.enabled_for.serves(client)) {
            return Ok(Some(default));
        }
    }
    let mut after: Option<Box<str>> = None;
    loop {
        let window = Window::after(after.as_deref(), PAGE);
        let page = documents::page::<Connections>(&app.store, &app.tenant.id, &window).await?;
        for found in page.documents.iter().filter(|found| keeps_passwords(found)) {
            let connection = policy::connection(found)?;
            if connection.enabled_for.serves(client) {
                return Ok(Some(connection));
            }
        }
        match page.documents.last() {
            Some(last) if page.documents.len() >= PAGE as usize => after = Some(last.id.clone()),
            _ => return Ok(None),
        }
    }
}

/// Whether users are kept here, with a password: Auth0's strategy of that name.
pub(super) fn keeps_passwords(document: &Document<Connections>) -> bool {
    document.doc.get("strategy").and_then(serde_json::Value::as_str) == Some("auth0")
}

/// Auth0 has one such connection, and it has this name.
const BY_EMAIL: &str = "email";

const PAGE: u32 = 50;
