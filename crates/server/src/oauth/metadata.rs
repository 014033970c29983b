//! `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server` (RFC 8414).
//!
//! Both tell the same. What is not there is not told: no endpoint that would answer 404.

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_authority::{
    atproto,
    model::{
        client::GrantKind,
        factor::MULTI_FACTOR,
        tenant::{EndSession, Registration, Tenant},
    },
};
use keybound_proto::{
    metadata::ServerMetadata,
    request::{
        authorization::{ResponseMode, ResponseType},
        client::ClientAssertion,
        object::RequestObject,
    },
};

use super::authorize::ANSWERS;
use crate::{app::App, config::Reading, factor, failure::Failure, registered};

/// The document.
pub(crate) async fn metadata(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Failure> {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    let mut document = describe(&app, &*registered::tenant(&app).await?);
    // Whoever asks for a second factor gets one where the tenant has any.
    if factor::wanted(&app).await?.kinds.iter().next().is_some() {
        document.acr_values_supported = vec![MULTI_FACTOR.to_owned()];
    }
    Ok((headers, document.to_json()))
}

fn describe(app: &App, tenant: &Tenant) -> ServerMetadata {
    let issuer = &tenant.issuer;
    let endpoint = |path: &str| Some(issuer.join(path));
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut document = ServerMetadata::of(issuer);
    document.authorization_endpoint = endpoint("authorize");
    document.token_endpoint = endpoint("oauth/token");
    document.device_authorization_endpoint = endpoint("oauth/device/code");
    document.backchannel_authentication_endpoint = endpoint("bc-authorize");
    document.backchannel_token_delivery_modes_supported = list(&["poll"]);
    document.userinfo_endpoint = endpoint("userinfo");
    document.jwks_uri = endpoint(".well-known/jwks.json");
    document.revocation_endpoint = endpoint("oauth/revoke");
    document.introspection_endpoint = endpoint("oauth/introspect");
    if tenant.registration == Some(Registration::Open) {
        document.registration_endpoint = endpoint("oidc/register");
    }
    document.pushed_authorization_request_endpoint = endpoint("oauth/par");
    document.mfa_challenge_endpoint = endpoint("mfa/challenge");
    document.end_session_endpoint = match tenant.logout.endpoint {
        EndSession::Told => endpoint("oidc/logout"),
        EndSession::Kept => None,
    };
    document.scopes_supported = list(&SCOPES);
    if tenant.atproto.is_some() {
        document.scopes_supported.push(atproto::SCOPE.to_owned());
    }
    document.response_types_supported = list(&ResponseType::ALL.map(ResponseType::as_str));
    document.response_modes_supported = list(&ResponseMode::ALL.map(ResponseMode::as_str));
    document.authorization_signing_alg_values_supported = list(&[ANSWERS.name()]);
    document.grant_types_supported = GrantKind::ALL.map(|kind| kind.as_str().to_owned()).to_vec();
    document.code_challenge_methods_supported = list(&["S256"]);
    document.prompt_values_supported = list(&["none", "login", "consent"]);
    document.subject_types_supported = list(&["public"]);
    document.token_endpoint_auth_methods_supported =
        list(&["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
    let algs = ClientAssertion::ALGS.names();
    document.token_endpoint_auth_signing_alg_values_supported = algs.map(str::to_owned).collect();
    document.claims_supported = list(&CLAIMS);
    document.claims_parameter_supported = Some(true);
    document.request_parameter_supported = Some(true);
    document.request_object_signing_alg_values_supported =
        RequestObject::ALGS.names().map(str::to_owned).collect();
    document.request_uri_parameter_supported = Some(false);
    document.client_id_metadata_document_supported =
        (app.config.client_documents.reading == Reading::Open).then_some(true);
    document.authorization_response_iss_parameter_supported = Some(true);
    document.backchannel_logout_supported = Some(true);
    document.backchannel_logout_session_supported = Some(true);
    // Access tokens too are checked against this list (express-oauth2-jwt-bearer).
    document.id_token_signing_alg_values_supported = app.keys.now().algs().map(str::to_owned).collect();
    let algs = app.config.proof.algs.names();
    document.dpop_signing_alg_values_supported = algs.map(str::to_owned).collect();
    document
}

const SCOPES: [&str; 15] = [
    "openid",
    "profile",
    "offline_access",
    "online_access",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "email",
    "email_verified",
    "picture",
    "created_at",
    "identities",
    "phone",
    "address",
];

const CLAIMS: [&str; 19] = [
    "acr",
    "amr",
    "aud",
    "auth_time",
    "created_at",
    "email",
    "email_verified",
    "exp",
    "family_name",
    "given_name",
    "iat",
    "identities",
    "iss",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "sid",
    "sub",
];
