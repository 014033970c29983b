//! Becoming known to a server that one never met: by a document at an address of one's own, or by registration
//! (OAuth Client ID Metadata Document, RFC 7591).

use http::{
    HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use keybound_proto::{
    id::ClientId,
    metadata::ServerMetadata,
    request::registration::{Application, ClientMetadata},
    response::{registration::RegistrationResponse, token::TokenRefusal},
    secret::Secret,
    uri::DocumentUrl,
};

use crate::{
    Authentication, ClientError,
    http::{Body, Http, Request, Response},
    outgoing::secret,
};

/// How a client makes itself known.
///
/// ```
/// use keybound_client::{proto::{request::registration::{Application, ClientMetadata}, uri::{DocumentUrl, RedirectUri}}, registration::Introduction};
///
/// let back = RedirectUri::parse("http://127.0.0.1:3000/callback")?;
/// let app = ClientMetadata::new("Notes", Application::Native).redirect_uri(back);
/// let me = Introduction::new(app).at(DocumentUrl::parse("https://notes.example/client.json")?);
/// # let _ = me;
/// # Ok::<(), keybound_client::proto::uri::UriError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Introduction {
    client: ClientMetadata,
    document: Option<DocumentUrl>,
    ticket: Option<Secret<String>>,
}

/// A client as one server knows it. What one server knows says nothing to another: keep it by issuer.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name there.
    pub client_id: ClientId,
    /// How it shows who it is there.
    pub authentication: Authentication,
    /// The server's answer, where the client was registered.
    pub registration: Option<RegistrationResponse>,
}

impl Introduction {
    /// By registration alone.
    pub const fn new(client: ClientMetadata) -> Self {
        Self { client, document: None, ticket: None }
    }

    /// By what is served at `document` where the server reads such documents, which spares a registration.
    #[must_use]
    pub fn at(self, document: DocumentUrl) -> Self {
        Self { document: Some(document), ..self }
    }

    /// With an initial access token, for servers that do not register everybody (RFC 7591 §3).
    #[must_use]
    pub fn with_ticket(self, token: Secret<String>) -> Self {
        Self { ticket: Some(token), ..self }
    }

    /// The name the server finds out about by itself, where it does that.
    pub fn by_document(&self, server: &ServerMetadata) -> Result<Option<Known>, ClientError> {
        let reads = server.client_id_metadata_document_supported == Some(true);
        let Some(document) = self.document.as_ref().filter(|_| reads) else { return Ok(None) };
        let authentication = Authentication::Public;
        Ok(Some(Known { client_id: document.client_id()?, authentication, registration: None }))
    }

    /// The registration to send (RFC 7591 §3.1). Where the client does not say how it shows who it is, the best way
    /// that the server takes is asked for.
    pub fn request(&self, server: &ServerMetadata) -> Result<Request<Body>, ClientError> {
        let url = server.registration_endpoint.as_deref();
        let url = url.ok_or(ClientError::Endpoint("registration_endpoint"))?;
        let body = Body::from(self.described(server).to_json());
        let request = Request::builder().method(Method::POST).uri(url);
        let request = request.header(ACCEPT, "application/json").header(CONTENT_TYPE, "application/json");
        let mut request = request.body(body).map_err(|_| ClientError::Header("address"))?;
        if let Some(ticket) = &self.ticket {
            let ticket: HeaderValue = secret(format!("Bearer {}", ticket.reveal()), "token")?;
            request.headers_mut().insert(AUTHORIZATION, ticket);
        }
        Ok(request)
    }

    /// What came of it (RFC 7591 §3.2).
    pub fn read(&self, response: &Response<Body>, server: &ServerMetadata) -> Result<Known, ClientError> {
        let status = response.status().as_u16();
        let body = response.body().as_bytes();
        if !response.status().is_success() {
            return Err(match TokenRefusal::parse(body) {
                Ok(TokenRefusal { error, description, .. }) => {
                    ClientError::Refused { status, error, description }
                }
                Err(_) => ClientError::Status { status },
            });
        }
        let registered = RegistrationResponse::parse(body)?;
        let asked = self.described(server).token_endpoint_auth_method;
        let method = registered.token_endpoint_auth_method.clone().or(asked);
        let secret = || registered.client_secret.clone();
        let unable = |method: &str| ClientError::Authentication { method: method.to_owned() };
        let authentication = match method.as_deref().unwrap_or("client_secret_basic") {
            "none" => Authentication::Public,
            name @ "client_secret_basic" => {
                Authentication::SecretBasic(secret().ok_or_else(|| unable(name))?)
            }
            name @ "client_secret_post" => Authentication::SecretPost(secret().ok_or_else(|| unable(name))?),
            other => return Err(unable(other)),
        };
        let client_id = registered.client_id.clone();
        Ok(Known { client_id, authentication, registration: Some(registered) })
    }

    fn described(&self, server: &ServerMetadata) -> ClientMetadata {
        let mut client = self.client.clone();
        client.token_endpoint_auth_method =
            client.token_endpoint_auth_method.or_else(|| Some(method(server, client.application).to_owned()));
        client
    }
}

