use keybound_proto::id::ClientId;
use keybound_proto::jose::Thumbprint;
use keybound_proto::token::access::Profile;
use keybound_proto::uri::Issuer;

use super::*;
use crate::model::audience::{Audience, ProofPolicy, RoleEnforcement};
use crate::model::client::{Client, Grants, SecretSent};
use crate::model::organization::{Membership, Residence};
use crate::model::tests::residence;
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes, user};
use crate::model::user::{Standing, User};

const NOW: Timestamp = Timestamp::from_unix(10_000);
const OTHER: &str = "https://other.example/";

fn key(key: Key) -> Option<Thumbprint> {
    Some(*held(key).thumbprint())
}

/// A user's access token at the API, issued to the browser app and bound to the owner's key.
pub(crate) fn token() -> AccessClaims {
    AccessClaims {
        profile: Profile::Auth0,
        issuer: Issuer::parse("https://as.example/").unwrap(),
        subject: Subject::parse("auth0|1").unwrap(),
        audiences: vec![API.to_owned(), "https://as.example/userinfo".to_owned()],
        client_id: ClientId::parse("spa").unwrap(),
        issued: Timestamp::from_unix(9_900),
        expires: Timestamp::from_unix(10_100),
        jti: None,
        scopes: scopes("openid offline_access read:orders"),
        grant: None,
        permissions: None,
        organization: None,
        auth_time: None,
        acr: None,
        key: key(Key::Owner),
        act: None,
    }
}

fn unbound() -> AccessClaims {
    AccessClaims { key: None, ..token() }
}

/// The API as a client.
fn backend() -> Client {
    Client { api: AudienceName::parse(API).ok(), ..confidential("backend", "s", SecretSent::Either) }
}

fn named(name: &str) -> Audience {
    Audience { name: AudienceName::parse(name).unwrap(), ..audience(ProofPolicy::Allowed) }
}

/// An exchange that should succeed; each test spoils one thing.
struct Case {
    client: Client,
    subject: AccessClaims,
    may_act: Option<&'static str>,
    actor: Option<AccessClaims>,
    audience: Audience,
    granted: Option<&'static str>,
    user: User,
    residence: Option<Residence>,
    key: Option<Key>,
}

impl Case {
    /// The app narrows its own token.
    fn own() -> Self {
        Self {
            client: public("spa"),
            subject: token(),
            may_act: None,
            actor: None,
            audience: named(API),
            granted: None,
            user: user("auth0|1"),
            residence: None,
            key: Some(Key::Owner),
        }
    }

    /// The API takes a token it was shown to another API.
    fn onward() -> Self {
        Self {
            client: backend(),
            subject: unbound(),
            audience: named(OTHER),
            granted: Some("read:orders"),
            key: None,
            ..Self::own()
        }
    }

    fn asks(&self, wanted: &str) -> Result<Issue, Refusal> {
        let held = self.key.map(held);
        let around = Circumstances {
            client: &self.client,
            audience: Some(&self.audience),
            user: Some(&self.user),
            residence: self.residence.as_ref(),
            held: held.as_ref(),
            now: NOW,
        };
        let (wanted, may_act) = (scopes(wanted), self.may_act.and_then(|name| Subject::parse(name).ok()));
        let grant = self.granted.map(|granted| ClientGrant {
            id: "cgr_1".into(),
            client: self.client.id.clone(),
            audience: self.audience.name.clone(),
            scopes: scopes(granted),
            on_behalf_of: on_behalf_of(&self.subject),
            organizations: crate::model::audience::GrantedOrganizations::default(),
        });
        let request = Request {
            subject: &self.subject,
            tie: &Tie { family: crate::model::name::FamilyId::parse("f1").ok(), session: None },
            may_act: may_act.as_ref(),
            actor: self.actor.as_ref(),
            audience: Some(&self.audience.name),
            scopes: &wanted,
            grant: grant.as_ref(),
        };
        issue(&request, &around)
    }

    fn refused(&self) -> Refusal {
        self.asks("").unwrap_err()
    }

