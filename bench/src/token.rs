//! `client_credentials` with DPoP, over HTTP, through the server as it is shipped.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use keybound_authority::model::name::AudienceName;
use keybound_crypto::entropy;
use keybound_proto::id::TenantId;
use keybound_resource::{Clock as _, SystemClock};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, ResourceServers},
};
use serde_json::{Value, json};

use crate::{
    http,
    prover::Prover,
    server::{Ground, Server},
    signatures::signatures,
    table::{Bar, Table, Unit},
    timer::median,
};

const CLIENT: &str = "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp";
const SECRET: &str = "nC0nBmQ1pZ8yX3vT6wR9uS2kL5jH7gFdAqEwIoUyPtM";
const BAR: Bar = Bar::AtLeast(65.0, Unit::Percent);

/// Rounds, in which everything takes turns.
const ROUNDS: usize = 5;

/// Token requests a round. The server takes a proof for a minute; a round takes a few seconds.
const TOKENS: usize = 3_000;

/// Requests of a round that ask for nothing.
const NOTHINGS: usize = 12_000;

/// An API, and how its access tokens are signed.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    alg: &'static str,
    audience: &'static str,
}

const RS256: Api = Api { alg: "RS256", audience: "https%3A%2F%2Frs256.example%2F" };
pub(crate) const ES256: Api = Api { alg: "ES256", audience: "https%3A%2F%2Fes256.example%2F" };

/// What a round measured, a second.
struct Round {
    nothing: f64,
    raw: f64,
    tokens: f64,
}

/// Measures the token endpoint.
pub(crate) fn measure(table: &mut Table, binary: &Path, folder: &Path) -> Result<()> {
    let server = Ground::new(folder)?.serve(binary)?;
    tokio::runtime::Runtime::new()?.block_on(furnish(server.ground()))?;
    let before = server.resident()?;
    for api in [RS256, ES256] {
        let rounds = (0..ROUNDS).map(|_| round(&server, api)).collect::<Result<Vec<_>>>()?;
        let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        table.row(
            &format!("`client_credentials` with DPoP over loopback HTTP, {} access tokens", api.alg),
            middle(|round| round.tokens / round.allowed() * 100.0),
            BAR,
            format!(
                "{:.0}/s on SQLite with `synchronous=full`, each with its entry in the tenant log; signatures alone {:.0}/s, HTTP alone {:.0}/s, so both together {:.0}/s; the load generator takes its share of the cores in every one of them",
                middle(|round| round.tokens),
                middle(|round| round.raw),
                middle(|round| round.nothing),
                middle(Round::allowed),
            ),
        );
    }
    println!("memory of the server: {:.1} MB before, {:.1} MB after", before / 1e6, server.resident()? / 1e6);
    Ok(())
}

impl Round {
    /// What signatures and HTTP allow when nothing else is done.
    fn allowed(&self) -> f64 {
        1.0 / (1.0 / self.nothing + 1.0 / self.raw)
    }
}

fn round(server: &Server, api: Api) -> Result<Round> {
    let nothing = http::load(server.address(), vec![server.get("/health/live"); NOTHINGS])?;
    let raw = signatures(api.alg, 1)?;
    let tokens = http::load(server.address(), requests(server, api, TOKENS)?)?;
    Ok(Round { nothing, raw, tokens })
}

/// Token requests, each with a proof of its own.
pub(crate) fn requests(server: &Server, api: Api, count: usize) -> Result<Vec<Vec<u8>>> {
    let url = format!("{}oauth/token", server.issuer());
    let prover = Prover::new("POST", &url, SystemClock.now())?;
    let body = format!(
        "grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}&audience={}",
        api.audience
    );
    let request = |proof: String| {
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: localhost:{}\r\nDPoP: {proof}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            server.address().port(),
            body.len()
        )
        .into_bytes()
    };
    let mut requests: Vec<Vec<u8>> = prover.prove_many(count + 1)?.into_iter().map(request).collect();
    // The first one shows that what is measured is what is claimed, and makes the key that signs.
    let probe = requests.pop().context("there is a request")?;
    let http::Answer { status, body: answer, .. } = http::ask(server.address(), &probe)?;
    let told: Value = serde_json::from_str(&answer).unwrap_or_default();
    if status != 200 || told.get("token_type") != Some(&json!("DPoP")) {
        bail!("no bound token was issued: {status} {answer}");
    }
    Ok(requests)
}

/// A machine client with a grant for both APIs.
pub(crate) async fn furnish(ground: &Ground) -> Result<()> {
    let store = ground.store().await?;
    let tenant = TenantId::parse("default")?;
    let mut batch = Batch::new();
    let client = json!({
        "client_id": CLIENT,
        "client_secret": SECRET,
        "name": "Machine",
        "app_type": "non_interactive",
        "is_first_party": true,
        "oidc_conformant": true,
        "callbacks": [],
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_post",
    });
    documents::insert::<Clients>(&mut batch, &store, &tenant, CLIENT, client);
    for api in [RS256, ES256] {
        let identifier = AudienceName::parse(&api.audience.replace("%3A", ":").replace("%2F", "/"))?;
        let id = entropy::hex::<12>();
        let scopes = ["read:orders", "write:orders"];
        let described = json!({
            "id": id,
            "name": api.alg,
            "identifier": identifier.as_str(),
            "scopes": scopes.map(|value| json!({ "value": value })),
            "signing_alg": api.alg,
            "token_lifetime": 86_400,
            "proof_of_possession": { "mechanism": "dpop", "required": true },
        });
        documents::insert::<ResourceServers>(&mut batch, &store, &tenant, &id, described);
        let id = format!("cgr_{}", entropy::alphanumeric(16));
        let grant = json!({
            "id": id,
            "client_id": CLIENT,
            "audience": identifier.as_str(),
            "scope": scopes,
            "subject_type": "client",
        });
        documents::insert::<ClientGrants>(&mut batch, &store, &tenant, &id, grant);
    }
    Ok(store.apply(batch).await?)
}
