//! `/passwordless/start` and the grant that redeems its codes: Auth0's passwordless, by email.

use std::net::SocketAddr;

use keybound_proto::{form::Form, request::token::grant, time::Lifetime};
use keybound_server::{Config, extract::Peer};
use keybound_store::{
    documents::{self, Clients, Connections, Users, Window},
    events,
};
use serde_json::{Value, json};

use crate::{
    authenticator::{ALWAYS, BOTH, Enrolled, another, associate, otp, stopped, wanted},
    desk::Desk,
    wallet::Wallet,
    world::{API, Answer, SECRET, World, claims, refresh, request},
};

const APP: &str = "phone-app";
const OTHER: &str = "other-app";
const EMAIL: &str = "eve@example.com";

/// A world that sends codes, and where letters end up in it.
async fn world() -> (World, Desk) {
    world_with(json!({})).await
}

async fn world_with(options: Value) -> (World, Desk) {
    let desk = Desk::default();
    let mut config = Config::default();
    config.email = desk.email();
    let world = World::with(config).await;
    let client = |id: &str| {
        json!({
            "client_id": id, "name": "Phone", "app_type": "native", "token_endpoint_auth_method": "none",
            "grant_types": [grant::PASSWORDLESS_OTP, grant::MFA_OTP, "refresh_token"],
        })
    };
    world.put::<Clients>(APP, client(APP)).await;
    world.put::<Clients>(OTHER, client(OTHER)).await;
    let connection = json!({
        "id": "con_email", "name": "email", "strategy": "email", "options": options,
        "enabled_clients": [APP, OTHER, "server-app"],
    });
    world.put::<Connections>("con_email", connection).await;
    (world, desk)
}

async fn start(world: &World, body: Value) -> Answer {
    let request = http::Request::post("/passwordless/start").header("content-type", "application/json");
    world.send(request.body(body.to_string().into()).unwrap()).await
}

fn ask(client: &str, address: &str) -> Value {
    json!({ "client_id": client, "connection": "email", "email": address, "send": "code" })
}

fn redeem(client: &str, address: &str, code: &str) -> Form {
    Form::new()
        .with("grant_type", grant::PASSWORDLESS_OTP)
        .with("client_id", client)
        .with("realm", "email")
        .with("username", address)
        .with("otp", code)
        .with("audience", API)
        .with("scope", "openid email offline_access read:orders")
}

async fn tell(world: &World, form: Form) -> Answer {
    world.post("/oauth/token", form, &[]).await
}

async fn kinds(world: &World) -> Vec<String> {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 500).await.unwrap();
    entries.iter().map(|entry| entry.kind.to_string()).collect()
}

/// authentication-api-oas.json `/passwordless/start`; RFC 9449 §5. The first code makes the account.
/// Conformance AS02.
#[tokio::test]
async fn a_code_makes_the_account_and_brings_tokens_bound_to_the_key() {
    let ((world, desk), wallet) = (world().await, Wallet::new());
    let told = start(&world, ask(APP, " Eve@Example.com ")).await.ok();
    assert_eq!((&told["email"], &told["email_verified"]), (&EMAIL.into(), &false.into()));
    let letter = desk.newest();
    assert!(letter.starts_with("To: eve@example.com\nSubject: Your code for Phone\n"), "{letter}");
    let code = desk.code();
    assert_eq!(code.len(), 6);
    let tokens = wallet.token(&world, redeem(APP, "EVE@example.com", &code)).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    assert_eq!(access["gty"], grant::PASSWORDLESS_OTP);
    let subject = access["sub"].as_str().unwrap();
    assert!(subject.starts_with("email|") && subject.len() == 30, "{subject}");
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["email"], &id["email_verified"]), (&EMAIL.into(), &true.into()));
    wallet.token(&world, refresh(tokens["refresh_token"].as_str().unwrap(), APP)).await.ok();

    // The second time it is the same person; the first code is spent.
    wallet.token(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");
    start(&world, ask(APP, EMAIL)).await.ok();
    let again = wallet.token(&world, redeem(APP, EMAIL, &desk.code())).await.ok();
    assert_eq!(claims(again["access_token"].as_str().unwrap())["sub"], subject);
    let kinds = kinds(&world).await;
    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((count("cls"), count("ss"), count("s"), count("fepotpft")), (2, 1, 2, 1), "{kinds:?}");
}

