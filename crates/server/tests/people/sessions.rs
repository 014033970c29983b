//! What administrators see and end of what people are signed in to: felt at the login page and the token endpoint.

use serde_json::{Value, json};

use crate::world::{API, World, ask, but};

const ADA: &str = "users/auth0%7Cada";

#[cfg(test)]
mod helpers {
    use super::*;

    impl World {
        pub(crate) async fn only_session(&self) -> Value {
            let listed = self.sees(&format!("{ADA}/sessions?include_totals=true")).await;
            assert_eq!(
                (&listed["total"], listed["sessions"].as_array().unwrap().len()),
                (&json!(1), 1),
                "{listed}"
            );
            listed["sessions"][0].clone()
        }

        pub(crate) async fn family(&self, at: usize) -> Value {
            self.sees(&format!("{ADA}/refresh-tokens")).await["tokens"][at].clone()
        }
    }
}

#[tokio::test]
async fn a_session_tells_where_it_began_and_for_which_clients_and_ends_when_an_administrator_says_so() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    world.later(60);
    browser.asks(&ask("two")).await.brings_a_code();
    let listed = world.only_session().await;
    let path = format!("sessions/{}", listed["id"].as_str().unwrap());
    assert_eq!(world.sees(&path).await, listed);
    assert_eq!(listed["user_id"], "auth0|ada");
    assert_eq!(listed["clients"], json!([{ "client_id": "spa" }, { "client_id": "two" }]));
    assert_eq!(listed["device"]["initial_ip"], "192.0.2.7");
    assert_eq!(listed["authentication"]["methods"][0]["name"], "pwd");
    assert_ne!(listed["created_at"], listed["last_interacted_at"], "{listed}");
    browser.asks(&ask("two")).await.brings_a_code();
    assert_eq!(world.only_session().await["clients"].as_array().unwrap().len(), 2, "each client once");

    assert_eq!(world.does("DELETE", &path, 202).await, json!({}));
    browser.asks(&ask("spa")).await.goes_to("/u/login");
    assert_eq!(world.does("GET", &path, 404).await["errorCode"], "inexistent_session");
    world.does("DELETE", &path, 202).await;
    world.does("POST", &format!("{path}/revoke"), 404).await;
    assert_eq!(world.sees(&format!("{ADA}/sessions")).await, json!({ "sessions": [] }));
}

#[tokio::test]
async fn a_session_is_noted_about_and_keeps_the_note_until_it_is_taken_away() {
    let world = World::new().await;
    world.signed_in().await;
    let path = format!("sessions/{}", world.only_session().await["id"].as_str().unwrap());
    let note = json!({ "session_metadata": { "device": "kiosk" } });
    let (status, told) = world.manages("PATCH", &path, note.clone()).await;
    assert_eq!((status, &told["session_metadata"]), (200, &note["session_metadata"]));
    assert_eq!(world.sees(&path).await, told);
    let many: Value = (0..26).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    for wrong in [
        json!({}),
        json!({ "session_metadata": { "n": 1 } }),
        json!({ "session_metadata": { "n": "x".repeat(256) } }),
        json!({ "session_metadata": many }),
        json!({ "user_id": "auth0|eve" }),
    ] {
        assert_eq!(world.manages("PATCH", &path, wrong.clone()).await.0, 400, "{wrong}");
    }
    assert_eq!(world.manages("PATCH", "sessions/nobodys", note).await.0, 404);
    world.manages("PATCH", &path, json!({ "session_metadata": null })).await;
    assert_eq!(world.sees(&path).await["session_metadata"], Value::Null);
}

