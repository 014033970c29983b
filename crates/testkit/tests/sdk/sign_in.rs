//! A person signs in, and the app gets what it asked for.

use http::StatusCode;
use keybound_client::{
    Again, Ambient as _, ClientError, DpopKey,
    crypto::AwsLc,
    discovery, drive,
    flow::{Transactions, log_in},
};
use keybound_proto::{form::Form, request::authorization::Prompts, time::Lifetime};
use keybound_store::documents::Connections;
use serde_json::json;

use crate::{
    browser::Browser,
    world::{AUDIENCE, CALLBACK, EMAIL, USER, World, ask, begin, put, query, scopes},
};

/// RFC 6749 §4.1, RFC 7636, RFC 9207, RFC 9449 §10; OpenID Connect Core §3.1.
#[tokio::test]
async fn a_code_becomes_tokens_bound_to_the_key_and_an_id_token_for_this_login() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let flow = begin(&client, &ask());
    let asked = Form::parse(query(flow.url()).as_bytes()).unwrap();
    let key = client.key().unwrap().thumbprint();
    assert_eq!(asked.text("dpop_jkt"), Some(key.to_string().as_str()));
    assert_eq!(asked.text("code_challenge_method"), Some("S256"));

    let back = world.browser().signs_in(flow.url()).await;
    assert!(back.starts_with(CALLBACK), "{back}");
    let answer = Form::parse(query(&back).as_bytes()).unwrap();
    assert_eq!(answer.text("iss"), Some(world.server.url.as_str()));
    let exchange = flow.come_back(&client, query(&back)).unwrap();
    let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(key));
    assert!(tokens.refresh_token.is_some());
    tracing::info!(?client, ?flow, ?tokens, "seen by Debug");
    let keys = discovery::keys(client.metadata(), &world.web).await.unwrap();
    let claims = flow.check(&client, &tokens, (&keys, &AwsLc), world.time.now()).unwrap().unwrap();
    assert_eq!(claims.subject.as_str(), USER);

    let of_another = begin(&client, &ask()).check(&client, &tokens, (&keys, &AwsLc), world.time.now());
    assert_eq!(of_another.unwrap_err().code(), "client.id_token", "its nonce is another login's");
}

/// RFC 9449 §10: whoever steals the code, and even the verifier with it, lacks the key that was announced.
#[tokio::test]
async fn a_code_is_of_no_use_to_whoever_has_another_key() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let flow = begin(&client, &ask());
    let back = world.browser().signs_in(flow.url()).await;
    let thief = client.clone().bound_to(DpopKey::generate().unwrap());
    let stolen = drive(flow.come_back(&thief, query(&back)).unwrap(), &world.web, &world.time).await;
    let error = stolen.unwrap_err();
    assert_eq!(error.code(), "client.refused");
    assert!(matches!(error.oauth_code(), Some("invalid_grant" | "invalid_dpop_proof")), "{error}");
}

/// RFC 6749 §10.12, RFC 9207 §2.4.
#[tokio::test]
async fn an_answer_of_another_login_or_of_another_server_is_refused() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let (one, other) = (begin(&client, &ask()), begin(&client, &ask()));
    let back = world.browser().signs_in(one.url()).await;
    assert_eq!(other.come_back(&client, query(&back)).unwrap_err().code(), "client.state");
    let answer = Form::parse(query(&back).as_bytes()).unwrap();
    let mixed = answer.pairs().filter(|(name, _)| *name != "iss");
    let mixed = mixed.fold(Form::new(), |form, (name, value)| form.with(name, value));
    let nameless = one.come_back(&client, &mixed.encode()).unwrap_err();
    assert_eq!(nameless.code(), "client.issuer", "the server says that it always names itself");
    let mixed = mixed.with("iss", "https://evil.example/").encode();
    assert_eq!(one.come_back(&client, &mixed).unwrap_err().code(), "client.issuer");
    drive(one.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
}

