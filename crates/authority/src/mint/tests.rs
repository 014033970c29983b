use keybound_proto::id::{ClientId, IdTokenNonce};

use super::*;
use crate::grant::{Refresh, SignedIn, Tie};
use crate::model::audience::ProofPolicy;
use crate::model::client::SecretSent;
use crate::model::factor::Factors;
use crate::model::name::{AudienceName, ConnectionName, SessionId};
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes, tenant, user};
use crate::model::user::Permission;

const NOW: Timestamp = Timestamp::from_unix(10_000);

fn signed_in() -> SignedIn {
    SignedIn {
        subject: Subject::parse("auth0|1").unwrap(),
        connection: ConnectionName::parse("db").unwrap(),
        session: SessionId::parse("s1").ok(),
        authenticated_at: Timestamp::from_unix(9_000),
        factors: Factors::One,
        id_token_nonce: Some(IdTokenNonce::parse("n").unwrap()),
    }
}

fn issue(grant: GrantKind, holder: Holder, audience: Option<&str>, granted: &str) -> Issue {
    Issue {
        grant,
        client: ClientId::parse("spa").unwrap(),
        holder,
        organization: None,
        audience: audience.map(|name| AudienceName::parse(name).unwrap()),
        asked: scopes(granted),
        scopes: scopes(granted),
        binding: Binding::Key(*held(Key::Owner).thumbprint()),
        refresh: Refresh::None,
        tie: Tie::default(),
    }
}

fn code(audience: Option<&str>, granted: &str) -> Issue {
    issue(GrantKind::AuthorizationCode, Holder::User(signed_in()), audience, granted)
}

/// What tokens are minted of; each test changes one thing.
struct World {
    client: Client,
    audience: Option<Audience>,
    user: Option<User>,
}

impl World {
    fn new() -> Self {
        Self {
            client: public("spa"),
            audience: Some(audience(ProofPolicy::Allowed)),
            user: Some(user("auth0|1")),
        }
    }

