use keybound_proto::form::Form;
use keybound_proto::id::ClientId;
use keybound_proto::uri::Origin;

use super::*;
use crate::model::audience::{ProofPolicy, RoleEnforcement};
use crate::model::client::SecretSent;
use crate::model::tests::{API, audience, confidential, public, scopes, tenant, user};
use crate::model::user::Permission;

const CALLBACK: &str = "https://app.example/callback";

fn parse(query: &str) -> AuthorizationRequest {
    let form = Form::parse_repeatable(query.as_bytes(), AuthorizationRequest::REPEATABLE).unwrap();
    AuthorizationRequest::parse(&form).unwrap()
}

fn back(redirect_uri: Option<&str>) -> ReturnAddress {
    ReturnAddress {
        client_id: ClientId::parse("spa").unwrap(),
        redirect_uri: redirect_uri.map(str::to_owned),
        response_mode: ResponseMode::Query,
        state: Some(State::new("s")),
    }
}

fn with_callbacks(kind: ClientKind, callbacks: &[&str]) -> Client {
    let callbacks = callbacks.iter().map(|text| RedirectUri::parse(text).unwrap()).collect();
    Client { kind, callbacks, ..public("spa") }
}

/// RFC 9700 §2.1; conformance A3 row 3.
#[test]
fn a_redirect_uri_is_one_that_was_registered_byte_for_byte() {
    let client = with_callbacks(ClientKind::Browser, &[CALLBACK, "http://localhost:3000"]);
    let trusted = trust(&back(Some(CALLBACK)), &client).unwrap();
    assert_eq!(trusted.redirect_uri.as_str(), CALLBACK);
    assert_eq!((trusted.named, trusted.state), (Naming::Named, Some(State::new("s"))));
    for other in [
        "https://app.example/callback/",
        "https://app.example/callback/more",
        "https://app.example/Callback",
        "https://app.example/callback?a=b",
        "https://app.example/callback#f",
        "https://app.example%2fcallback",
        "https://user@app.example/callback",
        "https://app.example\\callback",
        "https://*.example/callback",
        "https://app.exаmple/callback",
        "http://app.example/callback",
        "http://localhost:3001",
        "http://localhost:3000/",
        "javascript:alert(1)",
        "",
        "callback",
    ] {
        assert_eq!(trust(&back(Some(other)), &client), Err(Refusal::RedirectUnknown), "{other}");
    }
}

/// RFC 8252 §7.3.
#[test]
fn only_a_native_apps_loopback_address_may_have_any_port() {
    let registered = &["http://127.0.0.1/cb"];
    let asked = back(Some("http://127.0.0.1:51234/cb"));
    assert!(trust(&asked, &with_callbacks(ClientKind::Native, registered)).is_ok());
    let elsewhere = trust(&asked, &with_callbacks(ClientKind::Browser, registered));
    assert_eq!(elsewhere, Err(Refusal::RedirectUnknown));
}

/// RFC 6749 §3.1.2.3.
#[test]
fn a_redirect_uri_left_out_is_the_only_one_there_is() {
    let one = with_callbacks(ClientKind::Web, &[CALLBACK]);
    let trusted = trust(&back(None), &one).unwrap();
    assert_eq!((trusted.redirect_uri.as_str(), trusted.named), (CALLBACK, Naming::Implied));
    for callbacks in [&[][..], &[CALLBACK, "https://app.example/other"]] {
        let refused = trust(&back(None), &with_callbacks(ClientKind::Web, callbacks));
        assert_eq!(refused, Err(Refusal::RedirectMissing));
    }
}

#[test]
fn a_message_goes_only_to_a_page_the_client_calls_its_own() {
    let mut client = with_callbacks(ClientKind::Browser, &[CALLBACK]);
    let asked = ReturnAddress { response_mode: ResponseMode::WebMessage, ..back(Some(CALLBACK)) };
    assert_eq!(trust(&asked, &client), Err(Refusal::WebOrigin));
    client.web_origins = vec![Origin::parse("https://app.example").unwrap()];
    assert_eq!(trust(&asked, &client).unwrap().mode, ResponseMode::WebMessage);
    let app = with_callbacks(ClientKind::Native, &["com.example:/cb"]);
    let asked = ReturnAddress { response_mode: ResponseMode::WebMessage, ..back(Some("com.example:/cb")) };
    assert_eq!(trust(&asked, &app), Err(Refusal::WebOrigin));
}

