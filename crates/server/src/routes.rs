//! Every route on one page: path, handler, dialect, and who may read it across origins.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, header};

use crate::{
    app::App,
    authentication,
    cors::Readers,
    failure::{Dialect, Failure, Reason, RequestFailure, Told},
    health, login, management, mfa,
    oauth::{
        authorize, called, device, introspect::introspect, jwks::jwks, logout, metadata::metadata,
        pushed::push, register, revoke::revoke, token::token, userinfo::userinfo, webfinger::webfinger,
    },
    openapi, rate,
    record::Line,
};

/// The whole server as one service.
pub fn router(app: Arc<App>) -> Router {
    let described = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/.well-known/webfinger", get(webfinger))
        .route("/api/v2/openapi.json", get(openapi::document));

    // What a client needs that nobody registered (Client ID Metadata Document).
    let clients = Router::new()
        .route("/oauth/token", post(token))
        .route("/oauth/par", post(push))
        .route("/oauth/revoke", post(revoke));

    let tokens = Router::new()
        .route("/oauth/device/code", post(device::begin))
        .route("/bc-authorize", post(called::call))
        .route("/passwordless/start", post(authentication::passwordless::start))
        .route("/mfa/challenge", post(mfa::challenge));

    let registration = Router::new()
        .route("/oidc/register", post(register::register))
        .route("/oidc/register/{id}", get(register::read).put(register::change).delete(register::forget));

    // Who may ask keeps a secret, and so is no page.
    let introspection = Router::new().route("/oauth/introspect", post(introspect));

    let resources = Router::new()
        .route("/userinfo", get(userinfo).post(userinfo))
        .route("/mfa/associate", post(mfa::associate))
        .route("/mfa/authenticators", get(mfa::list))
        .route("/mfa/authenticators/{id}", delete(mfa::remove));

    // No other origin may read these: a person looks at them.
    let pages = Router::new()
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/authorize/resume", get(authorize::resume))
        .route("/u/login", get(login::show_sign_in).post(login::sign_in))
        .route("/u/signup", get(login::show_sign_up).post(login::sign_up))
        .route("/u/reset-password", get(login::show_reset).post(login::reset))
        .route("/u/email-verification", get(login::show_verification).post(login::verification))
        .route("/u/mfa-enrollment", get(login::show_enrolment).post(login::enrol_by_ticket))
        .route("/u/mfa", get(login::show_second_factor).post(login::answer_second_factor))
        .route("/u/consent", get(login::show_consent).post(login::answer_consent))
        .route("/activate", get(login::show_activate).post(login::activate))
        .route("/activate/confirm", get(login::show_confirm).post(login::confirm_device))
        .route("/approve", get(login::show_approve))
        .route("/approve/confirm", get(login::show_approval).post(login::approve))
        .route("/v2/logout", get(authentication::logout::logout))
        .route("/oidc/logout", get(logout::get).post(logout::post))
        .route("/oidc/logout/confirm", post(logout::confirm));

    let connections = Router::new().route("/dbconnections/signup", post(authentication::signup::signup));

    let probes =
        Router::new().route("/health/live", get(health::live)).route("/health/ready", get(health::ready));

    let files = Router::new().route("/files/{id}", get(management::file));

    let other = Router::new().fallback(|| async { Failure::from(RequestFailure::NoSuchPath) });

    Router::new()
        .merge(around(&app, (Dialect::OAuth, Readers::Anyone), described))
        .merge(around(&app, (Dialect::OAuth, Readers::Clients), clients))
        .merge(around(&app, (Dialect::OAuth, Readers::Registered), tokens))
        .merge(around(&app, (Dialect::OAuth, Readers::Nobody), introspection))
        .merge(around(&app, (Dialect::Resource, Readers::Anyone), registration))
        .merge(around(&app, (Dialect::Resource, Readers::Registered), resources))
        .merge(around(&app, (Dialect::Page, Readers::Nobody), pages))
        .merge(around(&app, (Dialect::Authentication, Readers::Registered), connections))
        .merge(around(&app, (Dialect::Management, Readers::Nobody), management::routes(&app)))
        .merge(around(&app, (Dialect::OAuth, Readers::Nobody), probes))
        .merge(around(&app, (Dialect::OAuth, Readers::Nobody), files))
        .merge(around(&app, (Dialect::OAuth, Readers::Nobody), other))
        .with_state(app)
}

/// Routes, and what stands around them.
fn around(
    app: &Arc<App>,
    (dialect, readers): (Dialect, Readers),
    routes: Router<Arc<App>>,
) -> Router<Arc<App>> {
    let place = Place { app: Arc::clone(app), dialect, readers };
    routes
        .method_not_allowed_fallback(|| async { Failure::from(RequestFailure::Method) })
        .layer(middleware::from_fn_with_state(place, answer))
}

/// What routes have in common: how their failures are worded, those of routing, deadline and panic too, and who
/// may read their answers.
#[derive(Clone)]
struct Place {
    app: Arc<App>,
    dialect: Dialect,
    readers: Readers,
}

/// From the outside in: the log, the headers of every answer, who may read it, what a page looks like, the dialect, how often, the deadline.
///
/// One layer and not six: axum copies all that lies within a layer for each request, and layers within layers
/// copy one another many times over.
async fn answer(State(place): State<Place>, request: Request, next: Next) -> Response {
    let app = &*place.app;
    let (line, request) = Line::begin(app, request);
    let origin = place.readers.origin(&request);
    let mut response = match place.readers.preflight(&request) {
        Some(preflight) => preflight,
        None => rate::limited(app, &line, place.dialect, in_time(app, request, next)).await,
    };
    response = login::dressed(app, response).await;
    place.readers.admit(app, origin, response.headers_mut()).await;
    harden(app, response.headers_mut());
    let told = response.extensions().get::<Told>();
    line.end(app, response.status(), told).await;
    response
}

/// What every answer says, whatever it is.
fn harden(app: &App, headers: &mut HeaderMap) {
    let mut say = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::REFERRER_POLICY, "no-referrer");
    if app.tenant.issuer.origin().is_secure() {
        say(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

async fn in_time(app: &App, request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(app.config.limits.request_time, answered).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => panicked(&*panic),
        Err(_) => Failure::from(RequestFailure::TooSlow).into_response(),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure::from(Reason::Internal { detail: format!("a handler panicked: {said}") }).into_response()
}
