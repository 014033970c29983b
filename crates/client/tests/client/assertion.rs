//! `private_key_jwt`: a client that shows who it is by signing (RFC 7523).

use keybound_client::{
    Authentication, Client, Signer,
    crypto::SigningKey,
    proto::{
        form::Form,
        id::ClientId,
        jose::{Alg, decode_base64url, json},
    },
};

use crate::wire::{NOW, Wire, ask, granted, issuer, metadata, wants_nonce};

fn statement(body: &str) -> (serde_json::Value, serde_json::Value) {
    let form = Form::parse(body.as_bytes()).unwrap();
    assert_eq!(
        form.text("client_assertion_type"),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assert_eq!(form.text("client_id"), Some("app"));
    assert_eq!(form.text("client_secret"), None);
    let signed = form.text("client_assertion").unwrap();
    let part = |at| {
        let bytes = decode_base64url(signed.split('.').nth(at).unwrap()).unwrap();
        serde_json::Value::Object(json::object(&bytes).unwrap().to_serde())
    };
    (part(0), part(1))
}

/// RFC 7523 §3: iss and sub name the client, aud the server, and no statement is made twice.
#[tokio::test]
async fn a_client_states_who_it_is_anew_with_each_attempt() {
    let own = SigningKey::generate(Alg::Ps256).unwrap().named_by_thumbprint();
    let kid = keybound_client::proto::jose::Sign::kid(&own).unwrap().as_str().to_owned();
    let client = Client::new(issuer(), metadata(), ClientId::parse("app").unwrap())
        .authenticated(Authentication::PrivateKeyJwt(Signer::here(own)))
        .bound_to(keybound_client::DpopKey::generate().unwrap());
    let wire = Wire::answering([wants_nonce(&["n1"]), granted("DPoP")]);
    ask(&client, &wire).await.unwrap();
    let (header, first) = wire.with(0, |seen| statement(&seen.body));
    let (_, second) = wire.with(1, |seen| statement(&seen.body));
    assert_eq!(header["alg"], "PS256");
    assert_eq!(header["kid"], kid);
    assert_eq!(first["iss"], "app");
    assert_eq!(first["sub"], "app");
    assert_eq!(first["aud"], issuer().as_str());
    assert_eq!(first["exp"], NOW.as_unix() + 60);
    assert_ne!(first["jti"], second["jti"]);
}
