//! An administrator beside the people, and people who ask about themselves.

use http::Request;
use keybound_proto::{
    form::Form,
    jose::{Alg, mint},
};
use keybound_store::documents::ClientGrants;
use serde_json::{Value, json};

use crate::world::{Browser, CALLBACK, ISSUER, World, ask, but};

/// The verifier of the challenge that [`ask`] sends (RFC 7636 appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[cfg(test)]
mod helpers {
    use super::*;

    impl World {
        /// A token for the Management API: of a machine, or of a person if `subject` is one.
        pub(crate) async fn management_token(&self, subject: &str, scopes: &str) -> String {
            let now = self.clock.now();
            let signer = self.app.keys.signer(&self.app.store, Alg::Rs256, now).await.unwrap();
            let claims = json!({
                "iss": ISSUER, "aud": format!("{ISSUER}api/v2/"), "azp": "machine", "sub": subject,
                "scope": scopes, "iat": now.as_unix(), "exp": now.as_unix() + 600,
            });
            mint("JWT", &claims, &*signer).unwrap()
        }

        /// Asks the Management API as a machine that may do everything about people.
        pub(crate) async fn manages(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
            let token = self.management_token("machine@clients", EVERYTHING).await;
            self.manages_with(&token, (method, path), body).await
        }

        pub(crate) async fn manages_with(
            &self,
            token: &str,
            (method, path): (&str, &str),
            body: Value,
        ) -> (u16, Value) {
            let mut request = Request::builder().method(method).uri(format!("/api/v2/{path}"));
            request = request.header("authorization", format!("Bearer {token}"));
            let sent = match body {
                Value::Null => String::new(),
                body => {
                    request = request.header("content-type", "application/json");
                    body.to_string()
                }
            };
            let page = self.browser().send(request, sent).await;
            let body = match page.body.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap(),
            };
            (page.status.as_u16(), body)
        }

        /// What was asked for, where it must be there.
        pub(crate) async fn sees(&self, path: &str) -> Value {
            let (status, body) = self.manages("GET", path, Value::Null).await;
            assert_eq!(status, 200, "{path}: {body}");
            body
        }

        pub(crate) async fn does(&self, method: &str, path: &str, status: u16) -> Value {
            let (got, body) = self.manages(method, path, Value::Null).await;
            assert_eq!(got, status, "{method} {path}: {body}");
            body
        }

        pub(crate) async fn redeems(&self, form: Form) -> (u16, Value) {
            let request =
                Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
            let page = self.browser().send(request, form.encode()).await;
            (page.status.as_u16(), serde_json::from_str(&page.body).unwrap())
        }

        /// The refresh token that a browser's session brings the app.
        pub(crate) async fn refresh_token(&self, browser: &mut Browser, client: &str) -> String {
            self.tokens(browser, client).await["refresh_token"].as_str().unwrap().to_owned()
        }

        /// What a browser's session brings the app.
        pub(crate) async fn tokens(&self, browser: &mut Browser, client: &str) -> Value {
            let ask = but(&ask(client), "scope", "openid profile email offline_access");
            let code = browser.asks(&ask).await.brings_a_code();
            let form = Form::new()
                .with("grant_type", "authorization_code")
                .with("client_id", client)
                .with("code", &code)
                .with("redirect_uri", CALLBACK)
                .with("code_verifier", VERIFIER);
            let (status, tokens) = self.redeems(form).await;
            assert_eq!(status, 200, "{tokens}");
            tokens
        }

        /// Whether a refresh token is good, and the one that follows.
        pub(crate) async fn refreshes(&self, client: &str, token: &str) -> Result<String, String> {
            let form = Form::new()
                .with("grant_type", "refresh_token")
                .with("client_id", client)
                .with("refresh_token", token);
            let (status, body) = self.redeems(form).await;
            match status {
                200 => Ok(body["refresh_token"].as_str().unwrap_or(token).to_owned()),
                _ => Err(body["error"].as_str().unwrap_or_default().to_owned()),
            }
        }
    }

    const EVERYTHING: &str = "read:users update:users delete:users create:users read:sessions update:sessions \
        delete:sessions read:refresh_tokens update:refresh_tokens delete:refresh_tokens read:grants delete:grants \
        read:device_credentials delete:device_credentials create:current_user_device_credentials \
        create:user_tickets create:guardian_enrollment_tickets read:authentication_methods create:authentication_methods \
        update:authentication_methods delete:authentication_methods create:connections read:connections \
        read:logs";
}

