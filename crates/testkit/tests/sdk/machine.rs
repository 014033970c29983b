//! A machine asks on its own behalf.

use std::{sync::Arc, time::Duration};

use keybound_client::{
    Again, Authentication, Dpop, drive,
    session::{MemoryStore, Session},
};
use keybound_proto::{request::token::MachineRequest, secret::Secret};

use crate::world::{AUDIENCE, OTHER_AUDIENCE, SECRET, World, scopes, want};

fn request() -> MachineRequest {
    MachineRequest { audience: Some(AUDIENCE.into()), ..MachineRequest::default() }
}

/// RFC 6749 §2.3.1, §4.4.
#[tokio::test]
async fn a_secret_in_the_header_or_in_the_body_brings_a_bound_token() {
    let world = World::new().await;
    let client = world.client("machine").await;
    for authentication in [Authentication::SecretPost, Authentication::SecretBasic] {
        let client = client.clone().authenticated(authentication(Secret::new(SECRET.into())));
        let exchange = client.client_credentials(request());
        let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
        assert!(tokens.scopes.unwrap().contains("read:orders"));
        assert!(tokens.refresh_token.is_none());
    }
    let heard = world.server.heard_at("/oauth/token");
    assert!(heard[0].field("client_secret").is_some() && heard[1].header("authorization").is_some());
}

/// RFC 9449 §5: what was not asked for bound is not bound, and there is no way from one to the other.
#[tokio::test]
async fn without_dpop_the_token_is_a_bearer_token_and_says_so() {
    let world = World::new().await;
    let config = world.config("machine").dpop(Dpop::OffAndTokensCanBeStolen);
    assert_eq!(config.warnings().len(), 1);
    let client = config.connect(&world.web).await.unwrap();
    let exchange = client.client_credentials(request());
    let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
    assert!(!tokens.is_bound());
    let api = world.api().await;
    let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let fetcher = session.by_clock(world.time.clone()).fetcher(&api.url).unwrap().wanting(want());
    let refused = fetcher.get("orders").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(api.heard()[0].header("authorization").unwrap().starts_with("Bearer "));
}

/// RFC 6585 §4: the server counts wrong secrets, and says when to come back.
#[tokio::test]
async fn a_wrong_secret_is_refused_and_too_many_of_them_for_a_while() {
    let world = World::new().await;
    let client = world.client("machine").await;
    let wrong = client.clone().authenticated(Authentication::SecretPost(Secret::new("wrong".into())));
    let tried = async |client: &keybound_client::Client| {
        drive(client.client_credentials(request()), &world.web, &world.time).await
    };
    for _ in 0..20 {
        let error = tried(&wrong).await.unwrap_err();
        assert_eq!(
            (error.code(), error.oauth_code()),
            ("client.refused", Some("access_denied")),
            "as at Auth0"
        );
        assert_eq!((error.status(), error.again()), (Some(401), Again::Never));
    }
    let error = tried(&client).await.unwrap_err();
    assert_eq!((error.code(), error.status(), error.again()), ("client.busy", Some(429), Again::Later));
    let wait = error.retry_after().unwrap();
    assert!(wait <= Duration::from_secs(60), "{wait:?}");
    world.time.later(u32::try_from(wait.as_secs()).unwrap());
    tried(&client).await.unwrap();
}

/// Less than was asked for is an error that names what is missing; what was granted is kept.
#[tokio::test]
async fn what_may_not_be_granted_is_refused_by_its_oauth_code() {
    let world = World::new().await;
    let session = world.machine().await;
    let error = session.token(&want().scopes(&scopes("read:orders delete:orders"))).await.unwrap_err();
    assert!(matches!(error.code(), "client.scopes_missing" | "client.refused"), "{error}");
    let unknown = want().audience("https://nobody.example");
    let error = session.token(&unknown).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.refused", Again::Never));
    assert!(error.description().is_some());
    session.token(&want().audience(OTHER_AUDIENCE)).await.unwrap();
}
