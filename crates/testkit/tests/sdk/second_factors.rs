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
use keybound_server::config::{Email, FromAddress, Protection, Smtp};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::{
    factors::{ALL, ALWAYS, Authenticator, BOTH, wanted},
    post_office::PostOffice,
    world::{AUDIENCE, EMAIL, PASSWORD, World, put, scopes},
};

/// A world whose tenant always wants a second factor, and an app that takes passwords.
async fn world() -> (World, Client) {
    world_told(|_| {}).await
}

async fn world_told(change: impl FnOnce(&mut keybound_server::Config)) -> (World, Client) {
    let world = World::set_up(change).await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let app = json!({
        "name": "Own", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [
            grant::PASSWORD, grant::MFA_OOB, grant::MFA_OTP, grant::MFA_RECOVERY_CODE, "refresh_token",
        ],
    });
    put::<Clients>(&world.app, "own", app).await;
    let client = world.client("own").await;
    (world, client)
}

/// The same where letters leave by a mail server that nobody here wrote.
async fn world_of_letters() -> Option<(World, Client, PostOffice)> {
    let office = PostOffice::open(&[]).await?;
    let from = FromAddress::parse("from", "Keybound <id@keybound.example>").unwrap();
    let mut smtp = Smtp::new("localhost", from);
    smtp.port = Some(office.port);
    smtp.protection = Protection::PlaintextOnLoopback;
    let (world, client) = world_told(|config| config.email = Email::Smtp(smtp)).await;
    wanted(&world.app, ALWAYS, ALL).await;
    Some((world, client, office))
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

/// The code in a letter.
fn read(letter: &serde_json::Value) -> Secret<String> {
    let text = letter["text"].as_str().unwrap();
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    Secret::new(text.lines().map(str::trim).find(is_code).unwrap().to_owned())
}

/// sdks.md §1.1; RFC 9449 §5: enrolled by a letter, and then called; the tokens are bound to the key that began.
#[tokio::test]
async fn a_password_and_the_code_of_a_letter_bring_tokens_bound_to_the_key() {
    let Some((world, client, office)) = world_of_letters().await else { return };
    let key = *client.key().unwrap().thumbprint();
    let (token, requirements) = half(&world, &client, AUDIENCE).await;
    assert_eq!(requirements.enroll, ["otp", "email"]);
    let call = client.mfa_enroll(&token, &MfaEnrolment::Email(EMAIL.to_owned())).unwrap();
    let told = drive(call, &world.web, &world.time).await.unwrap();
    assert_eq!((told.kind.as_str(), told.channel.as_deref()), ("oob", Some("email")));
    assert_eq!(told.binding_method.as_deref(), Some("prompt"));
    let code = read(&office.nth(0).await);
    let wrong = Secret::new(if code.reveal() == "000000" { "000001" } else { "000000" }.to_owned());
    let oob_code = told.oob_code.unwrap();
    let shown = client.mfa_oob(token.clone(), oob_code.clone(), Some(wrong));
    let error = drive(shown, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("invalid_grant"), Again::WithUser));
    let shown = client.mfa_oob(token.clone(), oob_code.clone(), Some(code.clone()));
    let tokens = drive(shown, &world.web, &world.time).await.unwrap();
    assert_eq!(tokens.bound_to, Some(key));
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
    let again = client.mfa_oob(token, oob_code, Some(code));
    assert_eq!(drive(again, &world.web, &world.time).await.unwrap_err().oauth_code(), Some("invalid_grant"));

    // From now on it is called.
    let (token, requirements) = half(&world, &client, AUDIENCE).await;
    assert_eq!((requirements.enroll.len(), requirements.challenge), (0, vec!["email".to_owned()]));
    let factors = drive(client.mfa_factors(&token).unwrap(), &world.web, &world.time).await.unwrap();
    assert_eq!((factors.len(), factors[0].standing), (1, MfaStanding::Confirmed));
    assert_eq!((factors[0].kind.as_str(), factors[0].channel.as_deref()), ("oob", Some("email")));
    let ask = MfaAsk { kind: MfaKind::Oob, authenticator: Some(factors[0].id.clone()) };
    let call = client.mfa_challenge(&token, &ask).unwrap();
    let challenge = drive(call, &world.web, &world.time).await.unwrap();
    assert_eq!((challenge.kind.as_str(), challenge.binding_method.as_deref()), ("oob", Some("prompt")));
    let (oob_code, code) = (challenge.oob_code.unwrap(), read(&office.nth(1).await));
    // Another key finishes nothing, and spends nothing.
    let thief = world.client("own").await;
    let stolen = thief.mfa_oob(token.clone(), oob_code.clone(), Some(code.clone()));
    assert_eq!(drive(stolen, &world.web, &world.time).await.unwrap_err().oauth_code(), Some("invalid_grant"));
    let shown = client.mfa_oob(token, oob_code, Some(code));
    let tokens = drive(shown, &world.web, &world.time).await.unwrap();
    assert_eq!(tokens.bound_to, Some(key));
    assert_eq!((world.events("seoobft").await, world.events("gd_send_email").await), (2, 2));
}
