use super::*;
use crate::{code::ErrorCode, form::FormError};

fn parse(body: &str) -> Result<TokenRequest, InvalidRequest> {
    TokenRequest::parse(&Form::parse_repeatable(body.as_bytes(), TokenRequest::REPEATABLE).unwrap())
}

/// RFC 6749 §4.1.3 and RFC 7636 §4.5.
#[test]
fn a_code_request_carries_code_address_and_verifier() {
    let verifier = "a".repeat(43);
    let body = format!(
        "grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fa%2F&code_verifier={verifier}"
    );
    let TokenRequest::AuthorizationCode(request) = parse(&body).unwrap() else { panic!("a code") };
    assert_eq!(request.code.reveal(), "x");
    assert_eq!(request.redirect_uri.as_deref(), Some("https://a/"));
    assert_eq!(request.verifier.unwrap().reveal(), verifier);
    let missing = InvalidRequest::Form(FormError::Missing("code"));
    assert_eq!(parse("grant_type=authorization_code&code="), Err(missing));
    let short = parse("grant_type=authorization_code&code=x&code_verifier=short").unwrap_err();
    assert_eq!(short.code(), ErrorCode::InvalidRequest);
}

/// RFC 6749 §6: a scope left out means all that was granted.
#[test]
fn a_refresh_request_tells_no_scope_from_some_scope() {
    let TokenRequest::RefreshToken(request) =
        parse("grant_type=refresh_token&refresh_token=r&scope=").unwrap()
    else {
        panic!("a refresh")
    };
    assert_eq!(request.scopes, None);
    let bad = parse("grant_type=refresh_token&refresh_token=r&scope=a%22b").unwrap_err();
    assert_eq!(bad.code(), ErrorCode::InvalidScope);
}

/// RFC 8707 §2; conformance A14.
#[test]
fn a_resource_is_an_absolute_uri_and_may_be_repeated() {
    let two = parse("grant_type=client_credentials&resource=https%3A%2F%2Fa&resource=urn%3Ax%3Ab").unwrap();
    let TokenRequest::ClientCredentials(request) = two else { panic!("a machine") };
    assert_eq!(request.resources.len(), 2);
    for bad in ["orders", "https%3A%2F%2Fa%23f", "%2Fa"] {
        let refusal = parse(&format!("grant_type=client_credentials&resource={bad}")).unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::InvalidTarget, "{bad}");
    }
}

/// RFC 6749 §5.2.
#[test]
fn an_unknown_grant_is_known_by_its_name() {
    assert_eq!(parse("grant_type=magic&username=u"), Ok(TokenRequest::Other("magic".into())));
    assert_eq!(parse("code=x"), Err(InvalidRequest::Form(FormError::Missing("grant_type"))));
}

#[test]
fn what_a_client_writes_is_what_a_server_reads() {
    for body in [
        "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa%2Fb&code_verifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi&organization=org_1&resource=urn%3Aa&resource=urn%3Ab",
        "grant_type=refresh_token&refresh_token=r&scope=openid&audience=x",
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d",
        "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=r",
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c&scope=a&resource=urn%3Aa",
        "grant_type=password&username=u&password=p&scope=openid&audience=x&resource=urn%3Aa",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fpassword-realm&username=u&password=p&realm=staff",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fpasswordless%2Fotp&username=%2B4912&otp=123456&realm=sms&scope=openid&audience=x",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fmfa-otp&mfa_token=m&otp=123456",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fmfa-oob&mfa_token=m&oob_code=o&binding_code=1",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fmfa-oob&mfa_token=m&oob_code=o",
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fmfa-recovery-code&mfa_token=m&recovery_code=R",
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=s&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token&actor_token=a&actor_token_type=https%3A%2F%2Fown&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&scope=a&audience=x&organization=org_1&resource=urn%3Aa&resource=urn%3Ab",
    ] {
        assert_eq!(parse(body).unwrap().to_form().encode(), body);
    }
}

