//! Second factors under attack: replays, races, guesses, thieves of an `mfa_token`, and ways round.

use http::{Method, Request};
use keybound_proto::{form::Form, time::Lifetime};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::{
    authenticator::{
        ALWAYS, APP, BOTH, Enrolled, OTHER_APP, associate, call, enrolled, half, list, logged, otp, password,
        recovery, stopped, wanted, world,
    },
    wallet::Wallet,
    world::{Answer, USER, World, claims},
};

const WRONG: &str = "Invalid otp_code.";

async fn shows(world: &World, token: &str, digits: &str) -> Answer {
    world.post("/oauth/token", otp(APP, token, digits), &[]).await
}

/// Digits that an authenticator does not show now or a moment before or after.
fn wrong(world: &World, authenticator: &Enrolled) -> String {
    let near: Vec<_> = [0, 30, 60]
        .into_iter()
        .map(|off| {
            authenticator.digits(world.now().minus(Lifetime::seconds(30)).plus(Lifetime::seconds(off)))
        })
        .collect();
    let wrong = (0..10).map(|digit| digit.to_string().repeat(6)).find(|digits| !near.contains(digits));
    wrong.unwrap()
}

/// RFC 6238 §5.2: whoever looked over the shoulder has the password and the digits, and comes too late.
#[tokio::test]
async fn digits_are_good_once_in_their_half_minute() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let (digits, first, second) = (authenticator.digits(world.now()), half(&world).await, half(&world).await);
    shows(&world, &first, &digits).await.ok();
    assert_eq!(shows(&world, &second, &digits).await.refused(403, "invalid_grant"), WRONG);
    // Neither are those of the step before, once these were used.
    let before = authenticator.digits(world.now().minus(Lifetime::seconds(30)));
    shows(&world, &second, &before).await.refused(403, "invalid_grant");
    world.clock.turn(Lifetime::seconds(30));
    shows(&world, &second, &authenticator.digits(world.now())).await.ok();
}

/// One statement has the precondition in its `WHERE`: of any number at once, one passes.
#[tokio::test]
async fn of_several_that_show_the_same_digits_at_once_one_gets_tokens() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let digits = authenticator.digits(world.now());
    // The same sign-in twice, and two of another.
    let (one, other) = (half(&world).await, half(&world).await);
    let (a, b, c, d) = tokio::join!(
        shows(&world, &one, &digits),
        shows(&world, &one, &digits),
        shows(&world, &other, &digits),
        shows(&world, &other, &digits)
    );
    let granted = [&a, &b, &c, &d].into_iter().filter(|answer| answer.status == 200).count();
    assert_eq!(granted, 1, "{a:?} {b:?} {c:?} {d:?}");
    let codes = authenticator.recovery.as_str();
    let third = half(&world).await;
    let use_code = || world.post("/oauth/token", recovery(APP, &third, codes), &[]);
    let (a, b) = tokio::join!(use_code(), use_code());
    assert_eq!([&a, &b].into_iter().filter(|answer| answer.status == 200).count(), 1, "{a:?} {b:?}");
}

/// An `mfa_token` is spent by tokens, not by a slip; and by tokens it is.
#[tokio::test]
async fn a_wrong_code_leaves_the_sign_in_waiting_and_a_right_one_ends_it() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let token = half(&world).await;
    let slip = shows(&world, &token, &wrong(&world, &authenticator)).await;
    assert_eq!(slip.refused(403, "invalid_grant"), WRONG);
    shows(&world, &token, &authenticator.digits(world.now())).await.ok();
    world.clock.turn(Lifetime::seconds(30));
    let again = shows(&world, &token, &authenticator.digits(world.now())).await;
    assert_eq!(again.refused(403, "invalid_grant"), "Malformed mfa_token");
    assert_eq!(
        logged(&world, &["gd_auth_failed", "feotpft"]).await,
        ["gd_auth_failed", "feotpft", "feotpft"]
    );
}

