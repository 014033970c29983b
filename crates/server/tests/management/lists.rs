//! Pages, selections and what a query may say (auth0.md §4).

use serde_json::{Value, json};

use crate::world::{World, text};

async fn clients(world: &World, many: usize) {
    for at in 0..many {
        let app_type = if at % 2 == 0 { "spa" } else { "native" };
        world.post("clients", json!({ "name": format!("c{at}"), "app_type": app_type })).await.made();
    }
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|client| text(client, "client_id")).collect()
}

#[tokio::test]
async fn pages_by_number_are_lists_or_say_how_many_there_are() {
    let world = World::new().await;
    clients(&world, 5).await;
    // Five, the bootstrap client and the global one.
    let all = ids(&world.get("clients").await.ok());
    assert_eq!(all.len(), 7);
    let mut paged = Vec::new();
    for page in 0..4 {
        let answer = world.get(&format!("clients?page={page}&per_page=2&include_totals=true")).await.ok();
        assert_eq!(
            (&answer["start"], &answer["limit"], &answer["total"]),
            (&json!(page * 2), &json!(2), &json!(7))
        );
        paged.extend(ids(&answer["clients"]));
    }
    assert_eq!(paged, all);
    assert_eq!(world.get("clients?page=9&per_page=100").await.ok(), json!([]));
}

#[tokio::test]
async fn pages_after_one_another_end_without_a_next() {
    let world = World::new().await;
    clients(&world, 4).await;
    for narrowed in ["", "&is_global=false"] {
        let (mut seen, mut from) = (Vec::new(), String::new());
        loop {
            let answer = world.get(&format!("clients?take=2{from}{narrowed}")).await.ok();
            seen.extend(ids(&answer["clients"]));
            assert!(answer.get("total").is_none() && answer.get("start").is_none());
            match answer.get("next").and_then(Value::as_str) {
                Some(next) => from = format!("&from={next}"),
                None => break,
            }
        }
        let mut once = seen.clone();
        once.dedup();
        assert_eq!((once.len(), seen.len()), if narrowed.is_empty() { (6, 6) } else { (5, 5) });
    }
}

#[tokio::test]
async fn a_list_is_narrowed_before_it_is_counted() {
    let world = World::new().await;
    clients(&world, 5).await;
    for (filter, total) in [
        ("app_type=spa", 3),
        ("app_type=spa,native", 5),
        ("app_type=native&is_global=false", 2),
        ("is_global=true", 1),
        ("is_first_party=false", 0),
    ] {
        let answer = world.get(&format!("clients?{filter}&per_page=2&include_totals=true")).await.ok();
        assert_eq!(answer["total"], total, "{filter}");
        assert_eq!(answer["clients"].as_array().unwrap().len(), total.min(2), "{filter}");
    }
}

#[tokio::test]
async fn members_are_chosen_or_left_out() {
    let world = World::new().await;
    let chosen = world.get("clients?fields=client_id,name&is_global=true").await.ok();
    let names: Vec<&String> = chosen[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["client_id", "name", "tenant"], "as at Auth0, which tells the tenant anyway");
    let path = format!("clients/{}", text(&chosen[0], "client_id"));
    let without =
        world.get(&format!("{path}?fields=client_secret,callbacks&include_fields=false")).await.ok();
    assert!(without.get("client_secret").is_none() && without.get("name").is_some());
}

#[tokio::test]
async fn a_query_says_nothing_unknown_nothing_twice_and_nothing_too_big() {
    let world = World::new().await;
    for (query, message) in [
        ("colour=red", "Query validation error: 'Additional properties not allowed: colour'."),
        (
            "per_page=101",
            "Query validation error: 'Value 101 is greater than maximum 100' on property per_page.",
        ),
        ("page=x", "Query validation error: 'Expected type integer but found type string' on property page."),
        (
            "from=%21&take=1",
            "Query validation error: 'Object didn't pass validation for format checkpoint: !' on property from.",
        ),
        ("colour=", "Query validation error: 'Additional properties not allowed: colour'."),
        ("page=", "Query validation error: 'Expected type integer but found type string' on property page."),
        (
            "include_fields=",
            "Query validation error: 'Expected type boolean but found type string' on property include_fields.",
        ),
    ] {
        world.get(&format!("clients?{query}")).await.refused(400, message, Some("invalid_query_string"));
    }
    world.get("clients?fields=").await.ok();
    let twice = world.get("clients?page=1&page=2").await;
    assert_eq!((twice.status.as_u16(), &twice.body["errorCode"]), (400, &json!("invalid_query_string")));
}

/// What a handler has no use for is judged all the same.
#[tokio::test]
async fn parameters_are_judged_whether_or_not_anybody_reads_them() {
    let world = World::new().await;
    for (path, message) in [
        (
            "clients/nobody/credentials?page=-510510",
            "Value -510510 is less than minimum 0' on property page.",
        ),
        (
            "organizations/org_nowhere?include_fields=",
            "Expected type boolean but found type string' on property include_fields.",
        ),
        ("custom-domains?sort=status:1", "No enum match for: status:1' on property sort."),
        ("prompts/rendering?screen=", "No enum match for: ' on property screen."),
        ("users-by-email?email=", "String is too short (0 chars), minimum 1' on property email."),
    ] {
        let message = format!("Query validation error: '{message}");
        world.get(path).await.refused(400, &message, Some("invalid_query_string"));
    }
}