/// RFC 9700 §2.1.1; conformance A4.
#[test]
fn a_public_client_must_use_pkce() {
    let plain = parse("client_id=spa&response_type=code");
    assert_eq!(check(&plain, &public("spa"), &tenant()), Err(Refusal::ChallengeMissing));
    let with = parse(
        "client_id=spa&response_type=code&code_challenge_method=S256\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
    assert!(check(&with, &public("spa"), &tenant()).unwrap().challenge.is_some());
    let client = confidential("spa", "s", SecretSent::Either);
    assert_eq!(check(&plain, &client, &tenant()).unwrap().challenge, None);
}

#[test]
fn a_client_without_the_code_grant_may_not_ask_for_one() {
    let mut client = confidential("spa", "s", SecretSent::Either);
    client.grants = [GrantKind::ClientCredentials].into_iter().collect();
    let refused = Refusal::GrantNotAllowed { grant: GrantKind::AuthorizationCode };
    assert_eq!(check(&parse("client_id=spa&response_type=code"), &client, &tenant()), Err(refused));
}

#[test]
fn what_is_asked_is_taken_as_it_stands() {
    let request = parse(&format!(
        "client_id=spa&response_type=code&audience={API}&scope=openid+read:orders&nonce=n&max_age=5\
         &dpop_jkt=NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    ));
    let asked = check(&request, &confidential("spa", "s", SecretSent::Either), &tenant()).unwrap();
    assert_eq!(asked.audience, AudienceName::parse(API).ok());
    assert_eq!(asked.scopes, scopes("openid read:orders"));
    assert_eq!(asked.max_age, Some(Lifetime::seconds(5)));
    assert!(asked.jkt.is_some() && asked.id_token_nonce.is_some());
}

#[test]
fn an_audience_nobody_made_is_unknown() {
    let name = AudienceName::parse(API).unwrap();
    let unknown = Refusal::UnknownAudience { audience: name.clone() };
    assert_eq!(target(Some(&name), None).err(), Some(unknown.clone()));
    let other = Audience { name: AudienceName::parse("x").unwrap(), ..audience(ProofPolicy::None) };
    assert_eq!(target(Some(&name), Some(other)).err(), Some(unknown));
    assert!(target(Some(&name), Some(audience(ProofPolicy::None))).unwrap().api().is_some());
    assert!(target(None, None).unwrap().api().is_none());
}

fn granted(asked: &str, target: &Target, client: &Client) -> Scopes {
    grantable(&scopes(asked), target, &Grantee { client, grant: None, user: None }).unwrap()
}

#[test]
fn scopes_nobody_knows_are_dropped() {
    let target = Target::Api(audience(ProofPolicy::None));
    let granted = granted("openid read:orders delete:orders nonsense email", &target, &public("spa"));
    assert_eq!(granted.to_string(), "openid read:orders email");
}

#[test]
fn scopes_of_an_api_mean_nothing_without_it() {
    assert_eq!(granted("openid read:orders", &Target::Userinfo, &public("spa")), scopes("openid"));
}

#[test]
fn offline_access_needs_an_audience_that_allows_it_and_a_client_that_may_refresh() {
    let allowed = Target::Api(audience(ProofPolicy::None));
    let denied = Target::Api(Audience { offline: OfflineAccess::Deny, ..audience(ProofPolicy::None) });
    let mut no_refresh = public("spa");
    no_refresh.grants = [GrantKind::AuthorizationCode].into_iter().collect();
    let asked = "openid offline_access";
    assert_eq!(granted(asked, &allowed, &public("spa")), scopes(asked));
    assert_eq!(granted(asked, &Target::Userinfo, &public("spa")), scopes(asked));
    assert_eq!(granted(asked, &denied, &public("spa")), scopes("openid"));
    assert_eq!(granted(asked, &allowed, &no_refresh), scopes("openid"));
}

#[test]
fn an_audience_says_which_clients_may_act_for_users() {
    let client = public("spa");
    let asked = scopes("openid read:orders write:orders");
    let grant = ClientGrant {
        id: "cgr_1".into(),
        client: client.id.clone(),
        audience: AudienceName::parse(API).unwrap(),
        scopes: scopes("read:orders"),
        on_behalf_of: OnBehalfOf::User,
        organizations: crate::model::audience::GrantedOrganizations::default(),
    };
    let ask = |users, grant| {
        let target = Target::Api(Audience { users, ..audience(ProofPolicy::None) });
        grantable(&asked, &target, &Grantee { client: &client, grant, user: None })
    };
    let refused = Err(Refusal::NoClientGrant { audience: grant.audience.clone() });
    assert_eq!(ask(UserAccess::AllowAll, None), Ok(asked.clone()));
    assert_eq!(ask(UserAccess::DenyAll, Some(&grant)), refused);
    assert_eq!(ask(UserAccess::RequireClientGrant, None), refused);
    assert_eq!(ask(UserAccess::RequireClientGrant, Some(&grant)), Ok(scopes("openid read:orders")));
    let machine = ClientGrant { on_behalf_of: OnBehalfOf::Itself, ..grant.clone() };
    assert_eq!(ask(UserAccess::RequireClientGrant, Some(&machine)), refused);
}

#[test]
fn where_roles_are_enforced_a_user_gives_only_what_they_hold() {
    let enforcing = Audience { roles: RoleEnforcement::Enforce, ..audience(ProofPolicy::None) };
    let mut ann = user("auth0|1");
    ann.permissions =
        vec![Permission { audience: AudienceName::parse(API).unwrap(), scopes: scopes("write:orders") }];
    let (client, target) = (public("spa"), Target::Api(enforcing));
    let grantee = Grantee { client: &client, grant: None, user: Some(&ann) };
    let granted = grantable(&scopes("openid read:orders write:orders"), &target, &grantee);
    assert_eq!(granted, Ok(scopes("openid write:orders")));
}
