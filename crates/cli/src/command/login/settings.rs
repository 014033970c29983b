//! Where to log in, as which client, for what: from options, the environment, a `keybound dev` of this folder, or the
//! login before.

use std::path::{Path, PathBuf};

use keybound_client::{
    Config,
    proto::{scope::Scopes, uri::RedirectUri},
};
use serde::{Deserialize, Serialize};

use crate::{
    args::asking::Server,
    command::{
        asking::{option, scopes, variable},
        dev::{Folder, Kept},
        logged_in::LoggedIn,
        saying::misconfigured,
    },
    error::Failure,
    exit::Exit,
};

/// What `keybound dev` leaves in its folder, so that nobody has to type it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DevLogin {
    /// Its server.
    pub(crate) issuer: String,
    /// Its native client.
    pub(crate) client_id: String,
    /// Its API.
    pub(crate) audience: String,
    /// Everything that API allows.
    pub(crate) scope: String,
    /// The certificate of its local authority.
    pub(crate) trust: Option<PathBuf>,
}

impl DevLogin {
    /// Its name in the folder.
    pub(crate) const FILE: &str = "login.json";

    /// The one of this folder. A repository may bring such a file along, so it counts only for this machine.
    fn here() -> Option<Self> {
        let text = std::fs::read(Path::new(".keybound").join(Self::FILE)).ok()?;
        let found: Self = serde_json::from_slice(&text).ok()?;
        is_this_machine(&found.issuer).then_some(found)
    }

    /// The same with the client by which that `keybound dev` administers its tenant, and its secret.
    pub(crate) fn administrator() -> Option<(Self, String, String)> {
        let text = std::fs::read(Path::new(".keybound").join(Folder::KEPT)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        Some((Self::here()?, kept.management_client_id, kept.management_client_secret))
    }
}

/// What was found out.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) scopes: Scopes,
    pub(super) trust: Option<PathBuf>,
    /// Where from, if the person did not say so.
    pub(super) origin: &'static str,
}

impl Settings {
    /// Reads them, the nearer before the farther.
    pub(super) fn read(server: &Server, before: Option<&LoggedIn>) -> Result<Self, Failure> {
        let named = |name: &str| option(server, name).or_else(|| variable(name));
        let is_named = named("AUTH0_DOMAIN").is_some() || named("AUTH0_CLIENT_ID").is_some();
        let (usual, origin) = match (is_named, DevLogin::here(), before) {
            (false, Some(dev), _) => (Some(dev), ", of the `keybound dev` in this folder"),
            (false, None, Some(before)) => (Some(again(before)), ", as before"),
            _ => (None, ""),
        };
        let of_usual = |name: &str| {
            let usual = usual.as_ref()?;
            match name {
                "AUTH0_DOMAIN" => Some(usual.issuer.clone()),
                "AUTH0_CLIENT_ID" => Some(usual.client_id.clone()),
                "AUTH0_AUDIENCE" => Some(usual.audience.clone()).filter(|audience| !audience.is_empty()),
                "AUTH0_SCOPE" => Some(usual.scope.clone()),
                _ => None,
            }
        };
        let lookup = |name: &str| match name {
            // A secret belongs to the client that is named beside it.
            "AUTH0_CLIENT_SECRET" if usual.is_some() => None,
            _ => named(name).or_else(|| of_usual(name)),
        };
        let config = Config::from_lookup(lookup).map_err(|error| match error {
            keybound_client::ConfigError::Missing(_) => misconfigured(&error)
                .hint("--issuer URL --client-id ID, or AUTH0_DOMAIN and AUTH0_CLIENT_ID; in the folder of `keybound dev` neither is needed"),
            error => misconfigured(&error),
        })?;
        let asked = config.scopes.clone().map_or_else(|| scopes(USUAL), Ok)?;
        let scopes = asked.union(&scopes(ALWAYS)?);
        let trust = server.trust.clone().or_else(|| usual?.trust);
        Ok(Self { config, scopes, trust, origin })
    }
}

fn again(before: &LoggedIn) -> DevLogin {
    DevLogin {
        issuer: before.issuer.clone(),
        client_id: before.client_id.clone(),
        audience: before.audience.clone().unwrap_or_default(),
        scope: before.asked.clone(),
        trust: before.trust.clone(),
    }
}

/// Whether an address leads nowhere but here.
pub(super) fn is_this_machine(url: &str) -> bool {
    RedirectUri::parse(url).is_ok_and(|url| url.is_loopback())
}

/// The address to come back to, as it was typed.
pub(super) fn callback(text: &str) -> Result<RedirectUri, Failure> {
    let unusable = |why: String| {
        Failure::new(Exit::Usage, format!("come back to {text:?}: {why}"))
            .hint("--callback takes http://127.0.0.1/…, http://[::1]/… or http://localhost/…, as registered at the server")
    };
    let uri = RedirectUri::parse(text).map_err(|error| unusable(error.to_string()))?;
    if uri.is_loopback() { Ok(uri) } else { Err(unusable("it is not this machine".to_owned())) }
}

const USUAL: &str = "openid profile email";

/// An ID token says who it is, a refresh token keeps them logged in.
const ALWAYS: &str = "openid offline_access";
