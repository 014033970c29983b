//! The demo API: what any protected resource looks like. It knows the server by its issuer URL and nothing else.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{State, rejection::JsonRejection},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use keybound_resource::{
    Cors, Granted, Guard, GuardConfig, GuardLayer, HttpFetch, IssuerKeys, Nonces, Principal, Scoped,
    proto::{
        scope::Scopes,
        uri::{Issuer, Origin},
    },
};
use serde_json::{Map, Value, json};
use tower_http::cors::CorsLayer;

use super::{
    orders::{NewOrder, Order, Orders},
    places::Places,
};
use crate::{error::Failure, exit::Exit};

/// Reading orders takes this scope.
struct ReadOrders;

impl Scoped for ReadOrders {
    const SCOPES: &'static str = "read:orders";
}

/// Placing orders takes this one.
struct WriteOrders;

impl Scoped for WriteOrders {
    const SCOPES: &'static str = "write:orders";
}

/// The API's routes. `root` is a certificate to trust beside the system's.
pub(super) fn router(places: &Places, root: Option<&[u8]>) -> Result<Router, Failure> {
    let guard = Arc::new(guard(places, root)?);
    let metadata = metadata(&guard, places)?;
    let guarded = Router::new()
        .route("/me", get(me))
        .route("/orders", get(orders).post(place_order))
        .with_state(Orders::default())
        .layer(GuardLayer::new(guard));
    let open = Router::new()
        .route("/public", get(|| async { Json(json!({ "message": "Anybody may read this." })) }))
        .route("/.well-known/oauth-protected-resource", get(move || async move { Json(metadata) }))
        .layer(CorsLayer::new().allow_origin(tower_http::cors::Any).allow_methods([Method::GET]));
    Ok(guarded.merge(open).fallback(|| async {
        told(StatusCode::NOT_FOUND, "not_found", "there are /public, /me and /orders")
    }))
}

fn guard(places: &Places, root: Option<&[u8]>) -> Result<Guard, Failure> {
    let issuer = Issuer::parse(places.issuer()).map_err(refuse)?;
    let roots: Vec<&[u8]> = root.into_iter().collect();
    let keys = IssuerKeys::discovered(issuer.clone(), Arc::new(HttpFetch::new(&roots).map_err(refuse)?));
    let parse = |origin: &String| Origin::parse(origin).map_err(refuse);
    let origins = places.api_origins().iter().map(parse).collect::<Result<_, _>>()?;
    let pages = places.page_origins().iter().map(parse).collect::<Result<_, _>>()?;
    let mut config = GuardConfig::new(issuer, places.api(), origins);
    config.nonces = Nonces::Required;
    config.metadata_url = Some(format!("{}.well-known/oauth-protected-resource", places.api()).into());
    config.cors = Some(Cors::only(pages));
    Ok(Guard::new(config, keys))
}

/// RFC 9728: who may find out that this resource wants bound tokens, of whom, and with which scopes.
fn metadata(guard: &Guard, places: &Places) -> Result<Value, Failure> {
    let metadata = guard.metadata().ok_or_else(|| refuse(format!("{} is no resource", places.api())))?;
    let mut document: Map<String, Value> = serde_json::from_str(&metadata.to_json()).map_err(refuse)?;
    document.insert("scopes_supported".to_owned(), json!([ReadOrders::SCOPES, WriteOrders::SCOPES]));
    document.insert("resource_name".to_owned(), json!("Keybound demo API"));
    Ok(Value::Object(document))
}

async fn me(who: Principal) -> Json<Value> {
    let scopes: &Scopes = who.scopes();
    Json(json!({
        "sub": who.subject().as_str(),
        "client_id": who.client_id().as_str(),
        "scope": scopes.to_string(),
        "key": who.possession().map(|held| held.thumbprint().to_string()),
    }))
}

async fn orders(who: Granted<ReadOrders>, State(orders): State<Orders>) -> Json<Vec<Order>> {
    Json(orders.of(who.subject().as_str()))
}

async fn place_order(
    who: Granted<WriteOrders>,
    State(orders): State<Orders>,
    body: Result<Json<NewOrder>, JsonRejection>,
) -> Response {
    let Json(new) = match body {
        Ok(body) => body,
        Err(problem) => return told(problem.status(), "invalid_request", &problem.body_text()),
    };
    match orders.place(who.subject().as_str(), new) {
        Ok(order) => (StatusCode::CREATED, Json(order)).into_response(),
        Err(problem) => told(StatusCode::BAD_REQUEST, "invalid_request", problem),
    }
}

fn told(status: StatusCode, error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refuse(problem: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("guard the demo API: {problem}"))
}
