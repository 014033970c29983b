//! What was written becomes what is obeyed.

use keybound_authority::adoption::Adoption;
use keybound_authority::login::password::PasswordPolicy;
use keybound_authority::model::audience::{
    FirstPartyConsent, MachineAccess, OfflineAccess, OnBehalfOf, Permissions, ProofPolicy, RequiredFor,
    RoleEnforcement, TokenDialect, UserAccess,
};
use keybound_authority::model::client::{
    ClientKind, Credential, GrantKind, NonceDemand, Party, RefreshPolicy, Rotation, SecretSent,
};
use keybound_authority::model::connection::{BruteForceProtection, EnabledFor, Signup, Usernames};
use keybound_authority::model::tenant::{Lifetimes, LocalhostConsent};
use keybound_authority::model::user::Standing;
use keybound_proto::jose::Alg;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::Issuer;
use keybound_store::documents::{
    self, ClientGrants, Clients, Connections, Document, Kind, ResourceServers, Tenants, Users,
};
use keybound_store::testing::memory;
use keybound_store::{Batch, StoreError, policy};
use serde_json::{Value, json};

use crate::seed::{audience, client, tenant};

async fn written<K: Kind>(doc: Value) -> Document<K> {
    let db = memory().await;
    let mut batch = Batch::new();
    documents::insert::<K>(&mut batch, &db, &tenant(), "auth0|id", doc);
    db.apply(batch).await.unwrap();
    documents::find::<K>(&db, &tenant(), "auth0|id").await.unwrap().unwrap()
}

async fn client_of(doc: Value) -> keybound_authority::model::client::Client {
    policy::client(&written::<Clients>(doc).await).unwrap()
}

/// auth0.md (MRRT, OBO): what names no audience permits nothing.
#[tokio::test]
async fn what_a_client_may_have_elsewhere_and_which_api_it_is_are_read_as_written() {
    let client = client_of(json!({
        "app_type": "resource_server", "client_secret": "s", "resource_server_identifier": "urn:api",
        "refresh_token": { "policies": [{ "audience": "urn:a", "scope": ["x", "y"] }, { "audience": "" }] },
    }))
    .await;
    assert_eq!((client.kind, client.is_public()), (ClientKind::Machine, false));
    assert_eq!(client.api.as_ref().map(|name| name.as_str()), Some("urn:api"));
    let elsewhere: Vec<_> =
        client.elsewhere.iter().map(|there| (there.audience.as_str(), there.scopes.to_string())).collect();
    assert_eq!(elsewhere, [("urn:a", "x y".to_owned())]);
}

#[tokio::test]
async fn a_browser_app_that_says_nothing_is_public_and_its_refresh_tokens_rotate_and_end() {
    let client = client_of(json!({"name": "App", "app_type": "spa"})).await;
    assert_eq!((&*client.name, client.kind, client.party), ("App", ClientKind::Browser, Party::First));
    assert!(client.is_public());
    assert!(
        client.grants.allow(GrantKind::AuthorizationCode) && client.grants.allow(GrantKind::RefreshToken)
    );
    assert!(!client.grants.allow(GrantKind::ClientCredentials));
    assert_eq!((client.adoption, client.nonces), (Adoption::Allow, NonceDemand::Required));
    assert_eq!(client.id_token_lifetime, Lifetime::seconds(36_000));
    assert_eq!(client.refresh.rotation, Rotation::Rotate { leeway: Lifetime::seconds(30) });
    assert!(client.refresh.absolute.is_some() && client.refresh.idle.is_some());
}

#[tokio::test]
async fn a_machine_that_says_nothing_may_send_its_secret_either_way() {
    let client = client_of(json!({"app_type": "non_interactive", "client_secret": "s"})).await;
    assert_eq!(client.kind, ClientKind::Machine);
    let Credential::Secret { secret, previous: None, sent } = client.credential else {
        panic!("it has a secret")
    };
    assert_eq!((secret.reveal().as_str(), sent), ("s", SecretSent::Either));
    assert!(client.grants.allow(GrantKind::ClientCredentials));
    assert!(!client.grants.allow(GrantKind::AuthorizationCode));
    let forever = RefreshPolicy { rotation: Rotation::Keep, absolute: None, idle: None };
    assert_eq!(client.refresh, forever);
}

/// UAX #9 §2: such names are refused now; those written before show what they say.
#[tokio::test]
async fn a_name_is_shown_without_marks_that_reorder_it() {
    let client =
        client_of(json!({ "name": "Your \u{202E}knaB\n", "token_endpoint_auth_method": "none" })).await;
    assert_eq!(&*client.name, "Your knaB");
}

