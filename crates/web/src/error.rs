//! What goes wrong in a web app's sessions, and what the browser is told.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use keybound_client::{ClientError, session::StoreError};
use serde_json::json;

/// Why a login, a logout or a look at a session failed. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The authorization server, or the way to it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Another site sent the browser to log out, or to read tokens.
    #[error("the request comes from another site")]
    CrossSite,
    /// The router was not put under [`WebAuth::layer`](crate::WebAuth::layer).
    #[error("the router has no layer of `WebAuth`: put `auth.layer()` over it")]
    LayerMissing,
    /// The logout token is not to be believed (Back-Channel Logout §2.6).
    #[error("the logout token is refused: {reason}")]
    LogoutToken {
        /// Why.
        reason: String,
    },
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The user logged in to another organization than was asked for, or to none.
    #[error("the user did not log in to the organization that was asked for")]
    Organization,
    /// A browser fetches ahead of its user, who may never come.
    #[error("a prefetch begins and ends nothing")]
    Prefetch,
    /// `returnTo` leads out of the app.
    #[error("`returnTo` is not a path of this app")]
    ReturnTo,
    /// No cookie holds as much as this session.
    #[error("the session has {bytes} bytes, more than cookies hold: keep sessions in a store")]
    SessionTooLarge {
        /// How many.
        bytes: usize,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The login was begun in another browser, too long ago, or is over already.
    #[error("this login was not begun in this browser, or too long ago")]
    Transaction,
}

impl WebError {
    /// A word for programs and logs that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Client(error) => error.code(),
            Self::CrossSite => "web.cross_site",
            Self::LayerMissing => "web.layer_missing",
            Self::LogoutToken { .. } => "web.logout_token",
            Self::NotSignedIn => "web.not_signed_in",
            Self::Organization => "web.organization",
            Self::Prefetch => "web.prefetch",
            Self::ReturnTo => "web.return_to",
            Self::SessionTooLarge { .. } => "web.session_too_large",
            Self::Store(_) => "web.store",
            Self::Transaction => "web.transaction",
        }
    }

    /// The status that fits.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Client(error) => of_client(error),
            Self::CrossSite | Self::Organization | Self::Prefetch => StatusCode::FORBIDDEN,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::LogoutToken { .. } | Self::ReturnTo | Self::Transaction => StatusCode::BAD_REQUEST,
            Self::LayerMissing | Self::SessionTooLarge { .. } | Self::Store(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

fn of_client(error: &ClientError) -> StatusCode {
    match error {
        ClientError::Joined(error) => of_client(error),
        ClientError::LoginRequired => StatusCode::UNAUTHORIZED,
        ClientError::Callback(_)
        | ClientError::Issuer
        | ClientError::Refused { status: 302, .. }
        | ClientError::State => StatusCode::BAD_REQUEST,
        ClientError::Transport(_) | ClientError::Status { .. } | ClientError::Refused { .. } => {
            StatusCode::BAD_GATEWAY
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The code and the reason as JSON. What concerns our side alone is for the log.
impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let status = self.status();
        let description = if status.is_server_error() {
            tracing::error!(code = self.code(), error = %self, "a session could not be served");
            "the sign-in service cannot be used now".to_owned()
        } else {
            self.to_string()
        };
        let body = json!({ "error": self.code(), "error_description": description }).to_string();
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
        (status, headers, body).into_response()
    }
}
