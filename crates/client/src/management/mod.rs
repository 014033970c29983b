//! Administering a tenant: the Management API v2, of Auth0 or of Keybound.
//!
//! [`Management`] knows where the API is and gets its own tokens. Each kind of thing is a [`Collection`] with the verbs
//! it has; a verb makes a [`Call`], which is sent by awaiting it, or [`Pages`], which fetch one page after another.
//! What stands in no document here stands in `more`, in queries and in [`Management::request`]: whatever the API takes
//! can be said, and whatever it tells is kept.
//!
//! ```
//! use keybound_client::management::{Management, User};
//! # use keybound_client::{Client, ClientError, DpopKey, session::{MemoryStore, Session}};
//! # use keybound_client::http::{Body, Http, Request, Response, TransportError};
//! # use keybound_client::proto::{id::ClientId, metadata::ServerMetadata, uri::Issuer};
//!
//! # #[derive(Clone)]
//! # struct Network;
//! # impl Http for Network {
//! #     async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
//! #         Ok(Response::new(match (request.method().as_str(), request.uri().path()) {
//! #             (_, "/oauth/token") => r#"{"access_token":"a1","token_type":"DPoP","expires_in":600}"#,
//! #             ("GET", "/api/v2/users") => r#"{"total":1,"users":[{"user_id":"auth0|1","email":"ada@example.com"}]}"#,
//! #             ("PATCH", "/api/v2/users/auth0%7C1") => r#"{"user_id":"auth0|1","blocked":true}"#,
//! #             ("GET", "/api/v2/users/auth0%7C1/roles") => r#"{"total":1,"roles":[{"id":"rol_1","name":"Admin"}]}"#,
//! #             other => panic!("{other:?}"),
//! #         }.into()))
//! #     }
//! # }
//! # async fn example(management: Management) -> Result<(), ClientError> {
//! let users = management.users();
//! let found = users.list().query("q", "email:*@example.com").all().await?;
//! let ada = found[0].user_id.as_deref().unwrap_or_default();
//! let change = User { blocked: Some(true), ..User::default() };
//! assert_eq!(users.update(ada, &change).await?.blocked, Some(true));
//! assert_eq!(users.roles(ada).all().await?[0].name.as_deref(), Some("Admin"));
//! # Ok(())
//! # }
//! # let issuer = Issuer::parse("https://tenant.example/")?;
//! # let mut metadata = ServerMetadata::of(&issuer);
//! # metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
//! # let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
//! # let session = Session::of_machine(client, Network, std::sync::Arc::new(MemoryStore::default()));
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(example(Management::of(&session)?))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod collection;
mod document;
mod kinds;
mod pages;
mod refusal;

use std::{fmt, sync::Arc, time::Duration};

use http::Method;
use serde_json::Value;

pub use self::{
    call::Call,
    collection::{Collection, Creatable, Deletable, Kind, Listed, Readable, Updatable},
    document::{Anything, Hidden, Members},
    kinds::{
        apis::{ClientGrant, Permission, ResourceServer, Scope},
        applications::{Application, Credential},
        connections::{Connection, ConnectionKey, Enabled},
        jobs::{Import, Job, Known, Mail},
        logs::{DailyStats, Log},
        people::{
            AuthenticationMethod, Block, Blocks, DeviceCredential, Enrollment, Grant, Identity, RefreshToken,
            Session, User,
        },
        roles::Role,
        tenant::{Rule, RuleConfig, SigningKey, TenantSettings, Ticket},
    },
    pages::{Next, Page, Pages, Paging},
    refusal::Refusal,
};
use crate::{
    Ambient, ClientError, Config, Dpop, Fetcher,
    http::Http,
    session::{self, MemoryStore, Want},
};

/// The Management API of one tenant. Copies share everything.
#[derive(Clone)]
pub struct Management {
    fetcher: Arc<Fetcher>,
}

