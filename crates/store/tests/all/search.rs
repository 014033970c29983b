//! Searches: both databases answer as the judge of `keybound_api::search` does.

use keybound_api::search::{Search, USERS};
use keybound_store::documents::{self, Users, Wanted};
use keybound_store::testing::each;
use keybound_store::{Batch, Order, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Map, Value, json};

use crate::seed::tenant;

/// What users are called, and asked for: wildcards of both databases, quotes, and letters beyond ASCII.
const WORDS: &[&str] = &[
    "ann",
    "Ann",
    "ANNA",
    "an",
    "a_n",
    "a%n",
    "a*n",
    "a?n",
    "[a]n",
    "a\\n",
    "it's",
    "é",
    "É",
    "ß",
    "straße",
    "İ",
    "日本",
    "10",
    "9",
    "9.5",
    "true",
    "false",
    "2027-01-15",
    "2027",
    "\u{10ffff}",
    "a b",
    "a\"b",
    "null",
    "{}",
    "-1",
    "1e3",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => (proptest::sample::select(WORDS), proptest::sample::select(WORDS)).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => word().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => (-5i64..1_100).prop_map(Value::from),
        1 => (-8i64..8).prop_map(|eighths| json!(eighths as f64 / 8.0)),
        1 => Just(Value::Null),
    ]
}

/// Metadata: values, lists, lists within lists, objects within lists.
fn metadata() -> impl Strategy<Value = Value> {
    let nested = leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((proptest::sample::select(&["a", "b", "c"][..]), inner), 0..3).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    });
    vec((proptest::sample::select(&["a", "b", "c"][..]), nested), 0..3)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn person() -> impl Strategy<Value = Map<String, Value>> {
    let names = vec(proptest::option::of(word()), 7);
    let connections = vec(proptest::sample::select(&["db", "Db", "google"][..]), 1..3);
    (names, connections, proptest::option::of(any::<bool>()), metadata(), metadata()).prop_map(
        |(names, connections, verified, app, user)| {
            let mut person = Map::new();
            let members =
                ["name", "given_name", "family_name", "nickname", "picture", "created_at", "phone_number"];
            for (member, name) in members.iter().zip(names) {
                if let Some(name) = name {
                    person.insert((*member).to_owned(), name.into());
                }
            }
            if let Some(verified) = verified {
                person.insert("email_verified".to_owned(), verified.into());
            }
            let identities =
                connections.iter().map(|name| json!({ "connection": name, "isSocial": *name == "google" }));
            person.insert("identities".to_owned(), Value::Array(identities.collect()));
            person.insert("app_metadata".to_owned(), app);
            person.insert("user_metadata".to_owned(), user);
            person
        },
    )
}

/// A query by its grammar, with whatever is said in it escaped.
fn query() -> impl Strategy<Value = String> {
    let field = proptest::sample::select(
        &[
            "name",
            "given_name",
            "family_name",
            "nickname",
            "picture",
            "created_at",
            "phone_number",
            "email",
            "email.domain",
            "user_id",
            "email_verified",
            "identities.connection",
            "identities.isSocial",
            "app_metadata.a",
            "app_metadata.a.b",
            "app_metadata.b.c.a",
            "user_metadata.a",
            "user_metadata.b.a",
        ][..],
    );
    let escaped = |text: String| text.chars().flat_map(|c| ['\\', c]).collect::<String>();
    let value = word().prop_map(escaped).boxed();
    let test = prop_oneof![
        4 => value.clone(),
        1 => Just("*".to_owned()),
        2 => value.clone().prop_map(|value| format!("{value}*")),
        1 => (value.clone(), value.clone()).prop_map(|(a, b)| format!("{a}*{b}")),
        1 => value.clone().prop_map(|value| format!("*{value}*")),
        1 => (value.clone(), value.clone(), any::<(bool, bool)>()).prop_map(|(a, b, (open, close))| {
            format!("{}{a} TO {b}{}", if open { '[' } else { '{' }, if close { ']' } else { '}' })
        }),
        1 => (value.clone(), proptest::sample::select(&[">", ">=", "<", "<="][..]))
            .prop_map(|(value, sign)| format!("{sign}{value}")),
    ];
    let term = prop_oneof![
        6 => (field.clone(), test).prop_map(|(field, test)| format!("{field}:{test}")),
        1 => field.clone().prop_map(|field| format!("_exists_:{field}")),
        1 => field.prop_map(|field| format!("_missing_:{field}")),
        1 => value,
    ];
    term.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("NOT ({inner})")),
            vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            vec(inner, 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
        ]
    })
}

