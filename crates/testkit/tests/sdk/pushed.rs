//! Requests that are pushed before the browser goes (RFC 9126).

use http::StatusCode;
use keybound_client::drive;
use keybound_proto::form::Form;
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{CALLBACK, EMAIL, World, ask, begin, put, query};

/// RFC 9126 §2, RFC 9449 §10.1: with a proof, and a nonce where one is wanted.
#[tokio::test]
async fn a_pushed_request_tells_the_browser_nothing_and_binds_the_code_to_the_key() {
    let world = World::new().await;
    let app = json!({
        "name": "Pushing", "app_type": "native", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "require_pushed_authorization_requests": true,
    });
    put::<Clients>(&world.app, "pushing", app).await;
    let plain = world.client("pushing").await;
    let flow = begin(&plain, &ask().login_hint(EMAIL));
    let page = world.browser().get(flow.url()).await;
    let refused = page.location().map(|back| flow.come_back(&plain, query(&back)).unwrap_err().code());
    assert!(refused.is_none_or(|code| code == "client.refused"), "it has to be pushed: {refused:?}");
    assert!(refused.is_some() || page.status == StatusCode::BAD_REQUEST, "{}", page.status);

    let client = plain.pushing_requests();
    let flow = begin(&client, &ask().login_hint(EMAIL));
    let url = flow.depart(&client, (&world.web, &world.time)).await.unwrap();
    let told = Form::parse(query(&url).as_bytes()).unwrap();
    let names: Vec<_> = told.pairs().map(|(name, _)| name).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    let pushed = world.server.heard_at("/oauth/par");
    let proof = pushed.last().unwrap().proof().unwrap();
    assert_eq!(proof["htu"], format!("{}oauth/par", world.server.url));

    let back = world.browser().signs_in(&url).await;
    let tokens = drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await;
    assert_eq!(tokens.unwrap().bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    let again = world.browser().get(&url).await;
    assert!(!again.location().unwrap_or_default().contains("/u/login"), "it serves once");
}
