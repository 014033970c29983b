//! What hangs on an organization by newer names: its connections with more to say of each, and roles of its members.

use http::Method;
use serde_json::{Value, json};

use crate::world::{World, text};

#[cfg(test)]
mod office {
    use super::*;

    /// An organization, a connection and a user, as paths name them.
    pub(super) async fn open(world: &World) -> (String, String, String) {
        let organization = world.post("organizations", json!({ "name": "acme" })).await.made();
        let connections = world.get("connections?name=Username-Password-Authentication").await.ok();
        let user = json!({
            "connection": "Username-Password-Authentication", "email": "ann@example.com",
            "password": "Correct-horse-7",
        });
        let user = text(&world.post("users", user).await.made(), "user_id").replace('|', "%7C");
        (format!("organizations/{}", text(&organization, "id")), text(&connections[0], "id"), user)
    }
}

#[tokio::test]
async fn a_connection_that_is_switched_off_is_told_and_nobody_comes_in_by_it() {
    let world = World::new().await;
    let (organization, connection, _) = office::open(&world).await;
    let path = format!("{organization}/connections");
    let new = json!({
        "connection_id": connection, "organization_connection_name": "Staff", "assign_membership_on_login": true,
    });
    let answer = world.post(&path, new.clone()).await;
    assert_eq!(answer.headers["keybound-inert"], "organization_connection_name");
    let made = answer.made();
    assert_eq!((&made["is_enabled"], &made["organization_connection_name"]), (&json!(true), &json!("Staff")));
    assert_eq!(world.post(&path, new).await.status, 409);
    let one = format!("{path}/{connection}");
    assert_eq!(world.get(&one).await.ok(), made);
    assert_eq!(world.get(&path).await.ok(), json!([made]));

    let old = format!("{organization}/enabled_connections/{connection}");
    assert_eq!(world.get(&old).await.ok()["assign_membership_on_login"], true);
    let off =
        world.patch(&one, json!({ "is_enabled": false, "organization_connection_name": null })).await.ok();
    assert_eq!((&off["is_enabled"], off.get("organization_connection_name")), (&json!(false), None));
    assert_eq!(world.get(&old).await.status, 404, "nobody comes in");
    assert_eq!(world.get(&one).await.ok(), off);
    assert_eq!(world.get(&format!("{path}?is_enabled=true")).await.ok(), json!([]));
    assert_eq!(world.get(&format!("{path}?is_enabled=false")).await.ok(), json!([off]));

    let on = world.patch(&one, json!({ "is_enabled": true })).await.ok();
    assert_eq!((&on["is_enabled"], &on["assign_membership_on_login"]), (&json!(true), &json!(true)));
    assert_eq!(world.get(&old).await.status, 200);
    world.delete(&one).await.gone();
    for gone in [&one, &old] {
        assert_eq!(world.get(gone).await.status, 404);
    }
    assert_eq!(world.get("organizations/org_nowhere/connections").await.status, 404);
}

#[tokio::test]
async fn a_member_has_the_roles_that_were_given_within_the_organization_until_they_leave() {
    let world = World::new().await;
    let (organization, _, user) = office::open(&world).await;
    let mut roles = Vec::new();
    for name in ["Clerk", "Guest"] {
        roles.push(text(&world.post("roles", json!({ "name": name })).await.ok(), "id"));
    }
    let path = format!("{organization}/members/{user}/roles");
    assert_eq!(world.get(&path).await.ok(), json!([]));
    world.post(&path, json!({ "roles": roles })).await.gone();
    world.post(&path, json!({ "roles": roles })).await.gone();
    let told = world.get(&format!("{path}?include_totals=true&per_page=1")).await.ok();
    assert_eq!((&told["total"], told["roles"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    let holders = world.get(&format!("{organization}/roles/{}/members", roles[0])).await.ok();
    assert_eq!(holders[0]["email"], "ann@example.com");
    world.root(Method::DELETE, &path, Some(json!({ "roles": [roles[0]] }))).await.gone();
    let left: Vec<Value> = world.get(&path).await.ok().as_array().unwrap().clone();
    assert_eq!(left, [json!({ "id": roles[1], "name": "Guest", "description": "Guest" })]);
    for (path, body) in [
        (path.clone(), json!({ "roles": ["rol_nobody"] })),
        (format!("{organization}/members/auth0%7Cnobody/roles"), json!({ "roles": [roles[0]] })),
    ] {
        assert_eq!(world.post(&path, body).await.status, 404, "{path}");
    }
    assert_eq!(world.post(&path, json!({ "roles": [] })).await.status, 400);
    let subject = user.replace("%7C", "|");
    let members = format!("{organization}/members");
    world.root(Method::DELETE, &members, Some(json!({ "members": [subject] }))).await.gone();
    world.post(&members, json!({ "members": [subject] })).await.gone();
    assert_eq!(world.get(&path).await.ok(), json!([]), "who comes back begins anew");
    world.post(&path, json!({ "roles": roles })).await.gone();
    world.root(Method::DELETE, &format!("roles/{}", roles[0]), None).await.ok();
    let told = world.get(&format!("{path}?include_totals=true")).await.ok();
    assert_eq!((&told["total"], &told["roles"][0]["id"]), (&json!(1), &json!(roles[1])));
}
