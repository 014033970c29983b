//! How often anybody may ask (RFC 6585 §4; auth0.md "Rate limits"; docs/reference/rate-limits.md).

use std::net::SocketAddr;

use axum::body::Body;
use http::Request;
use keybound_proto::{form::Form, time::Lifetime};
use keybound_server::{
    Config,
    config::{By, Limited, Rates, Rule},
    extract::Peer,
};
use keybound_store::events;

use crate::{
    wallet::{Wallet, get},
    world::{Answer, ORIGIN, SPA, Wish, World, machine, redeem, request},
};

const TOKEN: &str = "/oauth/token";

/// A world in which one thing is limited: `burst` at once, one more every ten seconds.
async fn limited(limited: Limited, by: By, burst: u32) -> World {
    let rule = Rule { by, burst, requests: 1, seconds: 10 };
    let mut config = Config::default();
    config.limits.rates = Rates::off().with(limited, rule);
    World::with(config).await
}

/// A form, from some network.
async fn from(world: &World, network: &str, form: &Form) -> Answer {
    let mut request = request(TOKEN, form.encode(), &[("origin", ORIGIN)]);
    let peer: SocketAddr = network.parse().unwrap();
    request.extensions_mut().insert(Peer(peer));
    world.send(request).await
}

/// What the answer says of the limit: how many at once, how many left, and in how many seconds one more.
fn told(world: &World, answer: &Answer) -> [i64; 3] {
    let number = |name| answer.header(name).unwrap_or_else(|| panic!("no {name}")).parse::<i64>().unwrap();
    let reset = number("x-ratelimit-reset") - world.now().as_unix();
    [number("x-ratelimit-limit"), number("x-ratelimit-remaining"), reset]
}

async fn log(world: &World) -> Vec<String> {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    entries.iter().map(|entry| entry.kind.to_string()).filter(|kind| kind.starts_with("api_")).collect()
}

/// Conformance A3 row 17.
#[tokio::test]
async fn so_many_at_once_and_then_as_they_come_back() {
    let world = limited(Limited::Token, By::Network, 5).await;
    let form = machine();
    let ask = || from(&world, "192.0.2.1:1000", &form);
    for left in [4, 3, 2, 1, 0] {
        let answer = ask().await;
        answer.ok();
        assert_eq!(told(&world, &answer), [5, left, 10]);
        assert_eq!(answer.header("retry-after"), None);
    }
    for _ in 0..3 {
        let answer = ask().await;
        answer.refused(429, "too_many_requests");
        assert_eq!(answer.text("error_description"), "Rate limit exceeded.");
        assert_eq!(told(&world, &answer), [5, 0, 10]);
        assert_eq!(answer.header("retry-after"), Some("10"));
        // A page must be able to read when to come back.
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
    from(&world, "192.0.2.2:1000", &machine()).await.ok();
    world.clock.turn(Lifetime::seconds(10));
    ask().await.ok();
    ask().await.refused(429, "too_many_requests");
    // However often somebody is refused, it is said once.
    assert_eq!(log(&world).await, ["api_limit_warning", "api_limit"]);
}

/// A wrong secret, no form at all and a method that is none cost what everything else costs: whoever floods pays.
#[tokio::test]
async fn what_is_refused_is_counted_too_and_a_network_is_no_single_address() {
    let world = limited(Limited::Authentication, By::Network, 4).await;
    from(&world, "[2001:db8::1]:1", &Form::new()).await.refused(400, "invalid_request");
    from(&world, "[2001:db8::2]:1", &machine().without(&["client_secret"]))
        .await
        .refused(401, "invalid_client");
    let wrong = machine().without(&["client_secret"]).with("client_secret", "wrong");
    from(&world, "[2001:db8::3]:1", &wrong).await.refused(401, "access_denied");
    from(&world, "[2001:db8::4]:1", &machine()).await.ok();
    from(&world, "[2001:db8::5]:1", &machine()).await.refused(429, "too_many_requests");
    from(&world, "[2001:db8:0:1::1]:1", &machine()).await.ok();
}

/// Each route says it in its own words; probes are never refused.
#[tokio::test]
async fn every_dialect_has_its_words_for_too_many() {
    let rule = Rule { by: By::Tenant, burst: 1, requests: 1, seconds: 60 };
    let mut config = Config::default();
    config.limits.rates = Rates::off()
        .with(Limited::Management, rule)
        .with(Limited::Documents, rule)
        .with(Limited::Token, rule);
    let world = World::with(config.clone()).await;
    get(&world, "/api/v2/clients", &[]).await;
    let answer = get(&world, "/api/v2/clients", &[]).await;
    let body = serde_json::json!({
        "statusCode": 429, "error": "Too Many Requests", "message": "Global limit has been reached",
        "errorCode": "too_many_requests",
    });
    assert_eq!((answer.status.as_u16(), answer.json()), (429, body));
    assert_eq!(answer.header("retry-after"), Some("60"));
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        let answer = get(&world, path, &[]).await;
        assert_eq!(answer.status, if path.contains("jwks") { 200 } else { 429 });
    }

    config.limits.rates = Rates::off().with(Limited::Authentication, rule);
    let world = World::with(config).await;
    assert_eq!(get(&world, "/authorize", &[]).await.status, 400);
    let page = get(&world, "/authorize", &[]).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (429, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("retry-after"), Some("60"));
    let signup = Request::post("/dbconnections/signup").body(Body::empty()).unwrap();
    let answer = world.send(signup).await;
    assert_eq!((answer.status.as_u16(), answer.text("code")), (429, "too_many_requests".to_owned()));
    for _ in 0..3 {
        assert_eq!(get(&world, "/health/live", &[]).await.status, 200);
    }
}