impl Management {
    /// Longest wait for a busy API, each of [`TRIES`](Self::TRIES) times.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// Times a busy API is asked again.
    pub const TRIES: u32 = 5;

    /// Finds the tenant and asks it as the client that is configured, on its own behalf (client credentials). Tokens
    /// are fetched with the first request and renewed in time.
    ///
    /// Where the configuration names no audience, it is the issuer's `api/v2/`. An audience of another name, as behind
    /// a custom domain of Auth0, is asked for, and the API still found at the domain.
    pub async fn connect(config: &Config, http: impl Http + Clone + 'static) -> Result<Self, ClientError> {
        let client = config.connect(&http).await?;
        let session = session::Session::of_machine(client, http, Arc::new(MemoryStore::default()));
        Ok(Self::of(&session)?.configured(config))
    }

    /// The same, at a tenant that may not bind the tokens of its Management API, which it tells by answering a proof
    /// with a token that is not bound. Only then is one without DPoP asked for: whoever steals that can use it.
    pub async fn connect_even_unbound(
        config: &Config,
        http: impl Http + Clone + 'static,
    ) -> Result<Self, ClientError> {
        let bound = Self::connect(config, http).await?;
        match bound.fetcher.authorize().await {
            Err(error) if error.code() == "client.token_type" => {
                tracing::warn!(
                    "the tenant does not bind tokens of its Management API: whoever steals one can use it"
                );
                let fetcher = Fetcher::clone(&bound.fetcher);
                Ok(Self::over(fetcher.dpop(Dpop::OffAndTokensCanBeStolen)))
            }
            outcome => outcome.map(|()| bound),
        }
    }

    /// The API at the tenant of this session, with its tokens: a machine's, or those of a person who administers.
    pub fn of<H: Http + 'static, A: Ambient + 'static>(
        session: &session::Session<H, A>,
    ) -> Result<Self, ClientError> {
        let base = session.client().issuer().join("api/v2/");
        let fetcher = session.fetcher(&base)?.wanting(Want::default().audience(base.as_str()));
        Ok(Self::over(fetcher.patience(Self::PATIENCE).tries(Self::TRIES)))
    }

    /// The API at the base of this fetcher, which says everything else.
    pub fn over(fetcher: Fetcher) -> Self {
        Self { fetcher: Arc::new(fetcher) }
    }

    /// The same one with tokens of this kind.
    #[must_use]
    pub fn wanting(self, want: Want) -> Self {
        Self::over(Fetcher::clone(&self.fetcher).wanting(want))
    }

    fn configured(self, config: &Config) -> Self {
        match &config.audience {
            Some(_) => self.wanting(config.want()),
            None => self,
        }
    }

    /// Where the API is.
    pub fn base(&self) -> &str {
        self.fetcher.base()
    }

    /// Any request: for what has no name here. The path is relative to the API, `branding` or `users/auth0%7C1`, and
    /// goes there as it is.
    pub fn request(&self, method: Method, path: &str) -> Call<Value> {
        Call::raw(self, method, path)
    }

    /// The same at the place these steps lead to, of which each is a name whatever is in it: `["users", "auth0|1"]`. A
    /// name that is empty, `.` or `..` is an error.
    pub fn at(&self, method: Method, steps: &[&str]) -> Call<Value> {
        Call::<Value>::new(self, method, steps).told_anything()
    }

    /// Many of any kind: a path that answers a list, read page by page.
    pub fn pages(&self, path: &str, paging: Paging) -> Pages<Value> {
        Pages::new(Call::raw(self, Method::GET, path), paging)
    }

    /// The same at the place these steps lead to.
    pub fn pages_at(&self, steps: &[&str], paging: Paging) -> Pages<Value> {
        Pages::new(Call::new(self, Method::GET, steps), paging)
    }
}

impl fmt::Debug for Management {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Management").field("base", &self.base()).finish_non_exhaustive()
    }
}
