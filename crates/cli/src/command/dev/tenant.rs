//! The demo tenant, set up as anybody would: over HTTP, through the Management API. Doing it again changes nothing.

use serde_json::{Value, json};

use super::{management::Management, places::Places};
use crate::{error::Failure, exit::Exit};

/// What was set up.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) audience: String,
    pub(super) spa_client_id: String,
    pub(super) native_client_id: String,
    pub(super) m2m_client_id: String,
    pub(super) m2m_client_secret: String,
    pub(super) user: &'static str,
}

/// What the page and the command line ask for.
pub(super) const PAGE_SCOPE: &str = "openid profile email offline_access read:orders write:orders";

const PASSWORDLESS: &str = "http://auth0.com/oauth/grant-type/passwordless/otp";
const USER: &str = "ada@example.com";
const SPA: &str = "Keybound demo page";
const NATIVE: &str = "Keybound demo command line";
const MACHINE: &str = "Keybound demo machine";

/// Makes what is missing and corrects what belongs to other ports.
pub(super) async fn set_up(
    management: &Management,
    places: &Places,
    password: &str,
) -> Result<Tenant, Failure> {
    let audience = places.api().to_owned();
    api(management, &audience).await?;
    let spa = client(management, SPA, &spa(places)).await?;
    let native = client(management, NATIVE, &native(management)).await?;
    let machine = client(management, MACHINE, &machine()).await?;
    grant(management, &machine.id, &audience).await?;
    codes(management, &native.id).await?;
    user(management, password).await?;
    Ok(Tenant {
        audience,
        spa_client_id: spa.id,
        native_client_id: native.id,
        m2m_client_id: machine.id,
        m2m_client_secret: machine.secret.ok_or_else(|| unexpected("the machine's client has no secret"))?,
        user: USER,
    })
}

async fn api(management: &Management, audience: &str) -> Result<(), Failure> {
    let described = json!({
        "identifier": audience,
        "name": "Keybound demo API",
        "scopes": [
            { "value": "read:orders", "description": "See your orders" },
            { "value": "write:orders", "description": "Place orders" },
        ],
        "allow_offline_access": true,
        "skip_consent_for_verifiable_first_party_clients": true,
        "token_lifetime": 7200,
        "token_lifetime_for_web": 7200,
        "proof_of_possession": { "mechanism": "dpop", "required": true },
    });
    match management.find(&["resource-servers", audience]).await? {
        Some(found) => {
            let id = text(&found, "id")?;
            let mut changed = described;
            // What an API is called in tokens cannot be changed.
            if let Some(members) = changed.as_object_mut() {
                members.remove("identifier");
            }
            management.change(&["resource-servers", &id], &changed).await.map(drop)
        }
        None => management.create("resource-servers", &described).await.map(drop),
    }
}

/// A client, as far as `dev` cares.
struct Found {
    id: String,
    secret: Option<String>,
}

/// The page: public, its refresh tokens rotate, and every token of it is bound.
fn spa(places: &Places) -> Value {
    let origins = places.page_origins();
    let with_slash = origins.iter().map(|origin| format!("{origin}/"));
    let addresses: Vec<String> = origins.iter().cloned().chain(with_slash).collect();
    json!({
        "name": SPA,
        "app_type": "spa",
        "token_endpoint_auth_method": "none",
        "oidc_conformant": true,
        "is_first_party": true,
        "callbacks": addresses,
        "allowed_logout_urls": addresses,
        "web_origins": origins,
        "allowed_origins": origins,
        "grant_types": ["authorization_code", "refresh_token"],
        "require_proof_of_possession": true,
        "refresh_token": rotating(),
    })
}

/// The command line, which Auth0 calls a native application: it comes back to any port of this machine (RFC 8252 §7.3).
fn native(management: &Management) -> Value {
    let mut grants = vec!["authorization_code", "refresh_token", PASSWORDLESS];
    if management.offers_devices() {
        grants.push("urn:ietf:params:oauth:grant-type:device_code");
    }
    json!({
        "name": NATIVE,
        "app_type": "native",
        "token_endpoint_auth_method": "none",
        "oidc_conformant": true,
        "is_first_party": true,
        "callbacks": ["http://127.0.0.1/callback", "http://[::1]/callback"],
        "grant_types": grants,
        "require_proof_of_possession": true,
        "refresh_token": rotating(),
    })
}

/// Every refresh is the last of its token; a lost answer may be asked for again for half a minute.
fn rotating() -> Value {
    json!({
        "rotation_type": "rotating",
        "expiration_type": "expiring",
        "leeway": 30,
        "token_lifetime": 2_592_000,
        "idle_token_lifetime": 1_296_000,
        "infinite_token_lifetime": false,
        "infinite_idle_token_lifetime": false,
    })
}

fn machine() -> Value {
    json!({
        "name": MACHINE,
        "app_type": "non_interactive",
        "token_endpoint_auth_method": "client_secret_post",
        "oidc_conformant": true,
        "is_first_party": true,
        "grant_types": ["client_credentials"],
    })
}

async fn client(management: &Management, name: &str, described: &Value) -> Result<Found, Failure> {
    let all = management.list("clients", &[]).await?;
    let document = match all.iter().find(|one| one["name"] == *name) {
        Some(found) => management.change(&["clients", &text(found, "client_id")?], described).await?,
        None => management.create("clients", described).await?,
    };
    let id = text(&document, "client_id")?;
    let secret = document.get("client_secret").and_then(Value::as_str).map(str::to_owned);
    Ok(Found { id, secret })
}

async fn grant(management: &Management, client_id: &str, audience: &str) -> Result<(), Failure> {
    let there = management.list("client-grants", &[("client_id", client_id), ("audience", audience)]).await?;
    let is_ours = |grant: &Value| grant["client_id"] == *client_id && grant["audience"] == *audience;
    if there.iter().any(is_ours) {
        return Ok(());
    }
    let scope = ["read:orders", "write:orders"];
    let new = json!({ "client_id": client_id, "audience": audience, "scope": scope });
    management.create("client-grants", &new).await.map(drop)
}

/// Signing in by a code that is sent, for the command line; `dev` shows what would be sent.
async fn codes(management: &Management, client_id: &str) -> Result<(), Failure> {
    let there = management.list("connections", &[("strategy", "email")]).await?;
    if !there.is_empty() {
        return Ok(());
    }
    let new = json!({ "name": "email", "strategy": "email", "enabled_clients": [client_id] });
    management.create("connections", &new).await.map(drop)
}

async fn user(management: &Management, password: &str) -> Result<(), Failure> {
    let new = json!({
        "connection": "Username-Password-Authentication",
        "email": USER,
        "email_verified": true,
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "password": password,
    });
    management.create_unless_there("users", &new).await
}

fn text(document: &Value, name: &str) -> Result<String, Failure> {
    let value = document.get(name).and_then(Value::as_str).map(str::to_owned);
    value.ok_or_else(|| unexpected(&format!("an answer of the Management API has no {name}")))
}

fn unexpected(what: &str) -> Failure {
    Failure::new(Exit::Tenant, format!("set the tenant up: {what}"))
}
