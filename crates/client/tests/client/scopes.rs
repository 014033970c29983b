//! What a token is good for, where the server does not say.

use keybound_client::{
    Client, Steps, Tokens,
    crypto::AwsLc,
    drive,
    flow::{Ask, Chance, CibaAsk, CibaHint, CodeFlow, DeviceAsk},
    proto::{
        form::Form,
        id::Subject,
        request::token::{AssertionRequest, MachineRequest, PasswordRequest, RefreshRequest},
        scope::Scopes,
        secret::Secret,
        uri::RedirectUri,
    },
};

use crate::wire::{Standing, Waiting, Wire, answer, client_of, granted, metadata};

fn client() -> Client {
    let mut metadata = metadata();
    metadata.device_authorization_endpoint = Some("https://tenant.example/oauth/device/code".into());
    metadata.backchannel_authentication_endpoint = Some("https://tenant.example/bc-authorize".into());
    client_of(metadata)
}

fn asked() -> Scopes {
    Scopes::parse("openid read").unwrap()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

async fn granted_to(steps: impl Steps<Output = Tokens>) -> Option<Scopes> {
    drive(steps, &Wire::answering([granted("DPoP")]), &Standing).await.unwrap().scopes
}

/// Sends the user away, and takes them back: from memory, or from what was written down.
async fn by_code(client: &Client, read_again: bool) -> Option<Scopes> {
    let ask = Ask::new(RedirectUri::parse("http://127.0.0.1:5000/callback").unwrap(), asked());
    let chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
    let flow = CodeFlow::begin(client, &ask, &chance, &AwsLc).unwrap();
    let flow = if read_again { CodeFlow::read(flow.write().reveal()).unwrap() } else { flow };
    let query = Form::new().with("code", "c0de").with("state", flow.state()).encode();
    granted_to(flow.come_back(client, &query).unwrap()).await
}

async fn by_device(client: &Client) -> Option<Scopes> {
    let told = r#"{"device_code":"d3vice","user_code":"WDJB-MJHT","verification_uri":"https://tenant.example/activate","interval":5,"expires_in":60}"#;
    let wire = Wire::answering([answer(200, &[], told), granted("DPoP")]);
    let ask = DeviceAsk { scopes: asked(), ..DeviceAsk::default() };
    let polling = drive(client.device(&ask).unwrap(), &wire, &Standing).await.unwrap();
    polling.wait(&wire, &Waiting::default()).await.unwrap().scopes
}

async fn by_call(client: &Client) -> Option<Scopes> {
    let told = r#"{"auth_req_id":"r3quest","expires_in":300,"interval":2}"#;
    let wire = Wire::answering([answer(200, &[], told), granted("DPoP")]);
    let hint = CibaHint::Subject(Subject::parse("auth0|1").unwrap());
    let ask = CibaAsk { scopes: Scopes::parse("read").unwrap(), ..CibaAsk::new(hint) };
    let polling = drive(client.ciba(&ask).unwrap(), &wire, &Standing).await.unwrap();
    polling.wait(&wire, &Waiting::default()).await.unwrap().scopes
}

/// RFC 6749 §5.1: a server that grants what was asked for need not say so.
#[tokio::test]
async fn what_is_not_told_is_what_was_asked_for_whatever_the_grant() {
    let client = client();
    let (scopes, resources) = (Some(asked()), Vec::new());
    let machine = MachineRequest { scopes: scopes.clone(), ..MachineRequest::default() };
    let refresh = RefreshRequest {
        token: secret("r1"),
        scopes: scopes.clone(),
        audience: None,
        resources: resources.clone(),
    };
    let statement = AssertionRequest { assertion: secret("a.b.c"), scopes: scopes.clone(), resources };
    let password =
        PasswordRequest { scopes: scopes.clone(), ..PasswordRequest::new("ada", secret("pa55word")) };
    let factor = client.mfa_otp(secret("mfa-s3cret"), secret("271828")).asked(scopes.clone());
    let found = [
        granted_to(client.client_credentials(machine)).await,
        granted_to(client.refresh(refresh)).await,
        granted_to(client.assertion(statement)).await,
        granted_to(client.password_despite_rfc_9700(password)).await,
        granted_to(factor).await,
        by_code(&client, false).await,
        by_code(&client, true).await,
        by_device(&client).await,
        by_call(&client).await,
    ];
    for (at, found) in found.into_iter().enumerate() {
        assert_eq!(found, scopes, "{at}");
    }
}

/// What the server tells counts, also where it is less.
#[tokio::test]
async fn what_is_told_is_believed() {
    let client = client();
    let body = r#"{"access_token":"a","token_type":"DPoP","scope":"read"}"#;
    let factor = client.mfa_otp(secret("mfa-s3cret"), secret("271828")).asked(Some(asked()));
    let tokens = drive(factor, &Wire::answering([answer(200, &[], body)]), &Standing).await.unwrap();
    assert_eq!(tokens.scopes, Some(Scopes::parse("read").unwrap()));
}
