//! The configuration file, key by key.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use keybound_proto::{secret::Secret, time::Lifetime};
use serde::Deserialize;

use super::{Bootstrap, Config, ConfigError, Database, IssuerUrl, MasterKey, Redis, TlsFiles, parse_listen};

/// What a file may say; what it leaves out stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<String>,
    issuer: Option<String>,
    metrics: Option<String>,
    database: Option<String>,
    redis: Option<String>,
    master_key: Option<String>,
    trusted_proxies: Option<Vec<IpAddr>>,
    bootstrap: Option<BootstrapTable>,
    tls: Option<TlsTable>,
    limits: LimitsTable,
    proof: ProofTable,
    nonce: NonceTable,
    token: TokenTable,
    session: SessionTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BootstrapTable {
    client_id: String,
    client_secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsTable {
    body_bytes: Option<usize>,
    header_bytes: Option<usize>,
    header_seconds: Option<u64>,
    body_seconds: Option<u64>,
    request_seconds: Option<u64>,
    drain_seconds: Option<u64>,
    connections: Option<usize>,
    password_workers: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProofTable {
    past_seconds: Option<u32>,
    future_seconds: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NonceTable {
    lifetime_seconds: Option<u32>,
    epoch_seconds: Option<u32>,
    cell: Option<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TokenTable {
    idempotent_retry: Option<bool>,
    retry_window_seconds: Option<u32>,
    code_lifetime_seconds: Option<u32>,
    signing_key_lifetime_seconds: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SessionTable {
    absolute_seconds: Option<u32>,
    idle_seconds: Option<u32>,
}

pub(super) fn read(text: &str, config: &mut Config) -> Result<(), ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
    if let Some(text) = &file.listen {
        config.listen = parse_listen("listen", text)?;
    }
    if let Some(text) = &file.metrics {
        config.metrics = Some(parse_listen("metrics", text)?);
    }
    if let Some(text) = &file.issuer {
        config.issuer = Some(IssuerUrl::parse("issuer", text)?);
    }
    if let Some(text) = &file.database {
        config.database = Database::parse("database", text)?;
    }
    if let Some(text) = &file.redis {
        config.redis = Some(Redis::parse("redis", text)?);
    }
    if let Some(text) = &file.master_key {
        config.master_key = Some(MasterKey::parse("master_key", text)?);
    }
    if let Some(table) = file.bootstrap {
        let client_secret = Secret::new(table.client_secret);
        config.bootstrap = Some(Bootstrap { client_id: table.client_id, client_secret });
    }
    if let Some(table) = file.tls {
        config.tls = Some(TlsFiles { certificate: table.certificate, key: table.key });
    }
    put(&mut config.trusted_proxies, file.trusted_proxies);
    limits(config, &file.limits);
    lifetimes(config, &file.proof, &file.nonce, &file.token, &file.session);
    Ok(())
}

fn limits(config: &mut Config, table: &LimitsTable) {
    let limits = &mut config.limits;
    put(&mut limits.body_bytes, table.body_bytes);
    put(&mut limits.header_bytes, table.header_bytes);
    put(&mut limits.header_time, table.header_seconds.map(Duration::from_secs));
    put(&mut limits.body_time, table.body_seconds.map(Duration::from_secs));
    put(&mut limits.request_time, table.request_seconds.map(Duration::from_secs));
    put(&mut limits.drain_time, table.drain_seconds.map(Duration::from_secs));
    put(&mut limits.connections, table.connections);
    put(&mut limits.password_workers, table.password_workers);
}

fn lifetimes(
    config: &mut Config,
    proof: &ProofTable,
    nonce: &NonceTable,
    token: &TokenTable,
    session: &SessionTable,
) {
    put(&mut config.proof.past, proof.past_seconds.map(Lifetime::seconds));
    put(&mut config.proof.future, proof.future_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.lifetime, nonce.lifetime_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.epoch, nonce.epoch_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.cell, nonce.cell);
    put(&mut config.token.idempotent_retry, token.idempotent_retry);
    put(&mut config.token.retry_window, token.retry_window_seconds.map(Lifetime::seconds));
    put(&mut config.token.code_lifetime, token.code_lifetime_seconds.map(Lifetime::seconds));
    put(&mut config.token.signing_key_lifetime, token.signing_key_lifetime_seconds.map(Lifetime::seconds));
    put(&mut config.session.absolute, session.absolute_seconds.map(Lifetime::seconds));
    put(&mut config.session.idle, session.idle_seconds.map(Lifetime::seconds));
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
