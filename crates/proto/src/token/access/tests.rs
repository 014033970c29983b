use serde_json::json;

use super::*;

fn claims(profile: Profile) -> AccessClaims {
    AccessClaims {
        profile,
        issuer: Issuer::parse("https://tenant.example/").unwrap(),
        subject: Subject::parse("auth0|1").unwrap(),
        audiences: vec!["https://api".into()],
        client_id: ClientId::parse("app").unwrap(),
        issued: Timestamp::from_unix(100),
        expires: Timestamp::from_unix(200),
        jti: (profile == Profile::Rfc9068).then(|| Jti::parse("j").unwrap()),
        scopes: Scopes::parse("openid read:orders").unwrap(),
        grant: (profile == Profile::Auth0).then(|| "refresh_token".into()),
        permissions: Some(vec!["read:orders".into()]),
        organization: Some(Organization { id: "org_1".into(), name: None }),
        auth_time: None,
        acr: None,
        key: Some(Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap()),
        act: None,
    }
}

fn read(typ: Option<&str>, json: &serde_json::Value) -> Result<AccessClaims, JwtError> {
    AccessClaims::read(typ, &Claims::read(json.to_string().as_bytes()).unwrap())
}

/// Contract, sdks.md §3.1: no `jti`, no `client_id`; RFC 9449 §6.1; conformance AS09.
#[test]
fn auth0s_profile_names_the_client_azp() {
    let written = serde_json::to_value(claims(Profile::Auth0)).unwrap();
    let expected = json!({
        "iss": "https://tenant.example/", "sub": "auth0|1", "aud": "https://api", "iat": 100, "exp": 200,
        "scope": "openid read:orders", "org_id": "org_1", "gty": "refresh_token", "azp": "app",
        "permissions": ["read:orders"], "cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
    });
    assert_eq!(written, expected);
    assert_eq!(Profile::Auth0.typ(), "JWT");
}

/// RFC 9068 §2.2; conformance A10.
#[test]
fn the_profile_of_rfc_9068_has_client_id_and_jti_and_no_azp_or_gty() {
    let written = serde_json::to_value(claims(Profile::Rfc9068)).unwrap();
    assert_eq!(written["client_id"], "app");
    assert_eq!(written["jti"], "j");
    assert!(written.get("azp").is_none() && written.get("gty").is_none());
    let mut no_jti = written;
    no_jti.as_object_mut().unwrap().remove("jti");
    assert_eq!(read(Some("at+jwt"), &no_jti), Err(JwtError::Missing { name: "jti" }));
}

#[test]
fn both_profiles_are_read_back() {
    for profile in [Profile::Auth0, Profile::Rfc9068] {
        let mut own = claims(profile);
        own.audiences.push("https://tenant.example/userinfo".into());
        let written = serde_json::to_value(&own).unwrap();
        assert_eq!(read(Some(profile.typ()), &written), Ok(own));
    }
}

/// RFC 9068 §4: `at+jwt` or `application/at+jwt`; RFC 8725 §3.11; conformance A10.
#[test]
fn other_kinds_of_token_are_refused() {
    assert_eq!(Profile::of_type(Some("application/at+jwt")), Ok(Profile::Rfc9068));
    assert_eq!(Profile::of_type(Some("AT+JWT")), Ok(Profile::Rfc9068));
    assert_eq!(Profile::of_type(None), Ok(Profile::Auth0));
    for other in ["dpop+jwt", "logout+jwt", "token-introspection+jwt", "JOSE", ""] {
        assert_eq!(Profile::of_type(Some(other)), Err(JwtError::Type), "{other}");
    }
}

/// RFC 9449 §6 and §7.2; conformance RS15, RS16.
#[test]
fn a_binding_that_cannot_be_checked_never_passes_for_none() {
    let mut json = serde_json::to_value(claims(Profile::Auth0)).unwrap();
    for cnf in [
        json!({"x5t#S256": "abc"}),
        json!({"jwk": {}}),
        json!({}),
        json!(null),
        json!("jkt"),
        json!([]),
        json!({"jkt": 1}),
        json!({"jkt": "short"}),
        json!({"jkt": ["0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"]}),
        json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I="}),
    ] {
        json["cnf"] = cnf.clone();
        assert!(matches!(read(None, &json), Err(JwtError::Member(_))), "{cnf}");
    }
    json.as_object_mut().unwrap().remove("cnf");
    assert_eq!(read(None, &json).unwrap().key, None);
}

/// RFC 9068 §2.2; conformance A10.
#[test]
fn claims_that_must_be_there_are_missed() {
    for name in ["iss", "sub", "iat", "exp", "azp"] {
        let mut json = serde_json::to_value(claims(Profile::Auth0)).unwrap();
        json.as_object_mut().unwrap().remove(name);
        assert!(matches!(read(None, &json), Err(JwtError::Missing { .. })), "{name}");
    }
    for (name, value) in
        [("scope", json!(["a"])), ("permissions", json!("a")), ("azp", json!(1)), ("org_id", json!(1))]
    {
        let mut json = serde_json::to_value(claims(Profile::Auth0)).unwrap();
        json[name] = value;
        assert!(matches!(read(None, &json), Err(JwtError::Member(_))), "{name}");
    }
}
