//! Organizations, and what hangs on them.

use http::Method;
use keybound_proto::form::Form;
use keybound_store::documents::{self, Invitations};
use serde_json::{Value, json};

use crate::world::{World, text};

async fn acme(world: &World) -> String {
    text(&world.post("organizations", json!({ "name": "acme" })).await.made(), "id")
}

async fn connection(world: &World, name: &str) -> String {
    let made = world.post("connections", json!({ "name": name, "strategy": "auth0" })).await.made();
    text(&made, "id")
}

async fn user(world: &World, email: &str) -> String {
    let body = json!({
        "connection": "Username-Password-Authentication", "email": email, "password": "Correct-horse-7",
    });
    text(&world.post("users", body).await.made(), "user_id")
}

fn encoded(id: &str) -> String {
    id.replace('|', "%7C")
}

const NONE: &str = "No organization found by that id or name";

#[tokio::test]
async fn an_organization_is_made_found_changed_and_deleted() {
    let world = World::new().await;
    let body = json!({
        "name": "acme", "display_name": "Acme Ltd", "metadata": { "a": "1", "b": "2" },
        "branding": { "logo_url": "https://acme.example/l.png", "colors": { "primary": "#fff", "page_background": "#000000" } },
    });
    let made = world.post("organizations", body).await.made();
    let id = text(&made, "id");
    assert!(id.strip_prefix("org_").is_some_and(|rest| rest.len() == 16), "{id}");
    assert_eq!((&made["name"], &made["display_name"]), (&json!("acme"), &json!("Acme Ltd")));
    let path = format!("organizations/{id}");
    assert_eq!(world.get(&path).await.ok(), made);
    assert_eq!(world.get("organizations/name/acme").await.ok(), made);
    assert_eq!(world.get("organizations").await.ok(), json!([made]));
    let patch = json!({ "display_name": "Acme", "metadata": { "b": null, "c": "3" } });
    let changed = world.patch(&path, patch).await.ok();
    assert_eq!(
        (&changed["display_name"], &changed["metadata"]),
        (&json!("Acme"), &json!({ "a": "1", "c": "3" }))
    );
    world.delete(&path).await.gone();
    world.get(&path).await.refused(404, NONE, None);
    world.delete(&path).await.refused(404, NONE, None);
    world.get("organizations/name/acme").await.refused(404, NONE, None);
}

#[tokio::test]
async fn a_name_is_there_once_and_nobody_can_mistake_it() {
    let world = World::new().await;
    acme(&world).await;
    let taken = "An organization with this name already exists.";
    world.post("organizations", json!({ "name": "acme" })).await.refused(409, taken, None);
    let other = text(&world.post("organizations", json!({ "name": "other" })).await.made(), "id");
    let path = format!("organizations/{other}");
    world.patch(&path, json!({ "name": "acme" })).await.refused(409, taken, None);
    world.patch(&path, json!({ "name": "other" })).await.ok();
    for name in ["Acme", "org_1", "a b", "\u{202E}emca", ""] {
        let refused = world.post("organizations", json!({ "name": name })).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errorCode"]),
            (400, &json!("invalid_body")),
            "{name}"
        );
    }
    let marked = json!({ "name": "b", "display_name": "\u{202E}knaB" });
    assert_eq!(world.post("organizations", marked).await.status, 400);
    let quota = json!({ "name": "b", "token_quota": { "client_credentials": { "per_day": 1 } } });
    let answer = world.post("organizations", quota).await;
    assert_eq!(answer.headers["keybound-inert"], "token_quota");
    assert_eq!(answer.made()["token_quota"]["client_credentials"]["per_day"], 1);
}

