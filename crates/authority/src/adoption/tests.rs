use keybound_proto::dpop::Binding;

use super::*;
use crate::Refusal;
use crate::binding::bind;
use crate::model::client::SecretSent;
use crate::model::tests::{Key, audience, confidential, held, public};

const POLICIES: [(Adoption, ProofPolicy); 5] = [
    (Adoption::Off, ProofPolicy::Off),
    (Adoption::Observe, ProofPolicy::Observed),
    (Adoption::BindRefreshTokens, ProofPolicy::None),
    (Adoption::Allow, ProofPolicy::Allowed),
    (Adoption::Require, ProofPolicy::Required(RequiredFor::AllClients)),
];

fn at(adoption: Adoption) -> Client {
    Client { adoption, ..public("spa") }
}

#[test]
fn a_rung_is_found_by_its_name_and_the_rungs_are_in_order() {
    for rung in Adoption::ALL {
        assert_eq!(Adoption::parse(rung.as_str()), Some(rung));
    }
    assert!(Adoption::ALL.is_sorted());
    assert_eq!(Adoption::parse("on"), None);
    for (rung, policy) in POLICIES {
        assert_eq!(audience(policy).adoption(&public("spa")), rung);
    }
}

/// What becomes of an access token: a bearer token (`b`), bound to the key (`k`); refused since the client insists (`C`),
/// the API insists (`A`), or both cannot be had (`X`). One row for each rung of the client, one column for each of the API; the left half
/// without a proof, the right with one.
const ACCESS: [(&str, &str); 5] =
    [("bbbbA", "bbbbk"), ("bbbbA", "bbbbk"), ("bbbbA", "bbbbk"), ("bbbbA", "bbbkk"), ("CCCCC", "XXXkk")];

/// issue 4, "Policies": below *require* the lower rung holds; who requires is obeyed, whoever the other is.
#[test]
fn every_cell_of_the_ladder_holds_for_access_tokens() {
    let owner = held(Key::Owner);
    let cell = |client: &Client, policy, held: Option<&Possession>| match bind(
        client,
        &Target::Api(audience(policy)),
        held,
    ) {
        Ok(Binding::Bearer) => 'b',
        Ok(Binding::Key(_)) => 'k',
        Err(Refusal::BearerForbidden) => 'C',
        Err(Refusal::ProofRequired) => 'A',
        Err(Refusal::AudienceCannotBind) => 'X',
        Err(other) => panic!("no cell of the ladder: {other}"),
    };
    for (rung, (without, with)) in Adoption::ALL.into_iter().zip(ACCESS) {
        for client in [at(rung), Client { adoption: rung, ..confidential("w", "s", SecretSent::Either) }] {
            for (held, expected) in [(None, without), (Some(&owner), with)] {
                let row: String = POLICIES.map(|(_, policy)| cell(&client, policy, held)).iter().collect();
                assert_eq!(row, expected, "{rung:?}, {held:?}, {:?}", client.confidentiality());
            }
        }
    }
}

/// RFC 9449 §5. One row for each rung of the client, one column for each of the API.
#[test]
fn a_refresh_token_is_bound_from_its_own_rung_upwards_and_only_a_public_clients() {
    let expected = ["....k", "....k", "..kkk", "..kkk", "..kkk"];
    for (rung, expected) in Adoption::ALL.into_iter().zip(expected) {
        let row = |client: &Client| {
            let cells = POLICIES.map(|(_, policy)| binds_refresh_tokens(client, Some(&audience(policy))));
            cells.map(|bound| if bound { 'k' } else { '.' }).iter().collect::<String>()
        };
        assert_eq!(row(&at(rung)), expected, "{rung:?}");
        assert_eq!(binds_refresh_tokens(&at(rung), None), rung >= Adoption::BindRefreshTokens);
        let confidential = Client { adoption: rung, ..confidential("w", "s", SecretSent::Either) };
        assert_eq!(row(&confidential), ".....", "{rung:?}");
    }
}

#[test]
fn only_a_client_that_is_not_there_yet_may_send_bad_proofs() {
    let lenient = Adoption::ALL.map(Adoption::passes_over_bad_proofs);
    assert_eq!(lenient, [true, true, false, false, false]);
}

#[test]
fn observing_says_what_would_have_been_refused_by_its_sub_reason() {
    let owner = held(Key::Owner);
    let seen = |client: &Client, policy, shown| -> Vec<_> {
        observe(client, Some(&audience(policy)), shown).collect()
    };
    let (client, api) = (Observed::Client, Observed::Api);
    let observing = at(Adoption::Observe);
    let allowed = ProofPolicy::Allowed;
    let forbidden = Refusal::BearerForbidden.code();
    assert_eq!(seen(&observing, allowed, Shown::Nothing), [(client, Some(forbidden))]);
    assert_eq!(seen(&observing, allowed, Shown::Good(&owner)), [(client, None)]);
    assert_eq!(seen(&observing, allowed, Shown::Bad("proof.expired")), [(client, Some("proof.expired"))]);
    // An API that cannot bind is in the way of a client that will require it.
    let cannot = Refusal::AudienceCannotBind.code();
    assert_eq!(seen(&observing, ProofPolicy::None, Shown::Good(&owner)), [(client, Some(cannot))]);

    let watched = ProofPolicy::Observed;
    let required = Refusal::ProofRequired.code();
    assert_eq!(seen(&public("spa"), watched, Shown::Nothing), [(api, Some(required))]);
    assert_eq!(seen(&public("spa"), watched, Shown::Good(&owner)), [(api, None)]);
    let both = seen(&observing, watched, Shown::Nothing);
    assert_eq!(both, [(client, Some(forbidden)), (api, Some(required))]);
    for (rung, policy) in POLICIES.into_iter().filter(|(rung, _)| *rung != Adoption::Observe) {
        assert_eq!(seen(&at(rung), policy, Shown::Nothing), [], "{rung:?} is not observed");
    }
}

/// RFC 9449 §5 is passed over for who types that it is, below *require*; and for nobody else.
#[test]
fn refresh_tokens_go_unbound_where_that_is_said_and_nobody_requires_otherwise() {
    for (rung, (_, policy)) in Adoption::ALL.into_iter().flat_map(|rung| POLICIES.map(|row| (rung, row))) {
        let said = Client { refresh_binding: RefreshBinding::UnboundDespiteRfc9449, ..at(rung) };
        let api = audience(policy);
        let there = api.adoption(&said);
        let required = rung == Adoption::Require && there >= Adoption::BindRefreshTokens;
        let expected = required || there == Adoption::Require;
        assert_eq!(binds_refresh_tokens(&said, Some(&api)), expected, "{rung:?}, {policy:?}");
        assert!(!expected || binds_refresh_tokens(&at(rung), Some(&api)), "it binds no more than without");
        assert_eq!(binds_refresh_tokens(&said, None), rung == Adoption::Require, "{rung:?}");
    }
}
