use keybound_proto::dpop::Binding;
use keybound_proto::id::ClientId;
use keybound_proto::time::Timestamp;

use super::*;
use crate::model::audience::{Audience, ProofPolicy, RequiredFor};
use crate::model::client::{Client, SecretSent};
use crate::model::tests::{API, Key, audience, confidential, held, public, scopes};

fn api() -> AudienceName {
    AudienceName::parse(API).unwrap()
}

fn machine() -> Client {
    confidential("m2m", "s", SecretSent::Either)
}

fn grant() -> ClientGrant {
    ClientGrant {
        client: ClientId::parse("m2m").unwrap(),
        audience: api(),
        scopes: scopes("read:orders write:orders"),
        on_behalf_of: OnBehalfOf::Itself,
    }
}

fn ask(
    client: &Client,
    audience: Option<&Audience>,
    grant: Option<&ClientGrant>,
    asked: &str,
) -> Result<Issue, Refusal> {
    let around = Circumstances { client, audience, user: None, held: None, now: Timestamp::from_unix(1_000) };
    let (name, scopes) = (api(), scopes(asked));
    issue(&Request { audience: Some(&name), scopes: &scopes, grant }, &around)
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
        held: None,
        now: Timestamp::from_unix(1),
    };
    let request = Request { audience: None, scopes: &Scopes::none(), grant: None };
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
        held: Some(&owner),
        now: Timestamp::from_unix(1_000),
    };
    let granted = grant();
    let request = Request { audience: Some(&name), scopes: &Scopes::none(), grant: Some(&granted) };
    assert_eq!(issue(&request, &around).unwrap().binding, Binding::Key(*owner.thumbprint()));
}
