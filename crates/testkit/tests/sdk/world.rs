//! Our server with a person, a few clients and an API in it.

use std::sync::Arc;

use keybound_client::{
    Ambient as _, Client, Config, System, Tokens,
    crypto::{AwsLc, entropy},
    drive,
    flow::{Ask, Chance, CodeFlow},
    http::{Limits, Web},
    session::{MemoryStore, Session, Want},
};
use keybound_proto::{id::Subject, jose::Alg, scope::Scopes, secret::Secret, uri::RedirectUri};
use keybound_server::{
    App,
    config::{Database, IssuerUrl, MasterKey, Redis},
    routes::router,
};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, Kind, ResourceServers, Users},
    events,
    ledger::passwords::{self, Password},
    testing::{self, Lent},
};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    log,
    place::{Bodies, Place},
    relay::Relay,
    time::Time,
};

pub(crate) const AUDIENCE: &str = "https://orders.example";
pub(crate) const OTHER_AUDIENCE: &str = "https://bills.example";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "Correct-horse-battery-7";
pub(crate) const SECRET: &str = "s3cret-of-a-machine-nobody-guesses";
pub(crate) const USER: &str = "auth0|ada";

/// How long an access token of ours lives.
pub(crate) const TOKEN: u32 = 600;

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) time: Time,
    pub(crate) web: Web,
    pub(crate) server: Place,
}

/// A session of Ada's, or a machine's.
pub(crate) type OurSession = Session<Web, Time>;

impl World {
    pub(crate) async fn new() -> Self {
        Self::set_up(|_| {}).await
    }

    /// A world whose server is told something else.
    pub(crate) async fn set_up(change: impl FnOnce(&mut keybound_server::Config)) -> Self {
        log::listen();
        let lent = testing::chosen().await;
        let mut config = keybound_server::Config::default();
        config.tenant.localhost_consent = keybound_authority::model::tenant::LocalhostConsent::Skip;
        if let Some(lent) = &lent {
            stand_on(lent, &mut config);
        }
        change(&mut config);
        let (relay, time) = (Relay::open().await, Time::begin(lent));
        let issuer = IssuerUrl::parse("issuer", &relay.url()).unwrap();
        let app = App::open(config, &issuer, time.clock.server()).await.unwrap();
        furnish(&app).await;
        // Memory remembers from a second after its beginning.
        time.later(10);
        let server = Place::open(relay, router(Arc::clone(&app)), &time, Bodies::Heard).await;
        Self { app, time, web: Web::new(Limits::default()).unwrap(), server }
    }

    /// What a client of this name is told.
    pub(crate) fn config(&self, id: &str) -> Config {
        let config = Config::new(&self.server.url, id).unwrap().audience(AUDIENCE);
        match id {
            "machine" | "web" => config.secret(SECRET),
            _ => config.scopes(scopes("openid offline_access read:orders")),
        }
    }

    /// A client that knows the server, with a key of its own.
    pub(crate) async fn client(&self, id: &str) -> Client {
        self.config(id).connect(&self.web).await.unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.web)
    }

    /// The session of a machine.
    pub(crate) async fn machine(&self) -> OurSession {
        let client = self.client("machine").await;
        let session = Session::of_machine(client, self.web.clone(), Arc::new(MemoryStore::default()));
        session.by_clock(self.time.clone())
    }

    /// Ada's session at the single-page app, after she signed in.
    pub(crate) async fn signed_in(&self) -> OurSession {
        let client = self.client("spa").await;
        let tokens = self.tokens(&client).await;
        let session = Session::of_user(client, self.web.clone(), Arc::new(MemoryStore::default()));
        let session = session.by_clock(self.time.clone());
        session.keep(&want(), tokens).await.unwrap();
        session
    }

    /// What a client gets once Ada has signed in.
    pub(crate) async fn tokens(&self, client: &Client) -> Tokens {
        let flow = begin(client, &ask());
        let back = self.browser().signs_in(flow.url()).await;
        drive(flow.come_back(client, query(&back)).unwrap(), &self.web, &self.time).await.unwrap()
    }

    /// How often this was written to the tenant log.
    pub(crate) async fn events(&self, kind: &str) -> usize {
        let log = events::after(&self.app.store, &self.app.tenant.id, None, 1000).await.unwrap();
        log.iter().filter(|event| &*event.kind == kind).count()
    }

    /// How often a refresh token was redeemed.
    pub(crate) async fn refreshes(&self) -> usize {
        self.events("sertft").await
    }

    /// The server signs with another key from now on.
    pub(crate) async fn rotate_keys(&self) {
        self.app.keys.rotate(&self.app.store, Alg::Rs256, self.time.there()).await.unwrap();
    }
}

