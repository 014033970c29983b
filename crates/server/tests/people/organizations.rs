//! Signing in to an organization, and what tokens say of it from then on.

use http::{Request, header};
use keybound_authority::model::{
    connection::Signup,
    name::{ConnectionName, OrganizationId},
    organization::{Entrance, Joining},
    tenant::OrganizationNames,
};
use keybound_proto::{form::Form, id::Subject, jose::decode_base64url};
use keybound_store::{
    Batch,
    documents::{self, ClientGrants, Clients, Organizations, connection_named},
    ledger::organizations::{self, Enabled},
};
use serde_json::{Value, json};

use crate::world::{API, Browser, CALLBACK, EMAIL, PASSWORD, Page, World, ask, but, credentials};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const DIRECTORY: &str = "Username-Password-Authentication";
pub(crate) const ADA: &str = "auth0|ada";

/// Two organizations, and Ada a member of the first.
pub(crate) async fn furnish(world: &World) {
    for (id, name, shown) in [("org_acme", "acme", "Acme <Ltd>"), ("org_other", "other", "Other")] {
        let doc = json!({ "id": id, "name": name, "display_name": shown });
        world.insert::<Organizations>(id, doc).await;
        opens(world, id, Joining::ByName, Signup::Closed).await;
    }
    joins(world, "org_acme", ADA).await;
    for (id, usage) in [("b2b", "allow"), ("only", "require")] {
        let client = json!({
            "client_id": id, "name": "Shop", "app_type": "spa", "is_first_party": true,
            "token_endpoint_auth_method": "none", "callbacks": [CALLBACK], "organization_usage": usage,
            "web_origins": ["https://app.example"], "grant_types": ["authorization_code", "refresh_token"],
        });
        world.insert::<Clients>(id, client).await;
    }
}

pub(crate) async fn world() -> World {
    let world = World::new().await;
    furnish(&world).await;
    world
}

/// Lets the people of the directory in to an organization.
pub(crate) async fn opens(world: &World, organization: &str, joining: Joining, signup: Signup) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let name = ConnectionName::parse(DIRECTORY).unwrap();
    let found = connection_named(store, tenant, &name).await.unwrap().unwrap();
    let enabled =
        Enabled { connection: found.id, name, entrance: Entrance { joining, signup }, button: true };
    let mut batch = Batch::new();
    organizations::disconnect(&mut batch, tenant, (organization, &enabled.connection));
    store.apply(batch).await.unwrap();
    let mut batch = Batch::new();
    organizations::connect(&mut batch, tenant, organization, &enabled);
    store.apply(batch).await.unwrap();
}

pub(crate) async fn joins(world: &World, organization: &str, subject: &str) {
    let mut batch = Batch::new();
    let pair = (&OrganizationId::parse(organization).unwrap(), &Subject::parse(subject).unwrap());
    organizations::join(&mut batch, &world.app.tenant.id, pair, world.clock.now());
    world.app.store.apply(batch).await.unwrap();
}

async fn leaves(world: &World, organization: &str, subject: &str) {
    let mut batch = Batch::new();
    let pair = (&OrganizationId::parse(organization).unwrap(), &Subject::parse(subject).unwrap());
    organizations::leave(&mut batch, &world.app.tenant.id, pair);
    world.app.store.apply(batch).await.unwrap();
}

pub(crate) async fn is_member(world: &World, organization: &str, subject: &str) -> bool {
    let slice = keybound_store::ledger::Slice { after: "", skip: 0, take: 50 };
    let (members, _) =
        organizations::members(&world.app.store, &world.app.tenant.id, organization, slice).await.unwrap();
    members.iter().any(|member| &*member.id == subject)
}

pub(crate) fn at(client: &str, organization: &str) -> Form {
    let ask = but(&but(&ask(client), "audience", API), "scope", "openid offline_access read:orders");
    but(&ask, "organization", organization)
}

async fn posts(browser: &mut Browser, form: &Form) -> Page {
    let request =
        Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    browser.send(request, form.encode()).await
}

pub(crate) async fn redeems(browser: &mut Browser, client: &str, code: &str) -> Page {
    let form =
        Form::new().with("grant_type", "authorization_code").with("client_id", client).with("code", code);
    posts(browser, &form.with("redirect_uri", CALLBACK).with("code_verifier", VERIFIER)).await
}

pub(crate) async fn refreshes(browser: &mut Browser, client: &str, tokens: &Value) -> Page {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = Form::new().with("grant_type", "refresh_token").with("client_id", client);
    // Nobody asks for another organization by a refresh token: the parameter means nothing here.
    posts(browser, &form.with("refresh_token", token).with("organization", "org_other")).await
}

#[track_caller]
pub(crate) fn tokens(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.body);
    serde_json::from_str(&page.body).unwrap()
}

