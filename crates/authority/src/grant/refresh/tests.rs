use keybound_proto::dpop::{Binding, Possession};

use super::*;
use crate::model::audience::{Audience, ProofPolicy, RoleEnforcement, UserAccess};
use crate::model::client::{Client, RefreshPolicy, SecretSent};
use crate::model::digest::SessionDigest;
use crate::model::organization::{Membership, Residence};
use crate::model::session::SignIn;
use crate::model::tenant::Lifetimes;
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes, user};
use crate::model::tests::{organization, residence};
use crate::model::user::{Permission, Standing, User};

const NOW: Timestamp = Timestamp::from_unix(10_000);
const NEXT: RefreshDigest = RefreshDigest::from_bytes([9; 32]);
const LEEWAY: Lifetime = Lifetime::seconds(30);

pub(crate) fn token() -> RefreshToken {
    RefreshToken {
        digest: RefreshDigest::from_bytes([1; 32]),
        family: FamilyId::parse("f1").unwrap(),
        client: ClientId::parse("spa").unwrap(),
        subject: Subject::parse("auth0|1").unwrap(),
        connection: ConnectionName::parse("Username-Password-Authentication").unwrap(),
        session: SessionId::parse("s1").ok(),
        authenticated_at: Timestamp::from_unix(5_000),
        factors: Factors::Two,
        organization: None,
        audience: Some(AudienceName::parse(API).unwrap()),
        scopes: scopes("openid offline_access read:orders write:orders"),
        bound_to: Some(*held(Key::Owner).thumbprint()),
        issued_at: Timestamp::from_unix(9_000),
        expires_at: Some(Timestamp::from_unix(20_000)),
        idle_at: Some(Timestamp::from_unix(11_000)),
    }
}

/// Its successor waits for as long as the leeway is, as it was then.
fn spent(at: i64) -> Found {
    let at = Timestamp::from_unix(at);
    Found::Spent { token: token(), at, successor: Successor::Waits { until: at.plus(LEEWAY) } }
}

/// Its successor was used, or its time is over.
fn outdated(at: i64) -> Found {
    Found::Spent { token: token(), at: Timestamp::from_unix(at), successor: Successor::Gone }
}

/// A redemption that should succeed; each test spoils one thing.
struct Case {
    client: Client,
    audience: Option<Audience>,
    user: Option<User>,
    residence: Option<Residence>,
    held: Option<Possession>,
    scopes: Scopes,
    named: Option<AudienceName>,
    session: Option<Session>,
    now: Timestamp,
}

impl Case {
    fn good() -> Self {
        let refresh = RefreshPolicy {
            rotation: Rotation::Rotate { leeway: LEEWAY },
            absolute: Some(Lifetime::seconds(15_000)),
            idle: Some(Lifetime::seconds(2_000)),
        };
        Self {
            client: Client { refresh, ..public("spa") },
            audience: Some(audience(ProofPolicy::Allowed)),
            user: Some(user("auth0|1")),
            residence: None,
            held: Some(held(Key::Owner)),
            scopes: Scopes::none(),
            named: None,
            session: None,
            now: NOW,
        }
    }

    fn keeping() -> Self {
        let mut case = Self::good();
        case.client.refresh.rotation = Rotation::Keep;
        case
    }

    fn redeem(&self, found: Found) -> Result<Verdict, Refusal> {
        let around = Circumstances {
            client: &self.client,
            audience: self.audience.as_ref(),
            user: self.user.as_ref(),
            residence: self.residence.as_ref(),
            held: self.held.as_ref(),
            now: self.now,
        };
        redeem(
            found,
            &Redemption {
                scopes: &self.scopes,
                audience: self.named.as_ref(),
                grant: None,
                session: self.session.as_ref(),
                next: NEXT,
            },
            &around,
        )
    }

    fn issue(&self, found: Found) -> Issue {
        match self.redeem(found) {
            Ok(Verdict::Issue(issue)) => *issue,
            other => panic!("{other:?}"),
        }
    }
}

fn revoked() -> Result<Verdict, Refusal> {
    Ok(Verdict::RevokeFamily { family: token().family, refusal: Refusal::Reused })
}

