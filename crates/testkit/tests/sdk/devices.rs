//! Devices that show a code (RFC 8628).

use keybound_client::{Again, drive, flow::DeviceAsk};
use keybound_proto::{form::Form, request::token::grant};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{AUDIENCE, World, put, query, scopes};

#[tokio::test]
async fn a_device_waits_politely_and_gets_tokens_bound_to_its_key() {
    let world = World::new().await;
    let television = json!({
        "name": "Living Room", "app_type": "native", "token_endpoint_auth_method": "none", "callbacks": [],
        "grant_types": [grant::DEVICE_CODE, "refresh_token"],
    });
    put::<Clients>(&world.app, "tv", television).await;
    let client = world.client("tv").await;
    let ask = DeviceAsk {
        scopes: scopes("openid offline_access read:orders"),
        audience: Some(AUDIENCE.into()),
        ..DeviceAsk::default()
    };
    let with = (&world.web, &world.time);
    let mut waiting = drive(client.device(&ask).unwrap(), with.0, with.1).await.unwrap();
    let pending = drive(waiting.question(), with.0, with.1).await;
    assert_eq!(pending.as_ref().unwrap_err().oauth_code(), Some("authorization_pending"));
    assert_eq!(pending.as_ref().unwrap_err().again(), Again::Later);
    assert!(waiting.heard(pending, world.time.there()).unwrap().is_none());
    let hasty = drive(waiting.question(), with.0, with.1).await;
    assert_eq!(hasty.as_ref().unwrap_err().oauth_code(), Some("slow_down"));
    let before = waiting.pause();
    assert!(waiting.heard(hasty, world.time.there()).unwrap().is_none());
    assert!(waiting.pause() > before);

    // Ada takes her telephone, compares the code, and says that it is hers.
    let mut browser = world.browser();
    let url = format!("{}activate", world.server.url);
    let typed = browser.post(&url, &Form::new().with("user_code", &waiting.told().user_code)).await;
    let confirm = typed.location().unwrap();
    let state = Form::parse(query(&confirm).as_bytes()).unwrap().text("state").unwrap().to_owned();
    let yes = Form::new().with("state", &state).with("action", "confirm");
    let page = browser.post(&format!("{url}/confirm"), &yes).await;
    let page = browser.get(&page.location().unwrap()).await;
    let page = browser.get(&page.location().unwrap()).await;
    // `fills_in` of browser.rs becomes `pub(crate)` for this.
    let page = browser.fills_in(&page).await;
    let page = browser.get(&page.location().unwrap()).await;
    assert!(page.body.contains("Your device is connected"), "{}", page.body);

    let tokens = waiting.wait(with.0, with.1).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
}
