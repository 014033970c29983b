//! A tenant with a few clients and one person, and browsers to visit it with.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use keybound_proto::{
    form::Form,
    id::Subject,
    jose::{Alg, mint},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_server::{App, Config, config::IssuerUrl, extract::Peer, routes::router};
use keybound_store::{
    Batch,
    documents::{self, Clients, Connections, Kind, ResourceServers, Users},
    events,
    ledger::passwords::{self, Password},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::lent::Time;

pub(crate) const ISSUER: &str = "https://id.example/";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const API: &str = "https://api.example/";
pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "Correct horse 7";
/// The S256 challenge of RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Time,
    router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::told(|_| {}).await
    }

    /// A world whose server is told something else.
    pub(crate) async fn told(change: impl FnOnce(&mut Config)) -> Self {
        let issuer = IssuerUrl::parse("issuer", ISSUER).unwrap();
        let mut config = Config::default();
        config.tenant.logout_urls = vec!["https://tenant.example/".into()];
        change(&mut config);
        let clock = Time::begin(Timestamp::from_unix(1_800_000_000), &mut config).await;
        let app = App::open(config, &issuer, clock.clock()).await.unwrap();
        let world = Self { router: router(Arc::clone(&app)), app, clock };
        world.furnish().await;
        world
    }

    async fn furnish(&self) {
        let grants = json!(["authorization_code", "refresh_token"]);
        let client = |id: &str, more: Value| {
            let mut doc = json!({
                "client_id": id, "name": "Photo Album", "app_type": "spa", "is_first_party": true,
                "token_endpoint_auth_method": "none", "callbacks": [CALLBACK], "grant_types": grants,
                "web_origins": ["https://app.example"], "allowed_logout_urls": ["https://app.example/bye"],
            });
            doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            doc
        };
        for (id, more) in [
            ("spa", json!({})),
            ("third", json!({ "is_first_party": false, "name": "Print <Shop>" })),
            ("two", json!({ "callbacks": [CALLBACK, "https://app.example/other"] })),
            (
                "native",
                json!({ "app_type": "native", "callbacks": ["http://127.0.0.1/cb", "com.example.app:/cb"] }),
            ),
            ("machine", json!({ "grant_types": ["client_credentials"] })),
            (
                "web",
                json!({
                    "app_type": "regular_web", "token_endpoint_auth_method": "client_secret_post",
                    "client_secret": "s3cret",
                }),
            ),
        ] {
            self.insert::<Clients>(id, client(id, more)).await;
        }
        let api = json!({
            "id": "api", "identifier": API, "name": "Orders", "signing_alg": "RS256",
            "allow_offline_access": true, "skip_consent_for_verifiable_first_party_clients": true,
            "scopes": [
                { "value": "read:orders", "description": "Read your orders" },
                { "value": "write:orders" },
            ],
        });
        self.insert::<ResourceServers>("api", api).await;
        self.person("ada", EMAIL, json!({})).await;
    }

    pub(crate) async fn insert<K: Kind>(&self, id: &str, doc: Value) {
        let mut batch = Batch::new();
        documents::insert::<K>(&mut batch, &self.app.store, &self.app.tenant.id, id, doc);
        self.app.store.apply(batch).await.unwrap();
    }

    pub(crate) async fn person(&self, id: &str, email: &str, more: Value) {
        let connection = "Username-Password-Authentication";
        let subject = format!("auth0|{id}");
        let mut doc = json!({
            "user_id": subject, "email": email, "email_verified": true, "name": "Ada",
            "created_at": "2027-01-15T07:00:00.000Z",
            "identities": [{ "connection": connection, "provider": "auth0", "user_id": id, "isSocial": false }],
        });
        doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.insert::<Users>(&subject, doc).await;
        let hash = self.app.passwords.hash(Secret::new(PASSWORD.into())).await.unwrap();
        let password = Password { hash, set_at: self.clock.now() };
        let mut batch = Batch::new();
        passwords::set(&mut batch, &self.app.tenant.id, &Subject::parse(&subject).unwrap(), &password);
        self.app.store.apply(batch).await.unwrap();
    }

    pub(crate) async fn forget_client(&self, id: &str) {
        let mut batch = Batch::new();
        documents::delete::<Clients>(&mut batch, &self.app.tenant.id, id);
        self.app.store.apply(batch).await.unwrap();
        self.app.policies.forget();
    }

    pub(crate) async fn change_connection(&self, member: &str, value: Value) {
        let name = keybound_authority::model::name::ConnectionName::parse("Username-Password-Authentication");
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        let mut found = documents::connection_named(store, tenant, &name.unwrap()).await.unwrap().unwrap();
        found.doc["options"][member] = value;
        let mut batch = Batch::new();
        documents::update::<Connections>(&mut batch, store, tenant, found);
        store.apply(batch).await.unwrap();
    }

    pub(crate) fn later(&self, seconds: u32) {
        self.clock.turn(Lifetime::seconds(seconds));
    }

    /// An ID token as we would have issued it.
    pub(crate) async fn id_token(
        &self,
        subject: &str,
        client: &str,
        sid: Option<&str>,
        expires: i64,
    ) -> String {
        let key = self.app.keys.signer(&self.app.store, Alg::Rs256, self.clock.now()).await.unwrap();
        let mut claims = json!({ "iss": ISSUER, "sub": subject, "aud": client, "iat": 1, "exp": expires });
        if let Some(sid) = sid {
            claims["sid"] = sid.into();
        }
        mint("JWT", &claims, &*key).unwrap()
    }

    /// The codes of the tenant log, newest first.
    pub(crate) async fn events(&self) -> Vec<String> {
        let entries = events::newest(&self.app.store, &self.app.tenant.id, 0, 50).await.unwrap();
        entries.into_iter().map(|entry| entry.kind.into()).collect()
    }

    pub(crate) async fn newest_event(&self) -> events::Entry {
        events::newest(&self.app.store, &self.app.tenant.id, 0, 1).await.unwrap().remove(0)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            address: "192.0.2.7:5000".parse().unwrap(),
        }
    }

    /// A browser in which Ada is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.signs_in(&ask("spa")).await;
        browser
    }
}

