//! The second factor in a browser: the page, what it enrols, and that nothing goes round it.

use http::StatusCode;
use keybound_proto::form::Form;

use crate::{
    desk::Desk,
    factors::{ALL, ALWAYS, Authenticator, BOTH, wanted},
    world::{Browser, EMAIL, PASSWORD, Page, World, ask, but, credentials},
};

const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

async fn world() -> World {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    world
}

/// The page for the second factor, and its state: where the password leads.
async fn to_page(browser: &mut Browser, ask: &Form) -> (Page, String) {
    let page = browser.asks(ask).await;
    let page = browser.post("/u/login", &credentials(&page.param("state"), EMAIL, PASSWORD)).await;
    let page = browser.get(&page.location()).await;
    page.goes_to("/u/mfa?state=");
    let (location, state) = (page.location(), page.param("state"));
    (browser.get(&location).await, state)
}

async fn types(browser: &mut Browser, state: &str, code: &str) -> Page {
    browser.post("/u/mfa", &Form::new().with("state", state).with("code", code)).await
}

/// What stands between these on a page.
#[track_caller]
fn codes(page: &Page) -> Vec<String> {
    let codes = page.body.split("<p class=\"code\">").skip(1);
    codes.map(|rest| rest.split("</p>").next().unwrap().to_owned()).collect()
}

/// Enrols, and shows the first digits; what the app and the paper hold.
async fn enrols(world: &World, browser: &mut Browser) -> (Page, Authenticator, String) {
    let (page, state) = to_page(browser, &ask("spa")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let [secret, recovery] = <[String; 2]>::try_from(codes(&page)).unwrap();
    let authenticator = Authenticator::of(&secret);
    let page = types(browser, &state, &authenticator.digits(world.clock.now())).await;
    (page, authenticator, recovery)
}

/// A session of one factor brings no code, whoever asks and however often.
#[tokio::test]
async fn a_password_alone_brings_no_code_where_a_second_factor_is_owed() {
    let world = world().await;
    let mut browser = world.browser();
    to_page(&mut browser, &ask("spa")).await;
    // Another request of the same browser, which is signed in by now.
    browser.asks(&ask("spa")).await.goes_to("/u/mfa?state=");
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.refuses("interaction_required");
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    assert!(page.body.contains("Secure your account"), "{}", page.body);
    browser.get(&format!("/authorize/resume?state={state}")).await.goes_to("/u/mfa?state=");
    let page = types(&mut browser, &state, "000000").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("The code is wrong."), "{}", page.body);
}

/// OIDC Core §2: the code becomes an ID token that tells of both factors; auth0.md, log types.
#[tokio::test]
async fn who_enrols_on_the_page_and_shows_digits_comes_in() {
    let world = world().await;
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    let first = codes(&page);
    assert!(page.body.contains("href=\"otpauth://totp/id.example:ada@example.com?secret="), "{}", page.body);
    // Looking again, or a slip, shows the same key: it was put into an app by now.
    let again = browser.get(&format!("/u/mfa?state={state}")).await;
    assert_eq!(codes(&again), first);
    assert_eq!(codes(&types(&mut browser, &state, "000000").await), first);
    let before = browser.cookies.clone();
    let authenticator = Authenticator::of(&first[0]);
    let page = types(&mut browser, &state, &authenticator.digits(world.clock.now())).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    assert_ne!(browser.cookies, before, "the session has another secret now");
    browser.get(&page.location()).await.brings_a_code();
    let kinds = world.events().await;
    for kind in ["s", "gd_start_enroll", "gd_auth_failed", "gd_auth_succeed", "gd_enrollment_complete"] {
        assert!(kinds.iter().any(|own| own == kind), "{kind}: {kinds:?}");
    }
    // The session holds two factors: nobody is asked again, not even in silence.
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.brings_a_code();
}

