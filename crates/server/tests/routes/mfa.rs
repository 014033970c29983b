//! Second factors: `/oauth/token` in two halves, and Auth0's MFA API.

use http::Method;
use keybound_proto::time::Lifetime;
use serde_json::json;

use crate::{
    authenticator::{
        APP, BOTH, Enrolled, MFA, associate, call, enrolled, half, list, logged, otp, password, password_for,
        recovery, stopped, wanted, world,
    },
    wallet::Wallet,
    world::{API, USER, claims, refresh},
};

const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

/// auth0.md §5; sdks.md §1.1: `mfa_required`, the token that names the sign-in, and what to enrol.
#[tokio::test]
async fn a_password_alone_brings_no_tokens_where_a_second_factor_is_owed() {
    let (world, wallet) = (world().await, Wallet::new());
    let answer = wallet.token(&world, password(APP)).await;
    assert_eq!(stopped(&answer).len(), 43);
    assert_eq!(answer.json()["mfa_requirements"], json!({ "enroll": [{ "type": "otp" }] }));
    assert_eq!(logged(&world, &["mfar", "sepft", "fepft"]).await, ["mfar"]);
}

/// Auth0's Authentication API, `/mfa/associate`; RFC 9449 §5; OIDC Core §2 (`amr`, `acr`).
#[tokio::test]
async fn who_enrols_and_shows_digits_gets_tokens_bound_to_the_key_of_the_first_half() {
    let (world, wallet) = (world().await, Wallet::new());
    let token = stopped(&wallet.token(&world, password(APP)).await);
    let told = associate(&world, &token).await.ok();
    let address = told["barcode_uri"].as_str().unwrap();
    assert!(address.starts_with("otpauth://totp/id.example:ada@example.com?secret="), "{address}");
    assert_eq!(told["authenticator_type"], "otp");
    assert_eq!(list(&world, &token).await.json()[0]["active"], false);
    let digits = Enrolled::of(&told).digits(world.now());
    let tokens = wallet.token(&world, otp(APP, &token, &digits)).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    assert_eq!(
        (&access["sub"], &access["scope"]),
        (&USER.into(), &"openid offline_access read:orders".into())
    );
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["amr"], &id["acr"]), (&json!(["mfa"]), &MULTI_FACTOR.into()));
    let kinds = ["mfar", "gd_start_enroll", "gd_auth_succeed", "gd_enrollment_complete", "seotpft", "sepft"];
    assert_eq!(
        logged(&world, &kinds).await,
        ["mfar", "gd_start_enroll", "gd_auth_succeed", "gd_enrollment_complete", "seotpft"]
    );
}

/// Auth0's Authentication API, `/mfa/challenge`, `/mfa/authenticators`.
#[tokio::test]
async fn who_has_a_factor_is_asked_for_it_and_can_see_it() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    let token = stopped(&answer);
    let owed = json!({ "challenge": [{ "type": "otp" }, { "type": "recovery-code" }] });
    assert_eq!(answer.json()["mfa_requirements"], owed);
    let challenge = json!({ "client_id": APP, "mfa_token": token, "challenge_type": "oob otp" });
    let answer = call(&world, (Method::POST, "/mfa/challenge"), &[], Some(challenge)).await;
    assert_eq!(answer.ok(), json!({ "challenge_type": "otp" }));
    let oob = json!({ "client_id": APP, "mfa_token": token, "challenge_type": "oob" });
    let answer = call(&world, (Method::POST, "/mfa/challenge"), &[], Some(oob)).await;
    answer.refused(400, "unsupported_challenge_type");
    let listed = list(&world, &token).await.ok();
    let shown: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| (&one["authenticator_type"], &one["active"])).collect();
    assert_eq!(shown, [(&"otp".into(), &true.into()), (&"recovery-code".into(), &true.into())]);
    let named = json!({ "client_id": APP, "mfa_token": token, "authenticator_id": listed[0]["id"] });
    call(&world, (Method::POST, "/mfa/challenge"), &[], Some(named)).await.ok();
    let stranger = json!({ "client_id": APP, "mfa_token": token, "authenticator_id": "totp|dev_0" });
    let answer = call(&world, (Method::POST, "/mfa/challenge"), &[], Some(stranger)).await;
    answer.refused(403, "association_required");
    let digits = authenticator.digits(world.now());
    world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.ok();
}

/// Auth0's recorded answer: a new code with the tokens, in the place of the one that is used up.
#[tokio::test]
async fn a_recovery_code_is_good_once_and_brings_the_next() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let typed = authenticator.recovery.to_lowercase();
    let tokens = world.post("/oauth/token", recovery(APP, &half(&world).await, &typed), &[]).await.ok();
    let next = tokens["recovery_code"].as_str().unwrap().to_owned();
    assert_eq!(next.len(), 24);
    let token = half(&world).await;
    let again = world.post("/oauth/token", recovery(APP, &token, &authenticator.recovery), &[]).await;
    assert_eq!(again.refused(403, "invalid_grant"), "MFA Authorization rejected.");
    world.post("/oauth/token", recovery(APP, &token, &next), &[]).await.ok();
    let kinds = ["gd_recovery_succeed", "gd_recovery_failed", "sercft", "fercft"];
    let expected =
        ["gd_recovery_succeed", "sercft", "gd_recovery_failed", "fercft", "gd_recovery_succeed", "sercft"];
    assert_eq!(logged(&world, &kinds).await, expected);
}

