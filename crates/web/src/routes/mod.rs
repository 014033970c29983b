//! The routes of signing in and out.

mod access_token;
mod backchannel;
mod callback;
mod login;
mod logout;
mod place;
mod profile;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::map_response,
    response::Response,
    routing::{get, post},
};
use http::{HeaderValue, header::CACHE_CONTROL};

pub(crate) use login::path as login_path;

use crate::{auth::WebAuth, options::Handout};

pub(crate) fn router<S: Clone + Send + Sync + 'static>(auth: &WebAuth) -> Router<S> {
    let (parts, routes) = (auth.parts(), &auth.parts().options.routes);
    let mut router = Router::new()
        .route(&routes.login, get(login::login))
        .route(&routes.callback, get(callback::callback))
        .route(&routes.logout, get(logout::logout))
        .route(&routes.profile, get(profile::profile));
    if parts.options.handout == Handout::ToTheBrowser {
        router = router.route(&routes.access_token, get(access_token::access_token));
    }
    if parts.sessions.store().is_some() {
        let limited = post(backchannel::end).layer(DefaultBodyLimit::max(LIMIT));
        router = router.route(&routes.backchannel_logout, limited);
    }
    router.layer(map_response(not_stored))
}

async fn not_stored(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Most bytes of a logout token's form.
const LIMIT: usize = 32 * 1024;