/// RFC 4226 §7.3: counted for the user, whichever sign-in the guesses come by.
#[tokio::test]
async fn whoever_guesses_digits_is_soon_not_heard_and_neither_by_another_sign_in() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let guess = wrong(&world, &authenticator);
    for _ in 0..10 {
        shows(&world, &half(&world).await, &guess).await.refused(403, "invalid_grant");
    }
    let token = half(&world).await;
    let digits = authenticator.digits(world.now());
    shows(&world, &token, &digits).await.refused(429, "too_many_attempts");
    let code = recovery(APP, &token, &authenticator.recovery);
    world.post("/oauth/token", code, &[]).await.refused(429, "too_many_attempts");
    let kinds = ["gd_otp_rate_limit_exceed", "gd_recovery_rate_limit_exceed"];
    assert_eq!(logged(&world, &kinds).await, kinds);
    world.clock.turn(Lifetime::seconds(86_400));
    let token = half(&world).await;
    shows(&world, &token, &authenticator.digits(world.now())).await.ok();
}

/// RFC 9449 §5: the sign-in belongs to its client and to the key of its first half.
#[tokio::test]
async fn a_stolen_mfa_token_is_of_no_use_to_another_client_or_another_key() {
    let (world, owner, thief) = (world().await, Wallet::new(), Wallet::new());
    let authenticator = enrolled(&world).await;
    let token = stopped(&owner.token(&world, password(APP)).await);
    let digits = authenticator.digits(world.now());
    let other = owner.token(&world, otp(OTHER_APP, &token, &digits)).await;
    assert_eq!(other.refused(403, "invalid_grant"), "Malformed mfa_token");
    let other = thief.token(&world, otp(APP, &token, &digits)).await;
    assert_eq!(other.refused(400, "invalid_grant"), "DPoP proof thumbprints don't match");
    shows(&world, &token, &digits).await.refused(400, "invalid_dpop_proof");
    // None of them was a guess, and the digits are unused.
    let tokens = owner.token(&world, otp(APP, &token, &digits)).await.ok();
    let key = claims(tokens["access_token"].as_str().unwrap())["cnf"]["jkt"].clone();
    assert_eq!(key, owner.thumbprint().to_string());
}

/// A challenge owes no proof; a proof by another key says who has the token.
#[tokio::test]
async fn a_challenge_with_another_clients_or_keys_token_is_refused() {
    let (world, owner, thief) = (world().await, Wallet::new(), Wallet::new());
    enrolled(&world).await;
    let token = stopped(&owner.token(&world, password(APP)).await);
    let ask = async |client: &str, wallet: Option<&Wallet>| {
        let form = Form::new().with("client_id", client).with("mfa_token", &token).encode();
        let mut answer = None;
        for _ in 0..2 {
            let proof = wallet.map(|wallet| wallet.proof(world.now(), "POST", "/mfa/challenge", None));
            let headers: Vec<_> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
            let asked = crate::world::request("/mfa/challenge", form.clone(), &headers);
            let said = world.send(asked).await;
            wallet.iter().for_each(|wallet| wallet.learn(&said));
            answer = Some(said);
        }
        answer.unwrap()
    };
    ask(APP, None).await.ok();
    ask(APP, Some(&owner)).await.ok();
    ask(APP, Some(&thief)).await.refused(400, "invalid_grant");
    ask(OTHER_APP, None).await.refused(403, "invalid_grant");
}

/// Who has a factor shows it before another is enrolled: otherwise a password would be enough for everything.
#[tokio::test]
async fn a_password_enrols_no_second_authenticator_beside_one_that_counts() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let token = half(&world).await;
    assert_eq!(associate(&world, &token).await.refused(403, "access_denied"), "User is already enrolled.");
    let id = list(&world, &token).await.ok()[0]["id"].as_str().unwrap().replace('|', "%7C");
    let (bearer, path) = (format!("Bearer {token}"), format!("/mfa/authenticators/{id}"));
    let answer = call(&world, (Method::DELETE, &path), &[("authorization", &bearer)], None).await;
    answer.refused(403, "insufficient_scope");
    // Switching the factor off opens no way round either.
    wanted(&world, ALWAYS, &["recovery-code"]).await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    assert_eq!(answer.json()["mfa_requirements"], json!({ "challenge": [{ "type": "recovery-code" }] }));
    associate(&world, &answer.text("mfa_token")).await.refused(403, "access_denied");
    wanted(&world, ALWAYS, BOTH).await;
    shows(&world, &half(&world).await, &authenticator.digits(world.now())).await.ok();
}

