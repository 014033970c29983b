//! The one object an app makes.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use keybound_client::{Client, ClientError, Config, http::Http, id_token::Keys, session::Want};
use keybound_proto::{scope::Scopes, uri::RedirectUri};
use tokio::sync::OnceCell;

use crate::{
    error::WebError,
    options::{Options, OptionsError},
    routes,
    session::Sessions,
    transaction::Transactions,
    transport::{Surroundings, Transport},
    visit::Visit,
};

/// Signing in and out for a web app. Copies share everything.
///
/// The private key of `config` never leaves the server. Whoever restarts it with another key signs everybody's
/// tokens, though not their sessions, out: give it one that stays, by `AUTH0_DPOP_PRIVATE_KEY` for example.
#[derive(Clone)]
pub struct WebAuth(Arc<Parts>);

/// What the routes share.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) options: Options,
    pub(crate) http: Transport,
    pub(crate) surroundings: Surroundings,
    pub(crate) sessions: Sessions,
    pub(crate) transactions: Transactions,
    pub(crate) keys: Keys,
    pub(crate) redirect_uri: RedirectUri,
    client: OnceCell<Client>,
}

impl WebAuth {
    /// One for this app. The authorization server is asked to describe itself when somebody first needs it.
    pub fn new(config: Config, http: impl Http + 'static, options: Options) -> Result<Self, OptionsError> {
        let cookies = options.cookies();
        let sessions = Sessions::new(cookies, &options.secrets, options.store.clone(), options.lifetimes);
        let parts = Parts {
            sessions,
            transactions: Transactions::new(cookies, &options.secrets),
            redirect_uri: RedirectUri::parse(&format!("{}{}", options.origin, options.routes.callback))?,
            http: Transport::over(http),
            surroundings: options.surroundings.clone(),
            keys: Keys::default(),
            client: OnceCell::new(),
            config,
            options,
        };
        Ok(Self(Arc::new(parts)))
    }

    /// The same app with the routes of signing in and out, and with sessions for all of its own: what the
    /// extractors need.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, app: Router<S>) -> Router<S> {
        let auth = self.clone();
        let visit = move |request: Request, next: Next| -> keybound_client::Boxed<'static, Response> {
            Box::pin(Visit::around(auth.clone(), request, next))
        };
        app.merge(routes::router(self)).layer(from_fn(visit))
    }

    /// Where an app may send a user to log in and come back to `return_to`, a path of the app.
    pub fn login_path(&self, return_to: &str) -> String {
        routes::login_path(&self.0.options.routes.login, return_to)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// The client, once the server has described itself; asked again as long as it has not.
    pub(crate) async fn client(&self) -> Result<&Client, ClientError> {
        self.client.get_or_try_init(|| self.config.connect(&self.http)).await
    }

    /// What a login asks for: what `config` says, or what nextjs-auth0 asks for.
    pub(crate) fn scopes(&self) -> Result<Scopes, WebError> {
        match &self.config.scopes {
            Some(scopes) => Ok(scopes.clone()),
            None => Scopes::parse("openid profile email offline_access")
                .map_err(|_| WebError::Client(ClientError::Header("scope"))),
        }
    }

    /// The token that a login brings.
    pub(crate) fn usual(&self) -> Want {
        let want = Want::default();
        self.config.audience.as_deref().map_or(want.clone(), |audience| want.audience(audience))
    }

    /// The app's page for what went wrong.
    pub(crate) fn fail(&self, error: WebError) -> Response {
        (self.options.on_error)(error)
    }
}

impl fmt::Debug for WebAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebAuth").field("origin", &self.0.options.origin).finish_non_exhaustive()
    }
}
