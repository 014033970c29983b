//! `/oauth/token`, authorization codes.

use keybound_proto::time::Lifetime;

use crate::{
    wallet::Wallet,
    world::{API, CALLBACK, ISSUER, OTHER_SPA, SPA, USER, WEB, Wish, World, claims, redeem},
};

/// RFC 9449 §5, conformance AS02 and AS09; sdks.md C16; conformance A2 and A3 row 12.
#[tokio::test]
async fn a_code_and_a_proof_bring_bound_tokens() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let answer = wallet.token(&world, redeem(&code, SPA)).await;
    let tokens = answer.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(tokens["expires_in"], 7200);
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("set-cookie"), None);

    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["iss"], ISSUER);
    assert_eq!(access["sub"], USER);
    assert_eq!(access["aud"], serde_json::json!([API, format!("{ISSUER}userinfo")]));
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["iss"], &id["aud"], &id["sid"]), (&ISSUER.into(), &SPA.into(), &"session-1".into()));
    assert!(id["at_hash"].is_string() && id["auth_time"].is_number());
}

/// RFC 9449 §8, conformance AS11, AS15 and AS18; sdks.md C8, C10 and C12.
#[tokio::test]
async fn a_public_client_owes_a_nonce_and_loses_nothing_when_it_has_none() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let answer = wallet.ask(&world, redeem(&code, SPA)).await;
    let text = answer.refused(400, "use_dpop_nonce");
    assert_eq!(text, "Authorization server requires nonce in DPoP proof");
    assert!(answer.challenges().is_empty(), "oauth4webapi would not read the body");
    let nonce = answer.header("dpop-nonce").unwrap();
    assert!(nonce.len() == 32 && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    wallet.ask(&world, redeem(&code, SPA)).await.ok();
}

/// RFC 9449 §8.2; conformance AS16 and AS17.
#[tokio::test]
async fn a_nonce_past_half_its_life_brings_the_next_and_one_past_it_a_challenge() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let first = wallet.nonce();
    let code = world.code(&Wish::default()).await;
    let fresh = wallet.ask(&world, redeem(&code, SPA)).await;
    assert_eq!(fresh.header("dpop-nonce"), None, "the nonce is young");
    world.clock.turn(Lifetime::seconds(2000));
    let code = world.code(&Wish::default()).await;
    wallet.ask(&world, redeem(&code, SPA)).await.ok();
    assert_ne!(wallet.nonce(), first);
    world.clock.turn(Lifetime::seconds(2000));
    let refused = wallet.ask(&world, redeem("unknown", SPA)).await;
    refused.refused(403, "invalid_grant");
    assert!(refused.header("dpop-nonce").is_some(), "a refusal brings the next one too");
    world.clock.turn(Lifetime::seconds(4000));
    let code = world.code(&Wish::default()).await;
    wallet.ask(&world, redeem(&code, SPA)).await.refused(400, "use_dpop_nonce");
    wallet.ask(&world, redeem(&code, SPA)).await.ok();
}

/// RFC 6749 §4.1.2; conformance A3 rows 4 and 5.
#[tokio::test]
async fn a_code_is_redeemed_once_and_a_second_use_ends_what_it_issued() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let tokens = wallet.token(&world, redeem(&code, SPA)).await.ok();
    let text = wallet.token(&world, redeem(&code, SPA)).await.refused(403, "invalid_grant");
    assert_eq!(text, "Invalid authorization code");
    let refresh = crate::world::refresh(tokens["refresh_token"].as_str().unwrap(), SPA);
    wallet.token(&world, refresh).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn of_fifty_that_redeem_one_code_at_once_one_gets_tokens() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let code = world.code(&Wish::default()).await;
    let mut tries = Vec::new();
    for _ in 0..50 {
        tries.push(wallet.ask(&world, redeem(&code, SPA)));
    }
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(403, "invalid_grant");
    }
}

/// RFC 6749 §4.1.3, RFC 7636 §4.6; conformance A3 rows 5, 6 and A4.
#[tokio::test]
async fn a_code_serves_its_client_at_its_address_with_its_verifier_in_its_time() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let form = |code: &str, changed: (&str, &str)| {
        let whole = redeem(code, SPA);
        let rest = whole.pairs().filter(|(name, _)| *name != changed.0);
        let form = rest.fold(keybound_proto::form::Form::new(), |form, (name, value)| form.with(name, value));
        if changed.1.is_empty() { form } else { form.with(changed.0, changed.1) }
    };
    let code = world.code(&Wish::default()).await;
    wallet.ask(&world, redeem(&code, OTHER_SPA)).await.refused(403, "invalid_grant");
    let elsewhere = format!("{CALLBACK}/");
    wallet.ask(&world, form(&code, ("redirect_uri", &elsewhere))).await.refused(403, "invalid_grant");
    wallet.ask(&world, form(&code, ("redirect_uri", ""))).await.refused(403, "invalid_grant");
    wallet.ask(&world, form(&code, ("code_verifier", ""))).await.refused(403, "invalid_grant");
    wallet.ask(&world, form(&code, ("code_verifier", "short"))).await.refused(400, "invalid_request");
    // Nothing of that spent it; a wrong verifier does.
    let wrong = "w".repeat(43);
    let text = wallet.ask(&world, form(&code, ("code_verifier", &wrong))).await.refused(403, "invalid_grant");
    assert_eq!(text, "Failed to verify code verifier");
    wallet.ask(&world, redeem(&code, SPA)).await.refused(403, "invalid_grant");

    let late = world.code(&Wish::default()).await;
    world.clock.turn(Lifetime::seconds(61));
    wallet.ask(&world, redeem(&late, SPA)).await.refused(403, "invalid_grant");
    wallet.ask(&world, redeem("no-such-code", SPA)).await.refused(403, "invalid_grant");
}

/// RFC 9449 §10; conformance AS19. The code survives: only its own key can redeem it.
#[tokio::test]
async fn a_code_bound_to_a_key_is_redeemed_with_that_key_alone() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let wish = Wish { jkt: Some(owner.thumbprint()), ..Wish::default() };
    let code = world.code(&wish).await;
    let text = thief.token(&world, redeem(&code, SPA)).await.refused(400, "invalid_grant");
    assert_eq!(text, "DPoP proof thumbprints don't match");
    let bare = world.post("/oauth/token", redeem(&code, SPA), &[]).await;
    bare.refused(400, "invalid_dpop_proof");
    owner.token(&world, redeem(&code, SPA)).await.ok();
}

/// Auth0's rule, sdks.md C20.
#[tokio::test]
async fn a_confidential_client_owes_no_nonce() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let answer = wallet.ask(&world, redeem(&code, WEB).with("client_secret", crate::world::SECRET)).await;
    assert_eq!(answer.ok()["token_type"], "DPoP");
    assert!(answer.header("dpop-nonce").is_some(), "it is offered one all the same");
}