#[tokio::test]
async fn what_is_asked_for_by_name_reaches_the_pages() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let flow = begin(&client, &ask().login_hint(EMAIL).ui_locale("en").acr_value("urn:any"));
    let mut browser = world.browser();
    let page = browser.get(flow.url()).await;
    let page = browser.get(&page.location().unwrap()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&format!("value=\"{EMAIL}\"")), "login_hint: {}", page.body);
    let page = browser.get(begin(&client, &ask().screen_hint("signup")).url()).await;
    assert!(page.location().unwrap().contains("/u/signup?"), "screen_hint");

    // Signed in, the server asks nobody again unless it is told to.
    browser.signs_in(flow.url()).await;
    let again = browser.get(begin(&client, &ask()).url()).await;
    assert!(again.location().unwrap().starts_with(CALLBACK));
    let prompted = browser.get(begin(&client, &ask().prompt(Prompts::parse("login").unwrap())).url()).await;
    assert!(prompted.location().unwrap().contains("/u/login?"), "prompt");
    world.time.later(61);
    let aged = browser.get(begin(&client, &ask().max_age(Lifetime::seconds(60))).url()).await;
    assert!(aged.location().unwrap().contains("/u/login?"), "max_age");
}

/// Auth0: users are looked for in the connection that is named, and nowhere else.
#[tokio::test]
async fn a_connection_that_is_named_is_where_users_are_looked_for() {
    let world = World::new().await;
    let staff = json!({ "name": "staff", "strategy": "auth0", "enabled_clients": ["spa"] });
    put::<Connections>(&world.app, "con_staff", staff).await;
    let client = world.client("spa").await;
    let at = |connection: &str| begin(&client, &ask().connection(connection));
    // Ada is none of the staff, whatever password she has elsewhere.
    let mut browser = world.browser();
    let page = browser.get(at("staff").url()).await;
    let page = browser.get(&page.location().unwrap()).await;
    let page = browser.fills_in(&page).await;
    assert!(page.location().is_none() && page.body.contains("role=\"alert\""), "{}", page.body);
    // Nor is anybody known where there is nothing.
    let page = browser.get(at("nowhere").url()).await;
    let page = browser.get(&page.location().unwrap()).await;
    assert!(!page.body.contains("name=\"password\""), "{}", page.body);
    let flow = at("Username-Password-Authentication");
    let back = browser.signs_in(flow.url()).await;
    let tokens =
        drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
    assert!(tokens.is_bound());
}

/// OpenID Connect Core §3.1.2.6.
#[tokio::test]
async fn a_login_that_needs_the_user_says_so() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let flow = begin(&client, &ask().prompt(Prompts::parse("none").unwrap()));
    let back = world.browser().get(flow.url()).await.location().unwrap();
    let error = flow.come_back(&client, query(&back)).unwrap_err();
    assert_eq!((error.code(), error.oauth_code()), ("client.refused", Some("login_required")));
    assert_eq!(error.again(), Again::WithUser);
}

#[tokio::test]
async fn logins_at_once_end_in_any_order_each_once_and_in_time() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let flows = [(); 3].map(|()| begin(&client, &ask()));
    let mut transactions = Transactions::default();
    let mut backs = Vec::new();
    for flow in &flows {
        transactions.add(flow.clone(), world.time.now());
        backs.push(world.browser().signs_in(flow.url()).await);
    }
    for back in backs[1..].iter().rev() {
        let flow = transactions.take(query(back), world.time.now()).unwrap();
        let tokens = drive(flow.come_back(&client, query(back)).unwrap(), &world.web, &world.time).await;
        assert!(tokens.unwrap().is_bound());
        let twice = transactions.take(query(back), world.time.now());
        assert_eq!(twice.unwrap_err().code(), "client.transaction");
    }
    world.time.later(3_601);
    let late = transactions.take(query(&backs[0]), world.time.now());
    assert!(matches!(late, Err(ClientError::Transaction)));
    assert_eq!(world.events("seacft").await, 2, "the server redeemed two codes");
}

/// RFC 8252 §7.3.
#[tokio::test]
async fn a_native_app_logs_in_through_the_browser_and_a_port_of_this_machine() {
    let world = World::new().await;
    let client = world.client("native").await;
    let ask = |back| keybound_client::flow::Ask::new(back, scopes("openid read:orders")).audience(AUDIENCE);
    let web = world.web.clone();
    let open = |url: &str| {
        let (web, url) = (web.clone(), url.to_owned());
        tokio::spawn(async move {
            let mut browser = Browser::new(&web);
            let back = browser.signs_in(&url).await;
            assert_eq!(browser.get(&back).await.status, StatusCode::OK);
        });
    };
    let (tokens, person) = log_in(&client, ask, (&world.web, &world.time), &AwsLc, open).await.unwrap();
    assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
    assert_eq!(person.unwrap().subject.as_str(), USER);
}