#[tokio::test]
async fn what_a_client_says_is_obeyed() {
    let client = client_of(json!({
        "app_type": "regular_web", "is_first_party": false, "client_secret": "s",
        "token_endpoint_auth_method": "client_secret_post", "require_proof_of_possession": true,
        "grant_types": ["authorization_code", "implicit", "password"],
        "callbacks": ["https://app.example/cb", "not a url"],
        "web_origins": ["https://app.example"], "allowed_logout_urls": ["https://app.example/bye"],
        "jwt_configuration": {"lifetime_in_seconds": 60},
        "refresh_token": {
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30, "token_lifetime": 1000,
            "infinite_token_lifetime": false, "idle_token_lifetime": 100, "infinite_idle_token_lifetime": true,
        },
    }))
    .await;
    assert_eq!(
        (client.kind, client.party, client.adoption),
        (ClientKind::Web, Party::Third, Adoption::Require)
    );
    assert!(matches!(client.credential, Credential::Secret { sent: SecretSent::Body, .. }));
    assert!(
        client.grants.allow(GrantKind::AuthorizationCode) && !client.grants.allow(GrantKind::RefreshToken)
    );
    assert_eq!(
        client.callbacks.iter().map(|uri| uri.as_str()).collect::<Vec<_>>(),
        ["https://app.example/cb"]
    );
    assert_eq!(client.web_origins.len(), 1);
    assert_eq!(&*client.logout_urls[0], "https://app.example/bye");
    assert_eq!(client.id_token_lifetime, Lifetime::seconds(60));
    let refresh = RefreshPolicy {
        rotation: Rotation::Rotate { leeway: Lifetime::seconds(30) },
        absolute: Some(Lifetime::seconds(1_000)),
        idle: None,
    };
    assert_eq!(client.refresh, refresh);
}

#[tokio::test]
async fn a_client_that_cannot_be_obeyed_is_corrupt() {
    for doc in [
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "telepathy"}),
        json!({"app_type": 7}),
    ] {
        let refused = policy::client(&written::<Clients>(doc).await).unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    }
}

#[tokio::test]
async fn an_audience_that_says_nothing_has_auth0s_defaults() {
    let audience = policy::audience(&written(json!({"identifier": audience().as_str()})).await).unwrap();
    assert_eq!(audience.name, crate::seed::audience());
    assert_eq!((audience.dialect, audience.permissions), (TokenDialect::Auth0, Permissions::Omit));
    assert_eq!((audience.alg, audience.roles), (Alg::Rs256, RoleEnforcement::Ignore));
    assert_eq!(audience.token_lifetime, Lifetime::seconds(86_400));
    assert_eq!(audience.token_lifetime_for_web, Lifetime::seconds(7_200));
    assert_eq!((audience.offline, audience.proof), (OfflineAccess::Deny, ProofPolicy::None));
    assert_eq!(audience.consent, FirstPartyConsent::Skip);
    assert_eq!(
        (audience.users, audience.machines),
        (UserAccess::AllowAll, MachineAccess::RequireClientGrant)
    );
}

#[tokio::test]
async fn nobody_asks_for_a_system_api_on_behalf_of_a_user_unless_it_says_so() {
    let doc = json!({"identifier": audience().as_str(), "is_system": true});
    let audience = policy::audience(&written::<ResourceServers>(doc).await).unwrap();
    assert_eq!((audience.users, audience.machines), (UserAccess::DenyAll, MachineAccess::RequireClientGrant));
}

#[tokio::test]
async fn what_an_audience_says_is_obeyed() {
    let audience = policy::audience(
        &written::<ResourceServers>(json!({
            "identifier": "a", "scopes": [{"value": "read:orders", "description": "x"}, {"value": "write"}],
            "token_dialect": "rfc9068_profile_authz", "enforce_policies": true, "signing_alg": "ES256",
            "token_lifetime": 10, "token_lifetime_for_web": 5, "allow_offline_access": true,
            "skip_consent_for_verifiable_first_party_clients": false,
            "subject_type_authorization": {
                "user": {"policy": "require_client_grant"}, "client": {"policy": "deny_all"},
            },
        }))
        .await,
    )
    .unwrap();
    assert_eq!(audience.scopes, Scopes::parse("read:orders write").unwrap());
    assert_eq!((audience.dialect, audience.permissions), (TokenDialect::Rfc9068, Permissions::List));
    assert_eq!((audience.alg, audience.roles), (Alg::Es256, RoleEnforcement::Enforce));
    assert_eq!(audience.token_lifetime, Lifetime::seconds(10));
    assert_eq!(audience.token_lifetime_for_web, Lifetime::seconds(5));
    assert_eq!((audience.offline, audience.consent), (OfflineAccess::Allow, FirstPartyConsent::Ask));
    assert_eq!((audience.users, audience.machines), (UserAccess::RequireClientGrant, MachineAccess::DenyAll));
}