#[test]
fn a_refresh_token_becomes_tokens_and_a_successor_with_the_same_key_and_the_same_end() {
    let issue = Case::good().issue(Found::Fresh(token()));
    assert_eq!(issue.grant, GrantKind::RefreshToken);
    assert_eq!(issue.scopes, token().scopes);
    assert_eq!(issue.binding, Binding::Key(*held(Key::Owner).thumbprint()));
    assert!(issue.wants_id_token());
    let Refresh::Issue(next) = issue.refresh else { panic!("a successor") };
    let expected =
        RefreshToken { digest: NEXT, issued_at: NOW, idle_at: Some(Timestamp::from_unix(12_000)), ..token() };
    assert_eq!(*next, expected);
}

/// OIDC Core §12.2: the time of authentication is the first one's, and there is no nonce.
#[test]
fn the_id_token_of_a_refresh_speaks_of_the_first_sign_in() {
    let Holder::User(signed_in) = Case::good().issue(Found::Fresh(token())).holder else { panic!("a user") };
    assert_eq!(signed_in.authenticated_at, token().authenticated_at);
    assert_eq!(signed_in.session, token().session);
    assert_eq!(signed_in.id_token_nonce, None);
}

#[test]
fn without_rotation_the_same_token_goes_on_and_its_idle_time_starts_anew() {
    let issue = Case::keeping().issue(Found::Fresh(token()));
    let expected = Refresh::Keep { digest: token().digest, idle_at: Some(Timestamp::from_unix(12_000)) };
    assert_eq!(issue.refresh, expected);
}

#[test]
fn an_unknown_token_is_refused() {
    assert_eq!(Case::good().redeem(Found::Unknown), Err(Refusal::UnknownGrant));
}

#[test]
fn a_client_without_the_grant_is_refused() {
    let mut case = Case::good();
    case.client.grants = [GrantKind::AuthorizationCode].into_iter().collect();
    let grant = GrantKind::RefreshToken;
    assert_eq!(case.redeem(Found::Fresh(token())), Err(Refusal::GrantNotAllowed { grant }));
}

/// RFC 6749 §10.4; conformance A3 row 14.
#[test]
fn another_client_can_neither_use_nor_revoke() {
    let mut case = Case::good();
    case.client.id = ClientId::parse("other").unwrap();
    for found in [Found::Fresh(token()), spent(1), Found::Revoked(token())] {
        assert_eq!(case.redeem(found), Err(Refusal::NotYours));
    }
}

/// RFC 9449 §5; conformance AS04. The story of house §3.7.
#[test]
fn a_thief_can_neither_use_nor_spend_nor_revoke_a_bound_token() {
    for (held, expected) in [(None, Refusal::KeyMissing), (Some(held(Key::Thief)), Refusal::WrongKey)] {
        let thief = Case { held, ..Case::good() };
        for found in [Found::Fresh(token()), spent(9_999), spent(1), Found::Revoked(token())] {
            assert_eq!(thief.redeem(found), Err(expected.clone()));
        }
    }
    assert!(matches!(Case::good().redeem(Found::Fresh(token())), Ok(Verdict::Issue(_))));
    assert_eq!(Case::good().redeem(spent(1)), revoked());
}

/// Conformance AS05: the client's authentication binds the token, and its keys may change.
#[test]
fn a_confidential_client_may_change_its_key() {
    let client =
        Client { refresh: Case::good().client.refresh, ..confidential("spa", "s", SecretSent::Either) };
    let unbound = RefreshToken { bound_to: None, ..token() };
    for key in [Key::Owner, Key::Thief] {
        let case = Case { client: client.clone(), held: Some(held(key)), ..Case::good() };
        let issue = case.issue(Found::Fresh(unbound.clone()));
        assert_eq!(issue.binding, Binding::Key(*held(key).thumbprint()));
        let Refresh::Issue(next) = issue.refresh else { panic!("a successor") };
        assert_eq!(next.bound_to, None);
    }
}

/// RFC 9700 §4.14; conformance A23.
#[test]
fn a_token_ends_with_its_family_or_when_it_is_not_used() {
    let idle = Case { now: Timestamp::from_unix(11_000), ..Case::good() };
    assert_eq!(idle.redeem(Found::Fresh(token())), Err(Refusal::Idle));
    let old = Case { now: Timestamp::from_unix(20_000), ..Case::good() };
    assert_eq!(old.redeem(Found::Fresh(token())), Err(Refusal::Expired));
    assert_eq!(old.redeem(spent(1)), Err(Refusal::Expired));
    let forever = RefreshToken { expires_at: None, idle_at: None, ..token() };
    let later = Case { now: Timestamp::from_unix(i64::MAX / 2), ..Case::good() };
    assert!(matches!(later.redeem(Found::Fresh(forever)), Ok(Verdict::Issue(_))));
}

