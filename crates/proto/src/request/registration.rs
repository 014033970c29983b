//! How a client describes itself: to a server that registers it (RFC 7591 §2), or to the world under an address that
//! is its name (OAuth Client ID Metadata Document §4).

mod document;

use serde_json::{Map, Value as Json};

pub use self::document::{ClientDocument, DocumentError, PublishedKeys, Showing};

use super::InvalidRequest;
use crate::{
    form::FormError,
    jose::json::{self, Object, Value},
    scope::Scopes,
    uri::{DocumentUrl, RedirectUri},
};

/// Where an app runs (OpenID Connect Dynamic Client Registration §2, `application_type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Application {
    /// On its user's machine: what it holds is in its user's hands.
    Native,
    /// On a server, or in a page that comes from one.
    #[default]
    Web,
}

impl Application {
    /// Reads the registered name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Native, Self::Web].into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Web => "web",
        }
    }
}

/// What a client says about itself.
///
/// ```
/// use keybound_proto::{request::registration::{Application, ClientMetadata}, uri::RedirectUri};
///
/// let back = RedirectUri::parse("http://127.0.0.1:3000/callback")?;
/// let app = ClientMetadata::new("Notes", Application::Native).redirect_uri(back).authenticating_by("none");
/// assert!(app.to_json().contains(r#""application_type":"native""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientMetadata {
    /// What users read when they are asked.
    pub client_name: String,
    /// Where it runs.
    pub application: Application,
    /// Where users come back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it redeems; `authorization_code` and `refresh_token` unless said otherwise.
    pub grant_types: Vec<String>,
    /// How it shows who it is; `None` leaves it to the server.
    pub token_endpoint_auth_method: Option<String>,
    /// What it may ask for.
    pub scopes: Option<Scopes>,
    /// Whether it never uses a token that is not bound to its key (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Anything else, by its registered name. A name that is written already is passed over.
    pub extra: Map<String, Json>,
}

