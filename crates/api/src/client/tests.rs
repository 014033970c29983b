use serde_json::json;

use super::*;
use crate::{Verb, field::Heed};

fn made(body: &str) -> Map<String, Value> {
    create(KIND.read(Verb::Create, body.as_bytes()).unwrap(), "id1", "s3cret")
}

fn refused(body: &str) -> crate::Invalid {
    KIND.read(Verb::Create, body.as_bytes()).unwrap_err()
}

#[test]
fn a_client_has_auth0s_defaults() {
    let client = made(r#"{"name":"shop"}"#);
    for (name, value) in [
        ("client_id", json!("id1")),
        ("client_secret", json!("s3cret")),
        ("is_first_party", json!(true)),
        ("sso_disabled", json!(false)),
        ("custom_login_page_on", json!(true)),
        ("is_token_endpoint_ip_header_trusted", json!(false)),
        ("grant_types", json!(["authorization_code", "refresh_token", "client_credentials"])),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    assert_eq!(client["jwt_configuration"]["lifetime_in_seconds"], 36_000);
    assert_eq!(client["refresh_token"]["rotation_type"], "non-rotating");
    assert!(!client.contains_key("token_endpoint_auth_method"));
}

#[test]
fn a_client_in_a_browser_is_public_and_its_refresh_tokens_rotate() {
    for app_type in ["spa", "native"] {
        let client = made(&format!(r#"{{"name":"shop","app_type":"{app_type}"}}"#));
        assert_eq!(client["token_endpoint_auth_method"], "none");
        assert_eq!(client["client_secret"], "s3cret", "as at Auth0; it opens nothing");
        assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(client["refresh_token"]["rotation_type"], "rotating");
    }
    let native = r#"{"name":"shop","app_type":"native","token_endpoint_auth_method":"client_secret_post"}"#;
    assert_eq!(made(native)["client_secret"], "s3cret");
}

#[test]
fn a_machine_gets_its_grant() {
    let client = made(r#"{"name":"m2m","app_type":"non_interactive"}"#);
    assert_eq!(client["grant_types"], json!(["client_credentials"]));
    assert_eq!(client["client_secret"], "s3cret");
}

#[test]
fn part_of_the_jwt_configuration_may_be_written() {
    let client = made(r#"{"name":"a","jwt_configuration":{"lifetime_in_seconds":60}}"#);
    assert_eq!(client["jwt_configuration"]["alg"], "RS256");
    assert_eq!(client["jwt_configuration"]["lifetime_in_seconds"], 60);
}

#[test]
fn a_client_says_nothing_unknown_and_nothing_twice() {
    assert_eq!(
        refused(r#"{"name":"a","colour":"red"}"#).to_string(),
        "Payload validation error: 'Additional properties not allowed: colour'."
    );
    assert!(matches!(refused(r#"{"name":"a","name":"b"}"#).fault, crate::Fault::Json(_)));
    assert!(matches!(refused("[]").fault, crate::Fault::Json(_)));
    assert_eq!(refused("{}").to_string(), "Payload validation error: 'Missing required property: name'.");
    assert_eq!(
        refused(r#"{"name":"a","client_secret":"x"}"#).to_string(),
        "Payload validation error: 'Additional properties not allowed: client_secret'."
    );
}

#[test]
fn which_organization_a_machine_is_in_is_said_with_the_flows_it_is_for() {
    for part in [r#"{"flows":["client_credentials"]}"#, r#"{"organization_id":"org_1"}"#] {
        let message = refused(&format!(r#"{{"name":"a","default_organization":{part}}}"#)).to_string();
        assert!(message.contains("on property default_organization"), "{message}");
    }
    made(r#"{"name":"a","default_organization":{"organization_id":"org_1","flows":["client_credentials"]}}"#);
    made(r#"{"name":"a","default_organization":null}"#);
}

#[test]
fn wildcards_are_no_addresses() {
    for (member, value) in [
        ("callbacks", "https://*.example.com/cb"),
        ("callbacks", "https://app.example.com/cb#f"),
        ("web_origins", "https://*.example.com"),
        ("web_origins", "https://app.example.com/path"),
        ("allowed_logout_urls", "https://*.example.com"),
    ] {
        let body = format!(r#"{{"name":"a","{member}":["https://ok.example",{}]}}"#, json!(value));
        let message = refused(&body).to_string();
        assert!(message.ends_with(&format!("{value}' on property {member}[1].")), "{message}");
    }
}

#[test]
fn what_is_not_done_is_not_promised() {
    assert!(refused(r#"{"name":"a","compliance_level":7}"#).to_string().contains("compliance_level"));
    made(
        r#"{"name":"a","require_pushed_authorization_requests":true,"par_request_expiry":600,"organization_usage":"deny","sso_disabled":false,
            "oidc_logout":{"backchannel_logout_urls":[]},"compliance_level":null,"mobile":{"ios":{},"android":{}},
            "native_social_login":{"apple":{"enabled":false},"facebook":{"enabled":false}}}"#,
    );
}

#[test]
fn the_older_name_of_back_channel_logout_says_the_same() {
    for name in ["oidc_logout", "oidc_backchannel_logout"] {
        let client = made(&format!(
            r#"{{"name":"a","{name}":{{"backchannel_logout_urls":["https://a.example/out"]}}}}"#
        ));
        assert_eq!(client["oidc_logout"]["backchannel_logout_urls"][0], "https://a.example/out");
        assert_eq!(client["oidc_logout"], client["oidc_backchannel_logout"]);
    }
}

#[test]
fn who_asks_for_logouts_and_names_no_initiator_hears_of_those_begun_at_either_end() {
    let client = made(r#"{"name":"a","oidc_logout":{}}"#);
    let initiators = &client["oidc_logout"]["backchannel_logout_initiators"];
    assert_eq!(*initiators, json!({ "mode": "custom", "selected_initiators": ["rp-logout", "idp-logout"] }));
}

#[test]
fn what_older_tools_write_of_cross_origin_authentication_is_meant_by_its_newer_name() {
    let said = |body: &str| in_new_words(KIND.read(Verb::Update, body.as_bytes()).unwrap());
    assert_eq!(said(r#"{"cross_origin_auth":true}"#)["cross_origin_authentication"], true);
    let both = said(r#"{"cross_origin_auth":true,"cross_origin_authentication":false}"#);
    assert_eq!(Value::Object(both), json!({ "cross_origin_authentication": false }));
}

#[test]
fn a_client_with_certificates_alone_has_no_other_way_in() {
    let client = made(
        r#"{"name":"a","client_authentication_methods":{"tls_client_auth":{"credentials":[
            {"credential_type":"cert_subject_dn","subject_dn":"CN=a"}]}}}"#,
    );
    assert!(has_registered_keys(&client) && has_keys(&client) && !is_public(&client));
    let native = made(
        r#"{"name":"a","app_type":"native","client_authentication_methods":{"self_signed_tls_client_auth":{"credentials":[]}}}"#,
    );
    assert!(!native.contains_key("token_endpoint_auth_method"), "it is not public");
}

#[test]
fn what_is_kept_without_effect_is_named() {
    for (more, path) in [
        (r#""cross_origin_authentication":true"#, "cross_origin_authentication"),
        (r#""jwt_configuration":{"alg":"HS256"}"#, "jwt_configuration.alg"),
        (r#""compliance_level":"fapi2_sp_pkj_mtls""#, "compliance_level"),
        (r#""addons":{"samlp":{"audience":"a"}}"#, "addons"),
        (r#""app_type":"express_configuration""#, "app_type"),
        (r#""grant_types":["urn:ietf:params:oauth:grant-type:jwt-bearer"]"#, "grant_types"),
        (r#""organization_require_behavior":"pre_login_prompt""#, "organization_require_behavior"),
        (r#""redirection_policy":"open_redirect_protection""#, "redirection_policy"),
        (r#""encryption_key":{"pub":"k"}"#, "encryption_key"),
        (r#""token_quota":{"client_credentials":{"enforce":true,"per_hour":1}}"#, "token_quota"),
        (
            r#""oidc_logout":{"backchannel_logout_initiators":{"mode":"all"}}"#,
            "oidc_logout.backchannel_logout_initiators.mode",
        ),
        (
            r#""oidc_logout":{"backchannel_logout_initiators":{"selected_initiators":["password-changed"]}}"#,
            "oidc_logout.backchannel_logout_initiators.selected_initiators",
        ),
    ] {
        let body = format!(r#"{{"name":"a","sso_disabled":false,{more}}}"#);
        let input = KIND.read(Verb::Create, body.as_bytes()).unwrap();
        assert_eq!(KIND.inert(Verb::Create, &input), [path], "{more}");
    }
}

#[test]
fn a_secret_may_be_changed_but_not_chosen_at_birth() {
    assert!(KIND.read(Verb::Update, br#"{"client_secret":"n3w"}"#).is_ok());
}

#[test]
fn every_member_that_is_only_shown_is_one_we_meant_to_show() {
    let shown: Vec<String> =
        KIND.table().into_iter().filter(|(_, heed)| *heed == Heed::Shown).map(|(path, _)| path).collect();
    let meant = [
        "client_authentication_methods.private_key_jwt.credentials[].name",
        "client_authentication_methods.tls_client_auth.credentials[].name",
        "client_authentication_methods.self_signed_tls_client_auth.credentials[].name",
        "signed_request_object.credentials[].name",
        "description",
        "logo_uri",
        "client_metadata",
        "oidc_conformant",
        "custom_login_page_on",
        "encrypted",
        "sso",
        "token_vault_privileged_access.credentials[].name",
    ];
    assert_eq!(shown, meant);
}
