//! The device flow (RFC 8628), with a clock that only the waits move.

use keybound_client::{
    Client, ClientError, drive,
    flow::{DeviceAsk, Polling},
    http::{Body, Response},
    proto::{form::Form, response::device::DeviceResponse, scope::Scopes},
};

use crate::wire::{Standing, Waiting, Wire, answer, client_of, granted, metadata, says, wants_nonce};

fn client() -> Client {
    let mut metadata = metadata();
    metadata.device_authorization_endpoint = Some("https://tenant.example/oauth/device/code".into());
    client_of(metadata)
}

fn told(interval: u32, expires_in: u32) -> Response<Body> {
    let body = format!(
        r#"{{"device_code":"d3vice","user_code":"WDJB-MJHT","verification_uri":"https://tenant.example/activate","interval":{interval},"expires_in":{expires_in}}}"#
    );
    answer(200, &[], &body)
}

async fn begin(client: &Client, interval: u32, expires_in: u32) -> Polling<'_, DeviceResponse> {
    let ask = DeviceAsk { scopes: Scopes::parse("openid").unwrap(), ..DeviceAsk::default() };
    let wire = Wire::answering([told(interval, expires_in)]);
    let flow = drive(client.device(&ask).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(0, |seen| {
        assert_eq!(Form::parse(seen.body.as_bytes()).unwrap().text("scope"), Some("openid"));
        assert_eq!(seen.url, "https://tenant.example/oauth/device/code");
    });
    flow
}

/// RFC 8628 §3.4, §3.5.
#[tokio::test]
async fn the_server_is_asked_no_more_often_than_it_wants_and_each_time_with_a_proof() {
    let client = client();
    let flow = begin(&client, 3, 600).await;
    assert_eq!(flow.told().user_code, "WDJB-MJHT");
    let answers = [
        says(400, "authorization_pending"),
        says(400, "slow_down"),
        wants_nonce(&["n"]),
        says(403, "authorization_pending"),
        granted("DPoP"),
    ];
    let (wire, ambient) = (Wire::answering(answers), Waiting::default());
    let tokens = flow.wait(&wire, &ambient).await.unwrap();
    assert!(tokens.is_bound());
    assert_eq!(*ambient.waits.lock().unwrap(), [3, 3, 8, 8]);
    for at in 0..wire.sent() {
        wire.with(at, |seen| {
            let form = Form::parse(seen.body.as_bytes()).unwrap();
            assert_eq!(form.text("device_code"), Some("d3vice"));
            assert_eq!(form.text("grant_type"), Some("urn:ietf:params:oauth:grant-type:device_code"));
            assert_eq!(seen.claim("htu").as_deref(), Some("https://tenant.example/oauth/token"));
        });
    }
}

/// RFC 8628 §3.5: on a connection that times out, the client waits longer.
#[tokio::test]
async fn a_lost_answer_doubles_the_wait_and_a_busy_server_names_its_own() {
    let client = client();
    let busy = answer(429, &[("retry-after", "30")], r#"{"error":"too_many_requests"}"#);
    let flow = begin(&client, 5, 600).await;
    let (wire, ambient) = (Wire::answering([busy, granted("DPoP")]).breaks_off(), Waiting::default());
    flow.wait(&wire, &ambient).await.unwrap();
    assert_eq!(*ambient.waits.lock().unwrap(), [5, 10, 30]);
}

#[tokio::test]
async fn a_user_who_says_no_or_never_comes_ends_the_waiting() {
    let client = client();
    for (error, code) in [("access_denied", "client.refused"), ("expired_token", "client.refused")] {
        let flow = begin(&client, 5, 600).await;
        let wire = Wire::answering([says(400, "authorization_pending"), says(403, error)]);
        let refused = flow.wait(&wire, &Waiting::default()).await.unwrap_err();
        assert_eq!((refused.code(), refused.oauth_code()), (code, Some(error)));
    }
    let flow = begin(&client, 5, 12).await;
    let wire = Wire::answering([says(400, "authorization_pending"), says(400, "authorization_pending")]);
    assert!(matches!(flow.wait(&wire, &Waiting::default()).await, Err(ClientError::Timeout)));
    assert_eq!(wire.sent(), 2);
}
