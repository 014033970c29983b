//! A server with a tenant in it and a clock that a test turns.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use keybound_authority::{
    event::Sender,
    grant::code::Code,
    model::{
        digest::{CodeDigest, RefreshDigest, SessionDigest},
        factor::Factors,
        name::{AudienceName, ConnectionName, FamilyId, SessionId},
        session::Session,
    },
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    form::Form,
    id::{ClientId, Subject},
    jose::{Digest as _, Thumbprint, decode_base64url},
    pkce::CodeVerifier,
    scope::Scopes,
    time::{Lifetime, Timestamp},
    uri::RedirectUri,
};
use keybound_server::{App, Config, config::IssuerUrl, routes};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, Kind, ResourceServers, Users},
    ledger::{codes, sessions},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{document::hold, lent::Time};

pub(crate) const ISSUER: &str = "https://id.example/";
pub(crate) const API: &str = "https://orders.example";
pub(crate) const SPA: &str = "spa";
pub(crate) const OTHER_SPA: &str = "other-spa";
pub(crate) const M2M: &str = "m2m";
pub(crate) const WEB: &str = "web";
pub(crate) const SECRET: &str = "s3cret-of-a-machine";
pub(crate) const USER: &str = "auth0|0123456789abcdef01234567";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const ORIGIN: &str = "https://app.example";
pub(crate) const START: i64 = 1_800_000_000;

/// A server and everything it knows.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<Time>,
    config: Config,
    router: Router,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// A server told something else.
    pub(crate) async fn with(config: Config) -> Self {
        let world = Self::open(config, START).await;
        world.furnish().await;
        world
    }

    /// A server that starts again, ten seconds later, over what another left.
    pub(crate) async fn again(config: Config) -> Self {
        Self::open(config, START + 10).await
    }

    async fn open(mut config: Config, now: i64) -> Self {
        let clock = Arc::new(Time::begin(Timestamp::from_unix(now), &mut config).await);
        let issuer = IssuerUrl::parse("issuer", ISSUER).unwrap();
        let app = App::open(config.clone(), &issuer, clock.clock()).await.unwrap();
        let router = routes::router(Arc::clone(&app));
        Self { app, clock, config, router }
    }

    /// Another server over what this one stands on. SQLite in memory belongs to one process: there it is another door
    /// to the same one.
    pub(crate) async fn beside(&self) -> Self {
        let app = match self.config.database {
            keybound_server::config::Database::SqliteMemory => Arc::clone(&self.app),
            _ => {
                let issuer = IssuerUrl::parse("issuer", ISSUER).unwrap();
                App::open(self.config.clone(), &issuer, self.clock.clock()).await.unwrap()
            }
        };
        let router = routes::router(Arc::clone(&app));
        Self { app, clock: Arc::clone(&self.clock), config: self.config.clone(), router }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        hold(&method, &path, parts.status, &body);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A form to an endpoint, with further headers.
    pub(crate) async fn post(&self, path: &str, form: Form, headers: &[(&str, &str)]) -> Answer {
        self.send(request(path, form.encode(), headers)).await
    }

    pub(crate) async fn put<K: Kind>(&self, id: &str, doc: Value) {
        let mut batch = Batch::new();
        documents::insert::<K>(&mut batch, &self.app.store, &self.app.tenant.id, id, doc);
        self.app.store.apply(batch).await.unwrap();
    }

    /// An administrator shuts the user out.
    pub(crate) async fn block(&self, user: &str) {
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        let mut found = documents::find::<Users>(store, tenant, user).await.unwrap().unwrap();
        found.doc["blocked"] = true.into();
        let mut batch = Batch::new();
        documents::update(&mut batch, store, tenant, found);
        store.apply(batch).await.unwrap();
    }

    /// A code as the authorization endpoint would have issued it.
    pub(crate) async fn code(&self, wish: &Wish<'_>) -> String {
        let secret = entropy::token::<32>();
        let code = Code {
            digest: CodeDigest::from_bytes(AwsLc.sha256(&[secret.as_bytes()])),
            family: FamilyId::parse(&entropy::token::<16>()).unwrap(),
            client: ClientId::parse(wish.client).unwrap(),
            redirect_uri: Some(RedirectUri::parse(CALLBACK).unwrap()),
            challenge: Some(verifier().challenge(&AwsLc)),
            jkt: wish.jkt,
            subject: Subject::parse(USER).unwrap(),
            connection: ConnectionName::parse("Username-Password-Authentication").unwrap(),
            session: SessionId::parse("session-1").unwrap(),
            authenticated_at: self.now(),
            factors: Factors::One,
            organization: None,
            audience: wish.audience.map(|name| AudienceName::parse(name).unwrap()),
            asked: Scopes::parse(wish.scopes).unwrap(),
            scopes: Scopes::parse(wish.scopes).unwrap(),
            id_token_nonce: None,
            issued_at: self.now(),
            expires_at: self.now().plus(Lifetime::seconds(60)),
        };
        let mut batch = Batch::new();
        codes::issue(&mut batch, &self.app.tenant.id, &code);
        self.app.store.apply(batch).await.unwrap();
        secret
    }

    /// The browser session in which the standing user's codes were asked for.
    pub(crate) async fn session(&self) -> Session {
        let days = Lifetime::seconds(2 * 86_400);
        let session = Session {
            digest: SessionDigest::from_bytes([7; 32]),
            id: SessionId::parse("session-1").unwrap(),
            subject: Subject::parse(USER).unwrap(),
            connection: ConnectionName::parse("Username-Password-Authentication").unwrap(),
            authenticated_at: self.now(),
            factors: Factors::One,
            began_at: self.now(),
            touched_at: self.now(),
            idle: days,
            ends_at: self.now().plus(days),
        };
        let mut batch = Batch::new();
        sessions::begin(&mut batch, &self.app.tenant.id, &session, &Sender::default());
        self.app.store.apply(batch).await.unwrap();
        session
    }

    async fn furnish(&self) {
        let public = |id: &str| {
            json!({
                "client_id": id, "name": id, "app_type": "spa", "token_endpoint_auth_method": "none",
                "callbacks": [CALLBACK], "web_origins": [ORIGIN],
                "grant_types": ["authorization_code", "refresh_token"],
                "refresh_token": {
                    "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
                    "token_lifetime": 86400, "idle_token_lifetime": 3600,
                },
            })
        };
        self.put::<Clients>(SPA, public(SPA)).await;
        self.put::<Clients>(OTHER_SPA, public(OTHER_SPA)).await;
        let confidential = |id: &str, kind: &str, grants: &[&str]| {
            json!({
                "client_id": id, "name": id, "app_type": kind, "client_secret": SECRET, "grant_types": grants,
                "callbacks": [CALLBACK],
                "refresh_token": { "rotation_type": "rotating", "expiration_type": "non-expiring", "leeway": 0 },
            })
        };
        self.put::<Clients>(M2M, confidential(M2M, "non_interactive", &["client_credentials"])).await;
        let web = confidential(WEB, "regular_web", &["authorization_code", "refresh_token"]);
        self.put::<Clients>(WEB, web).await;
        let api = json!({
            "id": "api1", "identifier": API, "name": "Orders", "allow_offline_access": true,
            "scopes": [{ "value": "read:orders" }, { "value": "write:orders" }],
            "proof_of_possession": { "mechanism": "dpop", "required": false },
        });
        self.put::<ResourceServers>("api1", api).await;
        let grant = json!({ "client_id": M2M, "audience": API, "scope": ["read:orders"] });
        self.put::<ClientGrants>("cgr_1", grant).await;
        let user = json!({
            "user_id": USER, "email": "ada@example.com", "email_verified": true, "name": "Ada",
            "identities": [{
                "connection": "Username-Password-Authentication", "provider": "auth0", "isSocial": false,
                "user_id": "0123456789abcdef01234567",
            }],
            "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        });
        self.put::<Users>(USER, user).await;
    }
}

/// What a code is for.
pub(crate) struct Wish<'a> {
    pub(crate) client: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) scopes: &'a str,
    pub(crate) jkt: Option<Thumbprint>,
}

