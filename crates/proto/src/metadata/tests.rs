use super::*;
use crate::{
    jose::{Alg, AlgSet},
    uri::{Issuer, Resource},
};

fn issuer() -> Issuer {
    Issuer::parse("https://a.example/").unwrap()
}

fn server(more: &str) -> Result<ServerMetadata, MetadataError> {
    let comma = if more.is_empty() { "" } else { "," };
    ServerMetadata::parse(format!(r#"{{"issuer":"https://a.example/"{comma}{more}}}"#).as_bytes(), &issuer())
}

/// RFC 8414 §3.3: identical to the issuer asked for; conformance A12.
#[test]
fn a_description_of_somebody_else_is_not_used() {
    for other in ["https://a.example", "https://A.example/", "https://a.example/t/", "http://a.example/", ""]
    {
        let body = format!(r#"{{"issuer":"{other}"}}"#);
        let refusal = ServerMetadata::parse(body.as_bytes(), &issuer()).unwrap_err();
        assert!(matches!(refusal, MetadataError::Mismatch { .. }), "{other}");
    }
    assert!(server("").is_ok());
}

/// RFC 8414 §3.2; conformance A12.
#[test]
fn what_is_not_known_is_passed_over_and_what_is_malformed_is_not() {
    assert!(server(r#""new":{"a":[1]},"jwks_uri":null"#).is_ok());
    for bad in [
        r#""token_endpoint":1"#,
        r#""scopes_supported":"openid""#,
        r#""scopes_supported":null"#,
        r#""issuer":"https://evil/""#,
        r#""token_endpoint":"https://a/","token_endpoint":"https://b/""#,
    ] {
        assert!(matches!(server(bad), Err(MetadataError::Shape(_))), "{bad}");
    }
    for bad in ["", "<html>", "[]", "{}", "{\"issuer\":\"https://a.example/\"}x"] {
        assert!(
            matches!(ServerMetadata::parse(bad.as_bytes(), &issuer()), Err(MetadataError::Shape(_))),
            "{bad}"
        );
    }
    let long = format!("{{\"issuer\":\"https://a.example/\",\"x\":\"{}\"}}", "a".repeat(LIMIT));
    assert_eq!(ServerMetadata::parse(long.as_bytes(), &issuer()), Err(MetadataError::TooLong));
}

/// RFC 8414 §2: endpoints are URLs; RFC 9700 §2.6: over TLS; conformance A12.
#[test]
fn an_endpoint_may_not_give_up_tls() {
    let refused = Err(MetadataError::Address("token_endpoint"));
    for bad in ["http://a.example/token", "/token", "javascript:alert(1)", ""] {
        assert_eq!(server(&format!(r#""token_endpoint":"{bad}""#)), refused, "{bad}");
    }
    let local = Issuer::parse("http://localhost:8420/").unwrap();
    let body = br#"{"issuer":"http://localhost:8420/","token_endpoint":"http://localhost:8420/oauth/token"}"#;
    assert!(ServerMetadata::parse(body, &local).is_ok());
}

/// RFC 9449 §5.1.
#[test]
fn unknown_algorithms_for_proofs_are_left_out() {
    let read = server(r#""dpop_signing_alg_values_supported":["ES256K","ES256","none"]"#).unwrap();
    assert_eq!(read.dpop_algs(), Some(AlgSet::of(&[Alg::Es256])));
    assert_eq!(server("").unwrap().dpop_algs(), None);
}

/// RFC 8414 §3.2: claims with no elements must be omitted.
#[test]
fn what_is_empty_is_not_written_and_the_rest_is_read_back() {
    let mut own = ServerMetadata::of(&issuer());
    assert_eq!(own.to_json(), r#"{"issuer":"https://a.example/"}"#);
    own.token_endpoint = Some("https://a.example/oauth/token".into());
    own.code_challenge_methods_supported = vec!["S256".into()];
    own.authorization_response_iss_parameter_supported = Some(true);
    assert_eq!(ServerMetadata::parse(own.to_json().as_bytes(), &issuer()), Ok(own));
}

/// RFC 9728 §3.1; conformance A13.
#[test]
fn a_resource_is_described_between_its_host_and_its_path() {
    for (resource, url) in [
        ("https://r.example", "https://r.example/.well-known/oauth-protected-resource"),
        ("https://r.example/", "https://r.example/.well-known/oauth-protected-resource"),
        ("https://r.example:8443/a/b", "https://r.example:8443/.well-known/oauth-protected-resource/a/b"),
        ("https://r.example/a/", "https://r.example/.well-known/oauth-protected-resource/a/"),
        ("https://r.example/a?b=c", "https://r.example/.well-known/oauth-protected-resource/a?b=c"),
        ("https://r.example?b=c", "https://r.example/.well-known/oauth-protected-resource?b=c"),
    ] {
        assert_eq!(resource_metadata_url(&Resource::parse(resource).unwrap()).as_deref(), Some(url));
    }
    assert_eq!(resource_metadata_url(&Resource::parse("urn:orders").unwrap()), None);
}

/// RFC 9728 §3.3; conformance A13.
#[test]
fn a_description_of_another_resource_is_not_used() {
    let resource = Resource::parse("https://api.example/orders").unwrap();
    let own = ResourceMetadata::of(&resource, &issuer(), AlgSet::ES256);
    assert_eq!(ResourceMetadata::parse(own.to_json().as_bytes(), &resource), Ok(own.clone()));
    let other = Resource::parse("https://api.example/orders/").unwrap();
    assert!(matches!(
        ResourceMetadata::parse(own.to_json().as_bytes(), &other),
        Err(MetadataError::Mismatch { .. })
    ));
    let nobody = br#"{"resource":"https://api.example/orders","authorization_servers":["a"]}"#;
    assert_eq!(
        ResourceMetadata::parse(nobody, &resource),
        Err(MetadataError::Address("authorization_servers"))
    );
}

/// RFC 9728 §2, RFC 9700 §2.6; conformance A13.
#[test]
fn a_resource_with_tls_names_no_issuer_without() {
    let read = |resource: &str, issuer: &str| {
        let body = format!(r#"{{"resource":"{resource}","authorization_servers":["{issuer}"]}}"#);
        ResourceMetadata::parse(body.as_bytes(), &Resource::parse(resource).unwrap())
    };
    let good = read("https://api.example/mcp", "https://as.example").unwrap();
    assert_eq!(good.issuers().next(), Some(Issuer::parse("https://as.example").unwrap()));
    let refused = Err(MetadataError::Address("authorization_servers"));
    assert_eq!(read("https://api.example/mcp", "http://as.example"), refused);
    assert!(read("http://localhost:3000/mcp", "http://localhost:4000").is_ok());
}
