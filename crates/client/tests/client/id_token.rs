//! ID tokens beyond the code flow: organizations, algorithms, and keys that rotate.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};

use keybound_client::{
    Ambient, Client, ClientError, Tokens,
    crypto::{AwsLc, SigningKey, entropy},
    flow::{Ask, Chance, CodeFlow, Transactions},
    id_token::{self, Keys, Wanted},
    proto::{
        id::Kid,
        jose::{Alg, JwtError, KeySet, Sign, mint},
        scope::Scopes,
        secret::Secret,
        time::{Lifetime, Timestamp},
        token::id::{IdTokenError, half_hash},
        uri::RedirectUri,
    },
};
use serde_json::{Value, json};

use crate::wire::{ISSUER, NOW, Wire, answer, client, client_of, metadata};

fn key(alg: Alg, kid: &str) -> SigningKey {
    SigningKey::generate(alg).unwrap().with_kid(Kid::parse(kid).unwrap())
}

fn published(keys: &[&SigningKey]) -> KeySet {
    KeySet::new(keys.iter().map(|key| key.public().clone()).collect())
}

fn tokens(key: &SigningKey, more: Value) -> Tokens {
    let mut claims = json!({
        "iss": ISSUER, "aud": "app", "sub": "auth0|1", "iat": NOW.as_unix(), "exp": NOW.as_unix() + 90_000,
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Tokens {
        access_token: Secret::new("a".into()),
        bound_to: None,
        expires: None,
        refresh_token: None,
        id_token: Some(Secret::new(mint("JWT", &claims, key).unwrap())),
        scopes: None,
    }
}

/// Auth0: an identifier begins with `org_` and is compared as it is, a name in lower case.
#[test]
fn an_organization_that_was_asked_for_must_be_named() {
    let (key, client) = (key(Alg::Rs256, "k1"), client());
    let keys = published(&[&key]);
    let check = |organization: &str, claims: Value| {
        let wanted = Wanted { organization: Some(organization), ..Wanted::default() };
        id_token::check(&client, &tokens(&key, claims), &wanted, (&keys, &AwsLc), NOW).map(drop)
    };
    let acme = || json!({"org_id": "org_1", "org_name": "acme"});
    assert!(check("org_1", acme()).is_ok());
    assert!(check("ACME", acme()).is_ok());
    assert!(check("acme", json!({"org_name": "Acme"})).is_ok(), "a name alone will do");
    assert!(check("org_1", json!({"org_id": "org_1"})).is_ok());
    for (asked, claims) in [
        ("org_2", acme()),
        ("ORG_1", acme()),
        ("other", acme()),
        ("acme", json!({"org_id": "acme"})),
        ("org_1", json!({"org_name": "org_1"})),
        ("org_1", json!({})),
    ] {
        let refused = check(asked, claims).unwrap_err();
        assert!(matches!(refused, ClientError::IdToken(IdTokenError::Organization)), "{asked}");
    }
}

/// OIDC Core §3.1.3.7 (13), (4); OIDC Core §2.
#[test]
fn the_users_login_may_not_be_too_long_ago_and_the_token_must_be_ours_alone() {
    let (key, client) = (key(Alg::Rs256, "k1"), client());
    let keys = published(&[&key]);
    let check = |claims: Value| {
        let wanted = Wanted { max_age: Some(Lifetime::seconds(60)), ..Wanted::default() };
        id_token::check(&client, &tokens(&key, claims), &wanted, (&keys, &AwsLc), NOW)
    };
    let now = NOW.as_unix();
    assert!(check(json!({"auth_time": now - 90})).is_ok());
    let old = check(json!({"auth_time": now - 91})).unwrap_err();
    assert!(matches!(old, ClientError::IdToken(IdTokenError::TooOld { age: 91 })));
    let silent = check(json!({})).unwrap_err();
    assert!(matches!(
        silent,
        ClientError::IdToken(IdTokenError::Jwt(JwtError::Missing { name: "auth_time" }))
    ));
    let many = check(json!({"auth_time": now, "aud": ["app", "other"]})).unwrap_err();
    assert!(matches!(many, ClientError::IdToken(IdTokenError::AuthorizedParty)));
    assert!(check(json!({"auth_time": now, "aud": ["app", "other"], "azp": "app"})).is_ok());
}

/// OIDC Discovery §3: what the server names, of what we know.
#[test]
fn every_algorithm_the_server_names_is_taken_and_no_other() {
    let mut metadata = metadata();
    metadata.id_token_signing_alg_values_supported =
        ["none", "HS256", "PS256", "ES256", "ES384", "EdDSA"].map(str::to_owned).to_vec();
    let client = client_of(metadata);
    for alg in Alg::ALL {
        let key = key(alg, "k1");
        let keys = published(&[&key]);
        let tokens = tokens(&key, json!({}));
        let checked = id_token::check(&client, &tokens, &Wanted::default(), (&keys, &AwsLc), NOW);
        assert_eq!(checked.is_ok(), alg != Alg::Rs256, "{alg}");
    }
}

/// OIDC Core §3.1.3.8, §3.3.2.10: by whichever algorithm the token is signed.
#[test]
fn another_access_token_or_another_code_is_found_out_with_every_algorithm() {
    let mut metadata = metadata();
    metadata.id_token_signing_alg_values_supported =
        ["RS256", "PS256", "ES256", "ES384", "EdDSA"].map(str::to_owned).to_vec();
    let client = client_of(metadata);
    for alg in Alg::ALL {
        let key = key(alg, "k1");
        let keys = published(&[&key]);
        let hash = |value: &str| half_hash(alg, value, &AwsLc);
        let check = |claims: Value| {
            let wanted = Wanted { code: Some("c"), ..Wanted::default() };
            match id_token::check(&client, &tokens(&key, claims), &wanted, (&keys, &AwsLc), NOW) {
                Ok(_) => None,
                Err(ClientError::IdToken(error)) => Some(error),
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(check(json!({"at_hash": hash("a"), "c_hash": hash("c")})), None, "{alg}");
        assert_eq!(check(json!({"at_hash": hash("b")})), Some(IdTokenError::AccessToken), "{alg}");
        assert_eq!(check(json!({"c_hash": hash("d")})), Some(IdTokenError::Code), "{alg}");
    }
}

#[derive(Default)]
struct Clock(AtomicI64);

impl Ambient for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(NOW.as_unix() + self.0.load(Ordering::SeqCst))
    }

    fn entropy(&self) -> [u8; 32] {
        entropy::bytes()
    }
}

/// OIDC Core §10.1.1: keys rotate; but forged tokens do not make the server be asked without end.
#[tokio::test]
async fn keys_are_kept_asked_for_again_when_they_rotate_and_used_on_when_the_server_is_away() {
    let (old, new, thief) = (key(Alg::Rs256, "k1"), key(Alg::Rs256, "k2"), key(Alg::Rs256, "k3"));
    let document = |keys: &[&SigningKey]| {
        answer(200, &[("content-type", "application/json")], &published(keys).to_json().to_string())
    };
    let answers = [document(&[&old]), document(&[&old, &new]), answer(503, &[], ""), document(&[&new])];
    let (wire, clock, keys) = (Wire::answering(answers), Clock::default(), Keys::default());
    let mut described = metadata();
    described.jwks_uri = Some("https://tenant.example/keys".into());
    let client: Client = client_of(described);
    let believed = Mutex::new(Vec::new());
    for (at, by, sent) in [
        (0, &old, 1),     // asked for
        (1, &old, 1),     // kept
        (2, &thief, 1),   // not asked for again at once
        (40, &new, 2),    // rotated
        (41, &thief, 2),  // not asked for again at once
        (3_700, &new, 3), // old, and the server is away: they serve on
        (3_701, &new, 3), // not asked for again at once
        (3_740, &old, 4), // withdrawn
    ] {
        clock.0.store(at, Ordering::SeqCst);
        let tokens = tokens(by, json!({}));
        let checked =
            keys.check_id_token(&client, &tokens, &Wanted::default(), (&wire, &clock, &AwsLc)).await;
        believed.lock().unwrap().push(checked.is_ok());
        assert_eq!(wire.sent(), sent, "after {at} s");
    }
    assert_eq!(*believed.lock().unwrap(), [true, true, false, true, false, true, true, false]);
}

fn flow(client: &Client, number: u8) -> CodeFlow {
    let back = RedirectUri::parse("https://app.example/callback").unwrap();
    let chance = Chance { state: [number; 32], nonce: [2; 32], verifier: [3; 32] };
    let ask = Ask::new(back, Scopes::parse("openid").unwrap());
    CodeFlow::begin(client, &ask, &chance, &AwsLc).unwrap()
}

/// RFC 6749 §10.12: an answer serves the login that was begun, once, and while it is young.
#[test]
fn logins_at_once_are_told_apart_by_their_state_and_each_serves_once() {
    let client = client();
    let mut transactions = Transactions::new(2, Lifetime::seconds(60));
    let answer_to = |number| format!("code=c&state={}", flow(&client, number).state());
    for number in 1..=3 {
        transactions.add(flow(&client, number), NOW.plus(Lifetime::seconds(u32::from(number))));
    }
    let later = NOW.plus(Lifetime::seconds(10));
    assert_eq!(transactions.len(), 2);
    let dropped = transactions.take(&answer_to(1), later).unwrap_err();
    assert_eq!(dropped.code(), "client.transaction");
    let written = transactions.write();
    let mut read = Transactions::new(2, Lifetime::seconds(60)).with_written(written.reveal()).unwrap();
    let found = read.take(&answer_to(3), later).unwrap();
    assert!(found.come_back(&client, &answer_to(3)).is_ok());
    assert!(found.come_back(&client, &answer_to(2)).is_err());
    assert!(read.take(&answer_to(3), later).is_err(), "once");
    assert!(read.take(&answer_to(2), NOW.plus(Lifetime::seconds(62))).is_err(), "too late");
    assert!(read.is_empty());
    for bad in ["", "{}", "[1]", r#"[[1,"x"]]"#] {
        assert!(Transactions::default().with_written(bad).is_err(), "{bad}");
    }
}