async fn fill(db: &Store, people: &[Map<String, Value>]) {
    let mut batch = Batch::new();
    for (at, person) in people.iter().enumerate() {
        let mut person = person.clone();
        let id = format!("auth0|{at}");
        person.insert("user_id".to_owned(), id.as_str().into());
        if at % 3 > 0 {
            person.insert("email".to_owned(), format!("Ann{at}@Example.com").into());
        }
        documents::insert::<Users>(&mut batch, db, &tenant(), &id, person.into());
    }
    db.apply(batch).await.unwrap();
}

/// The ids of those that are found, in their order.
async fn ids(db: &Store, wanted: &Wanted<'_>) -> Vec<String> {
    let found = documents::users(db, &tenant(), wanted).await.unwrap();
    found.iter().map(|user| user.id.to_string()).collect()
}

#[tokio::test]
async fn both_databases_find_what_the_judge_does() {
    let config = Config { rng_seed: RngSeed::Fixed(7), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut draw = |count: usize| {
        (0..count).map(|_| query().new_tree(&mut runner).unwrap().current()).collect::<Vec<_>>()
    };
    let queries = draw(600);
    let people = vec(person(), 60).new_tree(&mut runner).unwrap().current();
    for db in each().await {
        fill(&db, &people).await;
        let mut everybody =
            documents::users(&db, &tenant(), &Wanted { take: 100, ..Wanted::default() }).await.unwrap();
        everybody.sort_by(|a, b| a.id.cmp(&b.id));
        assert!(everybody.iter().all(|user| user.doc.get("found_by").is_none()), "{}", db.name);
        let (mut read, mut found) = (0, 0);
        for query in &queries {
            let Ok(search) = Search::parse(query, &USERS) else { continue };
            let judged: Vec<String> = everybody
                .iter()
                .filter(|user| search.holds(user.doc.as_object().unwrap()))
                .map(|user| user.id.to_string())
                .collect();
            let wanted = Wanted { search: Some(&search), take: 100, ..Wanted::default() };
            let mut told = ids(&db, &wanted).await;
            told.sort();
            assert_eq!(told, judged, "{}: {query}", db.name);
            let total = documents::count_users(&db, &tenant(), &wanted).await.unwrap();
            assert_eq!(usize::try_from(total), Ok(judged.len()), "{}: {query}", db.name);
            read += 1;
            found += usize::from(!judged.is_empty());
        }
        assert!(read > 300 && found > 100, "{}: {read} read, {found} found somebody", db.name);
    }
}

#[tokio::test]
async fn what_is_wanted_is_cut_into_pages_in_any_order() {
    for db in each().await {
        let people: Vec<_> = ["b", "É", "a", "c"]
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let linked = json!([{ "connection": "db" }, { "connection": "google" }]);
                let identities = if at == 3 { json!([{ "connection": "google" }]) } else { linked };
                Map::from_iter([("name".to_owned(), json!(name)), ("identities".to_owned(), identities)])
            })
            .collect();
        fill(&db, &people).await;
        let page = async |connection, sort: Option<(&str, Order)>, (skip, take)| {
            let sort = sort.map(|(member, order)| documents::user_sort(member, order).unwrap());
            let wanted = Wanted { connection, sort: sort.as_ref(), skip, take, ..Wanted::default() };
            ids(&db, &wanted).await.join(" ").replace("auth0|", "")
        };
        assert_eq!(page(None, None, (0, 9)).await, "0 1 2 3", "{}", db.name);
        assert_eq!(page(None, None, (1, 2)).await, "1 2", "{}", db.name);
        let by_name = Some(("name", Order::Ascending));
        assert_eq!(page(None, by_name, (0, 9)).await, "2 0 3 1", "{}", db.name);
        assert_eq!(page(None, Some(("name", Order::Descending)), (0, 9)).await, "1 3 0 2", "{}", db.name);
        assert_eq!(
            page(None, Some(("email", Order::Ascending)), (0, 9)).await,
            "1 2 0 3",
            "{}: none last",
            db.name
        );
        assert_eq!(page(Some("google"), None, (0, 9)).await, "0 1 2 3", "{}: linked too", db.name);
        assert_eq!(page(Some("google"), by_name, (1, 2)).await, "0 3", "{}", db.name);
        assert_eq!(page(Some("db"), None, (1, 9)).await, "1 2", "{}", db.name);
        assert_eq!(page(Some("nowhere"), None, (0, 9)).await, "", "{}", db.name);
        assert!(documents::user_sort("app_metadata", Order::Ascending).is_none());
    }
}
