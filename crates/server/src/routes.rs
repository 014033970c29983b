//! Every route on one page: path, handler, dialect, and who may read it across origins.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderName, HeaderValue, header};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use crate::{
    app::App,
    authentication, cors,
    failure::{Dialect, Failure, Reason, RequestFailure, tell},
    health, login, management,
    oauth::{
        authorize, jwks::jwks, logout, metadata::metadata, revoke::revoke, token::token, userinfo::userinfo,
    },
    record::record,
};

/// The whole server as one service.
pub fn router(app: Arc<App>) -> Router {
    let described = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/.well-known/jwks.json", get(jwks));

    let tokens = Router::new().route("/oauth/token", post(token)).route("/oauth/revoke", post(revoke));

    let resources = Router::new().route("/userinfo", get(userinfo).post(userinfo));

    // No other origin may read these: a person looks at them.
    let pages = Router::new()
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/authorize/resume", get(authorize::resume))
        .route("/u/login", get(login::show_sign_in).post(login::sign_in))
        .route("/u/signup", get(login::show_sign_up).post(login::sign_up))
        .route("/u/consent", get(login::show_consent).post(login::answer_consent))
        .route("/v2/logout", get(authentication::logout::logout))
        .route("/oidc/logout", get(logout::get).post(logout::post))
        .route("/oidc/logout/confirm", post(logout::confirm));

    let connections = Router::new().route("/dbconnections/signup", post(authentication::signup::signup));

    let probes =
        Router::new().route("/health/live", get(health::live)).route("/health/ready", get(health::ready));

    let router = Router::new()
        .merge(read_by(Readers::Anyone, &app, told_in(Dialect::OAuth, &app, described)))
        .merge(read_by(Readers::Registered, &app, told_in(Dialect::OAuth, &app, tokens)))
        .merge(read_by(Readers::Registered, &app, told_in(Dialect::Resource, &app, resources)))
        .merge(told_in(Dialect::Page, &app, pages))
        .merge(read_by(Readers::Registered, &app, told_in(Dialect::Authentication, &app, connections)))
        .merge(told_in(Dialect::Management, &app, management::routes()))
        .merge(told_in(Dialect::OAuth, &app, probes))
        .fallback(|| async { Failure::from(RequestFailure::NoSuchPath) });
    let router = router.layer(middleware::from_fn(|request, next| tell(Dialect::OAuth, request, next)));
    hardened(&app, router).layer(middleware::from_fn_with_state(Arc::clone(&app), record)).with_state(app)
}

/// Which pages of other origins may read the answers of a route.
enum Readers {
    /// Any.
    Anyone,
    /// Those a client registered.
    Registered,
}

/// The dialect of routes: how their failures are worded, those of routing, deadline and panic too.
fn told_in(dialect: Dialect, app: &Arc<App>, routes: Router<Arc<App>>) -> Router<Arc<App>> {
    routes
        .method_not_allowed_fallback(|| async { Failure::from(RequestFailure::Method) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(app), deadline))
        .layer(middleware::from_fn(move |request, next| tell(dialect, request, next)))
}

/// Outside of [`told_in`], so that refusals carry the headers too.
fn read_by(readers: Readers, app: &Arc<App>, routes: Router<Arc<App>>) -> Router<Arc<App>> {
    match readers {
        Readers::Anyone => routes.layer(middleware::from_fn(cors::anyone)),
        Readers::Registered => {
            routes.layer(middleware::from_fn_with_state(Arc::clone(app), cors::registered_origins))
        }
    }
}

/// What every answer says, whatever it is.
fn hardened(app: &App, router: Router<Arc<App>>) -> Router<Arc<App>> {
    let say = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let router = router
        .layer(say(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(say(header::REFERRER_POLICY, "no-referrer"));
    if app.tenant.issuer.origin().is_secure() {
        router.layer(say(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"))
    } else {
        router
    }
}

async fn deadline(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(app.config.limits.request_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::from(RequestFailure::TooSlow).into_response(),
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure::from(Reason::Internal { detail: format!("a handler panicked: {said}") }).into_response()
}