/// RFC 9449 §8: whoever is asked for a nonce comes again at once. Auth0 counts both requests; we count one.
#[tokio::test]
async fn being_asked_for_a_nonce_is_not_counted_but_cannot_be_had_without_end() {
    let (world, wallet) = (limited(Limited::Token, By::Network, 3).await, Wallet::new());
    let unknowing = Wallet::new();
    let asks = |wallet: &Wallet, code: &str| {
        let proof = wallet.proof(world.now(), "POST", TOKEN, None);
        let form = redeem(code, SPA);
        let world = &world;
        async move { world.post(TOKEN, form, &[("dpop", &proof)]).await }
    };
    let code = world.code(&Wish::default()).await;
    let challenge = asks(&wallet, &code).await;
    challenge.refused(400, "use_dpop_nonce");
    wallet.learn(&challenge);
    let answer = asks(&wallet, &code).await;
    answer.ok();
    assert_eq!(told(&world, &answer)[1], 2, "one of three");

    for _ in 0..2 {
        asks(&unknowing, &code).await.refused(400, "use_dpop_nonce");
    }
    asks(&wallet, &world.code(&Wish::default()).await).await.ok();
    // As many challenges as there may be requests; from then on they count.
    asks(&unknowing, &code).await.refused(400, "use_dpop_nonce");
    let answer = asks(&unknowing, &code).await;
    answer.refused(429, "too_many_requests");
}

/// Whoever has a token of one user has used up nothing of another's.
#[tokio::test]
async fn userinfo_is_limited_by_user_and_only_once_the_token_stood() {
    let (world, wallet) = (limited(Limited::Userinfo, By::User, 2).await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let token = tokens["access_token"].as_str().unwrap();
    for _ in 0..5 {
        let thief = Wallet::new().call(&world, "/userinfo", token).await;
        assert_eq!((thief.status.as_u16(), thief.text("error")), (401, "invalid_token".to_owned()));
    }
    for left in [1, 0] {
        let answer = wallet.call(&world, "/userinfo", token).await;
        answer.ok();
        assert_eq!(told(&world, &answer)[..2], [2, left]);
    }
    let answer = wallet.call(&world, "/userinfo", token).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (429, "too_many_requests".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("10"));
}

/// A client is counted once it showed who it is: nobody uses up the limit of another.
#[tokio::test]
async fn a_client_is_limited_by_itself() {
    let world = limited(Limited::Client, By::Client, 2).await;
    let wrong = machine().without(&["client_secret"]).with("client_secret", "wrong");
    for _ in 0..5 {
        world.post(TOKEN, wrong.clone(), &[]).await.refused(401, "access_denied");
    }
    world.post(TOKEN, machine(), &[]).await.ok();
    world.post(TOKEN, machine(), &[]).await.ok();
    let answer = world.post(TOKEN, machine(), &[]).await;
    answer.refused(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some("10"));
    let code = world.code(&Wish { client: crate::world::WEB, ..Wish::default() }).await;
    let form = redeem(&code, crate::world::WEB).with("client_secret", crate::world::SECRET);
    world.post(TOKEN, form, &[]).await.ok();
}

/// Who waits for another reason hears one time, not two.
#[tokio::test]
async fn who_guesses_secrets_reads_in_every_header_when_to_come_back() {
    let world = World::new().await;
    let wrong = machine().without(&["client_secret"]).with("client_secret", "wrong");
    for _ in 0..20 {
        let answer = from(&world, "192.0.2.1:1000", &wrong).await;
        answer.refused(401, "access_denied");
        assert!(told(&world, &answer)[1] > 9_000);
    }
    let answer = from(&world, "192.0.2.1:1000", &machine()).await;
    answer.refused(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(told(&world, &answer)[1..], [0, 60]);
}

/// Auth0's numbers by name: 30 at once at the token endpoint, and 300 a minute altogether.
#[tokio::test]
async fn auth0s_own_numbers_are_there_by_name() {
    let world = World::with(Config::from_toml("[limits]\nrates = \"auth0\"").unwrap()).await;
    for left in (0..30).rev() {
        let answer = from(&world, "192.0.2.1:1000", &machine()).await;
        answer.ok();
        assert_eq!(told(&world, &answer)[..2], [30, left]);
    }
    from(&world, "192.0.2.2:1000", &machine()).await.refused(429, "too_many_requests");
    world.clock.turn(Lifetime::seconds(1));
    from(&world, "192.0.2.2:1000", &machine()).await.ok();
}

/// Two servers over one database, or one Redis: together they let through what the limit says, and no more.
#[tokio::test]
async fn a_limit_holds_across_processes() {
    let world = limited(Limited::Token, By::Network, 100).await;
    let other = world.beside().await;
    let mut admitted = 0;
    for _ in 0..75 {
        for server in [&world, &other] {
            let answer = from(server, "192.0.2.1:1000", &Form::new()).await;
            admitted += u32::from(answer.status != 429);
        }
    }
    assert_eq!(admitted, 100);
}
