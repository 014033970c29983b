//! The management client at a Management API that misbehaves in every way one may.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt as _;
use keybound_client::{
    Again, ClientError, Fetcher, Tokens,
    http::{Body, Response},
    management::{Application, Management, Paging, User},
    proto::secret::Secret,
    session::Renew,
};
use serde_json::json;

use crate::{
    fetch_busy::Patient,
    wire::{Wire, answer, client},
};

/// One with a first token, and a second where it asks for another.
fn management(answers: impl IntoIterator<Item = Response<Body>>) -> (Management, Arc<Wire>, Patient) {
    let (client, wire, patient) = (client(), Arc::new(Wire::answering(answers)), Patient::default());
    let bound_to = client.key().map(|key| *key.thumbprint());
    let tokens = move |_, renew| {
        let token = if renew == Renew::Now { "second" } else { "first" };
        let access_token = Secret::new(token.to_owned());
        let tokens = Tokens {
            access_token,
            bound_to,
            expires: None,
            refresh_token: None,
            id_token: None,
            scopes: None,
        };
        std::future::ready(Ok(Arc::new(tokens)))
    };
    let fetcher = Fetcher::new("https://tenant.example/api/v2/", &client, Arc::clone(&wire), tokens).unwrap();
    let fetcher = fetcher.by_clock(patient.clone()).patience(Management::PATIENCE).tries(Management::TRIES);
    (Management::over(fetcher), wire, patient)
}

fn refused(status: u16, message: &str, code: &str) -> Response<Body> {
    let body = json!({ "statusCode": status, "error": "Said", "message": message, "errorCode": code });
    answer(status, &[], &body.to_string())
}

#[tokio::test]
async fn what_the_api_refuses_is_told_by_its_status_its_words_and_its_code() {
    let (management, ..) = management([
        refused(404, "The user does not exist.", "inexistent_user"),
        answer(502, &[], "<html>a proxy</html>"),
    ]);
    let error = management.users().read("auth0|1").await.unwrap_err();
    assert_eq!((error.code(), error.status(), error.again()), ("client.management", Some(404), Again::Never));
    let refusal = error.management().unwrap();
    assert_eq!(
        (refusal.code.as_deref(), &*refusal.message),
        (Some("inexistent_user"), "The user does not exist.")
    );
    let error = management.users().read("auth0|1").await.unwrap_err();
    assert_eq!((error.status(), error.again()), (Some(502), Again::Later));
}

/// `DELETE /users/` or `/users/..` would be about something else.
#[tokio::test]
async fn a_name_that_is_none_is_never_sent() {
    let (management, wire, _) = management([]);
    for wrong in ["", ".", ".."] {
        let error = management.users().delete(wrong).await.unwrap_err();
        assert_eq!(error.code(), "client.header", "{wrong:?}");
        assert_eq!(
            management.users().unlink("auth0|1", "github", wrong).await.unwrap_err().code(),
            "client.header"
        );
    }
    assert_eq!(wire.sent(), 0);
}