#[track_caller]
fn refused(page: &Page, status: u16, error: &str) {
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!((page.status.as_u16(), told["error"].as_str()), (status, Some(error)), "{told}");
}

pub(crate) fn claims(tokens: &Value, name: &str) -> Value {
    let payload = tokens[name].as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&decode_base64url(payload).unwrap()).unwrap()
}

/// Auth0's `third_party_client_access`.
#[tokio::test]
async fn an_organization_that_blocks_third_parties_is_named_by_none() {
    let world = world().await;
    let client = json!({
        "client_id": "theirs", "name": "Theirs", "app_type": "spa", "is_first_party": false,
        "token_endpoint_auth_method": "none", "callbacks": [CALLBACK], "organization_usage": "allow",
        "grant_types": ["authorization_code"],
    });
    world.insert::<Clients>("theirs", client).await;
    let closed = json!({ "id": "org_closed", "name": "closed", "third_party_client_access": "block" });
    world.insert::<Organizations>("org_closed", closed).await;
    opens(&world, "org_closed", Joining::OnLogin, Signup::Closed).await;
    let mut browser = world.browser();
    let page = browser.asks(&at("theirs", "org_closed")).await;
    page.refuses("invalid_request");
    assert!(page.param("error_description").starts_with("parameter organization is not allowed"));
    browser.asks(&at("b2b", "org_closed")).await.location();
    let open = browser.asks(&at("theirs", "org_acme")).await;
    assert!(open.location().contains("/u/login"), "{}", open.location());
}

#[tokio::test]
async fn who_signs_in_to_an_organization_gets_tokens_that_say_so_and_go_on_saying_so() {
    let world = world().await;
    let mut browser = world.browser();
    let page = browser.asks(&at("b2b", "org_acme")).await;
    let login = browser.get(&page.location()).await;
    assert!(login.body.contains("<strong>Acme &#60;Ltd&#62;</strong>"), "{}", login.body);
    let code = browser.signs_in(&at("b2b", "org_acme")).await.brings_a_code();
    let first = tokens(&redeems(&mut browser, "b2b", &code).await);
    let again = tokens(&refreshes(&mut browser, "b2b", &first).await);
    for tokens in [&first, &again] {
        for name in ["access_token", "id_token"] {
            let claims = claims(tokens, name);
            assert_eq!((&claims["org_id"], claims.get("org_name")), (&json!("org_acme"), None), "{name}");
        }
    }
}

/// Auth0's `allow_organization_name_in_authentication_api`.
#[tokio::test]
async fn names_are_taken_and_told_where_the_tenant_says_so() {
    let world = World::told(|config| config.tenant.organization_names = OrganizationNames::Told).await;
    furnish(&world).await;
    let mut browser = world.browser();
    for named in ["acme", "ACME", "org_acme"] {
        let code = browser.signs_in(&but(&at("b2b", named), "prompt", "login")).await.brings_a_code();
        let got = tokens(&redeems(&mut browser, "b2b", &code).await);
        for name in ["access_token", "id_token"] {
            let claims = claims(&got, name);
            assert_eq!((&claims["org_id"], &claims["org_name"]), (&json!("org_acme"), &json!("acme")));
        }
    }
}

#[tokio::test]
async fn a_client_that_has_nothing_to_do_with_organizations_names_none_and_another_must() {
    let world = world().await;
    let mut browser = world.browser();
    let page = browser.asks(&at("spa", "org_acme")).await;
    page.refuses("invalid_request");
    assert!(
        page.param("error_description").starts_with("parameter organization is not allowed for this client")
    );
    let page = browser.asks(&at("only", "")).await;
    page.refuses("invalid_request");
    assert!(
        page.param("error_description").starts_with("parameter organization is required for this client")
    );
    let code = browser.signs_in(&at("only", "org_acme")).await.brings_a_code();
    assert_eq!(
        claims(&tokens(&redeems(&mut browser, "only", &code).await), "id_token")["org_id"],
        "org_acme"
    );
    let code = browser.asks(&at("b2b", "")).await.brings_a_code();
    let without = tokens(&redeems(&mut browser, "b2b", &code).await);
    assert!(claims(&without, "id_token").get("org_id").is_none());
}

#[tokio::test]
async fn an_organization_that_is_none_leads_nowhere() {
    let world = world().await;
    let mut browser = world.browser();
    for named in ["org_none", "acme", "org_\u{202E}emca", "org_", &format!("org_{}", "a".repeat(60))] {
        browser.asks(&at("b2b", named)).await.refuses("invalid_request");
    }
}

