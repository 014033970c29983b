//! What stands at an address that is a client's name (OAuth Client ID Metadata Document §4).

use super::{Application, ClientMetadata};
use crate::{
    form::Form,
    id::{ClientId, reorders},
    jose::{
        Jwk, KeySet,
        json::{self, Object, Value},
    },
    request::InvalidRequest,
    scope::Scopes,
    uri::{DocumentUrl, Origin, RedirectUri},
};

/// A client that describes itself under its own name.
///
/// ```
/// use keybound_proto::{request::registration::ClientDocument, uri::DocumentUrl};
///
/// let url = DocumentUrl::parse("https://notes.example/client.json")?;
/// let told = br#"{"client_id":"https://notes.example/client.json","client_name":"Notes",
///     "redirect_uris":["https://notes.example/callback"],"token_endpoint_auth_method":"none"}"#;
/// assert_eq!(ClientDocument::parse(told, &url)?.name, "Notes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientDocument {
    /// Its name: the address, byte for byte.
    pub id: ClientId,
    /// What users read; where it says nothing, the host it lives at.
    pub name: String,
    /// Where it runs.
    pub application: Application,
    /// Where users come back to; at least one.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where they may be sent after they logged out.
    pub logout_uris: Vec<RedirectUri>,
    /// What it redeems, by name.
    pub grant_types: Vec<String>,
    /// How it shows who it is.
    pub shows: Showing,
    /// Its keys.
    pub keys: PublishedKeys,
    /// All that it may ask for, where it says.
    pub scopes: Option<Scopes>,
    /// Whether it never uses a token that is not bound to its key (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Whether it always sends its requests ahead (RFC 9126 §6).
    pub pushes: bool,
}

/// How a client that has no secret shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Showing {
    /// Not at all (`none`).
    Nothing,
    /// By what one of its keys signed (`private_key_jwt`).
    Signature,
}

/// Where the keys of a client are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishedKeys {
    /// It has none.
    None,
    /// In the document (`jwks`).
    Here(KeySet),
    /// At an address of their own (`jwks_uri`).
    At(Box<str>),
}

/// Why what stands at an address does not describe a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The address is none that names a client, or is too long to be a name.
    #[error("stands at an address that cannot be a client's name")]
    Address,
    /// What it says of the client is wrong.
    #[error("cannot be read: {0}")]
    Invalid(#[from] InvalidRequest),
    /// It is no JSON document.
    #[error("is not answered as application/json")]
    MediaType,
    /// It wants to authenticate in a way that takes a secret both sides know, or by keys it does not have.
    #[error("names no way to authenticate that is open to it: none, or private_key_jwt with its keys")]
    Method,
    /// It is about another client.
    #[error("has another client_id than its address")]
    Name,
    /// An address that anybody on the way could read, or that shows nothing.
    #[error("names a redirection that is neither https, nor this machine, nor an app's own scheme")]
    Redirection,
    /// It tells everybody what nobody may know.
    #[error("holds a secret")]
    Secret,
    /// The address was answered with something else than the document.
    #[error("is answered with the status {0}")]
    Status(u16),
    /// It is longer than any has to be.
    #[error("is longer than {} bytes", ClientDocument::BYTES)]
    TooLong,
}

impl ClientDocument {
    /// Most bytes of a document (Client ID Metadata Document §6.6).
    pub const BYTES: usize = 5 * 1024;

    /// Reads what was found at `url`.
    pub fn parse(body: &[u8], url: &DocumentUrl) -> Result<Self, DocumentError> {
        if body.len() > Self::BYTES {
            return Err(DocumentError::TooLong);
        }
        let said = ClientMetadata::parse(body)?;
        let object = json::object(body).map_err(|error| InvalidRequest::Form(error.into()))?;
        if object.string("client_id").ok().flatten() != Some(url.as_str()) {
            return Err(DocumentError::Name);
        }
        if object.has("client_secret") || object.has("client_secret_expires_at") {
            return Err(DocumentError::Secret);
        }
        let keys = keys(&object)?;
        let shows = match (said.token_endpoint_auth_method.as_deref(), &keys) {
            (Some("none"), _) | (None, PublishedKeys::None) => Showing::Nothing,
            (Some("private_key_jwt"), PublishedKeys::Here(_) | PublishedKeys::At(_)) => Showing::Signature,
            _ => return Err(DocumentError::Method),
        };
        if said.redirect_uris.is_empty() {
            return Err(InvalidRequest::RedirectUris { problem: "there is none".to_owned() }.into());
        }
        if !said.redirect_uris.iter().all(leads_home) {
            return Err(DocumentError::Redirection);
        }
        Ok(Self {
            id: url.client_id().map_err(|_| DocumentError::Address)?,
            name: name(&said.client_name, url)?,
            application: said.application,
            redirect_uris: said.redirect_uris,
            logout_uris: super::addresses(&object, "post_logout_redirect_uris")?,
            grant_types: said.grant_types,
            shows,
            keys,
            scopes: said.scopes,
            dpop_bound_access_tokens: said.dpop_bound_access_tokens,
            pushes: said.extra.get("require_pushed_authorization_requests") == Some(&true.into()),
        })
    }