#[tokio::test]
async fn a_connection_is_enabled_changed_and_disabled() {
    let world = World::new().await;
    let (id, con) = (acme(&world).await, connection(&world, "staff").await);
    let many = format!("organizations/{id}/enabled_connections");
    let made = world.post(&many, json!({ "connection_id": con })).await.made();
    let shown = json!({
        "connection_id": con, "assign_membership_on_login": false, "is_signup_enabled": false,
        "show_as_button": true, "connection": { "name": "staff", "strategy": "auth0" },
    });
    assert_eq!(made, shown);
    assert_eq!(world.post(&many, json!({ "connection_id": con })).await.status, 409);
    let one = format!("{many}/{con}");
    let only =
        "Only database connections with assign_membership_on_login = true support is_signup_enabled = true.";
    world.patch(&one, json!({ "is_signup_enabled": true })).await.refused(400, only, Some("invalid_body"));
    let both = json!({ "is_signup_enabled": true, "assign_membership_on_login": true });
    let changed = world.patch(&one, both).await.ok();
    assert_eq!(
        (&changed["is_signup_enabled"], &changed["assign_membership_on_login"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(world.get(&one).await.ok(), changed);
    assert_eq!(world.get(&many).await.ok(), json!([changed]));
    let counted = world.get(&format!("{many}?include_totals=true&per_page=1")).await.ok();
    assert_eq!(counted, json!({ "start": 0, "limit": 1, "total": 1, "enabled_connections": [changed] }));
    world.delete(&one).await.gone();
    world.get(&one).await.refused(404, "No connection found by that id", None);
    let absent = json!({ "connection_id": "con_none" });
    assert_eq!(world.post(&many, absent).await.body["errorCode"], "inexistent_connection");
    // A connection that is deleted is nobody's any more.
    world.post(&many, json!({ "connection_id": con })).await.made();
    assert_eq!(world.delete(&format!("connections/{con}")).await.status, 202);
    assert_eq!(world.get(&many).await.ok(), json!([]));
}

#[tokio::test]
async fn an_organization_may_be_made_with_its_connections() {
    let world = World::new().await;
    let con = connection(&world, "staff").await;
    let body = |id: &str| json!({ "name": "acme", "enabled_connections": [{ "connection_id": id }] });
    assert_eq!(
        world.post("organizations", body("con_none")).await.body["errorCode"],
        "inexistent_connection"
    );
    let made = world.post("organizations", body(&con)).await.made();
    let id = text(&made, "id");
    let told = &made["enabled_connections"][0];
    assert_eq!((&told["connection_id"], &told["connection"]["name"]), (&json!(con), &json!("staff")));
    let bare = json!({ "name": "bare", "metadata": null });
    assert!(world.post("organizations", bare).await.made().get("enabled_connections").is_none());
    let listed = world.get(&format!("organizations/{id}/enabled_connections")).await.ok();
    assert_eq!(listed[0]["connection_id"], json!(con));
    let maker = world.administrator(&["create:organizations"]).await;
    let refused = world.with(&maker, Method::POST, "organizations", Some(body(&con))).await;
    let needed = "Insufficient scope, expected any of: create:organization_connections";
    refused.refused(403, needed, Some("insufficient_scope"));
}

#[tokio::test]
async fn members_come_and_go_and_are_paged_both_ways() {
    let world = World::new().await;
    let id = acme(&world).await;
    let mut users = Vec::new();
    for name in ["a", "b", "c"] {
        users.push(user(&world, &format!("{name}@example.com")).await);
    }
    users.sort();
    let many = format!("organizations/{id}/members");
    // Twice the same is once.
    let twice: Vec<_> = users.iter().chain(&users).collect();
    world.post(&many, json!({ "members": twice })).await.gone();
    let listed = world.get(&many).await.ok();
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|member| text(member, "user_id")).collect();
    assert_eq!(ids, users);
    let member = listed[0].as_object().unwrap();
    assert!(
        member.keys().all(|name| ["user_id", "email", "picture", "name"].contains(&name.as_str())),
        "{member:?}"
    );
    let counted =
        world.get(&format!("{many}?include_totals=true&per_page=2&page=1&fields=user_id")).await.ok();
    assert_eq!(counted, json!({ "start": 2, "limit": 2, "total": 3, "members": [{ "user_id": users[2] }] }));
    let first = world.get(&format!("{many}?take=2")).await.ok();
    let rest = world.get(&format!("{many}?take=2&from={}", text(&first, "next"))).await.ok();
    assert_eq!(rest["members"].as_array().unwrap().len(), 1);
    let end = world.get(&format!("{many}?take=2&from={}", text(&rest, "next"))).await.ok();
    assert_eq!(end, json!({ "members": [] }), "as at Auth0, only a page of nobody is the last");
    let of = world.get(&format!("users/{}/organizations", encoded(&users[0]))).await.ok();
    assert_eq!(of[0]["id"], json!(id));
    let remove = json!({ "members": [users[0]] });
    world.root(Method::DELETE, &many, Some(remove)).await.gone();
    // Who is deleted is a member of nothing.
    world.delete(&format!("users/{}", encoded(&users[1]))).await.gone();
    let left = world.get(&format!("{many}?include_totals=true")).await.ok();
    assert_eq!((&left["total"], &left["members"][0]["user_id"]), (&json!(1), &json!(users[2])));
}

#[tokio::test]
async fn nobody_who_is_not_there_becomes_a_member() {
    let world = World::new().await;
    let (id, ann) = (acme(&world).await, user(&world, "ann@example.com").await);
    let many = format!("organizations/{id}/members");
    let body = json!({ "members": [ann, "auth0|nobody"] });
    world.post(&many, body).await.refused(400, "The user does not exist.", Some("inexistent_user"));
    assert_eq!(world.get(&many).await.ok(), json!([]), "all or none");
    assert_eq!(world.post(&many, json!({ "members": [] })).await.status, 400);
    assert_eq!(world.post(&many, json!({})).await.status, 400);
    let elsewhere = json!({ "members": [ann] });
    world.post("organizations/org_none/members", elsewhere).await.refused(404, NONE, None);
}

async fn inviting(world: &World, login: Option<&str>) -> String {
    let mut body = json!({ "name": "app", "organization_usage": "allow" });
    if let Some(login) = login {
        body["initiate_login_uri"] = login.into();
    }
    text(&world.post("clients", body).await.made(), "client_id")
}

fn invitation(client: &str) -> Value {
    json!({
        "inviter": { "name": "Ann" }, "invitee": { "email": "Bob@Example.com" }, "client_id": client,
    })
}

#[tokio::test]
async fn an_invitation_leads_to_the_login_of_its_client() {
    let world = World::new().await;
    let (id, client) = (acme(&world).await, inviting(&world, Some("https://app.example/login?a=b")).await);
    let many = format!("organizations/{id}/invitations");
    let made = world.post(&many, invitation(&client)).await.made();
    let (own, ticket) = (text(&made, "id"), text(&made, "ticket_id"));
    assert!(own.starts_with("uinv_") && ticket.len() == 32, "{made}");
    let url = text(&made, "invitation_url");
    let (start, query) = url.split_once('?').unwrap();
    let form = Form::parse(query.as_bytes()).unwrap();
    assert_eq!((start, form.text("a")), ("https://app.example/login", Some("b")));
    assert_eq!(form.text("invitation"), Some(&*ticket));
    assert_eq!((form.text("organization"), form.text("organization_name")), (Some(&*id), Some("acme")));
    assert_eq!(made["organization_id"], json!(id));
    assert!(made.get("ticket_digest").is_none());
    let week = keybound_proto::time::Timestamp::parse_rfc3339(&text(&made, "expires_at")).unwrap();
    assert_eq!(week.since(world.clock.now()), 604_800);
    let one = format!("{many}/{own}");
    assert_eq!(world.get(&one).await.ok(), made);
    assert_eq!(world.get(&many).await.ok(), json!([made]));
    let other = text(&world.post("organizations", json!({ "name": "other" })).await.made(), "id");
    let gone = "The invitation does not exist.";
    let foreign = format!("organizations/{other}/invitations/{own}");
    world.get(&foreign).await.refused(404, gone, Some("inexistent_invitation"));
    world.delete(&foreign).await.refused(404, gone, Some("inexistent_invitation"));
    world.delete(&one).await.gone();
    world.get(&one).await.refused(404, gone, Some("inexistent_invitation"));
    // Without its client an invitation leads nowhere, and is there all the same.
    let lost = world.post(&many, invitation(&client)).await.made();
    world.delete(&format!("clients/{client}")).await.gone();
    let listed = world.get(&many).await.ok();
    assert_eq!((&listed[0]["id"], listed[0].get("invitation_url")), (&lost["id"], None));
    world.delete(&format!("organizations/{id}")).await.gone();
    let (store, tenant, own) = (&world.app.store, &world.app.tenant.id, text(&lost, "id"));
    let left = documents::find::<Invitations>(store, tenant, &own).await.unwrap();
    assert!(left.is_none());
}

#[tokio::test]
async fn an_invitation_promises_nothing_that_is_not_kept() {
    let world = World::new().await;
    let (id, client) = (acme(&world).await, inviting(&world, None).await);
    let many = format!("organizations/{id}/invitations");
    let lost = world.post(&many, invitation(&client)).await;
    assert_eq!(lost.status, 400, "{}", lost.body);
    assert!(text(&lost.body, "message").starts_with("A default login route is required"));
    // The tenant may have a login for all of them.
    let login = json!({ "default_redirection_uri": "https://acme.example/login" });
    world.patch("tenants/settings", login).await.ok();
    let found = world.post(&many, invitation(&client)).await.made();
    assert!(text(&found, "invitation_url").starts_with("https://acme.example/login?invitation="));
    assert_eq!(world.post(&many, invitation("nobody")).await.body["errorCode"], "inexistent_client");
    for (member, value) in [
        ("send_invitation_email", json!(true)),
        ("roles", json!(["rol_1"])),
        ("app_metadata", json!({ "a": 1 })),
    ] {
        let mut body = invitation(&client);
        body[member] = value;
        assert_eq!(world.post(&many, body).await.body["errorCode"], "feature_not_enabled", "{member}");
    }
}

#[tokio::test]
async fn a_client_grant_is_given_to_an_organization_once() {
    let world = World::new().await;
    let id = acme(&world).await;
    let api = json!({ "identifier": "https://orders.example", "scopes": [{ "value": "read:orders" }] });
    world.post("resource-servers", api).await.made();
    let client = text(
        &world.post("clients", json!({ "name": "m", "app_type": "non_interactive" })).await.made(),
        "client_id",
    );
    let grant =
        json!({ "client_id": client, "audience": "https://orders.example", "scope": ["read:orders"] });
    let grant = text(&world.post("client-grants", grant).await.made(), "id");
    let many = format!("organizations/{id}/client-grants");
    assert_eq!(world.post(&many, json!({ "grant_id": grant })).await.status, 400, "organizations are denied");
    world.patch(&format!("client-grants/{grant}"), json!({ "organization_usage": "allow" })).await.ok();
    let mut given = world.post(&many, json!({ "grant_id": grant })).await.made();
    assert_eq!(given.as_object_mut().unwrap().remove("grant_id"), Some(json!(grant)), "told to who adds it");
    assert_eq!((&given["id"], &given["organization_usage"]), (&json!(grant), &json!("allow")));
    let twice = "The client grant has already been added to this organization.";
    world.post(&many, json!({ "grant_id": grant })).await.refused(409, twice, None);
    given["subject_type"] = "client".into();
    assert_eq!(world.get(&many).await.ok(), json!([given]));
    let of = world.get(&format!("client-grants/{grant}/organizations")).await.ok();
    assert_eq!(of[0]["id"], json!(id));
    world.delete(&format!("{many}/{grant}")).await.gone();
    assert_eq!(world.get(&many).await.ok(), json!([]));
    let absent = json!({ "grant_id": "cgr_none" });
    assert_eq!(world.post(&many, absent).await.body["errorCode"], "inexistent_client_grant");
    world.post(&many, json!({ "grant_id": grant })).await.made();
    world.delete(&format!("clients/{client}")).await.gone();
    assert_eq!(world.get(&many).await.ok(), json!([]), "what is gone is given to nobody");
}

#[tokio::test]
async fn each_operation_has_a_scope_of_its_own() {
    let world = World::new().await;
    let token = world.administrator(&["read:clients"]).await;
    for (method, path, needed) in [
        (Method::GET, "organizations", "read:organizations"),
        (Method::POST, "organizations", "create:organizations"),
        (Method::PATCH, "organizations/x", "update:organizations"),
        (Method::DELETE, "organizations/x", "delete:organizations"),
        (Method::GET, "organizations/name/x", "read:organizations"),
        (Method::GET, "organizations/x/enabled_connections", "read:organization_connections"),
        (Method::POST, "organizations/x/enabled_connections", "create:organization_connections"),
        (Method::PATCH, "organizations/x/enabled_connections/y", "update:organization_connections"),
        (Method::DELETE, "organizations/x/enabled_connections/y", "delete:organization_connections"),
        (Method::GET, "organizations/x/members", "read:organization_members"),
        (Method::POST, "organizations/x/members", "create:organization_members"),
        (Method::DELETE, "organizations/x/members", "delete:organization_members"),
        (Method::GET, "organizations/x/invitations", "read:organization_invitations"),
        (Method::POST, "organizations/x/invitations", "create:organization_invitations"),
        (Method::DELETE, "organizations/x/invitations/y", "delete:organization_invitations"),
        (Method::GET, "organizations/x/client-grants", "read:organization_client_grants"),
        (Method::POST, "organizations/x/client-grants", "create:organization_client_grants"),
        (Method::DELETE, "organizations/x/client-grants/y", "delete:organization_client_grants"),
        (Method::GET, "users/x/organizations", "read:organizations"),
    ] {
        let body = (method != Method::GET).then(|| json!({}));
        let answer = world.with(&token, method, path, body).await;
        let message = format!("Insufficient scope, expected any of: {needed}");
        answer.refused(403, &message, Some("insufficient_scope"));
    }
}
