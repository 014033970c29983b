//! Clients nobody registered: they do it themselves (RFC 7591).

use keybound_client::{
    Client, DpopKey, drive,
    registration::{Introduction, introduce},
};
use keybound_proto::{
    request::registration::{Application, ClientMetadata},
    response::registration::RegistrationResponse,
    uri::RedirectUri,
};
use keybound_server::config::Registration;

use crate::world::{CALLBACK, World, ask, begin, query};

fn notes(application: Application) -> Introduction {
    let back = RedirectUri::parse(CALLBACK).unwrap();
    Introduction::new(ClientMetadata::new("Notes", application).redirect_uri(back).bound())
}

async fn open() -> World {
    World::set_up(|config| config.registration = Registration::Open).await
}

/// RFC 7591 §3, RFC 9449 §5.2: from nobody to bound tokens, a native app without a secret and a web app with one.
#[tokio::test]
async fn an_app_introduces_itself_and_its_user_lets_it_in() {
    for application in [Application::Native, Application::Web] {
        let world = open().await;
        let known = world.client("spa").await;
        let server = known.metadata().clone();
        let me = introduce(&notes(application), &server, &world.web).await.unwrap();
        let registered: &RegistrationResponse = me.registration.as_ref().unwrap();
        assert_eq!(registered.client_secret.is_some(), application == Application::Web);
        assert!(
            registered.registration_access_token.is_some() && registered.registration_client_uri.is_some()
        );
        let client =
            Client::new(known.issuer().clone(), server, me.client_id).authenticated(me.authentication);
        let client = client.bound_to(DpopKey::generate().unwrap());
        let flow = begin(&client, &ask());
        let back = world.browser().signs_in(flow.url()).await;
        let tokens =
            drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), client.key().map(DpopKey::thumbprint));
        assert!(tokens.refresh_token.is_some());
    }
}

#[tokio::test]
async fn where_nobody_may_register_the_client_is_told_so_before_it_asks() {
    let world = World::new().await;
    let server = world.client("spa").await.metadata().clone();
    let asked = world.server.heard().len();
    let error = introduce(&notes(Application::Native), &server, &world.web).await.unwrap_err();
    assert_eq!(error.code(), "client.endpoint");
    assert_eq!(world.server.heard().len(), asked);
}

/// RFC 7591 §3.2.2.
#[tokio::test]
async fn a_client_hears_by_its_code_why_it_is_not_registered() {
    let world = open().await;
    let server = world.client("spa").await.metadata().clone();
    let back = RedirectUri::parse(CALLBACK).unwrap();
    let mut machine = ClientMetadata::new("Machine", Application::Web).redirect_uri(back);
    machine.grant_types = vec!["client_credentials".into()];
    let error = introduce(&Introduction::new(machine), &server, &world.web).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.status()), (Some("invalid_client_metadata"), Some(400)));
    let nowhere = Introduction::new(ClientMetadata::new("Nowhere", Application::Web));
    let error = introduce(&nowhere, &server, &world.web).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_redirect_uri"));
}