    fn mint<T>(&self, make: impl FnOnce(&Minting<'_>) -> T) -> T {
        make(&Minting {
            tenant: &tenant(),
            client: &self.client,
            audience: self.audience.as_ref(),
            user: self.user.as_ref(),
            now: NOW,
        })
    }

    fn access(&self, issue: &Issue) -> AccessClaims {
        self.mint(|minting| minting.access(issue, Jti::parse("j").unwrap()))
    }

    fn id(&self, issue: &Issue) -> Option<IdClaims> {
        self.mint(|minting| minting.id(issue, Some("hash".to_owned())))
    }
}

#[test]
fn auth0s_profile_names_the_client_as_it_always_did() {
    let claims = World::new().access(&code(Some(API), "openid read:orders"));
    assert_eq!(claims.profile, Shape::Auth0);
    assert_eq!((claims.jti, claims.grant, claims.auth_time), (None, None, None));
    assert_eq!(claims.subject.as_str(), "auth0|1");
    assert_eq!(claims.audiences, [API, "https://as.example/userinfo"]);
    assert_eq!(claims.key, Some(*held(Key::Owner).thumbprint()));
    assert_eq!(claims.permissions, None);
}

/// RFC 9068 §2.2, §2.2.1; conformance A10.
#[test]
fn rfc_9068s_profile_has_what_it_demands() {
    let mut world = World::new();
    world.audience = Some(Audience { dialect: TokenDialect::Rfc9068, ..audience(ProofPolicy::Allowed) });
    let claims = world.access(&code(Some(API), "read:orders"));
    assert_eq!(claims.profile, Shape::Rfc9068);
    assert_eq!(claims.jti, Jti::parse("j").ok());
    assert_eq!(claims.auth_time, Some(Timestamp::from_unix(9_000)));
    assert_eq!(claims.audiences, [API]);
    assert_eq!(claims.client_id.as_str(), "spa");
}

#[test]
fn a_machine_speaks_for_itself() {
    let world = World { client: confidential("spa", "s", SecretSent::Either), user: None, ..World::new() };
    let issue = issue(GrantKind::ClientCredentials, Holder::Machine, Some(API), "read:orders");
    let claims = world.access(&issue);
    assert_eq!(claims.subject.as_str(), "spa@clients");
    assert_eq!(claims.grant.as_deref(), Some("client-credentials"));
    assert_eq!(claims.auth_time, None);
    assert_eq!(world.id(&issue), None);
}

#[test]
fn a_refresh_says_that_it_is_one() {
    let issue = issue(GrantKind::RefreshToken, Holder::User(signed_in()), Some(API), "read:orders");
    assert_eq!(World::new().access(&issue).grant.as_deref(), Some("refresh_token"));
}

#[test]
fn a_token_lives_as_long_as_its_audience_says_and_shorter_in_a_browser() {
    let mut world = World::new();
    let end = |world: &World, audience| world.access(&code(audience, "openid")).expires.since(NOW);
    assert_eq!(end(&world, Some(API)), 7_200);
    for kind in [ClientKind::Native, ClientKind::Web, ClientKind::Machine] {
        world.client.kind = kind;
        assert_eq!(end(&world, Some(API)), 86_400);
    }
    world.audience = None;
    assert_eq!(end(&world, None), 86_400);
}

#[test]
fn without_an_api_the_userinfo_endpoint_is_the_audience() {
    let world = World { audience: None, ..World::new() };
    assert_eq!(world.access(&code(None, "openid")).audiences, ["https://as.example/userinfo"]);
}

#[test]
fn an_unbound_token_names_no_key() {
    let issue = Issue { binding: Binding::Bearer, ..code(Some(API), "read:orders") };
    assert_eq!(World::new().access(&issue).key, None);
}

#[test]
fn permissions_are_what_the_user_holds_or_the_machine_was_granted() {
    let mut world = World::new();
    world.audience = Some(Audience { permissions: Permissions::List, ..audience(ProofPolicy::Allowed) });
    let issued = code(Some(API), "openid read:orders");
    assert_eq!(world.access(&issued).permissions, Some(vec![]));
    let held = Permission {
        audience: AudienceName::parse(API).unwrap(),
        scopes: scopes("read:orders write:orders"),
    };
    world.user = Some(User { permissions: vec![held], ..user("auth0|1") });
    let both = vec!["read:orders".to_owned(), "write:orders".to_owned()];
    assert_eq!(world.access(&issued).permissions, Some(both));
    let machine = issue(GrantKind::ClientCredentials, Holder::Machine, Some(API), "write:orders");
    assert_eq!(world.access(&machine).permissions, Some(vec!["write:orders".to_owned()]));
}

/// OIDC Core §2, §3.1.3.6.
#[test]
fn an_id_token_says_who_signed_in_when_and_in_which_session() {
    let claims = World::new().id(&code(Some(API), "openid")).unwrap();
    assert_eq!(claims.subject.as_str(), "auth0|1");
    assert_eq!(claims.client_id.as_str(), "spa");
    assert_eq!(claims.auth_time, Some(Timestamp::from_unix(9_000)));
    assert_eq!(claims.nonce, IdTokenNonce::parse("n").ok());
    assert_eq!(claims.session.as_deref(), Some("s1"));
    assert_eq!(claims.at_hash.as_deref(), Some("hash"));
    assert_eq!(claims.expires.since(NOW), 36_000);
    assert!(claims.profile.is_empty());
}

/// OIDC Core §3.1.2.1: without `openid` it is not an OpenID Connect request.
#[test]
fn no_id_token_without_openid_or_for_another_user() {
    assert_eq!(World::new().id(&code(Some(API), "profile email")), None);
    let world = World { user: Some(user("auth0|2")), ..World::new() };
    assert_eq!(world.id(&code(Some(API), "openid")), None);
}

/// OIDC Core §5.4.
#[test]
fn scopes_open_claims() {
    let names = |granted: &str| {
        let info = userinfo(&user("auth0|1"), &scopes(granted));
        info.claims.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names("openid"), [""; 0]);
    assert_eq!(names("openid email"), ["email", "email_verified"]);
    assert_eq!(names("openid profile"), ["name", "updated_at"]);
    assert_eq!(names("openid name"), ["name"]);
    assert_eq!(names("openid phone"), [""; 0], "nothing is known");
    let info = userinfo(&user("auth0|1"), &scopes("profile email"));
    assert_eq!(info.claims["updated_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!(info.claims["email_verified"], true);
    let claims = World::new().id(&code(Some(API), "openid profile email")).unwrap();
    assert_eq!(claims.profile, info.claims);
}

/// RFC 6749 §5.1; conformance A3 row 12.
#[test]
fn the_scope_is_told_when_it_is_not_what_was_asked() {
    let same = code(Some(API), "openid read:orders");
    assert_eq!(scope_to_tell(&same), None);
    let refreshed = Issue { grant: GrantKind::RefreshToken, ..same.clone() };
    assert_eq!(scope_to_tell(&refreshed), Some(&scopes("openid read:orders")), "sdks.md §1.1: MRRT compares");
    let less = Issue { asked: scopes("openid read:orders delete:orders"), ..same };
    assert_eq!(scope_to_tell(&less), Some(&scopes("openid read:orders")));
}
