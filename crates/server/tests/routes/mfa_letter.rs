//! A code in a letter as the second factor: Auth0's email factor, and the grant that redeems it.

use http::Method;
use keybound_proto::{form::Form, request::token::grant, time::Lifetime};
use keybound_store::documents::{self, Users};
use serde_json::{Value, json};

use crate::{
    authenticator::{
        ALL, ALWAYS, APP, BOTH, Enrolled, MFA, OTHER_APP, another, associate, call, enrolled, half, letter,
        list, logged, otp, password, password_for, stopped, wanted, world, world_of_letters,
    },
    wallet::Wallet,
    world::{Answer, USER, World, claims},
};

/// Enrols letters, or asks to.
async fn associates(world: &World, token: &str, more: Value) -> Answer {
    let mut body = json!({ "authenticator_types": ["oob"], "oob_channels": ["email"] });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let bearer = format!("Bearer {token}");
    call(world, (Method::POST, "/mfa/associate"), &[("authorization", &bearer)], Some(body)).await
}

/// Has a letter sent for a sign-in.
async fn asks(world: &World, token: &str) -> Answer {
    let body =
        json!({ "client_id": APP, "mfa_token": token, "challenge_type": "oob", "oob_channel": "email" });
    call(world, (Method::POST, "/mfa/challenge"), &[], Some(body)).await
}

async fn called(world: &World, token: &str) -> String {
    asks(world, token).await.text("oob_code")
}

async fn shows(world: &World, token: &str, named: (&str, &str)) -> Answer {
    world.post("/oauth/token", letter(APP, token, named), &[]).await
}

/// The account from now on.
async fn account(world: &World, change: impl Fn(&mut Value)) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Users>(store, tenant, USER).await.unwrap().unwrap();
    change(&mut found.doc);
    let mut batch = keybound_store::Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
}

/// Auth0's Authentication API, `/mfa/challenge`; RFC 9449 §5. Whoever has a factor and a verified address needs not
/// enrol letters.
#[tokio::test]
async fn who_has_a_factor_and_a_verified_address_shows_the_code_of_a_letter_instead() {
    let ((world, desk), wallet) = (world_of_letters().await, Wallet::new());
    enrolled(&world).await;
    let answer = wallet.token(&world, password(APP)).await;
    let token = stopped(&answer);
    let owed = json!({ "challenge": [{ "type": "otp" }, { "type": "email" }, { "type": "recovery-code" }] });
    assert_eq!(answer.json()["mfa_requirements"], owed);
    let listed = list(&world, &token).await.ok();
    let of_letters = listed.as_array().unwrap().iter().find(|one| one["oob_channel"] == "email").unwrap();
    assert_eq!(
        (&of_letters["authenticator_type"], &of_letters["active"], &of_letters["name"]),
        (&"oob".into(), &true.into(), &"a***@example.com".into())
    );
    // By its name, as SDKs ask for it.
    let body = json!({
        "client_id": APP, "mfa_token": token, "challenge_type": "oob", "authenticator_id": of_letters["id"],
    });
    let told = call(&world, (Method::POST, "/mfa/challenge"), &[], Some(body)).await.ok();
    assert_eq!(
        (&told["challenge_type"], &told["binding_method"], &told["oob_channel"]),
        (&"oob".into(), &"prompt".into(), &"email".into())
    );
    let sent = desk.newest();
    assert!(sent.starts_with("To: ada@example.com\nSubject: Verify your identity for own-app\n"), "{sent}");
    let (oob_code, code) = (told["oob_code"].as_str().unwrap(), desk.code());
    assert!(code.len() == 6 && !sent.contains(oob_code), "{sent}");
    let tokens = wallet.token(&world, letter(APP, &token, (oob_code, &code))).await.ok();
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(
        (&access["cnf"]["jkt"], &access["gty"]),
        (&wallet.thumbprint().to_string().into(), &"password".into())
    );
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["amr"], json!(["mfa"]));
    let kinds = ["gd_start_auth", "gd_send_email", "seoobft", "feoobft", "gd_auth_failed"];
    assert_eq!(logged(&world, &kinds).await, ["gd_start_auth", "gd_send_email", "seoobft"]);
}