#[tokio::test]
async fn proof_of_possession_means_what_auth0_says_it_means() {
    use ProofPolicy::{Allowed, None, Required};
    use RequiredFor::{AllClients, PublicClients};
    for (wrote, obeyed) in [
        (json!(null), None),
        (json!({"mechanism": "dpop", "required": false}), Allowed),
        (json!({"mechanism": "dpop", "required": true}), Required(AllClients)),
        (json!({"mechanism": "dpop", "required": true, "required_for": "all_clients"}), Required(AllClients)),
        (
            json!({"mechanism": "dpop", "required": true, "required_for": "public_clients"}),
            Required(PublicClients),
        ),
        (json!({"mechanism": "mtls", "required": true}), Required(AllClients)),
    ] {
        let document =
            written::<ResourceServers>(json!({"identifier": "a", "proof_of_possession": wrote})).await;
        assert_eq!(policy::audience(&document).unwrap().proof, obeyed, "{wrote}");
    }
}

#[tokio::test]
async fn a_client_grant_names_its_scopes_or_all() {
    let server = json!({"identifier": audience().as_str(), "scopes": [{"value": "a"}, {"value": "b"}]});
    let server = policy::audience(&written(server).await).unwrap();
    for (wrote, scopes, on_behalf_of) in [
        (json!({"client_id": "spa", "scope": ["a"]}), "a", OnBehalfOf::Itself),
        (
            json!({"client_id": "spa", "allow_all_scopes": true, "subject_type": "user"}),
            "a b",
            OnBehalfOf::User,
        ),
    ] {
        let grant = policy::client_grant(&written::<ClientGrants>(wrote).await, &server).unwrap();
        assert_eq!((grant.client, grant.audience), (client("spa"), audience()));
        assert_eq!((grant.scopes, grant.on_behalf_of), (Scopes::parse(scopes).unwrap(), on_behalf_of));
    }
}

#[tokio::test]
async fn a_connection_serves_those_it_names_and_all_only_when_it_says_so() {
    let plain = policy::connection(&written::<Connections>(json!({"name": "db"})).await).unwrap();
    assert_eq!(plain.enabled_for, EnabledFor::These(vec![]));
    assert_eq!((plain.signup, plain.usernames), (Signup::Open, Usernames::None));
    assert_eq!(plain.password_policy, PasswordPolicy::Good);
    assert_eq!(plain.brute_force_protection, BruteForceProtection::On);

    let named = json!({
        "name": "db", "enabled_clients": ["spa"],
        "options": {
            "passwordPolicy": "excellent", "disable_signup": true, "requires_username": true,
            "brute_force_protection": false,
        },
    });
    let named = policy::connection(&written::<Connections>(named).await).unwrap();
    assert_eq!(named.enabled_for, EnabledFor::These(vec![client("spa")]));
    assert_eq!((named.signup, named.usernames), (Signup::Closed, Usernames::Required));
    assert_eq!(named.password_policy, PasswordPolicy::Excellent);
    assert_eq!(named.brute_force_protection, BruteForceProtection::Off);

    let everybody = json!({"name": "db", "is_domain_connection": true});
    let everybody = policy::connection(&written::<Connections>(everybody).await).unwrap();
    assert_eq!(everybody.enabled_for, EnabledFor::All);

    for off in [
        json!({"name": "db", "is_domain_connection": true, "authentication": {"active": false}}),
        json!({
            "name": "db", "strategy": "auth0", "is_domain_connection": true,
            "options": {"authentication_methods": {"password": {"enabled": false}}},
        }),
    ] {
        let off = policy::connection(&written::<Connections>(off).await).unwrap();
        assert_eq!(off.enabled_for, EnabledFor::These(vec![]), "nobody comes in by it");
    }
    let on = json!({
        "name": "db", "is_domain_connection": true, "authentication": {"active": true},
        "options": {"authentication_methods": {"password": {"enabled": true}}},
    });
    let on = policy::connection(&written::<Connections>(on).await).unwrap();
    assert_eq!(on.enabled_for, EnabledFor::All);
}

