//! Other ways to a token than a browser that comes back.

use std::sync::Arc;

use keybound_client::{
    Again, drive,
    session::{MemoryStore, Renew, Session},
};
use keybound_proto::{
    request::token::{PasswordRequest, grant},
    secret::Secret,
};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{AUDIENCE, EMAIL, PASSWORD, World, put, scopes, want};

fn typed(password: &str, realm: Option<&str>) -> PasswordRequest {
    PasswordRequest {
        realm: realm.map(Into::into),
        scopes: Some(scopes("openid offline_access read:orders")),
        audience: Some(AUDIENCE.into()),
        ..PasswordRequest::new(EMAIL, Secret::new(password.to_owned()))
    }
}

/// RFC 6749 §4.3, which RFC 9700 §2.4 says not to use: bound like any other, where it is still used.
#[tokio::test]
async fn a_password_typed_into_the_app_brings_a_session_bound_to_its_key() {
    let world = World::new().await;
    let api = world.api().await;
    let app = json!({
        "name": "Old", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [grant::PASSWORD, grant::PASSWORD_REALM, "refresh_token"],
    });
    put::<Clients>(&world.app, "old", app).await;
    let client = world.client("old").await;
    let wrong = client.password_despite_rfc_9700(typed("Wrong-horse-battery-7", None));
    let error = drive(wrong, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("invalid_grant"), Again::WithUser));

    for realm in [None, Some("Username-Password-Authentication")] {
        let exchange = client.password_despite_rfc_9700(typed(PASSWORD, realm));
        let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
        let store = Arc::new(MemoryStore::default());
        let session = Session::of_user(client.clone(), world.web.clone(), store);
        let session = session.by_clock(world.time.clone());
        session.keep(&want(), tokens).await.unwrap();
        session.token_when(&want(), Renew::Now).await.unwrap();
        let answer = session.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(world.refreshes().await, 2);

    let stranger = world.client("spa").await;
    let refused = stranger.password_despite_rfc_9700(typed(PASSWORD, None));
    let error = drive(refused, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("unauthorized_client"), Again::Never));
}
