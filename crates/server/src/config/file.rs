//! The configuration file, key by key.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use keybound_authority::{
    grant::revocation::Proving,
    model::{
        name::AudienceName,
        tenant::{LocalhostConsent, OrganizationNames},
    },
};
use keybound_proto::{jose::Alg, secret::Secret, time::Lifetime};
use serde::Deserialize;

use super::{
    Bootstrap, ClientDocuments, Config, ConfigError, Database, Email, FromAddress, InertSettings, IssuerForm,
    IssuerUrl, Login, MasterKey, Protection, Rates, Reach, Redis, Registration, Smtp, TlsFiles, TokenKey,
    client_documents, parse_listen, rates::RateTable,
};

/// What a file may say; what it leaves out stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<String>,
    issuer: Option<String>,
    issuer_form: Option<IssuerForm>,
    also_listen: Option<Vec<String>>,
    metrics_listen: Option<String>,
    database: Option<String>,
    redis: Option<String>,
    master_key: Option<String>,
    master_key_file: Option<PathBuf>,
    trusted_proxies: Option<Vec<IpAddr>>,
    bootstrap: Option<BootstrapTable>,
    tls: Option<TlsTable>,
    limits: LimitsTable,
    dpop: DpopTable,
    token: TokenTable,
    tenant: TenantTable,
    registration: Option<Register>,
    client_documents: client_documents::Table,
    atproto: Option<AtprotoTable>,
    email: Option<EmailTable>,
    pkcs11: Option<Pkcs11Table>,
    management: ManagementTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ManagementTable {
    inert: Option<Inert>,
    outbound: Option<Reach>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Inert {
    Keep,
    Refuse,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BootstrapTable {
    client_id: String,
    client_secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtprotoTable {
    audience: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    certificate: PathBuf,
    key: PathBuf,
}

/// The PIN stands in a file of its own or in the environment, never here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pkcs11Table {
    library: PathBuf,
    token: String,
    key: String,
    pin_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailTable {
    host: String,
    port: Option<u16>,
    protection: Option<String>,
    user: Option<String>,
    password: Option<String>,
    from: String,
    root_certificates: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsTable {
    body_bytes: Option<usize>,
    import_bytes: Option<usize>,
    header_bytes: Option<usize>,
    header_seconds: Option<u64>,
    body_seconds: Option<u64>,
    request_seconds: Option<u64>,
    drain_seconds: Option<u64>,
    connections: Option<usize>,
    password_workers: Option<usize>,
    rates: Option<String>,
    rate: BTreeMap<String, RateTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DpopTable {
    past_seconds: Option<u32>,
    future_seconds: Option<u32>,
    nonce_lifetime_seconds: Option<u32>,
    nonce_epoch_seconds: Option<u32>,
    cell: Option<u8>,
    algorithms: Option<Vec<String>>,
    revocation: Option<Revocation>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Revocation {
    Optional,
    Proof,
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
struct TenantTable {
    localhost_consent: Option<Consent>,
    logout_urls: Option<Vec<String>>,
    organization_names: Option<Names>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Register {
    Closed,
    Open,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Consent {
    Ask,
    Skip,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Names {
    Kept,
    Told,
}

pub(super) fn read(text: &str, config: &mut Config) -> Result<(), ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
    if let Some(text) = &file.listen {
        config.listen = parse_listen("listen", text)?;
    }
    if let Some(texts) = &file.also_listen {
        let parse = |text: &String| parse_listen("also_listen", text);
        config.also_listen = texts.iter().map(parse).collect::<Result<_, _>>()?;
    }
    if let Some(text) = &file.metrics_listen {
        config.metrics = Some(parse_listen("metrics_listen", text)?);
    }
    if let Some(text) = &file.issuer {
        config.issuer = Some(IssuerUrl::parse("issuer", text)?);
    }
    put(&mut config.issuer_form, file.issuer_form);
    if let Some(text) = &file.database {
        config.database = Database::parse("database", text)?;
    }
    if let Some(text) = &file.redis {
        config.redis = Some(Redis::parse("redis", text)?);
    }
    if let Some(text) = &file.master_key {
        config.master_key = Some(MasterKey::parse("master_key", text)?);
    }
    if let Some(path) = &file.master_key_file {
        if config.master_key.is_some() {
            return Err(ConfigError::value(
                "master_key_file",
                "stands beside `master_key`: one of them will do",
            ));
        }
        config.master_key = Some(MasterKey::read(path)?);
    }
    if let Some(Pkcs11Table { library, token, key, pin_file }) = file.pkcs11 {
        let pin = pin_file.map_or_else(|| Ok(Secret::new(String::new())), |path| line(&path))?;
        config.token_key = Some(TokenKey { library, token, key, pin });
    }
    if let Some(table) = file.bootstrap {
        let client_secret = Secret::new(table.client_secret);
        config.bootstrap = Some(Bootstrap { client_id: table.client_id, client_secret });
    }
    if let Some(table) = file.tls {
        config.tls = Some(TlsFiles { certificate: table.certificate, key: table.key });
    }
    put(&mut config.trusted_proxies, file.trusted_proxies);
    limits(config, file.limits)?;
    put(&mut config.tenant.logout_urls, file.tenant.logout_urls);
    let consent = file.tenant.localhost_consent.map(|consent| match consent {
        Consent::Ask => LocalhostConsent::Ask,
        Consent::Skip => LocalhostConsent::Skip,
    });
    put(&mut config.tenant.localhost_consent, consent);
    let names = file.tenant.organization_names.map(|names| match names {
        Names::Kept => OrganizationNames::Kept,
        Names::Told => OrganizationNames::Told,
    });
    put(&mut config.tenant.organization_names, names);
    let registration = file.registration.map(|registration| match registration {
        Register::Closed => Registration::Closed,
        Register::Open => Registration::Open,
    });
    put(&mut config.registration, registration);
    config.client_documents = ClientDocuments::read(file.client_documents)?;
    if let Some(AtprotoTable { audience }) = &file.atproto {
        let refused =
            |error| ConfigError::value("atproto.audience", format!("is no name of an API: {error}"));
        config.atproto = Some(AudienceName::parse(audience).map_err(refused)?);
    }
    let inert = file.management.inert.map(|inert| match inert {
        Inert::Keep => InertSettings::Kept,
        Inert::Refuse => InertSettings::Refused,
    });
    put(&mut config.inert_settings, inert);
    put(&mut config.administrators_reach, file.management.outbound);
    dpop(config, &file.dpop)?;
    lifetimes(config, &file.token);
    if let Some(table) = file.email {
        config.email = Email::Smtp(smtp(table)?);
    }
    Ok(())
}

fn smtp(table: EmailTable) -> Result<Smtp, ConfigError> {
    let mut smtp = Smtp::new(table.host, FromAddress::parse("email.from", &table.from)?);
    smtp.port = table.port;
    smtp.root_certificates = table.root_certificates;
    if let Some(text) = &table.protection {
        smtp.protection = Protection::parse("email.protection", text)?;
    }
    smtp.login = match (table.user, table.password) {
        (None, Some(_)) => return Err(ConfigError::Half { missing: "email.user" }),
        // Without a password here, one comes by the environment.
        (user, password) => {
            user.map(|user| Login { user, password: Secret::new(password.unwrap_or_default()) })
        }
    };
    Ok(smtp)
}

fn limits(config: &mut Config, table: LimitsTable) -> Result<(), ConfigError> {
    let limits = &mut config.limits;
    put(&mut limits.body_bytes, table.body_bytes);
    put(&mut limits.import_bytes, table.import_bytes);
    put(&mut limits.header_bytes, table.header_bytes);
    put(&mut limits.header_time, table.header_seconds.map(Duration::from_secs));
    put(&mut limits.body_time, table.body_seconds.map(Duration::from_secs));
    put(&mut limits.request_time, table.request_seconds.map(Duration::from_secs));
    put(&mut limits.drain_time, table.drain_seconds.map(Duration::from_secs));
    put(&mut limits.connections, table.connections);
    put(&mut limits.password_workers, table.password_workers);
    put(&mut limits.rates, table.rates.as_deref().map(Rates::named).transpose()?);
    for (name, rate) in table.rate {
        limits.rates = limits.rates.changed(&name, rate)?;
    }
    Ok(())
}

fn dpop(config: &mut Config, table: &DpopTable) -> Result<(), ConfigError> {
    if let Some(names) = &table.algorithms {
        let parse = |name: &String| {
            Alg::parse(name).ok_or_else(|| {
                ConfigError::value("dpop.algorithms", format!("names {name:?}, which is unknown"))
            })
        };
        config.proof.algs = names.iter().map(parse).collect::<Result<_, _>>()?;
    }
    put(&mut config.proof.past, table.past_seconds.map(Lifetime::seconds));
    put(&mut config.proof.future, table.future_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.lifetime, table.nonce_lifetime_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.epoch, table.nonce_epoch_seconds.map(Lifetime::seconds));
    put(&mut config.nonce.cell, table.cell);
    let proving = table.revocation.map(|revocation| match revocation {
        Revocation::Optional => Proving::Optional,
        Revocation::Proof => Proving::Required,
    });
    put(&mut config.proof.revocation, proving);
    Ok(())
}

fn lifetimes(config: &mut Config, token: &TokenTable) {
    put(&mut config.token.idempotent_retry, token.idempotent_retry);
    put(&mut config.token.retry_window, token.retry_window_seconds.map(Lifetime::seconds));
    put(&mut config.token.code_lifetime, token.code_lifetime_seconds.map(Lifetime::seconds));
    put(&mut config.token.signing_key_lifetime, token.signing_key_lifetime_seconds.map(Lifetime::seconds));
}

/// What a file holds, without the break at its end.
fn line(path: &Path) -> Result<Secret<String>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