/// A login that was begun.
pub(crate) fn begin(client: &Client, ask: &Ask) -> CodeFlow {
    let chance = Chance { state: System.entropy(), nonce: System.entropy(), verifier: System.entropy() };
    CodeFlow::begin(client, ask, &chance, &AwsLc).unwrap()
}

/// What the single-page app asks Ada for.
pub(crate) fn ask() -> Ask {
    let back = RedirectUri::parse(CALLBACK).unwrap();
    Ask::new(back, scopes("openid offline_access read:orders")).audience(AUDIENCE)
}

/// What its fetchers want.
pub(crate) fn want() -> Want {
    Want::default().audience(AUDIENCE)
}

pub(crate) fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

/// What came with an address.
pub(crate) fn query(url: &str) -> &str {
    url.split_once('?').unwrap_or_else(|| panic!("{url} has no query")).1
}

/// PostgreSQL, with Redis or without.
fn stand_on(lent: &Lent, config: &mut keybound_server::Config) {
    let keybound_store::Database::Postgres { address, .. } = &lent.scratch.database else {
        panic!("only PostgreSQL is lent")
    };
    config.database = Database::Postgres(Secret::new(address.reveal().clone()));
    config.master_key = Some(MasterKey::new(entropy::bytes()));
    config.redis = lent.moments.as_ref().map(|redis| Redis::parse("redis", &redis.address).unwrap());
}

/// Puts into an empty tenant what everybody here speaks of.
pub(crate) async fn furnish(app: &App) {
    let rotating = json!({
        "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
        "token_lifetime": 864_000, "idle_token_lifetime": 432_000,
    });
    let open = |kind: &str, callbacks: &[&str]| {
        json!({
            "name": "Orders", "app_type": kind, "token_endpoint_auth_method": "none",
            "callbacks": callbacks, "allowed_logout_urls": ["https://app.example/bye"],
            "grant_types": ["authorization_code", "refresh_token"], "refresh_token": rotating,
        })
    };
    put::<Clients>(app, "spa", open("spa", &[CALLBACK])).await;
    put::<Clients>(app, "native", open("native", &["http://127.0.0.1/callback"])).await;
    let machine = json!({
        "name": "Machine", "app_type": "non_interactive", "client_secret": SECRET,
        "grant_types": ["client_credentials"],
    });
    put::<Clients>(app, "machine", machine).await;
    for (id, audience) in [("orders", AUDIENCE), ("bills", OTHER_AUDIENCE)] {
        let api = json!({
            "identifier": audience, "name": id, "allow_offline_access": true, "token_lifetime": TOKEN,
            "token_lifetime_for_web": TOKEN,
            "scopes": [{ "value": "read:orders" }, { "value": "write:orders" }],
            "skip_consent_for_verifiable_first_party_clients": true,
            "proof_of_possession": { "mechanism": "dpop", "required": false },
        });
        put::<ResourceServers>(app, id, api).await;
        let scopes = ["read:orders", "write:orders"];
        let grant = json!({ "client_id": "machine", "audience": audience, "scope": scopes });
        put::<ClientGrants>(app, &format!("cgr_{id}"), grant).await;
    }
    let connection = "Username-Password-Authentication";
    let ada = json!({
        "user_id": USER, "email": EMAIL, "email_verified": true, "name": "Ada",
        "identities": [{ "connection": connection, "provider": "auth0", "user_id": "ada", "isSocial": false }],
    });
    put::<Users>(app, USER, ada).await;
    let hash = app.passwords.hash(Secret::new(PASSWORD.into())).await.unwrap();
    let password = Password { hash, set_at: app.clock.now() };
    let mut batch = Batch::new();
    passwords::set(&mut batch, &app.tenant.id, &Subject::parse(USER).unwrap(), &password);
    app.store.apply(batch).await.unwrap();
}

/// One more document.
pub(crate) async fn put<K: Kind>(app: &App, id: &str, doc: Value) {
    let mut batch = Batch::new();
    documents::insert::<K>(&mut batch, &app.store, &app.tenant.id, id, doc);
    app.store.apply(batch).await.unwrap();
}
