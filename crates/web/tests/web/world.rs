//! Our server with a web client in it, an app that uses `keybound-web`, and browsers that visit both.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{Router, extract::Path, routing::get};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use keybound_client::{
    Ambient, Boxed, Config, System,
    http::{Body, Http, Response, TransportError},
    session::{Renew, Want},
};
use keybound_proto::{
    form::Form,
    id::Subject,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_server::{App, Clock, config::IssuerUrl, extract::Peer, routes::router};
use keybound_store::{
    Batch,
    documents::{self, Clients, Kind, ResourceServers, Users},
    ledger::passwords::{self, Password},
};
use keybound_web::{MemorySessions, Options, OrLogin, User, WebAuth, WebSession};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const ISSUER: &str = "https://id.example/";
pub(crate) const APP: &str = "https://app.example";
pub(crate) const API: &str = "https://api.example/";
pub(crate) const SECRET: &str = "a secret of 32 bytes, or even more";
const PASSWORD: &str = "Correct horse 7";

/// Everything there is.
pub(crate) struct World {
    pub(crate) server: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) wire: Wire,
    pub(crate) config: Config,
}

/// Where sessions of an app are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    InCookies,
    InStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        let issuer = IssuerUrl::parse("issuer", ISSUER).unwrap();
        let clock = Clock::standing_at(Timestamp::from_unix(1_800_000_000));
        let server = App::open(keybound_server::Config::default(), &issuer, clock.clone()).await.unwrap();
        let wire = Wire { router: router(Arc::clone(&server)), sent: Arc::default() };
        let config = Config::new(ISSUER, "web").unwrap().secret("s3cret").audience(API);
        let world = Self { server, clock, wire, config };
        world.furnish().await;
        world.later(10);
        world
    }

    async fn furnish(&self) {
        let client = json!({
            "client_id": "web", "name": "Shop", "app_type": "regular_web", "is_first_party": true,
            "token_endpoint_auth_method": "client_secret_post", "client_secret": "s3cret",
            "callbacks": [format!("{APP}/auth/callback")], "allowed_logout_urls": [format!("{APP}/"), format!("{APP}/bye")],
            "grant_types": ["authorization_code", "refresh_token"],
            "refresh_token": {
                "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0,
                "token_lifetime": 864_000, "idle_token_lifetime": 432_000,
            },
        });
        self.insert::<Clients>("web", client).await;
        let api = json!({
            "id": "api", "identifier": API, "name": "Orders", "signing_alg": "RS256", "token_lifetime": 600,
            "proof_of_possession": { "mechanism": "dpop", "required": false }, "allow_offline_access": true,
            "skip_consent_for_verifiable_first_party_clients": true,
            "scopes": [{ "value": "read:orders" }],
        });
        self.insert::<ResourceServers>("api", api).await;
        for name in ["ada", "eve"] {
            self.person(name).await;
        }
    }

    async fn person(&self, name: &str) {
        let subject = format!("auth0|{name}");
        let connection = "Username-Password-Authentication";
        let doc = json!({
            "user_id": subject, "email": email(name), "email_verified": true, "name": name,
            "identities": [{ "connection": connection, "provider": "auth0", "user_id": name, "isSocial": false }],
        });
        self.insert::<Users>(&subject, doc).await;
        let hash = self.server.passwords.hash(Secret::new(PASSWORD.into())).await.unwrap();
        let mut batch = Batch::new();
        let password = Password { hash, set_at: self.clock.now() };
        passwords::set(&mut batch, &self.server.tenant.id, &Subject::parse(&subject).unwrap(), &password);
        self.server.store.apply(batch).await.unwrap();
    }

    async fn insert<K: Kind>(&self, id: &str, doc: Value) {
        let mut batch = Batch::new();
        documents::insert::<K>(&mut batch, &self.server.store, &self.server.tenant.id, id, doc);
        self.server.store.apply(batch).await.unwrap();
    }

    pub(crate) fn later(&self, seconds: u32) {
        self.clock.turn(Lifetime::seconds(seconds));
    }

    pub(crate) fn time(&self) -> Time {
        Time(self.clock.clone())
    }

    pub(crate) fn options(&self, kept: Kept) -> Options {
        let time = self.time();
        let options = Options::new(APP, SECRET).unwrap().ambient(time.clone());
        match kept {
            Kept::InCookies => options,
            Kept::InStore => options.store(Arc::new(MemorySessions::by_clock(time))),
        }
    }

    pub(crate) fn app(&self, kept: Kept) -> Router {
        self.app_with(self.options(kept))
    }

    pub(crate) fn app_with(&self, options: Options) -> Router {
        let auth = WebAuth::new(self.config.clone(), self.wire.clone(), options).unwrap();
        let own = Router::new()
            .route("/", get(|user: Option<User>| async move { greeting(user.as_ref()) }))
            .route("/me", get(|user: User| async move { user.subject().to_owned() }))
            .route(
                "/page",
                get(|OrLogin(user): OrLogin<User>| async move { greeting(Some(&user)) })
                    .post(|OrLogin(user): OrLogin<User>| async move { greeting(Some(&user)) }),
            )
            .route("/call", get(call))
            .route("/renew/{when}", get(renew));
        auth.protect(own)
    }

    pub(crate) fn browser(&self, app: &Router) -> Browser {
        let (app, server) = (app.clone(), self.wire.router.clone());
        Browser { app, server, cookies: BTreeMap::new(), headers: HeaderMap::new() }
    }

    /// A browser in which somebody signed in to the app.
    pub(crate) async fn signed_in(&self, app: &Router, name: &str) -> Browser {
        let mut browser = self.browser(app);
        let page = browser.signs_in("/auth/login", name).await;
        assert_eq!(page.location(), format!("{APP}/"), "{}", page.body);
        browser
    }
}

