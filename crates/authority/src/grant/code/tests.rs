use keybound_proto::time::Lifetime;

use super::*;
use crate::grant::Refresh;
use crate::model::audience::{Audience, ProofPolicy};
use crate::model::client::{Client, RefreshPolicy, Rotation, SecretSent};
use crate::model::organization::{Membership, Residence};
use crate::model::tests::{API, Believing, Key, audience, confidential, held, public, scopes, user};
use crate::model::tests::{organization, residence};
use crate::model::user::{Standing, User};
use keybound_proto::dpop::{Binding, Possession};

const NOW: Timestamp = Timestamp::from_unix(10_000);
const NEXT: RefreshDigest = RefreshDigest::from_bytes([9; 32]);
const CALLBACK: &str = "https://app.example/callback";

fn verifier(seed: u8) -> CodeVerifier {
    CodeVerifier::from_entropy([seed; 32])
}

fn code() -> Code {
    Code {
        digest: CodeDigest::from_bytes([1; 32]),
        family: FamilyId::parse("f1").unwrap(),
        client: ClientId::parse("spa").unwrap(),
        redirect_uri: Some(RedirectUri::parse(CALLBACK).unwrap()),
        challenge: Some(verifier(1).challenge(&Believing)),
        jkt: None,
        subject: Subject::parse("auth0|1").unwrap(),
        connection: ConnectionName::parse("Username-Password-Authentication").unwrap(),
        session: SessionId::parse("s1").unwrap(),
        authenticated_at: Timestamp::from_unix(9_000),
        factors: Factors::One,
        organization: None,
        audience: Some(AudienceName::parse(API).unwrap()),
        asked: scopes("openid offline_access read:orders delete:orders"),
        scopes: scopes("openid offline_access read:orders"),
        id_token_nonce: Some(IdTokenNonce::parse("n").unwrap()),
        issued_at: Timestamp::from_unix(9_980),
        expires_at: Timestamp::from_unix(10_040),
    }
}

/// A redemption that should succeed; each test spoils one thing.
struct Case {
    client: Client,
    audience: Option<Audience>,
    user: Option<User>,
    residence: Option<Residence>,
    held: Option<Possession>,
    redirect_uri: Option<&'static str>,
    verifier: Option<CodeVerifier>,
    now: Timestamp,
}

impl Case {
    fn good() -> Self {
        Self {
            client: public("spa"),
            audience: Some(audience(ProofPolicy::Allowed)),
            user: Some(user("auth0|1")),
            residence: None,
            held: Some(held(Key::Owner)),
            redirect_uri: Some(CALLBACK),
            verifier: Some(verifier(1)),
            now: NOW,
        }
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
        let sent =
            Redemption { redirect_uri: self.redirect_uri, verifier: self.verifier.as_ref(), next: NEXT };
        redeem(found, &sent, &around, &Believing)
    }

    fn issue(&self, code: Code) -> Issue {
        match self.redeem(Found::Fresh(code)) {
            Ok(Verdict::Issue(issue)) => *issue,
            other => panic!("{other:?}"),
        }
    }
}

fn refusal(verdict: Result<Verdict, Refusal>) -> Refusal {
    verdict.expect_err("a refusal that touches nothing")
}

#[test]
fn a_code_becomes_what_was_agreed() {
    let issue = Case::good().issue(code());
    assert_eq!(issue.grant, GrantKind::AuthorizationCode);
    assert_eq!(issue.scopes, scopes("openid offline_access read:orders"));
    assert_eq!(issue.asked, code().asked);
    assert_eq!(issue.binding, Binding::Key(*held(Key::Owner).thumbprint()));
    assert!(issue.wants_id_token());
    let Holder::User(signed_in) = issue.holder else { panic!("a user") };
    assert_eq!(signed_in.id_token_nonce, code().id_token_nonce);
    assert_eq!(signed_in.authenticated_at, code().authenticated_at);
}

/// RFC 9449 §5: a public client's refresh token is bound to the key it showed.
#[test]
fn a_public_clients_refresh_token_is_bound_to_its_key_even_when_the_access_token_is_not() {
    let mut case = Case::good();
    for policy in [ProofPolicy::Allowed, ProofPolicy::None] {
        case.audience = Some(audience(policy));
        let issue = case.issue(code());
        let Refresh::Issue(token) = issue.refresh else { panic!("a refresh token") };
        assert_eq!(token.bound_to, Some(*held(Key::Owner).thumbprint()));
        assert_eq!((token.digest, token.family), (NEXT, code().family));
    }
    assert_eq!(case.issue(code()).binding, Binding::Bearer);
    case.held = None;
    let Refresh::Issue(token) = case.issue(code()).refresh else { panic!("a refresh token") };
    assert_eq!(token.bound_to, None);
}