/// Auth0: three wrong codes end the right one. Guesses at once are as good as one after the other.
#[tokio::test]
async fn three_wrong_codes_end_the_right_one() {
    let (world, desk) = world().await;
    start(&world, ask(APP, EMAIL)).await.ok();
    let (code, wrong) = (desk.code(), another(&desk.code()));
    let guesses = (0..3).map(|_| tell(&world, redeem(APP, EMAIL, &wrong)));
    for answer in futures_util::future::join_all(guesses).await {
        assert_eq!(answer.refused(403, "invalid_grant"), "Wrong email or verification code.");
    }
    let text = tell(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");
    assert!(text.contains("maximum number of attempts"), "{text}");
    tell(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");

    // A new one has tries of its own, and the old one does not come back.
    start(&world, ask(APP, EMAIL)).await.ok();
    let fresh = desk.code();
    if fresh != code {
        tell(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");
    }
    tell(&world, redeem(APP, EMAIL, &fresh)).await.ok();
}

/// New codes bring no new guesses for ever: whoever asks for code after code is locked out of the account.
#[tokio::test]
async fn whoever_guesses_at_code_after_code_is_soon_not_heard() {
    let (world, desk) = world().await;
    let mut heard = 0;
    for _ in 0..8 {
        assert!(start(&world, ask(APP, EMAIL)).await.status.is_success());
        let wrong = another(&desk.code());
        for _ in 0..3 {
            let answer = tell(&world, redeem(APP, EMAIL, &wrong)).await;
            if answer.status == 429 {
                answer.refused(429, "too_many_attempts");
                assert_eq!(heard, 20);
                assert!(kinds(&world).await.contains(&"limit_wc".to_owned()));
                return;
            }
            heard += 1;
        }
    }
    panic!("{heard} guesses were heard");
}

/// Nobody is kept out of their own account by strangers, however many networks those have.
#[tokio::test]
async fn guesses_from_elsewhere_shut_nobody_out() {
    let (world, desk) = world().await;
    let guess = async |network: u8, code: &str| {
        let mut request = crate::world::request("/oauth/token", redeem(APP, EMAIL, code).encode(), &[]);
        request.extensions_mut().insert(Peer(SocketAddr::from(([192, 0, 2, network], 4711))));
        world.send(request).await
    };
    for network in 0..60 {
        if network % 10 == 0 {
            world.clock.turn(Lifetime::seconds(3_600));
        }
        start(&world, ask(APP, EMAIL)).await.ok();
        let wrong = another(&desk.code());
        for _ in 0..2 {
            guess(network, &wrong).await.refused(403, "invalid_grant");
        }
    }
    world.clock.turn(Lifetime::seconds(3_600));
    start(&world, ask(APP, EMAIL)).await.ok();
    assert_eq!(guess(200, &desk.code()).await.status, 200);
}

#[tokio::test]
async fn a_code_is_no_other_clients_no_other_addresses_and_ends_in_three_minutes() {
    let (world, desk) = world().await;
    start(&world, ask(APP, EMAIL)).await.ok();
    let code = desk.code();
    tell(&world, redeem(OTHER, EMAIL, &code)).await.refused(403, "invalid_grant");
    tell(&world, redeem(APP, "mallory@example.com", &code)).await.refused(403, "invalid_grant");
    tell(&world, redeem(APP, "not an address", &code)).await.refused(403, "invalid_grant");
    let by_sms = redeem(APP, EMAIL, &code).without(&["realm"]).with("realm", "sms");
    tell(&world, by_sms).await.refused(400, "invalid_request");
    world.clock.turn(Lifetime::seconds(179));
    // What fails for another reason leaves the code as it was.
    let elsewhere =
        redeem(APP, EMAIL, &code).without(&["audience"]).with("audience", "https://nowhere.example");
    tell(&world, elsewhere).await.refused(403, "access_denied");
    world.clock.turn(Lifetime::seconds(2));
    tell(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");
}

/// Of any number that tell the right code at once, one gets tokens.
#[tokio::test]
async fn a_code_is_redeemed_once_however_many_tell_it_at_once() {
    let (world, desk) = world().await;
    start(&world, ask(APP, EMAIL)).await.ok();
    let code = desk.code();
    let answers = (0..3).map(|_| tell(&world, redeem(APP, EMAIL, &code)));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let users =
        documents::page::<Users>(&world.app.store, &world.app.tenant.id, &Window::after(None, 50)).await;
    let made = users.unwrap().documents.iter().filter(|user| user.doc["email"] == EMAIL).count();
    assert_eq!(made, 1);
}

/// Nobody learns who has an account, and nobody has one made for them where strangers may not sign up.
#[tokio::test]
async fn strangers_are_answered_like_anybody_and_get_no_letter_where_they_may_not_sign_up() {
    let (world, desk) =
        world_with(json!({ "disable_signup": true, "totp": { "length": 8, "time_step": 600 } })).await;
    let eve = json!({
        "user_id": "email|e", "email": EMAIL, "email_verified": false, "name": "Eve",
        "identities": [{ "connection": "email", "provider": "email", "user_id": "e", "isSocial": false }],
    });
    world.put::<Users>("email|e", eve).await;
    let stranger = start(&world, ask(APP, "nobody@example.com")).await.ok();
    assert!(desk.letters().is_empty());
    let known = start(&world, ask(APP, EMAIL)).await.ok();
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&stranger), members(&known));
    assert_eq!(stranger["email_verified"], known["email_verified"]);
    let code = desk.code();
    assert_eq!(code.len(), 8, "the connection's own length");
    world.clock.turn(Lifetime::seconds(599));
    let tokens = tell(&world, redeem(APP, EMAIL, &code)).await.ok();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["email_verified"], true);
    let found = documents::find::<Users>(&world.app.store, &world.app.tenant.id, "email|e").await.unwrap();
    assert_eq!(found.unwrap().doc["email_verified"], true);
}

/// Nobody's mailbox is filled by strangers: not by one address spelt in many ways, not from many clients.
#[tokio::test]
async fn a_mailbox_gets_ten_letters_an_hour_however_its_address_is_written() {
    let (world, desk) = world().await;
    for nth in 0..10 {
        let address = format!("EVE+{nth}@example.com");
        start(&world, ask(if nth % 2 == 0 { APP } else { OTHER }, &address)).await.ok();
    }
    let answer = start(&world, ask(APP, EMAIL)).await;
    answer.refused(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(desk.letters().len(), 10);
    assert_eq!(kinds(&world).await.last().map(String::as_str), Some("api_limit"));
    world.clock.turn(Lifetime::seconds(3600));
    start(&world, ask(APP, EMAIL)).await.ok();
}

/// RFC 5322 §2.2: nothing that a stranger sends begins another header, or is another recipient.
#[tokio::test]
async fn an_address_that_is_more_than_one_is_none() {
    let (world, desk) = world().await;
    for address in [
        "eve@example.com\r\nBcc: all@example.com",
        "eve@example.com, all@example.com",
        "\"eve\nX: y\"@example.com",
        "eve@example.com\u{202E}",
        "<eve@example.com>",
        "eve@exa mple.com",
        "@example.com",
        "",
    ] {
        let answer = start(&world, ask(APP, address)).await;
        assert_eq!(answer.status, 400, "{address:?}: {}", answer.json());
    }
    assert_eq!(
        start(&world, ask(APP, "a,b@example.com")).await.refused(400, "bad.email"),
        "the email address is not one"
    );
    assert!(desk.letters().is_empty());
}

/// auth0.md §5, authentication-api-oas.json: what cannot be sent is refused in Auth0's words.
#[tokio::test]
async fn what_is_not_sent_is_refused_aloud() {
    let (world, desk) = world().await;
    let sms = json!({ "client_id": APP, "connection": "sms", "phone_number": "+123456789", "send": "code" });
    assert_eq!(start(&world, sms).await.refused(400, "bad.connection"), "Connection does not exist");
    let mut link = ask(APP, EMAIL);
    link["send"] = "link".into();
    link["authParams"] = json!({ "scope": "openid", "redirect_uri": "https://evil.example" });
    start(&world, link).await.refused(400, "invalid_request");
    start(&world, ask("nobody", EMAIL)).await.refused(401, "invalid_client");
    start(&world, ask("spa", EMAIL)).await.refused(403, "unauthorized_client");
    let server = json!({
        "client_id": "server-app", "name": "Server", "app_type": "regular_web", "client_secret": SECRET,
        "grant_types": [grant::PASSWORDLESS_OTP],
    });
    world.put::<Clients>("server-app", server).await;
    start(&world, ask("server-app", EMAIL)).await.refused(401, "invalid_client");
    assert!(desk.letters().is_empty());
    let form = Form::new().with("client_id", "server-app").with("client_secret", SECRET);
    let form = form.with("connection", "email").with("email", EMAIL);
    world.send(request("/passwordless/start", form.encode(), &[])).await.ok();
    assert_eq!(desk.letters().len(), 1);
    let unserved = json!({
        "client_id": "unserved", "name": "Unserved", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [grant::PASSWORDLESS_OTP],
    });
    world.put::<Clients>("unserved", unserved).await;
    start(&world, ask("unserved", EMAIL)).await.refused(400, "bad.connection");
}

/// auth0.md §5: a code that was sent is a first factor, and used up by what it does not bring.
#[tokio::test]
async fn a_code_alone_brings_no_tokens_where_a_second_factor_is_owed() {
    let (world, desk) = world().await;
    wanted(&world, ALWAYS, BOTH).await;
    start(&world, ask(APP, EMAIL)).await.ok();
    let code = desk.code();
    let token = stopped(&tell(&world, redeem(APP, EMAIL, &code)).await);
    tell(&world, redeem(APP, EMAIL, &code)).await.refused(403, "invalid_grant");
    let enrolled = Enrolled::of(&associate(&world, &token).await.ok());
    let tokens = tell(&world, otp(APP, &token, &enrolled.digits(world.now()))).await.ok();
    // Tokens go on naming the grant that began.
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["gty"], grant::PASSWORDLESS_OTP);
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["email"], &id["amr"]), (&EMAIL.into(), &json!(["mfa"])));
}
