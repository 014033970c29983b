//! What stands in every world: a browser app, a machine, an API and a person.

use keybound_server::App;
use keybound_store::Batch;
use keybound_store::documents::{self, ClientGrants, Clients, Kind, ResourceServers, Users};
use serde_json::{Value, json};

/// Who the servers say they are.
pub const ISSUER: &str = "https://id.example/";
/// A resource server; it allows bound tokens, and refresh tokens.
pub const API: &str = "https://orders.example";
/// A browser app, first-party, whose refresh tokens rotate with thirty seconds of leeway.
pub const SPA: &str = "spa";
/// Where it is answered.
pub const CALLBACK: &str = "https://app.example/callback";
/// A machine that may `read:orders`.
pub const M2M: &str = "m2m";
/// What it proves itself with.
pub const SECRET: &str = "s3cret-of-a-machine";
/// A person.
pub const USER: &str = "auth0|0123456789abcdef01234567";

pub(crate) async fn furnish(app: &App) {
    let spa = json!({
        "name": "Orders", "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
        "web_origins": ["https://app.example"], "grant_types": ["authorization_code", "refresh_token"],
        "refresh_token": {
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
            "token_lifetime": 86_400, "idle_token_lifetime": 3_600,
        },
    });
    let machine = json!({
        "name": "Machine", "app_type": "non_interactive", "client_secret": SECRET,
        "grant_types": ["client_credentials"],
    });
    let api = json!({
        "identifier": API, "name": "Orders", "allow_offline_access": true,
        "scopes": [{ "value": "read:orders" }, { "value": "write:orders" }],
        "proof_of_possession": { "mechanism": "dpop", "required": false },
    });
    let user = json!({
        "user_id": USER, "email": "ada@example.com", "email_verified": true, "name": "Ada",
        "identities": [{ "connection": "Username-Password-Authentication", "provider": "auth0" }],
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
    });
    put::<Clients>(app, SPA, spa).await;
    put::<Clients>(app, M2M, machine).await;
    put::<ResourceServers>(app, "orders", api).await;
    put::<ClientGrants>(app, "cgr_1", json!({ "client_id": M2M, "audience": API, "scope": ["read:orders"] }))
        .await;
    put::<Users>(app, USER, user).await;
}

async fn put<K: Kind>(app: &App, id: &str, doc: Value) {
    let mut batch = Batch::new();
    documents::insert::<K>(&mut batch, &app.store, &app.tenant.id, id, doc);
    app.store.apply(batch).await.expect("the tenant was empty");
}
