//! What administrators are told of how people signed in: when, whence and how often.

use serde_json::{Value, json};

use crate::world::{EMAIL, World, ask};

const ADA: &str = "users/auth0%7Cada";

async fn ids(world: &World, query: &str) -> Vec<String> {
    let users = world.sees(&format!("users?{query}")).await;
    users.as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_login_is_told_in_every_view_of_a_user_and_searched_and_sorted_by() {
    let world = World::new().await;
    world.person("bob", "bob@example.com", json!({})).await;
    let never = world.sees(ADA).await;
    for member in ["last_login", "last_ip", "logins_count"] {
        assert!(never.get(member).is_none(), "{never}");
    }
    world.signed_in().await;
    world.later(3_600);
    let mut elsewhere = world.browser();
    elsewhere.address = "[2001:db8::7]:443".parse().unwrap();
    elsewhere.signs_in(&ask("spa")).await;

    let ada = world.sees(ADA).await;
    let told = json!([ada["last_login"], ada["last_ip"], ada["logins_count"]]);
    assert_eq!(told, json!(["2027-01-15T09:00:00.000Z", "2001:db8::7", 2]));
    assert_eq!(ada["updated_at"], never["updated_at"], "a login changes no profile");
    let listed = world.sees("users").await;
    let by_email = world.sees("users-by-email?email=ada@example.com").await;
    let (_, changed) = world.manages("PATCH", ADA, json!({ "nickname": "Countess" })).await;
    for view in [&listed[0], &by_email[0], &changed] {
        for member in ["last_login", "last_ip", "logins_count"] {
            assert_eq!(view[member], ada[member], "{view}");
        }
    }
    assert!(listed[1].get("logins_count").is_none(), "{listed}");
    let part = world.sees(&format!("{ADA}?fields=logins_count,email")).await;
    assert_eq!(part, json!({ "logins_count": 2, "email": EMAIL }));
    let kept = world.sees(&format!("{ADA}?fields=last_ip&include_fields=false")).await;
    assert!(kept.get("last_ip").is_none() && kept["logins_count"] == 2, "{kept}");

    let (ada, both) = (vec!["auth0|ada"], vec!["auth0|ada", "auth0|bob"]);
    for (query, found) in [
        ("q=logins_count:%5B1%20TO%20*%5D", &ada),
        ("q=logins_count:2", &ada),
        ("q=logins_count:%3E2", &vec![]),
        ("q=last_login:%5B2027-01-15%20TO%20*%5D", &ada),
        ("q=last_login:%5B2027-01-15T09:00%20TO%202027-01-15T10%5D", &ada),
        ("q=last_login:%5B*%20TO%202027-01-14%5D", &vec![]),
        ("q=last_ip:%222001:db8::7%22", &ada),
        ("q=_missing_:last_login", &vec!["auth0|bob"]),
        ("sort=logins_count:-1", &both),
        ("sort=last_login:1", &both),
        ("sort=last_login:-1", &both),
    ] {
        assert_eq!(&ids(&world, query).await, found, "{query}");
    }
    let refused = world.manages("PATCH", ADA, json!({ "logins_count": 7 })).await;
    assert_eq!(refused.0, 400, "{}", refused.1);
}

#[tokio::test]
async fn who_is_deleted_and_made_again_never_signed_in() {
    let world = World::new().await;
    world.signed_in().await;
    world.does("DELETE", ADA, 204).await;
    world.person("ada", EMAIL, json!({})).await;
    assert_eq!(world.sees(ADA).await.get("logins_count"), None::<&Value>);
}