    fn delegation(&self) -> Delegation {
        match self.asks("").unwrap().holder {
            Holder::Delegated(delegation) => delegation,
            other => panic!("{other:?}"),
        }
    }
}

/// RFC 8693 §2.1, §2.2: less than before, never more, and no refresh token.
#[test]
fn a_client_narrows_its_own_token_and_cannot_widen_it() {
    let issue = Case::own().asks("read:orders").unwrap();
    assert_eq!((issue.scopes, issue.refresh), (scopes("read:orders"), Refresh::None));
    assert_eq!(Case::own().asks("").unwrap().scopes, scopes("openid read:orders"));
    let wider = Refusal::ScopeWider { scopes: scopes("write:orders") };
    assert_eq!(Case::own().asks("read:orders write:orders"), Err(wider));
    let delegation = Case::own().delegation();
    assert_eq!((delegation.actor, delegation.ends_at), (None, token().expires));
}

/// RFC 9449 §1, §5: stolen, a bound token is as useless here as at its API.
#[test]
fn a_bound_token_is_exchanged_with_its_key_or_not_at_all() {
    assert_eq!(Case::own().asks("").unwrap().binding, Binding::Key(key(Key::Owner).unwrap()));
    assert_eq!(Case { key: Some(Key::Thief), ..Case::own() }.refused(), Refusal::WrongKey);
    assert_eq!(Case { key: None, ..Case::own() }.refused(), Refusal::KeyMissing);
    for key in [None, Some(Key::Thief)] {
        let stolen = Case { subject: token(), key, ..Case::onward() }.refused();
        assert!(matches!(stolen, Refusal::WrongKey | Refusal::KeyMissing), "{stolen:?}");
    }
}

/// A bound token never becomes one that anybody could use.
#[test]
fn a_bound_token_is_not_laundered_into_a_bearer_token() {
    let plain = Audience { proof: ProofPolicy::None, ..named(API) };
    assert_eq!(Case { audience: plain.clone(), ..Case::own() }.refused(), Refusal::WouldUnbind);
    let unbound = Case { subject: unbound(), audience: plain, client: backend(), ..Case::own() };
    assert_eq!(unbound.asks("").unwrap().binding, Binding::Bearer);
}

#[test]
fn what_anybody_could_have_stolen_a_public_client_cannot_exchange() {
    assert_eq!(Case { subject: unbound(), ..Case::own() }.refused(), Refusal::UnboundSubject);
    let thief = confidential("thief", "s", SecretSent::Either);
    assert_eq!(Case { client: thief, ..Case::onward() }.refused(), Refusal::NotItsToken);
    let elsewhere = Client { api: AudienceName::parse(OTHER).ok(), ..backend() };
    assert_eq!(Case { client: elsewhere, ..Case::onward() }.refused(), Refusal::NotItsToken);
}

/// RFC 8693 §4.1: who acts is told, and who acted before.
#[test]
fn an_api_acts_on_behalf_of_whoever_called_it() {
    let acting = Case::onward().delegation().actor.unwrap();
    assert_eq!((acting.subject.as_str(), acting.before), ("backend@clients", None));
    let before = Actor::after(Subject::parse("web@clients").unwrap(), None);
    let subject = AccessClaims { act: Some(before.clone()), ..unbound() };
    let acting = Case { subject, ..Case::onward() }.delegation().actor.unwrap();
    assert_eq!(acting.before.as_deref(), Some(&before));
    let long = (0..5).fold(None, |chain, _| Some(Actor::after(before.subject.clone(), chain)));
    let subject = AccessClaims { act: long, ..unbound() };
    assert_eq!(Case { subject, ..Case::onward() }.refused(), Refusal::TooManyActors);
}

