//! Getting to know an authorization server: RFC 8414 §3, OpenID Connect Discovery §4.

use http::{HeaderValue, Method, header::ACCEPT, header::CONTENT_TYPE};
use keybound_proto::{
    field::MediaType,
    jose::KeySet,
    metadata::{MetadataError, ServerMetadata},
    uri::Issuer,
};

use crate::{
    ClientError,
    http::{Body, Http, Request, Response},
};

/// Where to look for the description of `issuer` when users log in there, in the order to look.
pub fn places(issuer: &Issuer) -> Vec<String> {
    in_order([issuer.openid_configuration(), issuer.oauth_metadata(), issuer.openid_configuration_inserted()])
}

/// Where to look for the description of `issuer` when a resource names it, in the order to look: RFC 8414's own place
/// first, then the two of OpenID Connect (RFC 8414 §5).
pub fn oauth_places(issuer: &Issuer) -> Vec<String> {
    in_order([issuer.oauth_metadata(), issuer.openid_configuration_inserted(), issuer.openid_configuration()])
}

/// Without a path, two of them are the same.
fn in_order(places: [String; 3]) -> Vec<String> {
    let mut once = Vec::with_capacity(places.len());
    for place in places {
        if !once.contains(&place) {
            once.push(place);
        }
    }
    once
}

/// A request for a description or for keys.
pub fn request(url: &str) -> Result<Request<Body>, ClientError> {
    let request = Request::builder().method(Method::GET).uri(url).header(ACCEPT, "application/json");
    request.body(Body::default()).map_err(|_| ClientError::Header("address"))
}

/// Reads a description: status 200, JSON, of exactly this issuer (RFC 8414 §3.2, §3.3).
pub fn read(response: &Response<Body>, issuer: &Issuer) -> Result<ServerMetadata, ClientError> {
    Ok(ServerMetadata::parse(json(response)?, issuer)?)
}

/// Reads an issuer's keys.
pub fn read_keys(response: &Response<Body>) -> Result<KeySet, ClientError> {
    Ok(KeySet::parse(json(response)?)?)
}

/// Asks a server to describe itself, as a provider of OpenID Connect first. Where one place has nothing, the next is
/// asked.
pub async fn discover(issuer: &Issuer, http: &impl Http) -> Result<ServerMetadata, ClientError> {
    look(&places(issuer), issuer, http).await
}

/// The same for somebody who may not know whether the issuer has a slash at its end: the issuer as it calls itself, and
/// its description.
///
/// Auth0's SDKs take `https://tenant.auth0.com` for an issuer that is called `https://tenant.auth0.com/`. Where there is
/// no path, and the description is of the very same name but for that slash, it is asked for again under that name and
/// must match it to the byte (RFC 8414 §3.3). The address asked is the same both times, and from then on the name found
/// is the only one: `iss` of a callback and of a token is compared with it.
pub async fn discover_either(
    issuer: &Issuer,
    http: &impl Http,
) -> Result<(Issuer, ServerMetadata), ClientError> {
    let refused = match discover(issuer, http).await {
        Ok(metadata) => return Ok((issuer.clone(), metadata)),
        Err(error) => error,
    };
    let ClientError::Metadata(MetadataError::Mismatch { found, .. }) = &refused else { return Err(refused) };
    match issuer.twin().filter(|twin| twin.as_str() == found) {
        Some(twin) => discover(&twin, http).await.map(|metadata| (twin, metadata)),
        None => Err(refused),
    }
}

/// Asks a server that a resource names to describe itself, as an authorization server first.
pub async fn discover_oauth(issuer: &Issuer, http: &impl Http) -> Result<ServerMetadata, ClientError> {
    look(&oauth_places(issuer), issuer, http).await
}

async fn look(places: &[String], issuer: &Issuer, http: &impl Http) -> Result<ServerMetadata, ClientError> {
    let mut nothing = ClientError::Status { status: 404 };
    for place in places {
        match read(&http.send(request(place)?).await?, issuer) {
            Err(ClientError::Status { status }) if (400..500).contains(&status) => {
                nothing = ClientError::Status { status };
            }
            answer => return answer,
        }
    }
    Err(nothing)
}

/// Asks for the keys a server signs with.
pub async fn keys(metadata: &ServerMetadata, http: &impl Http) -> Result<KeySet, ClientError> {
    let url = metadata.jwks_uri.as_deref().ok_or(ClientError::Endpoint("jwks_uri"))?;
    read_keys(&http.send(request(url)?).await?)
}

pub(crate) fn json(response: &Response<Body>) -> Result<&[u8], ClientError> {
    let status = response.status().as_u16();
    if status != 200 {
        return Err(ClientError::Status { status });
    }
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if MediaType::parse(kind).is_some_and(MediaType::is_json) {
        return Ok(response.body().as_bytes());
    }
    let kind = String::from_utf8_lossy(kind);
    Err(MetadataError::Shape(format!("its media type is {kind:?}, not application/json")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &str, body: &str) -> Response<Body> {
        let response = Response::builder().status(status).header(CONTENT_TYPE, kind);
        response.body(Body::from(body.to_owned())).unwrap()
    }

    fn issuer() -> Issuer {
        Issuer::parse("https://a.example/t/").unwrap()
    }

    /// RFC 8414 §3.1, §5, OpenID Connect Discovery §4; conformance A12, A25.
    #[test]
    fn a_description_is_looked_for_in_every_place_and_in_none_twice() {
        let appended = "https://a.example/t/.well-known/openid-configuration";
        let oauth = "https://a.example/.well-known/oauth-authorization-server/t";
        let inserted = "https://a.example/.well-known/openid-configuration/t";
        assert_eq!(places(&issuer()), [appended, oauth, inserted]);
        assert_eq!(oauth_places(&issuer()), [oauth, inserted, appended]);
        let bare = Issuer::parse("https://a.example").unwrap();
        let oauth = "https://a.example/.well-known/oauth-authorization-server";
        assert_eq!(oauth_places(&bare), [oauth, "https://a.example/.well-known/openid-configuration"]);
    }

    /// RFC 8414 §3.2, §3.3; conformance A12.
    #[test]
    fn only_a_json_answer_about_this_issuer_counts() {
        let good = r#"{"issuer":"https://a.example/t/"}"#;
        assert!(read(&answer(200, "application/json; charset=utf-8", good), &issuer()).is_ok());
        let html = read(&answer(200, "text/html", good), &issuer());
        assert!(matches!(html, Err(ClientError::Metadata(MetadataError::Shape(_)))));
        let redirect = read(&answer(302, "application/json", good), &issuer());
        assert!(matches!(redirect, Err(ClientError::Status { status: 302 })));
        let other = read(&answer(200, "application/json", r#"{"issuer":"https://a.example/t"}"#), &issuer());
        assert!(matches!(other, Err(ClientError::Metadata(MetadataError::Mismatch { .. }))));
    }
}