#[tokio::test]
async fn a_person_reads_changes_and_deletes_themselves_and_nobody_else() {
    let world = World::new().await;
    world.person("eve", "eve@example.com", json!({})).await;
    let scopes = "read:current_user update:current_user_metadata delete:current_user read:users update:users";
    let eve = world.management_token("auth0|eve", scopes).await;
    let own = "users/auth0%7Ceve";
    let (status, told) = world.manages_with(&eve, ("GET", own), Value::Null).await;
    assert_eq!((status, &told["email"]), (200, &json!("eve@example.com")));
    let noted = json!({ "user_metadata": { "theme": "dark" } });
    let (status, told) = world.manages_with(&eve, ("PATCH", own), noted.clone()).await;
    assert_eq!((status, &told["user_metadata"]), (200, &noted["user_metadata"]));
    for body in [json!({ "email_verified": true }), json!({ "app_metadata": { "admin": true } })] {
        let (status, told) = world.manages_with(&eve, ("PATCH", own), body).await;
        assert_eq!((status, &told["errorCode"]), (403, &json!("insufficient_scope")));
    }
    for (method, path) in
        [("GET", "users/auth0%7Cada"), ("DELETE", "users/auth0%7Cada"), ("GET", "users/%20")]
    {
        let (status, told) = world.manages_with(&eve, (method, path), Value::Null).await;
        let message = json!("User to be acted on does not match subject in bearer token.");
        assert_eq!((status, &told["message"]), (403, &message), "{method} {path}");
    }
    // What is a machine's stays a machine's, whatever the token says.
    for path in ["users", "sessions/x", "grants", "users/auth0%7Ceve/roles"] {
        assert_eq!(world.manages_with(&eve, ("GET", path), Value::Null).await.0, 403, "{path}");
    }
    assert_eq!(world.manages_with(&eve, ("DELETE", own), Value::Null).await.0, 204);
    assert_eq!(world.manages("GET", own, Value::Null).await.0, 404);
}

/// Auth0's user tokens for its Management API: an application that is let ask for them, a person, and what is theirs.
#[tokio::test]
async fn an_application_gets_a_token_for_what_is_a_persons_own_where_a_grant_lets_it() {
    let world = World::new().await;
    let management = format!("{ISSUER}api/v2/");
    let mut browser = world.signed_in().await;
    let ask =
        but(&but(&ask("spa"), "audience", &management), "scope", "openid read:current_user delete:users");
    browser.asks(&ask).await.refuses("access_denied");
    let grant = json!({
        "id": "cgr_1", "client_id": "spa", "audience": management, "subject_type": "user",
        "scope": ["read:current_user", "delete:users"],
    });
    world.insert::<ClientGrants>("cgr_1", grant).await;
    world.app.policies.forget();
    let page = browser.asks(&ask).await;
    page.goes_to("/u/consent");
    let answer = Form::new().with("state", &page.param("state")).with("action", "accept");
    let page = browser.post("/u/consent", &answer).await;
    let code = browser.get(&page.location()).await.brings_a_code();
    let form = Form::new()
        .with("grant_type", "authorization_code")
        .with("client_id", "spa")
        .with("code", &code)
        .with("redirect_uri", CALLBACK)
        .with("code_verifier", VERIFIER);
    let (_, tokens) = world.redeems(form).await;
    let token = tokens["access_token"].as_str().unwrap();
    let own = world.manages_with(token, ("GET", "users/auth0%7Cada"), Value::Null).await;
    assert_eq!((own.0, &own.1["user_id"]), (200, &json!("auth0|ada")));
    // Whatever else it was granted.
    assert_eq!(world.manages_with(token, ("DELETE", "users/auth0%7Cada"), Value::Null).await.0, 403);
}
