//! Who asks: somebody at a browser, or a program with something that shows what it is.

use std::error::Error;

use keybound_client::{
    Authentication, Client, Signer, System, discovery, drive,
    flow::open_browser,
    grant::Exchanged,
    http::{Body, Http as _, Limits, Request, Web},
    key::KeyPair,
    proto::{
        id::ClientId,
        metadata::ServerMetadata,
        request::token::{ExchangeRequest, GivenToken},
        response::token::TokenKind,
        secret::Secret,
        uri::{Issuer, Resource},
    },
    registration::Known,
};
use serde_json::Value;

/// What there is to show.
pub(crate) enum Credentials {
    /// Nothing but the person at the browser; the server has never heard of this client.
    Person,
    /// A name and a secret that an administrator handed out.
    Secret(ClientId, Secret<String>),
    /// A name, and a key whose public half an administrator handed in.
    Key(ClientId, Signer),
    /// What a platform says of the workload that runs on it (RFC 7523 §2.1).
    Workload(ClientId, Secret<String>),
    /// The ID token of an enterprise's login, and a name and a secret to use what is had for it.
    Enterprise(Enterprise),
}

/// A login at an enterprise's own server that is to count elsewhere (Identity Assertion Authorization Grant).
pub(crate) struct Enterprise {
    pub(crate) client_id: ClientId,
    pub(crate) secret: Secret<String>,
    pub(crate) issuer: Issuer,
    pub(crate) client_id_there: ClientId,
    pub(crate) id_token: Secret<String>,
}

impl Enterprise {
    /// The enterprise's statement for one server about who logged in, which it gives for its ID token (RFC 8693).
    pub(crate) async fn statement(
        &self,
        (audience, resource): (&Issuer, &Resource),
        (http, ambient): (&Web, &System),
    ) -> Result<Secret<String>, Box<dyn Error>> {
        let server = discovery::discover(&self.issuer, http).await?;
        let there = Client::new(self.issuer.clone(), server, self.client_id_there.clone());
        let login = GivenToken { token: self.id_token.clone(), kind: TokenKind::IdToken };
        let request = ExchangeRequest {
            requested: Some(TokenKind::IdJag),
            audience: Some(audience.as_str().to_owned()),
            resources: vec![resource.clone()],
            ..ExchangeRequest::of(login)
        };
        match drive(there.exchange_token(request), http, ambient).await? {
            Exchanged::Other(statement) => Ok(statement.token),
            _ => Err("the enterprise gave an access token, and no statement".into()),
        }
    }
}

impl Credentials {
    /// From the suite's JSON object; without it, there is a person.
    pub(crate) fn read(context: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let Some(context) = context else { return Ok(Self::Person) };
        let context: Value = serde_json::from_str(context)?;
        let text = |name: &str| context.get(name).and_then(Value::as_str);
        let secret = |name: &str| text(name).map(|text| Secret::new(text.to_owned()));
        let Some(client_id) = text("client_id") else { return Ok(Self::Person) };
        let client_id = ClientId::parse(client_id)?;
        if let (Some(id_token), Some(issuer)) = (secret("idp_id_token"), text("idp_issuer")) {
            return Ok(Self::Enterprise(Enterprise {
                client_id,
                secret: secret("client_secret").ok_or("no client_secret")?,
                issuer: Issuer::parse(issuer)?,
                client_id_there: ClientId::parse(text("idp_client_id").ok_or("no idp_client_id")?)?,
                id_token,
            }));
        }
        if let Some(assertion) = secret("valid_jwt") {
            return Ok(Self::Workload(client_id, assertion));
        }
        if let Some(pem) = text("private_key_pem") {
            return Ok(Self::Key(client_id, Signer::here(KeyPair::from_pem(pem)?)));
        }
        let secret = secret("client_secret").ok_or("the client has a name and nothing to show")?;
        Ok(Self::Secret(client_id, secret))
    }

    /// The client as that server knows it, where somebody saw to that.
    pub(crate) fn known(&self, server: &ServerMetadata) -> Option<Known> {
        let (client_id, authentication) = match self {
            Self::Person => return None,
            Self::Secret(id, secret) => (id, Authentication::by_secret(secret.clone(), server)),
            Self::Key(id, signer) => (id, Authentication::PrivateKeyJwt(signer.clone())),
            Self::Workload(id, _) => (id, Authentication::Public),
            Self::Enterprise(enterprise) => {
                let secret = enterprise.secret.clone();
                (&enterprise.client_id, Authentication::by_secret(secret, server))
            }
        };
        Some(Known { client_id: client_id.clone(), authentication, registration: None })
    }
}

/// Opens the address in the browser, or shows it where there is none.
pub(crate) fn browse(url: &str) {
    if open_browser(url).is_err() {
        println!("open: {url}");
    }
}

/// Does what a browser would do that nobody sits at, as in the suite: two redirects, and nothing to click.
pub(crate) fn walk(url: &str) {
    let url = url.to_owned();
    tokio::spawn(async move {
        let http = Web::new(Limits::default()).ok()?;
        let there = http.send(Request::get(url).body(Body::default()).ok()?).await.ok()?;
        let back = there.headers().get("location")?.to_str().ok()?.to_owned();
        http.send(Request::get(back).body(Body::default()).ok()?).await.ok()
    });
}
