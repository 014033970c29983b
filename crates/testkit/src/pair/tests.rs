use keybound_client::proto::request::token::MachineRequest;

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn pair() -> Pair {
    Pair::new(NOW).unwrap()
}

fn asked(pair: &Pair) -> usize {
    pair.server.requests.len()
}

/// RFC 9449 §8: the first request learns the nonce, the second carries it, later ones need no dance.
#[test]
fn a_client_that_never_met_the_server_needs_one_more_round_trip_and_only_once() {
    let mut pair = pair();
    assert!(pair.token().unwrap().is_bound());
    assert_eq!(asked(&pair), 2);
    let tokens = pair.token().unwrap();
    assert_eq!(asked(&pair), 3);
    assert_eq!(pair.call(&tokens).unwrap().status(), 200);
    assert_eq!(asked(&pair), 5);
    assert_eq!(pair.call(&tokens).unwrap().status(), 200);
    assert_eq!(asked(&pair), 6);
}

/// RFC 9449 §8.2: the nonce is replaced on a success past its half-life, so no request is refused for its age.
#[test]
fn a_client_that_keeps_asking_is_never_challenged_again() {
    let mut pair = pair();
    pair.token().unwrap();
    for _ in 0..20 {
        pair.turn(1_700);
        let before = asked(&pair);
        pair.token().unwrap();
        assert_eq!(asked(&pair), before + 1);
    }
}

/// RFC 9449 §8: a nonce that is too old costs one round trip.
#[test]
fn a_client_that_slept_is_challenged_once() {
    let mut pair = pair();
    pair.token().unwrap();
    pair.turn(100_000);
    pair.token().unwrap();
    assert_eq!(asked(&pair), 4);
    assert_eq!(pair.server.refused, None);
}

/// RFC 9449 §11.1: a proof is good once, however soon and however late it comes again.
#[test]
fn a_captured_request_is_refused_for_as_long_as_its_nonce_lives_and_after() {
    let mut pair = pair();
    let tokens = pair.token().unwrap();
    pair.call(&tokens).unwrap();
    for (wait, reason) in [(0, "proof.replayed"), (3_000, "proof.replayed"), (601, "proof.nonce_expired")] {
        pair.turn(wait);
        let captured = pair.server.requests[1].clone();
        assert_eq!(pair.server.answer(captured, pair.now).status(), 400, "{wait}");
        assert_eq!(pair.server.refused, Some(reason), "{wait}");
    }
}

/// RFC 9449 §11.1, §8: with a nonce, a wrong client clock does no harm.
#[test]
fn a_client_whose_clock_is_wrong_gets_its_token_all_the_same() {
    for skew in [-1_000_000, -3_600, -61, 61, 3_600, 1_000_000] {
        let mut pair = pair();
        pair.skew = skew;
        let tokens = pair.token().unwrap();
        assert_eq!(pair.call(&tokens).unwrap().status(), 200, "{skew}");
    }
}

/// RFC 9449 §9: a nonce of the token endpoint is none at the resource, though origin and secret are the same.
#[test]
fn nonces_of_the_two_roles_do_not_pass_for_one_another() {
    let mut pair = pair();
    let tokens = pair.token().unwrap();
    let nonce = pair.server.authorization.mint(NOW, &AwsLc);
    assert!(pair.server.resource.open(nonce.as_str(), NOW, &AwsLc).is_err());
    pair.call(&tokens).unwrap();
    assert_eq!(asked(&pair), 4);
}

/// RFC 9449 §7: an expired token is refused whatever the proof.
#[test]
fn a_token_dies_when_its_time_is_over() {
    let mut pair = pair();
    let tokens = pair.token().unwrap();
    pair.turn(299);
    assert_eq!(pair.call(&tokens).unwrap().status(), 200);
    pair.turn(1);
    assert_eq!(pair.call(&tokens).unwrap().status(), 401);
    assert!(!tokens.is_fresh(pair.now, Lifetime::ZERO));
}

/// RFC 9449 §7.1: with the token and another key, and with the token and a captured proof.
#[test]
fn a_thief_with_the_token_gets_nowhere() {
    let mut pair = pair();
    let tokens = pair.token().unwrap();
    pair.call(&tokens).unwrap();
    let owner = pair.client.clone();
    pair.client = owner.clone().bound_to(DpopKey::generate().unwrap());
    let own_key = Tokens { bound_to: pair.client.key().map(|key| *key.thumbprint()), ..tokens.clone() };
    assert_eq!(pair.call(&own_key).unwrap().status(), 401);
    assert_eq!(pair.server.refused, Some("proof.key_mismatch"));
    pair.client = owner;
    let call = pair.server.requests[3].clone();
    assert_eq!(pair.server.answer(call.clone(), pair.now).status(), 401);
    assert_eq!(pair.server.refused, Some("proof.replayed"));
    let mut elsewhere = call.clone();
    *elsewhere.uri_mut() = "https://tenant.example/admin".parse().unwrap();
    assert_eq!(pair.server.answer(elsewhere, pair.now).status(), 401);
    assert_eq!(pair.server.refused, Some("proof.htu_mismatch"));
    let mut deleting = call.clone();
    *deleting.method_mut() = http::Method::DELETE;
    assert_eq!(pair.server.answer(deleting, pair.now).status(), 401);
    assert_eq!(pair.server.refused, Some("proof.htm_mismatch"));
    let mut bearer = call;
    let token = format!("Bearer {}", tokens.access_token.reveal());
    bearer.headers_mut().insert("authorization", token.parse().unwrap());
    assert_eq!(pair.server.answer(bearer, pair.now).status(), 401);
    assert_eq!(pair.call(&tokens).unwrap().status(), 200);
}

/// RFC 9449 §7.3: each attempt is another proof, so a lost answer costs nothing.
#[test]
fn a_request_whose_answer_was_lost_is_made_again_with_another_proof() {
    let mut pair = pair();
    pair.token().unwrap();
    let client = pair.client.clone();
    let mut exchange = client.client_credentials(MachineRequest::default());
    for jti in ["lost", "found"] {
        let request = exchange.request(pair.now, &Jti::parse(jti).unwrap()).unwrap().sign_here().unwrap();
        let answer = pair.server.answer(request, pair.now);
        if jti == "found" {
            assert!(matches!(exchange.receive(&answer).unwrap(), Step::Done(_)));
        }
    }
}
