use serde_json::{Value as Json, json};

use super::*;

const URL: &str = "https://notes.example/client.json";

fn told() -> Json {
    json!({ "client_id": URL, "redirect_uris": ["https://notes.example/cb"] })
}

fn but(name: &str, value: Json) -> Json {
    let mut told = told();
    told[name] = value;
    told
}

fn read(told: &Json) -> Result<ClientDocument, DocumentError> {
    ClientDocument::parse(told.to_string().as_bytes(), &DocumentUrl::parse(URL).unwrap())
}

fn key() -> Json {
    json!({
        "kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

/// Client ID Metadata Document §4.
#[test]
fn the_least_a_client_says_is_its_name_and_where_it_lives() {
    let least = read(&told()).unwrap();
    assert_eq!((least.id.as_str(), least.name.as_str()), (URL, "notes.example"));
    assert_eq!(
        (least.shows, &least.keys, least.application),
        (Showing::Nothing, &PublishedKeys::None, Application::Web)
    );
    assert_eq!((least.grant_types, least.scopes), (vec!["authorization_code".to_owned()], None));
    assert!(!least.dpop_bound_access_tokens && !least.pushes);
}

#[test]
fn what_a_client_says_is_taken_at_its_word() {
    let mut told = but("client_name", json!("Notes"));
    told["application_type"] = json!("native");
    told["redirect_uris"] = json!([
        "https://notes.example/cb",
        "http://127.0.0.1/cb",
        "http://localhost:3000/cb",
        "com.example.notes:/cb"
    ]);
    told["post_logout_redirect_uris"] = json!(["https://notes.example/bye"]);
    told["grant_types"] = json!(["authorization_code", "refresh_token"]);
    told["token_endpoint_auth_method"] = json!("private_key_jwt");
    told["jwks"] = json!({ "keys": [key()] });
    told["scope"] = json!("atproto transition:generic");
    told["dpop_bound_access_tokens"] = json!(true);
    told["require_pushed_authorization_requests"] = json!(true);
    let app = read(&told).unwrap();
    assert_eq!(
        (app.name.as_str(), app.application, app.redirect_uris.len()),
        ("Notes", Application::Native, 4)
    );
    assert_eq!(app.logout_uris[0].as_str(), "https://notes.example/bye");
    assert_eq!((app.shows, app.dpop_bound_access_tokens, app.pushes), (Showing::Signature, true, true));
    assert!(matches!(&app.keys, PublishedKeys::Here(set) if set.keys().len() == 1));
    assert!(app.scopes.unwrap().contains("transition:generic"));
    let elsewhere = but("jwks_uri", json!("https://keys.example/set"));
    assert_eq!(read(&elsewhere), Err(DocumentError::Method), "keys, and nothing said of what they are for");
}

/// Client ID Metadata Document §3, §4: another's name, secrets, and ways that take one.
#[test]
fn a_document_that_would_let_in_somebody_else_is_refused() {
    for name in [
        json!("https://notes.example/client.json/"),
        json!("https://notes.example/CLIENT.json"),
        json!(null),
        json!(1),
    ] {
        assert_eq!(read(&but("client_id", name.clone())), Err(DocumentError::Name), "{name}");
    }
    for (name, value) in [
        ("client_secret", json!("s")),
        ("client_secret", json!(null)),
        ("client_secret_expires_at", json!(0)),
    ] {
        assert_eq!(read(&but(name, value)), Err(DocumentError::Secret));
    }
    for method in [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "tls_client_auth",
        "private_key_jwt",
        "",
    ] {
        assert_eq!(
            read(&but("token_endpoint_auth_method", json!(method))),
            Err(DocumentError::Method),
            "{method}"
        );
    }
    let mut private = key();
    private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    for secret in [private, json!({ "kty": "oct", "k": "AAAA" })] {
        assert_eq!(read(&but("jwks", json!({ "keys": [key(), secret] }))), Err(DocumentError::Secret));
    }
}

#[test]
fn an_address_that_somebody_else_could_read_is_refused() {
    for odd in ["http://notes.example/cb", "notes:/cb", "ftp://notes.example/"] {
        let odd = but("redirect_uris", json!(["https://notes.example/cb", odd]));
        assert_eq!(read(&odd), Err(DocumentError::Redirection), "{odd}");
    }
    for none in [json!([]), json!("https://notes.example/cb"), json!(["javascript:alert(1)"]), json!([1])] {
        let refused = read(&but("redirect_uris", none.clone()));
        assert!(
            matches!(refused, Err(DocumentError::Invalid(InvalidRequest::RedirectUris { .. }))),
            "{none}"
        );
    }
}

#[test]
fn what_is_no_document_is_refused() {
    let url = DocumentUrl::parse(URL).unwrap();
    for odd in [&b"<html></html>"[..], b"[]", b"", b"null", b"{\"client_id\":1,\"client_id\":2}"] {
        assert!(matches!(ClientDocument::parse(odd, &url), Err(DocumentError::Invalid(_))));
    }
    let long = but("software_statement", json!("x".repeat(ClientDocument::BYTES)));
    assert_eq!(read(&long), Err(DocumentError::TooLong));
    for (name, value) in [
        ("client_name", json!("Bank\u{202e}knaB")),
        ("client_name", json!("x".repeat(101))),
        ("jwks_uri", json!("http://keys.example/set")),
        ("jwks_uri", json!(7)),
        ("jwks", json!([])),
        ("post_logout_redirect_uris", json!("x")),
    ] {
        assert!(matches!(read(&but(name, value)), Err(DocumentError::Invalid(_))), "{name}");
    }
}

/// AT Protocol's OAuth profile, "Localhost Client Development".
#[test]
fn a_developers_machine_is_described_by_its_name() {
    let local = |name: &str| ClientDocument::of_this_machine(name);
    let plain = local("http://localhost").unwrap().unwrap();
    assert_eq!(plain.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>(), LOCAL);
    assert_eq!(
        (plain.scopes.unwrap().to_string(), plain.dpop_bound_access_tokens),
        ("atproto".to_owned(), true)
    );
    let named = "http://localhost/?redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fcb&scope=atproto%20transition%3Ageneric";
    let named = local(named).unwrap().unwrap();
    assert_eq!(named.redirect_uris[0].as_str(), "http://127.0.0.1:3000/cb");
    assert!(named.scopes.unwrap().contains("transition:generic"));
    for other in [
        "https://localhost",
        "http://localhost:3000",
        "http://localhost.example",
        "http://localhost/a",
        "http://localhost#f",
        "http://LOCALHOST",
    ] {
        assert!(local(other).is_none(), "{other}");
    }
    for odd in [
        "http://localhost?redirect_uri=https%3A%2F%2Fevil.example%2F",
        "http://localhost?redirect_uri=http%3A%2F%2Flocalhost%2F",
        "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1.evil.example%2F",
        "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%40evil.example%2F",
        "http://localhost?client_name=Bank",
        "http://localhost?scope=a&scope=b",
        "http://localhost?scope=%22",
        "http://localhost?#f",
    ] {
        assert!(local(odd).unwrap().is_err(), "{odd}");
    }
}
