//! Codes that are sent to an address (Auth0's passwordless).

use std::sync::{Arc, Mutex};

use keybound_client::{drive, passwordless::PasswordlessAsk};
use keybound_proto::{
    request::token::{PasswordlessRealm, PasswordlessRequest, grant},
    secret::Secret,
};
use keybound_server::config::{Email, Shown};
use keybound_store::documents::{Clients, Connections};
use serde_json::json;

use crate::world::{AUDIENCE, EMAIL, World, put, scopes};

/// RFC 9449 §5: the code is asked for, read, and redeemed for tokens that are bound; once.
#[tokio::test]
async fn a_code_from_a_letter_brings_bound_tokens_once() {
    let letters: Arc<Mutex<Vec<String>>> = Arc::default();
    let desk = Arc::clone(&letters);
    let shown = Shown::by(move |letter| desk.lock().unwrap().push(letter.to_owned()));
    let world = World::set_up(|config| config.email = Email::Shown(shown)).await;
    let phone = json!({
        "name": "Phone", "app_type": "native", "token_endpoint_auth_method": "none", "callbacks": [],
        "grant_types": [grant::PASSWORDLESS_OTP, "refresh_token"],
    });
    put::<Clients>(&world.app, "phone", phone).await;
    let connection = json!({ "name": "email", "strategy": "email", "enabled_clients": ["phone"] });
    put::<Connections>(&world.app, "con_email", connection).await;
    let client = world.client("phone").await;
    let (web, time) = (&world.web, &world.time);

    let by_sms =
        drive(client.passwordless_start(&PasswordlessAsk::sms("+441234567890")).unwrap(), web, time).await;
    assert_eq!(by_sms.unwrap_err().oauth_code(), Some("bad.connection"));
    drive(client.passwordless_start(&PasswordlessAsk::email(EMAIL)).unwrap(), web, time).await.unwrap();
    let letter = letters.lock().unwrap().pop().unwrap();
    let code = letter.lines().map(str::trim).find(|line| line.len() == 6).unwrap().to_owned();

    let told = |code: &str| {
        let mut request =
            PasswordlessRequest::new(PasswordlessRealm::Email, EMAIL, Secret::new(code.to_owned()));
        request.audience = Some(AUDIENCE.into());
        request.scopes = Some(scopes("openid email offline_access read:orders"));
        request
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = drive(client.passwordless_otp(told(wrong)), web, time).await.unwrap_err();
    assert_eq!(refused.oauth_code(), Some("invalid_grant"));
    let tokens = drive(client.passwordless_otp(told(&code)), web, time).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
    let again = drive(client.passwordless_otp(told(&code)), web, time).await.unwrap_err();
    assert_eq!(again.oauth_code(), Some("invalid_grant"));
}
