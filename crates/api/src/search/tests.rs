use serde_json::json;

use super::*;

fn finds(query: &str) -> Result<bool, Misread> {
    let user = json!({
        "user_id": "auth0|1", "email": "Ann@Example.com", "email_verified": true, "name": "Ann Example",
        "logins_count": 12, "last_login": "2026-03-31T10:00:00.000Z", "picture": null,
        "identities": [{"connection": "Staff", "isSocial": false}, {"connection": "google", "isSocial": true}],
        "app_metadata": {"plan": "Gold", "seats": 5, "tags": ["a", "b"], "a:b": "odd"},
        "user_metadata": {"city": "Paris"},
    });
    let Value::Object(user) = user else { panic!("an object") };
    Search::parse(query, &USERS).map(|search| search.holds(&user))
}

#[test]
fn a_query_finds_what_it_says() {
    for query in [
        "*",
        "email:ann@example.com",
        "email:\"ANN@example.com\"",
        "email:ann*",
        "email:*example.com",
        "name:a*amp*e",
        "name:\"ann example\"",
        "\"ann example\"",
        "ann*",
        "user_id:\"auth0|1\"",
        "user_id:auth0|1",
        "user_id:auth0\\|1",
        "email_verified:true AND name:Ann*",
        "email_verified:true\tAND \n name:Ann*\t",
        "identities.connection:google",
        "identities.connection:(facebook OR Staff)",
        "email.domain:example.com",
        "email.domain:EXAMPLE.com",
        "name:bob OR name:ann*",
        "name:bob name:ann*",
        "name:bob AND name:x OR email:ann*",
        "NOT name:bob",
        "-name:bob AND !name:carl AND +email:ann*",
        "(name:bob OR (email:ann*)) AND NOT blocked:true",
        "logins_count:12",
        "logins_count:[10 TO 12]",
        "logins_count:{9 TO *}",
        "logins_count:>9 AND logins_count:<=12 AND logins_count:<100",
        "last_login:[2026-03-31 TO 2026-03-31]",
        "last_login:[2026 TO *]",
        "last_login:{2026-03-30 TO 2026-04-01}",
        "_exists_:name",
        "_missing_:picture",
        "name:*",
        "NOT _exists_:app_metadata.color",
        "app_metadata.plan:Gold",
        "app_metadata.tags:b",
        "app_metadata.seats:5",
        "app_metadata.plan:Go*",
        "user_metadata.city:\"Paris\"",
    ] {
        assert_eq!(finds(query), Ok(true), "{query}");
    }
    for query in [
        "email:bob@example.com",
        "email:ann",
        "ann",
        "name:ann* AND username:ann",
        "NOT *ann*",
        "app_metadata.plan:gold",
        "identities.connection:staff",
        "logins_count:{12 TO *]",
        "logins_count:[10 TO 12}",
        "logins_count:9",
        "last_login:{2026-03-31 TO *}",
        "last_login:[* TO 2026-03-31}",
        "last_login:[* TO 2026-03-30]",
        "_exists_:picture",
        "_missing_:name",
        "Paris",
        "name:(bob OR carl)",
        "name:\"\"",
    ] {
        assert_eq!(finds(query), Ok(false), "{query}");
    }
}

#[test]
fn what_is_not_understood_is_not_guessed() {
    for query in [
        "",
        "   ",
        "email:",
        "shoe_size:42",
        "email:a?n",
        "name:ann~",
        "name:ann^2",
        "name:/ann/",
        "(email:x",
        "email:x)",
        "()",
        "created_at:[2020 TO *",
        "created_at:[2020 *]",
        "created_at:[ TO *]",
        "email:\"open",
        "email:x AND",
        "AND email:x",
        "email:x AND ",
        "NOT",
        "app_metadata:x",
        "app_metadata.:x",
        "user_metadata.city:Par*",
        "user_metadata.age:[1 TO 2]",
        "user_metadata.age:>1",
        "email:*om",
        "email:x\\",
        "_exists_:shoe_size",
    ] {
        assert!(finds(query).is_err(), "{query:?} was read: {:?}", finds(query));
    }
    assert_eq!(
        finds("name:ann AND shoe:1").unwrap_err().to_string(),
        "a field that cannot be searched at character 13"
    );
}

#[test]
fn a_query_nests_and_grows_only_so_far() {
    let nested = |depth: usize| format!("{}name:ann*{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(finds(&nested(30)), Ok(true));
    assert!(finds(&nested(1_000)).is_err());
    assert!(finds(&format!("{}name:x", "NOT ".repeat(1_000))).is_err());
    assert!(finds(&format!("{}name:x", "-".repeat(100_000))).is_err());
    assert!(finds(&"name:x ".repeat(10_000)).is_err());
}