/// The session of Auth0's `revoke` goes with the refresh tokens that were granted in it, and with no others.
#[tokio::test]
async fn a_revoked_session_takes_its_refresh_tokens_along_and_a_deleted_one_does_not() {
    let world = World::new().await;
    let (mut first, mut second) = (world.signed_in().await, world.signed_in().await);
    let (here, there) =
        (world.refresh_token(&mut first, "spa").await, world.refresh_token(&mut second, "two").await);
    let sessions = world.sees(&format!("{ADA}/sessions")).await;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 2);
    let of = |client: &str| {
        let clients = |session: &&Value| session["clients"].to_string().contains(&format!("\"{client}\""));
        sessions["sessions"].as_array().unwrap().iter().rfind(clients).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    world.does("DELETE", &format!("sessions/{}", of("two")), 202).await;
    second.asks(&ask("two")).await.goes_to("/u/login");
    let there = world.refreshes("two", &there).await.unwrap();
    let last = world.only_session().await;
    world.does("POST", &format!("sessions/{}/revoke", last["id"].as_str().unwrap()), 202).await;
    first.asks(&ask("spa")).await.goes_to("/u/login");
    assert_eq!(world.refreshes("spa", &here).await, Err("invalid_grant".to_owned()));
    world.refreshes("two", &there).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_is_listed_noted_about_and_refused_once_it_is_revoked() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let token = world.refresh_token(&mut browser, "spa").await;
    let listed = world.family(0).await;
    let path = format!("refresh-tokens/{}", listed["id"].as_str().unwrap());
    assert_eq!(world.sees(&path).await, listed);
    assert_eq!((&listed["client_id"], &listed["user_id"]), (&json!("spa"), &json!("auth0|ada")));
    assert_eq!(listed["session_id"], world.only_session().await["id"]);
    let scopes = listed["resource_servers"][0]["scopes"].as_str().unwrap();
    assert_eq!(listed["resource_servers"][0]["audience"], "https://id.example/userinfo");
    assert!(scopes.contains("offline_access"), "{scopes}");
    let note = json!({ "refresh_token_metadata": { "device": "phone" } });
    let (status, told) = world.manages("PATCH", &path, note.clone()).await;
    assert_eq!((status, &told["refresh_token_metadata"]), (200, &note["refresh_token_metadata"]));
    assert!(!told.to_string().contains(&token));

    // The name and the note stay, whichever token it is now.
    world.later(5);
    let token = world.refreshes("spa", &token).await.unwrap();
    let after = world.sees(&path).await;
    assert_eq!(after["created_at"], listed["created_at"]);
    assert_eq!(after["refresh_token_metadata"], note["refresh_token_metadata"]);
    let all = world.sees("refresh-tokens?user_id=auth0%7Cada&fields=id,client_id").await;
    assert_eq!(all, json!({ "refresh_tokens": [{ "id": after["id"], "client_id": "spa" }] }));
    let none = world.sees("refresh-tokens?user_id=auth0%7Cada&client_id=two").await;
    assert_eq!(none["refresh_tokens"], json!([]));
    assert_eq!(world.manages("GET", "refresh-tokens", Value::Null).await.0, 400);

    assert_eq!(world.does("DELETE", &path, 204).await, Value::Null);
    assert_eq!(world.refreshes("spa", &token).await, Err("invalid_grant".to_owned()));
    assert_eq!(world.does("GET", &path, 404).await["message"], "The refresh token does not exist.");
    world.does("DELETE", &path, 204).await;
    assert!(world.events().await.contains(&"srrt".to_owned()));
}

#[tokio::test]
async fn refresh_tokens_are_revoked_by_name_by_user_by_client_and_by_audience() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let revoke = async |body: Value| world.manages("POST", "refresh-tokens/revoke", body).await.0;
    let (one, two) =
        (world.refresh_token(&mut browser, "spa").await, world.refresh_token(&mut browser, "two").await);
    assert_eq!(revoke(json!({ "user_id": "auth0|ada", "client_id": "spa", "audience": API })).await, 202);
    let one = world.refreshes("spa", &one).await.unwrap();
    let userinfo =
        json!({ "user_id": "auth0|ada", "client_id": "spa", "audience": "https://id.example/userinfo" });
    assert_eq!(revoke(userinfo).await, 202);
    world.refreshes("spa", &one).await.unwrap_err();
    let two = world.refreshes("two", &two).await.unwrap();
    assert_eq!(revoke(json!({ "user_id": "auth0|eve", "client_id": "two" })).await, 202);
    let two = world.refreshes("two", &two).await.unwrap();
    let id = world.family(0).await["id"].clone();
    assert_eq!(revoke(json!({ "ids": ["nobodys", id] })).await, 202);
    world.refreshes("two", &two).await.unwrap_err();
    let three = world.refresh_token(&mut browser, "two").await;
    for wrong in [
        json!({}),
        json!({ "ids": [] }),
        json!({ "ids": [id], "user_id": "auth0|ada" }),
        json!({ "client_id": "two" }),
        json!({ "user_id": "auth0|ada", "audience": API }),
        json!({ "user_id": "auth0|ada", "token": three }),
    ] {
        assert_eq!(revoke(wrong.clone()).await, 400, "{wrong}");
    }
    let three = world.refreshes("two", &three).await.unwrap();
    assert_eq!(world.does("DELETE", "users/auth0%7Ceve/refresh-tokens", 202).await, json!({}));
    let three = world.refreshes("two", &three).await.unwrap();
    world.does("DELETE", &format!("{ADA}/refresh-tokens"), 202).await;
    world.refreshes("two", &three).await.unwrap_err();
}