/// RFC 9449 §5: a confidential client's is bound by its authentication, so that it may change keys.
#[test]
fn a_confidential_clients_refresh_token_is_not_bound_to_a_key() {
    let case = Case { client: confidential("spa", "s", SecretSent::Either), ..Case::good() };
    let Refresh::Issue(token) = case.issue(code()).refresh else { panic!("a refresh token") };
    assert_eq!(token.bound_to, None);
}

#[test]
fn a_refresh_token_lives_as_its_client_says() {
    let mut case = Case::good();
    case.client.refresh = RefreshPolicy {
        rotation: Rotation::Rotate { leeway: Lifetime::ZERO },
        absolute: Some(Lifetime::seconds(1_000)),
        idle: Some(Lifetime::seconds(100)),
    };
    let Refresh::Issue(token) = case.issue(code()).refresh else { panic!("a refresh token") };
    assert_eq!(token.expires_at, Some(Timestamp::from_unix(11_000)));
    assert_eq!(token.idle_at, Some(Timestamp::from_unix(10_100)));
}

#[test]
fn no_refresh_token_without_offline_access_or_without_the_grant() {
    let online = Code { scopes: scopes("openid read:orders"), ..code() };
    assert_eq!(Case::good().issue(online).refresh, Refresh::None);
    let mut case = Case::good();
    case.client.grants = [GrantKind::AuthorizationCode].into_iter().collect();
    assert_eq!(case.issue(code()).refresh, Refresh::None);
}

#[test]
fn an_unknown_code_is_refused() {
    assert_eq!(refusal(Case::good().redeem(Found::Unknown)), Refusal::UnknownGrant);
}

#[test]
fn a_client_without_the_grant_is_refused() {
    let mut case = Case::good();
    case.client.grants = [GrantKind::RefreshToken].into_iter().collect();
    let grant = GrantKind::AuthorizationCode;
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::GrantNotAllowed { grant });
}

/// RFC 6749 §4.1.3; conformance A3 row 5.
#[test]
fn a_code_belongs_to_one_client_fresh_or_spent() {
    let case = Case { client: public("other"), ..Case::good() };
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::NotYours);
    assert_eq!(refusal(case.redeem(Found::Spent(code()))), Refusal::NotYours);
}

/// RFC 6749 §4.1.3; conformance A3 row 5; conformance A24.
#[test]
fn the_redirect_uri_is_repeated_byte_for_byte() {
    for other in [None, Some("https://app.example/callback/"), Some("https://APP.example/callback")] {
        let case = Case { redirect_uri: other, ..Case::good() };
        assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::RedirectMismatch);
    }
    let unnamed = Code { redirect_uri: None, ..code() };
    assert_eq!(refusal(Case::good().redeem(Found::Fresh(unnamed.clone()))), Refusal::RedirectMismatch);
    let case = Case { redirect_uri: None, ..Case::good() };
    assert_eq!(case.issue(unnamed).scopes, code().scopes);
}

/// RFC 7636 §4.6; conformance A4.
#[test]
fn a_missing_verifier_is_refused_and_a_wrong_one_spends_the_code() {
    let case = Case { verifier: None, ..Case::good() };
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::VerifierMissing);
    let case = Case { verifier: Some(verifier(2)), ..Case::good() };
    let verdict = case.redeem(Found::Fresh(code()));
    assert_eq!(verdict, Ok(Verdict::Spend { refusal: Refusal::VerifierMismatch }));
    assert_eq!(refusal(case.redeem(Found::Spent(code()))), Refusal::VerifierMismatch);
}

/// RFC 9700 §4.8.2: the PKCE downgrade; conformance A4.
#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let unchallenged = Code { challenge: None, ..code() };
    assert_eq!(refusal(Case::good().redeem(Found::Fresh(unchallenged.clone()))), Refusal::VerifierUnexpected);
    let case = Case { verifier: None, client: confidential("spa", "s", SecretSent::Either), ..Case::good() };
    assert!(case.issue(unchallenged).wants_id_token());
}