#[tokio::test]
async fn who_is_no_member_stays_outside_signed_in_or_not() {
    let world = world().await;
    let mut browser = world.browser();
    let page = browser.signs_in(&at("b2b", "org_other")).await;
    page.refuses("access_denied");
    assert!(page.param("error_description").contains("not part of the organization"), "{}", page.location());
    let event = world.newest_event().await;
    assert_eq!((&*event.kind, event.reason.as_deref()), ("f", Some("organization.not_a_member")));
    browser.asks(&at("b2b", "org_other")).await.refuses("access_denied");
    browser.asks(&but(&at("b2b", "org_other"), "prompt", "none")).await.refuses("access_denied");
    assert!(!is_member(&world, "org_other", ADA).await);
    // Where she is a member her session is enough, silently too: it says who she is, not where she belongs.
    let code = browser.asks(&but(&at("b2b", "org_acme"), "prompt", "none")).await.brings_a_code();
    assert_eq!(claims(&tokens(&redeems(&mut browser, "b2b", &code).await), "id_token")["org_id"], "org_acme");
}

/// Auth0's `assign_membership_on_login`.
#[tokio::test]
async fn where_signing_in_makes_members_it_does() {
    let world = world().await;
    opens(&world, "org_other", Joining::OnLogin, Signup::Closed).await;
    let mut browser = world.browser();
    let code = browser.signs_in(&at("b2b", "org_other")).await.brings_a_code();
    assert!(is_member(&world, "org_other", ADA).await);
    assert_eq!(
        claims(&tokens(&redeems(&mut browser, "b2b", &code).await), "id_token")["org_id"],
        "org_other"
    );
    assert!(world.events().await.contains(&"organization_member_added".to_owned()));
}

#[tokio::test]
async fn a_session_by_a_connection_the_organization_does_not_have_is_none_there() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    let doc = json!({ "id": "org_bare", "name": "bare" });
    world.insert::<Organizations>("org_bare", doc).await;
    joins(&world, "org_bare", ADA).await;
    browser.asks(&but(&at("b2b", "org_bare"), "prompt", "none")).await.refuses("login_required");
    let page = browser.asks(&at("b2b", "org_bare")).await;
    page.goes_to("/u/login?state=");
    browser.get(&page.location()).await.is_an_error_page("not enabled for the organization");
}

#[tokio::test]
async fn a_member_who_is_removed_is_out_with_every_code_and_refresh_token_of_theirs() {
    let world = world().await;
    let mut browser = world.browser();
    let code = browser.signs_in(&at("b2b", "org_acme")).await.brings_a_code();
    let before = tokens(&redeems(&mut browser, "b2b", &code).await);
    let late = browser.asks(&at("b2b", "org_acme")).await.brings_a_code();
    leaves(&world, "org_acme", ADA).await;
    refused(&redeems(&mut browser, "b2b", &late).await, 403, "invalid_grant");
    refused(&refreshes(&mut browser, "b2b", &before).await, 403, "invalid_grant");
    assert_eq!(world.newest_event().await.reason.as_deref(), Some("organization.not_a_member"));
    // Even where signing in would make her one again: a refresh is no sign-in.
    opens(&world, "org_acme", Joining::OnLogin, Signup::Closed).await;
    refused(&refreshes(&mut browser, "b2b", &before).await, 403, "invalid_grant");
    joins(&world, "org_acme", ADA).await;
    assert_eq!(
        claims(&tokens(&refreshes(&mut browser, "b2b", &before).await), "access_token")["org_id"],
        "org_acme"
    );
}

#[tokio::test]
async fn with_an_organization_goes_what_was_granted_within_it() {
    let world = world().await;
    let mut browser = world.browser();
    let code = browser.signs_in(&at("b2b", "org_acme")).await.brings_a_code();
    let before = tokens(&redeems(&mut browser, "b2b", &code).await);
    let mut batch = Batch::new();
    documents::delete::<Organizations>(&mut batch, &world.app.tenant.id, "org_acme");
    world.app.store.apply(batch).await.unwrap();
    refused(&refreshes(&mut browser, "b2b", &before).await, 403, "invalid_grant");
    browser.asks(&but(&at("b2b", "org_acme"), "prompt", "none")).await.refuses("invalid_request");
}

