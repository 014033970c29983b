use super::*;
use crate::model::connection::Signup;
use crate::model::organization::Entrance;
use crate::model::tests::{organization, residence, tenant, user};

const NOW: Timestamp = Timestamp::from_unix(1_000);

#[test]
fn an_organization_goes_by_its_name_only_where_the_tenant_says_so() {
    let ids = tenant();
    let names = Tenant { organization_names: OrganizationNames::Told, ..tenant() };
    let id = OrganizationId::parse("org_A1").unwrap();
    for tenant in [&ids, &names] {
        assert_eq!(Named::parse("org_A1", tenant), Ok(Named::Id(id.clone())));
        assert_eq!(Named::parse("org_\u{202E}a", tenant), Err(Refusal::OrganizationUnknown));
    }
    assert_eq!(Named::parse("Acme", &ids), Err(Refusal::OrganizationByName));
    let acme = OrganizationName::parse("acme").unwrap();
    assert_eq!(Named::parse("Acme", &names), Ok(Named::Name(acme)));
    for none in ["", "a\nb", "\u{202E}emca", &"a".repeat(51)] {
        assert_eq!(Named::parse(none, &names), Err(Refusal::OrganizationUnknown), "{none:?}");
    }
}

#[test]
fn a_client_says_whether_organizations_are_named() {
    use OrganizationUsage::{Allow, Deny, Require};
    let (some, none) = (Some(&()), None);
    for (which, named, said) in [
        (Deny, some, Err(Refusal::OrganizationNotAllowed)),
        (Deny, none, Ok(())),
        (Allow, some, Ok(())),
        (Allow, none, Ok(())),
        (Require, some, Ok(())),
        (Require, none, Err(Refusal::OrganizationRequired)),
    ] {
        assert_eq!(usage(which, named), said, "{which:?} {named:?}");
    }
}

#[test]
fn an_organization_may_be_named_by_the_tenants_own_clients_alone() {
    let open = organization("org_a");
    let closed = Organization { third_parties: ThirdParties::Blocked, ..open.clone() };
    for (to, party, said) in [
        (&open, Party::First, Ok(())),
        (&open, Party::Third, Ok(())),
        (&closed, Party::First, Ok(())),
        (&closed, Party::Third, Err(Refusal::OrganizationNotAllowed)),
    ] {
        assert_eq!(admits(to, party), said, "{party:?}");
    }
}

#[test]
fn members_come_in_and_strangers_only_where_signing_in_makes_members() {
    let ann = user("auth0|1");
    let member = residence("org_a", Membership::Member);
    let stranger = residence("org_a", Membership::Stranger);
    for shown in [Shown::Before, Shown::Here] {
        assert_eq!(enter(&ann, &member, None, shown), Ok(Entry::Member));
        assert_eq!(enter(&ann, &stranger, None, shown), Err(Refusal::NotAMember));
        let entrance = Some(Entrance { joining: Joining::OnLogin, signup: Signup::Closed });
        let open = Residence { entrance, ..stranger.clone() };
        assert_eq!(enter(&ann, &open, None, shown), Ok(Entry::Joins));
    }
}

#[test]
fn a_session_by_a_connection_the_organization_does_not_know_is_worth_nothing_there() {
    let ann = user("auth0|1");
    let elsewhere = Residence { entrance: None, ..residence("org_a", Membership::Member) };
    assert_eq!(enter(&ann, &elsewhere, None, Shown::Before), Ok(Entry::SignIn));
    assert_eq!(enter(&ann, &elsewhere, None, Shown::Here), Err(Refusal::OrganizationConnection));
}

#[test]
fn an_invitation_is_for_one_mailbox_whoever_holds_its_ticket() {
    let ann = user("auth0|1");
    let stranger = residence("org_a", Membership::Stranger);
    let member = residence("org_a", Membership::Member);
    let invited = |email: &str| Invitation { email: email.into(), connection: None };
    let (hers, other) = (invited("ann@example.com"), invited("bob@example.com"));
    assert_eq!(enter(&ann, &stranger, Some(&hers), Shown::Here), Ok(Entry::Joins));
    assert_eq!(enter(&ann, &member, Some(&hers), Shown::Before), Ok(Entry::Joins));
    assert_eq!(enter(&ann, &stranger, Some(&other), Shown::Before), Ok(Entry::SignIn));
    assert_eq!(enter(&ann, &member, Some(&other), Shown::Here), Err(Refusal::InvitedOther));
    let mut nobody = ann;
    nobody.profile.email = None;
    assert_eq!(enter(&nobody, &stranger, Some(&hers), Shown::Here), Err(Refusal::InvitedOther));
}

#[test]
fn a_ticket_opens_one_organization_to_one_client_for_its_time() {
    let (acme, other) = (organization("org_a"), organization("org_b"));
    let (client, another) = (ClientId::parse("a").unwrap(), ClientId::parse("b").unwrap());
    let ticket =
        |at: i64| Ticket { organization: &acme.id, client: &client, expires_at: Timestamp::from_unix(at) };
    assert_eq!(redeemable(Some(ticket(1_001)), (Some(&acme), &client), NOW), Ok(()));
    for (ticket, organization, client) in [
        (None, Some(&acme), &client),
        (Some(ticket(1_000)), Some(&acme), &client),
        (Some(ticket(1_001)), Some(&other), &client),
        (Some(ticket(1_001)), None, &client),
        (Some(ticket(1_001)), Some(&acme), &another),
    ] {
        assert_eq!(redeemable(ticket, (organization, client), NOW), Err(Refusal::InvitationUnknown));
    }
}
