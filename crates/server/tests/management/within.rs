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

/// A role that is an organization's own is given to its members within it, and goes with it.
#[tokio::test]
async fn a_role_of_an_organizations_own_is_nobodys_elsewhere() {
    let world = World::new().await;
    let (organization, _, user) = office::open(&world).await;
    let owner = organization.strip_prefix("organizations/").unwrap();
    let body = json!({ "name": "Operator", "type": "organization", "owner_id": owner });
    let made = world.post("roles", body).await.ok();
    assert_eq!((&made["type"], &made["owner_id"]), (&json!("organization"), &json!(owner)));
    let role = text(&made, "id");
    assert_eq!(world.get("roles?type=organization").await.ok(), json!([made]));
    assert_eq!(world.get("roles?type=tenant").await.ok(), json!([]));
    for (body, status) in [
        (json!({ "name": "a", "type": "organization" }), 400),
        (json!({ "name": "a", "type": "tenant", "owner_id": owner }), 400),
        (json!({ "name": "a", "type": "organization", "owner_id": "org_nobody" }), 404),
    ] {
        assert_eq!(world.post("roles", body.clone()).await.status, status, "{body}");
    }
    assert_eq!(world.patch(&format!("roles/{role}"), json!({ "owner_id": "org_x" })).await.status, 400);
    let whole = user.replace("%7C", "|");
    for (path, body) in [
        (format!("users/{user}/roles"), json!({ "roles": [role] })),
        (format!("roles/{role}/users"), json!({ "users": [whole] })),
    ] {
        let message = "The role is an organization's own, and is given to its members within it.";
        world.post(&path, body).await.refused(400, message, Some("operation_not_supported"));
    }
    let other = text(&world.post("organizations", json!({ "name": "other" })).await.made(), "id");
    let given = json!({ "roles": [role] });
    let elsewhere = world.post(&format!("organizations/{other}/members/{user}/roles"), given.clone()).await;
    assert_eq!(elsewhere.status, 404, "{}", elsewhere.body);
    world.post(&format!("{organization}/members"), json!({ "members": [whole] })).await.gone();
    assert_eq!(world.post(&format!("{organization}/members/{user}/roles"), given).await.status, 204);
    let members = world.get(&format!("{organization}/members?fields=user_id,roles")).await.ok();
    let held = json!([{ "id": role, "name": "Operator" }]);
    assert_eq!(members, json!([{ "user_id": whole, "roles": held }]));
    world.delete(&organization).await.gone();
    assert_eq!(world.get(&format!("roles/{role}")).await.status, 404);
}