impl Default for Wish<'_> {
    fn default() -> Self {
        Self {
            client: SPA,
            audience: Some(API),
            scopes: "openid profile offline_access read:orders",
            jkt: None,
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn text(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no {member}: {json}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} stands there twice");
        value
    }

    pub(crate) fn challenges(&self) -> Vec<&str> {
        self.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Refused, in Auth0's shape, never cached.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) -> String {
        assert_eq!((self.status.as_u16(), self.text("error").as_str()), (status, error), "{}", self.json());
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert!(self.json().get("access_token").is_none());
        self.text("error_description")
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

pub(crate) fn request(path: &str, body: String, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(body.into())
        .unwrap()
}

pub(crate) fn verifier() -> CodeVerifier {
    CodeVerifier::parse(&"v".repeat(43)).unwrap()
}

/// What is kept of a refresh token.
pub(crate) fn refresh_digest(token: &str) -> RefreshDigest {
    RefreshDigest::from_bytes(AwsLc.sha256(&[token.as_bytes()]))
}

/// What a token claims, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode_base64url(payload).unwrap()).unwrap()
}

pub(crate) fn redeem(code: &str, client: &str) -> Form {
    Form::new()
        .with("grant_type", "authorization_code")
        .with("client_id", client)
        .with("code", code)
        .with("redirect_uri", CALLBACK)
        .with("code_verifier", verifier().reveal())
}

pub(crate) fn refresh(token: &str, client: &str) -> Form {
    Form::new().with("grant_type", "refresh_token").with("client_id", client).with("refresh_token", token)
}

pub(crate) fn machine() -> Form {
    Form::new()
        .with("grant_type", "client_credentials")
        .with("client_id", M2M)
        .with("client_secret", SECRET)
        .with("audience", API)
}