#[tokio::test]
async fn access_is_revoked_whole_or_for_one_session_and_refresh_tokens_may_be_spared() {
    let world = World::new().await;
    let (mut first, mut second) = (world.signed_in().await, world.signed_in().await);
    let (one, two) =
        (world.refresh_token(&mut first, "spa").await, world.refresh_token(&mut second, "two").await);
    let named = world.family(0).await["session_id"].clone();
    let of_one = world.family(0).await["client_id"] == "spa";
    let (hers, other, kept) = if of_one { (&one, &two, "two") } else { (&two, &one, "spa") };
    let path = format!("{ADA}/revoke-access");
    let foreign = json!({ "session_id": named });
    world.person("eve", "eve@example.com", json!({})).await;
    assert_eq!(world.manages("POST", "users/auth0%7Ceve/revoke-access", foreign.clone()).await.0, 202);
    world.does("POST", "users/auth0%7Cnobody/revoke-access", 404).await;
    assert_eq!(world.sees(&format!("{ADA}/sessions")).await["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(world.manages("POST", &path, foreign).await.0, 202);
    world.refreshes(if of_one { "spa" } else { "two" }, hers).await.unwrap_err();
    let other = world.refreshes(kept, other).await.unwrap();
    assert_eq!(world.manages("POST", &path, json!({ "preserve_refresh_tokens": true })).await.0, 202);
    first.asks(&ask("spa")).await.goes_to("/u/login");
    second.asks(&ask("spa")).await.goes_to("/u/login");
    let other = world.refreshes(kept, &other).await.unwrap();
    world.does("POST", &path, 202).await;
    world.refreshes(kept, &other).await.unwrap_err();
    assert_eq!(world.manages("POST", &path, json!({ "sessions": [] })).await.0, 400);
}

#[tokio::test]
async fn what_people_let_clients_have_is_listed_and_taken_back_with_what_came_of_it() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let agree = async |browser: &mut crate::world::Browser| {
        let wanted = but(&but(&ask("third"), "scope", "openid offline_access read:orders"), "audience", API);
        let page = browser.asks(&wanted).await;
        let answer =
            keybound_proto::form::Form::new().with("state", &page.param("state")).with("action", "accept");
        let page = browser.post("/u/consent", &answer).await;
        browser.get(&page.location()).await.brings_a_code()
    };
    agree(&mut browser).await;
    let grants = world.sees("grants?user_id=auth0%7Cada&include_totals=true").await;
    assert_eq!((&grants["total"], &grants["start"]), (&json!(1), &json!(0)), "{grants}");
    let grant = &grants["grants"][0];
    assert_eq!((&grant["clientID"], &grant["audience"]), (&json!("third"), &json!(API)));
    let id = grant["id"].as_str().unwrap();
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    for (query, found) in [
        ("client_id=third", 1),
        ("client_id=spa", 0),
        ("audience=https%3A%2F%2Fapi.example%2F", 1),
        ("audience=https%3A%2F%2Fid.example%2Fuserinfo", 0),
        ("user_id=auth0%7Ceve", 0),
        ("per_page=1&page=1", 0),
        ("user_id='%20OR%201=1--", 0),
    ] {
        assert_eq!(world.sees(&format!("grants?{query}")).await.as_array().unwrap().len(), found, "{query}");
    }
    world.does("DELETE", &format!("grants/{id}"), 204).await;
    world.does("DELETE", &format!("grants/{id}"), 204).await;
    let asked = but(&but(&ask("third"), "scope", "openid read:orders"), "audience", API);
    browser.asks(&asked).await.goes_to("/u/consent");
    agree(&mut browser).await;
    world.does("DELETE", "grants", 400).await;
    world.does("DELETE", "grants?user_id=auth0%7Cada", 204).await;
    assert_eq!(world.sees("grants").await, json!([]));
    browser.asks(&asked).await.goes_to("/u/consent");
}
