//! What an app decides about its sessions.

use std::{fmt, sync::Arc};

use axum::response::{IntoResponse, Response};
use keybound_client::{Ambient, System};
use keybound_proto::{
    secret::Secret,
    uri::{Origin, RedirectUri, UriError},
};

use crate::{
    cookie::Cookies,
    error::WebError,
    session::{Lifetimes, SessionStore},
    transport::Surroundings,
};

/// Where the routes of signing in and out are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    /// `GET`: sends the user to the authorization server.
    pub login: String,
    /// `GET`: takes them back.
    pub callback: String,
    /// `GET`: signs them out, here and there.
    pub logout: String,
    /// `GET`: who they are.
    pub profile: String,
    /// `GET`: an access token, where [`Options::giving_access_tokens_to_the_browser`] was asked for.
    pub access_token: String,
    /// `POST`: the authorization server ends sessions, where there is a store to end them in.
    pub backchannel_logout: String,
}

/// Those of nextjs-auth0.
impl Default for Routes {
    fn default() -> Self {
        let route = |name: &str| format!("/auth/{name}");
        Self {
            login: route("login"),
            callback: route("callback"),
            logout: route("logout"),
            profile: route("profile"),
            access_token: route("access-token"),
            backchannel_logout: route("backchannel-logout"),
        }
    }
}

/// How a user leaves the authorization server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leave {
    /// By its `end_session_endpoint` if it has one, or else by `/v2/logout`.
    #[default]
    AsItOffers,
    /// By RP-Initiated Logout.
    EndSession,
    /// Not at all: they stay signed in there.
    Stay,
    /// By Auth0's `/v2/logout`.
    V2,
}

/// What `/auth/profile` answers when nobody is signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nobody {
    /// 204, which browsers do not print in red.
    NoContent,
    /// 401
    #[default]
    Unauthorized,
}

/// Whether the browser may have access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Handout {
    #[default]
    Never,
    ToTheBrowser,
}

type OnError = Arc<dyn Fn(WebError) -> Response + Send + Sync>;

/// What an app decides about its sessions.
#[derive(Clone)]
pub struct Options {
    pub(crate) origin: Origin,
    pub(crate) secrets: Vec<Secret<String>>,
    pub(crate) store: Option<Arc<dyn SessionStore>>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) routes: Routes,
    pub(crate) leave: Leave,
    pub(crate) nobody: Nobody,
    pub(crate) handout: Handout,
    pub(crate) on_error: OnError,
    pub(crate) surroundings: Surroundings,
}

/// Why options cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The app's address is not one.
    #[error("the app's base URL cannot be used: {0}")]
    BaseUrl(#[from] UriError),
    /// Cookies would travel in the clear.
    #[error("the app's base URL is neither https nor on this machine")]
    NotSecure,
    /// A secret that could be guessed.
    #[error("the secret has fewer than 32 bytes: `openssl rand -hex 32` makes a good one")]
    ShortSecret,
}

impl Options {
    /// For an app at this origin, `https://app.example`; plain `http` on this machine alone. The secret seals
    /// cookies: at least 32 bytes that nobody guesses.
    ///
    /// ```
    /// use keybound_web::{Options, OptionsError};
    ///
    /// assert!(Options::new("https://app.example", "a secret of 32 bytes, or even more").is_ok());
    /// assert_eq!(Options::new("https://app.example", "s3cret").unwrap_err(), OptionsError::ShortSecret);
    /// let far = Options::new("http://app.example", "a secret of 32 bytes, or even more");
    /// assert_eq!(far.unwrap_err(), OptionsError::NotSecure);
    /// ```
    pub fn new(app_base_url: &str, secret: impl Into<String>) -> Result<Self, OptionsError> {
        let origin = Origin::parse(app_base_url)?;
        if !origin.is_secure() && !RedirectUri::parse(origin.as_str())?.is_loopback() {
            return Err(OptionsError::NotSecure);
        }
        Ok(Self {
            origin,
            secrets: vec![checked(secret.into())?],
            store: None,
            lifetimes: Lifetimes::default(),
            routes: Routes::default(),
            leave: Leave::default(),
            nobody: Nobody::default(),
            handout: Handout::default(),
            on_error: Arc::new(WebError::into_response),
            surroundings: Surroundings::of(System),
        })
    }

    /// With a secret from before: it opens, and seals no more. Name the newer first.
    pub fn older_secret(mut self, secret: impl Into<String>) -> Result<Self, OptionsError> {
        self.secrets.push(checked(secret.into())?);
        Ok(self)
    }

    /// With sessions on the server: they can be large, and the authorization server can end them.
    #[must_use]
    pub fn store(self, store: Arc<dyn SessionStore>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// With sessions that last so long.
    #[must_use]
    pub fn lifetimes(self, lifetimes: Lifetimes) -> Self {
        Self { lifetimes, ..self }
    }

    /// With other routes.
    #[must_use]
    pub fn routes(self, routes: Routes) -> Self {
        Self { routes, ..self }
    }

    /// With another way to leave.
    #[must_use]
    pub fn leave(self, leave: Leave) -> Self {
        Self { leave, ..self }
    }

    /// With another answer of the profile route when nobody is signed in.
    #[must_use]
    pub fn nobody(self, nobody: Nobody) -> Self {
        Self { nobody, ..self }
    }

    /// With a route that hands access tokens to scripts of the page. A script that is not yours may ask too; one
    /// that is bound to our key is of little use there.
    #[must_use]
    pub fn giving_access_tokens_to_the_browser(self) -> Self {
        Self { handout: Handout::ToTheBrowser, ..self }
    }

    /// With a page of your own for what goes wrong at one of the routes.
    #[must_use]
    pub fn on_error(self, page: impl Fn(WebError) -> Response + Send + Sync + 'static) -> Self {
        Self { on_error: Arc::new(page), ..self }
    }

    /// By another clock.
    #[must_use]
    pub fn ambient(self, ambient: impl Ambient + 'static) -> Self {
        Self { surroundings: Surroundings::of(ambient), ..self }
    }

    pub(crate) fn cookies(&self) -> Cookies {
        if self.origin.is_secure() { Cookies::Secure } else { Cookies::Loopback }
    }
}

fn checked(secret: String) -> Result<Secret<String>, OptionsError> {
    if secret.len() < 32 { Err(OptionsError::ShortSecret) } else { Ok(Secret::new(secret)) }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("origin", &self.origin).finish_non_exhaustive()
    }
}