/// Auth0's Authentication API, `/mfa/associate`: by the address of the account, and by no other.
#[tokio::test]
async fn letters_are_enrolled_first_by_who_has_nothing_else_and_count_from_then_on() {
    let (world, desk) = world_of_letters().await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    let owed = json!({ "enroll": [{ "type": "otp" }, { "type": "email" }] });
    assert_eq!(answer.json()["mfa_requirements"], owed);
    let token = stopped(&answer);
    let thief = associates(&world, &token, json!({ "email": "mallory@example.com" })).await;
    thief.refused(403, "access_denied");
    asks(&world, &token).await.refused(403, "association_required");
    assert!(desk.letters().is_empty());
    let told = associates(&world, &token, json!({ "email": "Ada@example.com" })).await.ok();
    assert_eq!(
        (&told["authenticator_type"], &told["binding_method"], &told["oob_channel"]),
        (&"oob".into(), &"prompt".into(), &"email".into())
    );
    assert_eq!(list(&world, &token).await.ok(), json!([]));
    let (oob_code, code) = (told["oob_code"].as_str().unwrap(), desk.code());
    shows(&world, &token, (oob_code, &code)).await.ok();
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    let token = stopped(&answer);
    assert_eq!(answer.json()["mfa_requirements"], json!({ "challenge": [{ "type": "email" }] }));
    assert_eq!(list(&world, &token).await.ok().as_array().unwrap().len(), 1);
    // It counts: a password alone enrols nothing beside it.
    associate(&world, &token).await.refused(403, "access_denied");
    associates(&world, &token, json!({})).await.refused(403, "access_denied");
    let oob_code = called(&world, &token).await;
    shows(&world, &token, (&oob_code, &desk.code())).await.ok();
    let kinds = ["gd_start_enroll", "gd_enrollment_complete", "seoobft"];
    assert_eq!(
        logged(&world, &kinds).await,
        ["gd_start_enroll", "gd_enrollment_complete", "seoobft", "seoobft"]
    );
}

/// Nothing that is not so: no letter where none leaves, to an address nobody showed to be theirs, or where the tenant
/// wants none.
#[tokio::test]
async fn no_letter_goes_where_it_may_reach_somebody_else() {
    let (world, desk) = world_of_letters().await;
    enrolled(&world).await;
    account(&world, |doc| doc["email_verified"] = false.into()).await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    let token = stopped(&answer);
    let owed = json!({ "challenge": [{ "type": "otp" }, { "type": "recovery-code" }] });
    assert_eq!(answer.json()["mfa_requirements"], owed);
    asks(&world, &token).await.refused(400, "unsupported_challenge_type");
    account(&world, |doc| doc["email_verified"] = true.into()).await;
    wanted(&world, ALWAYS, BOTH).await;
    asks(&world, &token).await.refused(400, "unsupported_challenge_type");
    wanted(&world, ALWAYS, ALL).await;
    let body = json!({ "client_id": APP, "mfa_token": token, "challenge_type": "oob", "oob_channel": "sms" });
    let by_sms = call(&world, (Method::POST, "/mfa/challenge"), &[], Some(body)).await;
    by_sms.refused(400, "unsupported_challenge_type");
    assert!(desk.letters().is_empty());
    // A code that was sent is worth nothing once the address is not theirs any more.
    let oob_code = called(&world, &token).await;
    account(&world, |doc| doc["email_verified"] = false.into()).await;
    shows(&world, &token, (&oob_code, &desk.code())).await.refused(403, "association_required");
}

/// A server without a way for letters offers none.
#[tokio::test]
async fn a_server_that_sends_no_letters_asks_for_none() {
    let world = world().await;
    wanted(&world, ALWAYS, ALL).await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    assert_eq!(answer.json()["mfa_requirements"], json!({ "enroll": [{ "type": "otp" }] }));
    let refused = associates(&world, &stopped(&answer), json!({})).await;
    refused.refused(403, "access_denied");
}

/// The code belongs to its letter and its sign-in; it is spent by the first who shows it.
#[tokio::test]
async fn a_code_is_good_once_for_the_sign_in_it_was_sent_for() {
    let (world, desk) = world_of_letters().await;
    enrolled(&world).await;
    let (first, second) = (half(&world).await, half(&world).await);
    let of_first = called(&world, &first).await;
    let code = desk.code();
    let text = shows(&world, &second, (&of_first, &code)).await.refused(403, "invalid_grant");
    assert_eq!(text, "Invalid binding_code.");
    shows(&world, &first, ("made-up", &code)).await.refused(403, "invalid_grant");
    let (a, b) =
        tokio::join!(shows(&world, &first, (&of_first, &code)), shows(&world, &first, (&of_first, &code)));
    assert_eq!([&a, &b].into_iter().filter(|answer| answer.status == 200).count(), 1, "{a:?} {b:?}");
    shows(&world, &second, (&of_first, &code)).await.refused(403, "invalid_grant");

    // After ten minutes there is no sign-in it could be for.
    let third = half(&world).await;
    let oob_code = called(&world, &third).await;
    world.clock.turn(Lifetime::seconds(600));
    shows(&world, &third, (&oob_code, &desk.code())).await.refused(403, "expired_token");
    let kinds = logged(&world, &["seoobft"]).await;
    assert_eq!(kinds, ["seoobft"]);
}