#[tokio::test]
async fn a_tenant_without_settings_has_the_defaults() {
    let issuer = Issuer::parse("http://localhost:8420/").unwrap();
    let plain = policy::tenant(tenant(), issuer.clone(), None).unwrap();
    assert_eq!(plain.lifetimes, Lifetimes::default());
    assert_eq!((plain.default_audience, plain.localhost_consent), (None, LocalhostConsent::Ask));

    let settings = written::<Tenants>(json!({
        "default_audience": audience().as_str(), "default_directory": "", "session_lifetime": 1,
        "session_lifetime_in_minutes": 2, "idle_session_lifetime": 3, "allowed_logout_urls": ["https://a.example"],
        "flags": {"skip_consent_on_localhost": true},
    }))
    .await;
    let set = policy::tenant(tenant(), issuer, Some(&settings)).unwrap();
    assert_eq!((set.default_audience, set.default_directory), (Some(audience()), None));
    assert_eq!(set.lifetimes.session, Lifetime::seconds(120));
    assert_eq!(set.lifetimes.session_idle, Lifetime::seconds(3 * 3_600));
    assert_eq!((set.logout_urls.len(), set.localhost_consent), (1, LocalhostConsent::Skip));
}

#[tokio::test]
async fn a_person_is_read_from_their_profile() {
    let document = written::<Users>(json!({
        "identities": [{"connection": "db", "user_id": "id", "provider": "auth0"}], "blocked": true,
        "email": "Ada@Example.com", "email_verified": true, "name": "Ada", "app_metadata": {"plan": "gold"},
        "updated_at": "2026-11-21T01:02:03.456Z",
    }))
    .await;
    let user = policy::user(&document).unwrap();
    assert_eq!((user.subject.as_str(), user.standing), ("auth0|id", Standing::Blocked));
    assert_eq!(user.profile.email.as_deref(), Some("ada@example.com"));
    assert!(user.profile.email_verified && !user.profile.phone_verified);
    assert_eq!(user.profile.updated_at, Timestamp::from_unix(1_795_222_923));
}

/// The ladder is ours; Auth0's members are rungs of it, and the member of our own wins.
#[tokio::test]
async fn a_rung_is_named_or_follows_from_auth0s_members() {
    let of_client = async |doc| {
        let client = policy::client(&written::<Clients>(doc).await).unwrap();
        (client.adoption, client.nonces)
    };
    let required = json!({ "app_type": "spa", "require_proof_of_possession": true });
    assert_eq!(of_client(required).await, (Adoption::Require, NonceDemand::Required));
    for rung in Adoption::ALL {
        let named = json!({ "app_type": "spa", "dpop_adoption": rung.as_str(), "dpop_nonce": "off" });
        assert_eq!(of_client(named).await, (rung, NonceDemand::Off));
    }
    let optional = json!({ "app_type": "spa", "dpop_nonce": "optional" });
    assert_eq!(of_client(optional).await, (Adoption::Allow, NonceDemand::Optional));
    let machine = json!({ "app_type": "non_interactive", "client_secret": "s", "dpop_nonce": "required" });
    assert_eq!(of_client(machine).await, (Adoption::Allow, NonceDemand::Required));

    let of_api = async |named: Option<&str>, proof: Value| {
        let mut doc = json!({ "identifier": "https://a.example", "proof_of_possession": proof });
        if let (Some(named), Some(members)) = (named, doc.as_object_mut()) {
            members.insert("dpop_adoption".to_owned(), named.into());
        }
        policy::audience(&written::<ResourceServers>(doc).await).unwrap().proof
    };
    let public = json!({ "mechanism": "dpop", "required": true, "required_for": "public_clients" });
    let of_public = ProofPolicy::Required(RequiredFor::PublicClients);
    assert_eq!(of_api(None, public.clone()).await, of_public);
    for (named, proof) in [
        ("off", ProofPolicy::Off),
        ("observe", ProofPolicy::Observed),
        ("bind_refresh_tokens", ProofPolicy::None),
        ("allow", ProofPolicy::Allowed),
        ("require", of_public),
    ] {
        assert_eq!(of_api(Some(named), public.clone()).await, proof);
    }
    let all = of_api(Some("require"), Value::Null).await;
    assert_eq!(all, ProofPolicy::Required(RequiredFor::AllClients));
}
