//! What administrators send, and what people call themselves.

use keybound_api::{
    Kind, Verb, client, client_grant, connection,
    page::{MOST, Paging, Selection},
    resource_server,
    search::{Search, USERS},
    user,
};
use keybound_authority::login::identifier::{Email, Username};
use keybound_proto::form::Form;
use serde_json::{Map, Value, json};

const KINDS: [&Kind; 5] =
    [&client::KIND, &client_grant::KIND, &connection::KIND, &resource_server::KIND, &user::KIND];

/// A body of the Management API: what is taken is taken again as it was written, and putting it in its place twice
/// is putting it there once.
pub fn management_body(bytes: &[u8]) {
    for kind in KINDS {
        for verb in [Verb::Create, Verb::Update] {
            let Ok(input) = kind.read(verb, bytes) else { continue };
            let written = Value::Object(input.clone()).to_string();
            assert_eq!(kind.read(verb, written.as_bytes()).as_ref(), Ok(&input), "{written}");
            let mut once = Map::new();
            kind.merge(&mut once, input.clone());
            let mut twice = once.clone();
            kind.merge(&mut twice, input);
            assert_eq!(once, twice);
        }
    }
}

/// A user and what is written to them, a line each: every member ends as it was last written, what nobody wrote stays, and
/// of two who write at once nobody's work is lost, whoever comes first.
pub fn metadata_merge(bytes: &[u8]) {
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n').map(|line| user::KIND.read(Verb::Update, line));
    let (Some(Ok(kept)), Some(Ok(first))) = (lines.next(), lines.next()) else { return };
    let mut before = Map::new();
    user::KIND.merge(&mut before, kept);
    let mut after = before.clone();
    user::KIND.merge(&mut after, first.clone());
    for metadata in user::KIND.merged {
        let within = |user: &Map<String, Value>| user.get(*metadata).and_then(Value::as_object).cloned();
        let mut wanted = within(&before).unwrap_or_default();
        match first.get(*metadata) {
            Some(Value::Null) => wanted.clear(),
            Some(Value::Object(written)) => {
                wanted.extend(written.clone());
                wanted.retain(|name, value| !(value.is_null() && written.contains_key(name)));
            }
            _ => {}
        }
        assert_eq!(within(&after).unwrap_or_default(), wanted);
    }
    let Some(Ok(second)) = lines.next() else { return };
    if apart(&first, &second) {
        let mut other_way = before;
        user::KIND.merge(&mut other_way, second.clone());
        user::KIND.merge(&mut other_way, first);
        user::KIND.merge(&mut after, second);
        assert_eq!(after, other_way);
    }
}

/// Whether two who write touch nothing in common.
fn apart(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.iter().all(|(name, value)| match (value, other.get(name)) {
        (_, None) => true,
        (Value::Object(one), Some(Value::Object(other))) if user::KIND.merged.contains(&name.as_str()) => {
            one.keys().all(|name| !other.contains_key(name))
        }
        _ => false,
    })
}

/// A query of the Management API: no page is larger than may be, and a page leads to the next.
pub fn management_query(bytes: &[u8]) {
    let Ok(form) = Form::parse_repeatable(bytes, &["identifiers"]) else { return };
    let text = |name: &str| form.text(name).map(str::to_owned);
    if let Ok(paging) = Paging::read(text) {
        let written = paging.write(&client::KIND.name, vec![json!({})], 1, Some("cli\u{e4}nt"));
        match paging {
            Paging::Offset { page, per_page, .. } => {
                assert!(per_page <= MOST && page.checked_mul(per_page).is_some());
            }
            Paging::Checkpoint { take, .. } => {
                assert!((1..=MOST).contains(&take));
                let next =
                    |name: &str| (name == "from").then(|| written["next"].as_str().unwrap_or("?").to_owned());
                let next = Paging::read(next);
                assert!(
                    matches!(next, Ok(Paging::Checkpoint { after: Some(id), .. }) if id == "cli\u{e4}nt")
                );
            }
        }
    }
    if let Ok(selection) = Selection::read(text) {
        let chosen = selection.apply(user(Ann));
        assert!(user(Ann).iter().filter(|(name, _)| chosen.contains_key(*name)).count() == chosen.len());
        assert_eq!(selection.apply(chosen.clone()), chosen);
    }
}

/// `q` for users: what a query finds, its denial does not; a term more narrows it.
pub fn search(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(search) = Search::parse(text, &USERS) else { return };
    let found = [Ann, Bob].map(|who| search.holds(&user(who)));
    if text.trim() == "*" {
        return assert_eq!(found, [true; 2]);
    }
    let around = |before: &str, after: &str| {
        let search = Search::parse(&format!("{before}({text}){after}"), &USERS);
        // Only its length or its depth can be too much now.
        search.ok().map(|search| [Ann, Bob].map(|who| search.holds(&user(who))))
    };
    if let Some(denied) = around("NOT ", "") {
        assert_eq!(denied, found.map(|found| !found));
    }
    if let Some([ann, bob]) = around("", " AND name:\"ann example\"") {
        assert_eq!((ann, bob), (found[0], false));
    }
    if let Some(wider) = around("name:\"ann example\" OR ", "") {
        assert_eq!(wider, [true, found[1]]);
    }
}

/// What a person signs in by: kept as it is compared, and never both of the two.
pub fn sign_in_name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
        assert!(email.as_str().starts_with(email.local()));
        assert!(
            !email
                .as_str()
                .contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\,;:()[]".contains(c))
        );
        assert!(Username::parse(text).is_err());
    }
    if let Ok(username) = Username::parse(text) {
        assert_eq!(Username::parse(username.as_str()).as_ref(), Ok(&username));
        assert!((1..=15).contains(&username.as_str().len()));
    }
}

use Who::{Ann, Bob};

enum Who {
    Ann,
    Bob,
}

fn user(who: Who) -> Map<String, Value> {
    let (id, name) = match who {
        Ann => ("auth0|1", "Ann Example"),
        Bob => ("auth0|2", "Bob Example"),
    };
    let user = json!({
        "user_id": id, "name": name, "email": "ann@example.com", "email_verified": true, "blocked": false,
        "identities": [{ "connection": "Staff" }],
    });
    let Value::Object(user) = user else { return Map::new() };
    user
}