/// RFC 8693 §2.1: a token and its kind come together.
#[test]
fn an_exchange_names_the_kind_of_each_token_it_shows() {
    let exchange = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
    let missing = |more: &str| match parse(&format!("{exchange}{more}")) {
        Err(InvalidRequest::Form(FormError::Missing(name)) | InvalidRequest::Malformed { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(""), "subject_token");
    assert_eq!(missing("&subject_token=s"), "subject_token_type");
    assert_eq!(missing("&subject_token=s&subject_token_type=urn%3Aa&actor_token=a"), "actor_token_type");
    let alone = "&subject_token=s&subject_token_type=urn%3Aa&actor_token_type=urn%3Ab";
    assert_eq!(missing(alone), "actor_token_type");
}

/// RFC 7523 §2.1, CIBA Core §10.1 and Auth0's Authentication API: what each grant cannot do without.
#[test]
fn a_grant_names_the_parameter_it_lacks() {
    const AUTH0: &str = "http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2F";
    for (body, lacks) in [
        ("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=a".to_owned(), "assertion"),
        ("password&username=u".to_owned(), "password"),
        ("password&password=p".to_owned(), "username"),
        (format!("{AUTH0}password-realm&username=u&password=p"), "realm"),
        (format!("{AUTH0}passwordless%2Fotp&username=u&otp=1"), "realm"),
        (format!("{AUTH0}passwordless%2Fotp&username=u&realm=email"), "otp"),
        (format!("{AUTH0}mfa-otp&otp=1"), "mfa_token"),
        (format!("{AUTH0}mfa-otp&mfa_token=m"), "otp"),
        (format!("{AUTH0}mfa-oob&mfa_token=m&binding_code=1"), "oob_code"),
        (format!("{AUTH0}mfa-recovery-code&mfa_token=m"), "recovery_code"),
        ("urn%3Aopenid%3Aparams%3Agrant-type%3Aciba".to_owned(), "auth_req_id"),
    ] {
        let refusal = parse(&format!("grant_type={body}"));
        assert_eq!(refusal, Err(InvalidRequest::Form(FormError::Missing(lacks))), "{body}");
    }
    let fax = parse(&format!("grant_type={AUTH0}passwordless%2Fotp&username=u&otp=1&realm=fax"));
    assert!(matches!(fax, Err(InvalidRequest::Malformed { name: "realm", .. })));
}

/// Auth0 has two grants for a password: which one it is depends on the realm alone.
#[test]
fn a_password_with_a_realm_is_another_grant() {
    let plain = TokenRequest::Password(PasswordRequest::new("u", Secret::new("p".into())));
    assert_eq!(plain.grant_type(), grant::PASSWORD);
    let TokenRequest::Password(request) = plain else { unreachable!("made above") };
    let staff = TokenRequest::Password(PasswordRequest { realm: Some("staff".into()), ..request });
    assert_eq!(staff.grant_type(), grant::PASSWORD_REALM);
    let TokenRequest::Password(read) = parse("grant_type=password&username=u&password=p&realm=r").unwrap()
    else {
        panic!("a password")
    };
    assert_eq!(read.realm, None, "a parameter of another grant is passed over");
}

#[test]
fn no_secret_is_printed() {
    const S: &str = "s3cret00000000000000000000000000000000000000000";
    const AUTH0: &str = "http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2F";
    for body in [
        format!("authorization_code&code={S}&code_verifier={S}"),
        format!("refresh_token&refresh_token={S}"),
        format!("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code={S}"),
        format!("urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id={S}"),
        format!("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={S}"),
        format!("password&username=u&password={S}"),
        format!("{AUTH0}passwordless%2Fotp&username=u&realm=email&otp={S}"),
        format!("{AUTH0}mfa-otp&mfa_token={S}&otp={S}"),
        format!("{AUTH0}mfa-oob&mfa_token={S}&oob_code={S}&binding_code={S}"),
        format!("{AUTH0}mfa-recovery-code&mfa_token={S}&recovery_code={S}"),
        format!(
            "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token={S}&subject_token_type=urn%3Aa&actor_token={S}&actor_token_type=urn%3Aa"
        ),
    ] {
        let request = parse(&format!("grant_type={body}")).unwrap();
        assert!(!format!("{request:?}").contains("s3cret"), "{}", request.grant_type());
    }
}