    /// Reads AT Protocol's client of a developer's own machine, whose name is its whole description:
    /// `http://localhost?redirect_uri=…&scope=…`. `None` where the name is none of that kind.
    pub fn of_this_machine(name: &str) -> Option<Result<Self, DocumentError>> {
        let rest = name.strip_prefix("http://localhost")?;
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let query = match rest.strip_prefix('?') {
            Some(query) => query,
            None if rest.is_empty() => "",
            None => return None,
        };
        Some(local(name, query))
    }
}

fn local(name: &str, query: &str) -> Result<ClientDocument, DocumentError> {
    let said = Form::parse_repeatable(query.as_bytes(), &["redirect_uri"]).map_err(InvalidRequest::Form)?;
    if query.contains('#') || said.pairs().any(|(name, _)| !matches!(name, "redirect_uri" | "scope")) {
        return Err(DocumentError::Address);
    }
    let named: Vec<&str> = said.all("redirect_uri").collect();
    let named = if named.is_empty() { LOCAL.as_slice() } else { named.as_slice() };
    // RFC 8252 §8.3: `localhost` is a name, and may be somebody else's.
    let read = |text: &&str| {
        let address = RedirectUri::parse(text).ok()?;
        let loopback = |host| text.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/', '?']));
        (address.is_loopback() && ["http://127.0.0.1", "http://[::1]"].into_iter().any(loopback))
            .then_some(address)
    };
    let redirect_uris = named.iter().map(read).collect::<Option<Vec<_>>>();
    Ok(ClientDocument {
        id: ClientId::parse(name).map_err(|_| DocumentError::Address)?,
        name: "An application on this machine".to_owned(),
        application: Application::Native,
        redirect_uris: redirect_uris.ok_or(DocumentError::Redirection)?,
        logout_uris: Vec::new(),
        grant_types: ["authorization_code", "refresh_token"].map(str::to_owned).to_vec(),
        shows: Showing::Nothing,
        keys: PublishedKeys::None,
        scopes: Some(Scopes::parse(said.text("scope").unwrap_or("atproto")).map_err(InvalidRequest::Scope)?),
        dpop_bound_access_tokens: true,
        pushes: false,
    })
}

/// Where such a client listens when it names no address.
const LOCAL: [&str; 2] = ["http://127.0.0.1/", "http://[::1]/"];

/// RFC 8252 §7: by TLS, to the machine the browser runs on, or to an app by a scheme with its domain in it.
fn leads_home(address: &RedirectUri) -> bool {
    match address.origin() {
        Some(origin) => origin.is_private(),
        None => address.as_str().split(':').next().is_some_and(|scheme| scheme.contains('.')),
    }
}

/// `jwks` or `jwks_uri`, and never both (RFC 7591 §2). A key that signs for both sides, or a private one, is a secret.
fn keys(object: &Object<'_>) -> Result<PublishedKeys, DocumentError> {
    let unfit = |problem: &str| InvalidRequest::Metadata { problem: problem.to_owned() };
    match (object.member("jwks"), object.member("jwks_uri")) {
        (None, None) => Ok(PublishedKeys::None),
        (Some(Value::Object(set)), None) => {
            let listed = set.member("keys").and_then(Value::as_array).unwrap_or_default();
            let listed: Vec<&Object<'_>> = listed.iter().filter_map(Value::as_object).collect();
            if listed.iter().any(|key| key.has("d") || key.has("k")) {
                return Err(DocumentError::Secret);
            }
            let keys = listed.into_iter().filter_map(|key| Jwk::read(key).ok()).collect();
            Ok(PublishedKeys::Here(KeySet::new(keys)))
        }
        (None, Some(Value::String(address))) => match Origin::of_url(address) {
            Ok(origin) if origin.is_secure() => Ok(PublishedKeys::At((&**address).into())),
            _ => Err(unfit("has a jwks_uri that is not https").into()),
        },
        (Some(_), Some(_)) => Err(unfit("has both jwks and jwks_uri").into()),
        (Some(_), None) => Err(unfit("has a jwks that is no set of keys").into()),
        (None, Some(_)) => Err(unfit("has a jwks_uri that is no address").into()),
    }
}

/// People decide by it whom they trust: it shows what it is.
fn name(said: &str, url: &DocumentUrl) -> Result<String, DocumentError> {
    let problem = match said {
        "" => return Ok(url.host()),
        said if said.chars().count() > LONGEST_NAME => "has a client_name that is too long",
        said if said.chars().any(|c| c.is_control() || reorders(c)) => {
            "has a client_name with marks that hide what it is"
        }
        said => return Ok(said.to_owned()),
    };
    Err(InvalidRequest::Metadata { problem: problem.to_owned() }.into())
}

/// Most characters of a name.
const LONGEST_NAME: usize = 100;

#[cfg(test)]
mod tests;