fn greeting(user: Option<&User>) -> String {
    user.map_or_else(
        || "hello, stranger".to_owned(),
        |user| format!("hello, {}", user.text("email").unwrap()),
    )
}

/// Calls the server's own protected resource, with the session's bound token and a proof by the app's key.
async fn call(session: WebSession) -> Result<String, (StatusCode, String)> {
    let answer = async { session.fetcher(ISSUER).await?.get("userinfo").send().await };
    match answer.await {
        Ok(answer) if answer.status().is_success() => Ok(answer.text().await.unwrap()),
        Ok(answer) => Err((StatusCode::BAD_GATEWAY, format!("{:?}", answer.headers()))),
        Err(error) => Err((StatusCode::BAD_GATEWAY, error.code().to_owned())),
    }
}

/// A token, and what of it can be told.
async fn renew(session: WebSession, Path(when): Path<String>) -> Result<String, (StatusCode, String)> {
    let renew = if when == "now" { Renew::Now } else { Renew::WhenDue };
    let tokens = session.access_token_when(&Want::default().audience(API), renew).await;
    let tokens = tokens.map_err(|error| (StatusCode::BAD_GATEWAY, error.code().to_owned()))?;
    Ok(format!("{} {}", session.user().subject(), tokens.access_token.reveal()))
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// The way to the server; it remembers what was asked.
#[derive(Clone)]
pub(crate) struct Wire {
    router: Router,
    sent: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Wire {
    pub(crate) fn sent(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap()
    }

    /// How many requests with this in their body were sent to the token endpoint.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.sent().iter().filter(|sent| sent.path == "/oauth/token" && sent.body.contains(part)).count()
    }
}

impl Http for Wire {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let body = String::from_utf8(request.body().as_bytes().to_vec()).unwrap();
        let path = request.uri().path().to_owned();
        self.sent().push(Sent { path, body });
        // Others have a chance to ask for the same meanwhile.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let answer = ask(&self.router, request.map(|body| body.as_bytes().to_vec())).await;
        Ok(answer.map(Body::from))
    }
}

async fn ask(router: &Router, request: Request<Vec<u8>>) -> http::Response<Vec<u8>> {
    let mut request = request.map(axum::body::Body::from);
    request.extensions_mut().insert(Peer("192.0.2.7:5000".parse().unwrap()));
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec())
}

/// The server's clock, for the app too.
#[derive(Clone, Debug)]
pub(crate) struct Time(Clock);

