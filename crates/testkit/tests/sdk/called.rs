//! People who are called (OpenID Connect CIBA Core), by polling.

use std::sync::{Arc, Mutex};

use keybound_client::{
    Again, drive,
    flow::{CibaAsk, CibaHint},
};
use keybound_proto::{form::Form, id::Subject, request::token::grant};
use keybound_server::config::{Email, Shown};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{AUDIENCE, SECRET, USER, World, put, query, scopes};

/// CIBA Core §7, §10.1; RFC 9449 §5: asked with a key, approved by the person, redeemed with that key.
#[tokio::test]
async fn whoever_is_called_approves_and_the_client_gets_tokens_bound_to_its_key() {
    let letters: Arc<Mutex<Vec<String>>> = Arc::default();
    let desk = Arc::clone(&letters);
    let shown = Shown::by(move |letter| desk.lock().unwrap().push(letter.to_owned()));
    let world = World::set_up(|config| config.email = Email::Shown(shown)).await;
    let bank = json!({
        "name": "Bank", "app_type": "regular_web", "client_secret": SECRET, "callbacks": [],
        "grant_types": [grant::CIBA, "refresh_token"],
    });
    put::<Clients>(&world.app, "bank", bank).await;
    let client = world.config("bank").secret(SECRET).connect(&world.web).await.unwrap();
    let (web, time) = (&world.web, &world.time);

    let nobody = CibaAsk {
        binding_message: Some("42-17".into()),
        ..CibaAsk::new(CibaHint::Subject(Subject::parse("auth0|nobody").unwrap()))
    };
    let refused = drive(client.ciba(&nobody).unwrap(), web, time).await.unwrap_err();
    assert_eq!(refused.oauth_code(), Some("unknown_user_id"));

    let ask = CibaAsk {
        binding_message: Some("42-17".into()),
        scopes: scopes("openid offline_access read:orders"),
        audience: Some(AUDIENCE.into()),
        ..CibaAsk::new(CibaHint::Subject(Subject::parse(USER).unwrap()))
    };
    let mut waiting = drive(client.ciba(&ask).unwrap(), web, time).await.unwrap();
    let pending = drive(waiting.question(), web, time).await;
    assert_eq!(pending.as_ref().unwrap_err().oauth_code(), Some("authorization_pending"));
    assert_eq!(pending.as_ref().unwrap_err().again(), Again::Later);
    assert!(waiting.heard(pending, world.time.there()).unwrap().is_none());

    // Ada reads the letter, signs in where its link leads, compares the message and approves.
    let letter = letters.lock().unwrap().pop().unwrap();
    assert!(letter.contains("42-17"), "{letter}");
    let link = letter.lines().map(str::trim).find(|line| line.starts_with(&world.server.url)).unwrap();
    let mut browser = world.browser();
    let page = browser.get(link).await;
    let confirm = page.location().unwrap();
    let page = browser.get(&confirm).await;
    let page = browser.get(&page.location().unwrap()).await;
    let page = browser.get(&page.location().unwrap()).await;
    let page = browser.fills_in(&page).await;
    let page = browser.get(&page.location().unwrap()).await;
    let page = browser.get(&page.location().unwrap()).await;
    assert!(page.body.contains("42-17"), "{}", page.body);
    let state = Form::parse(query(&confirm).as_bytes()).unwrap().text("state").unwrap().to_owned();
    let yes = Form::new().with("state", &state).with("action", "approve");
    let page = browser.post(&format!("{}approve/confirm", world.server.url), &yes).await;
    let page = browser.get(&page.location().unwrap()).await;
    assert!(page.body.contains("You approved it"), "{}", page.body);

    let tokens = waiting.wait(web, time).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
}