impl ClientMetadata {
    /// A client that sends users away and takes them back.
    pub fn new(name: impl Into<String>, application: Application) -> Self {
        Self {
            client_name: name.into(),
            application,
            grant_types: ["authorization_code", "refresh_token"].map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// With one more address to come back to.
    #[must_use]
    pub fn redirect_uri(mut self, address: RedirectUri) -> Self {
        self.redirect_uris.push(address);
        self
    }

    /// With a way to show who it is, by its registered name (RFC 7591 §2).
    #[must_use]
    pub fn authenticating_by(self, method: impl Into<String>) -> Self {
        Self { token_endpoint_auth_method: Some(method.into()), ..self }
    }

    /// With no tokens but those bound to its key.
    #[must_use]
    pub fn bound(self) -> Self {
        Self { dpop_bound_access_tokens: true, ..self }
    }

    /// With anything else.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Reads what a client says of itself. What is left out is what RFC 7591 §2 says it is then; what is not known is
    /// [`extra`](Self::extra).
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let object = json::object(body).map_err(|error| InvalidRequest::Form(FormError::Json(error)))?;
        let text = |name| object.string(name).map_err(|error| unfit(error.to_string()));
        let scopes = text("scope")?.map(Scopes::parse).transpose();
        let application = match text("application_type")? {
            Some(name) => Application::parse(name).ok_or_else(|| unfit("has an unknown application_type"))?,
            None => Application::Web,
        };
        if words(&object, "response_types")?.is_some_and(|types| types != ["code"]) {
            return Err(unfit("asks for a response type other than code"));
        }
        let grants = words(&object, "grant_types")?;
        let mut extra = object.to_serde();
        for name in READ {
            extra.remove(name);
        }
        Ok(Self {
            client_name: text("client_name")?.unwrap_or_default().to_owned(),
            application,
            redirect_uris: addresses(&object, "redirect_uris")?,
            grant_types: grants.unwrap_or_else(|| vec!["authorization_code".to_owned()]),
            token_endpoint_auth_method: text("token_endpoint_auth_method")?.map(str::to_owned),
            scopes: scopes.map_err(|error| unfit(error.to_string()))?,
            dpop_bound_access_tokens: match object.member("dpop_bound_access_tokens") {
                None => false,
                Some(Value::Bool(bound)) => *bound,
                Some(_) => {
                    return Err(unfit("has a dpop_bound_access_tokens that is neither true nor false"));
                }
            },
            extra,
        })
    }

    /// The body of a registration (RFC 7591 §3.1).
    pub fn to_json(&self) -> String {
        Json::Object(self.members()).to_string()
    }

    /// What to serve at `url`, so that servers know the client by that address. It holds no secret.
    pub fn to_document(&self, url: &DocumentUrl) -> String {
        let mut members = self.members();
        members.insert("client_id".into(), url.as_str().into());
        Json::Object(members).to_string()
    }

    fn members(&self) -> Map<String, Json> {
        let mut members = self.extra.clone();
        let mut put = |name: &str, value: Json| members.insert(name.to_owned(), value);
        put("client_name", self.client_name.as_str().into());
        put("application_type", self.application.as_str().into());
        put("grant_types", self.grant_types.clone().into());
        if !self.redirect_uris.is_empty() {
            put("redirect_uris", self.redirect_uris.iter().map(RedirectUri::as_str).collect());
            put("response_types", Json::from(["code"].as_slice()));
        }
        if let Some(method) = &self.token_endpoint_auth_method {
            put("token_endpoint_auth_method", method.as_str().into());
        }
        if let Some(scopes) = &self.scopes {
            put("scope", scopes.to_string().into());
        }
        if self.dpop_bound_access_tokens {
            put("dpop_bound_access_tokens", true.into());
        }
        members
    }
}

/// Members that have a place of their own.
const READ: [&str; 8] = [
    "client_name",
    "application_type",
    "redirect_uris",
    "response_types",
    "grant_types",
    "token_endpoint_auth_method",
    "scope",
    "dpop_bound_access_tokens",
];

fn addresses(object: &Object<'_>, name: &str) -> Result<Vec<RedirectUri>, InvalidRequest> {
    let wrong = |problem: String| match name {
        "redirect_uris" => InvalidRequest::RedirectUris { problem },
        name => unfit(format!("has {name} that cannot be used: {problem}")),
    };
    let Some(listed) = object.member(name) else { return Ok(Vec::new()) };
    let listed = listed.as_strings().ok_or_else(|| wrong("they are not strings".to_owned()))?;
    let read = |text| RedirectUri::parse(text).map_err(|error| wrong(error.to_string()));
    listed.into_iter().map(read).collect()
}

fn words(object: &Object<'_>, name: &str) -> Result<Option<Vec<String>>, InvalidRequest> {
    let Some(value) = object.member(name) else { return Ok(None) };
    let words = value.as_strings().ok_or_else(|| unfit(format!("has {name} that are not strings")))?;
    Ok(Some(words.into_iter().map(str::to_owned).collect()))
}

fn unfit(problem: impl Into<String>) -> InvalidRequest {
    InvalidRequest::Metadata { problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7591 §2; OpenID Connect Dynamic Client Registration §2.
    #[test]
    fn what_a_client_says_is_read_as_it_was_written() {
        let app = app().authenticating_by("none").bound().with("software_id", "s");
        assert_eq!(ClientMetadata::parse(app.to_json().as_bytes()), Ok(app));
        let least = ClientMetadata::parse(br#"{"client_name":null}"#);
        assert!(least.is_err(), "null is no name");
        let least = ClientMetadata::parse(b"{}").unwrap();
        assert_eq!(
            (least.application, least.grant_types),
            (Application::Web, vec!["authorization_code".to_owned()])
        );
    }

    /// RFC 7591 §3.2.2; RFC 9449 §5.2; conformance AS08; conformance A19.
    #[test]
    fn what_cannot_be_registered_is_refused_by_its_code() {
        for (odd, code) in [
            (r#"{"redirect_uris":"https://a.example/"}"#, "invalid_redirect_uri"),
            (r#"{"redirect_uris":["/callback"]}"#, "invalid_redirect_uri"),
            (r#"{"redirect_uris":["https://a.example/#f"]}"#, "invalid_redirect_uri"),
            (r#"{"dpop_bound_access_tokens":"true"}"#, "invalid_client_metadata"),
            (r#"{"dpop_bound_access_tokens":1}"#, "invalid_client_metadata"),
            (r#"{"response_types":["code","token"]}"#, "invalid_client_metadata"),
            (r#"{"grant_types":[1]}"#, "invalid_client_metadata"),
            (r#"{"application_type":"desktop"}"#, "invalid_client_metadata"),
            (r#"{"scope":"\"" }"#, "invalid_client_metadata"),
            (r#"{"client_name":{"en":"App"}}"#, "invalid_client_metadata"),
            (r#"{"client_name":"a","client_name":"b"}"#, "invalid_request"),
            ("[]", "invalid_request"),
        ] {
            let refused = ClientMetadata::parse(odd.as_bytes()).unwrap_err();
            assert_eq!(refused.code().as_str(), code, "{odd}");
        }
    }

    fn app() -> ClientMetadata {
        let back = RedirectUri::parse("https://app.example/callback").unwrap();
        ClientMetadata::new("App", Application::Web).redirect_uri(back)
    }

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    /// RFC 7591 §2, RFC 9449 §5.2.
    #[test]
    fn a_registration_says_what_the_client_is() {
        let written = read(&app().authenticating_by("none").bound().with("software_id", "s").to_json());
        assert_eq!(written["redirect_uris"][0], "https://app.example/callback");
        assert_eq!(written["response_types"][0], "code");
        assert_eq!(written["grant_types"][1], "refresh_token");
        assert_eq!(written["token_endpoint_auth_method"], "none");
        assert_eq!(written["application_type"], "web");
        assert_eq!(written["dpop_bound_access_tokens"], true);
        assert_eq!(written["software_id"], "s");
        assert!(written.get("client_id").is_none());
        let other = read(&app().with("client_name", "Another").to_json());
        assert_eq!(other["client_name"], "App");
        assert!(other.get("dpop_bound_access_tokens").is_none());
    }

    /// Client ID Metadata Document §4: `client_id` is the document's own address.
    #[test]
    fn a_document_names_its_own_address() {
        let url = DocumentUrl::parse("https://app.example/client.json").unwrap();
        let written = read(&app().to_document(&url));
        assert_eq!(written["client_id"], "https://app.example/client.json");
        assert_eq!(written["client_name"], "App");
    }
}