#[tokio::test]
async fn who_has_an_authenticator_shows_it_and_no_digits_twice() {
    let world = world().await;
    let (_, authenticator, _) = enrols(&world, &mut world.browser()).await;
    let digits = authenticator.digits(world.clock.now());
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    assert!(page.body.contains("Verify your identity") && codes(&page).is_empty(), "{}", page.body);
    let page = types(&mut browser, &state, &digits).await;
    assert!(page.body.contains("This code was used before."), "{}", page.body);
    world.later(30);
    let page = types(&mut browser, &state, &authenticator.digits(world.clock.now())).await;
    browser.get(&page.location()).await.brings_a_code();
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_and_the_next_is_shown() {
    let world = world().await;
    let (_, _, recovery) = enrols(&world, &mut world.browser()).await;
    let mut browser = world.browser();
    let (_, state) = to_page(&mut browser, &ask("spa")).await;
    let page = types(&mut browser, &state, &recovery).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Write down your new recovery code"), "{}", page.body);
    browser.get(&format!("/authorize/resume?state={state}")).await.brings_a_code();
    let mut browser = world.browser();
    let (_, state) = to_page(&mut browser, &ask("spa")).await;
    let page = types(&mut browser, &state, &recovery).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

/// What was begun by somebody with the password alone is shown to nobody else: they would know the key.
#[tokio::test]
async fn a_key_that_another_browser_was_shown_is_not_shown_in_this_one() {
    let world = world().await;
    let (theirs, _) = to_page(&mut world.browser(), &ask("spa")).await;
    let mut browser = world.browser();
    let (own, state) = to_page(&mut browser, &ask("spa")).await;
    assert_ne!(codes(&theirs), codes(&own));
    let digits = Authenticator::of(&codes(&theirs)[0]).digits(world.clock.now());
    let page = types(&mut browser, &state, &digits).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(codes(&page), codes(&own));
}

/// RFC 4226 §7.3: the throttle of the token endpoint, since it is the user's.
#[tokio::test]
async fn whoever_guesses_digits_on_the_page_is_soon_not_heard() {
    let world = world().await;
    let (_, authenticator, _) = enrols(&world, &mut world.browser()).await;
    world.later(300);
    let mut browser = world.browser();
    let (_, state) = to_page(&mut browser, &ask("spa")).await;
    for _ in 0..10 {
        assert_eq!(types(&mut browser, &state, "000000").await.status, StatusCode::BAD_REQUEST);
    }
    let page = types(&mut browser, &state, &authenticator.digits(world.clock.now())).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.body);
    assert_eq!(&*world.newest_event().await.kind, "gd_otp_rate_limit_exceed");
}

/// A session from before the tenant wanted more goes on after the second factor, and not before.
#[tokio::test]
async fn a_session_from_before_the_policy_shows_a_second_factor_and_no_password() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.brings_a_code();
    wanted(&world.app, ALWAYS, BOTH).await;
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.refuses("interaction_required");
    let page = browser.asks(&ask("spa")).await;
    page.goes_to("/u/mfa?state=");
    let (location, state) = (page.location(), page.param("state"));
    let secret = codes(&browser.get(&location).await)[0].clone();
    let digits = Authenticator::of(&secret).digits(world.clock.now());
    let page = types(&mut browser, &state, &digits).await;
    browser.get(&page.location()).await.brings_a_code();
}

/// RFC 9470 §4: a client asks for more than the tenant does, and gets it.
#[tokio::test]
async fn a_client_that_asks_for_two_factors_by_acr_values_gets_them() {
    let world = World::new().await;
    wanted(&world.app, &[], BOTH).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask("spa")).await.brings_a_code();
    browser.asks(&but(&ask("spa"), "acr_values", MULTI_FACTOR)).await.goes_to("/u/mfa?state=");
    // Where there is nothing to show, it was a wish.
    wanted(&world.app, &[], &[]).await;
    browser.asks(&but(&ask("spa"), "acr_values", MULTI_FACTOR)).await.brings_a_code();
}