/// RFC 9449 §10; conformance AS19: the code survives the attempt.
#[test]
fn a_code_bound_to_a_key_is_redeemed_with_that_key() {
    let bound = Code { jkt: Some(*held(Key::Owner).thumbprint()), ..code() };
    let mut case = Case::good();
    case.held = None;
    assert_eq!(refusal(case.redeem(Found::Fresh(bound.clone()))), Refusal::KeyMissing);
    case.held = Some(held(Key::Thief));
    assert_eq!(refusal(case.redeem(Found::Fresh(bound.clone()))), Refusal::WrongKey);
    case.held = Some(held(Key::Owner));
    assert!(case.issue(bound).wants_id_token());
}

#[test]
fn a_thief_of_a_bound_code_can_neither_use_nor_spend_it_nor_revoke_what_it_issued() {
    let bound = Code { jkt: Some(*held(Key::Owner).thumbprint()), ..code() };
    for held in [None, Some(held(Key::Thief))] {
        let thief = Case { held, verifier: Some(verifier(2)), ..Case::good() };
        assert!(matches!(
            thief.redeem(Found::Fresh(bound.clone())),
            Err(Refusal::KeyMissing | Refusal::WrongKey)
        ));
        assert!(matches!(
            thief.redeem(Found::Spent(bound.clone())),
            Err(Refusal::KeyMissing | Refusal::WrongKey)
        ));
    }
}

/// RFC 6749 §4.1.2.
#[test]
fn a_code_expires() {
    let case = Case { now: Timestamp::from_unix(10_040), ..Case::good() };
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::Expired);
    assert_eq!(refusal(case.redeem(Found::Spent(code()))), Refusal::Expired);
    let case = Case { now: Timestamp::from_unix(10_039), ..Case::good() };
    assert!(case.issue(code()).wants_id_token());
}

/// RFC 6749 §4.1.2; conformance A3 row 4: a code used twice takes back what it issued.
#[test]
fn a_second_use_revokes_what_the_first_issued() {
    let verdict = Case::good().redeem(Found::Spent(code()));
    assert_eq!(verdict, Ok(Verdict::RevokeFamily { family: code().family, refusal: Refusal::Reused }));
}

#[test]
fn a_user_who_is_gone_or_shut_out_gets_nothing() {
    let mut case = Case::good();
    case.user = None;
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::Revoked);
    case.user = Some(User { standing: Standing::Blocked, ..user("auth0|1") });
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::UserBlocked);
}

#[test]
fn an_audience_that_is_gone_gets_no_tokens_and_one_that_changed_its_mind_gets_its_way() {
    let mut case = Case::good();
    case.audience = None;
    let audience_name = AudienceName::parse(API).unwrap();
    let gone = Refusal::UnknownAudience { audience: audience_name };
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), gone);
    case.audience = Some(audience(ProofPolicy::Required(crate::model::audience::RequiredFor::AllClients)));
    case.held = None;
    assert_eq!(refusal(case.redeem(Found::Fresh(code()))), Refusal::ProofRequired);
}

#[test]
fn a_code_brings_tokens_within_its_organization_as_long_as_its_user_is_a_member() {
    let within = Code { organization: OrganizationId::parse("org_a").ok(), ..code() };
    let mut case = Case::good();
    assert_eq!(case.redeem(Found::Fresh(within.clone())), Err(Refusal::OrganizationUnknown));
    case.residence = Some(residence("org_a", Membership::Stranger));
    assert_eq!(case.redeem(Found::Fresh(within.clone())), Err(Refusal::NotAMember));
    case.residence = Some(residence("org_a", Membership::Member));
    let issue = case.issue(within.clone());
    assert_eq!(issue.organization, Some(organization("org_a")));
    let Refresh::Issue(token) = issue.refresh else { panic!("a refresh token") };
    assert_eq!(token.organization, within.organization);
    // A client that has nothing to do with organizations any more has none of their tokens either.
    case.client.organizations = crate::model::organization::OrganizationUsage::Deny;
    assert_eq!(case.redeem(Found::Fresh(within)), Err(Refusal::OrganizationNotAllowed));
    assert!(case.issue(code()).organization.is_none());
    case.client.organizations = crate::model::organization::OrganizationUsage::Require;
    assert_eq!(case.redeem(Found::Fresh(code())), Err(Refusal::OrganizationRequired));
}

/// Auth0: `online_access` is a public client's by its key alone.
#[test]
fn a_public_client_without_a_key_has_no_token_that_ends_with_the_session() {
    let online = || Code { scopes: scopes("openid online_access"), jkt: None, ..code() };
    let mut case = Case::good();
    assert!(matches!(case.issue(online()).refresh, Refresh::Issue(_)));
    case.held = None;
    assert_eq!(refusal(case.redeem(Found::Fresh(online()))), Refusal::OnlineUnbound);
}
