//! Signing in with a second factor (Auth0's MFA API).

use keybound_client::{
    Again, Client, ClientError, Tokens, drive,
    mfa::{MfaAsk, MfaEnrolment, MfaKind},
};
use keybound_proto::{
    request::token::{PasswordRequest, grant},
    response::mfa::{MfaRequirements, MfaStanding},
    secret::Secret,
};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::{
    factors::{ALWAYS, Authenticator, BOTH, wanted},
    world::{AUDIENCE, EMAIL, PASSWORD, World, put, scopes},
};

/// A world whose tenant always wants a second factor, and an app that takes passwords.
async fn world() -> (World, Client) {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let app = json!({
        "name": "Own", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [grant::PASSWORD, grant::MFA_OTP, grant::MFA_RECOVERY_CODE, "refresh_token"],
    });
    put::<Clients>(&world.app, "own", app).await;
    let client = world.client("own").await;
    (world, client)
}

/// The first half of a sign-in: what names it, and what is owed.
async fn half(world: &World, client: &Client, audience: &str) -> (Secret<String>, MfaRequirements) {
    let request = PasswordRequest {
        scopes: Some(scopes("openid offline_access read:orders read:authenticators remove:authenticators")),
        audience: Some(audience.to_owned()),
        ..PasswordRequest::new(EMAIL, Secret::new(PASSWORD.to_owned()))
    };
    let exchange = client.password_despite_rfc_9700(request);
    match drive(exchange, &world.web, &world.time).await {
        Err(ClientError::MfaRequired { mfa_token, requirements, .. }) => (mfa_token, requirements),
        other => panic!("no second factor was wanted: {other:?}"),
    }
}

/// Enrols an authenticator, and comes in with it.
async fn enrolled(world: &World, client: &Client) -> (Authenticator, Secret<String>, Tokens) {
    let (token, requirements) = half(world, client, AUDIENCE).await;
    assert_eq!((requirements.enroll, requirements.challenge), (vec!["otp".to_owned()], vec![]));
    let call = client.mfa_enroll(&token, &MfaEnrolment::Otp).unwrap();
    let told = drive(call, &world.web, &world.time).await.unwrap();
    let authenticator = Authenticator::of(told.secret.as_ref().unwrap().reveal());
    let tokens = shows(world, client, &token, &authenticator).await.unwrap();
    world.time.later(30);
    (authenticator, told.recovery_codes[0].clone(), tokens)
}

async fn shows(
    world: &World,
    client: &Client,
    token: &Secret<String>,
    authenticator: &Authenticator,
) -> Result<Tokens, ClientError> {
    let digits = Secret::new(authenticator.digits(world.time.there()));
    drive(client.mfa_otp(token.clone(), digits), &world.web, &world.time).await
}

/// sdks.md §1.1: password, `mfa_required`, enrolment, digits; the tokens are bound to the key that began.
#[tokio::test]
async fn a_password_and_digits_bring_tokens_bound_to_the_key() {
    let (world, client) = world().await;
    let (authenticator, _, tokens) = enrolled(&world, &client).await;
    let key = client.key().unwrap().thumbprint();
    assert_eq!(tokens.bound_to.as_ref(), Some(key));
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());

    // From now on it is asked for, and the enrolment is to be seen.
    let (token, requirements) = half(&world, &client, AUDIENCE).await;
    assert_eq!(
        (requirements.enroll.len(), requirements.challenge),
        (0, BOTH.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>())
    );
    let factors = drive(client.mfa_factors(&token).unwrap(), &world.web, &world.time).await.unwrap();
    assert!(factors.iter().all(|factor| factor.standing == MfaStanding::Confirmed));
    let call = client.mfa_challenge(&token, &MfaAsk::any(MfaKind::Otp)).unwrap();
    let challenge = drive(call, &world.web, &world.time).await.unwrap();
    assert_eq!((challenge.kind.as_str(), challenge.oob_code), ("otp", None));
    let wrong = client.mfa_otp(token.clone(), Secret::new("000000".to_owned()));
    let error = drive(wrong, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("invalid_grant"), Again::WithUser));
    let tokens = shows(&world, &client, &token, &authenticator).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(key));
    // Once it gave tokens, the sign-in is over.
    world.time.later(30);
    assert!(shows(&world, &client, &token, &authenticator).await.is_err());
}

#[tokio::test]
async fn a_sign_in_that_another_key_began_is_finished_by_nobody_else() {
    let (world, client) = world().await;
    let (authenticator, ..) = enrolled(&world, &client).await;
    let (token, _) = half(&world, &client, AUDIENCE).await;
    let thief = world.client("own").await;
    let error = shows(&world, &thief, &token, &authenticator).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    shows(&world, &client, &token, &authenticator).await.unwrap();
}

/// Auth0's recorded answer: the next code comes with the tokens.
#[tokio::test]
async fn a_recovery_code_brings_tokens_and_the_next_code() {
    let (world, client) = world().await;
    let (_, code, _) = enrolled(&world, &client).await;
    let (token, _) = half(&world, &client, AUDIENCE).await;
    let recovery = client.mfa_recovery_code(token, code);
    let recovered = drive(recovery, &world.web, &world.time).await.unwrap();
    assert_eq!(recovered.tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    let (token, _) = half(&world, &client, AUDIENCE).await;
    let again = client.mfa_recovery_code(token, recovered.next_code.unwrap());
    drive(again, &world.web, &world.time).await.unwrap();
    assert_eq!((world.events("sercft").await, world.events("gd_recovery_succeed").await), (2, 2));
}
