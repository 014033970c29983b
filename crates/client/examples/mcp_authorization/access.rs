//! Calls with whatever tokens the server wants.

use std::{collections::HashMap, error::Error, sync::Arc};

use http::{HeaderMap, Method};
use keybound_client::{
    Client, ClientError, Dpop, Fetcher, System, Tokens,
    crypto::AwsLc,
    discovery, drive,
    flow::{Ask, log_in},
    http::{Body, Http as _, Request, Response, Web},
    protected::{self, Demand, StepUp},
    proto::{
        metadata::ServerMetadata,
        request::{
            registration::{Application, ClientMetadata},
            token::{AssertionRequest, MachineRequest, grant},
        },
        scope::Scopes,
        uri::{DocumentUrl, Issuer, Origin, RedirectUri, Resource},
    },
    registration::{self, Introduction, Known},
};

use crate::credentials::Credentials;

/// The server at one address, and what it takes to be let in.
pub(crate) struct Access {
    url: String,
    http: Web,
    credentials: Credentials,
    /// What is done with an address the user has to go to.
    browser: fn(&str),
    dpop: Dpop,
    /// What one server knows of this client says nothing to another.
    known: HashMap<String, Known>,
    step_up: StepUp,
    granted: Option<(Client, Arc<Tokens>)>,
}

impl Access {
    pub(crate) fn new(
        (url, http): (String, Web),
        (credentials, browser): (Credentials, fn(&str)),
        dpop: Dpop,
    ) -> Self {
        let (known, step_up) = (HashMap::new(), StepUp::default());
        Self { url, http, credentials, browser, dpop, known, step_up, granted: None }
    }

    /// Posts a message, and again with the tokens that are demanded.
    pub(crate) async fn post(
        &mut self,
        headers: &HeaderMap,
        message: &[u8],
    ) -> Result<Response<Body>, Box<dyn Error>> {
        loop {
            let response = self.send(headers, message).await?;
            match Demand::read(response.status(), response.headers()) {
                Some(demand) => self.authorize(&demand).await?,
                None => {
                    self.step_up.satisfied();
                    return Ok(response);
                }
            }
        }
    }

    async fn send(&self, headers: &HeaderMap, message: &[u8]) -> Result<Response<Body>, ClientError> {
        let Some((client, tokens)) = &self.granted else {
            let mut request = Request::new(Body::from(message.to_vec()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = self.url.parse().map_err(|_| ClientError::Header("address"))?;
            *request.headers_mut() = headers.clone();
            return Ok(self.http.send(request).await?);
        };
        let fetcher = Fetcher::new(&self.url, client, self.http.clone(), Arc::clone(tokens))?;
        let response = fetcher.post("").headers(headers.clone()).body(message.to_vec()).send().await?;
        let (head, body) = response.into_parts();
        Ok(Response::from_parts(head, body.collect().await?))
    }

    /// Gets the tokens that are demanded.
    async fn authorize(&mut self, demand: &Demand) -> Result<(), Box<dyn Error>> {
        let described = protected::discover(&self.url, demand, &self.http).await?;
        let scopes = self.step_up.scopes(demand, described.as_ref())?;
        let (issuer, resource, server) = match &described {
            Some(described) => {
                let issuer = described.issuers().next().ok_or("nobody issues tokens for this server")?;
                let server = discovery::discover_oauth(&issuer, &self.http).await?;
                if !server.code_challenge_methods_supported.iter().any(|method| method == "S256") {
                    return Err("the authorization server does not say that it takes PKCE".into());
                }
                (issuer, Resource::parse(&described.resource)?, server)
            }
            None => {
                let (issuer, server) = self.server_of_before_resources_were_described().await?;
                (issuer, Resource::parse(&self.url)?, server)
            }
        };
        let known = match self.known.get(issuer.as_str()) {
            Some(known) => known.clone(),
            None => match self.credentials.known(&server) {
                Some(known) => known,
                None => registration::introduce(&introduction(&self.dpop)?, &server, &self.http).await?,
            },
        };
        self.known.insert(issuer.as_str().to_owned(), known.clone());
        let client = Client::new(issuer, server, known.client_id).authenticated(known.authentication);
        let client = match &self.dpop {
            Dpop::On(key) => client.bound_to(key.clone()),
            Dpop::OffAndTokensCanBeStolen => client,
        };
        let tokens = self.tokens(&client, (scopes, resource), demand).await?;
        self.granted = Some((client, Arc::new(tokens)));
        Ok(())
    }

    async fn tokens(
        &self,
        client: &Client,
        (scopes, resource): (Option<Scopes>, Resource),
        demand: &Demand,
    ) -> Result<Tokens, Box<dyn Error>> {
        let over = (&self.http, &System);
        let resources = vec![resource.clone()];
        let assertion = match &self.credentials {
            Credentials::Workload(_, statement) => Some(statement.clone()),
            Credentials::Enterprise(enterprise) => {
                Some(enterprise.statement((client.issuer(), &resource), over).await?)
            }
            _ => None,
        };
        if let Some(assertion) = assertion {
            let request = AssertionRequest { assertion, scopes, resources };
            return Ok(drive(client.assertion(request), over.0, over.1).await?);
        }
        let grants = &client.metadata().grant_types_supported;
        if grants.is_empty() || grants.iter().any(|name| name == grant::AUTHORIZATION_CODE) {
            let ask = |back| demand.of_login(Ask::new(back, scopes.unwrap_or_default()).resource(resource));
            let (tokens, _) = log_in(client, ask, over, &AwsLc, self.browser).await?;
            return Ok(tokens);
        }
        let request = MachineRequest { scopes, resources, ..MachineRequest::default() };
        Ok(drive(client.client_credentials(request), over.0, over.1).await?)
    }

    /// Until 2025-03-26, an MCP server was its own authorization server, with endpoints at fixed places where it did
    /// not describe itself.
    async fn server_of_before_resources_were_described(
        &self,
    ) -> Result<(Issuer, ServerMetadata), Box<dyn Error>> {
        let issuer = Issuer::parse(Origin::of_url(&self.url)?.as_str())?;
        let server = match discovery::discover_oauth(&issuer, &self.http).await {
            Err(ClientError::Status { status: 404 }) => {
                let mut server = ServerMetadata::of(&issuer);
                server.authorization_endpoint = Some(issuer.join("authorize"));
                server.token_endpoint = Some(issuer.join("token"));
                server.registration_endpoint = Some(issuer.join("register"));
                server
            }
            server => server?,
        };
        Ok((issuer, server))
    }
}

/// Who we are, for servers that never heard of us.
fn introduction(dpop: &Dpop) -> Result<Introduction, Box<dyn Error>> {
    let app = ClientMetadata::new("Keybound's MCP example", Application::Native)
        .redirect_uri(RedirectUri::parse("http://127.0.0.1/callback")?);
    let app = if matches!(dpop, Dpop::On(_)) { app.bound() } else { app };
    Ok(Introduction::new(app).at(DocumentUrl::parse(DOCUMENT)?))
}

/// Where the example would describe itself. The conformance suite knows this address.
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";