/// RFC 9126 §2.
#[tokio::test]
async fn a_pushed_request_keeps_its_organization_whatever_the_browser_says() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    let request =
        Request::post("/oauth/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let pushed = browser.send(request, at("b2b", "org_acme").encode()).await;
    let told: Value = serde_json::from_str(&pushed.body).unwrap();
    let named =
        Form::new().with("client_id", "b2b").with("request_uri", told["request_uri"].as_str().unwrap());
    let code = browser.asks(&named.with("organization", "org_other")).await.brings_a_code();
    assert_eq!(claims(&tokens(&redeems(&mut browser, "b2b", &code).await), "id_token")["org_id"], "org_acme");
    let request =
        Request::post("/oauth/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    refused(&browser.send(request, at("spa", "org_acme").encode()).await, 400, "invalid_request");
}

/// Auth0's `organization_usage` of a client grant.
#[tokio::test]
async fn a_machine_works_within_the_organizations_its_grant_is_for() {
    let world = world().await;
    let machine = json!({
        "client_id": "m2m", "client_secret": "s3cret", "name": "M", "app_type": "non_interactive",
        "grant_types": ["client_credentials"],
    });
    world.insert::<Clients>("m2m", machine).await;
    let grant = json!({
        "id": "cgr_1", "client_id": "m2m", "audience": API, "scope": ["read:orders"], "organization_usage": "allow",
    });
    world.insert::<ClientGrants>("cgr_1", grant).await;
    let mut batch = Batch::new();
    organizations::give(&mut batch, &world.app.tenant.id, ("org_acme", "cgr_1"));
    world.app.store.apply(batch).await.unwrap();
    let mut wire = world.browser();
    let form = |organization: &str| {
        let form = Form::new().with("grant_type", "client_credentials").with("client_id", "m2m");
        but(&form.with("client_secret", "s3cret").with("audience", API), "organization", organization)
    };
    let got = tokens(&posts(&mut wire, &form("org_acme")).await);
    assert_eq!(claims(&got, "access_token")["org_id"], "org_acme");
    let got = tokens(&posts(&mut wire, &form("")).await);
    assert!(claims(&got, "access_token").get("org_id").is_none());
    refused(&posts(&mut wire, &form("org_other")).await, 403, "access_denied");
    refused(&posts(&mut wire, &form("org_none")).await, 400, "invalid_request");
    refused(&posts(&mut wire, &form("acme")).await, 400, "invalid_request");
}

/// A browser in which somebody signs in by that name; what comes of it.
pub(crate) async fn signs_in_as(world: &World, ask: &Form, email: &str) -> Page {
    let mut browser = world.browser();
    let page = browser.asks(ask).await;
    let state = page.param("state");
    let page = browser.post("/u/login", &credentials(&state, email, PASSWORD)).await;
    assert_eq!(page.status, 303, "{}", page.body);
    browser.get(&page.location()).await
}

#[tokio::test]
async fn strangers_make_an_account_where_the_organization_lets_them() {
    let world = world().await;
    let page = async |signup| {
        opens(&world, "org_other", Joining::OnLogin, signup).await;
        let mut browser = world.browser();
        let page = browser.asks(&at("b2b", "org_other")).await;
        browser.get(&page.location()).await.body.contains("/u/signup")
    };
    assert!(!page(Signup::Closed).await);
    assert!(page(Signup::Open).await);
    signs_in_as(&world, &at("b2b", "org_other"), EMAIL).await.brings_a_code();
}

/// Auth0's `organization_id` and `organization_name` of an entry, by which the log is searched.
#[tokio::test]
async fn the_log_knows_within_which_organization_somebody_came() {
    let world = world().await;
    let mut browser = world.browser();
    let code = browser.signs_in(&at("b2b", "org_acme")).await.brings_a_code();
    tokens(&redeems(&mut browser, "b2b", &code).await);
    opens(&world, "org_other", Joining::OnLogin, Signup::Closed).await;
    signs_in_as(&world, &at("b2b", "org_other"), EMAIL).await.brings_a_code();
    browser.asks(&but(&at("b2b", "org_acme"), "prompt", "none")).await.brings_a_code();
    signs_in_as(&world, &ask("spa"), EMAIL).await.brings_a_code();
    let mut wrong = world.browser();
    let state = wrong.asks(&at("b2b", "org_acme")).await.param("state");
    wrong.post("/u/login", &credentials(&state, EMAIL, "wrong")).await;
    let found = async |query: &str| {
        let entries = world.sees(&format!("logs?sort=date:1&q={query}")).await;
        let kind = |entry: &Value| entry["type"].as_str().unwrap().to_owned();
        let mut kinds: Vec<String> = entries.as_array().unwrap().iter().map(kind).collect();
        kinds.sort();
        kinds.join(" ")
    };
    assert_eq!(found("organization_id:org_acme").await, "fp s seacft ssa");
    assert_eq!(found("organization_name:acme%20AND%20type:s").await, "s");
    assert_eq!(found("organization_name:oth*%20AND%20NOT%20type:s").await, "organization_member_added");
    assert_eq!(found("_missing_:organization_id%20AND%20type:s").await, "s");
    assert_eq!(found("organization_id:org_none").await, "");
    let entry = &world.sees("logs?q=organization_id:org_acme%20AND%20type:s").await[0];
    assert_eq!(
        (&entry["organization_id"], &entry["organization_name"]),
        (&json!("org_acme"), &json!("acme"))
    );
    let user = world.sees("users/auth0%7Cada/logs?per_page=100").await;
    assert!(user.as_array().unwrap().contains(entry), "{user}");
}
