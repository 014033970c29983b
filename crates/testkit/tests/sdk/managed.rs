//! The management client at our Management API: what Auth0's documents say of it holds here.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use keybound_client::{
    Again, Config, Dpop,
    http::Method,
    management::{Application, ClientGrant, Management, Permission, ResourceServer, Role, Scope, User},
    session::{MemoryStore, Session},
};
use keybound_proto::secret::Secret;
use keybound_server::config::Bootstrap;

use crate::world::{AUDIENCE, SECRET, World};

const ADMINISTRATOR: &str = "administrator";

/// A world with an administrator.
async fn world() -> World {
    World::set_up(|config| {
        let client_secret = Secret::new(SECRET.to_owned());
        config.bootstrap = Some(Bootstrap { client_id: ADMINISTRATOR.to_owned(), client_secret });
    })
    .await
}

fn configured(world: &World) -> Config {
    Config::new(&world.server.url, ADMINISTRATOR).unwrap().secret(SECRET)
}

async fn management(world: &World) -> Management {
    let client = configured(world).connect(&world.web).await.unwrap();
    let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
    Management::of(&session.by_clock(world.time.clone())).unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// RFC 9449 §7.1: every request carries a proof of its own.
#[tokio::test]
async fn a_tenant_is_set_up_by_documents_with_bound_tokens() {
    let world = world().await;
    let tenant = management(&world).await;
    let scopes = ["read:bills", "write:bills"].map(|value| Scope { value: text(value), ..Scope::default() });
    let api = ResourceServer {
        name: text("Invoices"),
        identifier: text("https://invoices.example/v1"),
        scopes: Some(scopes.to_vec()),
        ..ResourceServer::default()
    };
    let api = tenant.resource_servers().create(&api).await.unwrap();
    let app =
        Application { name: text("Biller"), app_type: text("non_interactive"), ..Application::default() };
    let app = tenant.clients().create(&app).await.unwrap();
    assert!(app.client_secret.is_some() && app.more.contains_key("tenant"), "what has no name is kept");
    let grant = ClientGrant {
        client_id: app.client_id.clone(),
        audience: api.identifier.clone(),
        scope: Some(vec!["read:bills".to_owned()]),
        ..ClientGrant::default()
    };
    let grant = tenant.client_grants().create(&grant).await.unwrap();

    // By its identifier as by its id: a name with slashes is one step.
    let found = tenant.resource_servers().read("https://invoices.example/v1").await.unwrap();
    assert_eq!(found.id, api.id);
    let renamed = Application { name: text("Biller 2"), ..Application::default() };
    let id = app.client_id.as_deref().unwrap();
    assert_eq!(tenant.clients().update(id, &renamed).await.unwrap().name, renamed.name);
    assert_ne!(tenant.clients().rotate_secret(id).await.unwrap().client_secret, app.client_secret);
    let raw = tenant.request(Method::GET, &format!("clients/{id}")).query("fields", "name").await.unwrap();
    assert!(raw["name"] == "Biller 2" && raw.get("grant_types").is_none(), "{raw}");
    tenant.client_grants().delete(grant.id.as_deref().unwrap()).await.unwrap();
    tenant.clients().delete(id).await.unwrap();
    let gone = tenant.clients().read(id).await.unwrap_err();
    assert_eq!((gone.code(), gone.status(), gone.again()), ("client.management", Some(404), Again::Never));

    let heard = world.server.heard_at("/api/v2/clients");
    assert!(heard.iter().all(|one| one.header("authorization").unwrap().starts_with("DPoP ")));
    assert_eq!(world.server.heard_at("/oauth/token").len(), 1, "one token for all");
}

#[tokio::test]
async fn lists_are_streams_in_every_way_the_api_pages_them() {
    let world = world().await;
    let tenant = management(&world).await;
    for number in 0..5 {
        let role = Role { name: text(&format!("role {number}")), ..Role::default() };
        tenant.roles().create(&role).await.unwrap();
    }
    let mut roles = tenant.roles().list().size(2).stream();
    let mut names = Vec::new();
    while let Some(role) = roles.try_next().await.unwrap() {
        names.extend(role.name);
    }
    names.sort();
    assert_eq!(names, (0..5).map(|number| format!("role {number}")).collect::<Vec<_>>());
    assert_eq!(world.server.heard_at("/api/v2/roles").iter().filter(|one| one.method == "GET").count(), 3);

    let by_checkpoint = tenant.clients().list().size(1).all().await.unwrap();
    let at_once = tenant.clients().list().all().await.unwrap();
    let ids = |apps: &[Application]| apps.iter().filter_map(|app| app.client_id.clone()).collect::<Vec<_>>();
    assert!(ids(&by_checkpoint).contains(&ADMINISTRATOR.to_owned()));
    assert_eq!(ids(&by_checkpoint), ids(&at_once));
}

#[tokio::test]
async fn people_are_made_found_given_roles_and_refused_in_auth0s_words() {
    let world = world().await;
    let tenant = management(&world).await;
    let connection = "Username-Password-Authentication";
    let grace = User {
        connection: text(connection),
        user_id: text("grace"),
        email: text("grace@example.com"),
        password: Some("Correct-horse-battery-8".into()),
        ..User::default()
    };
    let made = tenant.users().create(&grace).await.unwrap();
    let id = made.user_id.as_deref().unwrap();
    assert_eq!(tenant.users_by_email("grace@example.com").await.unwrap()[0].user_id, made.user_id);
    let again = tenant.users().create(&grace).await.unwrap_err();
    assert_eq!(again.status(), Some(409));
    assert!(again.management().unwrap().code.is_some(), "{again}");

    let role = tenant.roles().create(&Role { name: text("Clerk"), ..Role::default() }).await.unwrap();
    let role = role.id.as_deref().unwrap();
    let permission = Permission::of(AUDIENCE, "read:orders");
    tenant.roles().add_permissions(role, std::slice::from_ref(&permission)).await.unwrap();
    tenant.users().add_roles(id, &[role]).await.unwrap();
    assert_eq!(tenant.users().roles(id).all().await.unwrap()[0].id.as_deref(), Some(role));
    let permitted = tenant.users().permissions(id).all().await.unwrap();
    assert_eq!(permitted[0].permission_name, permission.permission_name);
    tenant.users().remove_roles(id, &[role]).await.unwrap();
    assert!(tenant.users().roles(id).all().await.unwrap().is_empty());
    tenant.users().delete(id).await.unwrap();
    assert_eq!(tenant.users().read(id).await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn the_token_is_renewed_by_itself_and_goes_out_unbound_only_when_told() {
    let world = world().await;
    let tenant = management(&world).await;
    tenant.roles().list().page().await.unwrap();
    world.time.later(90_000);
    tenant.roles().list().page().await.unwrap();
    let heard = world.server.heard_at("/api/v2/roles");
    let tokens = [heard.first(), heard.last()].map(|one| one.unwrap().header("authorization").unwrap());
    assert!(tokens[0] != tokens[1] && tokens[1].starts_with("DPoP "));

    let unbound = configured(&world).dpop(Dpop::OffAndTokensCanBeStolen);
    let unbound = unbound.connect(&world.web).await.unwrap();
    let session = Session::of_machine(unbound, world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    Management::of(&session).unwrap().roles().list().page().await.unwrap();
    let heard = world.server.heard_at("/api/v2/roles");
    assert!(heard.last().unwrap().header("authorization").unwrap().starts_with("Bearer "));
}

#[tokio::test]
async fn whoever_may_not_administer_is_told_so() {
    let world = world().await;
    let machine = world.client("machine").await;
    let session = Session::of_machine(machine, world.web.clone(), Arc::new(MemoryStore::default()));
    let tenant = Management::of(&session.by_clock(world.time.clone())).unwrap();
    let error = tenant.roles().list().page().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.refused", Again::Never), "{error}");
}