#[test]
fn a_revoked_token_is_refused() {
    assert_eq!(Case::good().redeem(Found::Revoked(token())), Err(Refusal::Revoked));
}

/// RFC 9700 §4.14.2.
#[test]
fn a_spent_token_brings_its_successor_once_more_within_the_leeway() {
    let issue = Case::good().issue(spent(9_971));
    assert_eq!(issue.refresh, Refresh::Again);
    assert_eq!(issue.binding, Binding::Key(*held(Key::Owner).thumbprint()));
}

/// RFC 9700 §4.14.2; conformance A23.
#[test]
fn a_spent_token_revokes_its_family_after_the_leeway() {
    assert_eq!(Case::good().redeem(spent(9_970)), revoked());
    let mut strict = Case::good();
    strict.client.refresh.rotation = Rotation::Rotate { leeway: Lifetime::ZERO };
    assert_eq!(strict.redeem(spent(10_000)), revoked());
}

/// Auth0, "Configure Refresh Token Rotation": in the overlap the previous token may come again, an older one is a breach.
#[test]
fn a_token_older_than_the_previous_one_revokes_its_family_within_the_leeway() {
    assert_eq!(Case::good().redeem(outdated(9_999)), revoked());
    let thief = Case { held: Some(held(Key::Thief)), ..Case::good() };
    assert_eq!(thief.redeem(outdated(9_999)), Err(Refusal::WrongKey), "with its key alone");
    let mut longer = Case::good();
    longer.client.refresh.rotation = Rotation::Rotate { leeway: Lifetime::seconds(600) };
    assert_eq!(longer.redeem(spent(9_970)), revoked(), "what was promised then can be told no longer");
}

#[test]
fn a_token_spent_while_there_was_rotation_is_reused_when_there_is_none() {
    assert_eq!(Case::keeping().redeem(spent(9_999)), revoked());
}

/// RFC 6749 §6; conformance A3 row 13.
#[test]
fn scopes_may_be_narrowed_but_not_widened() {
    let narrow = Case { scopes: scopes("openid read:orders"), ..Case::good() };
    let issue = narrow.issue(Found::Fresh(token()));
    assert_eq!(issue.scopes, scopes("openid read:orders"));
    let Refresh::Issue(next) = issue.refresh else { panic!("a successor") };
    assert_eq!(next.scopes, token().scopes, "the family keeps what was granted");
    let wide = Case { scopes: scopes("openid delete:orders"), ..Case::good() };
    let refused = Err(Refusal::ScopeWider { scopes: scopes("delete:orders") });
    assert_eq!(wide.redeem(Found::Fresh(token())), refused);
}

/// Conformance A14.
#[test]
fn the_audience_may_be_named_again_but_not_changed() {
    let same = Case { named: token().audience, ..Case::good() };
    assert!(matches!(same.redeem(Found::Fresh(token())), Ok(Verdict::Issue(_))));
    let other = Case { named: AudienceName::parse("other").ok(), ..Case::good() };
    assert_eq!(other.redeem(Found::Fresh(token())), Err(Refusal::AudienceChanged));
}

/// auth0.md §5 (MRRT): one refresh token, several APIs; at each no more than its policy says. The token stays what it
/// was; conformance A14.
#[test]
fn another_audience_brings_what_the_clients_policy_allows_there() {
    let name = AudienceName::parse("https://stock.example").unwrap();
    let policy = Elsewhere { audience: name.clone(), scopes: scopes("read:stock") };
    let mut case = Case { named: Some(name.clone()), ..Case::good() };
    case.client.elsewhere = vec![policy];
    let known = scopes("read:stock write:stock");
    let stock = Audience { name: name.clone(), scopes: known, ..audience(ProofPolicy::Allowed) };
    case.audience = Some(stock.clone());
    let issue = case.issue(Found::Fresh(token()));
    assert_eq!((issue.audience, issue.scopes), (Some(name), scopes("openid offline_access read:stock")));
    let Refresh::Issue(next) = issue.refresh else { panic!("a successor") };
    assert_eq!((next.audience, next.scopes), (token().audience, token().scopes));
    case.scopes = scopes("openid email write:stock read:stock read:orders");
    assert_eq!(case.issue(Found::Fresh(token())).scopes, scopes("openid read:stock"));
    case.held = Some(held(Key::Thief));
    assert_eq!(case.redeem(Found::Fresh(token())), Err(Refusal::WrongKey));
    case.held = Some(held(Key::Owner));
    case.audience = Some(Audience { users: UserAccess::DenyAll, ..stock });
    assert!(matches!(case.redeem(Found::Fresh(token())), Err(Refusal::NoClientGrant { .. })));
}

