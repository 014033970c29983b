//! Accounts that are one person's: linked and let go by administrators and by people, and felt at sign-in.

use keybound_proto::form::Form;
use serde_json::{Value, json};

use crate::world::{CALLBACK, EMAIL, PASSWORD, World, ask, credentials};

const ADA: &str = "users/auth0%7Cada";
const EVE: &str = "eve@example.com";

#[cfg(test)]
mod helpers {
    use super::*;

    impl World {
        /// Whoever signs in by that address at the app: the subject of their ID token, or why not.
        pub(crate) async fn signs_in_as(&self, email: &str) -> Result<String, String> {
            let mut browser = self.browser();
            let state = browser.asks(&ask("spa")).await.param("state");
            let page = browser.post("/u/login", &credentials(&state, email, PASSWORD)).await;
            if page.status != 303 {
                return Err(page.body);
            }
            browser.get(&page.location()).await.goes_to(CALLBACK);
            let tokens = self.tokens(&mut browser, "spa").await;
            Ok(subject_of(tokens["id_token"].as_str().unwrap()))
        }

        pub(crate) async fn links(&self, id: &str) -> (u16, Value) {
            let body = json!({ "provider": "auth0", "user_id": id });
            self.manages("POST", &format!("{ADA}/identities"), body).await
        }
    }

    fn subject_of(token: &str) -> String {
        let payload = token.split('.').nth(1).map(keybound_proto::jose::decode_base64url).unwrap().unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        claims["sub"].as_str().unwrap().to_owned()
    }

    /// A world with Eve in it.
    pub(super) async fn two() -> World {
        let world = World::new().await;
        world.person("eve", EVE, json!({ "username": "eve", "given_name": "Eve" })).await;
        world
    }
}

#[tokio::test]
async fn who_signs_in_by_a_linked_account_is_the_user_it_was_linked_to_until_it_is_let_go() {
    let world = helpers::two().await;
    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|eve");
    let (status, identities) = world.links("eve").await;
    assert_eq!((status, identities.as_array().unwrap().len()), (201, 2), "{identities}");
    assert_eq!((&identities[0]["user_id"], &identities[1]["user_id"]), (&json!("ada"), &json!("eve")));
    assert_eq!(identities[1]["profileData"]["email"], EVE);
    assert_eq!(identities[1]["profileData"]["given_name"], "Eve");
    assert!(identities[0]["profileData"]["email"].is_string());
    assert_eq!(world.sees(ADA).await["identities"][1], identities[1]);
    assert_eq!(world.manages("GET", "users/auth0%7Ceve", Value::Null).await.0, 404, "there is one user now");

    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|ada");
    assert_eq!(world.signs_in_as(EMAIL).await.unwrap(), "auth0|ada");
    let (status, left) = world.manages("DELETE", &format!("{ADA}/identities/auth0/eve"), Value::Null).await;
    assert_eq!((status, left.as_array().unwrap().len()), (200, 1));
    assert_eq!(left[0], identities[0], "with what is known by it, to the last");
    assert_eq!(world.sees("users/auth0%7Ceve").await["email"], EVE);
    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|eve");
    assert_eq!(world.signs_in_as(EMAIL).await.unwrap(), "auth0|ada");
}

#[tokio::test]
async fn what_an_account_was_signed_in_to_and_allowed_ends_with_the_link() {
    let world = helpers::two().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.post("/u/login", &credentials(&state, EVE, PASSWORD)).await;
    browser.get(&page.location()).await.brings_a_code();
    let token = world.refresh_token(&mut browser, "spa").await;
    assert_eq!(world.links("eve").await.0, 201);
    browser.asks(&ask("spa")).await.goes_to("/u/login");
    world.refreshes("spa", &token).await.unwrap_err();
}

#[tokio::test]
async fn the_name_of_a_linked_account_is_taken_and_a_deleted_user_frees_it() {
    let world = helpers::two().await;
    assert_eq!(world.links("eve").await.0, 201);
    let signup = Form::new()
        .with("client_id", "spa")
        .with("connection", "Username-Password-Authentication")
        .with("email", EVE)
        .with("password", PASSWORD);
    let post = async || {
        let request = http::Request::post("/dbconnections/signup");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        world.browser().send(request, signup.encode()).await.status.as_u16()
    };
    assert_eq!(post().await, 400);
    let connection = "Username-Password-Authentication";
    let again = json!({ "connection": connection, "email": EVE, "password": PASSWORD });
    assert_eq!(world.manages("POST", "users", again.clone()).await.0, 409);
    assert_eq!(world.manages("PATCH", ADA, json!({ "email": EVE })).await.0, 400);
    world.does("DELETE", ADA, 204).await;
    assert!(world.signs_in_as(EVE).await.is_err());
    assert_eq!(world.manages("POST", "users", again).await.0, 201);
}

