use keybound_proto::dpop::Binding;
use keybound_proto::id::ClientId;
use keybound_proto::time::Timestamp;

use super::*;
use crate::model::audience::{Audience, GrantedOrganizations, ProofPolicy, RequiredFor};
use crate::model::client::{Client, SecretSent};
use crate::model::organization::OrganizationUsage;
use crate::model::tests::organization;
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes};

fn api() -> AudienceName {
    AudienceName::parse(API).unwrap()
}

fn machine() -> Client {
    confidential("m2m", "s", SecretSent::Either)
}

fn grant() -> ClientGrant {
    ClientGrant {
        id: "cgr_1".into(),
        client: ClientId::parse("m2m").unwrap(),
        audience: api(),
        scopes: scopes("read:orders write:orders"),
        on_behalf_of: OnBehalfOf::Itself,
        organizations: GrantedOrganizations::default(),
    }
}

fn ask(
    client: &Client,
    audience: Option<&Audience>,
    grant: Option<&ClientGrant>,
    asked: &str,
) -> Result<Issue, Refusal> {
    let around = Circumstances {
        client,
        audience,
        user: None,
        residence: None,
        held: None,
        now: Timestamp::from_unix(1_000),
    };
    let (name, scopes) = (api(), scopes(asked));
    issue(&Request { audience: Some(&name), scopes: &scopes, grant, within: None }, &around)
}

#[test]
fn a_machine_gets_all_it_was_granted_or_the_part_it_asks_for() {
    let audience = audience(ProofPolicy::None);
    let issue = ask(&machine(), Some(&audience), Some(&grant()), "").unwrap();
    assert_eq!(issue.scopes, grant().scopes);
    assert_eq!((issue.holder.clone(), issue.refresh.clone()), (Holder::Machine, Refresh::None));
    assert!(!issue.wants_id_token());
    let issue = ask(&machine(), Some(&audience), Some(&grant()), "write:orders").unwrap();
    assert_eq!(issue.scopes, scopes("write:orders"));
}

#[test]
fn a_machine_gets_nothing_it_was_not_granted() {
    let audience = audience(ProofPolicy::None);
    let refused = Refusal::ScopeNotGranted { scopes: scopes("delete:orders") };
    assert_eq!(ask(&machine(), Some(&audience), Some(&grant()), "read:orders delete:orders"), Err(refused));
    let none = Refusal::NoClientGrant { audience: api() };
    assert_eq!(ask(&machine(), Some(&audience), None, ""), Err(none.clone()));
    let users = ClientGrant { on_behalf_of: OnBehalfOf::User, ..grant() };
    assert_eq!(ask(&machine(), Some(&audience), Some(&users), ""), Err(none.clone()));
    let others = ClientGrant { client: ClientId::parse("x").unwrap(), ..grant() };
    assert_eq!(ask(&machine(), Some(&audience), Some(&others), ""), Err(none.clone()));
    let elsewhere = ClientGrant { audience: AudienceName::parse("x").unwrap(), ..grant() };
    assert_eq!(ask(&machine(), Some(&audience), Some(&elsewhere), ""), Err(none.clone()));
    let closed = Audience { machines: MachineAccess::DenyAll, ..audience };
    assert_eq!(ask(&machine(), Some(&closed), Some(&grant()), ""), Err(none));
}

#[test]
fn an_audience_must_be_named_and_known() {
    let unknown = Refusal::UnknownAudience { audience: api() };
    assert_eq!(ask(&machine(), None, Some(&grant()), ""), Err(unknown));
    let client = machine();
    let around = Circumstances {
        client: &client,
        audience: None,
        user: None,
        residence: None,
        held: None,
        now: Timestamp::from_unix(1),
    };
    let request = Request { audience: None, scopes: &Scopes::none(), grant: None, within: None };
    assert_eq!(issue(&request, &around), Err(Refusal::AudienceMissing));
}

/// RFC 6749 §4.4: confidential clients only.
#[test]
fn a_client_that_cannot_keep_a_secret_is_no_machine() {
    let audience = audience(ProofPolicy::None);
    let refused = Err(Refusal::GrantNotAllowed { grant: GrantKind::ClientCredentials });
    let mine = ClientGrant { client: ClientId::parse("spa").unwrap(), ..grant() };
    assert_eq!(ask(&public("spa"), Some(&audience), Some(&mine), ""), refused);
    let mut unlisted = machine();
    unlisted.grants = [GrantKind::AuthorizationCode].into_iter().collect();
    assert_eq!(ask(&unlisted, Some(&audience), Some(&grant()), ""), refused);
}

#[test]
fn a_machines_token_is_bound_as_the_matrix_says() {
    let required = audience(ProofPolicy::Required(RequiredFor::AllClients));
    assert_eq!(ask(&machine(), Some(&required), Some(&grant()), ""), Err(Refusal::ProofRequired));
    let (client, owner, name) = (machine(), held(Key::Owner), api());
    let around = Circumstances {
        client: &client,
        audience: Some(&required),
        user: None,
        residence: None,
        held: Some(&owner),
        now: Timestamp::from_unix(1_000),
    };
    let granted = grant();
    let request =
        Request { audience: Some(&name), scopes: &Scopes::none(), grant: Some(&granted), within: None };
    assert_eq!(issue(&request, &around).unwrap().binding, Binding::Key(*owner.thumbprint()));
}

/// Auth0's `organization_usage` and `allow_any_organization`.
#[test]
fn a_machine_works_within_an_organization_its_grant_was_given_to() {
    let (audience, acme) = (audience(ProofPolicy::None), organization("org_acme"));
    let ask = |usage, which, given: Option<Given>| {
        let grant = ClientGrant { organizations: GrantedOrganizations { usage, which }, ..grant() };
        let client = machine();
        let around = Circumstances {
            client: &client,
            audience: Some(&audience),
            user: None,
            residence: None,
            held: None,
            now: Timestamp::from_unix(1_000),
        };
        let within = given.map(|given| Within { organization: &acme, given });
        let name = api();
        issue(
            &Request { audience: Some(&name), scopes: &Scopes::none(), grant: Some(&grant), within },
            &around,
        )
        .map(|issue| issue.organization)
    };
    use OrganizationUsage::{Allow, Deny, Require};
    use WhichOrganizations::{Any, Chosen};
    assert_eq!(ask(Deny, Any, None), Ok(None));
    assert_eq!(ask(Deny, Any, Some(Given::Yes)), Err(Refusal::OrganizationNotAllowed));
    assert_eq!(ask(Require, Any, None), Err(Refusal::OrganizationRequired));
    assert_eq!(ask(Allow, Chosen, Some(Given::No)), Err(Refusal::OrganizationNotGranted));
    assert_eq!(ask(Allow, Chosen, Some(Given::Yes)), Ok(Some(acme.clone())));
    assert_eq!(ask(Require, Any, Some(Given::No)), Ok(Some(acme.clone())));
}
