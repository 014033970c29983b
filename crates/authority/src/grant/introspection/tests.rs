use keybound_proto::id::ClientId;
use keybound_proto::time::Timestamp;

use super::*;
use crate::grant::exchange;
use crate::grant::refresh::{Successor, tests::token};
use crate::model::client::SecretSent;
use crate::model::name::{AudienceName, OrganizationId};
use crate::model::organization::{Membership, Residence};
use crate::model::tests::{API, confidential, public, residence, user};
use crate::model::user::{Standing, User};

const NOW: Timestamp = Timestamp::from_unix(10_000);

/// Who asks, and how the token's user stands.
struct Case {
    client: Client,
    user: Option<User>,
    residence: Option<Residence>,
}

impl Case {
    fn of(client: Client) -> Self {
        Self { client, user: Some(user("auth0|1")), residence: None }
    }

    /// The client that the sample tokens were issued to, as if it had a secret.
    fn owner() -> Self {
        Self::of(confidential("spa", "s", SecretSent::Either))
    }

    /// The client that is an API.
    fn api(name: &str) -> Self {
        let client = confidential("backend", "s", SecretSent::Either);
        Self::of(Client { api: AudienceName::parse(name).ok(), ..client })
    }

    fn around(&self) -> Circumstances<'_> {
        let (user, residence) = (self.user.as_ref(), self.residence.as_ref());
        Circumstances { client: &self.client, audience: None, user, residence, held: None, now: NOW }
    }

    fn access(&self, token: &AccessClaims) -> Result<(), Refusal> {
        access(token, &self.around())
    }

    fn refresh(&self, found: Found) -> Result<RefreshToken, Refusal> {
        refresh(found, &self.around())
    }
}

/// RFC 7662 §2.1, §4.
#[test]
fn a_client_without_credentials_may_not_ask() {
    assert_eq!(may_ask(&public("spa")), Err(Refusal::MissingSecret));
    assert_eq!(may_ask(&confidential("backend", "s", SecretSent::Either)), Ok(()));
}

/// RFC 7662 §2.2, §4.
#[test]
fn an_access_token_is_the_business_of_its_client_and_of_the_api_it_is_meant_for() {
    let token = exchange::tests::token();
    assert_eq!(Case::owner().access(&token), Ok(()));
    assert_eq!(Case::api(API).access(&token), Ok(()));
    let other = Case::api("https://other.example/");
    assert_eq!(other.access(&token), Err(Refusal::NotYours));
    let stranger = Case::of(confidential("web", "s", SecretSent::Either));
    assert_eq!(stranger.access(&token), Err(Refusal::NotYours));
}

#[test]
fn a_user_who_is_gone_or_shut_out_takes_their_tokens_along_and_a_machine_has_none() {
    let mut case = Case::api(API);
    case.user = Some(User { standing: Standing::Blocked, ..user("auth0|1") });
    assert_eq!(case.access(&exchange::tests::token()), Err(Refusal::UserBlocked));
    case.user = None;
    assert_eq!(case.access(&exchange::tests::token()), Err(Refusal::Revoked));
    let subject = keybound_proto::id::Subject::parse("spa@clients").unwrap();
    assert_eq!(case.access(&AccessClaims { subject, ..exchange::tests::token() }), Ok(()));
}

#[test]
fn a_refresh_token_is_its_clients_business_alone_and_while_it_could_be_redeemed() {
    let owner = Case::owner();
    assert_eq!(owner.refresh(Found::Fresh(token())), Ok(token()));
    assert_eq!(Case::api(API).refresh(Found::Fresh(token())), Err(Refusal::NotYours));
    let spent = Found::Spent { token: token(), at: Timestamp::from_unix(9_990), successor: Successor::Gone };
    assert_eq!(owner.refresh(spent), Err(Refusal::Reused));
    assert_eq!(owner.refresh(Found::Revoked(token())), Err(Refusal::Revoked));
    assert_eq!(owner.refresh(Found::Unknown), Err(Refusal::UnknownGrant));
    let idle = RefreshToken { idle_at: Some(NOW), ..token() };
    assert_eq!(owner.refresh(Found::Fresh(idle)), Err(Refusal::Idle));
    let over = RefreshToken { expires_at: Some(NOW), ..token() };
    assert_eq!(owner.refresh(Found::Fresh(over)), Err(Refusal::Expired));
    let mut other = token();
    other.client = ClientId::parse("other").unwrap();
    assert_eq!(owner.refresh(Found::Fresh(other)), Err(Refusal::NotYours));
}

#[test]
fn a_refresh_token_of_somebody_who_left_the_organization_is_not_good() {
    let mut case = Case::owner();
    let organization = OrganizationId::parse("org_1").ok();
    let within = || Found::Fresh(RefreshToken { organization: organization.clone(), ..token() });
    case.residence = Some(residence("org_1", Membership::Member));
    assert!(case.refresh(within()).is_ok());
    case.residence = Some(residence("org_1", Membership::Stranger));
    assert_eq!(case.refresh(within()), Err(Refusal::NotAMember));
    case.user = None;
    assert_eq!(case.refresh(Found::Fresh(token())), Err(Refusal::Revoked));
}