#[tokio::test]
async fn nobody_is_linked_to_themselves_or_twice_or_by_a_name_that_is_not_theirs() {
    let world = helpers::two().await;
    world.person("kim", "kim@example.com", json!({})).await;
    for (body, status) in [
        (json!({ "provider": "auth0", "user_id": "ada" }), 400),
        (json!({ "provider": "auth0", "user_id": "auth0|ada" }), 400),
        (json!({ "provider": "auth0", "user_id": "nobody" }), 400),
        (json!({ "provider": "google-oauth2", "user_id": "eve" }), 400),
        (json!({ "provider": "auth0", "user_id": "eve", "connection_id": "con_0000000000000000" }), 404),
        (json!({ "provider": "auth0" }), 400),
        (json!({}), 400),
        (json!({ "link_with": "junk" }), 400),
        (json!({ "link_with": "junk", "provider": "auth0" }), 400),
        (json!({ "provider": "auth0", "user_id": ["eve"] }), 400),
    ] {
        let (got, told) = world.manages("POST", &format!("{ADA}/identities"), body.clone()).await;
        assert_eq!(got, status, "{body}: {told}");
    }
    assert_eq!(
        world.manages("POST", "users/auth0%7Cnobody/identities", json!({ "link_with": "x" })).await.0,
        404
    );
    assert_eq!(world.links("auth0|eve").await.0, 201, "the whole name does, too");
    assert_eq!(world.links("eve").await.0, 409);
    let of_kim = json!({ "provider": "auth0", "user_id": "eve" });
    assert_eq!(world.manages("POST", "users/auth0%7Ckim/identities", of_kim).await.0, 409);
    // Somebody else's, one's own, and one that is none.
    world.does("DELETE", "users/auth0%7Ckim/identities/auth0/eve", 404).await;
    world.does("DELETE", &format!("{ADA}/identities/auth0/ada"), 400).await;
    world.does("DELETE", &format!("{ADA}/identities/auth0/eve%7Cx"), 404).await;
    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|ada");
    let left = world.does("DELETE", &format!("{ADA}/identities/auth0/auth0%7Ceve"), 200).await;
    assert_eq!(left.as_array().unwrap().len(), 1, "the whole name does here, too");
}

#[tokio::test]
async fn of_two_administrators_who_link_at_once_one_does() {
    let world = helpers::two().await;
    world.person("kim", "kim@example.com", json!({})).await;
    let body = json!({ "provider": "auth0", "user_id": "eve" });
    let path = format!("{ADA}/identities");
    let (one, two) = tokio::join!(
        world.manages("POST", &path, body.clone()),
        world.manages("POST", "users/auth0%7Ckim/identities", body.clone()),
    );
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{one:?} {two:?}");
    let path = format!("{path}/auth0/eve");
    let (one, two) = tokio::join!(
        world.manages("DELETE", &path, Value::Null),
        world.manages("DELETE", "users/auth0%7Ckim/identities/auth0/eve", Value::Null),
    );
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404], "{one:?} {two:?}");
    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|eve");
}

#[tokio::test]
async fn an_account_that_has_others_brings_them_along() {
    let world = helpers::two().await;
    world.person("kim", "kim@example.com", json!({})).await;
    let kim = json!({ "provider": "auth0", "user_id": "kim" });
    assert_eq!(world.manages("POST", "users/auth0%7Ceve/identities", kim).await.0, 201);
    let (_, identities) = world.links("eve").await;
    let ids: Vec<_> = identities.as_array().unwrap().iter().map(|one| one["user_id"].clone()).collect();
    assert_eq!(ids, ["ada", "eve", "kim"]);
    assert_eq!(world.signs_in_as("kim@example.com").await.unwrap(), "auth0|ada");
    world.does("DELETE", &format!("{ADA}/identities/auth0/eve"), 200).await;
    assert_eq!(world.sees("users/auth0%7Ceve").await["identities"].as_array().unwrap().len(), 1);
    assert_eq!(world.signs_in_as("kim@example.com").await.unwrap(), "auth0|ada");
}

/// Auth0's first way: the primary account's token, and an ID token of the other.
#[tokio::test]
async fn people_link_accounts_that_they_show_to_be_theirs() {
    let world = helpers::two().await;
    let ada = world.management_token("auth0|ada", "update:current_user_identities").await;
    let path = format!("{ADA}/identities");
    let link = async |body: Value| world.manages_with(&ada, ("POST", &path), body).await.0;
    let soon = world.clock.now().as_unix() + 600;
    assert_eq!(link(json!({ "provider": "auth0", "user_id": "eve" })).await, 400, "a name shows nothing");
    for (subject, client, expires) in
        [("auth0|eve", "spa", soon), ("auth0|eve", "machine", 5), ("auth0|ada", "machine", soon)]
    {
        let token = world.id_token(subject, client, None, expires).await;
        assert_eq!(link(json!({ "link_with": token })).await, 400, "{subject} {client} {expires}");
    }
    let token = world.id_token("auth0|eve", "machine", None, soon).await;
    let others =
        world.manages_with(&ada, ("POST", "users/auth0%7Ceve/identities"), json!({ "link_with": token }));
    assert_eq!(others.await.0, 403);
    assert_eq!(link(json!({ "link_with": token })).await, 201);
    assert_eq!(world.signs_in_as(EVE).await.unwrap(), "auth0|ada");
    let gone = world.manages_with(&ada, ("DELETE", &format!("{path}/auth0/eve")), Value::Null).await;
    assert_eq!(gone.0, 200, "{}", gone.1);
}
