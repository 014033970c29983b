//! An API that wants more of the login than a token tells of, and the login that gives it (RFC 9470).

use keybound_authority::model::factor::MULTI_FACTOR;
use keybound_client::{
    Again, drive,
    session::{MemoryStore, Session},
};
use keybound_proto::{form::Form, time::Lifetime};
use keybound_resource::Authentication;
use keybound_store::{
    Batch,
    documents::{self, ResourceServers},
};
use serde_json::Value;

use crate::{
    browser::{Browser, Page},
    factors::{Authenticator, BOTH, wanted},
    world::{World, ask, begin, query, want},
};

/// The API's tokens tell how their users signed in.
async fn told(world: &World) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<ResourceServers>(store, tenant, "orders").await.unwrap().unwrap();
    found.doc["token_dialect"] = "rfc9068_profile".into();
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
}

/// What the page shows to be put into an app.
fn secret(page: &Page) -> &str {
    page.body.split("<p class=\"code\">").nth(1).unwrap().split("</p>").next().unwrap()
}

/// Signs in, and enrols what is asked for besides.
async fn signs_in(browser: &mut Browser, url: &str, world: &World) -> String {
    let mut page = browser.get(url).await;
    loop {
        page = match page.location() {
            Some(next) if !next.starts_with(&world.server.url) => return next,
            Some(next) => browser.get(&next).await,
            None if page.body.contains("name=\"password\"") => browser.fills_in(&page).await,
            None => {
                let digits = Authenticator::of(secret(&page)).digits(world.time.there());
                let state = page.url.split_once("state=").unwrap().1.to_owned();
                let form = Form::new().with("state", &state).with("code", &digits);
                browser.post(&format!("{}u/mfa", world.server.url), &form).await
            }
        };
    }
}

/// RFC 9470 §3, §4, §5: the API says what it wants, the client asks for it, and the new token tells of it.
#[tokio::test]
async fn an_api_that_wants_two_factors_gets_them_by_another_login() {
    let world = World::new().await;
    wanted(&world.app, &[], BOTH).await;
    told(&world).await;
    let session = world.signed_in().await;
    let two = Authentication::default().by(MULTI_FACTOR).within(Lifetime::seconds(300));
    let api = world.api_where(|config| config.authentication = two).await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let error = fetcher.get("orders").send().await.unwrap().error_for_status().await.unwrap_err();
    assert_eq!(
        (error.code(), error.oauth_code(), error.again()),
        ("client.step_up", Some("insufficient_user_authentication"), Again::WithUser)
    );
    let demand = error.demand().unwrap();
    assert_eq!(
        (demand.acr_values.as_slice(), demand.max_age),
        (&[MULTI_FACTOR.to_owned()][..], Some(Lifetime::seconds(300)))
    );

    // Another login, with what the API demands of it.
    let client = world.client("spa").await;
    let flow = begin(&client, &demand.of_login(ask()));
    let back = signs_in(&mut world.browser(), flow.url(), &world).await;
    let tokens =
        drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
    let session = Session::of_user(client, world.web.clone(), std::sync::Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    session.keep(&want(), tokens).await.unwrap();
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let answer = fetcher.get("orders").send().await.unwrap().error_for_status().await.unwrap();
    let who: Value = answer.json().await.unwrap();
    assert_eq!(who["bound"], true);

    // A refresh is no login: it goes on telling when that was.
    world.time.later(400);
    let error = fetcher.get("orders").send().await.unwrap().error_for_status().await.unwrap_err();
    assert_eq!(error.code(), "client.step_up");
}
