//! A server over each database, with a tenant in it.

use std::sync::Arc;

use axum::Router;
use keybound_authority::grant::code::Code;
use keybound_authority::model::digest::CodeDigest;
use keybound_authority::model::factor::Factors;
use keybound_authority::model::name::{AudienceName, ConnectionName, FamilyId, SessionId};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::form::Form;
use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Digest as _;
use keybound_proto::pkce::CodeVerifier;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::RedirectUri;
use keybound_server::config::{Database, IssuerUrl, MasterKey};
use keybound_server::{App, Config, routes};
use keybound_store::Batch;
use keybound_store::ledger::codes;
use keybound_store::testing::{self, MASTER, Scratch};
use tower::ServiceExt;

use crate::clock::TurnedClock;
use crate::tenant::{API, CALLBACK, ISSUER, SPA, USER, furnish};
use crate::wire::{Answer, posted};

/// One server over one database, with a tenant in it.
#[derive(Debug)]
pub struct World {
    /// What to call it in a failure.
    pub name: &'static str,
    /// The server's shared parts.
    pub app: Arc<App>,
    /// The clock of everybody here.
    pub clock: TurnedClock,
    config: Config,
    router: Router,
    /// What goes away with the last server over it, unless another process owns it.
    scratch: Option<Arc<Scratch>>,
}

/// When every world begins.
const BEGINNING: Timestamp = Timestamp::from_unix(1_800_000_000);

impl World {
    /// A world over every kind of database there is here.
    pub async fn each() -> Vec<Self> {
        Self::over(testing::each().await).await
    }

    /// A world over every kind of database that several servers can share.
    pub async fn shared() -> Vec<Self> {
        Self::over(testing::shared().await).await
    }

    /// Another server over the same database, as a second process would be one.
    ///
    /// # Panics
    /// When the database is in memory, where nobody else can see it.
    pub async fn beside(&self) -> Self {
        assert!(!matches!(self.config.database, Database::SqliteMemory), "memory is not shared");
        let beside = Self::open(self.config.clone(), self.name, self.clock.clone()).await;
        Self { scratch: self.scratch.clone(), ..beside }
    }

    /// A server over a world that another process made.
    pub async fn of_another_process(database: &keybound_store::Database) -> Self {
        let world = Self::open(config(database), "another process", TurnedClock::at(BEGINNING)).await;
        world.clock.turn(SETTLED);
        world
    }

    /// Where its database is, for another process.
    ///
    /// # Panics
    /// When it is in memory, where nobody else can see it.
    pub fn address(&self) -> String {
        match &self.config.database {
            Database::Sqlite(path) => format!("sqlite:{}", path.display()),
            Database::Postgres(address) => address.reveal().clone(),
            _ => panic!("memory is not shared"),
        }
    }

    /// What time it is here.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a form with further headers.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, path: &str, form: &Form, headers: &[(&str, &str)]) -> Answer {
        let request = posted(path, form.encode(), headers);
        let Ok(response) = self.router.clone().oneshot(request).await;
        Answer::of(response).await
    }

    /// A code for the browser app, as the authorization endpoint would have issued it after the person signed in.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn code(&self) -> String {
        let secret = entropy::token::<32>();
        let scopes = Scopes::parse("openid offline_access read:orders").expect("scopes");
        let code = Code {
            digest: CodeDigest::from_bytes(AwsLc.sha256(&[secret.as_bytes()])),
            family: FamilyId::parse(&entropy::token::<16>()).expect("a name"),
            client: ClientId::parse(SPA).expect("a client"),
            redirect_uri: Some(RedirectUri::parse(CALLBACK).expect("an address")),
            challenge: Some(verifier().challenge(&AwsLc)),
            jkt: None,
            subject: Subject::parse(USER).expect("a person"),
            connection: ConnectionName::parse("Username-Password-Authentication").expect("a name"),
            session: SessionId::parse("session-1").expect("a name"),
            authenticated_at: self.now(),
            factors: Factors::One,
            organization: None,
            audience: Some(AudienceName::parse(API).expect("an audience")),
            asked: scopes.clone(),
            scopes,
            id_token_nonce: None,
            issued_at: self.now(),
            expires_at: self.now().plus(Lifetime::seconds(60)),
        };
        let mut batch = Batch::new();
        codes::issue(&mut batch, &self.app.tenant.id, &code);
        self.app.store.apply(batch).await.expect("a code can be issued");
        secret
    }

    /// The form by which the browser app redeems a code.
    pub fn redeem(code: &str) -> Form {
        Form::new()
            .with("grant_type", "authorization_code")
            .with("client_id", SPA)
            .with("code", code)
            .with("redirect_uri", CALLBACK)
            .with("code_verifier", verifier().reveal())
    }

    /// The form by which it refreshes.
    pub fn refresh(token: &str) -> Form {
        Form::new().with("grant_type", "refresh_token").with("client_id", SPA).with("refresh_token", token)
    }

    async fn over(scratches: Vec<Scratch>) -> Vec<Self> {
        let mut worlds = Vec::new();
        for scratch in scratches {
            let (config, clock) = (config(&scratch.database), TurnedClock::at(BEGINNING));
            let world = Self::open(config, scratch.name, clock).await;
            furnish(&world.app).await;
            world.clock.turn(SETTLED);
            worlds.push(Self { scratch: Some(Arc::new(scratch)), ..world });
        }
        worlds
    }

    async fn open(config: Config, name: &'static str, clock: TurnedClock) -> Self {
        let issuer = IssuerUrl::parse("issuer", ISSUER).expect("an issuer");
        let app = App::open(config.clone(), &issuer, clock.server()).await.expect("the server opens");
        let router = routes::router(Arc::clone(&app));
        Self { name, app, clock, config, router, scratch: None }
    }
}

/// Memory remembers from a second after its beginning: worlds begin to be used later.
const SETTLED: Lifetime = Lifetime::seconds(10);

fn config(database: &keybound_store::Database) -> Config {
    let mut config = Config::default();
    config.master_key = Some(MasterKey::new(MASTER));
    config.database = match database {
        keybound_store::Database::Sqlite { path, .. } => Database::Sqlite(path.clone()),
        keybound_store::Database::Postgres { address, .. } => Database::Postgres(address.clone()),
        _ => Database::SqliteMemory,
    };
    config
}

fn verifier() -> CodeVerifier {
    CodeVerifier::parse(&"v".repeat(43)).expect("43 characters are a verifier")
}