/// RFC 9449 §5: the proof is judged first, so that who has not the key spends no code and no guess.
#[tokio::test]
async fn a_stolen_sign_in_and_its_code_are_of_no_use_without_the_key_and_the_client() {
    let ((world, desk), owner, thief) = (world_of_letters().await, Wallet::new(), Wallet::new());
    enrolled(&world).await;
    let token = stopped(&owner.token(&world, password(APP)).await);
    let oob_code = called(&world, &token).await;
    let code = desk.code();
    let named = (oob_code.as_str(), code.as_str());
    shows(&world, &token, named).await.refused(400, "invalid_dpop_proof");
    let answer = thief.token(&world, letter(APP, &token, named)).await;
    assert_eq!(answer.refused(400, "invalid_grant"), "DPoP proof thumbprints don't match");
    let answer = owner.token(&world, letter(OTHER_APP, &token, named)).await;
    assert_eq!(answer.refused(403, "invalid_grant"), "Malformed mfa_token");
    owner.token(&world, letter(APP, &token, named)).await.ok();
}

/// RFC 4226 §7.3: three guesses at a letter, ten at a user, whatever they guess at; and no letter for who may not try.
#[tokio::test]
async fn whoever_guesses_at_letters_is_soon_not_heard() {
    let (world, desk) = world_of_letters().await;
    let authenticator = enrolled(&world).await;
    let token = half(&world).await;
    let oob = called(&world, &token).await;
    let code = desk.code();
    let wrong = another(&code);
    for _ in 0..3 {
        shows(&world, &token, (&oob, &wrong)).await.refused(403, "invalid_grant");
    }
    // The right one came too late.
    shows(&world, &token, (&oob, &code)).await.refused(403, "invalid_grant");
    for _ in 0..5 {
        shows(&world, &token, ("made-up", &wrong)).await.refused(403, "invalid_grant");
    }
    let last = called(&world, &token).await;
    shows(&world, &token, (&last, &another(&desk.code()))).await.refused(403, "invalid_grant");
    shows(&world, &token, (&last, &desk.code())).await.refused(429, "too_many_attempts");
    let digits = authenticator.digits(world.now());
    world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.refused(429, "too_many_attempts");
    asks(&world, &token).await.refused(429, "too_many_attempts");
    assert_eq!(desk.letters().len(), 2);
    assert_eq!(logged(&world, &["gd_otp_rate_limit_exceed"]).await.len(), 2);
    let refused = logged(&world, &["feoobft", "seoobft"]).await;
    assert_eq!(refused.iter().filter(|kind| *kind == "feoobft").count(), 11, "{refused:?}");
}

/// Whoever has the password alone fills no mailbox.
#[tokio::test]
async fn a_mailbox_gets_ten_letters_an_hour_at_most() {
    let (world, desk) = world_of_letters().await;
    enrolled(&world).await;
    let token = half(&world).await;
    for _ in 0..10 {
        asks(&world, &token).await.ok();
    }
    assert_eq!(asks(&world, &token).await.status, 429);
    assert_eq!(desk.letters().len(), 10);
}

/// Nothing is confirmed anywhere but here, so that waiting without a code would be for ever.
#[tokio::test]
async fn a_letter_is_shown_with_its_code_or_not_at_all() {
    let (world, _) = world_of_letters().await;
    enrolled(&world).await;
    let token = half(&world).await;
    let oob_code = called(&world, &token).await;
    let form = Form::new().with("grant_type", grant::MFA_OOB).with("client_id", APP);
    let form = form.with("mfa_token", &token).with("oob_code", &oob_code);
    let text = world.post("/oauth/token", form, &[]).await.refused(400, "invalid_request");
    assert!(text.contains("binding_code"), "{text}");
}

/// Whose factors are others has a clean slate: who guessed at the old ones keeps nobody out of the new.
#[tokio::test]
async fn wrong_codes_are_forgotten_with_the_factor_they_were_for() {
    let (world, _) = world_of_letters().await;
    let authenticator = enrolled(&world).await;
    let all = password_for(APP, MFA, "read:authenticators remove:authenticators");
    let token = stopped(&world.post("/oauth/token", all, &[]).await);
    let digits = authenticator.digits(world.now());
    let tokens = world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.ok();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let token = half(&world).await;
    for _ in 0..10 {
        shows(&world, &token, ("made-up", "000000")).await.refused(403, "invalid_grant");
    }
    asks(&world, &token).await.refused(429, "too_many_attempts");
    let listed = list(&world, &token).await.ok();
    let id = listed[0]["id"].as_str().unwrap().replace('|', "%7C");
    let path = format!("/mfa/authenticators/{id}");
    let gone = call(&world, (Method::DELETE, &path), &[("authorization", &bearer)], None).await;
    assert_eq!(gone.status, 204);
    let token = half(&world).await;
    let authenticator = Enrolled::of(&associate(&world, &token).await.ok());
    let digits = authenticator.digits(world.now());
    world.post("/oauth/token", otp(APP, &token, &digits), &[]).await.ok();
}
