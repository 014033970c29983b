//! Families of refresh tokens, as logins would have begun them.

use std::collections::VecDeque;

use anyhow::Result;
use keybound_authority::{
    grant::refresh::RefreshToken,
    model::{
        digest::RefreshDigest,
        factor::Factors,
        name::{AudienceName, ConnectionName, FamilyId},
    },
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    dpop::DpopNonce,
    id::{ClientId, Subject, TenantId},
    jose::Digest as _,
    scope::Scopes,
    time::Lifetime,
};
use keybound_resource::{Clock as _, SystemClock};
use keybound_store::{
    Batch, Store,
    documents::{self, Clients, ResourceServers, Users},
    ledger::refresh_tokens,
};
use serde_json::{Value, json};

use crate::{http::Answer, prover::Prover};

/// The public client whose they are.
pub(super) const CLIENT: &str = "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp";

const API: &str = "https://api.example/";
const USER: &str = "auth0|0123456789abcdef01234567";

/// How many of the tokens that were spent are kept: the oldest of them is older than any leeway.
const KEPT: usize = 3;

/// One family, and what its client knows.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) id: FamilyId,
    /// The newest token there was an answer with.
    pub(super) token: String,
    /// Those before it, the oldest first.
    pub(super) spent: VecDeque<String>,
    pub(super) nonce: Option<DpopNonce>,
}

impl Family {
    /// Takes the successor out of an answer, if it is one.
    pub(super) fn goes_on(&mut self, answer: &Answer) -> bool {
        let told: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(Value::as_str);
        let (200, Some("DPoP"), Some(next)) = (answer.status, text("token_type"), text("refresh_token"))
        else {
            return false;
        };
        self.spent.push_back(std::mem::replace(&mut self.token, next.to_owned()));
        if self.spent.len() > KEPT {
            self.spent.pop_front();
        }
        true
    }
}

/// A client, an API, a person, and so many families, all bound to one key.
pub(super) async fn furnish(store: &Store, prover: &Prover, count: usize) -> Result<Vec<Family>> {
    let (tenant, now) = (TenantId::parse("default")?, SystemClock.now());
    let mut batch = Batch::new();
    let client = json!({
        "client_id": CLIENT, "name": "App", "app_type": "spa", "token_endpoint_auth_method": "none",
        "is_first_party": true, "oidc_conformant": true, "callbacks": ["https://app.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "refresh_token": {
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 60,
            "token_lifetime": 86_400, "idle_token_lifetime": 3_600,
        },
    });
    documents::insert::<Clients>(&mut batch, store, &tenant, CLIENT, client);
    let api = json!({
        "id": "api1", "name": "Orders", "identifier": API, "signing_alg": "ES256", "allow_offline_access": true,
        "scopes": [{ "value": "read:orders" }],
        "proof_of_possession": { "mechanism": "dpop", "required": true },
    });
    documents::insert::<ResourceServers>(&mut batch, store, &tenant, "api1", api);
    let user = json!({
        "user_id": USER, "email": "ada@example.com", "email_verified": true, "name": "Ada",
        "identities": [{
            "connection": "Username-Password-Authentication", "provider": "auth0", "isSocial": false,
            "user_id": "0123456789abcdef01234567",
        }],
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
    });
    documents::insert::<Users>(&mut batch, store, &tenant, USER, user);
    let mut families = Vec::new();
    for _ in 0..count {
        let (id, secret) = (FamilyId::parse(&entropy::token::<16>())?, entropy::token::<32>());
        let token = RefreshToken {
            digest: RefreshDigest::from_bytes(AwsLc.sha256(&[secret.as_bytes()])),
            family: id.clone(),
            client: ClientId::parse(CLIENT)?,
            subject: Subject::parse(USER)?,
            connection: ConnectionName::parse("Username-Password-Authentication")?,
            session: None,
            authenticated_at: now,
            factors: Factors::One,
            organization: None,
            audience: Some(AudienceName::parse(API)?),
            scopes: Scopes::parse("offline_access read:orders")?,
            bound_to: Some(*prover.builder().thumbprint()),
            issued_at: now,
            expires_at: Some(now.plus(Lifetime::seconds(86_400))),
            idle_at: Some(now.plus(Lifetime::seconds(3_600))),
        };
        refresh_tokens::issue(&mut batch, &tenant, &token);
        families.push(Family { id, token: secret, spent: VecDeque::new(), nonce: None });
    }
    store.apply(batch).await?;
    Ok(families)
}