/// Another API only where an administrator granted the client that by name, open to all or not.
#[test]
fn another_audience_takes_a_grant_and_gives_no_more_than_that() {
    let audience = AudienceName::parse(OTHER).unwrap();
    assert_eq!(Case::onward().asks("").unwrap().scopes, scopes("read:orders"));
    let more = Refusal::ScopeNotGranted { scopes: scopes("write:orders") };
    assert_eq!(Case::onward().asks("write:orders"), Err(more));
    let none = Case { granted: None, ..Case::onward() };
    assert_eq!(none.refused(), Refusal::NoClientGrant { audience: audience.clone() });
    let closed = Audience { users: UserAccess::DenyAll, ..named(OTHER) };
    assert_eq!(Case { audience: closed, ..Case::onward() }.refused(), Refusal::NoClientGrant { audience });
    let enforced = Audience { roles: RoleEnforcement::Enforce, ..named(OTHER) };
    assert_eq!(Case { audience: enforced, ..Case::onward() }.asks("").unwrap().scopes, Scopes::none());
}

/// RFC 8693 §4.4; conformance A16.
#[test]
fn where_a_token_says_who_may_act_nobody_else_does() {
    assert_eq!(Case { may_act: Some("other@clients"), ..Case::onward() }.refused(), Refusal::MayNotAct);
    Case { may_act: Some("backend@clients"), ..Case::onward() }.asks("").unwrap();
    let stranger = Client { api: None, ..backend() };
    assert_eq!(Case { client: stranger.clone(), ..Case::onward() }.refused(), Refusal::NotItsToken);
    Case { client: stranger, may_act: Some("backend@clients"), ..Case::onward() }.asks("").unwrap();
}

/// Conformance A16.
#[test]
fn an_actor_token_is_the_clients_own_and_shown_with_its_key() {
    let machine = |client: &str, key| AccessClaims {
        subject: Subject::parse(&format!("{client}@clients")).unwrap(),
        client_id: ClientId::parse(client).unwrap(),
        key,
        ..token()
    };
    let by = |actor| Case { actor: Some(actor), ..Case::onward() };
    let acting = by(machine("backend", None)).delegation().actor.unwrap();
    assert_eq!(acting.subject.as_str(), "backend@clients");
    assert_eq!(by(machine("other", None)).refused(), Refusal::NotItsActor);
    assert_eq!(by(machine("backend", key(Key::Owner))).refused(), Refusal::KeyMissing);
}

/// A user whose name an administrator chose to end like a machine's is still a user, and may be shut out.
#[test]
fn a_user_is_not_taken_for_a_machine() {
    let of = |name: &str| AccessClaims { subject: Subject::parse(name).unwrap(), ..unbound() };
    assert_eq!(on_behalf_of(&of("m2m@clients")), OnBehalfOf::Itself);
    assert_eq!(on_behalf_of(&of("auth0|m2m@clients")), OnBehalfOf::User);
    let case = Case { subject: of("auth0|m2m@clients"), ..Case::onward() };
    assert_eq!(case.refused(), Refusal::Revoked);
}

#[test]
fn somebody_who_is_gone_or_shut_out_is_no_longer_spoken_for() {
    let blocked = User { standing: Standing::Blocked, ..user("auth0|1") };
    assert_eq!(Case { user: blocked, ..Case::own() }.refused(), Refusal::UserBlocked);
    assert_eq!(Case { user: user("auth0|2"), ..Case::own() }.refused(), Refusal::Revoked);
    let grant = GrantKind::TokenExchange;
    let none = Case { client: Client { grants: Grants::NONE, ..public("spa") }, ..Case::own() };
    assert_eq!(none.refused(), Refusal::GrantNotAllowed { grant });
}

#[test]
fn a_token_within_an_organization_is_exchanged_within_it() {
    let named = keybound_proto::token::access::Organization { id: "org_a".into(), name: None };
    let subject = AccessClaims { organization: Some(named), ..token() };
    let asks = |residence| Case { subject: subject.clone(), residence, ..Case::own() }.asks("");
    let issue = asks(Some(residence("org_a", Membership::Member))).unwrap();
    assert_eq!(issue.organization.map(|own| own.id.to_string()).as_deref(), Some("org_a"));
    assert_eq!(asks(Some(residence("org_a", Membership::Stranger))), Err(Refusal::NotAMember));
    assert_eq!(asks(Some(residence("org_b", Membership::Member))), Err(Refusal::OrganizationUnknown));
    assert_eq!(asks(None), Err(Refusal::OrganizationUnknown));
    assert_eq!(Case::own().asks("").unwrap().organization, None);
}