/// A refresh is no sign-in: it asks for nothing, and goes on telling how its user signed in (OIDC Core §12.2).
#[tokio::test]
async fn a_refresh_is_no_sign_in_and_remembers_the_factors() {
    let (world, wallet) = (world().await, Wallet::new());
    let authenticator = enrolled(&world).await;
    let token = stopped(&wallet.token(&world, password(APP)).await);
    let tokens = wallet.token(&world, otp(APP, &token, &authenticator.digits(world.now()))).await.ok();
    let next = wallet.token(&world, refresh(tokens["refresh_token"].as_str().unwrap(), APP)).await.ok();
    assert_eq!(claims(next["id_token"].as_str().unwrap())["amr"], json!(["mfa"]));
}

/// RFC 9470 §3: what changes somebody's factors takes a token of a sign-in with two of them.
#[tokio::test]
async fn factors_are_removed_with_a_token_of_two_factors_and_with_its_key() {
    let (world, wallet) = (world().await, Wallet::new());
    let authenticator = enrolled(&world).await;
    let all = "enroll read:authenticators remove:authenticators";
    let token = stopped(&wallet.token(&world, password_for(APP, MFA, all)).await);
    let digits = authenticator.digits(world.now());
    let tokens = wallet.token(&world, otp(APP, &token, &digits)).await.ok();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access)["acr"], MULTI_FACTOR);
    // As a bearer token it is nobody's.
    list(&world, access).await.refused(401, "invalid_token");
    let (dpop, path) = (format!("DPoP {access}"), "/mfa/authenticators");
    let with_proof = async |method: Method, path: &str| {
        let proof = wallet.proof(world.now(), method.as_str(), path, Some(access));
        call(&world, (method, path), &[("authorization", &dpop), ("dpop", &proof)], None).await
    };
    let listed = with_proof(Method::GET, path).await.ok();
    let id = listed[0]["id"].as_str().unwrap().replace('|', "%7C");
    with_proof(Method::DELETE, "/mfa/authenticators/totp%7Cdev_0").await.refused(404, "invalid_request");
    assert_eq!(with_proof(Method::DELETE, &format!("{path}/{id}")).await.status, 204);
    assert_eq!(with_proof(Method::GET, path).await.ok(), json!([]));
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    assert_eq!(answer.json()["mfa_requirements"], json!({ "enroll": [{ "type": "otp" }] }));
    assert_eq!(logged(&world, &["gd_unenroll"]).await, ["gd_unenroll"]);
}

/// Whoever has a factor shows it before it is changed, be the tenant's policy what it may.
#[tokio::test]
async fn a_tenant_that_wants_no_second_factor_still_guards_those_there_are() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    wanted(&world, &[], BOTH).await;
    world.post("/oauth/token", password(APP), &[]).await.ok();
    let remove = password_for(APP, MFA, "read:authenticators remove:authenticators");
    let token = stopped(&world.post("/oauth/token", remove, &[]).await);
    let digits = authenticator.digits(world.now());
    let tokens = world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.ok();
    list(&world, tokens["access_token"].as_str().unwrap()).await.ok();
}

/// A token from before somebody enrolled shows one factor: it does not change the second.
#[tokio::test]
async fn a_token_of_one_factor_touches_no_factor_that_counts() {
    let world = world().await;
    wanted(&world, &[], BOTH).await;
    let all = "enroll read:authenticators remove:authenticators";
    let early = world.post("/oauth/token", password_for(APP, MFA, all), &[]).await.ok();
    let early = early["access_token"].as_str().unwrap();
    associate(&world, early).await.ok();
    wanted(&world, &["all-applications"], BOTH).await;
    enrolled(&world).await;
    let answer = associate(&world, early).await;
    answer.refused(401, "insufficient_user_authentication");
    assert!(answer.challenges().iter().any(|challenge| challenge.contains(MULTI_FACTOR)));
    let id = list(&world, early).await.ok()[0]["id"].as_str().unwrap().replace('|', "%7C");
    let (bearer, path) = (format!("Bearer {early}"), format!("/mfa/authenticators/{id}"));
    let answer = call(&world, (Method::DELETE, &path), &[("authorization", &bearer)], None).await;
    answer.refused(401, "insufficient_user_authentication");
    world.clock.turn(Lifetime::seconds(600));
    list(&world, early).await.refused(401, "invalid_token");
    let elsewhere = world.post("/oauth/token", password_for(APP, API, "read:orders"), &[]).await;
    assert_eq!(stopped(&elsewhere).len(), 43);
}
