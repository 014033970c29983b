//! What a person sees of a client that describes itself (OAuth Client ID Metadata Document §6.3).

use keybound_proto::form::Form;
use serde_json::json;

use crate::{
    documents_at::DocumentsAt,
    world::{CALLBACK, World, ask, but},
};

async fn begin() -> (World, DocumentsAt) {
    let at = DocumentsAt::open().await;
    let document = json!({
        "client_id": at.url, "client_name": "Your <Bank>", "application_type": "native",
        "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
    });
    at.publish(&document);
    let reading = at.clone();
    (World::told(move |config| *config = reading.read_by(config.clone())).await, at)
}

fn accept(state: &str) -> Form {
    Form::new().with("state", state).with("action", "accept")
}

/// The name is the client's own choice; the host is what it cannot choose.
#[tokio::test]
async fn consent_names_the_host_that_the_client_lives_at() {
    let (world, at) = begin().await;
    let mut browser = world.browser();
    let page = browser.signs_in(&ask(&at.url)).await;
    page.goes_to("/u/consent?state=");
    let state = page.param("state");
    let page = browser.get(&page.location()).await;
    for part in [
        "Allow Your &#60;Bank&#62; to use your account?",
        "an application of <strong>localhost</strong>, which is not registered here",
        "<strong>https://app.example</strong>",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let page = browser.post("/u/consent", &accept(&state)).await;
    browser.get(&page.location()).await.brings_a_code();
    browser.asks(&but(&ask(&at.url), "prompt", "none")).await.brings_a_code();
    assert_eq!(at.asked(), 1);
}

/// RFC 8252 §8.6: anybody on the machine could use the name, so a yes is for this time.
#[tokio::test]
async fn a_yes_to_an_app_on_the_machine_is_for_once() {
    let (world, at) = begin().await;
    let mut browser = world.browser();
    let callback = "http://127.0.0.1:4711/cb";
    let asked = but(&ask(&at.url), "redirect_uri", callback);
    let page = browser.signs_in(&asked).await;
    let state = page.param("state");
    let page = browser.post("/u/consent", &accept(&state)).await;
    browser.get(&page.location()).await.goes_to(&format!("{callback}?code="));
    browser.asks(&asked).await.goes_to("/u/consent?state=");
    let silent = browser.asks(&but(&asked, "prompt", "none")).await;
    assert_eq!(silent.param("error"), "consent_required");
}

/// OAuth Client ID Metadata Document §6.4: the answer goes where the document says now, or nowhere.
#[tokio::test]
async fn an_address_that_is_taken_back_while_a_person_signs_in_gets_no_answer() {
    let (world, at) = begin().await;
    let mut browser = world.browser();
    let page = browser.asks(&ask(&at.url)).await;
    let state = page.param("state");
    at.publish(&json!({ "client_id": at.url, "redirect_uris": ["https://app.example/moved"] }));
    world.later(301);
    let page = browser
        .post("/u/login", &crate::world::credentials(&state, crate::world::EMAIL, crate::world::PASSWORD))
        .await;
    let location = page.headers.get(http::header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    let page = match location {
        Some(location) => browser.get(&location).await,
        None => page,
    };
    page.is_an_error_page("Callback URL mismatch");
}

/// A document that cannot be read ends at a page of ours, and leads nowhere.
#[tokio::test]
async fn a_document_that_cannot_be_used_is_told_to_the_person() {
    let (world, at) = begin().await;
    at.publish(&json!({ "client_id": "https://other.example/", "redirect_uris": [CALLBACK] }));
    let page = world.browser().asks(&ask(&at.url)).await;
    assert!(page.headers.get(http::header::LOCATION).is_none());
    assert!(page.body.contains("another client_id than its address"), "{}", page.body);
}