/// A browser: it keeps cookies, and says where its requests come from.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) address: SocketAddr,
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        self.send(Request::get(local(address)), String::new()).await
    }

    /// Sends a form from a page of the server itself.
    pub(crate) async fn post(&mut self, address: &str, form: &Form) -> Page {
        let request =
            Request::post(local(address)).header("sec-fetch-site", "same-origin").header("origin", "null");
        self.send(request.header(header::CONTENT_TYPE, FORM), form.encode()).await
    }

    /// Sends a form from a page of another site.
    pub(crate) async fn post_from_elsewhere(&mut self, address: &str, form: &Form) -> Page {
        let request = Request::post(local(address)).header("sec-fetch-site", "cross-site");
        let request = request.header("origin", "https://evil.example").header(header::CONTENT_TYPE, FORM);
        self.send(request, form.encode()).await
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder, body: String) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(header::COOKIE, cookies.join("; ")).body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Peer(self.address));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let page = Page::read(self.router.clone().oneshot(request).await.unwrap()).await;
        crate::document::hold(&method, &path, page.status, page.body.as_bytes());
        for cookie in page.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        page
    }

    /// Asks, and answers the sign-in page as Ada would; what comes of it.
    pub(crate) async fn signs_in(&mut self, ask: &Form) -> Page {
        let page = self.asks(ask).await;
        let state = page.param("state");
        let page = self.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        let resume = page.location();
        self.get(&resume).await
    }

    pub(crate) async fn asks(&mut self, ask: &Form) -> Page {
        self.get(&format!("/authorize?{}", ask.encode())).await
    }
}

/// A whole response.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    #[track_caller]
    pub(crate) fn location(&self) -> String {
        let Some(location) = self.headers.get(header::LOCATION) else {
            panic!("no redirect but {}: {}", self.status, self.body)
        };
        location.to_str().unwrap().to_owned()
    }

    /// A parameter of the address the browser is sent to, in its query or its fragment.
    #[track_caller]
    pub(crate) fn param(&self, name: &str) -> String {
        let location = self.location();
        let (_, query) = location.split_once(['?', '#']).expect(&location);
        let form = Form::parse(query.as_bytes()).unwrap();
        form.text(name).unwrap_or_else(|| panic!("no {name} in {location}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn goes_to(&self, start: &str) {
        assert!(self.location().starts_with(start), "{}", self.location());
    }

    /// A page for a person, with no way out of it to an address nobody vouches for.
    #[track_caller]
    pub(crate) fn is_an_error_page(&self, said: &str) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.body);
        assert!(self.headers.get(header::LOCATION).is_none());
        assert!(self.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert!(self.body.contains(said), "{}", self.body);
    }

    /// A refusal on its way back to the client: always with the state it sent and our name.
    #[track_caller]
    pub(crate) fn refuses(&self, error: &str) {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.body);
        self.goes_to(CALLBACK);
        assert_eq!(self.param("error"), error, "{}", self.location());
        assert_eq!((self.param("state"), self.param("iss")), ("s-1=".into(), ISSUER.into()));
    }

    #[track_caller]
    pub(crate) fn brings_a_code(&self) -> String {
        self.goes_to(CALLBACK);
        assert_eq!((self.param("state"), self.param("iss")), ("s-1=".into(), ISSUER.into()));
        self.param("code")
    }
}

/// A request as a single-page app makes it.
pub(crate) fn ask(client: &str) -> Form {
    Form::new()
        .with("client_id", client)
        .with("redirect_uri", CALLBACK)
        .with("response_type", "code")
        .with("scope", "openid profile email")
        .with("state", "s-1=")
        .with("nonce", "n-1")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
        .with("auth0Client", "eyJuYW1lIjoiYXV0aDAtc3BhLWpzIn0=")
}

/// The same with one parameter changed; left out where the value is empty.
pub(crate) fn but(form: &Form, name: &str, value: &str) -> Form {
    let kept = form.pairs().filter(|(own, _)| *own != name);
    let form = kept.fold(Form::new(), |form, (name, value)| form.with(name, value));
    if value.is_empty() { form } else { form.with(name, value) }
}

pub(crate) fn credentials(state: &str, username: &str, password: &str) -> Form {
    Form::new()
        .with("state", state)
        .with("username", username)
        .with("password", password)
        .with("action", "default")
}

/// The path of an address of ours.
fn local(address: &str) -> String {
    format!("/{}", address.strip_prefix(ISSUER).unwrap_or(address).trim_start_matches('/'))
}

const FORM: &str = "application/x-www-form-urlencoded";
