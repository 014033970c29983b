use super::*;
use crate::Verb;

fn made(body: &str) -> Map<String, Value> {
    create(KIND.read(Verb::Create, body.as_bytes()).unwrap(), "0123")
}

#[test]
fn a_resource_server_has_auth0s_defaults() {
    let api = made(r#"{"identifier":"https://api.example/"}"#);
    assert_eq!(api["token_lifetime"], 86_400);
    assert_eq!(api["token_lifetime_for_web"], 7_200);
    assert_eq!(api["signing_alg"], "RS256");
    assert_eq!(api["allow_offline_access"], false);
    assert_eq!(api["subject_type_authorization"]["user"]["policy"], "allow_all");
    assert_eq!(api["subject_type_authorization"]["client"]["policy"], "require_client_grant");
    assert!(!api.contains_key("proof_of_possession"));
}

/// Auth0's own documentation of the field; both of its members must be there.
#[test]
fn a_proof_policy_is_dpop_with_both_members_or_nothing() {
    let with = |policy: &str| format!(r#"{{"identifier":"a","proof_of_possession":{policy}}}"#);
    let read = |policy: &str| KIND.read(Verb::Create, with(policy).as_bytes());
    let policy = r#"{"mechanism":"dpop","required":true,"required_for":"public_clients"}"#;
    assert_eq!(made(&with(policy))["proof_of_possession"]["required_for"], "public_clients");
    assert_eq!(
        made(&with(r#"{"mechanism":"dpop","required":false}"#))["proof_of_possession"],
        json!({"mechanism": "dpop", "required": false})
    );
    assert!(!made(&with("null")).contains_key("proof_of_possession"));
    let missing = read(r#"{"mechanism":"dpop"}"#).unwrap_err().to_string();
    assert_eq!(
        missing,
        "Payload validation error: 'Missing required property: required' on property proof_of_possession."
    );
    let other = read(r#"{"mechanism":"mtls","required":true}"#).unwrap();
    assert_eq!(KIND.inert(Verb::Create, &other), ["proof_of_possession.mechanism"]);
    assert!(read(r#"{"mechanism":"none","required":true}"#).is_err());
}

#[test]
fn null_takes_the_proof_policy_away() {
    let mut api = made(r#"{"identifier":"a","proof_of_possession":{"mechanism":"dpop","required":true}}"#);
    KIND.merge(&mut api, KIND.read(Verb::Update, br#"{"proof_of_possession":null}"#).unwrap());
    assert!(!api.contains_key("proof_of_possession"));
}

#[test]
fn a_browsers_token_lives_no_longer_than_another() {
    let api = made(r#"{"identifier":"a","token_lifetime":60}"#);
    assert_eq!(api["token_lifetime_for_web"], 60);
    assert_eq!(check(&api), Ok(()));
    let api = made(r#"{"identifier":"a","token_lifetime":60,"token_lifetime_for_web":61}"#);
    assert_eq!(
        check(&api).unwrap_err().to_string(),
        "Payload validation error: 'Value 61 is greater than maximum 60' on property token_lifetime_for_web."
    );
}

#[test]
fn a_scope_is_named_once() {
    let api = made(r#"{"identifier":"a","scopes":[{"value":"x"},{"value":"y"},{"value":"x"}]}"#);
    assert_eq!(
        check(&api).unwrap_err().to_string(),
        "Payload validation error: 'Array items are not unique (indexes 0 and 2)' on property scopes."
    );
}

#[test]
fn the_identifier_is_settled_when_it_is_made() {
    assert!(KIND.read(Verb::Update, br#"{"identifier":"b"}"#).is_err());
    assert!(KIND.read(Verb::Create, br#"{"name":"b"}"#).is_err());
}

#[test]
fn a_symmetric_signature_is_written_in_vain() {
    let input = KIND.read(Verb::Create, br#"{"identifier":"a","signing_alg":"HS256"}"#).unwrap();
    assert_eq!(KIND.inert(Verb::Create, &input), ["signing_alg"]);
}

#[test]
fn an_api_of_auth0s_own_is_called_and_lets_do_what_auth0_says() {
    let issuer = "https://id.example/";
    let asked = |identifier: &str, more: &str| {
        let body = format!(r#"{{"identifier":"{identifier}"{more}}}"#);
        let input = KIND.read(Verb::Create, body.as_bytes()).unwrap();
        Value::Object(create_system(system(identifier, issuer).unwrap(), input, "0123"))
    };
    let mine = r#","name":"Mine","scopes":[],"token_lifetime":300,"token_lifetime_for_web":200"#;
    let account = asked("https://id.example/me/", mine);
    assert_eq!((&account["name"], &account["is_system"]), (&json!("Auth0 My Account API"), &json!(true)));
    assert_eq!(account["scopes"][1]["value"], "read:me:connected_accounts");
    assert_eq!(account["proof_of_possession"], json!({ "mechanism": "dpop", "required": false }));
    assert_eq!(account["subject_type_authorization"]["client"]["policy"], "deny_all");
    assert_eq!(account["token_lifetime"], 300, "how long its tokens live is the administrator's to say");
    let express = asked("urn:auth0:express-configure", "");
    assert_eq!((&express["enforce_policies"], &express["token_lifetime"]), (&json!(true), &json!(300)));
    for one in [account, express] {
        assert_eq!(check(one.as_object().unwrap()), Ok(()));
    }
    for other in ["https://id.example/api/v2/", "https://else.example/me/", "me/", "https://id.example/me"] {
        assert_eq!(system(other, issuer), None, "{other}");
    }
}
