//! `/userinfo` (OIDC Core §5.3; RFC 9449 §7; conformance A1.3, AS30).

use keybound_proto::time::Lifetime;

use crate::{
    wallet::{Wallet, get},
    world::{SPA, USER, Wish, World, redeem},
};

const PATH: &str = "/userinfo";

async fn bound(world: &World, wallet: &Wallet) -> String {
    wallet.sign_in(world).await["access_token"].as_str().unwrap().to_owned()
}

/// OIDC Core §5.3.2.
#[tokio::test]
async fn the_owner_of_the_key_hears_of_the_user() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let token = bound(&world, &wallet).await;
    let answer = wallet.call(&world, PATH, &token).await;
    let told = answer.ok();
    assert_eq!((&told["sub"], &told["name"]), (&USER.into(), &"Ada".into()));
    assert!(told.get("email").is_none(), "nobody granted email");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let proof = wallet.proof(world.now(), "POST", PATH, Some(&token));
    let headers = [("authorization", format!("dpop {token}")), ("dpop", proof)];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.post(PATH, keybound_proto::form::Form::new(), &headers).await.ok();
}

/// Conformance RS01 to RS08, RS11.
#[tokio::test]
async fn a_stolen_token_is_worthless() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let token = bound(&world, &owner).await;
    let bearer = format!("Bearer {token}");
    let dpop = format!("DPoP {token}");
    let now = world.now();

    let answer = get(&world, PATH, &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.challenges()[0].starts_with(r#"DPoP error="invalid_token""#), "{answer:?}");
    assert!(answer.challenges()[0].contains(r#"algs="ES256""#));
    let proof = owner.proof(now, "GET", PATH, Some(&token));
    let answer = get(&world, PATH, &[("authorization", &bearer), ("dpop", &proof)]).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));

    let answer = get(&world, PATH, &[("authorization", &dpop)]).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_dpop_proof".to_owned()));
    let answer = thief.call(&world, PATH, &token).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));
    let no_ath = owner.proof(now, "GET", PATH, None);
    let answer = get(&world, PATH, &[("authorization", &dpop), ("dpop", &no_ath)]).await;
    assert!(answer.text("error_description").contains("proof.ath_missing"));
    let elsewhere = owner.proof(now, "GET", "/oauth/token", Some(&token));
    let answer = get(&world, PATH, &[("authorization", &dpop), ("dpop", &elsewhere)]).await;
    assert!(answer.text("error_description").contains("proof.htu_mismatch"));

    let captured = owner.proof(now, "GET", PATH, Some(&token));
    get(&world, PATH, &[("authorization", &dpop), ("dpop", &captured)]).await.ok();
    let answer = get(&world, PATH, &[("authorization", &dpop), ("dpop", &captured)]).await;
    assert!(answer.text("error_description").contains("proof.replayed"));
    owner.call(&world, PATH, &token).await.ok();
}

/// RFC 6750 §3.1; conformance RS11 and RS12; conformance A3.
#[tokio::test]
async fn without_credentials_no_error_is_named() {
    let world = World::new().await;
    for headers in [&[][..], &[("authorization", "Basic x")][..]] {
        let answer = get(&world, PATH, headers).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.challenges(), [r#"DPoP algs="ES256""#, "Bearer"]);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// Conformance RS08 and RS09; conformance A3.
#[tokio::test]
async fn credentials_are_read_in_one_place_only() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let token = bound(&world, &wallet).await;
    let answer = get(&world, &format!("{PATH}?access_token={token}"), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (400, "invalid_request".to_owned()));
    let dpop = format!("DPoP {token}");
    let proof = wallet.proof(world.now(), "GET", PATH, Some(&token));
    let two = [("authorization", dpop.as_str()), ("authorization", dpop.as_str()), ("dpop", &proof)];
    assert_eq!(get(&world, PATH, &two).await.status, 400);
    let joined = format!("DPoP {token}, Bearer {token}");
    assert_eq!(get(&world, PATH, &[("authorization", &joined), ("dpop", &proof)]).await.status, 400);
}

/// auth0.md §3: without an API and without a proof the token is a bearer token; conformance RS05.
#[tokio::test]
async fn an_unbound_token_is_a_bearer_token_and_nothing_else() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish { audience: None, ..Wish::default() }).await;
    let tokens = world.post("/oauth/token", redeem(&code, SPA), &[]).await.ok();
    assert_eq!(tokens["token_type"], "Bearer");
    let token = tokens["access_token"].as_str().unwrap();
    get(&world, PATH, &[("authorization", &format!("bearer {token}"))]).await.ok();
    let answer = wallet.call(&world, PATH, token).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));
    assert!(answer.challenges()[0].starts_with(r#"DPoP error="invalid_token""#));
}

/// A0 rule 2: a bad proof tells nothing about the token.
#[tokio::test]
async fn whoever_has_no_key_learns_nothing_about_a_token() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let token = bound(&world, &wallet).await;
    let text = |answer: crate::world::Answer| (answer.status, answer.text("error_description"));
    let bad = |token: &str| format!("DPoP {token}");
    let proof = wallet.proof(world.now(), "PUT", PATH, Some(&token));
    let real = text(get(&world, PATH, &[("authorization", &bad(&token)), ("dpop", &proof)]).await);
    let made_up = text(get(&world, PATH, &[("authorization", &bad("a.b.c")), ("dpop", &proof)]).await);
    assert_eq!(real, made_up);
}

#[tokio::test]
async fn an_expired_token_and_an_id_token_are_refused() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let id = tokens["id_token"].as_str().unwrap();
    let answer = get(&world, PATH, &[("authorization", &format!("Bearer {id}"))]).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));
    assert!(answer.challenges()[1].starts_with(r#"Bearer error="invalid_token""#));
    world.clock.turn(Lifetime::seconds(7201));
    let answer = wallet.call(&world, PATH, tokens["access_token"].as_str().unwrap()).await;
    let answer = if answer.text("error") == "use_dpop_nonce" {
        wallet.learn(&answer);
        wallet.call(&world, PATH, tokens["access_token"].as_str().unwrap()).await
    } else {
        answer
    };
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));
}
