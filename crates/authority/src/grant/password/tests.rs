use keybound_proto::id::Subject;
use keybound_proto::time::Timestamp;

use super::*;
use crate::grant::Refresh;
use crate::model::audience::{Audience, ProofPolicy, RequiredFor, RoleEnforcement, UserAccess};
use crate::model::client::{Client, Grants, SecretSent};
use crate::model::factor::{FactorKind, Factors};
use crate::model::name::ConnectionName;
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes, user};
use crate::model::user::{Permission, Standing, User};

const NOW: Timestamp = Timestamp::from_unix(10_000);

/// A request that should succeed; each test spoils one thing.
struct Case {
    client: Client,
    audience: Audience,
    user: User,
    key: Option<Key>,
    owed: Owed,
}

impl Case {
    fn new() -> Self {
        Self {
            client: public("spa"),
            audience: audience(ProofPolicy::Allowed),
            user: user("auth0|1"),
            key: Some(Key::Owner),
            owed: Owed::Nothing,
        }
    }

    fn asks(&self, wanted: &str) -> Result<Issue, Refusal> {
        let held = self.key.map(held);
        let (name, wanted) = (AudienceName::parse(API).unwrap(), scopes(wanted));
        let before = Circumstances {
            client: &self.client,
            audience: Some(&self.audience),
            user: None,
            residence: None,
            held: held.as_ref(),
            now: NOW,
        };
        let kind = GrantKind::Password;
        let request = Request { kind, audience: Some(&name), scopes: &wanted, grant: None };
        let admitted = admit(request, &before)?;
        let signed_in = SignedIn {
            subject: Subject::parse("auth0|1").unwrap(),
            connection: ConnectionName::parse("db").unwrap(),
            session: None,
            authenticated_at: NOW,
            factors: Factors::One,
            id_token_nonce: None,
        };
        let fresh = Fresh { family: FamilyId::parse("f").unwrap(), next: RefreshDigest::from_bytes([7; 32]) };
        admitted.issue(signed_in, &self.owed, &fresh, &Circumstances { user: Some(&self.user), ..before })
    }

    fn refused(&self) -> Refusal {
        self.asks("read:orders").unwrap_err()
    }
}

/// RFC 6749 §4.3; auth0.md §5: all scopes of the API if none is asked for, and those are told (RFC 6749 §5.1).
#[test]
fn a_password_brings_what_is_asked_for_or_everything_the_api_knows() {
    let issue = Case::new().asks("openid read:orders unheard:of").unwrap();
    assert_eq!(issue.scopes, scopes("openid read:orders"));
    assert!(issue.wants_id_token());
    let issue = Case::new().asks("").unwrap();
    assert_eq!(issue.scopes, scopes("read:orders write:orders"));
    assert_eq!(issue.asked, Scopes::none());
    assert_eq!(issue.refresh, Refresh::None);
}

/// RFC 9449 §5: as with a code, a public client's refresh token is bound to its key, a confidential one's is not.
#[test]
fn the_tokens_are_bound_by_the_rules_of_a_code() {
    let key = *held(Key::Owner).thumbprint();
    let public = Case::new();
    let issue = public.asks("offline_access read:orders").unwrap();
    assert_eq!(issue.binding, Binding::Key(key));
    let Refresh::Issue(token) = issue.refresh else { panic!("no refresh token") };
    assert_eq!((token.bound_to, token.session), (Some(key), None));
    let secret = confidential("web", "s", SecretSent::Either);
    let issue = Case { client: secret, ..Case::new() }.asks("offline_access").unwrap();
    let Refresh::Issue(token) = issue.refresh else { panic!("no refresh token") };
    assert_eq!(token.bound_to, None);
    let issue = Case { key: None, ..Case::new() }.asks("read:orders").unwrap();
    assert_eq!(issue.binding, Binding::Bearer);
}

#[test]
fn what_no_password_could_change_is_refused_before_one_is_looked_at() {
    let grant = GrantKind::Password;
    let none = Case { client: Client { grants: Grants::NONE, ..public("spa") }, ..Case::new() };
    assert_eq!(none.refused(), Refusal::GrantNotAllowed { grant });
    let third = Case { client: Client { party: Party::Third, ..public("spa") }, ..Case::new() };
    assert_eq!(third.refused(), Refusal::GrantNotAllowed { grant });
    let required = audience(ProofPolicy::Required(RequiredFor::AllClients));
    assert_eq!(Case { audience: required, key: None, ..Case::new() }.refused(), Refusal::ProofRequired);
    let forbids = Client { adoption: crate::adoption::Adoption::Require, ..public("spa") };
    assert_eq!(Case { client: forbids, key: None, ..Case::new() }.refused(), Refusal::BearerForbidden);
    let closed = Audience { users: UserAccess::DenyAll, ..audience(ProofPolicy::Allowed) };
    let audience = AudienceName::parse(API).unwrap();
    assert_eq!(Case { audience: closed, ..Case::new() }.refused(), Refusal::NoClientGrant { audience });
}

#[test]
fn a_password_gives_no_more_than_its_user_has() {
    let enforced = Audience { roles: RoleEnforcement::Enforce, ..audience(ProofPolicy::Allowed) };
    let mut held = user("auth0|1");
    let permission = Permission { audience: enforced.name.clone(), scopes: scopes("read:orders") };
    held.permissions.push(permission);
    let case = Case { audience: enforced, user: held, ..Case::new() };
    assert_eq!(case.asks("").unwrap().scopes, scopes("read:orders"));
    let blocked = User { standing: Standing::Blocked, ..user("auth0|1") };
    assert_eq!(Case { user: blocked, ..Case::new() }.refused(), Refusal::UserBlocked);
}

/// auth0.md §5: `mfa_required`, and nothing is granted.
#[test]
fn whoever_owes_a_second_factor_gets_nothing_for_the_first() {
    for owed in [Owed::Show(vec![FactorKind::Otp]), Owed::Enrol(vec![FactorKind::Otp])] {
        assert_eq!(Case { owed, ..Case::new() }.refused(), Refusal::FactorOwed);
    }
}