/// RFC 6585 §4, RFC 9110 §10.2.3; Auth0's `X-RateLimit-Reset`.
#[tokio::test]
async fn a_busy_api_is_asked_again_when_it_says_so_but_not_without_end() {
    let busy = || answer(429, &[("x-ratelimit-reset", "784111780")], "{}");
    let after = || answer(429, &[("retry-after", "7")], "{}");
    let (one, _, patient) = management([busy(), after(), answer(201, &[], r#"{"id":"rol_1"}"#)]);
    assert_eq!(one.roles().create(&json!({ "name": "a" })).await.unwrap().id.as_deref(), Some("rol_1"));
    let waited: Vec<_> = patient.waited().iter().map(Duration::as_secs).collect();
    assert_eq!(waited, [3, 7]);

    let (other, wire, _) = management((0..9).map(|_| after()));
    let error = other.roles().create(&json!({ "name": "a" })).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after()), ("client.busy", Some(Duration::from_secs(7))));
    assert_eq!(wire.sent(), 1 + Management::TRIES as usize);

    let (other, wire, _) = management([answer(429, &[("retry-after", "3600")], "{}")]);
    assert_eq!(other.roles().read("rol_1").await.unwrap_err().code(), "client.busy");
    assert_eq!(wire.sent(), 1, "an hour is too long");
}

/// Auth0 sends no challenge with its 401.
#[tokio::test]
async fn a_token_called_invalid_is_renewed_once() {
    let invalid = || refused(401, "Invalid token", "invalid_token");
    let (one, wire, _) = management([invalid(), answer(200, &[], r#"{"id":"rol_1"}"#)]);
    one.roles().read("rol_1").await.unwrap();
    let sent = |at| wire.with(at, |seen| seen.header("authorization").unwrap().to_owned());
    assert_eq!((sent(0), sent(1)), ("DPoP first".to_owned(), "DPoP second".to_owned()));
    assert!(wire.with(1, |seen| seen.claim("htu")).unwrap().ends_with("/api/v2/roles/rol_1"));

    let (other, wire, _) = management([invalid(), invalid()]);
    assert_eq!(other.roles().read("rol_1").await.unwrap_err().status(), Some(401));
    assert_eq!(wire.sent(), 2);
}

#[tokio::test]
async fn each_kind_of_list_is_read_to_its_end_and_no_further() {
    let page = |body: serde_json::Value| answer(200, &[], &body.to_string());
    let ids = |users: Vec<User>| users.into_iter().filter_map(|user| user.user_id).collect::<Vec<_>>();
    let one = |id: &str| json!({ "user_id": id });

    let (offset, wire, _) = management([
        page(json!({ "start": 0, "limit": 2, "length": 2, "total": 3, "users": [one("a"), one("b")] })),
        page(json!({ "start": 2, "limit": 2, "length": 1, "total": 3, "users": [one("c")] })),
    ]);
    assert_eq!(ids(offset.users().list().query("q", "a b").size(2).all().await.unwrap()), ["a", "b", "c"]);
    assert!(wire.with(1, |seen| seen.url.ends_with("users?q=a+b&page=1&per_page=2&include_totals=true")));

    let (checkpoint, wire, _) = management([
        page(json!({ "next": "n/1", "users": [one("a")] })),
        page(json!({ "users": [one("b")] })),
    ]);
    assert_eq!(ids(checkpoint.roles().users("rol_1").all().await.unwrap()), ["a", "b"]);
    assert!(
        wire.with(1, |seen| seen.url.ends_with("users?take=100&from=n%2F1")),
        "{}",
        wire.with(1, |s| s.url.clone())
    );

    let (plain, ..) = management([page(json!([one("a")]))]);
    assert_eq!(ids(plain.users().list().paged(Paging::Whole).all().await.unwrap()), ["a"]);

    // An API that names a next page for ever is asked until a page is empty.
    let (endless, wire, _) = management([
        page(json!({ "next": "x", "users": [one("a")] })),
        page(json!({ "next": "x", "users": [] })),
    ]);
    assert_eq!(ids(endless.roles().users("rol_1").all().await.unwrap()), ["a"]);
    assert_eq!(wire.sent(), 2);

    // Nothing is asked before it is wanted.
    let (lazy, wire, _) = management([page(json!({ "next": "x", "users": [one("a")] }))]);
    let mut users = lazy.roles().users("rol_1").stream();
    assert!(users.try_next().await.unwrap().is_some());
    assert_eq!(wire.sent(), 1);

    let (none, ..) = management([page(json!({ "error": "odd" }))]);
    assert_eq!(none.users().list().all().await.unwrap_err().code(), "client.transport");
}

#[tokio::test]
async fn members_without_a_name_here_are_kept_and_secrets_are_not_printed() {
    let told = json!({
        "client_id": "c", "client_secret": "hush", "name": "Shop", "addons": { "samlp": { "key": "hush" } },
    });
    let (management, wire, _) = management([answer(200, &[], &told.to_string()), answer(200, &[], "{}")]);
    let shop = management.clients().read("c").await.unwrap();
    assert_eq!(shop.more["addons"]["samlp"]["key"], "hush");
    assert!(!format!("{shop:?}").contains("hush"), "{shop:?}");
    management.clients().update("c", &Application { client_id: None, ..shop }).await.unwrap();
    let sent: serde_json::Value = wire.with(1, |seen| serde_json::from_str(&seen.body).unwrap());
    assert_eq!(sent["addons"], told["addons"]);
    assert!(sent.get("client_id").is_none() && sent.get("callbacks").is_none());
}

/// An answer that is not what it should be is not repeated: it may hold a secret.
#[tokio::test]
async fn what_cannot_be_read_is_not_repeated() {
    let (management, ..) = management([answer(200, &[], r#"{"name":"x","is_first_party":"hush"}"#)]);
    let error: ClientError = management.clients().read("c").await.unwrap_err();
    assert!(error.to_string().contains("line 1") && !error.to_string().contains("hush"), "{error}");
}
