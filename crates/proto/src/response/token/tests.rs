use super::*;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// RFC 6749 §5.1; RFC 9449 §5; conformance AS02.
#[test]
fn tokens_are_written_as_picky_clients_want_them() {
    let response = TokenResponse {
        access_token: secret("at"),
        token_type: TokenType::DPoP,
        expires_in: Some(Lifetime::seconds(86_400)),
        refresh_token: Some(secret("rt")),
        id_token: None,
        scopes: Some(Scopes::parse("openid email").unwrap()),
        issued_token_type: None,
        subject: None,
        recovery_code: None,
    };
    let written = response.to_json();
    let read: Json = serde_json::from_str(&written).unwrap();
    assert_eq!(read["token_type"], "DPoP");
    assert_eq!(read["expires_in"], 86_400);
    assert_eq!(read["scope"], "openid email");
    assert!(read.get("id_token").is_none());
    assert_eq!(TokenResponse::parse(written.as_bytes()), Ok(response));
}

/// RFC 6749 §5.1: the type is case-insensitive; conformance CL05.
#[test]
fn the_token_type_is_read_in_any_case() {
    for name in ["DPoP", "dpop", "dPoP", "DPOP"] {
        let body = format!(r#"{{"access_token":"a","token_type":"{name}"}}"#);
        assert_eq!(TokenResponse::parse(body.as_bytes()).unwrap().token_type, TokenType::DPoP);
    }
    assert_eq!(TokenType::parse("mac"), TokenType::Other("mac".into()));
}

#[test]
fn odd_but_harmless_answers_are_read() {
    let body =
        br#"{"access_token":"a","token_type":"Bearer","expires_in":"60","refresh_token":null,"x":[1]}"#;
    let read = TokenResponse::parse(body).unwrap();
    assert_eq!(read.expires_in, Some(Lifetime::seconds(60)));
    assert_eq!(read.refresh_token, None);
}

#[test]
fn answers_that_mean_nothing_are_refused() {
    for bad in [
        "",
        "<html>",
        "[]",
        r#"{"token_type":"DPoP"}"#,
        r#"{"access_token":"","token_type":"DPoP"}"#,
        r#"{"access_token":"a"}"#,
        r#"{"access_token":1,"token_type":"DPoP"}"#,
        r#"{"access_token":"a","access_token":"b","token_type":"DPoP"}"#,
        r#"{"access_token":"a","token_type":"DPoP","expires_in":-1}"#,
        r#"{"access_token":"a","token_type":"DPoP","scope":["a"]}"#,
    ] {
        assert!(TokenResponse::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

/// RFC 6749 §5.2.
#[test]
fn a_refusal_is_read_and_written() {
    let refusal = TokenRefusal::new(ErrorCode::InvalidGrant, "Unknown or invalid refresh token.");
    let written = refusal.to_json();
    let expected = r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#;
    assert_eq!(written, expected);
    assert_eq!(TokenRefusal::parse(written.as_bytes()), Ok(refusal));
    assert_eq!(TokenRefusal::parse(br#"{"error":"odd"}"#).unwrap().code(), None);
    assert_eq!(TokenRefusal::parse(b"{}"), Err(InvalidAnswer::Missing("error")));
}

#[test]
fn tokens_are_not_printed() {
    let body =
        br#"{"access_token":"s3cret","id_token":"s3cret","refresh_token":"s3cret","recovery_code":"s3cret","token_type":"DPoP"}"#;
    assert!(!format!("{:?}", TokenResponse::parse(body).unwrap()).contains("s3cret"));
    let refusal = br#"{"error":"mfa_required","mfa_token":"s3cret"}"#;
    assert!(!format!("{:?}", TokenRefusal::parse(refusal).unwrap()).contains("s3cret"));
}

/// RFC 8693 §2.2.1: the kind is told, and a token that is no access token has no type.
#[test]
fn an_exchanged_token_tells_its_kind_and_whether_it_can_be_presented() {
    let body = br#"{"access_token":"a","token_type":"N_A","issued_token_type":"urn:ietf:params:oauth:token-type:saml2"}"#;
    let read = TokenResponse::parse(body).unwrap();
    assert_eq!(read.token_type, TokenType::NotApplicable);
    assert_eq!(read.issued_token_type, Some(TokenKind::Saml2));
    assert_eq!(TokenResponse::parse(read.to_json().as_bytes()), Ok(read));
}

/// Auth0's MFA API.
#[test]
fn a_refusal_that_wants_a_second_factor_says_how_to_go_on() {
    let body = br#"{"error":"mfa_required","error_description":"Multifactor authentication required","mfa_token":"Fe26","mfa_requirements":{"challenge":[{"type":"otp"}]}}"#;
    let read = TokenRefusal::parse(body).unwrap();
    assert_eq!(read.code(), Some(ErrorCode::MfaRequired));
    assert_eq!(read.mfa_token, Some(secret("Fe26")));
    assert_eq!(read.mfa_requirements.as_ref().unwrap().challenge, ["otp"]);
    assert_eq!(TokenRefusal::parse(read.to_json().as_bytes()), Ok(read));
    assert_eq!(
        TokenRefusal::parse(br#"{"error":"mfa_required","mfa_requirements":7}"#).unwrap().mfa_requirements,
        None
    );
}
