//! One database may hold several tenants: what is another's is not there, whatever is asked about it by its id.

use http::{Method, StatusCode};
use keybound_proto::id::TenantId;
use keybound_store::{
    Batch,
    documents::{
        self, ClientGrants, Clients, Connections, Kind, Organizations, ResourceServers, Roles, Users,
    },
};
use serde_json::{Value, json};

use crate::{
    strange_requests::asked,
    world::{Answer, World},
};

#[cfg(test)]
mod moved {
    use super::*;

    pub(super) fn neighbour() -> TenantId {
        TenantId::parse("neighbour").unwrap()
    }

    /// Makes something, gives it to the neighbour as it is, and says what it is called.
    pub(super) async fn away<K: Kind>(world: &World, path: &str, body: Value, name: &str) -> String {
        let made = world.post(path, body).await;
        assert!(made.status.is_success(), "{path}: {}", made.body);
        let made = made.body;
        let id = made[name].as_str().unwrap().to_owned();
        let (store, tenant) = (&world.app.store, &world.app.tenant.id);
        let found = documents::find::<K>(store, tenant, &id).await.unwrap().unwrap();
        let mut batch = Batch::new();
        documents::delete::<K>(&mut batch, tenant, &id);
        store.apply(batch).await.unwrap();
        let mut batch = Batch::new();
        documents::insert::<K>(&mut batch, store, &neighbour(), &id, found.doc);
        store.apply(batch).await.unwrap();
        id
    }

    /// What the neighbour has.
    pub(super) async fn kept<K: Kind>(world: &World, id: &str) -> (i64, Value) {
        let found = documents::find::<K>(&world.app.store, &neighbour(), id).await.unwrap().unwrap();
        (found.revision, found.doc)
    }

    /// Asks everything that can be asked about that id; none of the answers says anything of it.
    pub(super) async fn asks(world: &World, path: &str, id: &str) {
        let below = format!("/api/v2/{path}/{{");
        let rows: Vec<_> = asked::rows().into_iter().filter(|row| row.path.starts_with(&below)).collect();
        assert!(rows.len() > 2, "{path}: only {} operations", rows.len());
        for row in rows {
            let (method, path) = (asked::method(row), asked::path(row, &id.replace('|', "%7C")));
            let body = (method != Method::GET).then(|| json!({}));
            let answer = world.root(method.clone(), &path, body).await;
            tells_nothing(&answer, &format!("{method} {path}"), id);
        }
    }

    /// It is not there, or there is nothing of it.
    #[track_caller]
    pub(super) fn tells_nothing(answer: &Answer, what: &str, id: &str) {
        if !answer.status.is_success() {
            return asked::refused(answer, what);
        }
        let said = answer.body.to_string();
        assert!(!said.contains(id), "{what}: {} {said}", answer.status);
    }
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there() {
    let world = World::new().await;
    let client = moved::away::<Clients>(&world, "clients", json!({"name": "Theirs"}), "client_id").await;
    let api = json!({"identifier": "https://theirs.example", "name": "Theirs"});
    let api = moved::away::<ResourceServers>(&world, "resource-servers", api, "id").await;
    let connection = json!({"name": "theirs", "strategy": "auth0"});
    let connection = moved::away::<Connections>(&world, "connections", connection, "id").await;
    let role = moved::away::<Roles>(&world, "roles", json!({"name": "Theirs"}), "id").await;
    let organization = json!({"name": "theirs"});
    let organization = moved::away::<Organizations>(&world, "organizations", organization, "id").await;
    let user = json!({
        "connection": "Username-Password-Authentication", "email": "ann@theirs.example",
        "password": "Correct-Horse-7-Battery",
    });
    let user = moved::away::<Users>(&world, "users", user, "user_id").await;
    let ours = world.post("clients", json!({"name": "Ours", "app_type": "non_interactive"})).await.made();
    world.post("resource-servers", json!({"identifier": "https://ours.example"})).await.made();
    let grant = json!({"client_id": ours["client_id"], "audience": "https://ours.example", "scope": []});
    let grant = moved::away::<ClientGrants>(&world, "client-grants", grant, "id").await;

    let before = (
        moved::kept::<Clients>(&world, &client).await,
        moved::kept::<ResourceServers>(&world, &api).await,
        moved::kept::<Connections>(&world, &connection).await,
        moved::kept::<Roles>(&world, &role).await,
        moved::kept::<Organizations>(&world, &organization).await,
        moved::kept::<Users>(&world, &user).await,
        moved::kept::<ClientGrants>(&world, &grant).await,
    );
    for (path, id) in [
        ("clients", &client),
        ("resource-servers", &api),
        ("connections", &connection),
        ("roles", &role),
        ("organizations", &organization),
        ("users", &user),
        ("client-grants", &grant),
    ] {
        moved::asks(&world, path, id).await;
        let list = world.get(path).await;
        assert_eq!(list.status, StatusCode::OK, "{path}: {}", list.body);
        moved::tells_nothing(&list, path, id);
    }
    let by_identifier = world.get("resource-servers/https%3A%2F%2Ftheirs.example").await;
    assert_eq!(by_identifier.status, StatusCode::NOT_FOUND, "{}", by_identifier.body);
    for query in [
        "users-by-email?email=ann%40theirs.example".to_owned(),
        "users?q=email%3Aann*".to_owned(),
        format!("users?q=user_id%3A%22{}%22", user.replace('|', "%7C")),
        format!("client-grants?client_id={client}"),
        format!("device-credentials?user_id={}", user.replace('|', "%7C")),
        format!("sessions/{client}"),
    ] {
        moved::tells_nothing(&world.get(&query).await, &query, &user);
    }

    // Nor can something of ours be tied to it.
    let mine = json!({
        "connection": "Username-Password-Authentication", "email": "bea@ours.example",
        "password": "Correct-Horse-7-Battery",
    });
    let mine = world.post("users", mine).await.made();
    let mine = mine["user_id"].as_str().unwrap().replace('|', "%7C");
    let acme = world.post("organizations", json!({"name": "ours"})).await.made();
    let acme = acme["id"].as_str().unwrap();
    for (path, body) in [
        (format!("users/{mine}/roles"), json!({"roles": [role]})),
        (format!("users/{mine}/identities"), json!({"provider": "auth0", "user_id": user})),
        (format!("organizations/{acme}/members"), json!({"members": [user]})),
        (format!("organizations/{acme}/enabled_connections"), json!({"connection_id": connection})),
        (
            "client-grants".to_owned(),
            json!({"client_id": client, "audience": "https://ours.example", "scope": []}),
        ),
        ("jobs/verification-email".to_owned(), json!({"user_id": user})),
        ("tickets/password-change".to_owned(), json!({"user_id": user})),
    ] {
        asked::refused(&world.post(&path, body).await, &path);
    }
    let after = (
        moved::kept::<Clients>(&world, &client).await,
        moved::kept::<ResourceServers>(&world, &api).await,
        moved::kept::<Connections>(&world, &connection).await,
        moved::kept::<Roles>(&world, &role).await,
        moved::kept::<Organizations>(&world, &organization).await,
        moved::kept::<Users>(&world, &user).await,
        moved::kept::<ClientGrants>(&world, &grant).await,
    );
    assert_eq!(after, before);
}