/// Becomes known to a server: by the document if it reads those, else by registration.
pub async fn introduce(
    me: &Introduction,
    server: &ServerMetadata,
    http: &impl Http,
) -> Result<Known, ClientError> {
    match me.by_document(server)? {
        Some(known) => Ok(known),
        None => me.read(&http.send(me.request(server)?).await?, server),
    }
}

/// The best way that the server takes. A secret on its user's machine proves nothing, so a native app does without
/// where it may; a server that says nothing takes the header (RFC 8414 §2).
fn method(server: &ServerMetadata, application: Application) -> &'static str {
    let accepted = &server.token_endpoint_auth_methods_supported;
    let order = match application {
        Application::Native => ["none", "client_secret_basic", "client_secret_post"],
        _ => ["client_secret_basic", "client_secret_post", "none"],
    };
    let takes = |method: &&str| accepted.iter().any(|accepted| accepted == method);
    order.into_iter().find(takes).unwrap_or("client_secret_basic")
}

#[cfg(test)]
mod tests {
    use keybound_proto::uri::{Issuer, RedirectUri};

    use super::*;

    fn server(methods: &[&str]) -> ServerMetadata {
        let mut server = ServerMetadata::of(&Issuer::parse("https://as.example").unwrap());
        server.registration_endpoint = Some("https://as.example/register".into());
        server.token_endpoint_auth_methods_supported =
            methods.iter().map(|&method| method.to_owned()).collect();
        server
    }

    fn me(application: Application) -> Introduction {
        let back = RedirectUri::parse("http://127.0.0.1:9/callback").unwrap();
        Introduction::new(ClientMetadata::new("App", application).redirect_uri(back))
    }

    fn known(me: &Introduction, server: &ServerMetadata, body: &str) -> Result<Known, ClientError> {
        me.read(&Response::builder().status(201).body(Body::from(body.to_owned())).unwrap(), server)
    }

    /// RFC 7591 §2, RFC 8252 §8.5.
    #[test]
    fn a_native_app_asks_for_no_secret_where_it_may_and_a_web_app_asks_for_one() {
        let all = server(&["client_secret_post", "client_secret_basic", "none"]);
        assert_eq!(method(&all, Application::Native), "none");
        assert_eq!(method(&all, Application::Web), "client_secret_basic");
        assert_eq!(method(&server(&["client_secret_post"]), Application::Native), "client_secret_post");
        assert_eq!(method(&server(&[]), Application::Native), "client_secret_basic");
    }

    /// RFC 7591 §3.2.1: the server may choose another way than was asked for.
    #[test]
    fn the_way_of_authentication_is_the_one_the_server_registered() {
        let (me, server) = (me(Application::Native), server(&["none"]));
        let basic =
            r#"{"client_id":"c","client_secret":"s","token_endpoint_auth_method":"client_secret_basic"}"#;
        let basic = known(&me, &server, basic).unwrap().authentication;
        assert!(matches!(basic, Authentication::SecretBasic(secret) if secret.reveal() == "s"));
        let silent = known(&me, &server, r#"{"client_id":"c","client_secret":"s"}"#).unwrap();
        assert!(matches!(silent.authentication, Authentication::Public));
        for unusable in ["client_secret_post", "tls_client_auth"] {
            let body = format!(r#"{{"client_id":"c","token_endpoint_auth_method":"{unusable}"}}"#);
            assert_eq!(known(&me, &server, &body).unwrap_err().code(), "client.authentication");
        }
    }

    /// RFC 7591 §3, §3.2.2.
    #[test]
    fn a_registration_is_asked_for_with_its_ticket_and_a_refusal_is_told() {
        let me = me(Application::Web).with_ticket(Secret::new("t1".into()));
        let request = me.request(&server(&[])).unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer t1");
        assert!(!format!("{me:?}{request:?}").contains("t1"));
        let body = Body::from(r#"{"error":"invalid_redirect_uri","error_description":"no"}"#);
        let refused = me.read(&Response::builder().status(400).body(body).unwrap(), &server(&[]));
        assert_eq!(refused.unwrap_err().oauth_code(), Some("invalid_redirect_uri"));
        let closed = ServerMetadata::of(&Issuer::parse("https://as.example").unwrap());
        assert_eq!(me.request(&closed).unwrap_err().code(), "client.endpoint");
    }

    /// Client ID Metadata Document §5: only where the server says that it reads them.
    #[test]
    fn a_document_is_a_name_only_where_documents_are_read() {
        let me = me(Application::Native).at(DocumentUrl::parse("https://app.example/c.json").unwrap());
        let mut server = server(&["none"]);
        assert!(me.by_document(&server).unwrap().is_none());
        server.client_id_metadata_document_supported = Some(true);
        let known = me.by_document(&server).unwrap().unwrap();
        assert_eq!(known.client_id.as_str(), "https://app.example/c.json");
        assert!(matches!(known.authentication, Authentication::Public));
    }
}