/// A form of another site answers nothing, and a policy that cannot be met lets nobody in.
#[tokio::test]
async fn the_page_takes_its_own_forms_only_and_without_a_factor_there_is_none() {
    let world = world().await;
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    let digits = Authenticator::of(&codes(&page)[0]).digits(world.clock.now());
    let form = Form::new().with("state", &state).with("code", &digits);
    let page = browser.post_from_elsewhere("/u/mfa", &form).await;
    page.is_an_error_page("This page has expired");
    let mut stranger = world.browser();
    types(&mut stranger, &state, &digits).await.is_an_error_page("This page has expired");
    wanted(&world.app, ALWAYS, &[]).await;
    let mut browser = world.browser();
    let page = browser.asks(&ask("spa")).await;
    let page = browser.post("/u/login", &credentials(&page.param("state"), EMAIL, PASSWORD)).await;
    browser.get(&page.location()).await.refuses("unmet_authentication_requirements");
}

/// A world whose page can send letters, and where they end up.
async fn world_of_letters() -> (World, Desk) {
    let desk = Desk::default();
    let world = World::told(|config| config.email = desk.email()).await;
    wanted(&world.app, ALWAYS, ALL).await;
    (world, desk)
}

/// A form of the page, beside its state.
async fn sends(browser: &mut Browser, state: &str, fields: &[(&str, &str)]) -> Page {
    let form = Form::new().with("state", state);
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
    browser.post("/u/mfa", &form).await
}

/// Auth0's email factor: offered beside another one, to who showed that the address is theirs.
#[tokio::test]
async fn who_left_the_telephone_at_home_has_a_code_sent() {
    let (world, desk) = world_of_letters().await;
    let (_, state) = to_page(&mut world.browser(), &ask("spa")).await;
    assert!(!state.is_empty());
    let mut first = world.browser();
    let (page, _, _) = enrols(&world, &mut first).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    assert!(page.body.contains("Send a code to a***@example.com"), "{}", page.body);
    let page = sends(&mut browser, &state, &[("action", "email")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("We sent a code to <strong>a***@example.com</strong>"), "{}", page.body);
    let code = desk.code();
    // As the digits of an authenticator it is wrong, and so is any other in its place.
    let page = types(&mut browser, &state, &code).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let page = sends(&mut browser, &state, &[("by", "email"), ("code", "x")]).await;
    assert!(page.body.contains("The code is wrong, or it is over."), "{}", page.body);
    assert!(page.body.contains("name=\"by\" value=\"email\""), "{}", page.body);
    // Another browser has another page, and its own letters.
    let mut other = world.browser();
    let (_, others) = to_page(&mut other, &ask("spa")).await;
    let page = sends(&mut other, &others, &[("by", "email"), ("code", &code)]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let page = sends(&mut browser, &state, &[("by", "email"), ("code", &format!(" {code}"))]).await;
    browser.get(&page.location()).await.brings_a_code();
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.brings_a_code();
}

/// Letters stand in for something else: they are the first thing that is enrolled only where nothing else can be.
#[tokio::test]
async fn letters_are_offered_first_only_where_there_is_nothing_else() {
    let (world, desk) = world_of_letters().await;
    let (page, _) = to_page(&mut world.browser(), &ask("spa")).await;
    assert!(page.body.contains("Secure your account") && !page.body.contains("Send a code"), "{}", page.body);
    wanted(&world.app, ALWAYS, &["email"]).await;
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser, &ask("spa")).await;
    assert!(page.body.contains("Send a code to") && !page.body.contains("name=\"code\""), "{}", page.body);
    sends(&mut browser, &state, &[("action", "email")]).await;
    let page = sends(&mut browser, &state, &[("by", "email"), ("code", &desk.code())]).await;
    browser.get(&page.location()).await.brings_a_code();
    // From then on a password alone enrols nothing beside it.
    wanted(&world.app, ALWAYS, ALL).await;
    let (page, _) = to_page(&mut world.browser(), &ask("spa")).await;
    assert!(page.body.contains("Verify your identity") && codes(&page).is_empty(), "{}", page.body);
    // And no letter leaves where the tenant wants none, whatever form is sent.
    wanted(&world.app, ALWAYS, BOTH).await;
    let letters = desk.letters().len();
    sends(&mut browser, &state, &[("action", "email")]).await;
    assert_eq!(desk.letters().len(), letters);
}
