use keybound_proto::form::Form;
use keybound_proto::id::Subject;
use keybound_proto::request::authorization::AuthorizationRequest;
use keybound_proto::time::Timestamp;

use super::*;
use crate::authorize::request::{Grantee, check, grantable};
use crate::grant::{Holder, Refresh, SignedIn, Tie};
use crate::mint::scope_to_tell;
use crate::model::audience::{ProofPolicy, Target};
use crate::model::factor::Factors;
use crate::model::name::ConnectionName;
use crate::model::tests::{API, Key, audience, held, public, scopes, tenant, user};
use crate::model::user::User;

const DID: &str = "did:plc:z72i7hdynmk6r22z27h6tvur";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn speaking() -> Client {
    Client { profile: ClientProfile::Rfc, nonces: NonceDemand::Required, ..public("spa") }
}

fn pds() -> Audience {
    let own = audience(ProofPolicy::Required(crate::model::audience::RequiredFor::AllClients));
    Audience { protocol: Protocol::Atproto, scopes: scopes("atproto transition:generic"), ..own }
}

fn there() -> Tenant {
    Tenant { atproto: AudienceName::parse(API).ok(), ..tenant() }
}

fn named() -> User {
    User { did: Subject::did(DID), ..user("auth0|1") }
}

fn asked(client: &Client, more: &str) -> Asked {
    let query = format!("client_id=spa&response_type=code&scope=atproto+openid{more}");
    let form = Form::parse(query.as_bytes()).unwrap();
    check(&AuthorizationRequest::parse(&form).unwrap(), client, &there()).unwrap()
}

fn issue(grant: GrantKind, binding: Binding) -> Issue {
    Issue {
        grant,
        client: public("spa").id,
        holder: Holder::User(SignedIn {
            subject: Subject::parse("auth0|1").unwrap(),
            connection: ConnectionName::parse("db").unwrap(),
            session: None,
            authenticated_at: Timestamp::from_unix(9_000),
            factors: Factors::One,
            id_token_nonce: None,
        }),
        organization: None,
        audience: AudienceName::parse(API).ok(),
        asked: scopes("atproto"),
        scopes: scopes("atproto"),
        binding,
        refresh: Refresh::None,
        tie: Tie::default(),
    }
}

/// OAuth for AT Protocol: its clients name no API.
#[test]
fn a_request_of_the_protocol_means_the_api_that_speaks_it() {
    let challenge = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert_eq!(asked(&speaking(), &challenge).audience.unwrap().as_str(), API);
    assert_eq!(asked(&public("spa"), &challenge).audience, None, "not a client of that profile");
    let other = format!("{challenge}&audience=urn%3Aother");
    assert_eq!(asked(&speaking(), &other).audience.unwrap().as_str(), "urn:other");
}

/// OAuth for AT Protocol, "Authorization Requests": pushed, by a key, with a challenge and nonces, whoever the client.
#[test]
fn a_request_of_the_protocol_is_pushed_by_a_key_with_a_challenge() {
    let key = *held(Key::Owner).thumbprint();
    let good = Asked {
        jkt: Some(key),
        ..asked(&speaking(), &format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"))
    };
    let judge = |client: &Client, asked: &Asked, arrival| check_request(client, Some(&pds()), asked, arrival);
    assert_eq!(judge(&speaking(), &good, Arrival::Pushed), Ok(()));
    for arrival in [Arrival::Plain, Arrival::Signed] {
        assert_eq!(judge(&speaking(), &good, arrival), Err(Refusal::PushRequired));
    }
    let bare = Asked { challenge: None, ..good.clone() };
    assert_eq!(judge(&speaking(), &bare, Arrival::Pushed), Err(Refusal::ChallengeMissing));
    let keyless = Asked { jkt: None, ..good.clone() };
    assert_eq!(judge(&speaking(), &keyless, Arrival::Pushed), Err(Refusal::BearerForbidden));
    let lax = Client { nonces: NonceDemand::Optional, ..speaking() };
    assert_eq!(judge(&lax, &good, Arrival::Pushed), Err(Refusal::AtprotoNonces));
    assert_eq!(
        judge(&public("spa"), &keyless, Arrival::Plain),
        Ok(()),
        "to others the scope is one of the API's"
    );
    assert_eq!(
        check_request(&speaking(), Some(&audience(ProofPolicy::None)), &keyless, Arrival::Plain),
        Ok(())
    );
}

/// OAuth for AT Protocol, "Identity Authentication": no OpenID Connect beside it, and nobody without a DID.
#[test]
fn who_has_no_did_is_granted_nothing_and_nobody_an_id_token() {
    let wanted = scopes("atproto transition:generic openid profile offline_access");
    let grant = |client: &Client, user: &User| {
        let grantee = Grantee { client, grant: None, user: Some(user) };
        grantable(&wanted, &Target::Api(pds()), &grantee)
    };
    assert_eq!(grant(&speaking(), &named()), Ok(scopes("atproto transition:generic")));
    assert_eq!(grant(&speaking(), &user("auth0|1")), Err(Refusal::DidMissing));
    assert!(grant(&public("spa"), &user("auth0|1")).unwrap().contains("openid"));
}

/// OAuth for AT Protocol, "Tokens and Session Lifetime".
#[test]
fn a_token_of_the_protocol_names_a_did_and_ends_soon() {
    let (tenant, client, api, who) = (there(), speaking(), pds(), named());
    let now = Timestamp::from_unix(10_000);
    let own = Minting { tenant: &tenant, client: &client, audience: Some(&api), user: Some(&who), now };
    let bound = Binding::Key(*held(Key::Owner).thumbprint());
    let good = issue(GrantKind::AuthorizationCode, bound);
    assert_eq!(check_issue(&good, &own), Ok(()));
    assert_eq!(own.lifetime(&good), ACCESS);
    assert_eq!(own.subject_to_tell(&good).unwrap().as_str(), DID);
    let jti = keybound_proto::id::Jti::parse("j").unwrap();
    assert_eq!(own.access(&good, jti).subject.as_str(), DID);
    assert_eq!(scope_to_tell(&good), Some(&scopes("atproto")));
    assert_eq!(
        check_issue(&issue(GrantKind::AuthorizationCode, Binding::Bearer), &own),
        Err(Refusal::AudienceCannotBind)
    );
    for other in [GrantKind::Password, GrantKind::DeviceCode, GrantKind::TokenExchange] {
        assert_eq!(check_issue(&issue(other, bound), &own), Err(Refusal::AtprotoGrant));
    }
    let nobody = user("auth0|1");
    assert_eq!(check_issue(&good, &Minting { user: Some(&nobody), ..own }), Err(Refusal::DidMissing));
    let stranger = public("spa");
    let plain = Minting { client: &stranger, ..own };
    assert_eq!(plain.subject_to_tell(&good), None);
    assert!(plain.lifetime(&good) > ACCESS);
}
