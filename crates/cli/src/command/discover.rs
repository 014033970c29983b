//! `keybound discover`: what an authorization server says it can do, and whether DPoP will work with it.

use keybound_client::{
    discovery,
    proto::{metadata::ServerMetadata, uri::Issuer},
};
use serde_json::{Value, json};

use super::{
    asking::{done, web},
    saying::failure,
};
use crate::{args::asking::Discover, error::Failure, exit::Exit, output};

/// Asks the server to describe itself.
pub(crate) fn run(arguments: &Discover) -> Result<Exit, Failure> {
    let url = arguments.url.trim_end_matches('/');
    let url = if url.contains("://") { format!("{url}/") } else { format!("https://{url}/") };
    let found = done(async {
        let http = web(arguments.trust.as_ref())?;
        let issuer = parse(&url)?;
        match discovery::discover(&issuer, &http).await {
            Ok(metadata) => Ok(metadata),
            // Some issuers have no slash at their end, and the two are two names.
            Err(first) => match discovery::discover(&parse(url.trim_end_matches('/'))?, &http).await {
                Ok(metadata) => Ok(metadata),
                Err(_) => Err(failure(&first).about(&url)),
            },
        }
    })?;
    output::result(&if arguments.json { as_json(&found) } else { as_text(&found) });
    Ok(Exit::Done)
}

fn parse(url: &str) -> Result<Issuer, Failure> {
    Issuer::parse(url)
        .map_err(|error| Failure::new(Exit::Usage, format!("read the address {url:?}: {error}")))
}

/// Whether bound tokens can be had, in words.
fn dpop(metadata: &ServerMetadata) -> String {
    match metadata.dpop_signing_alg_values_supported.as_slice() {
        [] => "it does not say; Auth0's servers do not, and take ES256 where DPoP is on".to_owned(),
        algorithms if algorithms.iter().any(|name| name == "ES256") => {
            format!("yes, with {} (this command's keys are ES256)", algorithms.join(", "))
        }
        algorithms => format!("yes, but not with ES256: only {}", algorithms.join(", ")),
    }
}

fn as_text(metadata: &ServerMetadata) -> String {
    let some = |text: &Option<String>| text.clone().unwrap_or_else(|| "no".to_owned());
    let list =
        |names: &[String]| if names.is_empty() { "it does not say".to_owned() } else { names.join(", ") };
    let pushed = match metadata.require_pushed_authorization_requests {
        Some(true) => "required",
        _ if metadata.pushed_authorization_request_endpoint.is_some() => "yes",
        _ => "no",
    };
    let rows = [
        ("issuer", metadata.issuer.clone()),
        ("DPoP", dpop(metadata)),
        ("authorize", some(&metadata.authorization_endpoint)),
        ("token", some(&metadata.token_endpoint)),
        ("userinfo", some(&metadata.userinfo_endpoint)),
        ("device", some(&metadata.device_authorization_endpoint)),
        ("revocation", some(&metadata.revocation_endpoint)),
        ("logout", some(&metadata.end_session_endpoint)),
        ("pushed requests", pushed.to_owned()),
        ("grants", list(&metadata.grant_types_supported)),
        ("client authentication", list(&metadata.token_endpoint_auth_methods_supported)),
        ("ID tokens", list(&metadata.id_token_signing_alg_values_supported)),
    ];
    rows.into_iter().map(|(name, value)| format!("{name:<22}{value}\n")).collect()
}

fn as_json(metadata: &ServerMetadata) -> String {
    let said: Value = serde_json::from_str(&metadata.to_json()).unwrap_or_default();
    let told = json!({ "dpop": dpop(metadata), "metadata": said });
    format!("{told:#}\n")
}