#[test]
fn what_a_user_may_no_longer_do_is_no_longer_granted() {
    let mut case = Case::good();
    case.audience = Some(Audience { roles: RoleEnforcement::Enforce, ..audience(ProofPolicy::Allowed) });
    assert_eq!(case.issue(Found::Fresh(token())).scopes, scopes("openid offline_access"));
    let held = Permission { audience: AudienceName::parse(API).unwrap(), scopes: scopes("read:orders") };
    case.user = Some(User { permissions: vec![held], ..user("auth0|1") });
    assert_eq!(case.issue(Found::Fresh(token())).scopes, scopes("openid offline_access read:orders"));
}

#[test]
fn a_user_who_is_gone_or_shut_out_gets_nothing_and_reuse_still_revokes() {
    let mut case = Case::good();
    case.user = Some(User { standing: Standing::Blocked, ..user("auth0|1") });
    assert_eq!(case.redeem(Found::Fresh(token())), Err(Refusal::UserBlocked));
    case.user = None;
    assert_eq!(case.redeem(Found::Fresh(token())), Err(Refusal::Revoked));
    assert_eq!(case.redeem(spent(1)), revoked());
}

/// Conformance AS07: a client that insists on bound tokens proves itself at every refresh.
#[test]
fn a_client_that_insists_gets_no_bearer_token_by_a_refresh() {
    let mut case = Case::good();
    case.client.adoption = crate::adoption::Adoption::Require;
    case.held = None;
    let unbound = RefreshToken { bound_to: None, ..token() };
    assert_eq!(case.redeem(Found::Fresh(unbound)), Err(Refusal::BearerForbidden));
}

#[test]
fn a_refresh_token_stays_within_its_organization_and_needs_its_user_to_be_a_member() {
    let within = RefreshToken { organization: OrganizationId::parse("org_a").ok(), ..token() };
    let redeem = |residence: Option<Residence>| {
        Case { residence, ..Case::good() }.redeem(Found::Fresh(within.clone()))
    };
    let Ok(Verdict::Issue(issue)) = redeem(Some(residence("org_a", Membership::Member))) else {
        panic!("a member goes on")
    };
    assert_eq!(issue.organization, Some(organization("org_a")));
    let Refresh::Issue(next) = issue.refresh else { panic!("a successor") };
    assert_eq!(next.organization, within.organization);
    assert_eq!(redeem(Some(residence("org_a", Membership::Stranger))), Err(Refusal::NotAMember));
    assert_eq!(redeem(Some(residence("org_b", Membership::Member))), Err(Refusal::OrganizationUnknown));
    assert_eq!(redeem(None), Err(Refusal::OrganizationUnknown));
    let closed = Residence { entrance: None, ..residence("org_a", Membership::Member) };
    assert_eq!(redeem(Some(closed)), Err(Refusal::OrganizationConnection));
}

/// Auth0's online refresh tokens: `refreshTokenMode: "online"`.
#[test]
fn a_token_that_ends_with_a_session_lives_as_long_as_that_and_does_not_rotate() {
    let online = RefreshToken { scopes: scopes("openid online_access"), ..token() };
    let began = |id: &str, subject: &str, at: i64| {
        let sign_in = SignIn {
            digest: SessionDigest::from_bytes([1; 32]),
            id: SessionId::parse(id).unwrap(),
            subject: Subject::parse(subject).unwrap(),
            connection: token().connection,
            factors: Factors::One,
        };
        Some(sign_in.begin(&Lifetimes::default(), Timestamp::from_unix(at)))
    };
    let mut case = Case::good();
    case.session = began("s1", "auth0|1", 9_000);
    let Refresh::Keep { .. } = case.issue(Found::Fresh(online.clone())).refresh else { panic!("it rotates") };
    for session in [
        None,
        began("s2", "auth0|1", 9_000),
        began("s1", "auth0|2", 9_000),
        began("s1", "auth0|1", -100_000_000),
    ] {
        case.session = session;
        assert_eq!(case.redeem(Found::Fresh(online.clone())), Err(Refusal::SessionOver));
        // One that stays is none of the session's business.
        case.issue(Found::Fresh(token()));
    }
}
