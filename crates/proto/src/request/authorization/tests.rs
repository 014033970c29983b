use super::*;
use crate::{code::ErrorCode, form::FormError, pkce::PkceError};

const LEAST: &str = "response_type=code&client_id=app";

fn parse(query: &str) -> Result<AuthorizationRequest, InvalidRequest> {
    let form = Form::parse_repeatable(query.as_bytes(), AuthorizationRequest::REPEATABLE).unwrap();
    AuthorizationRequest::parse(&form)
}

fn with(more: &str) -> Result<AuthorizationRequest, InvalidRequest> {
    parse(&format!("{LEAST}&{more}"))
}

/// What `auth0-spa-js` sends (contract, sdks.md §1.1), extras and all.
#[test]
fn a_request_of_auth0s_browser_sdk_is_read() {
    let request = with(
        "scope=openid+profile+email+offline_access&audience=https%3A%2F%2Fapi&redirect_uri=http%3A%2F%2Flocalhost%3A3000\
         &response_mode=query&state=TjBu%3D&nonce=bm9uY2U%3D&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &code_challenge_method=S256&dpop_jkt=NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs&auth0Client=eyJ9&ext-x=1\
         &max_age=0&ui_locales=de+en&screen_hint=signup&login_hint=a%40b&prompt=login+consent",
    )
    .unwrap();
    assert_eq!(request.back.redirect_uri.as_deref(), Some("http://localhost:3000"));
    assert_eq!(request.back.state, Some(State::new("TjBu=")));
    assert_eq!(request.scopes.unwrap().to_string(), "openid profile email offline_access");
    assert_eq!(request.nonce.unwrap().as_str(), "bm9uY2U=");
    assert_eq!(request.dpop_jkt.unwrap().to_string(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(request.max_age, Some(Lifetime::ZERO));
    assert_eq!(request.ui_locales, ["de", "en"]);
    assert!(request.prompts.asks(Prompt::Login) && request.prompts.asks(Prompt::Consent));
    assert!(!request.prompts.asks(Prompt::Create));
}

/// RFC 6749 §4.1.1.
#[test]
fn only_client_and_response_type_must_be_there() {
    let request = parse(LEAST).unwrap();
    assert_eq!(request.back.redirect_uri, None);
    assert_eq!(request.back.response_mode, ResponseMode::Query);
    assert_eq!(request.prompts, Prompts::AsNeeded);
    assert_eq!(parse("response_type=code"), Err(InvalidRequest::Form(FormError::Missing("client_id"))));
    assert_eq!(parse("client_id=app"), Err(InvalidRequest::Form(FormError::Missing("response_type"))));
}

/// RFC 6749 §4.1.2.1: a refusal needs the address, even when the rest cannot be read.
#[test]
fn the_way_back_is_read_even_when_the_rest_is_not() {
    let query = "client_id=app&redirect_uri=https%3A%2F%2Fa&state=s&response_mode=fragment&response_type=token&scope=%22";
    let form = Form::parse(query.as_bytes()).unwrap();
    assert!(AuthorizationRequest::parse(&form).is_err());
    let back = ReturnAddress::parse(&form).unwrap();
    assert_eq!(back.response_mode, ResponseMode::Fragment);
    assert_eq!(back.state, Some(State::new("s")));
}

/// RFC 6749 §4.1.2.1, RFC 9101 §5, OIDC Core §3.1.2.6.
#[test]
fn each_fault_has_the_code_its_document_gives_it() {
    for (more, code) in [
        ("scope=a%5Cb", ErrorCode::InvalidScope),
        ("resource=here", ErrorCode::InvalidTarget),
        ("request=eyJ", ErrorCode::RequestNotSupported),
        ("request_uri=urn%3Ax", ErrorCode::RequestUriNotSupported),
        ("response_mode=carrier_pigeon", ErrorCode::InvalidRequest),
        ("max_age=-1", ErrorCode::InvalidRequest),
        ("max_age=%2B1", ErrorCode::InvalidRequest),
        ("max_age=soon", ErrorCode::InvalidRequest),
        ("nonce=a%01", ErrorCode::InvalidRequest),
    ] {
        assert_eq!(with(more).unwrap_err().code(), code, "{more}");
    }
    let hybrid = parse("response_type=code+token&client_id=app").unwrap_err();
    assert_eq!(hybrid.code(), ErrorCode::UnsupportedResponseType);
    // Multiple Response Types §5; OIDC Core §3.2.2.1.
    for bad in ["token&response_mode=query", "id_token&scope=openid", "id_token+token&scope=email&nonce=n"] {
        let refused = parse(&format!("client_id=app&response_type={bad}")).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidRequest, "{bad}");
    }
}

/// OIDC Core §3.1.2.1: `none` with any other value is an error; conformance A20.
#[test]
fn asking_nothing_and_something_is_a_contradiction() {
    assert_eq!(with("prompt=none+login"), Err(InvalidRequest::Prompt));
    assert_eq!(with("prompt=unheard-of+none"), Err(InvalidRequest::Prompt));
    assert!(with("prompt=none").unwrap().prompts.forbids_asking());
    assert_eq!(with("prompt=unheard-of").unwrap().prompts, Prompts::AsNeeded);
}

/// RFC 7636 §4.4.1; conformance A4.
#[test]
fn a_challenge_is_s256_or_refused() {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    assert_eq!(with(&format!("code_challenge={challenge}")), Err(PkceError::Plain.into()));
    let plain = with(&format!("code_challenge={challenge}&code_challenge_method=plain"));
    assert_eq!(plain, Err(PkceError::Plain.into()));
    let unknown = with(&format!("code_challenge={challenge}&code_challenge_method=S512"));
    assert_eq!(unknown, Err(PkceError::Method.into()));
    assert!(with("code_challenge_method=S256").is_err());
    assert!(with(&format!("code_challenge={challenge}&code_challenge_method=S256")).is_ok());
}

/// RFC 9449 §10; conformance AS20.
#[test]
fn a_malformed_key_thumbprint_is_refused() {
    for bad in
        ["x", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs%3D"]
    {
        assert_eq!(with(&format!("dpop_jkt={bad}")).unwrap_err().code(), ErrorCode::InvalidRequest, "{bad}");
    }
}

/// RFC 6749 §4.1.2; conformance A3 row 7.
#[test]
fn state_is_kept_byte_for_byte() {
    let odd = "é€\u{1F600} +%&=#\"<>\u{7}".repeat(300);
    let query = Form::new().with("state", &odd).encode();
    assert_eq!(with(&query).unwrap().back.state, Some(State::new(&odd)));
}