impl Ambient for Time {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn entropy(&self) -> [u8; 32] {
        System.entropy()
    }

    fn pause(&self, _: std::time::Duration) -> Boxed<'_, ()> {
        Box::pin(tokio::task::yield_now())
    }
}

/// A browser: it keeps cookies, each for its origin.
#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    server: Router,
    /// By origin and name.
    pub(crate) cookies: BTreeMap<(String, String), String>,
    /// What it sends along with everything.
    pub(crate) headers: HeaderMap,
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        self.send(Method::GET, address, None).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: &Form) -> Page {
        self.send(Method::POST, address, Some(form)).await
    }

    /// Begins at an address of the app, signs in at the server, and comes back; what the callback answers.
    pub(crate) async fn signs_in(&mut self, address: &str, name: &str) -> Page {
        let begun = self.get(address).await;
        let back = self.signs_in_at(&begun.location(), name).await;
        self.get(&back).await
    }

    /// Signs in at the server; where it sends the browser then.
    pub(crate) async fn signs_in_at(&mut self, authorize: &str, name: &str) -> String {
        let page = self.get(authorize).await;
        let location = page.location();
        if location.starts_with(APP) {
            return location;
        }
        let form = Form::new()
            .with("state", &page.param("state"))
            .with("username", &email(name))
            .with("password", PASSWORD)
            .with("action", "default");
        let page = self.post(&format!("{ISSUER}u/login"), &form).await;
        let page = self.get(&absolute(&page.location())).await;
        page.location()
    }

    async fn send(&mut self, method: Method, address: &str, form: Option<&Form>) -> Page {
        let (origin, path) = match address.strip_prefix(ISSUER) {
            Some(path) => (ISSUER, format!("/{path}")),
            None => (APP, address.strip_prefix(APP).unwrap_or(address).to_owned()),
        };
        assert!(path.starts_with('/'), "{address} is an address of neither");
        let cookies: Vec<_> =
            self.cookies_of(origin).map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path);
        *request.headers_mut().unwrap() = self.headers.clone();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            request = request.header("sec-fetch-site", "same-origin").header("origin", "null");
        }
        let body = form.map(Form::encode).unwrap_or_default().into_bytes();
        let router = if origin == ISSUER { &self.server } else { &self.app };
        let (parts, body) = ask(router, request.body(body).unwrap()).await.into_parts();
        let body = String::from_utf8(body).unwrap();
        let page = Page { status: parts.status, headers: parts.headers, body };
        self.keep(origin, &page);
        page
    }

    pub(crate) fn cookies_of<'a>(&'a self, of: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.cookies.iter().filter(move |((origin, _), _)| origin == of);
        own.map(|((_, name), value)| (name.as_str(), value.as_str()))
    }

    /// The name and value of the app's session cookie.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get(&(APP.to_owned(), SESSION.to_owned())).map(String::as_str)
    }

    /// Keeps the cookies of an answer, as a browser would on their origin.
    pub(crate) fn keep(&mut self, origin: &str, page: &Page) {
        for cookie in page.cookies() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            assert!(value.len() + name.len() < 4_096, "no browser keeps this");
            let key = (origin.to_owned(), name.to_owned());
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
    }
}

pub(crate) const SESSION: &str = "__Host-keybound_web";

fn absolute(location: &str) -> String {
    match location.strip_prefix('/') {
        Some(path) => format!("{ISSUER}{path}"),
        None => location.to_owned(),
    }
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn location(&self) -> String {
        let Some(location) = self.headers.get(header::LOCATION) else {
            panic!("no redirect but {}: {}", self.status, self.body)
        };
        location.to_str().unwrap().to_owned()
    }

    /// A parameter of the address the browser is sent to.
    #[track_caller]
    pub(crate) fn param(&self, name: &str) -> String {
        let form = self.query();
        form.text(name).unwrap_or_else(|| panic!("no {name} in {}", self.location())).to_owned()
    }

    #[track_caller]
    pub(crate) fn query(&self) -> Form {
        let location = self.location();
        Form::parse(location.split_once('?').map_or("", |(_, query)| query).as_bytes()).unwrap()
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.json()["error"], code);
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
    }
}
