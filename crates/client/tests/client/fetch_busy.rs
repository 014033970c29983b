//! A fetcher at an API that is busy, or has moved, or gets a body that is sent once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use keybound_client::{
    Again, Ambient, Boxed, Client, ClientError, Fetcher, Tokens,
    crypto::entropy,
    http::{Body, Response, Upload},
    proto::{secret::Secret, time::Timestamp, uri::Origin},
};

use crate::wire::{NOW, TOKEN, Wire, answer, client};

/// A clock that stands still and keeps how long it was waited for.
#[derive(Clone, Default)]
pub(crate) struct Patient(Arc<Mutex<Vec<Duration>>>);

impl Patient {
    pub(crate) fn waited(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Ambient for Patient {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn entropy(&self) -> [u8; 32] {
        entropy::bytes()
    }

    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        self.0.lock().unwrap().push(length);
        Box::pin(std::future::ready(()))
    }
}

fn fetcher(client: &Client, wire: &Arc<Wire>, patient: &Patient) -> Fetcher {
    let tokens = Tokens {
        access_token: Secret::new(TOKEN.into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    };
    let fetcher = Fetcher::new("https://api.example/v1/", client, Arc::clone(wire), Arc::new(tokens));
    fetcher.unwrap().by_clock(patient.clone())
}

fn wire(answers: impl IntoIterator<Item = Response<Body>>) -> Arc<Wire> {
    Arc::new(Wire::answering(answers))
}

fn ok() -> Response<Body> {
    answer(200, &[], "[]")
}

fn moved(status: u16, to: &str) -> Response<Body> {
    answer(status, &[("location", to)], "")
}

/// RFC 9110 §10.2.3, RFC 6585 §4; Auth0's `X-RateLimit-Reset`.
#[tokio::test]
async fn a_busy_api_is_asked_again_when_it_says() {
    let reset = (NOW.as_unix() + 3).to_string();
    for (status, header, seconds) in [
        (429, ("retry-after", "2"), 2),
        (503, ("retry-after", "Sun, 06 Nov 1994 08:49:41 GMT"), 4),
        (429, ("x-ratelimit-reset", reset.as_str()), 3),
    ] {
        let (client, patient) = (client(), Patient::default());
        let wire = wire([answer(status, &[header], ""), ok()]);
        let response = fetcher(&client, &wire, &patient).get("x").send().await.unwrap();
        assert_eq!(response.attempts(), 2);
        let waited = patient.0.lock().unwrap()[0];
        let jitter = Duration::from_millis(101);
        assert!(waited >= Duration::from_secs(seconds) && waited < Duration::from_secs(seconds) + jitter);
        assert_ne!(wire.with(0, |seen| seen.claim("jti")), wire.with(1, |seen| seen.claim("jti")));
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_an_error_that_says_when_to_come_back() {
    let said = r#"{"error":"too_many_requests","error_description":"Global limit"}"#;
    let busy = || answer(429, &[("retry-after", "60")], said);
    let (client, patient) = (client(), Patient::default());
    let one = wire([busy()]);
    let error = fetcher(&client, &one, &patient).get("x").send().await.unwrap_err();
    assert_eq!((error.code(), error.again(), error.status()), ("client.busy", Again::Later, Some(429)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    assert_eq!((error.oauth_code(), error.description()), (Some("too_many_requests"), Some("Global limit")));
    assert!(patient.0.lock().unwrap().is_empty());
    let one = wire([busy(), ok()]);
    let patience = Duration::from_secs(90);
    fetcher(&client, &one, &patient).patience(patience).get("x").send().await.unwrap();

    let short = || answer(503, &[("retry-after", "1")], "");
    let one = wire([short(), short(), short()]);
    let error = fetcher(&client, &one, &patient).get("x").send().await.unwrap_err();
    assert_eq!((error.code(), one.sent()), ("client.busy", 3));
    // Nobody knows what a 503 did to a POST; a 429 did nothing.
    let one = wire([short()]);
    let error = fetcher(&client, &one, &patient).post("x").send().await.unwrap_err();
    assert_eq!((error.code(), one.sent()), ("client.busy", 1));
    let one = wire([answer(429, &[("retry-after", "1")], ""), ok()]);
    assert_eq!(fetcher(&client, &one, &patient).post("x").send().await.unwrap().status(), 200);
    // Without a time there is nothing to honour.
    let one = wire([answer(503, &[], "down")]);
    assert_eq!(fetcher(&client, &one, &patient).get("x").send().await.unwrap().status(), 503);
}

/// RFC 9110 §15.4, RFC 9449 §4.2; CL03, CL11.
#[tokio::test]
async fn redirects_are_followed_when_asked_for_with_a_proof_for_each_address() {
    for (status, method, after) in [
        (301, "POST", "GET"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (307, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ] {
        let (client, patient) = (client(), Patient::default());
        let wire = wire([moved(status, "../v2/y?a"), ok()]);
        let fetcher = fetcher(&client, &wire, &patient);
        let request = fetcher.request(method.parse().unwrap(), "x").json(&[1]).following_redirects();
        let response = request.send().await.unwrap();
        assert_eq!(response.url(), "https://api.example/v2/y?a");
        wire.with(1, |seen| {
            assert_eq!((seen.method.as_str(), seen.claim("htm").as_deref()), (after, Some(after)));
            assert_eq!(seen.claim("htu").as_deref(), Some("https://api.example/v2/y"));
            let kept = if method == after { ("[1]", Some("application/json")) } else { ("", None) };
            assert_eq!((seen.body.as_str(), seen.header("content-type")), kept, "{status}");
        });
    }
}

/// RFC 9700 §4.12; CL11.
#[tokio::test]
async fn a_redirect_elsewhere_is_an_error_and_nothing_is_sent() {
    let (client, patient) = (client(), Patient::default());
    let wire = wire([
        moved(307, "https://evil.example/"),
        moved(307, "https://files.example/"),
        ok(),
        moved(302, "/y"),
    ]);
    let fetcher = fetcher(&client, &wire, &patient);
    let following = fetcher.clone().following_redirects();
    let error = following.get("x").send().await.unwrap_err();
    assert!(matches!(error, ClientError::OriginNotAllowed { origin } if origin == "https://evil.example"));
    assert_eq!(wire.sent(), 1);
    let allowing = following.allowing(Origin::parse("https://files.example").unwrap());
    allowing.get("x").send().await.unwrap();
    assert_eq!(wire.with(2, |seen| seen.claim("htu")).as_deref(), Some("https://files.example/"));
    assert_eq!(fetcher.get("x").send().await.unwrap().status(), 302);
}

#[tokio::test]
async fn redirects_have_an_end() {
    let (client, patient) = (client(), Patient::default());
    let wire = wire(std::iter::repeat_with(|| moved(307, "/x")).take(20));
    let error = fetcher(&client, &wire, &patient).following_redirects().get("x").send().await.unwrap_err();
    assert_eq!((error.code(), wire.sent()), ("client.redirect", 11));
}

fn stream() -> Upload {
    Upload::streaming(futures_util::stream::iter(["one ", "two"].map(Ok::<_, std::io::Error>)))
}

/// RFC 9449 §9; CL09.
#[tokio::test]
async fn a_stream_is_sent_once_and_the_next_call_knows_the_nonce() {
    let (client, patient) = (client(), Patient::default());
    let challenge = [("www-authenticate", r#"DPoP error="use_dpop_nonce""#), ("dpop-nonce", "n1")];
    let wire =
        wire([answer(401, &challenge, ""), ok(), moved(307, "/y"), answer(429, &[("retry-after", "1")], "")]);
    let fetcher = fetcher(&client, &wire, &patient).following_redirects();
    let error = fetcher.put("x").upload(stream()).send().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.body_spent", Again::Later));
    assert!(error.to_string().contains("nonce"), "{error}");
    assert_eq!(wire.sent(), 1);
    fetcher.put("x").upload(stream()).send().await.unwrap();
    assert_eq!(
        wire.with(1, |seen| (seen.body.clone(), seen.claim("nonce"))),
        ("one two".into(), Some("n1".into()))
    );
    assert_eq!(fetcher.put("x").upload(stream()).send().await.unwrap_err().code(), "client.body_spent");
    assert_eq!(fetcher.put("x").upload(stream()).send().await.unwrap_err().code(), "client.busy");
    let lost = Arc::new(Wire::answering([ok()]).breaks_off());
    let error = fetcher.over(Arc::clone(&lost)).put("x").upload(stream()).send().await.unwrap_err();
    assert_eq!((error.code(), lost.sent()), ("client.transport", 1));
}
