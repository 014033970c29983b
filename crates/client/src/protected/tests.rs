use super::*;

fn demand(status: u16, challenge: &str) -> Option<Demand> {
    let mut headers = HeaderMap::new();
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(challenge).unwrap());
    Demand::read(StatusCode::from_u16(status).unwrap(), &headers)
}

fn described(scopes: &[&str]) -> ResourceMetadata {
    let mut described = ResourceMetadata::default();
    described.scopes_supported = scopes.iter().map(|&scope| scope.to_owned()).collect();
    described
}

fn text(scopes: Option<Scopes>) -> Option<String> {
    scopes.map(|scopes| scopes.to_string())
}

/// RFC 9728 §5.1, RFC 9470 §3.
#[test]
fn a_challenge_says_what_is_demanded() {
    let challenge = r#"Basic realm="x", DPoP error="insufficient_user_authentication", acr_values="a b", max_age="5",
        resource_metadata="https://api.example/.well-known/oauth-protected-resource""#;
    let demand = demand(401, &challenge.replace('\n', " ")).unwrap();
    assert_eq!(demand.metadata.as_deref(), Some("https://api.example/.well-known/oauth-protected-resource"));
    assert_eq!(demand.code(), Some(ErrorCode::InsufficientUserAuthentication));
    let back = keybound_proto::uri::RedirectUri::parse("https://app.example/").unwrap();
    let ask = demand.of_login(Ask::new(back, Scopes::default()));
    assert_eq!(ask.acr_values, ["a", "b"]);
    assert_eq!(ask.max_age, Some(Lifetime::seconds(5)));
}

/// RFC 6750 §3.1: a 403 for another reason is not changed by another token.
#[test]
fn only_what_a_better_token_changes_is_a_demand() {
    assert!(Demand::read(StatusCode::UNAUTHORIZED, &HeaderMap::new()).is_some());
    assert!(demand(403, r#"Bearer error="insufficient_scope", scope="a""#).is_some());
    assert_eq!(demand(403, r#"Bearer error="invalid_token""#), None);
    assert_eq!(Demand::read(StatusCode::FORBIDDEN, &HeaderMap::new()), None);
    assert_eq!(demand(200, r#"Bearer error="insufficient_scope""#), None);
}

/// RFC 9728 §3.1; conformance A13, A25.
#[test]
fn a_description_is_looked_for_where_the_challenge_says_or_else_in_two_places() {
    let silent = demand(401, "Bearer").unwrap();
    let urls = |url: &str| -> Vec<String> {
        places(url, &silent).unwrap().into_iter().map(|place| place.url).collect()
    };
    let root = "https://api.example/.well-known/oauth-protected-resource";
    assert_eq!(urls("https://api.example/mcp"), [&format!("{root}/mcp"), root]);
    assert_eq!(urls("https://api.example"), [root]);
    let told = demand(401, r#"Bearer resource_metadata="https://api.example/custom.json""#).unwrap();
    let places = places("https://api.example/mcp", &told).unwrap();
    let names = vec![Resource::parse("https://api.example/mcp").unwrap()];
    assert_eq!(places, [Place { url: "https://api.example/custom.json".to_owned(), names }]);
}

/// RFC 9700 §2.6; conformance A13.
#[test]
fn a_challenge_does_not_lead_away_from_tls() {
    let told = demand(401, r#"Bearer resource_metadata="http://api.example/custom.json""#).unwrap();
    assert_eq!(places("https://api.example/mcp", &told).unwrap_err().code(), "client.metadata");
    assert!(places("http://localhost/mcp", &told).is_ok());
}

/// RFC 9728 §3.3: a resource may not pass for another; conformance A13.
#[test]
fn a_description_of_another_resource_is_not_used() {
    let silent = demand(401, "Bearer").unwrap();
    let [own, root] = places("https://api.example/mcp", &silent).unwrap().try_into().unwrap();
    let answer = |resource: &str| {
        let body = format!(r#"{{"resource":"{resource}","authorization_servers":["https://as.example"]}}"#);
        let kind = http::header::CONTENT_TYPE;
        Response::builder().header(kind, "application/json").body(Body::from(body)).unwrap()
    };
    assert!(read(&answer("https://api.example/mcp"), &own).is_ok());
    assert!(read(&answer("https://api.example"), &root).is_ok());
    assert!(read(&answer("https://api.example/"), &root).is_ok());
    for (other, place) in [
        ("https://evil.example/mcp", &own),
        ("https://api.example", &own),
        ("https://api.example/mcp", &root),
        ("https://evil.example/", &root),
    ] {
        let refused = read(&answer(other), place).unwrap_err();
        assert!(matches!(refused, ClientError::Metadata(MetadataError::Mismatch { .. })), "{other}");
    }
}

/// What was granted before is asked for with what is missing; what is known serves where nothing is demanded.
/// Conformance A25.
#[test]
fn scopes_are_gathered_over_several_demands() {
    let mut step_up = StepUp::default();
    let first = demand(401, r#"Bearer scope="basic""#).unwrap();
    assert_eq!(text(step_up.scopes(&first, Some(&described(&["all"]))).unwrap()).as_deref(), Some("basic"));
    let more = demand(403, r#"Bearer error="insufficient_scope", scope="write""#).unwrap();
    assert_eq!(text(step_up.scopes(&more, None).unwrap()).as_deref(), Some("basic write"));
    let silent = demand(401, "Bearer").unwrap();
    let mut fresh = StepUp::default();
    assert_eq!(text(fresh.scopes(&silent, Some(&described(&["a", "b"]))).unwrap()).as_deref(), Some("a b"));
    assert_eq!(text(StepUp::default().scopes(&silent, Some(&described(&[]))).unwrap()), None);
}

/// A resource that is never content does not send its user around in circles; conformance A17.
#[test]
fn a_demand_that_was_met_in_vain_is_refused() {
    let mut step_up = StepUp::default();
    let more = demand(403, r#"Bearer error="insufficient_scope", scope="admin""#).unwrap();
    assert!(step_up.scopes(&more, None).is_ok());
    assert_eq!(step_up.scopes(&more, None).unwrap_err().oauth_code(), Some("insufficient_scope"));
    let mut endless = StepUp::default();
    let stale = demand(401, r#"Bearer error="invalid_token""#).unwrap();
    for _ in 0..StepUp::LIMIT {
        assert!(endless.scopes(&stale, None).is_ok());
    }
    assert_eq!(endless.scopes(&stale, None).unwrap_err().status(), Some(401));
    endless.satisfied();
    assert!(endless.scopes(&stale, None).is_ok());
}
