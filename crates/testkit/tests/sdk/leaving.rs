//! Logging out: here, there, or only of a token's use.

use keybound_client::{Again, drive};
use keybound_proto::request::{
    about_token::{AboutToken, TokenTypeHint},
    logout::LogoutRequest,
};

use crate::world::{World, ask, begin, query, want};

const BYE: &str = "https://app.example/bye";

/// OpenID Connect RP-Initiated Logout 1.0 §2, and Auth0's `/v2/logout`.
#[tokio::test]
async fn both_ways_out_of_the_server_end_the_browsers_session() {
    for rp_initiated in [true, false] {
        let world = World::new().await;
        let client = world.client("spa").await;
        let mut browser = world.browser();
        let flow = begin(&client, &ask());
        let back = browser.signs_in(flow.url()).await;
        let tokens = drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await;
        let leave = LogoutRequest {
            return_to: Some(BYE.into()),
            id_token_hint: tokens.unwrap().id_token,
            ..LogoutRequest::default()
        };
        let url = if rp_initiated {
            client.logout_url(&leave).reveal().clone()
        } else {
            client.v2_logout_url(&leave)
        };
        assert_eq!(url.contains("/v2/logout"), !rp_initiated);
        assert_eq!(browser.get(&url).await.location().as_deref(), Some(BYE), "{rp_initiated}");
        let again = browser.get(begin(&client, &ask()).url()).await.location().unwrap();
        assert!(again.contains("/u/login?"), "the server asks again: {again}");
    }
}

/// RFC 7009 §2.
#[tokio::test]
async fn a_revoked_refresh_token_ends_the_session() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let token = session.refresh_token(None).await.unwrap().unwrap();
    let request = AboutToken { token, hint: Some(TokenTypeHint::RefreshToken) };
    for _ in 0..2 {
        let revocation = session.client().revoke(&request).unwrap();
        drive(revocation, &world.web, &world.time).await.unwrap();
    }
    world.time.later(3_600);
    let error = session.token(&want()).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("invalid_grant"), Again::WithUser));
}

/// The local half: nothing is told, and nothing is left.
#[tokio::test]
async fn a_session_that_is_cleared_is_over_here_alone() {
    let world = World::new().await;
    let session = world.signed_in().await;
    session.token(&want()).await.unwrap();
    let asked = world.server.heard().len();
    session.clear().await.unwrap();
    let error = session.token(&want()).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.login_required", Again::WithUser));
    assert!(session.refresh_token(None).await.unwrap().is_none());
    assert_eq!(world.server.heard().len(), asked);
}