/// What somebody else began to enrol counts for nothing once the owner begins.
#[tokio::test]
async fn an_enrolment_that_was_begun_by_another_is_replaced_and_its_digits_are_wrong() {
    let world = world().await;
    let thief = half(&world).await;
    let theirs = Enrolled::of(&associate(&world, &thief).await.ok());
    let token = half(&world).await;
    let own = Enrolled::of(&associate(&world, &token).await.ok());
    let answer = shows(&world, &thief, &theirs.digits(world.now())).await;
    assert_eq!(answer.refused(403, "invalid_grant"), WRONG);
    // A recovery code counts no sooner than what it was enrolled with.
    let early = world.post("/oauth/token", recovery(APP, &token, &own.recovery), &[]).await;
    early.refused(403, "association_required");
    shows(&world, &token, &own.digits(world.now())).await.ok();
    let code = recovery(APP, &half(&world).await, &theirs.recovery);
    world.post("/oauth/token", code, &[]).await.refused(403, "invalid_grant");
}

/// RFC 6238 §6.
#[tokio::test]
async fn a_clock_half_a_minute_off_is_right_and_one_a_minute_and_a_half_off_is_wrong() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    world.clock.turn(Lifetime::seconds(300));
    let token = half(&world).await;
    for off in [90, 60] {
        let fast = authenticator.digits(world.now().plus(Lifetime::seconds(off)));
        shows(&world, &token, &fast).await.refused(403, "invalid_grant");
        let slow = authenticator.digits(world.now().minus(Lifetime::seconds(off)));
        shows(&world, &token, &slow).await.refused(403, "invalid_grant");
    }
    let slow = authenticator.digits(world.now().minus(Lifetime::seconds(30)));
    shows(&world, &token, &slow).await.ok();
    let fast = authenticator.digits(world.now().plus(Lifetime::seconds(30)));
    shows(&world, &half(&world).await, &fast).await.ok();
}

#[tokio::test]
async fn a_sign_in_waits_ten_minutes_and_opens_nothing_meanwhile() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let token = half(&world).await;
    let userinfo = Request::get("/userinfo").header("authorization", format!("Bearer {token}"));
    let answer = world.send(userinfo.body(axum::body::Body::empty()).unwrap()).await;
    answer.refused(401, "invalid_token");
    world.clock.turn(Lifetime::seconds(600));
    let late = shows(&world, &token, &authenticator.digits(world.now())).await;
    assert_eq!(late.refused(403, "expired_token"), "mfa_token is expired");
    list(&world, &token).await.refused(403, "expired_token");
    list(&world, &"A".repeat(43)).await.refused(401, "invalid_token");
    let unknown = shows(&world, &"A".repeat(43), "123456").await;
    assert_eq!(unknown.refused(403, "invalid_grant"), "Malformed mfa_token");
}

#[tokio::test]
async fn what_was_forbidden_between_the_halves_is_not_given_in_the_second() {
    let world = world().await;
    let authenticator = enrolled(&world).await;
    let plain = json!({
        "client_id": "plain", "name": "plain", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": ["password"],
    });
    world.put::<Clients>("plain", plain).await;
    let token = stopped(&world.post("/oauth/token", password("plain"), &[]).await);
    let digits = authenticator.digits(world.now());
    let answer = world.post("/oauth/token", otp("plain", &token, &digits), &[]).await;
    answer.refused(403, "unauthorized_client");
    let token = half(&world).await;
    world.block(USER).await;
    shows(&world, &token, &digits).await.refused(403, "unauthorized");
    list(&world, &token).await.refused(401, "invalid_token");
}

/// A policy that cannot be met is no reason to pass over it.
#[tokio::test]
async fn a_tenant_that_wants_a_factor_and_offers_none_lets_nobody_in() {
    let world = world().await;
    wanted(&world, ALWAYS, &[]).await;
    let answer = world.post("/oauth/token", password(APP), &[]).await;
    answer.refused(403, "unmet_authentication_requirements");
    wanted(&world, &["a-policy-of-tomorrow"], BOTH).await;
    stopped(&world.post("/oauth/token", password(APP), &[]).await);
}
